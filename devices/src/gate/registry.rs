//! Who may come in, and who is in.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::MAX_DESKS;
use crate::mqtt::Connect;
use crate::values::{DeskId, Permits, Secret};

/// The permits and the connections that stand on them.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    permits: BTreeMap<DeskId, Secret>,
    present: BTreeMap<DeskId, Present>,
    visits: u64,
}

/// A desk that is in.
#[derive(Debug)]
struct Present {
    visit: u64,
    leave: oneshot::Sender<Leave>,
}

/// Why a connection must go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// A newer connection of the same desk came; the desk itself is still here.
    Replaced,
    /// Its permit is gone or has another secret now.
    Revoked,
}

/// A connection that was let in.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) desk: DeskId,
    /// The number of this connection; no other ever has the same.
    pub(super) visit: u64,
    /// Told when it must go.
    pub(super) leave: oneshot::Receiver<Leave>,
}

impl Registry {
    /// Lets a device in if its name and secret are on the list; an older connection of the same
    /// desk is told to go. Takes the same time whether the name or the secret is wrong.
    pub(super) fn admit(&self, connect: &Connect) -> Option<Admitted> {
        let given: [u8; 32] = Sha256::digest(connect.password.as_deref().unwrap_or_default()).into();
        let mut state = self.lock();
        let desk = DeskId(connect.client.clone());
        let expected = state.permits.get(&desk).copied();
        let right = bool::from(given.ct_eq(&expected.unwrap_or(Secret([0; 32])).0));
        let named = connect.user.as_ref() == Some(&connect.client) && connect.password.is_some();
        if expected.is_none() || !right || !named || connect.will {
            return None;
        }
        state.visits += 1;
        let (visit, (sender, leave)) = (state.visits, oneshot::channel());
        if let Some(old) = state.present.insert(desk.clone(), Present { visit, leave: sender }) {
            // It may have ended by itself already.
            let _ = old.leave.send(Leave::Replaced);
        }
        Some(Admitted { desk, visit, leave })
    }

    /// A connection ended; answers whether its desk was still standing on it.
    pub(super) fn left(&self, admitted: &Admitted) -> bool {
        let mut state = self.lock();
        let own = state.present.get(&admitted.desk).is_some_and(|present| present.visit == admitted.visit);
        if own {
            state.present.remove(&admitted.desk);
        }
        own
    }

    /// Replaces the list; whoever stands on a permit that is gone or changed is told to go.
    pub(crate) fn replace(&self, permits: Permits) {
        if permits.0.len() > MAX_DESKS {
            tracing::error!(given = permits.0.len(), most = MAX_DESKS, "too many desk devices; the last ones stay out");
        }
        let permits: BTreeMap<_, _> =
            permits.0.into_iter().take(MAX_DESKS).map(|permit| (permit.desk, permit.secret)).collect();
        let mut state = self.lock();
        let old = std::mem::replace(&mut state.permits, permits);
        let State { permits, present, .. } = &mut *state;
        for (_, gone) in present.extract_if(.., |desk, _| old.get(desk) != permits.get(desk)) {
            let _ = gone.leave.send(Leave::Revoked);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is one insert or remove; no panic can leave it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Permit;

    fn permit(desk: &str, secret: &str) -> Permit {
        Permit { desk: DeskId(desk.into()), secret: Secret(Sha256::digest(secret).into()) }
    }

    fn connect(client: &str, user: &str, password: &str) -> Connect {
        let (client, user, password) = (client.to_owned(), Some(user.to_owned()), Some(password.into()));
        Connect { client, user, password, keep_alive: 30, will: false }
    }

    fn registry() -> Registry {
        let registry = Registry::default();
        registry.replace(Permits(vec![permit("a", "one"), permit("b", "two")]));
        registry
    }

    #[test]
    fn only_the_right_name_twice_and_the_right_secret_open_the_gate() {
        let registry = registry();
        assert!(registry.admit(&connect("a", "a", "one")).is_some());
        assert!(registry.admit(&connect("a", "a", "two")).is_none());
        assert!(registry.admit(&connect("a", "b", "two")).is_none(), "another's name");
        assert!(registry.admit(&connect("b", "a", "one")).is_none(), "another's client id");
        assert!(registry.admit(&connect("c", "c", "one")).is_none(), "nobody's name");
        assert!(registry.admit(&Connect { password: None, ..connect("a", "a", "") }).is_none());
        assert!(registry.admit(&Connect { will: true, ..connect("a", "a", "one") }).is_none(), "a last will");
    }

    #[test]
    fn a_desk_without_a_permit_cannot_come_in_with_an_unset_secret() {
        assert!(Registry::default().admit(&connect("a", "a", "")).is_none());
    }

    #[test]
    fn the_newer_connection_of_a_desk_replaces_the_older() {
        let registry = registry();
        let mut old = registry.admit(&connect("a", "a", "one")).expect("in");
        let new = registry.admit(&connect("a", "a", "one")).expect("in");
        assert_eq!(old.leave.try_recv(), Ok(Leave::Replaced));
        assert!(!registry.left(&old));
        assert!(registry.left(&new));
    }

    #[test]
    fn a_permit_that_is_gone_or_has_another_secret_throws_out_and_no_other_does() {
        let registry = registry();
        let mut a = registry.admit(&connect("a", "a", "one")).expect("in");
        let mut b = registry.admit(&connect("b", "b", "two")).expect("in");
        registry.replace(Permits(vec![permit("a", "one"), permit("b", "new")]));
        assert!(a.leave.try_recv().is_err());
        assert_eq!(b.leave.try_recv(), Ok(Leave::Revoked));
        registry.replace(Permits::default());
        assert_eq!(a.leave.try_recv(), Ok(Leave::Revoked));
    }

    #[test]
    fn more_desks_than_an_office_may_have_stay_outside() {
        let registry = Registry::default();
        registry.replace(Permits((0..=MAX_DESKS).map(|n| permit(&format!("d{n}"), "s")).collect()));
        let last = format!("d{MAX_DESKS}");
        assert!(registry.admit(&connect(&last, &last, "s")).is_none());
        assert!(registry.admit(&connect("d0", "d0", "s")).is_some());
    }
}
