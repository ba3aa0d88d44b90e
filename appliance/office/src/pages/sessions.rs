//! Who may use the staff pages.
//!
//! What must always hold: passwords are argon2id hashes from the configuration and are never
//! kept or logged; of a session only the hash of its secret is in memory; every failure looks
//! the same and costs time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::staff;

/// A working day with overtime (`rules.md`, The day).
pub(crate) const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// More than one per counter and a few offices in the back; the oldest one gives way.
const SESSIONS: usize = 200;
/// Passwords checked at the same time: each takes 19 MiB and a processor for a while.
const CHECKS: usize = 2;
/// Sign-ins that may wait at the same time; more are told to come back.
const WAITING: usize = 16;
/// A wrong password costs this, and twice as much each time after it.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// A wrong password never costs more, so that nobody can lock a colleague out.
const LONGEST_DELAY: Duration = Duration::from_secs(8);
/// Longer names and passwords are not ours.
const LONGEST_FIELD: usize = 256;

/// Checked for unknown names, so that they take as long as known ones; the hash of a password
/// that lets nobody in.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$L+GOoAnslBH0Kj9eC2FjhA$p5v5BYHQI9p1uMjvkJP8oa8MbFZRQ0lNxsLr5L0UCIY";

/// One account of the configuration.
#[derive(Clone, Debug)]
pub struct Account {
    /// What is typed at sign-in.
    pub name: String,
    /// The argon2id hash, as `hash-password` prints it.
    pub password: String,
}

/// An account that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadAccount {
    /// The hash is not one of ours.
    #[error("staff {name:?}: password is not an argon2id hash; make one with `aufruf-appliance hash-password`")]
    NotAHash {
        /// Whose.
        name: String,
    },
    /// Two accounts of the same name.
    #[error("staff {name:?} stands there twice; each name once")]
    Twice {
        /// Which.
        name: String,
    },
    /// No name.
    #[error("a staff account needs a name of 1 to {LONGEST_FIELD} bytes")]
    NoName,
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Name or password is wrong.
    Wrong,
    /// Too many try at once.
    Busy,
}

/// The secret in the browser's cookie: 256 random bits as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

type Hash = [u8; 32];

/// All sessions. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    accounts: Arc<BTreeMap<String, String>>,
    open: Arc<Mutex<BTreeMap<Hash, Instant>>>,
    wrong: Arc<Mutex<BTreeMap<String, u32>>>,
    checks: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Sessions {
    pub(crate) fn new(accounts: &[Account]) -> Result<Self, BadAccount> {
        let mut known = BTreeMap::new();
        for Account { name, password } in accounts {
            if name.is_empty() || name.len() > LONGEST_FIELD {
                return Err(BadAccount::NoName);
            }
            let hash = PasswordHash::new(password).ok().filter(|hash| hash.algorithm.as_str() == "argon2id");
            if hash.is_none() {
                return Err(BadAccount::NotAHash { name: name.clone() });
            }
            if known.insert(name.clone(), password.clone()).is_some() {
                return Err(BadAccount::Twice { name: name.clone() });
            }
        }
        Ok(Self {
            accounts: Arc::new(known),
            open: Arc::default(),
            wrong: Arc::default(),
            checks: Arc::new(Semaphore::new(CHECKS)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        })
    }

    /// Lets somebody in, or not, after a while.
    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Result<Secret, Refused> {
        if name.len() > LONGEST_FIELD || password.len() > LONGEST_FIELD {
            return Err(Refused::Wrong);
        }
        let _place = self.waiting.try_acquire().map_err(|_full| Refused::Busy)?;
        if self.right(name, password).await {
            self.wrong().remove(name);
            return self.open_session().ok_or(Refused::Busy);
        }
        tokio::time::sleep(self.delay(name)).await;
        Err(Refused::Wrong)
    }

    async fn right(&self, name: &str, password: &str) -> bool {
        let Ok(_turn) = self.checks.acquire().await else { return false };
        let known = self.accounts.get(name).cloned();
        let (exists, hash) = (known.is_some(), known.unwrap_or_else(|| NOBODY.to_owned()));
        let password = password.to_owned();
        let checked = tokio::task::spawn_blocking(move || staff::fits(&password, &hash)).await;
        checked.unwrap_or(false) && exists
    }

    /// Counts the failure; names that do not exist share one count, so that memory is bounded.
    fn delay(&self, name: &str) -> Duration {
        let name = if self.accounts.contains_key(name) { name } else { "" };
        let mut wrong = self.wrong();
        let times = wrong.entry(name.to_owned()).or_default();
        let delay = FIRST_DELAY.saturating_mul(1 << (*times).min(8));
        *times = times.saturating_add(1);
        delay.min(LONGEST_DELAY)
    }

    fn open_session(&self) -> Option<Secret> {
        let mut bits = [0_u8; 32];
        getrandom::fill(&mut bits).ok()?;
        let secret: String = bits.iter().map(|byte| format!("{byte:02x}")).collect();
        let now = Instant::now();
        let mut open = self.open();
        open.retain(|_, until| *until > now);
        if open.len() >= SESSIONS
            && let Some(oldest) = open.iter().min_by_key(|(_, until)| **until).map(|(hash, _)| *hash)
        {
            open.remove(&oldest);
        }
        open.insert(hashed(&secret), now + SESSION);
        Some(Secret(secret))
    }

    /// Whether this secret is somebody who signed in.
    pub(crate) fn knows(&self, secret: &Secret) -> bool {
        self.open().get(&hashed(&secret.0)).is_some_and(|until| *until > Instant::now())
    }

    /// What tells this session from others, if it is somebody who signed in.
    pub(crate) fn mark(&self, secret: &Secret) -> Option<[u8; 32]> {
        self.knows(secret).then(|| hashed(&secret.0))
    }

    /// Ends a session.
    pub(crate) fn sign_out(&self, secret: &Secret) {
        self.open().remove(&hashed(&secret.0));
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<Hash, Instant>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrong(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u32>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looking a secret up by its hash tells nothing about how much of a guess was right.
fn hashed(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions() -> Sessions {
        let password = staff::hash("Sonnenblume 7").expect("random numbers");
        Sessions::new(&[Account { name: "clerk".to_owned(), password }]).expect("a good account")
    }

    #[tokio::test(start_paused = true)]
    async fn the_right_password_opens_a_session_that_ends_with_the_day() {
        let sessions = sessions();
        let secret = sessions.sign_in("clerk", "Sonnenblume 7").await.expect("the right password");
        assert_eq!(secret.0.len(), 64);
        assert!(sessions.knows(&secret));
        tokio::time::advance(SESSION).await;
        assert!(!sessions.knows(&secret));
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_names_and_wrong_passwords_look_the_same_and_take_longer_each_time() {
        let sessions = sessions();
        let mut last = Duration::ZERO;
        for _ in 0..3 {
            let before = Instant::now();
            assert_eq!(sessions.sign_in("clerk", "wrong").await, Err(Refused::Wrong));
            let took = before.elapsed();
            assert!(took > last, "{took:?} after {last:?}");
            last = took;
        }
        assert_eq!(sessions.sign_in("nobody", "nobody").await, Err(Refused::Wrong));
        assert!(sessions.sign_in("clerk", "Sonnenblume 7").await.is_ok());
    }

    #[tokio::test]
    async fn signing_out_ends_the_session_and_strangers_have_none() {
        let sessions = sessions();
        let secret = sessions.sign_in("clerk", "Sonnenblume 7").await.expect("the right password");
        sessions.sign_out(&secret);
        assert!(!sessions.knows(&secret));
        assert!(!sessions.knows(&Secret(String::new())));
    }

    #[tokio::test]
    async fn the_oldest_session_gives_way_to_a_new_one() {
        let sessions = sessions();
        let first = sessions.open_session().expect("random numbers");
        for _ in 0..SESSIONS {
            sessions.open_session().expect("random numbers");
        }
        assert_eq!(sessions.open().len(), SESSIONS);
        assert!(!sessions.knows(&first));
    }

    #[test]
    fn only_argon2id_hashes_are_accounts() {
        for bad in ["", "Sonnenblume 7", "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAA"] {
            let account = Account { name: "clerk".to_owned(), password: bad.to_owned() };
            assert!(matches!(Sessions::new(&[account]), Err(BadAccount::NotAHash { .. })), "{bad}");
        }
    }
}
