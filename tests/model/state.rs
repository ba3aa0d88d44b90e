//! One state of the whole: both ends, the wire, and a ghost that remembers what citizens were told.
//!
//! What must always hold: everything an end keeps is on disk, so that a crash between two moves is
//! no state of its own. Sheets and wires are numbers of [`crate::sheets::Sheets`], so that a state
//! stays small enough for tens of millions of them.

use names::Side;

/// No sheet: the day is not minted here.
pub(crate) const NO_SHEET: u16 = 0;

/// A place for a backup that is empty.
pub(crate) const NO_BACKUP: u16 = u16::MAX;

/// The most seats a model has.
pub(crate) const MAX_SEATS: usize = 2;

/// One end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct End {
    /// Its copy of the day.
    pub sheet: u16,
    /// Backups that a later unproven restore will use, ascending.
    pub backups: [u16; 2],
    /// Whether the peer's cursor has passed everything in this end's log.
    pub heard: bool,
    /// Its life, which is also the number of its restores.
    pub life: u8,
    /// The first of its lives since which nothing was lost: grants to any of them may be taken.
    pub unbroken: u8,
    /// The mint mark, outside every backup.
    pub minted: bool,
    /// Ghost: seats that it held at an unproven restore, by bit.
    pub fenced: u8,
}

impl End {
    pub(crate) fn open_backups(&self) -> u8 {
        self.backups.iter().map(|backup| u8::from(*backup != NO_BACKUP)).sum()
    }

    /// With one backup more, or one less.
    pub(crate) fn replace_backup(&mut self, old: u16, new: u16) {
        if let Some(place) = self.backups.iter_mut().find(|backup| **backup == old) {
            *place = new;
        }
        self.backups.sort_unstable();
    }
}

/// Everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// The booking server and the box.
    pub ends: [End; 2],
    /// All grants ever sent: nothing leaves the wire, so that each may come never, late, twice.
    pub wire: u16,
    /// Bookings made so far.
    pub made: u8,
    /// Who made them, by bit: set for the box.
    pub sellers: u8,
    /// Which of them somebody has cancelled, by bit; known to both ends or not, any time later.
    pub cancelled: u8,
    /// Ghost: promised bookings that an unproven restore has forgotten, by bit.
    pub forgotten: u8,
    /// Ghost: per seat, the booking (from 1) that a citizen was promised; 0 for none.
    pub live: [u8; MAX_SEATS],
}

impl State {
    /// A new office on a day nobody has minted.
    pub(crate) fn start() -> Self {
        let end = End {
            sheet: NO_SHEET,
            backups: [NO_BACKUP; 2],
            heard: false,
            life: 0,
            unbroken: 0,
            minted: false,
            fenced: 0,
        };
        Self { ends: [end; 2], wire: 0, made: 0, sellers: 0, cancelled: 0, forgotten: 0, live: [0; MAX_SEATS] }
    }

    pub(crate) fn seller(&self, booking: u8) -> Side {
        if self.sellers & bit(booking) == 0 { Side::Booking } else { Side::Box }
    }
}

pub(crate) fn index(side: Side) -> usize {
    match side {
        Side::Booking => 0,
        Side::Box => 1,
    }
}

pub(crate) fn bit(number: u8) -> u8 {
    1 << number
}
