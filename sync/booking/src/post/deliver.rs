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
use crate::citizen::terms::{REMIND_AFTER, REMINDER_LEAVES, link_end};
use crate::citizen::{Details, Trouble, booked};
use crate::core::{Core, Office};
use crate::secret::{AppointmentSecret, LinkSecret, SecretHash};
use crate::{recovery, seats};

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
    /// What the link opens, if it is "my appointment".
    opens: Option<SecretHash>,
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
        let with_code = matches!(parcel.mail.kind, MailKind::Confirmed | MailKind::Moved);
        compose(&Order {
            kind: parcel.mail.kind,
            version: parcel.mail.version,
            office: &parcel.office.view,
            booking: &parcel.row,
            to: &parcel.contact.mail,
            from: &self.from,
            link: parcel.link.clone(),
            link_ends: link_ends(parcel, now),
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
        MailKind::PleaseConfirm | MailKind::RemindConfirm => row.state == State::Unconfirmed && now < row.until,
        // A newer date has its own mail.
        MailKind::Confirmed | MailKind::Moved => {
            row.state == State::Confirmed && mail.version == u32::from(row.version) && now < row.start
        }
        MailKind::Cancelled | MailKind::Released => row.state == State::Cancelled,
    };
    match (fits, bookings::contact(tx, &row)?.filter(|contact| !contact.mail.is_empty())) {
        (true, Some(contact)) => {
            let office = core.office(&row.office)?;
            let (link, opens) = address(tx, core, &mail, &row)?;
            Ok(Taken::Parcel(Box::new(Parcel { mail, row, contact, office, link, opens })))
        }
        (true | false, Some(_) | None) => {
            outbox::drop_useless(tx, &mail, "no longer of use")?;
            Ok(Taken::Useless)
        }
    }
}

/// The address in the mail. Its secret is drawn here, so that none ever lies on the disk.
fn address(
    tx: &Transaction<'_>,
    core: &Core,
    mail: &DueMail,
    row: &BookingRow,
) -> Result<(String, Option<SecretHash>), Trouble> {
    let (url, office) = (&core.public_url, &row.office);
    let language = match row.language {
        names::Language::De => "",
        names::Language::En => "?lang=en",
    };
    match mail.kind {
        MailKind::PleaseConfirm | MailKind::RemindConfirm => {
            let secret = LinkSecret::draw()?;
            bookings::add_link(tx, secret.hash(), Opens::Link, row.id)?;
            bookings::add_link(tx, secret.appointment().hash(), Opens::Appointment, row.id)?;
            Ok((format!("{url}/{office}/bestaetigen/{}{language}", secret.expose()), None))
        }
        MailKind::Confirmed | MailKind::Moved => {
            let secret = AppointmentSecret::draw()?;
            bookings::add_link(tx, secret.hash(), Opens::Appointment, row.id)?;
            Ok((format!("{url}/{office}/termin/{}{language}", secret.expose()), Some(secret.hash())))
        }
        MailKind::Cancelled | MailKind::Released => Ok((format!("{url}/{office}/{language}"), None)),
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
                MailKind::Confirmed | MailKind::Moved => keep_link(tx, parcel, now),
                MailKind::RemindConfirm | MailKind::Cancelled | MailKind::Released => Ok(()),
            }
        }
        Err(why) => {
            let last_useful = match parcel.mail.kind {
                MailKind::PleaseConfirm | MailKind::RemindConfirm => Some(parcel.row.until),
                MailKind::Confirmed | MailKind::Moved | MailKind::Cancelled | MailKind::Released => {
                    Some(parcel.row.start)
                }
            };
            outbox::not_sent(tx, &parcel.mail, why, last_useful, now)
        }
    }
}

/// When the link of a mail ends that is taken now. The first mail starts the hour, a further one
/// never shortens what an earlier one promised, a reminder changes nothing.
fn link_ends(parcel: &Parcel, taken: Timestamp) -> Timestamp {
    let (row, mail) = (&parcel.row, &parcel.mail);
    match (mail.kind, row.submitted) {
        (MailKind::PleaseConfirm, Some(submitted)) => {
            let end = link_end(submitted, Some(taken), row.start, &parcel.office.view.zone);
            if mail.version > 1 { row.until.max(end) } else { end }
        }
        (MailKind::PleaseConfirm, None)
        | (
            MailKind::RemindConfirm | MailKind::Confirmed | MailKind::Moved | MailKind::Cancelled | MailKind::Released,
            Some(_) | None,
        ) => row.until,
    }
}

/// The link in a mail that was taken goes on opening the appointment after the loss of this server.
fn keep_link(tx: &Transaction<'_>, parcel: &Parcel, now: Timestamp) -> Result<(), Trouble> {
    match parcel.opens {
        Some(opens) => recovery::keep(tx, &parcel.row, Some(opens), now),
        None => Ok(()),
    }
}

/// The link counts from the moment the recipient's side took the mail; half an hour later the
/// citizen is reminded, if that still leaves time.
fn start_link(tx: &Transaction<'_>, parcel: &Parcel, now: Timestamp) -> Result<(), Trouble> {
    let Some(mut row) = bookings::by_id(tx, parcel.row.id)? else { return Ok(()) };
    if row.state != State::Unconfirmed {
        return Ok(());
    }
    row.until = link_ends(parcel, now);
    bookings::update(tx, &row)?;
    seats::set_until(tx, row.id, row.until)?;
    let remind = now + REMIND_AFTER;
    if remind + REMINDER_LEAVES <= row.until {
        outbox::queue(tx, row.id, MailKind::RemindConfirm, 1, remind)?;
    }
    Ok(())
}
