//! Secrets that stand in addresses: long, random, and never stored in clear.
//!
//! What must always hold: only the SHA-256 of a secret reaches the disk, nothing prints one
//! (`Debug` shows an ellipsis), and comparing takes the same time for every wrong guess.

use std::fmt;
use std::marker::PhantomData;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Random bytes in a secret: 160 bits, above the 128 that `rules.md` asks for.
const SECRET_BYTES: usize = 20;

/// Characters of a secret as it stands in an address.
pub const SECRET_LEN: usize = SECRET_BYTES * 2;

/// What a secret opens, so that one kind is never taken for another.
pub trait Kind {
    /// A short name that is hashed together with the secret.
    const NAME: &'static str;
}

/// Opens a seat that is held while the form is filled in, in the browser that holds it.
#[derive(Clone, Copy)]
pub struct OfHold;
/// Confirms a booking; travels in a mail.
#[derive(Clone, Copy)]
pub struct OfLink;
/// Opens "my appointment"; travels in a mail.
#[derive(Clone, Copy)]
pub struct OfAppointment;

impl Kind for OfHold {
    const NAME: &'static str = "hold";
}
impl Kind for OfLink {
    const NAME: &'static str = "link";
}
impl Kind for OfAppointment {
    const NAME: &'static str = "appointment";
}

/// The secret of a browser that holds a seat.
pub type HoldSecret = Secret<OfHold>;
/// The secret of a confirmation link.
pub type LinkSecret = Secret<OfLink>;
/// The secret of "my appointment".
pub type AppointmentSecret = Secret<OfAppointment>;

/// A secret: [`SECRET_LEN`] hexadecimal digits in lower case.
pub struct Secret<K> {
    text: String,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Secret<K> {
    /// Draws a new secret from the operating system.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self::of(hex(&bytes)))
    }

    /// Reads a secret out of an address; nothing for text that cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let ours = text.len() == SECRET_LEN && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        ours.then(|| Self::of(text.to_owned()))
    }

    /// The text for the address. Only for addresses and mails, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What may be stored.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        let digest = Sha256::new().chain_update(K::NAME).chain_update([0]).chain_update(&self.text).finalize();
        SecretHash(digest.into())
    }

    /// Makes the secret of "my appointment" that belongs to this one, so that whoever holds
    /// this secret gets there again without anything being stored in clear.
    #[must_use]
    pub fn appointment(&self) -> AppointmentSecret {
        let salted = Sha256::new().chain_update("aufruf-appointment-of-").chain_update(K::NAME).chain_update([0]);
        let digest: [u8; 32] = salted.chain_update(&self.text).finalize().into();
        Secret::of(hex(&digest[..SECRET_BYTES]))
    }

    fn of(text: String) -> Self {
        Self { text, kind: PhantomData }
    }
}

impl<K> Clone for Secret<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<K: Kind> fmt::Debug for Secret<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-secret(…)", K::NAME)
    }
}

/// The SHA-256 of a secret. Equality takes constant time.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The bytes for a table.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for SecretHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_survives_its_address_and_is_never_printed() {
        let secret = HoldSecret::draw().expect("the system has randomness");
        let read = HoldSecret::read(secret.expose()).expect("its own text");
        assert_eq!(read.hash(), secret.hash());
        assert!(!format!("{secret:?}{:?}", secret.hash()).contains(secret.expose()));
    }

    #[test]
    fn two_secrets_differ_and_one_text_opens_only_one_kind() {
        let secret = HoldSecret::draw().expect("the system has randomness");
        assert_ne!(secret.hash(), HoldSecret::draw().expect("randomness").hash());
        let as_link = LinkSecret::read(secret.expose()).expect("the same form");
        assert_ne!(secret.hash(), as_link.hash());
        assert_ne!(secret.appointment().hash(), as_link.appointment().hash());
    }

    #[test]
    fn hostile_text_is_no_secret() {
        let long = "a".repeat(4096);
        for bad in [
            "",
            "abc",
            "ABCDEF0123456789ABCDEF0123456789ABCDEF01",
            long.as_str(),
            "../../../../../../../../../../../../etc/pw",
        ] {
            assert!(HoldSecret::read(bad).is_none(), "{bad}");
        }
    }
}
