//! What both sides told that is not the queue's business: the office, the keys, the bookings as the
//! desk looks at them.

use std::sync::Arc;

use jiff::tz::TimeZone;
use protocol::entry::{FromBooking, FromBox, TokenKey};
use protocol::keyring::Keyring;
use protocol::office::OfficeDoc;

use crate::desk::Diary;
use crate::plan;

/// The last good copy of everything the booking server writes for the box.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The office document, once it came.
    pub(crate) office: Option<Arc<OfficeDoc>>,
    /// All public keys that ever signed tokens of this office.
    pub(crate) keyring: Keyring,
    /// The office's zone.
    pub(crate) zone: TimeZone,
    /// All bookings, for the desk.
    pub(crate) diary: Diary,
}

impl Known {
    /// An empty box.
    pub(crate) fn nothing() -> Self {
        Self { office: None, keyring: Keyring::new(), zone: plan::zone(None), diary: Diary::default() }
    }

    /// Takes in one entry of the booking server; seats and PIN blocks are the ledger's.
    pub(crate) fn learn(&mut self, told: FromBooking) {
        match told {
            FromBooking::Office(doc) => self.learn_office(doc),
            FromBooking::Key(key) => self.learn_key(&key),
            FromBooking::Booked(booked) => self.diary.booked(booked),
            FromBooking::Cancelled(cancelled) => self.diary.cancel(cancelled.booking),
            FromBooking::Minted(_) | FromBooking::PinBlock(_) => {}
        }
    }

    /// Takes in one entry of a box of this office, this one or one before it.
    pub(crate) fn learn_own(&mut self, told: FromBox) {
        match told {
            FromBox::Key(key) => self.learn_key(&key),
            FromBox::Booked(booked) => self.diary.booked(booked),
            FromBox::Cancelled(cancelled) => self.diary.cancel(cancelled.booking),
        }
    }

    fn learn_key(&mut self, key: &TokenKey) {
        if let Err(bad) = self.keyring.add(key) {
            tracing::warn!("failed to take over a token key: {bad}");
        }
    }

    fn learn_office(&mut self, doc: OfficeDoc) {
        self.zone = plan::zone(Some(&doc));
        self.office = Some(Arc::new(doc));
    }
}
