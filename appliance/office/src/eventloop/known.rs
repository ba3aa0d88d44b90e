//! What the booking server told that is not the queue's business: the office, the keys.

use std::sync::Arc;

use jiff::tz::TimeZone;
use protocol::entry::FromBooking;
use protocol::keyring::Keyring;
use protocol::office::OfficeDoc;

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
}

impl Known {
    /// An empty box.
    pub(crate) fn nothing() -> Self {
        Self { office: None, keyring: Keyring::new(), zone: plan::zone(None) }
    }

    /// Takes in one entry; bookings are the queue's, seats and PIN blocks wait in the journal.
    pub(crate) fn learn(&mut self, told: FromBooking) {
        match told {
            FromBooking::Office(doc) => self.learn_office(doc),
            FromBooking::Key(key) => {
                if let Err(bad) = self.keyring.add(&key) {
                    tracing::warn!("failed to take over a token key: {bad}");
                }
            }
            FromBooking::Minted(_) | FromBooking::PinBlock(_) | FromBooking::Booked(_) | FromBooking::Cancelled(_) => {}
        }
    }

    fn learn_office(&mut self, doc: OfficeDoc) {
        self.zone = plan::zone(Some(&doc));
        self.office = Some(Arc::new(doc));
    }
}
