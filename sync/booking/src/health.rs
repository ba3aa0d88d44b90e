//! How the server does, for whoever looks after it: one line of JSON for `aufruf-booking status`.

use jiff::Timestamp;
use jiff::civil::Date;
use names::Side;
use protocol::agree::Mode;
use protocol::sheet::INTERVALS;
use serde::Serialize;
use store::{OfficeShelf, SecondState, standing};

use crate::citizen::Trouble;
use crate::core::{Core, Offices};

/// What is said of the whole server.
#[derive(Debug, Serialize)]
struct Report {
    /// The second journal: `none`, `good`, or what is wrong with it.
    second_journal: String,
    offices: Vec<OfficeReport>,
}

/// What is said of an office.
#[derive(Debug, Serialize)]
struct OfficeReport {
    office: String,
    /// `active` sells; `unproven` waits for its box after a restore; `frozen` needs a person.
    mode: Mode,
    /// When its box was heard last, since the start of the server.
    heard: Option<Timestamp>,
    /// Days on which its box knows other bookings than this server; nothing while they agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    apart: Option<Vec<Date>>,
    /// Days on which seats were burned by a restore, and how many.
    burned: Vec<(String, u16)>,
    /// Termin-PINs that are left before a new block is taken.
    pins: u32,
}

/// Looks at everything.
pub(crate) async fn report(core: &Core, now: Timestamp) -> Result<String, Trouble> {
    let offices: Offices = core.offices.borrow().clone();
    let mut reports = Vec::new();
    for id in offices.keys() {
        let (id, heard, apart) = (id.clone(), core.last_heard(id), core.apart(id));
        reports.push(
            core.db
                .read(move |tx| {
                    let mut shelf = OfficeShelf::new(tx, &id, Side::Booking, now);
                    let burned = shelf.seats().burned_days()?;
                    let pins = shelf.seats().pins_left()?;
                    let days = burned.into_iter().map(|(day, seats)| (day.to_string(), seats.min(MOST))).collect();
                    let mode = standing::mode(tx, &id)?;
                    Ok::<_, Trouble>(OfficeReport { office: id.to_string(), mode, heard, apart, burned: days, pins })
                })
                .await?,
        );
    }
    let second_journal = match core.db.second() {
        SecondState::None => "none".to_owned(),
        SecondState::Good => "good".to_owned(),
        SecondState::Behind { since_position, why } => format!("behind since entry {since_position}: {why}"),
    };
    serde_json::to_string(&Report { second_journal, offices: reports })
        .map_err(|why| Trouble::Corrupt(format!("a report: {why}")))
}

/// All seats of a day.
const MOST: u16 = protocol::sheet::LANES as u16 * INTERVALS as u16;
