//! One office: its part of the server, its box, and a line that loses, repeats and reorders.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, OfficeId, Side};
use protocol::agree::{self, Mode};
use protocol::entry::Minted;
use protocol::exchange::Nonce;
use protocol::pins::PinKey;
use protocol::seats::Restored;
use protocol::sheet::{Interval, SeatRange};

use crate::acts::{FIRST_DAY, LANES, a_day, cancel, days, lying_clock, sell};
use crate::chance::Chance;
use crate::ghost::{Ghost, bookings, same_lives};
use crate::memory::Db;
use crate::node::Node;
use crate::rules::Rules;
use crate::talk::{Down, Up, Uplink, absorb, answer, dial};

const BOOKING_LANES: u8 = 2;
/// Intervals of a day that are offered.
const OPEN: u8 = 3;
/// Messages on their way at once; the oldest is lost when there are more.
const IN_FLIGHT: usize = 4;
/// Rounds after which both ends must have come together again on a line that works.
const HEALED_WITHIN: usize = 120;

/// Some kinds of steps by their number; all of them stand in [`Line::step`].
pub(crate) const BOX_SELLS: usize = 24;
pub(crate) const SERVER_GIVES: usize = 47;
pub(crate) const BACKUP: usize = 94;
pub(crate) const BOX_RESTORED: usize = 97;
pub(crate) const SERVER_RESTORED: usize = 98;

/// One office: its part of the server, its box, the line between them.
pub(crate) struct Line {
    pub(crate) server: Node,
    pub(crate) appliance: Node,
    pub(crate) ghost: Ghost,
    uplink: Uplink,
    up: Vec<Up>,
    down: Vec<Down>,
    cut: bool,
    backups: Vec<Db>,
    served: Vec<Db>,
    bookings: u64,
}

impl Line {
    pub(crate) fn new(name: &str, chance: &mut Chance, rules: Rules) -> Self {
        let office: OfficeId = name.parse().unwrap_or_else(|_bad| unreachable!("a good name"));
        let node = |side, chance: &mut Chance| Node::new(side, &office, Chance::new(chance.draw()), rules);
        let (mut server, appliance) = (node(Side::Booking, chance), node(Side::Box, chance));
        server.db.key = Some(PinKey::from_bytes(chance.wide().to_be_bytes()));
        let mut line = Self {
            server,
            appliance,
            ghost: Ghost::default(),
            uplink: Uplink::default(),
            up: Vec::new(),
            down: Vec::new(),
            cut: false,
            backups: Vec::new(),
            served: Vec::new(),
            bookings: 0,
        };
        line.enrol();
        let minted = Minted { day: FIRST_DAY, booking_lanes: BOOKING_LANES, again: false };
        let begun = line.server.write(Timestamp::UNIX_EPOCH, |tx| tx.seats().mint(minted));
        assert!(begun.is_ok(), "an empty store refuses nothing");
        line
    }

    /// A person types a code: both stores are met, whatever they were before.
    fn enrol(&mut self) {
        let at = Timestamp::UNIX_EPOCH;
        let nonce = Nonce(self.server.chance.wide().to_be_bytes());
        let present = |node: &mut Node| node.write(at, |tx| protocol::seats::Shelf::mine(tx));
        let (Ok(box_life), Ok(server_life)) = (present(&mut self.appliance), present(&mut self.server)) else { return };
        let rejoin = self.server.write(at, |tx| {
            agree::Log::set_nonce(tx, nonce)?;
            agree::enrol(tx, box_life)
        });
        let known = self.server.db.forked.clone();
        if let Ok(rejoin) = rejoin {
            let taken = self.appliance.write(at, |tx| {
                tx.db.nonce = Some(nonce);
                if agree::enrolled(tx, server_life, rejoin, &known)? {
                    let backup = tx.own_head();
                    tx.unsure(Restored { backup, witness: backup });
                }
                Ok(())
            });
            assert!(taken.is_ok(), "a box that was let in: {taken:?}");
            let _refused = self.server.write(at, |tx| tx.seats().give_block());
        }
        self.uplink = Uplink::default();
    }

    pub(crate) fn step(&mut self, kind: usize, chance: &mut Chance, at: Timestamp) -> Result<bool, String> {
        match kind {
            0..24 => self.sell(Side::Booking, chance, at)?,
            24..38 => self.sell(Side::Box, chance, at)?,
            38..43 => self.cancel(Side::Booking, chance, at),
            43..47 => self.cancel(Side::Box, chance, at),
            47..52 => self.give(Side::Booking, chance, at),
            52..54 => self.give(Side::Box, chance, at),
            54..56 => drop(self.server.write(at, |tx| tx.seats().give_block())),
            56..58 => self.mint(chance, at),
            58..71 => self.dial(at),
            71..82 => self.deliver_up(chance, at),
            82..90 => self.deliver_down(chance, at),
            90..92 => self.cut = !self.cut,
            92..94 => self.crash(chance, at),
            94..96 => self.backup(chance),
            96..97 => self.plug(chance),
            97..98 => {
                let (age, plugged, lost) = (chance.below(4), !chance.one_in(4), chance.one_in(12));
                self.restore(Side::Box, age, plugged, lost, at);
                return Ok(true);
            }
            _server => {}
        }
        Ok(false)
    }

    fn node(&mut self, side: Side) -> &mut Node {
        match side {
            Side::Booking => &mut self.server,
            Side::Box => &mut self.appliance,
        }
    }

    fn sell(&mut self, side: Side, chance: &mut Chance, at: Timestamp) -> Result<(), String> {
        let day = a_day(chance);
        let from = Interval::new(u8::try_from(50 + chance.below(usize::from(OPEN))).unwrap_or(50));
        let (Some(from), torn) = (from, chance.one_in(15)) else { return Ok(()) };
        if torn {
            let booking = self.next_booking(side);
            self.node(side).write_torn(at, |tx| sell(tx, booking, day, from));
            return Ok(());
        }
        self.sell_seat(side, day, from, at).map(|_sold| ())
    }

    fn next_booking(&mut self, side: Side) -> BookingId {
        self.bookings += 1;
        BookingId::from_random(side, self.bookings)
    }

    fn sell_seat(&mut self, side: Side, day: Date, from: Interval, at: Timestamp) -> Result<bool, String> {
        let booking = self.next_booking(side);
        match self.node(side).write(at, |tx| sell(tx, booking, day, from)) {
            Ok(Some((pin, place))) => self.ghost.booked(booking, pin, day, place).map(|()| true),
            Ok(None) | Err(_) => Ok(false),
        }
    }

    fn cancel(&mut self, side: Side, chance: &mut Chance, at: Timestamp) {
        let standing = self.ghost.standing();
        if standing.is_empty() {
            return;
        }
        let booking = standing[chance.below(standing.len())];
        if self.node(side).write(at, |tx| cancel(tx, booking)).is_ok() {
            self.ghost.cancelled(booking);
        }
    }

    fn give(&mut self, side: Side, chance: &mut Chance, at: Timestamp) {
        let (day, lane) = (a_day(chance), u8::try_from(chance.below(4)).unwrap_or(0));
        let from = 50 + u8::try_from(chance.below(usize::from(OPEN))).unwrap_or(0);
        let (Some(from), Some(to)) = (Interval::new(from), Interval::new(from + 1)) else { return };
        let node = self.node(side);
        let before = node.db.sheets.get(&day).cloned();
        let _given = node.write(at, |tx| tx.seats().give(day, vec![SeatRange { lane, from, to }]));
        if let (false, Some(before)) = (node.rules.given_is_gone, before) {
            node.db.sheets.insert(day, before);
        }
    }

    fn mint(&mut self, chance: &mut Chance, at: Timestamp) {
        let minted = Minted { day: a_day(chance), booking_lanes: BOOKING_LANES, again: false };
        let _minted = self.server.write(at, |tx| tx.seats().mint(minted));
    }

    fn dial(&mut self, at: Timestamp) {
        if let Some(message) = dial(&mut self.appliance, &mut self.uplink, at) {
            if !self.cut {
                self.up.push(message);
            }
            let surplus = self.up.len().saturating_sub(IN_FLIGHT);
            self.up.drain(..surplus);
        }
    }

    fn deliver_up(&mut self, chance: &mut Chance, at: Timestamp) {
        if self.up.is_empty() {
            return;
        }
        let place = chance.below(self.up.len());
        // Sometimes it stays on the way: it will come again, later than others.
        let message = if chance.one_in(5) { self.up[place].clone() } else { self.up.remove(place) };
        if chance.one_in(8) {
            return;
        }
        let reply = answer(&mut self.server, &message, at);
        if !self.cut {
            self.down.push(reply);
        }
        let surplus = self.down.len().saturating_sub(IN_FLIGHT);
        self.down.drain(..surplus);
    }

    fn deliver_down(&mut self, chance: &mut Chance, at: Timestamp) {
        if self.down.is_empty() {
            return;
        }
        let place = chance.below(self.down.len());
        let message = if chance.one_in(5) { self.down[place].clone() } else { self.down.remove(place) };
        if !chance.one_in(8) {
            absorb(&mut self.appliance, &mut self.uplink, &message, at);
        }
    }

    fn crash(&mut self, chance: &mut Chance, at: Timestamp) {
        if chance.one_in(2) {
            self.server.start(false, at);
        } else {
            self.appliance.start(false, at);
            self.uplink = Uplink::default();
        }
    }

    fn backup(&mut self, chance: &mut Chance) {
        if chance.one_in(2) {
            self.served.push(self.server.db.clone());
        } else {
            self.backups.push(self.appliance.db.clone());
        }
    }

    /// The stick is pulled, or put back: it catches up by itself.
    fn plug(&mut self, chance: &mut Chance) {
        let node = if chance.one_in(2) { &mut self.server } else { &mut self.appliance };
        node.stick = match node.stick {
            Some(_) => None,
            None => Some(node.db.order.clone()),
        };
    }

    /// Replaces a store by an older copy of it, or by nothing.
    pub(crate) fn restore(&mut self, side: Side, age: usize, plugged: bool, lost: bool, at: Timestamp) {
        let backups = match side {
            Side::Booking => &self.served,
            Side::Box => &self.backups,
        };
        let copy = if age == 0 { None } else { backups.len().checked_sub(age).map(|place| backups[place].clone()) };
        let empty = copy.is_none();
        let node = self.node(side);
        let key = node.db.key.clone();
        node.db = copy.unwrap_or_default();
        if empty && side == Side::Booking {
            // The keys of an office are kept with its papers.
            node.db.key = key;
        }
        node.stick = if plugged { node.stick.take() } else { None };
        if lost {
            node.outside.lost = true;
        }
        node.start(true, at);
        if side == Side::Box {
            self.uplink = Uplink::default();
        }
        let left = [&self.server, &self.appliance].into_iter().flat_map(|node| {
            let stick = node.stick.as_deref().map(bookings).unwrap_or_default();
            bookings(&node.db.order).into_iter().chain(stick)
        });
        self.ghost.only_left(&left.collect());
        if empty {
            self.enrol();
        }
        if !plugged && !lost {
            // Somebody buys another stick.
            let node = self.node(side);
            node.stick = Some(node.db.order.clone());
        }
    }

    /// Restores that could not show what they had lost.
    pub(crate) fn burned(&self) -> u64 {
        let settled = self.server.db.order.iter().filter(|entry| entry.kind == "settled");
        settled.filter(|entry| entry.body.get("burned").is_some_and(|burned| burned == true)).count() as u64
    }

    /// One message that arrives, and its answer.
    fn talk(&mut self, at: Timestamp) {
        self.dial(at);
        while !self.up.is_empty() {
            let reply = answer(&mut self.server, &self.up.remove(0), at);
            absorb(&mut self.appliance, &mut self.uplink, &reply, at);
        }
    }

    /// Both ends sell whatever they believe to be theirs: every seat that is free by mistake is
    /// found out by whoever was told of it.
    fn sell_out(&mut self, at: Timestamp) -> Result<(), String> {
        let _refused = self.server.write(at, |tx| tx.seats().give_block());
        self.talk(at);
        for side in [Side::Booking, Side::Box] {
            for (day, from) in days().flat_map(|day| (50..50 + OPEN).map(move |from| (day, from))) {
                let Some(from) = Interval::new(from) else { continue };
                let mut lanes = LANES;
                while lanes.next().is_some() && self.sell_seat(side, day, from, at)? {}
            }
        }
        Ok(())
    }

    /// The line works: both ends come together, and everybody who was told is known.
    pub(crate) fn heal(&mut self, chance: &mut Chance) -> Result<(), String> {
        self.cut = false;
        (self.up, self.down) = (Vec::new(), Vec::new());
        for _round in 0..HEALED_WITHIN {
            self.talk(lying_clock(chance));
            if let Some(refusal) = &self.uplink.stuck {
                return Err(format!("a person would have to act: {refusal:?}"));
            }
            Ghost::one_holder(&self.server, &self.appliance)?;
            let active = self.server.db.mode == Mode::Active && self.appliance.db.mode == Mode::Active;
            if active && same_lives(&self.server, &self.appliance).is_ok() {
                self.ghost.all_known(&self.server, &self.appliance)?;
                return self.sell_out(lying_clock(chance));
            }
        }
        let (server, appliance) = (self.server.standing(), self.appliance.standing());
        Err(format!("not together after {HEALED_WITHIN} rounds:\nserver {server}\nbox {appliance}\n{:?}", self.uplink))
    }
}

/// What a kind of step is, for the reader of a story.
pub(crate) fn name(kind: usize) -> &'static str {
    match kind {
        0..24 => "the server sells",
        24..38 => "the box sells",
        38..43 => "the server cancels",
        43..47 => "the box cancels",
        47..52 => "the server gives",
        52..54 => "the box gives",
        54..56 => "the server gives a block",
        56..58 => "the server mints",
        58..71 => "the box dials",
        71..82 => "a message comes to the server",
        82..90 => "an answer comes to the box",
        90..92 => "the line is cut or mended",
        92..94 => "a crash",
        94..96 => "a backup",
        96..97 => "a stick is pulled or put back",
        _restore => "the box is restored",
    }
}
