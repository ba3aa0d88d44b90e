//! How many may stand at the gate.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{MAX_CONNECTIONS, MAX_UNPROVEN_PER_ADDRESS};

/// All places; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    open: usize,
    unproven: BTreeMap<IpAddr, usize>,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    unproven: Option<IpAddr>,
}

impl Places {
    /// A place, or none: then the connection is closed without a word.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut taken = self.lock();
        let waiting = taken.unproven.get(&address).copied().unwrap_or(0);
        if taken.open >= MAX_CONNECTIONS || waiting >= MAX_UNPROVEN_PER_ADDRESS {
            return None;
        }
        taken.open += 1;
        taken.unproven.insert(address, waiting + 1);
        Some(Place { places: self.clone(), unproven: Some(address) })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Numbers only; no panic can leave them half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The connection has proven who it is, and no longer counts against its address.
    pub(super) fn proven(&mut self) {
        let Some(address) = self.unproven.take() else { return };
        let mut taken = self.places.lock();
        match taken.unproven.get_mut(&address) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(taken.unproven.remove(&address)),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.proven();
        self.places.lock().open -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u16) -> IpAddr {
        IpAddr::from([10, 0, (last / 250) as u8, (last % 250) as u8])
    }

    #[test]
    fn one_address_cannot_take_the_places_of_others() {
        let places = Places::default();
        let mut mine: Vec<_> = (0..MAX_UNPROVEN_PER_ADDRESS).filter_map(|_| places.enter(address(1))).collect();
        assert_eq!(mine.len(), MAX_UNPROVEN_PER_ADDRESS);
        assert!(places.enter(address(1)).is_none());
        assert!(places.enter(address(2)).is_some());
        mine[0].proven();
        assert!(places.enter(address(1)).is_some(), "who has proven itself no longer counts");
    }

    #[test]
    fn all_places_come_back_and_no_address_is_remembered() {
        let places = Places::default();
        let all: Vec<_> = (0..MAX_CONNECTIONS).filter_map(|n| places.enter(address(n as u16))).collect();
        assert_eq!(all.len(), MAX_CONNECTIONS);
        assert!(places.enter(address(9999)).is_none());
        drop(all);
        let taken = places.lock();
        assert_eq!((taken.open, taken.unproven.len()), (0, 0));
    }
}
