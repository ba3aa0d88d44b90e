//! What the hall tells the uplink of this moment.
//!
//! What must always hold: what is told of the bookings rests on the journal that is told with it. The
//! loop takes one step at a time and only its steps write or learn of bookings, so between two of
//! them queue and journal say the same.

use super::announce;
use super::hall::Hall;
use crate::ledger::{Moment, Stand, belief};
use crate::uplink::Compare;

impl Hall {
    /// What citizens may know, and if a comparison is due what the queue believes of the bookings.
    pub(super) async fn this_moment(&self, compare: Option<Compare>) -> Moment {
        let now = announce::this_moment(&self.queue, self.clock.now(), self.health.wrong());
        let stand = match compare {
            Some(compare) => self.stand(compare).await,
            None => None,
        };
        Moment { now: Some(now), stand }
    }

    async fn stand(&self, compare: Compare) -> Option<Stand> {
        // A disk that fails is told where something is written.
        let heads = self.ledger.heads().await.ok()?;
        let today = self.clock.now().at.to_zoned(self.known.zone.clone()).date();
        let belief = belief(&self.queue, compare.from.unwrap_or(today));
        Some(Stand { belief, by_day: compare.by_day, heads })
    }
}
