//! Who sent a body: Ed25519 over a fixed prefix, the nonce and the body as it travels.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{SIGNATURE_LENGTH, Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::message::Nonce;
use super::refusal::Refusal;
use crate::hex::{BadHex, read_hex, write_hex};

const DOMAIN: &[u8] = b"aufruf-sync-v1";

/// The public key of one end of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeKey(VerifyingKey);

impl FromStr for NodeKey {
    type Err = BadHex;

    fn from_str(text: &str) -> Result<Self, BadHex> {
        let bad = BadHex { digits: 64 };
        let key = VerifyingKey::from_bytes(&read_hex(text)?).map_err(|_bytes| bad)?;
        if key.is_weak() { Err(bad) } else { Ok(Self(key)) }
    }
}

impl TryFrom<String> for NodeKey {
    type Error = BadHex;

    fn try_from(text: String) -> Result<Self, BadHex> {
        text.parse()
    }
}

impl From<NodeKey> for String {
    fn from(key: NodeKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write_hex(self.0.as_bytes()))
    }
}

/// The secret key of one end of a line.
pub struct NodeSigner(SigningKey);

impl NodeSigner {
    /// Makes a signer from 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The half that the other end is told at enrolment.
    #[must_use]
    pub fn public(&self) -> NodeKey {
        NodeKey(self.0.verifying_key())
    }
}

impl fmt::Debug for NodeSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeSigner(secret)")
    }
}

/// Signs a body as it travels; 128 hexadecimal digits for the header.
#[must_use]
pub fn sign_body(signer: &NodeSigner, nonce: Nonce, body: &[u8]) -> String {
    write_hex(&signer.0.sign(&signed(nonce, body)).to_bytes())
}

/// Checks who sent a body.
///
/// # Errors
/// [`Refusal::BadSignature`] for anything but a good signature of this key over both.
pub fn verify_body(key: &NodeKey, nonce: Nonce, body: &[u8], signature: &str) -> Result<(), Refusal> {
    let bytes: [u8; SIGNATURE_LENGTH] = read_hex(signature).map_err(|_bad| Refusal::BadSignature)?;
    let signature = Signature::from_bytes(&bytes);
    key.0.verify_strict(&signed(nonce, body), &signature).map_err(|_bad| Refusal::BadSignature)
}

fn signed(nonce: Nonce, body: &[u8]) -> Vec<u8> {
    [DOMAIN, &nonce.0, body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_nonce_and_body_fit() {
        let (signer, other) = (NodeSigner::from_seed([1; 32]), NodeSigner::from_seed([2; 32]));
        let signature = sign_body(&signer, Nonce([7; 16]), b"body");
        let key = signer.public();
        assert_eq!(verify_body(&key, Nonce([7; 16]), b"body", &signature), Ok(()));
        assert_eq!(verify_body(&key, Nonce([8; 16]), b"body", &signature), Err(Refusal::BadSignature));
        assert_eq!(verify_body(&key, Nonce([7; 16]), b"bodY", &signature), Err(Refusal::BadSignature));
        assert_eq!(verify_body(&other.public(), Nonce([7; 16]), b"body", &signature), Err(Refusal::BadSignature));
        for garbage in ["", "zz", &signature[1..], &"0".repeat(128)] {
            assert_eq!(verify_body(&key, Nonce([7; 16]), b"body", garbage), Err(Refusal::BadSignature));
        }
    }

    #[test]
    fn a_key_travels_as_text_and_a_weak_one_is_no_key() {
        let key = NodeSigner::from_seed([1; 32]).public();
        assert_eq!(key.to_string().parse(), Ok(key));
        assert!("00".repeat(32).parse::<NodeKey>().is_err());
    }
}
