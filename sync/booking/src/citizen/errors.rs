//! Why something was not done: one small error per act, and [`Trouble`] for our own side.

use jiff::Timestamp;
use jiff::civil::Date;
use names::OfficeId;

use super::types::FieldError;

/// Something failed on our side: a calm page for the citizen, the detail is in the log.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The office is not served here.
    #[error("office {0} is not served here")]
    UnknownOffice(OfficeId),
    /// The store did not do it.
    #[error("failed to use the store")]
    Store(#[from] store::StoreError),
    /// The system gave no randomness.
    #[error("failed to draw a secret")]
    Chance(#[from] getrandom::Error),
    /// Nothing can be booked at this office for the moment: a restore is not settled.
    #[error("office {0} sells nothing before its restore is settled")]
    Paused(OfficeId),
    /// What is stored contradicts itself.
    #[error("the store holds {0}, which cannot be")]
    Corrupt(String),
}

impl From<store::rusqlite::Error> for Trouble {
    fn from(error: store::rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Turns failures of the store into [`Trouble`], and that into the error of an act.
macro_rules! from_store {
    ($($error:ty),*) => {$(
        impl From<store::StoreError> for $error {
            fn from(error: store::StoreError) -> Self {
                Self::Trouble(error.into())
            }
        }
    )*};
}

from_store!(HoldError, DetailsError, ExtendError, SubmitError, ResendError, ConfirmError, CancelError, MoveError);

/// Why a time was not held.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Somebody was faster, or it was never offered.
    #[error("the time is taken")]
    Taken {
        /// The next free starts, three at most.
        next: Vec<Timestamp>,
    },
    /// Inside the lead time, or in the past.
    #[error("the time is too soon")]
    TooSoon {
        /// The next free starts, three at most.
        next: Vec<Timestamp>,
    },
    /// Beyond the horizon.
    #[error("the time is too far ahead")]
    TooFar,
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why details were not taken.
#[derive(Debug, thiserror::Error)]
pub enum DetailsError {
    /// Fields to look at again, each named once.
    #[error("{} fields are not right", .0.len())]
    Fields(Vec<FieldError>),
    /// The hold is unknown, lapsed, given back or already sent.
    #[error("the hold is gone")]
    Gone,
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why a hold was not extended.
#[derive(Debug, thiserror::Error)]
pub enum ExtendError {
    /// Extended twice already.
    #[error("the hold was extended as often as it can be")]
    NoneLeft,
    /// The hold is unknown, lapsed, given back or already sent.
    #[error("the hold is gone")]
    Gone,
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why a booking was not sent off.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The details are not there yet.
    #[error("the details are missing")]
    NoDetails,
    /// The hold is unknown, lapsed or given back.
    #[error("the hold is gone")]
    Gone,
    /// This address has as many open bookings as it may have.
    #[error("the address has too many open bookings")]
    TooMany {
        /// The days of the bookings that stand in the way; no more is told.
        standing: Vec<Date>,
    },
    /// The same person is already booked for this service.
    #[error("the person is already booked for this service")]
    Twice {
        /// The day of the booking that stands in the way; no more is told.
        standing: Date,
    },
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why the mail was not sent once more.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// Nothing to confirm here (any more).
    #[error("there is nothing to confirm")]
    NothingToConfirm,
    /// Sent as often as it may be, or a moment ago.
    #[error("the mail was sent often enough")]
    Enough,
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why a link did not book.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// Too late, and the time is gone: one of these can be had by [`super::Citizen::confirm_at`].
    #[error("the link came too late and the time is taken")]
    Lapsed {
        /// The office.
        office: OfficeId,
        /// The next free starts, three at most.
        next: Vec<Timestamp>,
    },
    /// Cancelled, or so old that nothing is known any more.
    #[error("the link is unknown")]
    Unknown,
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why an appointment was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// Nothing is known behind this address (any more).
    #[error("the appointment is unknown")]
    Unknown,
    /// The person is already in the office, or the appointment has begun.
    #[error("the visit has already begun")]
    TooLate,
    /// The time is taken, too soon or too far ahead; the old date stands.
    #[error("the time is not to be had")]
    Taken {
        /// The next free starts, three at most.
        next: Vec<Timestamp>,
    },
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why an appointment was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// Nothing is known behind this address (any more).
    #[error("the appointment is unknown")]
    Unknown,
    /// The person is already in the office, or the visit is over.
    #[error("the visit has already begun")]
    TooLate,
    /// Our side failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}
