//! The check-in token in the QR code: signed by whoever issued it, understood without a line.
//!
//! ```text
//!   HTTPS://TERMINE.EXAMPLE/Q/ 0410…V8   ◄── the last TOKEN_LEN characters, base32hex
//!                              └ payload 28 bytes │ Ed25519 64 bytes
//!   format key kind+language office(4) id(8) code(3) start(4) length(2) service(2) version(2)
//! ```
//!
//! What must always hold: nothing personal inside; the length never changes inside a format;
//! what `verify` accepts was signed by a key of the ring.

use std::ops::RangeInclusive;

use ed25519_dalek::{Signer, SigningKey};
use jiff::Timestamp;
use names::{BookingId, Language, Minutes, OfficeId, Pin, ServiceId, TicketNumber};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base32;
use crate::entry::TokenKey;
use crate::hex::write_hex;

/// Bytes before the signature.
pub(crate) const PAYLOAD_LEN: usize = 28;
pub(crate) const SIGNED_LEN: usize = PAYLOAD_LEN + ed25519_dalek::SIGNATURE_LENGTH;

/// Characters of a token: 92 bytes in base32hex.
pub const TOKEN_LEN: usize = base32::encoded_len(SIGNED_LEN);

/// What a QR code of version 7, level M, holds in its alphanumeric mode (`rules.md`, Codes).
pub const QR_MAX_LEN: usize = 178;

/// Key ids of a booking server.
pub const SERVER_KEYS: RangeInclusive<u8> = 0..=127;
/// Key ids of boxes; each new box gets a new one.
pub const BOX_KEYS: RangeInclusive<u8> = 128..=255;

pub(crate) const FORMAT: u8 = 1;
const DOMAIN: &[u8] = b"aufruf-token-v1";
const KIND_APPOINTMENT: u8 = 0;
const KIND_TICKET: u8 = 1;

/// What stands in a QR code, on a phone or on a printed ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The key that signed it; [`Token::sign`] puts the signer's own id here.
    pub key: u8,
    /// Whose it is.
    pub kind: TokenKind,
    /// The office, shortened.
    pub office: OfficeTag,
    /// The version of the booking; a move raises it. Tickets have 0.
    pub version: u16,
    /// The booked start or the time of the ticket, whole minutes; before 1970 is 1970.
    pub start: Timestamp,
    /// The booked length.
    pub length: Minutes,
    /// The service that decides.
    pub service: ServiceId,
    /// The language.
    pub language: Language,
}

/// Whose token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// An appointment.
    Appointment {
        /// The booking.
        booking: BookingId,
        /// Its PIN.
        pin: Pin,
    },
    /// A walk-in's ticket of the day of `start`.
    Ticket {
        /// Its number.
        ticket: TicketNumber,
    },
}

/// An office in four bytes: enough to tell a neighbour's token, not a proof of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfficeTag(pub u32);

impl OfficeTag {
    /// The tag of an office.
    #[must_use]
    pub fn of(office: &OfficeId) -> Self {
        let hash = Sha256::new().chain_update(b"aufruf-office-v1").chain_update(office.as_str()).finalize();
        Self(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]))
    }
}

/// The secret half of a token key.
pub struct TokenSigner {
    id: u8,
    key: SigningKey,
}

impl TokenSigner {
    /// Makes a signer from 32 random bytes; the id is from [`SERVER_KEYS`] or [`BOX_KEYS`].
    #[must_use]
    pub fn from_seed(id: u8, seed: [u8; 32]) -> Self {
        Self { id, key: SigningKey::from_bytes(&seed) }
    }

    /// The half that everyone may know.
    #[must_use]
    pub fn public(&self) -> TokenKey {
        TokenKey { id: self.id, public: write_hex(self.key.verifying_key().as_bytes()) }
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenSigner({}, secret)", self.id)
    }
}

impl Token {
    /// Signs and writes the token: [`TOKEN_LEN`] characters of `0-9 A-V`.
    #[must_use]
    pub fn sign(&self, signer: &TokenSigner) -> String {
        let payload = self.payload(signer.id);
        let signature = signer.key.sign(&signed(&payload));
        let mut bytes = [0; SIGNED_LEN];
        bytes[..PAYLOAD_LEN].copy_from_slice(&payload);
        bytes[PAYLOAD_LEN..].copy_from_slice(&signature.to_bytes());
        base32::encode(&bytes)
    }

    fn payload(&self, key: u8) -> [u8; PAYLOAD_LEN] {
        let (kind, id, code) = match self.kind {
            TokenKind::Appointment { booking, pin } => (KIND_APPOINTMENT, booking.bits(), pin.number()),
            TokenKind::Ticket { ticket } => {
                (KIND_TICKET, 0, u32::from(ticket.letter()) << 16 | u32::from(ticket.number()))
            }
        };
        let start = u32::try_from(self.start.as_second().max(0) / 60).unwrap_or(u32::MAX);
        let mut bytes = [0; PAYLOAD_LEN];
        bytes[0] = FORMAT;
        bytes[1] = key;
        bytes[2] = kind << 4 | self.language.number() & 0x0f;
        bytes[3..7].copy_from_slice(&self.office.0.to_be_bytes());
        bytes[7..15].copy_from_slice(&id.to_be_bytes());
        bytes[15..18].copy_from_slice(&code.to_be_bytes()[1..]);
        bytes[18..22].copy_from_slice(&start.to_be_bytes());
        bytes[22..24].copy_from_slice(&self.length.0.to_be_bytes());
        bytes[24..26].copy_from_slice(&self.service.0.to_be_bytes());
        bytes[26..28].copy_from_slice(&self.version.to_be_bytes());
        bytes
    }

    /// Reads a payload whose signature was found good; nothing for what we never write.
    pub(crate) fn from_payload(bytes: &[u8; PAYLOAD_LEN]) -> Option<Self> {
        let [_, key, flags, o0, o1, o2, o3, id @ .., c0, c1, c2, s0, s1, s2, s3, l0, l1, v0, v1, r0, r1] = *bytes;
        let code = u32::from_be_bytes([0, c0, c1, c2]);
        let kind = match flags >> 4 {
            KIND_APPOINTMENT => TokenKind::Appointment {
                booking: BookingId::from_bits(u64::from_be_bytes(id)),
                pin: Pin::from_number(code).ok()?,
            },
            KIND_TICKET => {
                TokenKind::Ticket { ticket: TicketNumber::new(char::from(c0), u16::from_be_bytes([c1, c2])).ok()? }
            }
            _ => return None,
        };
        Some(Self {
            key,
            kind,
            office: OfficeTag(u32::from_be_bytes([o0, o1, o2, o3])),
            version: u16::from_be_bytes([r0, r1]),
            start: Timestamp::from_second(i64::from(u32::from_be_bytes([s0, s1, s2, s3])) * 60).ok()?,
            length: Minutes(u16::from_be_bytes([l0, l1])),
            service: ServiceId(u16::from_be_bytes([v0, v1])),
            language: Language::from_number(flags & 0x0f),
        })
    }
}

/// What the signature covers: the payload and what it is, so that no other signature of the
/// same key is ever taken for a token.
pub(crate) fn signed(payload: &[u8; PAYLOAD_LEN]) -> Vec<u8> {
    [DOMAIN, payload].concat()
}

/// The text of the QR code: the office's address and the token behind it.
///
/// # Errors
/// [`TooLong`] when the address leaves no room for a version 7 code.
pub fn qr_text(qr_base: &str, token: &str) -> Result<String, TooLong> {
    let chars = qr_base.chars().count() + token.chars().count();
    if chars > QR_MAX_LEN {
        return Err(TooLong { chars });
    }
    Ok(format!("{}{token}", qr_base.to_uppercase()))
}

/// A QR code that would grow beyond version 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the QR text has {chars} characters, more than {QR_MAX_LEN}: choose a shorter address for qr_base")]
pub struct TooLong {
    /// How long it would be.
    pub chars: usize,
}
