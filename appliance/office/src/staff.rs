//! Staff passwords: argon2id, with a salt of its own each.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// Shorter ones are guessed; there is no default password.
pub const MIN_PASSWORD_CHARS: usize = 8;

/// A password that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadPassword {
    /// Too short.
    #[error("a password has at least {MIN_PASSWORD_CHARS} characters")]
    TooShort,
    /// The hash function refused it.
    #[error("failed to hash the password: {0}")]
    Hash(argon2::password_hash::Error),
}

/// What belongs into `[[staff]] password`.
///
/// # Errors
/// [`BadPassword`] when it is too short.
pub fn hash(password: &str) -> Result<String, BadPassword> {
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return Err(BadPassword::TooShort);
    }
    Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(BadPassword::Hash)
}

/// Whether the password fits the hash. Slow on purpose: call it where blocking hurts nobody.
pub(crate) fn fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_hashes_of_a_password_are_alike_and_a_short_one_gets_none() {
        let first = hash("correct horse").expect("long enough");
        assert!(first.starts_with("$argon2id$"));
        assert_ne!(first, hash("correct horse").expect("long enough"));
        assert!(hash("short").is_err());
    }
}
