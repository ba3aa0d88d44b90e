//! Contacts that travel sealed: only one key opens them, and it is not on the way.
//!
//! ```text
//!   desk, line down     box ── sealed to the server's key ──────────► booking server
//!   booking server ──── sealed to the recovery key ─► box, keeps it     (opens, mails)
//!                                                       │
//!   server lost ─────── the key typed from paper ◄──────┘ opens: nobody is unreachable
//! ```
//!
//! HPKE (RFC 9180, base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305). What must always hold: a
//! sealed contact opens for its key, its office and its booking only; sealing asks nobody for
//! chance, it is an argument. Who sealed it is not proven here but by the signature of the
//! exchange. What may not be used here: cryptography of our own.

mod keys;
mod paper;
pub mod plain;

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use hpke::aead::{AeadTag, ChaCha20Poly1305};
use hpke::inout::InOutBuf;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use hpke::{single_shot_open_inout_detached, single_shot_seal_inout_detached_with_rng};
use names::{BookingId, OfficeId};
use serde::{Deserialize, Serialize};

pub use keys::{BadSealKey, OpenKey, SealKey};
pub use paper::BadPaper;
pub use plain::{Plain, TooLong};

/// Bytes that the key exchange puts in front.
const ENCAPPED_LEN: usize = 32;
/// Bytes of the check at the end.
const TAG_LEN: usize = 16;

/// Characters of the shortest text: nothing inside.
const MIN_SEALED: usize = ((ENCAPPED_LEN + TAG_LEN) * 8).div_ceil(6);
/// The most characters of a sealed contact: the longest one of today has 2,164, the rest is room
/// for what a newer version adds.
pub const MAX_SEALED: usize = 4096;

/// Keeps these seals apart from all others that the same keys may ever make.
const DOMAIN: &[u8] = b"aufruf-contact-v1";

/// A contact nobody on the way can read, as text: base64 for addresses, without padding.
///
/// No mail address and no telephone number fits its alphabet and length, so that a clear contact
/// never passes for a sealed one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SealedContact(String);

/// Text that is no sealed contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed contact has {MIN_SEALED} to {MAX_SEALED} letters, digits, '-' and '_'")]
pub struct BadSealed;

impl SealedContact {
    /// Borrows the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SealedContact {
    type Error = BadSealed;

    fn try_from(text: String) -> Result<Self, BadSealed> {
        let ours = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if ours && (MIN_SEALED..=MAX_SEALED).contains(&text.len()) { Ok(Self(text)) } else { Err(BadSealed) }
    }
}

impl From<SealedContact> for String {
    fn from(sealed: SealedContact) -> Self {
        sealed.0
    }
}

impl fmt::Debug for SealedContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedContact({} characters)", self.0.len())
    }
}

/// Why a sealed contact stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// No sealed text at all.
    #[error("failed to open a contact: it is not a sealed text")]
    Form,
    /// Nobody can tell which of these it is, and that is meant so.
    #[error("failed to open a contact: another key, office or booking, or a changed text")]
    Refused,
    /// The right key, but what came out is no contact.
    #[error("failed to read an opened contact: it was written in another way")]
    Content,
}

/// Seals a contact so that only the holder of the other half of `to` can read it, and only as the
/// contact of this booking at this office.
///
/// `seed` is 32 random bytes, new for every sealing: one seed used twice for the same booking and
/// key gives away how the two contacts differ.
///
/// # Errors
/// [`TooLong`] names the part that has more characters than it may.
///
/// # Panics
/// Never: keys that cannot seal are refused when they are read.
pub fn seal(
    plain: &Plain,
    to: &SealKey,
    office: &OfficeId,
    booking: BookingId,
    seed: [u8; 32],
) -> Result<SealedContact, TooLong> {
    let mut bytes = vec![0; ENCAPPED_LEN];
    plain.write(&mut bytes)?;
    // In place: the clear bytes are overwritten by the sealed ones.
    let (encapped, tag) = single_shot_seal_inout_detached_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        to.inner(),
        &belongs_to(office, booking),
        InOutBuf::from(&mut bytes[ENCAPPED_LEN..]),
        &[],
        &mut ChaCha20Rng::from_seed(seed),
    )
    .expect("the key was tried when it was read, and a contact is short");
    bytes[..ENCAPPED_LEN].copy_from_slice(&encapped.to_bytes());
    bytes.extend_from_slice(&tag.to_bytes());
    Ok(SealedContact(Base64UrlUnpadded::encode_string(&bytes)))
}

/// Opens a contact that was sealed for this key, office and booking.
///
/// # Errors
/// [`BadSeal`]; nothing of the content is known then.
pub fn open(sealed: &SealedContact, with: &OpenKey, office: &OfficeId, booking: BookingId) -> Result<Plain, BadSeal> {
    let mut bytes = Base64UrlUnpadded::decode_vec(&sealed.0).map_err(|_bad| BadSeal::Form)?;
    let (encapped, rest) = bytes.split_at_mut_checked(ENCAPPED_LEN).ok_or(BadSeal::Form)?;
    let (body, tag) = rest.len().checked_sub(TAG_LEN).map(|end| rest.split_at_mut(end)).ok_or(BadSeal::Form)?;
    let encapped = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapped).map_err(|_bad| BadSeal::Form)?;
    let tag = AeadTag::from_bytes(tag).map_err(|_bad| BadSeal::Form)?;
    single_shot_open_inout_detached::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        with.inner(),
        &encapped,
        &belongs_to(office, booking),
        InOutBuf::from(&mut *body),
        &[],
        &tag,
    )
    .map_err(|_refused| BadSeal::Refused)?;
    Plain::read(body).ok_or(BadSeal::Content)
}

/// Whose contact it is. It goes into the making of the key, not only beside the text: so the same
/// seed for two bookings by mistake still gives two unrelated keys.
fn belongs_to(office: &OfficeId, booking: BookingId) -> Vec<u8> {
    [DOMAIN, &booking.bits().to_be_bytes(), office.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests;
