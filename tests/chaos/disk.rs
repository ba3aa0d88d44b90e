//! A disk that is full, under either program: nothing is shown that is not on it, somebody is
//! told, and with a little room everything goes on.
//!
//! ```text
//!   the test ─► itself, in a mount namespace ─► data folder on a small tmpfs ─► filled to the brim
//! ```
//!
//! The disk is a real file system that says that it is full; no double. It takes `unshare` and
//! user namespaces, as Debian has them.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::http::Page;
use fixture::until;
use tokio::process::Command;

use crate::hall::{pull_number, pull_number_within, type_code};
use crate::person::{Answered, Person, good};
use crate::town::{PATIENCE, Town};
use crate::word::{Standing, standing};

/// Says that we are in the namespace already.
const INSIDE: &str = "AUFRUF_SMALL_DISK";
/// Room for a day of a small office.
const SIZE: &str = "size=8m";
/// How the ballast is written, in bytes: a page of the file system.
const PIECE: usize = 4096;
/// A file that was written before can be used again by SQLite, so a full disk takes some more;
/// not many.
const SOME_MORE: usize = 300;
/// A terminal that gets no answer starts again after 5 s; then none will come.
const NO_ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Runs a test of this file once more where it may mount; answers whether we are there.
async fn inside(test: &str) -> Result<bool> {
    if std::env::var_os(INSIDE).is_some() {
        return Ok(true);
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--"]).arg(std::env::current_exe()?);
    command.args(["--exact", &format!("disk::{test}"), "--nocapture"]).env(INSIDE, "1").kill_on_drop(true);
    let out = command.output().await.context("failed to run unshare; is util-linux installed?")?;
    let said = format!("{}\n{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    if !out.status.success() || !said.contains("1 passed") {
        bail!("in a namespace of its own (does this machine allow user namespaces?): {said}");
    }
    Ok(false)
}

/// A small file system on this folder.
async fn mount(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(folder).status().await?;
    if mounted.success() { Ok(()) } else { bail!("failed to mount a small disk on {}", folder.display()) }
}

/// What takes all the room there is.
struct Ballast(PathBuf);

impl Ballast {
    fn fill(folder: &Path) -> Result<Self> {
        let path = folder.join("ballast");
        let mut file = std::fs::File::create(&path)?;
        loop {
            match file.write_all(&[0; PIECE]) {
                Ok(()) => {}
                Err(full) if full.kind() == ErrorKind::StorageFull => return Ok(Self(path)),
                Err(other) => return Err(other).context("failed to fill the disk"),
            }
        }
    }

    fn throw_out(self) -> Result<()> {
        std::fs::remove_file(self.0).context("failed to make room")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_with_a_full_disk_says_so_and_shows_no_number_it_could_not_keep() -> Result<()> {
    if !inside("a_box_with_a_full_disk_says_so_and_shows_no_number_it_could_not_keep").await? {
        return Ok(());
    }
    let town = Town::lay(Town::papers()).await?;
    mount(&town.office.places.appliance_data()).await?;
    town.begin().await?;
    let outcome = the_box_fills_up(&town).await;
    town.explain(outcome)
}

async fn the_box_fills_up(town: &Town) -> Result<()> {
    let office = &town.office;
    town.line_works(true).await?;
    let mut told = vec![pull_number(office, 1, "first").await?.code];
    let ballast = Ballast::fill(&office.places.appliance_data())?;
    let mut refused = None;
    for press in 0..SOME_MORE {
        let press = format!("full-{press}");
        match pull_number_within(office, 1, &press, NO_ANSWER_WITHIN).await? {
            Some(greeting) => told.push(greeting.code),
            None => {
                refused = Some(press);
                break;
            }
        }
    }
    let refused = refused.context("a full disk takes numbers without end")?;
    let alarm = || town.health("journal").filter(|(works, _)| !works).map(|(_, detail)| detail);
    let alarm = until("an alarm of the journal in the health of the box", PATIENCE, alarm).await?;
    assert!(alarm.contains("disk"), "the alarm does not say what to look at: {alarm}");
    assert_eq!(town.waiting().await?, told.len(), "whoever was not told waits for nothing");

    ballast.throw_out()?;
    // The same press: whoever was not answered presses once more.
    let again = pull_number(office, 1, &refused).await?;
    assert!(!told.contains(&again.code), "{} is given twice", again.code);
    told.push(again.code);
    assert_eq!(town.health("journal").map(|(works, _)| works), Some(true), "the alarm is over");

    office.power_off().await?;
    office.switch_on().await?;
    assert_eq!(town.waiting().await?, told.len(), "everybody who was told is there after a power cut");
    for code in &told {
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let greeting = type_code(office, 1, &digits).await?;
        assert!(greeting.was_here() && greeting.code == *code, "{code} is greeted with {greeting:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_server_with_a_full_disk_confirms_nothing_it_could_not_keep() -> Result<()> {
    if !inside("a_booking_server_with_a_full_disk_confirms_nothing_it_could_not_keep").await? {
        return Ok(());
    }
    let town = Town::lay(Town::papers()).await?;
    mount(&town.office.places.booking_data()).await?;
    town.begin().await?;
    let outcome = the_server_fills_up(&town).await;
    town.explain(outcome)
}

async fn the_server_fills_up(town: &Town) -> Result<()> {
    let office = &town.office;
    let mut links = Vec::new();
    for number in 0..5 {
        links.push(sent(town, &format!("early-{number}")).await?);
    }
    let ballast = Ballast::fill(&office.places.booking_data())?;
    until_it_is_full(town).await?;
    let (mut told, mut refused) = (Vec::new(), Vec::new());
    for (person, link) in links {
        let page = answered(person.confirm(&link).await)?;
        match standing(&page) {
            Some(Standing::Booked) => told.push((person, page.url)),
            _ => {
                is_clear(&page)?;
                refused.push((person, link));
            }
        }
    }
    assert!(!refused.is_empty(), "nothing was refused: the disk was not full");
    good(town.person("looks").times(1, None).await).context("pages that only show something go on")?;

    ballast.throw_out()?;
    for (person, link) in refused {
        let mails = office.mails.mails();
        let early = mails.iter().any(|mail| mail.to == person.mail && mail.subject.contains("Ihr Termin am"));
        assert!(!early, "{} was told that it did not work, and by mail that it is booked", person.mail);
        let page = good(person.confirm(&link).await)?;
        assert_eq!(standing(&page), Some(Standing::Booked), "with some room it goes on");
        told.push((person, page.url));
    }
    office.crash_booking().await?;
    office.start_booking().await?;
    for (person, url) in told {
        assert_eq!(standing(&good(person.open(&url).await)?), Some(Standing::Booked), "{} is gone", person.mail);
        office.mails.wait_for_mail(&person.mail, "Ihr Termin am", PATIENCE).await?;
    }
    Ok(())
}

/// Books until the disk takes no more; whoever is refused reads a page that says so.
async fn until_it_is_full(town: &Town) -> Result<()> {
    for number in 0..SOME_MORE {
        let person = town.person(&format!("late-{number}"));
        let times = answered(person.times(1, None).await)?;
        let page = answered(person.send(&times, &crate::person::hold_form(&times, number)?).await)?;
        if page.status >= 500 {
            return is_clear(&page);
        }
    }
    bail!("a full disk takes bookings without end")
}

/// Everything up to the link of the first mail.
async fn sent(town: &Town, name: &str) -> Result<(Person, String)> {
    let person = town.person(name);
    person.book(1, None, 0).await?;
    let mail = town.office.mails.wait_for_mail(&person.mail, "bestätigen", PATIENCE).await?;
    let link = mail.links().into_iter().find(|link| link.contains("/bestaetigen/"));
    Ok((person, link.context("no link in the mail")?))
}

fn answered(answer: Answered) -> Result<Page> {
    answer.map_err(|no_answer| no_answer.0.context("even a full disk is no reason not to answer"))
}

/// A page that says that it did not work, and whom to call.
fn is_clear(page: &Page) -> Result<()> {
    let says = |words: &str| page.body.contains(words);
    let clear = says("Das hat gerade nicht geklappt") && says("030 23125 100") && !says("SQL") && !says("disk");
    if clear {
        Ok(())
    } else {
        bail!("{} ({}) does not say clearly that it did not work: {}", page.url, page.status, page.body)
    }
}
