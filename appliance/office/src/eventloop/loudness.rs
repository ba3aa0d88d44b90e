//! How loud the hall is at this hour.

use devices::Bell;
use names::{Now, Trust};

use super::hall::Hall;

impl Hall {
    /// Rings as loud as this hour allows; while the hour is not known, as always.
    pub(super) fn ring(&self, bell: Bell, now: Now) {
        let time = (now.trust != Trust::Unknown).then(|| now.at.to_zoned(self.known.zone.clone()).time());
        self.devices.volume(self.config.sound.volume_at(time));
        self.devices.ring(bell);
    }
}
