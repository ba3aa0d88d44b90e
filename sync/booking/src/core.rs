//! What all rooms of the server share: the store, the offices, and who is to be told what.
//!
//! What must always hold: an office is replaced whole, never changed in place; nobody is told
//! of something that is not yet committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{OfficeId, ServiceId};
use protocol::agreement::Agreement;
use protocol::now::{BoxNow, FRESH};
use protocol::token::TokenSigner;
use serde_json::Value;
use store::Db;
use tokio::sync::{Notify, broadcast, watch};

use crate::citizen::{OfficeView, Trouble};
use crate::office_file::BookingRules;
use crate::offices;
use crate::secret::SecretHash;

/// Changes that may wait for a browser's stream before it falls behind; a stream that fell
/// behind looks again, so none is lost.
const CHANGES_KEPT: usize = 1024;

/// One office as the server works with it.
pub(crate) struct Office {
    pub(crate) view: Arc<OfficeView>,
    pub(crate) rules: BookingRules,
    /// What each lane serves that is offered online, from lane 0 on.
    pub(crate) lanes: Vec<Vec<ServiceId>>,
    pub(crate) keys: Arc<OfficeKeys>,
}

/// The secrets of an office; they never change.
pub(crate) struct OfficeKeys {
    pub(crate) signer: TokenSigner,
}

/// All offices by name.
pub(crate) type Offices = Arc<BTreeMap<OfficeId, Arc<Office>>>;

/// The latest *now* documents of the boxes, with the moment they came.
pub(crate) type Nows = BTreeMap<OfficeId, (Timestamp, Value)>;

/// What all rooms share.
pub(crate) struct Core {
    pub(crate) db: Db,
    pub(crate) public_url: String,
    /// The domain our mails come from; it makes ids unique in the world.
    pub(crate) mail_host: String,
    pub(crate) offices: watch::Sender<Offices>,
    pub(crate) nows: watch::Sender<Nows>,
    /// Whether the boxes believe the same of the bookings, since the start.
    pub(crate) agreements: watch::Sender<BTreeMap<OfficeId, Agreement>>,
    changes: broadcast::Sender<SecretHash>,
    post: Notify,
    news: broadcast::Sender<OfficeId>,
    heard: watch::Sender<BTreeMap<OfficeId, Timestamp>>,
}

impl Core {
    pub(crate) fn new(db: Db, public_url: String, mail_host: String, offices: Offices) -> Self {
        Self {
            db,
            public_url,
            mail_host,
            offices: watch::Sender::new(offices),
            nows: watch::Sender::default(),
            agreements: watch::Sender::default(),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            post: Notify::new(),
            news: broadcast::Sender::new(CHANGES_KEPT),
            heard: watch::Sender::default(),
        }
    }

    /// One office.
    pub(crate) fn office(&self, id: &OfficeId) -> Result<Arc<Office>, Trouble> {
        self.offices.borrow().get(id).cloned().ok_or_else(|| Trouble::UnknownOffice(id.clone()))
    }

    /// Tells the browser of a booking that something changed.
    pub(crate) fn changed(&self, browser: SecretHash) {
        // Nobody watching is fine.
        let _unheard = self.changes.send(browser);
    }

    pub(crate) fn changes(&self) -> broadcast::Receiver<SecretHash> {
        self.changes.subscribe()
    }

    /// Tells the sender that a mail was queued.
    pub(crate) fn nudge_post(&self) {
        self.post.notify_one();
    }

    /// Waits for a nudge.
    pub(crate) async fn post_nudged(&self) {
        self.post.notified().await;
    }

    /// Tells the stream to the box of an office that its log may have grown. Once too often is
    /// fine: the stream looks at the log.
    pub(crate) fn nudge_box(&self, office: &OfficeId) {
        // No box listening is fine.
        let _unheard = self.news.send(office.clone());
    }

    /// The box of an office was heard.
    pub(crate) fn heard(&self, office: &OfficeId, at: Timestamp) {
        self.heard.send_modify(|heard| {
            heard.insert(office.clone(), at);
        });
    }

    /// When the box of an office was heard last, since the start.
    pub(crate) fn last_heard(&self, office: &OfficeId) -> Option<Timestamp> {
        self.heard.borrow().get(office).copied()
    }

    /// Takes the keys of an office from the store again: what came back may have changed them.
    pub(crate) async fn renew(&self, office: &Office) -> Result<(), Trouble> {
        let id = office.view.id.clone();
        let signer = self.db.write(move |tx| offices::signer(tx, &id)).await?;
        if signer.public() != office.keys.signer.public() {
            let keys = Arc::new(OfficeKeys { signer });
            let renewed =
                Office { view: Arc::clone(&office.view), rules: office.rules, lanes: office.lanes.clone(), keys };
            self.offices.send_modify(|offices| {
                Arc::make_mut(offices).insert(office.view.id.clone(), Arc::new(renewed));
            });
        }
        Ok(())
    }

    /// The days on which the box of an office knows other bookings than we do; nothing while all is
    /// well or nothing was compared.
    pub(crate) fn apart(&self, office: &OfficeId) -> Option<Vec<Date>> {
        self.agreements.borrow().get(office).and_then(|agreement| agreement.apart().map(<[Date]>::to_vec))
    }

    pub(crate) fn news(&self) -> broadcast::Receiver<OfficeId> {
        self.news.subscribe()
    }

    /// What the box of an office told of the hall, if it was lately.
    pub(crate) fn hall(&self, office: &OfficeId, now: Timestamp) -> Option<BoxNow> {
        let nows = self.nows.borrow();
        let (at, document) = nows.get(office)?;
        if now.duration_since(*at) <= FRESH { BoxNow::read(document) } else { None }
    }
}
