//! The one task that sends mails: takes what is due, sends it, writes down what became of it.

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;
use lettre::message::Mailbox;
use store::rusqlite::Transaction;

use super::compose::{Order, compose};
use super::outbox::{self, DueMail};
use super::{MailKind, Mailer, NotTaken};
use crate::citizen::records::{self as bookings, BookingRow, Opens, State};
use crate::citizen::terms::link_end;
use crate::citizen::{Details, Trouble, booked};
use crate::core::{Core, Office};
use crate::seats;
use crate::secret::{AppointmentSecret, LinkSecret};

/// Mails on their way at the same time: a slow recipient's server does not stop the others.
const AT_ONCE: usize = 4;

/// Seconds the sender sleeps at most, so that a clock that was set does not delay mails.
const LONGEST_SLEEP_SECONDS: i64 = 60;

/// The sender.
pub(crate) struct Post {
    core: Arc<Core>,
    mailer: Mailer,
    from: Mailbox,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// A mail with all it needs, its secret drawn.
struct Parcel {
    mail: DueMail,
    row: BookingRow,
    contact: Details,
    office: Arc<Office>,
    link: String,
}

impl Post {
    pub(crate) fn new(
        core: Arc<Core>,
        mailer: Mailer,
        from: Mailbox,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        Self { core, mailer, from, clock }
    }

    /// Sends until the future is dropped.
    pub(crate) async fn run(&self) {
        if let Err(error) = self.core.db.write(outbox::recover).await {
            tracing::error!(error = %anyhow::Error::from(error), "failed to look at the mails of the last run");
        }
        // Each lane waits for itself: a nudge wakes one that is idle, however slow the others are.
        join_all((0..AT_ONCE).map(|_lane| self.watch())).await;
    }

    async fn watch(&self) {
        loop {
            let next = match self.lane().await {
                Ok(()) => self.core.db.read(outbox::next_due).await,
                Err(error) => Err(error),
            };
            let next = next.unwrap_or_else(|error| {
                tracing::error!(error = %anyhow::Error::from(error), "failed to look after the mails");
                None
            });
            let seconds = next.map_or(LONGEST_SLEEP_SECONDS, |next| next.duration_since((self.clock)()).as_secs());
            let seconds = seconds.clamp(1, LONGEST_SLEEP_SECONDS).unsigned_abs();
            tokio::select! {
                () = self.core.post_nudged() => {}
                () = tokio::time::sleep(std::time::Duration::from_secs(seconds)) => {}
            }
        }
    }

    /// Sends everything that is due.
    #[cfg(test)]
    pub(crate) async fn deliver_due(&self) -> Result<(), Trouble> {
        join_all((0..AT_ONCE).map(|_lane| self.lane())).await.into_iter().collect()
    }

    async fn lane(&self) -> Result<(), Trouble> {
        loop {
            let (core, now) = (Arc::clone(&self.core), (self.clock)());
            match self.core.db.write(move |tx| take(tx, &core, now)).await? {
                Taken::Nothing => return Ok(()),
                Taken::Useless => {}
                Taken::Parcel(parcel) => self.deliver(*parcel, now).await?,
            }
        }
    }

    async fn deliver(&self, parcel: Parcel, now: Timestamp) -> Result<(), Trouble> {
        let outcome = match self.put_together(&parcel, now) {
            Ok(message) => self.mailer.send(message).await,
            Err(error) => Err(NotTaken::Refused(anyhow::Error::from(error).to_string())),
        };
        let (mail, browser, at) = (parcel.mail.id, parcel.row.browser, (self.clock)());
        match &outcome {
            Ok(()) => tracing::info!(mail, "mail taken"),
            // The other side's words may repeat the address: they stay out of the log.
            Err(NotTaken::Refused(_)) => tracing::warn!(mail, "mail refused"),
            Err(NotTaken::Later(_)) => tracing::warn!(mail, tries = parcel.mail.tries, "mail not taken yet"),
        }
        self.core.db.write(move |tx| settle(tx, &parcel, &outcome, at)).await?;
        self.core.changed(browser);
        Ok(())
    }

    fn put_together(&self, parcel: &Parcel, now: Timestamp) -> Result<lettre::Message, super::BadMail> {
        let with_code = parcel.mail.kind == MailKind::Confirmed;
        let zone = &parcel.office.view.zone;
        compose(&Order {
            kind: parcel.mail.kind,
            version: parcel.mail.version,
            office: &parcel.office.view,
            booking: &parcel.row,
            to: &parcel.contact.mail,
            from: &self.from,
            link: parcel.link.clone(),
            link_ends: parcel.row.submitted.map_or(now, |at| link_end(at, Some(now), parcel.row.start, zone)),
            qr_text: if with_code {
                booked::token(&parcel.office, &parcel.row).map(|(_token, text)| text)
            } else {
                None
            },
            now,
        })
    }
}

enum Taken {
    Nothing,
    Useless,
    Parcel(Box<Parcel>),
}

fn take(tx: &Transaction<'_>, core: &Core, now: Timestamp) -> Result<Taken, Trouble> {
    let Some(mail) = outbox::take(tx, now)? else { return Ok(Taken::Nothing) };
    let Some(row) = bookings::by_id(tx, mail.booking)? else {
        outbox::drop_useless(tx, &mail, "the booking is gone")?;
        return Ok(Taken::Useless);
    };
    let fits = match mail.kind {
        MailKind::PleaseConfirm => row.state == State::Unconfirmed && now < row.until,
        MailKind::Confirmed => row.state == State::Confirmed,
        MailKind::Cancelled => row.state == State::Cancelled,
    };
    match (fits, bookings::contact(tx, &row)?) {
        (true, Some(contact)) => {
            let office = core.office(&row.office)?;
            let link = address(tx, core, &mail, &row)?;
            Ok(Taken::Parcel(Box::new(Parcel { mail, row, contact, office, link })))
        }
        (true | false, Some(_) | None) => {
            outbox::drop_useless(tx, &mail, "no longer of use")?;
            Ok(Taken::Useless)
        }
    }
}

/// The address in the mail. Its secret is drawn here, so that none ever lies on the disk.
fn address(tx: &Transaction<'_>, core: &Core, mail: &DueMail, row: &BookingRow) -> Result<String, Trouble> {
    let (url, office) = (&core.public_url, &row.office);
    let language = match row.language {
        names::Language::De => "",
        names::Language::En => "?lang=en",
    };
    match mail.kind {
        MailKind::PleaseConfirm => {
            let secret = LinkSecret::draw()?;
            bookings::add_link(tx, secret.hash(), Opens::Link, row.id)?;
            bookings::add_link(tx, secret.appointment().hash(), Opens::Appointment, row.id)?;
            Ok(format!("{url}/{office}/bestaetigen/{}{language}", secret.expose()))
        }
        MailKind::Confirmed => {
            let secret = AppointmentSecret::draw()?;
            bookings::add_link(tx, secret.hash(), Opens::Appointment, row.id)?;
            Ok(format!("{url}/{office}/termin/{}{language}", secret.expose()))
        }
        MailKind::Cancelled => Ok(format!("{url}/{office}/{language}")),
    }
}

fn settle(
    tx: &Transaction<'_>,
    parcel: &Parcel,
    outcome: &Result<(), NotTaken>,
    now: Timestamp,
) -> Result<(), Trouble> {
    match outcome {
        Ok(()) => {
            outbox::sent(tx, &parcel.mail, now)?;
            match parcel.mail.kind {
                MailKind::PleaseConfirm => start_link(tx, parcel, now),
                MailKind::Confirmed | MailKind::Cancelled => Ok(()),
            }
        }
        Err(why) => {
            let last_useful = match parcel.mail.kind {
                MailKind::PleaseConfirm => Some(parcel.row.until),
                MailKind::Confirmed | MailKind::Cancelled => Some(parcel.row.start),
            };
            outbox::not_sent(tx, &parcel.mail, why, last_useful, now)
        }
    }
}

/// The link counts from the moment the recipient's side took the mail.
fn start_link(tx: &Transaction<'_>, parcel: &Parcel, now: Timestamp) -> Result<(), Trouble> {
    let Some(mut row) = bookings::by_id(tx, parcel.row.id)? else { return Ok(()) };
    let (State::Unconfirmed, Some(submitted)) = (row.state, row.submitted) else { return Ok(()) };
    let end = link_end(submitted, Some(now), row.start, &parcel.office.view.zone);
    row.until = if parcel.mail.version > 1 { row.until.max(end) } else { end };
    bookings::update(tx, &row)?;
    seats::set_until(tx, row.id, row.until)
}
