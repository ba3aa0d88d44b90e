//! The dictionary between the queue's facts and the journal's entries.
//!
//! Facts of the box are entries `hall.KIND` with everything the fact says. Facts that the
//! booking server told are the entries they came in, so they are never written twice.

use jiff::Timestamp;
use names::{Now, Side, Trust};
use protocol::entry::{Draft, Entry, FromBooking, FromBox};
use queue::{Event, Fact, Recorded};
use serde_json::{Map, Value};

use crate::intake;

/// Before the kind of every fact of the hall.
const HALL: &str = "hall.";

/// The kind of [`Fact::ClockSet`].
const CLOCK_SET: &str = "clock-set";

/// The field of a serialized fact that becomes the kind of its entry.
const KIND_FIELD: &str = "type";

/// A fact that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadFact {
    /// It has no JSON form.
    #[error("failed to write a fact: {0}")]
    Write(serde_json::Error),
    /// It does not say what it is.
    #[error("failed to write a fact: it has no kind")]
    NoKind,
    /// It is not in a form we know.
    #[error("failed to read the fact {kind} (entry {number}): {source}; was this box a newer version before?")]
    Read {
        /// The kind of its entry.
        kind: String,
        /// The number of its entry.
        number: u64,
        /// What does not fit.
        source: serde_json::Error,
    },
}

/// The draft of a fact; none for what the booking server or the desk wrote: it is in the journal already.
pub(crate) fn draft(recorded: &Recorded) -> Result<Option<Draft>, BadFact> {
    if matches!(recorded.fact, Fact::Expected { .. } | Fact::Withdrawn { .. }) {
        return Ok(None);
    }
    let Value::Object(mut body) = serde_json::to_value(recorded).map_err(BadFact::Write)? else {
        return Err(BadFact::NoKind);
    };
    let Some(Value::String(kind)) = body.remove(KIND_FIELD) else { return Err(BadFact::NoKind) };
    Ok(Some(Draft { kind: format!("{HALL}{kind}"), at: recorded.at.at, body }))
}

/// Whether the clock was set by this entry.
pub(crate) fn sets_the_clock(entry: &Entry) -> bool {
    entry.kind.strip_prefix(HALL) == Some(CLOCK_SET)
}

/// Whether an entry tells of the hall.
pub(crate) fn is_of_the_hall(entry: &Entry) -> bool {
    entry.kind.starts_with(HALL)
}

/// The fact an entry stands for; none for entries that are not the queue's business.
pub(crate) fn recorded(entry: &Entry) -> Result<Option<Recorded>, BadFact> {
    match entry.origin {
        Side::Box => of_the_hall(entry),
        Side::Booking => Ok(of_the_booking_server(entry)),
    }
}

fn of_the_hall(entry: &Entry) -> Result<Option<Recorded>, BadFact> {
    let Some(kind) = entry.kind.strip_prefix(HALL) else { return Ok(of_the_desk(entry)) };
    if entry.is_erased() {
        return Ok(None);
    }
    let mut body: Map<String, Value> = entry.body.clone();
    body.insert(KIND_FIELD.to_owned(), Value::String(kind.to_owned()));
    serde_json::from_value(Value::Object(body)).map(Some).map_err(|source| BadFact::Read {
        kind: entry.kind.clone(),
        number: entry.number,
        source,
    })
}

/// What was booked or cancelled at the desk of this house.
fn of_the_desk(entry: &Entry) -> Option<Recorded> {
    let at = arrival(entry.at);
    match FromBox::of(entry)?.ok()? {
        FromBox::Booked(booked) => {
            intake::appointment(&booked).map(|appointment| Recorded { at, fact: Fact::Expected { appointment } })
        }
        FromBox::Cancelled(cancelled) => {
            let fact = Fact::Withdrawn { booking: cancelled.booking, cancelled_at: entry.at };
            Some(Recorded { at, fact })
        }
        FromBox::Key(_) => None,
    }
}

/// What we do not understand was reported when it came; the day goes on without it.
fn of_the_booking_server(entry: &Entry) -> Option<Recorded> {
    let told = FromBooking::of(entry)?.ok()?;
    let at = arrival(entry.at);
    match intake::told(&told, entry.at)? {
        Event::Expected(appointment) => Some(Recorded { at, fact: Fact::Expected { appointment } }),
        Event::Withdrawn { booking, cancelled_at } => {
            Some(Recorded { at, fact: Fact::Withdrawn { booking, cancelled_at } })
        }
        Event::Planned(_)
        | Event::Redated { .. }
        | Event::ClockSet { .. }
        | Event::CheckIn { .. }
        | Event::TakeTicket { .. }
        | Event::Counter { .. }
        | Event::Announced { .. }
        | Event::Tick
        | Event::CloseDay => None,
    }
}

/// What is known of an appointment does not depend on when it was told.
fn arrival(at: Timestamp) -> Now {
    Now { at, trust: Trust::Trusted }
}

#[cfg(test)]
mod tests {
    use names::{BookingId, CounterId, Incarnation, Pin};
    use protocol::chain::{ChainHash, Commitment, Salt};
    use queue::VisitId;
    use serde_json::json;

    use super::*;

    const WRITTEN: Timestamp = Timestamp::constant(1_770_109_800, 0);

    #[test]
    fn a_cancellation_says_when_it_was_written_however_late_it_is_told() {
        let booking = BookingId::from_random(Side::Booking, 7);
        let fact = read(Side::Booking, "cancelled", json!({ "booking": booking }));
        assert_eq!(fact, Fact::Withdrawn { booking, cancelled_at: WRITTEN });
    }

    #[test]
    fn a_moved_booking_comes_with_its_version() {
        let booking = BookingId::from_random(Side::Booking, 7);
        let pin = Pin::from_index(38_291).expect("inside the count");
        let body = json!({ "booking": booking, "version": 2, "pin": pin, "day": "2026-02-03", "start": WRITTEN,
            "length": 10, "services": [1], "persons": 1, "language": "de" });
        let Fact::Expected { appointment } = read(Side::Booking, "booked", body) else { panic!("another fact") };
        assert_eq!((appointment.booking, appointment.version), (booking, 2));
    }

    #[test]
    fn what_this_box_wrote_before_it_knew_versions_still_reads() {
        let at = json!({ "at": WRITTEN, "trust": "trusted" });
        let counter = CounterId::try_from(3).expect("a counter");
        let served = read(Side::Box, "hall.served", json!({ "at": at, "visit": 7, "counter": 3 }));
        assert_eq!(served, Fact::Served { visit: VisitId(7), counter, booking: None, version: None });
        let missed = read(Side::Box, "hall.missed", json!({ "at": at, "visit": 7, "counter": 3 }));
        assert_eq!(missed, Fact::Missed { visit: VisitId(7), counter, booking: None, version: None });
    }

    #[test]
    fn the_end_of_a_visit_tells_the_booking_server_with_which_version_it_began() {
        let (booking, counter) = (BookingId::from_random(Side::Booking, 7), CounterId::try_from(3).expect("a counter"));
        let fact = Fact::Served { visit: VisitId(7), counter, booking: Some(booking), version: Some(1) };
        let recorded = Recorded { at: arrival(WRITTEN), fact };
        let draft = draft(&recorded).expect("a plain fact").expect("a fact of the box");
        assert_eq!((draft.kind.as_str(), &draft.body["version"]), ("hall.served", &json!(1)));
        assert_eq!(draft.body["booking"], json!(booking));
    }

    fn read(origin: Side, kind: &str, body: Value) -> Fact {
        let Value::Object(body) = body else { panic!("no body") };
        let office: names::OfficeId = "musterland".parse().expect("a good name");
        let salt = Salt([7; 16]);
        let entry = Entry {
            hash: ChainHash::genesis(&office, origin, Incarnation::from_bits(1)),
            office,
            origin,
            incarnation: Incarnation::from_bits(1),
            number: 1,
            schema: 1,
            kind: kind.to_owned(),
            at: WRITTEN,
            commitment: Commitment::of(salt, &body),
            salt: Some(salt),
            body,
        };
        recorded(&entry).expect("readable").expect("the queue's business").fact
    }
}
