//! The two halves of a seal: one that everyone may have, one that opens.
//!
//! What must always hold: a key that exists can seal; the half that opens is never printed but on
//! the paper it is meant for.

use std::fmt;
use std::str::FromStr;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, Serializable};
use serde::{Deserialize, Serialize};

use super::paper::{self, BadPaper};
use crate::hex::{BadHex, read_hex, write_hex};

type Public = <X25519HkdfSha256 as Kem>::PublicKey;
type Secret = <X25519HkdfSha256 as Kem>::PrivateKey;

/// Who can open it: the public half, written as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SealKey(Public);

/// Text that is no key one can seal to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSealKey {
    /// Not 64 hexadecimal digits.
    #[error(transparent)]
    Form(#[from] BadHex),
    /// One of the few keys that would seal with a secret everyone knows.
    #[error("a key that protects nothing")]
    Weak,
}

impl SealKey {
    pub(super) fn inner(&self) -> &Public {
        &self.0
    }
}

impl FromStr for SealKey {
    type Err = BadSealKey;

    fn from_str(text: &str) -> Result<Self, BadSealKey> {
        let bytes: [u8; 32] = read_hex(text)?;
        let key = Public::from_bytes(&bytes).map_err(|_bad| BadSealKey::Weak)?;
        // The library finds a weak key when it first seals to it, with any seed; so we try here.
        let mut any = ChaCha20Rng::from_seed([0; 32]);
        X25519HkdfSha256::encap_with_rng(&key, None, &mut any).map_err(|_weak| BadSealKey::Weak)?;
        Ok(Self(key))
    }
}

impl TryFrom<String> for SealKey {
    type Error = BadSealKey;

    fn try_from(text: String) -> Result<Self, BadSealKey> {
        text.parse()
    }
}

impl From<SealKey> for String {
    fn from(key: SealKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write_hex(&self.0.to_bytes()))
    }
}

/// The secret half, which opens.
pub struct OpenKey {
    seed: [u8; 32],
    secret: Secret,
    public: Public,
}

impl OpenKey {
    /// Makes the key from 32 random bytes, always the same one from the same bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let (secret, public) = X25519HkdfSha256::derive_keypair(&seed);
        Self { seed, secret, public }
    }

    /// The half that everyone may know.
    #[must_use]
    pub fn public(&self) -> SealKey {
        SealKey(self.public.clone())
    }

    /// Writes the key for paper: four lines of three groups of five characters, each line with
    /// its own check. Whoever has this text can open every contact sealed to the key.
    #[must_use]
    pub fn to_text(&self) -> String {
        paper::write(&self.seed)
    }

    /// Reads what was typed from paper, in any case and with any gaps.
    ///
    /// # Errors
    /// [`BadPaper`] names the line to look at again; every line with one or two wrong characters
    /// is found.
    pub fn from_text(typed: &str) -> Result<Self, BadPaper> {
        paper::read(typed).map(Self::from_seed)
    }

    pub(super) fn inner(&self) -> &Secret {
        &self.secret
    }
}

impl fmt::Debug for OpenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenKey(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9180, appendix A.2.1: the receiver's key pair from its keying material.
    #[test]
    fn a_key_is_derived_as_the_rfc_says() {
        let material = read_hex("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df").expect("hex");
        let public = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
        assert_eq!(OpenKey::from_seed(material).public().to_string(), public);
    }

    #[test]
    fn a_key_travels_as_text_and_one_that_protects_nothing_is_refused() {
        let key = OpenKey::from_seed([1; 32]).public();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let json = serde_json::to_string(&key).expect("serializable");
        assert_eq!(json, format!("\"{key}\""));
        assert_eq!(serde_json::from_str::<SealKey>(&json).expect("readable"), key);
        // The points 0 and 1, and one of order 8.
        let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
        for weak in ["00".repeat(32), format!("01{}", "00".repeat(31)), order_8.to_owned()] {
            assert_eq!(weak.parse::<SealKey>(), Err(BadSealKey::Weak), "{weak}");
        }
        for bad in ["", "zz", &"00".repeat(31), &"AB".repeat(32)] {
            assert_eq!(bad.parse::<SealKey>(), Err(BadSealKey::Form(BadHex { digits: 64 })), "{bad}");
        }
    }

    #[test]
    fn the_secret_half_is_never_shown() {
        let key = OpenKey::from_seed([1; 32]);
        assert_eq!(format!("{key:?}"), "OpenKey(secret)");
    }
}
