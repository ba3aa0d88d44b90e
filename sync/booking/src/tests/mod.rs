//! The whole server in one struct: a real store, real mails to a sink, time as an argument.

mod agreement;
mod alarms;
mod bookings;
mod desk;
mod line;
mod links;
mod mails;
mod moves;
mod poke;
mod program;
mod random;
mod restored_box;
mod restores;
mod rotation;
mod sharing;
mod sink;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use names::{OfficeId, ServiceId};
use tempfile::TempDir;

use crate::citizen::{Citizen, DetailsForm, Pick, Trouble};
use crate::config::{SmtpConfig, SmtpTls};
use crate::core::Core;
use crate::office_file::tests::SAMPLE;
use crate::post::{Mailer, Post};
use crate::secret::{AppointmentSecret, HoldSecret, LinkSecret};
use crate::{care, offices, restore};
use sink::Sink;

/// A Monday before opening.
const MONDAY: &str = "2026-02-02T06:00:00+01:00";

struct World {
    folder: TempDir,
    core: Arc<Core>,
    citizen: Citizen,
    post: Post,
    sink: Sink,
    clock: Arc<AtomicI64>,
}

impl World {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("musterland.toml"), SAMPLE).expect("an office file");
        let clock = Arc::new(AtomicI64::new(at(MONDAY).as_second()));
        let sink = Sink::open().await;
        let core = Self::core(&folder, at(MONDAY)).await;
        Self::around(folder, core, sink, clock)
    }

    async fn core(folder: &TempDir, now: Timestamp) -> Arc<Core> {
        let url = "https://termin.example".to_owned();
        let files = offices::read_all(&[Self::file(folder)], &url, now).expect("a good office file");
        let second = folder.path().join("second");
        let (db, _opened) =
            restore::open(folder.path(), Some(&second).filter(|s| s.exists()).map(PathBuf::as_path)).expect("a store");
        let opening = move |tx: &store::rusqlite::Transaction<'_>| {
            let offices = offices::open_all(tx, files, now)?;
            restore::recover(tx, &offices, now)?;
            Ok::<_, Trouble>(offices)
        };
        let offices = db.write(opening).await.expect("an office");
        Arc::new(Core::new(db, url, "musterland.example".to_owned(), offices))
    }

    fn around(folder: TempDir, core: Arc<Core>, sink: Sink, clock: Arc<AtomicI64>) -> Self {
        let config = smtp(&sink);
        let hands = Arc::clone(&clock);
        let tell = move || Timestamp::from_second(hands.load(Ordering::Relaxed)).expect("a moment");
        let mailer = Mailer::new(&config).expect("a mailer");
        let post = Post::new(Arc::clone(&core), mailer, config.from, Arc::new(tell));
        Self { citizen: Citizen::new(Arc::clone(&core)), folder, core, post, sink, clock }
    }

    /// The server dies and starts again on the same data.
    async fn restart(self) -> Self {
        let now = self.now();
        let Self { folder, core, citizen, post, sink, clock } = self;
        drop((citizen, post));
        drop(core);
        let core = Self::core(&folder, now).await;
        Self::around(folder, core, sink, clock)
    }

    fn file(folder: &TempDir) -> PathBuf {
        folder.path().join("musterland.toml")
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.load(Ordering::Relaxed)).expect("a moment")
    }

    /// Time goes by, and what time does is done.
    async fn pass(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60, Ordering::Relaxed);
        care::lapse(&self.core, self.now()).await.expect("lapses");
    }

    /// All mails that are due leave.
    async fn deliver(&self) {
        self.post.deliver_due().await.expect("mails leave");
    }

    fn pick(&self, services: &[u16], persons: u8) -> Pick {
        let services: Vec<_> = services.iter().copied().map(ServiceId).collect();
        self.citizen.office(&office()).expect("the office").pick(&services, persons).expect("a good choice")
    }

    async fn free(&self, pick: &Pick, day: &str) -> Vec<Timestamp> {
        let day = day.parse().expect("a day");
        self.citizen.times(&office(), pick, day, self.now()).await.expect("times")
    }

    async fn hold(&self, start: &str) -> HoldSecret {
        self.citizen.hold(&office(), &self.pick(&[1], 1), at(start), self.now()).await.expect("it is free")
    }

    /// Fills in the form and sends it off.
    async fn submit(&self, hold: &HoldSecret, name: &str, mail: &str) {
        self.citizen.details(hold, form(name, mail), self.now()).await.expect("good details");
        self.citizen.submit(hold, self.now()).await.expect("sent off");
    }

    /// From a free time to the link in the mail.
    async fn asked(&mut self, start: &str) -> (HoldSecret, LinkSecret) {
        let hold = self.hold(start).await;
        // Each start is another person's: the limits per address have their own test.
        let digits: String = start.chars().filter(char::is_ascii_digit).collect();
        self.submit(&hold, "Erika Muster", &format!("erika{digits}@example.org")).await;
        self.deliver().await;
        let mail = self.sink.next();
        (hold, link_in(&mail))
    }

    /// From a free time to an appointment.
    async fn booked(&mut self, start: &str) -> (HoldSecret, AppointmentSecret) {
        let (hold, link) = self.asked(start).await;
        let appointment = self.citizen.confirm(&link, self.now()).await.expect("booked");
        (hold, appointment)
    }

    /// Every seat is sold, held or free exactly as the bookings say.
    async fn verify(&self) {
        let (sheets, bookings, holds) = self.core.db.read(count).await.expect("counted");
        assert_eq!(sheets, (bookings, holds), "sold and held on the sheets, and in the tables");
    }
}

type Counts = ((u32, u32), u32, u32);

fn count(tx: &store::rusqlite::Transaction<'_>) -> Result<Counts, Trouble> {
    use protocol::sheet::{DaySheet, SeatState};
    let mut statement = tx.prepare("SELECT sheet FROM seat_sheets WHERE sheet LIKE '%sold%' OR sheet LIKE '%held%'")?;
    let sheets = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let (mut sold, mut held) = (0_u32, 0_u32);
    for sheet in &sheets {
        let sheet: DaySheet = serde_json::from_str(sheet).expect("a sheet");
        for span in sheet.spans() {
            sold += u32::from(matches!(span.state, SeatState::Sold(_)));
            held += u32::from(matches!(span.state, SeatState::Held(_)));
        }
    }
    let of = |sql: &str| tx.query_row(sql, [], |row| row.get::<_, u32>(0));
    let bookings = of("SELECT count(*) FROM bookings WHERE state = 'confirmed'")?;
    let holds = of("SELECT count(*) FROM holds")?;
    Ok(((sold, held), bookings, holds))
}

fn office() -> OfficeId {
    "musterland".parse().expect("a name")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn form(name: &str, mail: &str) -> DetailsForm {
    DetailsForm { name: name.to_owned(), mail: mail.to_owned(), ..DetailsForm::default() }
}

fn smtp(sink: &Sink) -> SmtpConfig {
    SmtpConfig {
        host: sink.address.ip().to_string(),
        port: sink.address.port(),
        tls: SmtpTls::None,
        extra_ca: None,
        from: "Bürgerbüro Musterland <termine@musterland.example>".parse().expect("a sender"),
        user: None,
        password_file: None,
    }
}

/// The text part of a mail, as its reader sees it.
fn text_of(mail: &str) -> String {
    let parsed = mail_parser::MessageParser::default().parse(mail).expect("a mail");
    parsed.body_text(0).expect("a text").into_owned()
}

fn link_in(mail: &str) -> LinkSecret {
    LinkSecret::read(&secret_after(mail, "/bestaetigen/")).expect("a secret")
}

fn appointment_in(mail: &str) -> AppointmentSecret {
    AppointmentSecret::read(&secret_after(mail, "/termin/")).expect("a secret")
}

fn secret_after(mail: &str, path: &str) -> String {
    let text = text_of(mail);
    let (_before, after) = text.split_once(path).expect("a link");
    after.chars().take_while(char::is_ascii_hexdigit).collect()
}
