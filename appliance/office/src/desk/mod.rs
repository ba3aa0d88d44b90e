//! The desk: booking for a caller or somebody at the reception, also while the line is down.
//!
//! ```text
//!   page ─ Ask ─► eventloop ─► offer (own seats) ─► ledger: seats, PIN, booked, contact ─► Said ─► page, slip
//!                                                   └── one transaction ──┘
//! ```
//!
//! What must always hold: only seats the box holds are sold, so a booking is final at once, line
//! or no line; how to reach a person is sealed in `contact` before it goes any further.
//!
//! What may not be used here: the clock, the network.

pub(crate) mod contact;
mod diary;
mod offer;
mod slip;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Language, Pin};
use protocol::entry::Booked;
use protocol::sheet::Interval;

pub(crate) use contact::{Reach, Typed, Wrong};
pub(crate) use diary::{Diary, Page};
pub(crate) use offer::{HORIZON_DAYS, Wish, lanes, moment, surplus, times};
pub(crate) use slip::code;

/// Days that one look shows: two weeks, and so many sheets are read at once.
pub(crate) const DAYS_AT_ONCE: i32 = 14;

/// What a page of the desk asks the loop.
#[derive(Debug)]
pub enum Ask {
    /// What the desk can do now, and which bookings a day has.
    Day {
        /// The day; nothing: today.
        day: Option<Date>,
    },
    /// Which days and times are free.
    Free {
        /// What is wanted.
        wish: Wish,
        /// The first day that is shown; nothing: today.
        from: Option<Date>,
        /// The day whose times are shown; nothing: the first one with a free time.
        day: Option<Date>,
    },
    /// Book.
    Book {
        /// Its id, made with the form: a form sent twice books once.
        booking: BookingId,
        /// What is wanted.
        wish: Wish,
        /// The day.
        day: Date,
        /// When it begins.
        start: Interval,
        /// The language of mails and announcements.
        language: Language,
        /// How to reach the person.
        typed: Typed,
    },
    /// Cancel a booking.
    Cancel {
        /// Which one.
        which: Which,
        /// Whether the clerk has confirmed it; else it is only looked up.
        sure: bool,
    },
    /// The slip of an own booking, also again.
    Slip {
        /// Which booking.
        booking: BookingId,
    },
}

/// How a booking is named at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// By its Termin-PIN.
    Pin(Pin),
    /// From the list.
    Booking(BookingId),
}

/// What the loop answers.
#[derive(Clone, Debug)]
pub enum Said {
    /// The bookings of a day.
    Day(DayBook),
    /// Free days and times.
    Free(Free),
    /// Booked, and what becomes of the contact.
    Booked {
        /// Which booking.
        booking: BookingId,
        /// Whether a mail will come.
        notice: Notice,
    },
    /// Found; is the clerk sure?
    Sure {
        /// What was booked.
        booked: Booked,
        /// The desk.
        desk: Desk,
    },
    /// Cancelled.
    Cancelled {
        /// What was booked.
        booked: Booked,
        /// The desk.
        desk: Desk,
    },
    /// The slip.
    Slip(Box<Slip>),
    /// Not done; nothing changed.
    Refused(Refusal),
}

/// What becomes of how to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A mail leaves now.
    Soon,
    /// A mail leaves when the line is back.
    Later,
    /// A telephone number was kept, no mail address.
    Number,
    /// Nobody can be reached, and the person was told so.
    Nobody,
    /// The booking server's key is not known yet: nothing was kept, no mail comes.
    NoKey,
}

/// Why the desk did not do something; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The booking server has never told this box about its office.
    NoOffice,
    /// After a restore: locked until both sides have compared notes.
    Unproven,
    /// The log forked: locked until a person has acted.
    Frozen,
    /// Nobody knows which day it is.
    NoClock,
    /// The wish cannot be: no service, too many, too many persons.
    BadWish,
    /// The day is past or too far away.
    BadDay,
    /// The time is not free (any more).
    Taken,
    /// No Termin-PIN is left.
    NoPin,
    /// How to reach the person is missing or cannot be.
    Reach(Wrong),
    /// There is no such booking.
    NoSuchBooking,
    /// It is cancelled already.
    Cancelled,
    /// The journal cannot be written.
    Journal,
}

/// A day at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayBook {
    /// What every page of the desk shows.
    pub desk: Desk,
    /// The day.
    pub day: Date,
    /// Its bookings by start.
    pub rows: Vec<Row>,
}

/// What every page of the desk shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    /// The office.
    pub office: std::sync::Arc<protocol::office::OfficeDoc>,
    /// Its zone.
    pub zone: jiff::tz::TimeZone,
    /// Today at the office.
    pub today: Date,
    /// Why nothing can be booked now; nothing normally.
    pub locked: Option<Refusal>,
    /// Termin-PINs that are left.
    pub pins: u32,
}

/// One booking of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was booked.
    pub booked: Booked,
    /// Where it stands.
    pub state: State,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Open.
    Booked,
    /// The person is in the hall or has been served.
    Here,
    /// Cancelled.
    Cancelled,
}

/// Free days and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Free {
    /// What every page of the desk shows.
    pub desk: Desk,
    /// What is wanted.
    pub wish: Wish,
    /// The days that were looked at: the first one, and how many times each of them has free.
    pub days: Vec<(Date, usize)>,
    /// The day whose times are shown.
    pub day: Option<Date>,
    /// Its free starts.
    pub times: Vec<Interval>,
}

/// All that stands on a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// What every page of the desk shows.
    pub desk: Desk,
    /// What was booked.
    pub booked: Booked,
    /// The text of its QR code; nothing if the office's address is too long for one.
    pub code: Option<String>,
    /// When it was printed.
    pub at: Timestamp,
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::{Date, time};
    use names::{BookingId, Language, Minutes, Pin, ServiceId};
    use protocol::entry::Booked;
    use protocol::office::{DayOfWeek, HoursDoc, OfficeDoc};

    /// A small office, open on Tuesdays and Wednesdays.
    pub(crate) fn doc() -> OfficeDoc {
        let text = r#"{"revision": 1, "id": "musterland", "name": "Bürgerbüro Musterland",
            "telephone": "030 23125 100", "address": "Marktplatz 1", "zone": "Europe/Berlin",
            "counter_noun": "Platz", "ticket_letter": "A", "qr_base": "HTTPS://EXAMPLE.ORG/T/",
            "services": [{"id": 1, "name": "Personalausweis", "name_en": "Identity card", "takes": 10,
                          "per_person": 5, "bookable": true}],
            "hours": [], "exceptions": []}"#;
        let hours = |weekday, opens, closes| HoursDoc {
            weekday,
            opens: time(opens, if opens == 7 { 30 } else { 0 }, 0, 0),
            closes: time(closes, 0, 0, 0),
        };
        let mut doc: OfficeDoc = serde_json::from_str(text).expect("a good document");
        doc.hours =
            [DayOfWeek::Tue, DayOfWeek::Wed].into_iter().flat_map(|d| [hours(d, 7, 12), hours(d, 13, 16)]).collect();
        doc
    }

    /// A booking of one service at 9:00.
    pub(crate) fn booked(booking: BookingId, pin: u32, day: Date) -> Booked {
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("the zone of the examples");
        Booked {
            booking,
            version: 1,
            pin: Pin::from_index(pin).expect("inside the count"),
            day,
            start: day.to_datetime(time(9, 0, 0, 0)).to_zoned(zone).expect("a moment").timestamp(),
            length: Minutes(10),
            services: vec![ServiceId(1)],
            persons: 1,
            language: Language::De,
            seats: Vec::new(),
        }
    }
}
