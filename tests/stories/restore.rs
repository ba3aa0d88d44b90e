//! Restore drills of the box: a fresh card or an old backup, with the line and without, with the
//! stick and without. What is back at once, what when the line is back, and that nobody is lost.
//!
//! ```text
//!   ticket, booking ─► backup ─► two tickets, booking ─► the card dies ─► start ─► (line back) ─► checked
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fixture::programs::{Kind, ask};
use fixture::{ImaginaryOffice, Papers, until};
use serde_json::Value;
use store::rusqlite::Connection;

use crate::reception::{Reception, until_waiting, words};
use crate::told::{PATIENCE, signed_in, the_board_is_calm, waiting, watch_as};

/// What the box starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    /// Nothing: a new box with a new code.
    Fresh,
    /// A backup from before two of the tickets and one of the bookings.
    OldBackup,
}

/// One drill.
#[derive(Clone, Copy, Debug)]
struct Drill {
    card: Card,
    connected: bool,
    stick: bool,
}

/// What the desk can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desk {
    /// It has free times.
    Sells,
    /// It has none: what it held is burned.
    Exhausted,
    /// Until both ends have met.
    Locked,
    /// It does not know its office.
    Empty,
}

/// What can be seen of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    /// People in the hall.
    hall: usize,
    /// Bookings made at the desk that it knows.
    booked: usize,
    desk: Desk,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hall {}, bookings {}, desk {:?}", self.hall, self.booked, self.desk)
    }
}

/// Tickets of the morning, all in the hall when the card dies.
const HALL: usize = 3;
/// Bookings at the desk before the loss.
const BOOKED: usize = 2;

fn stick_of(office: &ImaginaryOffice) -> PathBuf {
    office.places.folder.join("stick")
}

/// The box's file again, with a new code and the stick.
async fn write_papers(office: &ImaginaryOffice) -> Result<()> {
    office.write_box_papers().await?;
    let file = office.places.appliance_file();
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, format!("{text}\n[stick]\npath = {:?}\n", stick_of(office)))?;
    Ok(())
}

async fn command(office: &ImaginaryOffice, name: &str, more: &[&str]) -> Result<String> {
    let config = office.places.appliance_file();
    let config = config.to_string_lossy();
    let args: Vec<&str> = [name, "--config", &config].into_iter().chain(more.iter().copied()).collect();
    ask(Kind::Appliance, &args, "").await
}

/// Pulls a ticket, each person at a terminal of their own, and waits for it.
async fn ticket(office: &ImaginaryOffice, count: u64) -> Result<()> {
    let url = office.page("/terminal/nummer");
    let body = serde_json::json!({"terminal": count, "press": format!("person-{count}")});
    tokio::task::spawn_blocking(move || fixture::http::Http::default().send_json(&url, &body)).await??;
    until_waiting(office, count).await
}

/// The morning of an office, up to the moment at which its card dies. Gives back the backup.
async fn morning(office: &ImaginaryOffice) -> Result<PathBuf> {
    let reception = Reception::sign_in(office).await?;
    reception.ready().await?;
    ticket(office, 1).await?;
    reception.book(reception.order("Erika Beispiel", "erika@example.org").await?).await?;
    let backup = office.places.folder.join("old.backup");
    command(office, "backup", &["--to", &backup.to_string_lossy()]).await?;
    ensure!(backup.is_file(), "a running box makes its backup");
    ticket(office, 2).await?;
    ticket(office, 3).await?;
    reception.book(reception.order("Max Beispiel", "max@example.org").await?).await?;
    the_server_has_it_all(office).await?;
    Ok(backup)
}

/// Waits until nothing is left to tell: the last facts of the box are with the booking server.
async fn the_server_has_it_all(office: &ImaginaryOffice) -> Result<()> {
    let sent = || office.mails.mails().iter().any(|mail| mail.to.contains("max@example.org")).then_some(());
    until("the mail of the last booking", PATIENCE, sent).await
}

async fn seen(office: &ImaginaryOffice) -> Result<Seen> {
    let reception = Reception::sign_in(office).await?;
    let page = words(&reception.open("/empfang").await?.body);
    let desk = match (page.contains("Gesperrt"), page.contains("Noch nicht eingerichtet")) {
        (true, _) => Desk::Locked,
        (false, true) => Desk::Empty,
        (false, false) if reception.free_times().await?.is_empty() => Desk::Exhausted,
        (false, false) => Desk::Sells,
    };
    Ok(Seen { hall: waiting(office).await?, booked: page.matches("am Empfang").count(), desk })
}

/// Plays a drill: what is seen right after the start, and what once the line is back.
async fn play(drill: Drill) -> Result<(Seen, Seen)> {
    let office = ImaginaryOffice::furnish(Papers { terminals: 3, ..Papers::default() }).await?;
    office.start_booking().await?;
    std::fs::create_dir_all(stick_of(&office))?;
    write_papers(&office).await?;
    office.switch_on().await?;
    let backup = morning(&office).await?;
    office.power_off().await?;
    let data = office.places.appliance_data();
    match drill.card {
        Card::Fresh => {
            std::fs::remove_dir_all(&data)?;
            write_papers(&office).await?;
        }
        Card::OldBackup => {
            let done = command(&office, "restore", &["--from", &backup.to_string_lossy()]).await?;
            ensure!(done.contains("der alte Stand liegt in"), "{done}");
        }
    }
    if !drill.stick {
        std::fs::remove_dir_all(stick_of(&office))?;
    }
    office.unplug(!drill.connected);
    office.switch_on().await?;
    if drill.connected {
        both_have_met(&office).await?;
    }
    let first = seen(&office).await?;
    office.unplug(false);
    both_have_met(&office).await?;
    let last = seen(&office).await?;
    let reception = Reception::sign_in(&office).await?;
    reception.book(reception.order("Iris Beispiel", "iris@example.org").await?).await.context("one more booking")?;
    staff_see_a_missing_stick(&office, !drill.stick).await?;
    the_board_is_calm(&office).await?;
    office.close().await?;
    no_sold_seat_is_free(&data)?;
    Ok((first, last))
}

/// The counter pages warn while the stick is out, and say nothing while it is in.
async fn staff_see_a_missing_stick(office: &ImaginaryOffice, missing: bool) -> Result<()> {
    let clerk = signed_in(office).await?;
    let fits = move |state: &Value| {
        let notes = state["view"]["journal"].as_array().map_or(0, Vec::len);
        notes == usize::from(missing)
    };
    watch_as(&clerk, office.page("/platz/1/ereignisse"), "the stick on the counter page", fits).await.map(drop)
}

/// Looks into the box's own sheets: where the bookings lie, nothing can be sold again.
fn no_sold_seat_is_free(data: &Path) -> Result<()> {
    let journal = Connection::open(data.join("journal.db"))?;
    let sql = "SELECT sheet FROM seat_sheets ORDER BY day LIMIT 1";
    let sheet: String = journal.query_row(sql, [], |row| row.get(0))?;
    let sheet: Value = serde_json::from_str(&sheet)?;
    let spans = sheet["spans"].as_array().context("a sheet without spans")?;
    let sold = spans.iter().filter(|span| span[5].get("sold").or(span[5].get("sold-frozen")).is_some()).count();
    let own = |span: &&Value| span[0] == OWN_LANE;
    let burned = spans.iter().filter(own).all(|span| span[5] != "free");
    ensure!(
        burned || sold == BOOKED + 1,
        "{sold} seats are sold and the others free: {:?}",
        spans.iter().filter(own).collect::<Vec<_>>()
    );
    Ok(())
}

/// The one lane of its own that the imaginary office's desk sells: the first behind the 50 that are
/// minted for the booking server.
const OWN_LANE: u8 = 50;

/// Waits until the desk is neither empty nor locked, and the morning is back.
async fn both_have_met(office: &ImaginaryOffice) -> Result<()> {
    let reception = Reception::sign_in(office).await?;
    let met = |page: &String| !["Gesperrt", "Noch nicht eingerichtet"].iter().any(|word| page.contains(word));
    let found = until("both ends to have met", PATIENCE, || reception.look("/empfang").filter(met).map(drop)).await;
    found.with_context(|| reception.look("/empfang").map(|page| words(&page)).unwrap_or_default())?;
    // After a fresh card it burned its own, and is given others.
    reception.ready().await.context("a desk that has something to sell again")?;
    let back = until_waiting(office, HALL as u64).await;
    back.with_context(|| std::fs::read_to_string(&office.logs()[1]).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_comes_back_from_a_fresh_card_or_an_old_backup_with_and_without_line_and_stick() -> Result<()> {
    let mut table = Vec::new();
    for card in [Card::Fresh, Card::OldBackup] {
        for connected in [true, false] {
            for stick in [true, false] {
                let drill = Drill { card, connected, stick };
                println!("{drill:?}");
                let (first, last) = play(drill).await.with_context(|| format!("{drill:?}"))?;
                table.push((drill, first, last));
            }
        }
    }
    println!("card       line       stick    right after the start                     with the line");
    for (drill, first, last) in &table {
        let (line, stick) =
            (if drill.connected { "connected" } else { "offline" }, if drill.stick { "there" } else { "missing" });
        println!("{:<10} {line:<10} {stick:<8} {:<41} {last}", format!("{:?}", drill.card), first.to_string());
    }
    for (drill, first, last) in table {
        ensure!(first == expected(drill), "{drill:?}: right after the start {first}");
        ensure!((last.hall, last.booked) == (HALL, BOOKED), "{drill:?}: with the line {last}");
    }
    Ok(())
}

/// What is seen right after the start.
fn expected(drill: Drill) -> Seen {
    let whole = |desk| Seen { hall: HALL, booked: BOOKED, desk };
    match (drill.card, drill.connected, drill.stick) {
        (Card::Fresh, false, true) => whole(Desk::Locked),
        (Card::Fresh, false, false) => Seen { hall: 0, booked: 0, desk: Desk::Empty },
        (Card::Fresh | Card::OldBackup, true, _) | (Card::OldBackup, false, true) => whole(Desk::Sells),
        (Card::OldBackup, false, false) => Seen { hall: 1, booked: 1, desk: Desk::Locked },
    }
}
