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

pub mod types;
pub mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use names::OfficeId;

pub use types::{
    AppointmentState, AppointmentView, BadPick, CancelError, ConfirmError, DayFree, Details, DetailsError, DetailsForm,
    ExtendError, Field, FieldError, HeldView, HoldError, LinkBooking, LinkView, MailState, Pick, Progress, ResendError,
    StatusView, SubmitError, Trouble, What,
};
pub use view::{HoursLine, OfficeView, ServiceView};

use crate::secret::{AppointmentSecret, HoldSecret, LinkSecret};

/// Everything the citizens' pages may ask and do. Cheap to clone.
#[derive(Clone)]
pub struct Citizen {
    offices: Arc<BTreeMap<OfficeId, Arc<OfficeView>>>,
}

/// Tells when something changed for one browser's booking.
pub struct Watch {}

impl Watch {
    /// Waits until the booking may have changed; ask for [`Citizen::progress`] then. Ends with
    /// `false` when the server stops.
    pub async fn changed(&mut self) -> bool {
        false
    }
}

#[expect(clippy::unused_async, unused_variables, reason = "the signatures stand before the store does")]
impl Citizen {
    /// All offices, by name.
    #[must_use]
    pub fn offices(&self) -> Vec<Arc<OfficeView>> {
        self.offices.values().cloned().collect()
    }

    /// One office; nothing if it is not served here.
    #[must_use]
    pub fn office(&self, office: &OfficeId) -> Option<Arc<OfficeView>> {
        self.offices.get(office).cloned()
    }

    /// The days inside the horizon with at least one free start.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn days(&self, office: &OfficeId, pick: &Pick, now: Timestamp) -> Result<Vec<DayFree>, Trouble> {
        Err(Trouble::UnknownOffice(office.clone()))
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
        Err(Trouble::UnknownOffice(office.clone()))
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
        Err(Trouble::UnknownOffice(office.clone()))
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
        Err(Trouble::UnknownOffice(office.clone()).into())
    }

    /// What this browser holds while it fills in the form; nothing once sent, lapsed or given back.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn held(&self, hold: &HoldSecret, now: Timestamp) -> Result<Option<HeldView>, Trouble> {
        Ok(None)
    }

    /// Extends a hold to 10 minutes from now; twice at most. Answers the new end.
    ///
    /// # Errors
    /// No extension left, the hold is gone, or our side failed.
    pub async fn extend(&self, hold: &HoldSecret, now: Timestamp) -> Result<Timestamp, ExtendError> {
        Err(ExtendError::Gone)
    }

    /// Gives a held seat back at once; a hold that is gone is fine.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn give_back(&self, hold: &HoldSecret, now: Timestamp) -> Result<(), Trouble> {
        Ok(())
    }

    /// Checks and keeps who comes.
    ///
    /// # Errors
    /// Every field that is not right, the hold is gone, or our side failed.
    pub async fn details(&self, hold: &HoldSecret, form: DetailsForm, now: Timestamp) -> Result<(), DetailsError> {
        Err(DetailsError::Gone)
    }

    /// Sends the booking off: the mail with the link is queued. Doing it twice is doing it once.
    ///
    /// # Errors
    /// No details, a limit, the hold is gone, or our side failed.
    pub async fn submit(&self, hold: &HoldSecret, now: Timestamp) -> Result<(), SubmitError> {
        Err(SubmitError::Gone)
    }

    /// How far the booking of this browser is; nothing for an unknown secret.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn progress(&self, hold: &HoldSecret, now: Timestamp) -> Result<Option<Progress>, Trouble> {
        Ok(None)
    }

    /// Tells when [`Citizen::progress`] may have changed.
    #[must_use]
    pub fn watch(&self, hold: &HoldSecret) -> Watch {
        Watch {}
    }

    /// Sends the mail with the link once more, with a new link; the old one stays good.
    ///
    /// # Errors
    /// Nothing to confirm, sent often enough, or our side failed.
    pub async fn resend(&self, hold: &HoldSecret, now: Timestamp) -> Result<(), ResendError> {
        Err(ResendError::NothingToConfirm)
    }

    /// What a confirmation link leads to. Changes nothing, however often it is opened.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn link(&self, link: &LinkSecret, now: Timestamp) -> Result<LinkView, Trouble> {
        Ok(LinkView::Unknown)
    }

    /// Books. Doing it twice is doing it once.
    ///
    /// # Errors
    /// Too late and taken, unknown, or our side failed.
    pub async fn confirm(&self, link: &LinkSecret, now: Timestamp) -> Result<AppointmentSecret, ConfirmError> {
        Err(ConfirmError::Unknown)
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
        Err(ConfirmError::Unknown)
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
        Ok(None)
    }

    /// Cancels. Doing it twice is doing it once.
    ///
    /// # Errors
    /// Unknown, already in the office, or our side failed.
    pub async fn cancel(&self, secret: &AppointmentSecret, now: Timestamp) -> Result<(), CancelError> {
        Err(CancelError::Unknown)
    }

    /// The read-only page of a QR code; nothing for a token that is not ours.
    ///
    /// # Errors
    /// Our side failed.
    pub async fn status_by_token(&self, token: &str, now: Timestamp) -> Result<Option<StatusView>, Trouble> {
        Ok(None)
    }
}
