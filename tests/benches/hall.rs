//! A hall with desks, guests, and eyes on board and terminal.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::desk::Gesture;
use fixture::http::{Http, Page};
use fixture::papers::{STAFF_NAME, STAFF_PASSWORD, desk};
use fixture::programs::BoxReady;
use fixture::{Citizen, Clerk, Desk, ImaginaryOffice, Papers, clock, eyes};
use jiff::Timestamp;
use serde_json::Value;

use crate::ears::Ears;
use crate::figures::Times;

/// Longer than any mail takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// The service everybody comes for.
const IDENTITY_CARD: u16 = 1;

/// Somebody with an appointment today.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    /// `482 917`.
    pub(crate) pin: String,
    /// What the QR code of the mail says.
    pub(crate) qr: String,
}

/// What one press was answered, and when.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) pressed: Timestamp,
    pub(crate) on_board: Timestamp,
    pub(crate) acknowledged: Timestamp,
    pub(crate) pin: String,
}

/// An office that is open.
#[derive(Debug)]
pub(crate) struct Hall {
    pub(crate) office: ImaginaryOffice,
    pub(crate) desks: Vec<Desk>,
    pub(crate) clerk: Clerk,
    pub(crate) scans: Scans,
    board: Ears,
    terminal: Ears,
    guests: Vec<Guest>,
}

/// What scans took.
#[derive(Debug, Default)]
pub(crate) struct Scans {
    /// From the first key event to the last, the Enter.
    pub(crate) typing: Times,
    /// From the Enter to the answer.
    pub(crate) answer: Times,
}

/// The papers of every office under the stop-watch: it is late morning there, so that a day's
/// appointments lie ahead, and the log can be read by a program.
pub(crate) fn papers() -> Papers {
    Papers {
        zone: clock::zone_in_office_hours("", clock::now()),
        environment: vec![("NO_COLOR".to_owned(), "1".to_owned())],
        ..Papers::default()
    }
}

/// The addresses of the running box itself, without the fixture's wires before them.
pub(crate) fn addresses(office: &ImaginaryOffice) -> Result<BoxReady> {
    let file = office.places.appliance_data().join("ready.json");
    let text = std::fs::read(&file).with_context(|| format!("failed to read {}", file.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// A browser in which somebody of the staff signed in.
pub(crate) fn signed_in(hall: &str) -> Result<Http> {
    let mut http = Http::default();
    http.send(&format!("{hall}/anmelden"), &[("name", STAFF_NAME), ("password", STAFF_PASSWORD)])?;
    Ok(http)
}

impl Hall {
    /// Opens the doors: all programs, all counters, all desks on the line.
    pub(crate) async fn open(papers: Papers) -> Result<Self> {
        let office = ImaginaryOffice::open(papers).await?;
        let BoxReady { pages, gate } = addresses(&office)?;
        let page = |path: &str| format!("http://{pages}{path}");
        let clerk = Clerk::sign_in(&page("")).await?;
        clerk.open(office.papers.counters).await?;
        let desks: Result<Vec<Desk>> = office.papers.desks.iter().map(|at| Desk::plug_in(gate, &desk(*at))).collect();
        let desks = desks?;
        for desk in &desks {
            desk.wait_for(PATIENCE, |shown| shown.state == "free").await?;
        }
        let board = Ears::open(Http::default(), page("/tafel/ereignisse")).await?;
        let terminal = Ears::open(Http::default(), page("/terminal/ereignisse")).await?;
        Ok(Self { office, desks, clerk, scans: Scans::default(), board, terminal, guests: Vec::new() })
    }

    /// Books up to the page with the button that confirms, as a citizen would.
    pub(crate) async fn book(&self) -> Result<(Citizen, Page)> {
        let number = self.office.mails.mails().len();
        let mail = format!("gast-{number}@example.org");
        let citizen = Citizen::new(&self.office.site("/musterland"), &format!("Gast {number}"), &mail);
        citizen.book_earliest(IDENTITY_CARD).await?;
        let please = self.office.mails.wait_for_mail(&mail, "bestätigen", PATIENCE).await?;
        let link = please.links().into_iter().find(|l| l.contains("/bestaetigen/")).context("no link in the mail")?;
        let button = citizen.open(&link).await?;
        Ok((citizen, button))
    }

    /// What the second mail brought.
    pub(crate) async fn guest(&self, citizen: &Citizen) -> Result<Guest> {
        let mail = self.office.mails.wait_for_mail(&citizen.mail, "Ihr Termin am", PATIENCE).await?;
        let picture = mail.part("image/png").context("no QR code in the mail")?;
        let words: Vec<_> = mail.text.split_whitespace().collect();
        let three = |word: &str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
        let pair = words.windows(2).find(|w| three(w[0]) && three(w[1])).context("no PIN in the mail's text")?;
        Ok(Guest { pin: format!("{} {}", pair[0], pair[1]), qr: eyes::read_qr(&picture.bytes)? })
    }

    /// Brings in people with appointments, until so many have come.
    pub(crate) async fn invite(&mut self, count: usize) -> Result<()> {
        while self.guests.len() < count {
            let (citizen, button) = self.book().await?;
            citizen.confirm(&button).await?;
            let guest = self.guest(&citizen).await?;
            self.welcome(guest).await?;
        }
        Ok(())
    }

    /// Somebody comes in and holds the mail under the scanner.
    pub(crate) async fn welcome(&mut self, guest: Guest) -> Result<()> {
        self.scan(&guest).await?;
        self.guests.push(guest);
        Ok(())
    }

    /// Scans and waits for the answer on the terminal.
    async fn scan(&mut self, guest: &Guest) -> Result<()> {
        self.terminal.forget();
        let began = clock::now();
        self.office.scanner.scan(&guest.qr).await?;
        let typed = clock::now();
        let ours = |view: &Value| {
            view["stay"]["began"].as_i64().is_some_and(|stays| stays >= began.as_millisecond())
                && is_code(&view["screen"]["code"], &guest.pin)
        };
        let answered = self.terminal.hear("an answer to a scan", ours).await?;
        self.scans.typing.add(began, typed);
        self.scans.answer.add(typed, answered);
        Ok(())
    }

    /// The short press of one desk, up to the call on the board.
    pub(crate) async fn call(&mut self, desk: usize) -> Result<Call> {
        let (counter, desk) = (self.office.papers.desks[desk], &self.desks[desk]);
        let mut acks = desk.watch_acks();
        let id = desk.next_id();
        self.board.forget();
        let pressed = clock::now();
        desk.send_press(&id, Gesture::Short).await?;
        acks.wait_for(|acks| acks.iter().any(|ack| ack.id == id)).await?;
        let acknowledged = clock::now();
        let ack = desk.answer_to(&id).await?;
        let pin = ack.code.with_context(|| format!("the press was answered {:?}", ack.answer))?;
        let newest = |view: &Value| view["rows"][0]["counter"] == counter && is_code(&view["rows"][0]["code"], &pin);
        let on_board = self.board.hear("a call", newest).await?;
        Ok(Call { pressed, on_board, acknowledged, pin })
    }

    /// Nobody came: the counter is free again, and the person is out of the hall.
    pub(crate) async fn missed(&self, desk: usize) -> Result<()> {
        self.clerk.act(self.office.papers.desks[desk], "missed").await.map(drop)
    }

    /// Those who were missed longest come back, so that at most `out` are out of the hall.
    pub(crate) async fn bring_back(&mut self, missed: &mut VecDeque<String>, out: usize) -> Result<()> {
        while missed.len() > out {
            let pin = missed.pop_front().unwrap_or_default();
            let guest = self.guests.iter().find(|guest| guest.pin == pin).cloned().context("a stranger was called")?;
            self.scan(&guest).await?;
        }
        Ok(())
    }
}

fn is_code(shown: &Value, pin: &str) -> bool {
    pin.split_once(' ').is_some_and(|(first, second)| shown["first"] == first && shown["second"] == second)
}
