//! What can be seen of both ends: by people while they run, in their data once they are off.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fixture::http::Http;
use fixture::programs::Kind;
use fixture::{ImaginaryOffice, until};
use serde_json::Value;
use store::rusqlite::{Connection, OpenFlags};

use super::ground::{at, command};
use super::table::{Seen, State};
use crate::reception::{Reception, words};
use crate::told::PATIENCE;

/// Looks until it is as expected; answers what was seen last.
pub(super) async fn until_seen(office: &ImaginaryOffice, expected: Seen) -> Result<Seen> {
    let reception = Reception::sign_in(office).await?;
    let url = office.site("/musterland/zeit?service=1&personen=1");
    let mut last = None;
    let look = || {
        let online = tokio::task::block_in_place(|| Http::default().open(&url)).ok().map(|page| online(&page.body))?;
        last = Some(Seen { online, desk: desk(&reception)? });
        (last == Some(expected)).then_some(())
    };
    // What it is instead is for the table to say.
    let _in_time = until("what the table says", PATIENCE, look).await;
    last.context("nothing was ever seen")
}

/// What a citizen reads.
fn online(page: &str) -> State {
    match (page.contains("in Kürze wieder möglich"), page.contains("/halten")) {
        (true, _) => State::Locked,
        (false, true) => State::Sells,
        (false, false) => State::Burned,
    }
}

/// What a clerk reads.
fn desk(reception: &Reception) -> Option<State> {
    let page = words(&reception.look("/empfang")?);
    let times = reception.look("/empfang?dienst=1&personen=1")?;
    Some(match (page.contains("Gesperrt"), page.contains("Noch nicht eingerichtet"), times.contains("zeit=")) {
        (true, _, _) => State::Locked,
        (false, true, _) => State::Empty,
        (false, false, true) => State::Sells,
        (false, false, false) => State::Burned,
    })
}

/// Waits until an end that runs has these bookings, and the box so many recovery copies: no second
/// process may open its data, so each look is a backup.
pub(super) async fn heard(office: &ImaginaryOffice, by: Kind, pins: &[u32], copies: u32) -> Result<()> {
    let wanted: BTreeSet<u32> = pins.iter().copied().collect();
    for look in 0..BACKUPS {
        let copy = at(office, &format!("look-{look}.backup"));
        command(office, by, &["backup", "--to", &copy.to_string_lossy()], "").await?;
        let known = Known::read(&copy)?;
        std::fs::remove_file(copy)?;
        if wanted.is_subset(&known.pins) && known.copies >= copies {
            return Ok(());
        }
    }
    bail!("{} never heard of all bookings", by.name())
}

/// Backups at most, each some 50 ms.
const BACKUPS: usize = 200;

fn files(office: &ImaginaryOffice) -> [std::path::PathBuf; 2] {
    [office.places.booking_data().join("booking.db"), office.places.appliance_data().join("journal.db")]
}

/// The bookings that one end knows, of both.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) pins: BTreeSet<u32>,
    /// Contacts sealed to the recovery key.
    pub(super) copies: u32,
    /// Day, lane and interval of each seat, and the PINs that sit there.
    pub(super) seats: BTreeMap<(String, u64, u64), BTreeSet<u32>>,
}

impl Known {
    fn read(file: &Path) -> Result<Self> {
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sql = "SELECT body FROM journal JOIN journal_content USING (position) WHERE kind = 'booked'";
        let mut statement = db.prepare(sql)?;
        let copies = "SELECT count(*) FROM journal WHERE origin = 'booking' AND kind = 'contact'";
        let mut known = Self { copies: db.query_row(copies, [], |row| row.get(0))?, ..Self::default() };
        for body in statement.query_map([], |row| row.get::<_, String>(0))? {
            known.add(&serde_json::from_str(&body?)?)?;
        }
        Ok(known)
    }

    fn add(&mut self, booked: &Value) -> Result<()> {
        let pin = booked["pin"].as_u64().or_else(|| booked["pin"].as_str()?.parse().ok());
        let pin = u32::try_from(pin.with_context(|| format!("a booking without a PIN: {booked}"))?)?;
        self.pins.insert(pin);
        let day = booked["day"].as_str().context("a booking without a day")?;
        for seat in booked["seats"].as_array().into_iter().flatten() {
            let number = |at: usize| seat[at].as_u64().with_context(|| format!("no seat: {seat}"));
            for interval in number(1)?..number(2)? {
                self.seats.entry((day.to_owned(), number(0)?, interval)).or_default().insert(pin);
            }
        }
        Ok(())
    }
}

/// What both ends know once they are off: which bookings, and seats with more than one.
pub(super) fn known(office: &ImaginaryOffice) -> Result<(BTreeSet<u32>, usize)> {
    let [server, appliance] = files(office).map(|file| Known::read(&file));
    let (server, mut all) = (server.context("the server's journal")?, appliance.context("the box's journal")?);
    let both: BTreeSet<u32> = server.pins.intersection(&all.pins).copied().collect();
    for (seat, pins) in server.seats {
        all.seats.entry(seat).or_default().extend(pins);
    }
    Ok((both, all.seats.values().filter(|pins| pins.len() > 1).count()))
}

/// The PINs of all confirmed bookings whose people the server can reach.
pub(super) fn reachable(office: &ImaginaryOffice) -> Result<BTreeSet<u32>> {
    let db = Connection::open_with_flags(&files(office)[0], OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sql = "SELECT pin FROM bookings JOIN contacts USING (booking) WHERE state = 'confirmed' AND mail <> ''";
    let mut statement = db.prepare(sql)?;
    let pins = statement.query_map([], |row| row.get::<_, u32>(0))?.collect::<Result<_, _>>()?;
    ensure!(db.is_readonly("main")?, "somebody else's data is only read");
    Ok(pins)
}
