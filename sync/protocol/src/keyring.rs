//! All public token keys of an office, present and former, and what they say about a scan.
//!
//! What must always hold: a scan never makes it panic; a key once in the ring is never replaced
//! by another one of the same id.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::base32;
use crate::entry::TokenKey;
use crate::hex::read_hex;
use crate::token::{FORMAT, PAYLOAD_LEN, SIGNED_LEN, TOKEN_LEN, Token, signed};

/// The public keys by their id.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    keys: BTreeMap<u8, VerifyingKey>,
}

impl Keyring {
    /// An empty ring: no token is ours.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no key is known yet: then nobody can say whose a token is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds a key; adding the same one again changes nothing.
    ///
    /// # Errors
    /// [`BadKey`] for bytes that are no good key, or an id that stands for another key.
    pub fn add(&mut self, key: &TokenKey) -> Result<(), BadKey> {
        let bytes: [u8; 32] = read_hex(&key.public).map_err(|_bad| BadKey::Form { id: key.id })?;
        let public = VerifyingKey::from_bytes(&bytes).map_err(|_bad| BadKey::Form { id: key.id })?;
        if public.is_weak() {
            return Err(BadKey::Form { id: key.id });
        }
        if *self.keys.entry(key.id).or_insert(public) == public { Ok(()) } else { Err(BadKey::Taken { id: key.id }) }
    }

    /// Reads a scanned line: its last [`TOKEN_LEN`] characters are the token, in any case.
    ///
    /// # Errors
    /// [`BadToken`] tells why it is not a token of this office's keys.
    pub fn verify(&self, scanned: &str) -> Result<Token, BadToken> {
        let line = scanned.trim_end().as_bytes();
        let tail = line.len().checked_sub(TOKEN_LEN).and_then(|from| line.get(from..)).ok_or(BadToken::TooShort)?;
        let bytes: [u8; SIGNED_LEN] = base32::decode(tail).ok_or(BadToken::NotOurs)?;
        let (payload, signature) = bytes.split_first_chunk::<PAYLOAD_LEN>().ok_or(BadToken::NotOurs)?;
        if payload[0] != FORMAT {
            return Err(BadToken::NotOurs);
        }
        let key = self.keys.get(&payload[1]).ok_or(BadToken::UnknownKey)?;
        let signature = Signature::from_slice(signature).map_err(|_bad| BadToken::Forged)?;
        key.verify_strict(&signed(payload), &signature).map_err(|_bad| BadToken::Forged)?;
        Token::from_payload(payload).ok_or(BadToken::NotOurs)
    }
}

/// A key that cannot go into the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not 64 hexadecimal digits of a sound Ed25519 key.
    #[error("key {id} is not an Ed25519 public key of 64 hexadecimal digits")]
    Form {
        /// The id.
        id: u8,
    },
    /// The id already stands for another key.
    #[error("key id {id} already stands for another key")]
    Taken {
        /// The id.
        id: u8,
    },
}

/// Why a scanned line is not a token of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Too short to hold a token.
    #[error("shorter than a token")]
    TooShort,
    /// Other letters, another format, or a content we never write.
    #[error("not written like a token of ours")]
    NotOurs,
    /// Signed by a key we have not heard of: perhaps another town's.
    #[error("signed by an unknown key")]
    UnknownKey,
    /// The signature does not fit: damaged or made up.
    #[error("the signature does not fit")]
    Forged,
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use names::{BookingId, Language, Minutes, OfficeId, Pin, ServiceId, TicketNumber};
    use proptest::prelude::*;

    use super::*;
    use crate::token::{OfficeTag, TokenKind, TokenSigner, TooLong, qr_text};

    fn office() -> OfficeId {
        "musterland".parse().expect("a good name")
    }

    fn appointment(bits: u64, index: u32) -> Token {
        Token {
            key: 3,
            kind: TokenKind::Appointment {
                booking: BookingId::from_bits(bits),
                pin: Pin::from_index(index).expect("inside the count"),
            },
            office: OfficeTag::of(&office()),
            version: 2,
            start: "2026-11-23T08:20:00Z".parse().expect("a time"),
            length: Minutes(20),
            service: ServiceId(14),
            language: Language::En,
        }
    }

    fn ring(signers: &[&TokenSigner]) -> Keyring {
        let mut ring = Keyring::new();
        for signer in signers {
            ring.add(&signer.public()).expect("a good key");
        }
        ring
    }

    #[test]
    fn a_token_of_the_server_and_a_ticket_of_the_box_are_both_read() {
        let (server, appliance) = (TokenSigner::from_seed(3, [1; 32]), TokenSigner::from_seed(128, [2; 32]));
        let ring = ring(&[&server, &appliance]);
        let booked = appointment(9, 4711);
        let ticket = Token {
            key: 128,
            kind: TokenKind::Ticket { ticket: TicketNumber::new('B', 999).expect("a good number") },
            version: 0,
            ..booked.clone()
        };
        for (token, signer) in [(booked, &server), (ticket, &appliance)] {
            let text = token.sign(signer);
            assert_eq!(text.len(), TOKEN_LEN);
            assert_eq!(ring.verify(&text), Ok(token));
        }
    }

    #[test]
    fn only_the_tail_of_the_line_counts_whatever_the_keyboard_made_of_the_address() {
        let signer = TokenSigner::from_seed(3, [1; 32]);
        let (ring, token) = (ring(&[&signer]), appointment(9, 1));
        let text = token.sign(&signer);
        for line in [
            qr_text("https://termine.example/q/", &text).expect("short enough"),
            format!("HTTPSÖ--TERMINE.EXAMPLE-Q-{text}"),
            format!("https>&&termine:example&q&{}\r\n", text.to_lowercase()),
            format!("{}{text}", "x".repeat(4096)),
        ] {
            assert_eq!(ring.verify(&line), Ok(token.clone()), "{line}");
        }
    }

    #[test]
    fn each_kind_of_wrong_line_is_told_apart() {
        let (signer, stranger) = (TokenSigner::from_seed(3, [1; 32]), TokenSigner::from_seed(4, [1; 32]));
        let (ring, token) = (ring(&[&signer]), appointment(9, 1));
        let good = token.sign(&signer);
        assert_eq!(ring.verify(""), Err(BadToken::TooShort));
        assert_eq!(ring.verify("https://example.org/menu"), Err(BadToken::TooShort));
        assert_eq!(ring.verify(&good[1..]), Err(BadToken::TooShort));
        assert_eq!(ring.verify(&good.replace(|c: char| c.is_ascii_digit(), "Z")), Err(BadToken::NotOurs));
        assert_eq!(ring.verify(&format!("{good}ä")), Err(BadToken::NotOurs));
        assert_eq!(ring.verify(&format!("V{}", &good[1..])), Err(BadToken::NotOurs), "another format");
        assert_eq!(ring.verify(&token.sign(&stranger)), Err(BadToken::UnknownKey));
        assert_eq!(ring.verify(&token.sign(&TokenSigner::from_seed(3, [9; 32]))), Err(BadToken::Forged));
    }

    #[test]
    fn a_key_is_never_replaced_and_a_weak_one_never_added() {
        let signer = TokenSigner::from_seed(3, [1; 32]);
        let mut ring = ring(&[&signer]);
        assert_eq!(ring.add(&signer.public()), Ok(()));
        assert_eq!(ring.add(&TokenSigner::from_seed(3, [2; 32]).public()), Err(BadKey::Taken { id: 3 }));
        for public in ["00".repeat(32), format!("01{}", "00".repeat(31)), "xyz".to_owned()] {
            assert_eq!(ring.add(&TokenKey { id: 5, public }), Err(BadKey::Form { id: 5 }));
        }
    }

    #[test]
    fn an_address_that_makes_the_code_too_fine_is_refused() {
        let token = "0".repeat(TOKEN_LEN);
        let room = crate::token::QR_MAX_LEN - TOKEN_LEN;
        assert_eq!(qr_text(&"a".repeat(room), &token).map(|t| t.len()), Ok(178));
        assert_eq!(qr_text(&"a".repeat(room + 1), &token), Err(TooLong { chars: 179 }));
    }

    proptest! {
        #[test]
        fn one_changed_character_is_never_accepted(place in 0..TOKEN_LEN, to in 0_usize..32) {
            let signer = TokenSigner::from_seed(3, [1; 32]);
            let good = appointment(77, 5).sign(&signer);
            let mut bytes = good.clone().into_bytes();
            bytes[place] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"[to];
            let changed = String::from_utf8(bytes).expect("plain letters");
            prop_assume!(changed != good);
            prop_assert!(ring(&[&signer]).verify(&changed).is_err());
        }

        #[test]
        fn every_appointment_comes_back(bits in any::<u64>(), index in 0..Pin::COUNT, minutes in 0_i64..100_000_000) {
            let signer = TokenSigner::from_seed(3, [1; 32]);
            let start = Timestamp::from_second(minutes * 60).expect("inside the calendar");
            let token = Token { start, ..appointment(bits, index) };
            prop_assert_eq!(ring(&[&signer]).verify(&token.sign(&signer)), Ok(token));
        }

        #[test]
        fn no_line_at_all_makes_it_panic(line in "\\PC{0,400}") {
            let _outcome = ring(&[]).verify(&line);
        }
    }
}
