//! What a citizen can do: find a time, hold it, say who comes, confirm, look, cancel.
//!
//! ```text
//!   days, times ─► hold ─► details ─► submit ─► (mail) ─► link ─► confirm ─► appointment ─► cancel
//!                   │         │          │                            │
//!                 lapse     lapse      lapse (the link ended)       Sold: final
//! ```
//!
//! What must always hold: every step is one transaction, committed before it is answered; the
//! time is an argument; looking at something changes nothing; what is typed by a citizen is only
//! in `contacts`. What may not be used here: the clock, sockets, pages (`tests/tidy`).

pub(crate) mod booked;
mod details;
mod errors;
pub(crate) mod holding;
mod moving;
pub(crate) mod records;
pub(crate) mod terms;
pub mod types;
pub mod view;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use names::OfficeId;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

pub(crate) use details::fold_mail;
pub use errors::{
    CancelError, ConfirmError, DetailsError, ExtendError, HoldError, MoveError, ResendError, SubmitError, Trouble,
};
pub use types::{
    AppointmentState, AppointmentView, BadPick, DayFree, Details, DetailsForm, Field, FieldError, HeldView,
    LinkBooking, LinkView, MailState, Pick, Progress, StatusView, What,
};
pub use view::{HoursLine, OfficeView, ServiceView};

use crate::core::Core;
use crate::post::{MailKind, outbox};
use crate::seats;
use crate::secret::{AppointmentSecret, HoldSecret, LinkSecret, SecretHash};
use records::{Opens, State};

/// Everything the citizens' pages may ask and do. Cheap to clone.
#[derive(Clone)]
pub struct Citizen {
    core: Arc<Core>,
}

/// Tells when something changed for one browser's booking.
pub struct Watch {
    changes: broadcast::Receiver<SecretHash>,
    browser: SecretHash,
}

impl Watch {
    /// Waits until the booking may have changed; ask for [`Citizen::progress`] then. Ends with
    /// `false` when the server stops.
    pub async fn changed(&mut self) -> bool {
        loop {
            match self.changes.recv().await {
                Ok(browser) if browser == self.browser => return true,
                Ok(_another) => {}
                // Something was missed: looking again is always right.
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}

impl Citizen {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// All offices, by name.
    #[must_use]
    pub fn offices(&self) -> Vec<Arc<OfficeView>> {
        self.core.offices.borrow().values().map(|office| Arc::clone(&office.view)).collect()
    }

    /// One office; nothing if it is not served here.
    #[must_use]
    pub fn office(&self, office: &OfficeId) -> Option<Arc<OfficeView>> {
        self.core.offices.borrow().get(office).map(|office| Arc::clone(&office.view))
    }

    /// The days inside the horizon with at least one free start.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn days(&self, office: &OfficeId, pick: &Pick, now: Timestamp) -> Result<Vec<DayFree>, Trouble> {
        let (office, pick) = (self.core.office(office)?, pick.clone());
        self.core.db.read(move |tx| seats::free_days(tx, &office, &pick, now)).await
    }

    /// The free starts of a day.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn times(
        &self,
        office: &OfficeId,
        pick: &Pick,
        day: Date,
        now: Timestamp,
    ) -> Result<Vec<Timestamp>, Trouble> {
        let (office, pick) = (self.core.office(office)?, pick.clone());
        self.core.db.read(move |tx| seats::free_times(tx, &office, &pick, day, now)).await
    }

    /// The first free starts at or after a moment, `count` at most.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn next_times(
        &self,
        office: &OfficeId,
        pick: &Pick,
        after: Timestamp,
        count: usize,
        now: Timestamp,
    ) -> Result<Vec<Timestamp>, Trouble> {
        let (office, pick) = (self.core.office(office)?, pick.clone());
        self.core.db.read(move |tx| seats::next_times(tx, &office, &pick, after, count, now)).await
    }

    /// Holds a seat for 10 minutes.
    ///
    /// # Errors
    /// Taken, too soon, too far, or our side failed.
    pub async fn hold(
        &self,
        office: &OfficeId,
        pick: &Pick,
        start: Timestamp,
        now: Timestamp,
    ) -> Result<HoldSecret, HoldError> {
        let (office, pick) = (self.core.office(office)?, pick.clone());
        self.core.db.write(move |tx| holding::hold(tx, &office, &pick, start, now)).await
    }

    /// What this browser holds while it fills in the form; nothing once sent, lapsed or given back.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn held(&self, hold: &HoldSecret, _now: Timestamp) -> Result<Option<HeldView>, Trouble> {
        let browser = hold.hash();
        self.core.db.read(move |tx| holding::held(tx, browser)).await
    }

    /// Extends a hold to 10 minutes from now; twice at most. Answers the new end.
    ///
    /// # Errors
    /// No extension left, the hold is gone, or our side failed.
    pub async fn extend(&self, hold: &HoldSecret, now: Timestamp) -> Result<Timestamp, ExtendError> {
        let browser = hold.hash();
        self.core.db.write(move |tx| holding::extend(tx, browser, now)).await
    }

    /// Gives a held seat back at once; a hold that is gone is fine.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn give_back(&self, hold: &HoldSecret, now: Timestamp) -> Result<(), Trouble> {
        let browser = hold.hash();
        self.core.db.write(move |tx| holding::give_back(tx, browser, now)).await
    }

    /// Checks and keeps who comes.
    ///
    /// # Errors
    /// Every field that is not right, the hold is gone, or our side failed.
    pub async fn details(&self, hold: &HoldSecret, form: DetailsForm, _now: Timestamp) -> Result<(), DetailsError> {
        let browser = hold.hash();
        self.core.db.write(move |tx| holding::details(tx, browser, &form)).await
    }

    /// Sends the booking off: the mail with the link is queued. Doing it twice is doing it once.
    ///
    /// # Errors
    /// No details, a limit, the hold is gone, or our side failed.
    pub async fn submit(&self, hold: &HoldSecret, now: Timestamp) -> Result<(), SubmitError> {
        let browser = hold.hash();
        let found = self.core.db.read(move |tx| records::by_browser(tx, browser)).await?;
        let office = self.core.office(&found.ok_or(SubmitError::Gone)?.office)?;
        let hold = hold.clone();
        self.core.db.write(move |tx| holding::submit(tx, &office, &hold, now)).await?;
        self.core.nudge_post();
        Ok(())
    }

    /// How far the booking of this browser is; nothing for an unknown secret.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn progress(&self, hold: &HoldSecret, _now: Timestamp) -> Result<Option<Progress>, Trouble> {
        let hold = hold.clone();
        self.core.db.read(move |tx| progress(tx, &hold)).await
    }

    /// Tells when [`Citizen::progress`] may have changed. Watch first, ask then: nothing is missed.
    #[must_use]
    pub fn watch(&self, hold: &HoldSecret) -> Watch {
        Watch { changes: self.core.changes(), browser: hold.hash() }
    }

    /// Sends the mail with the link once more, with a new link; the old one stays good.
    ///
    /// # Errors
    /// Nothing to confirm, sent often enough, or our side failed.
    pub async fn resend(&self, hold: &HoldSecret, now: Timestamp) -> Result<(), ResendError> {
        let browser = hold.hash();
        self.core.db.write(move |tx| holding::resend(tx, browser, now)).await?;
        self.core.nudge_post();
        Ok(())
    }

    /// What a confirmation link leads to. Changes nothing, however often it is opened.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn link(&self, link: &LinkSecret, _now: Timestamp) -> Result<LinkView, Trouble> {
        let link = link.clone();
        self.core.db.read(move |tx| booked::link(tx, &link)).await
    }

    /// Books. Doing it twice is doing it once.
    ///
    /// # Errors
    /// Too late and taken, unknown, or our side failed.
    pub async fn confirm(&self, link: &LinkSecret, now: Timestamp) -> Result<AppointmentSecret, ConfirmError> {
        self.book(link, None, now).await
    }

    /// Books another start with what was typed, after the link came too late.
    ///
    /// # Errors
    /// Taken as well, unknown, or our side failed.
    pub async fn confirm_at(
        &self,
        link: &LinkSecret,
        start: Timestamp,
        now: Timestamp,
    ) -> Result<AppointmentSecret, ConfirmError> {
        self.book(link, Some(start), now).await
    }

    async fn book(
        &self,
        link: &LinkSecret,
        start: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<AppointmentSecret, ConfirmError> {
        let (core, hash) = (Arc::clone(&self.core), link.hash());
        let (browser, office) = self
            .core
            .db
            .write(move |tx| {
                let row = records::by_link(tx, hash, Opens::Link)?.ok_or(ConfirmError::Unknown)?;
                let office = core.office(&row.office)?;
                Ok::<_, ConfirmError>((booked::confirm(tx, &office, row, start, now)?, office))
            })
            .await?;
        self.told(browser, &office.view.id);
        Ok(link.appointment())
    }

    /// "My appointment"; nothing for an unknown or erased one.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn appointment(
        &self,
        secret: &AppointmentSecret,
        now: Timestamp,
    ) -> Result<Option<AppointmentView>, Trouble> {
        let (core, hash) = (Arc::clone(&self.core), secret.hash());
        self.core
            .db
            .read(move |tx| {
                let Some(row) = records::by_link(tx, hash, Opens::Appointment)? else { return Ok(None) };
                let office = core.office(&row.office)?;
                booked::appointment(tx, &office, row, &core.mail_host, now)
            })
            .await
    }

    /// Cancels. Doing it twice is doing it once.
    ///
    /// # Errors
    /// Unknown, already in the office, or our side failed.
    pub async fn cancel(&self, secret: &AppointmentSecret, now: Timestamp) -> Result<(), CancelError> {
        let (core, hash) = (Arc::clone(&self.core), secret.hash());
        let (browser, office) = self
            .core
            .db
            .write(move |tx| {
                let row = records::by_link(tx, hash, Opens::Appointment)?.ok_or(CancelError::Unknown)?;
                let office = core.office(&row.office)?;
                Ok::<_, CancelError>((booked::cancel(tx, &office, &row, now)?, office))
            })
            .await?;
        self.told(browser, &office.view.id);
        Ok(())
    }

    /// Moves an appointment to another start: same booking, same Termin-PIN, and a new mail. Moving
    /// it to where it is changes nothing.
    ///
    /// # Errors
    /// Unknown, already in the office, taken, or our side failed; then the old date stands.
    pub async fn move_to(&self, secret: &AppointmentSecret, start: Timestamp, now: Timestamp) -> Result<(), MoveError> {
        let (core, hash) = (Arc::clone(&self.core), secret.hash());
        let (browser, office) = self
            .core
            .db
            .write(move |tx| {
                let row = records::by_link(tx, hash, Opens::Appointment)?.ok_or(MoveError::Unknown)?;
                let (office, browser) = (core.office(&row.office)?, row.browser);
                moving::move_to(tx, &office, row, start, now)?;
                Ok::<_, MoveError>((browser, office))
            })
            .await?;
        self.told(Some(browser), &office.view.id);
        Ok(())
    }

    /// The read-only page of a QR code; nothing for a token that is not ours.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn status_by_token(&self, token: &str, now: Timestamp) -> Result<Option<StatusView>, Trouble> {
        let (core, token) = (Arc::clone(&self.core), token.to_owned());
        self.core.db.read(move |tx| crate::status::of_token(tx, &core, &token, now)).await
    }

    /// The one place after the commit of a citizen's fact: browser, post and box are told.
    fn told(&self, browser: Option<SecretHash>, office: &OfficeId) {
        if let Some(browser) = browser {
            self.core.changed(browser);
            self.core.nudge_post();
            self.core.nudge_box(office);
        }
    }
}

fn progress(tx: &store::rusqlite::Transaction<'_>, hold: &HoldSecret) -> Result<Option<Progress>, Trouble> {
    let Some(row) = records::by_browser(tx, hold.hash())? else { return Ok(None) };
    Ok(Some(match row.state {
        State::Editing => Progress::Editing,
        State::Unconfirmed => Progress::Unconfirmed {
            until: row.until,
            mail_masked: records::contact(tx, &row)?
                .map(|contact| details::mask_mail(&contact.mail))
                .unwrap_or_default(),
            mail_state: outbox::state(tx, row.id, MailKind::PleaseConfirm)?,
        },
        State::Confirmed | State::Cancelled => Progress::Confirmed { appointment: hold.appointment() },
        State::Lapsed => Progress::Lapsed,
    }))
}
