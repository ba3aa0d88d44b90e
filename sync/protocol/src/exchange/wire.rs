//! Messages as bytes: JSON, packed with zstd, never more than a named size.

use std::io::Read;

use names::OfficeId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::message::{MAX_BATCH_BYTES, MAX_NOW_BYTES, Nonce};
use super::refusal::Refusal;
use super::signature::{NodeSigner, sign_body};

/// Header that carries the nonce a body was signed with, hexadecimal.
pub const NONCE_HEADER: &str = "aufruf-nonce";

/// Header that carries the signature, hexadecimal.
pub const SIGNATURE_HEADER: &str = "aufruf-signature";

/// Bytes of one message, packed or unpacked: a batch, a *now* document, and room for the frame.
pub const MAX_BODY_BYTES: usize = MAX_BATCH_BYTES + MAX_NOW_BYTES + 64 * 1024;

/// One millisecond for a full batch. At zstd's own default a booking costs 5 bytes more.
const LEVEL: i32 = 6;

/// A window of 1 MiB holds any message; a larger one is an attempt on our memory.
const WINDOW_LOG_MAX: u32 = 20;

/// A signed body with its two headers, ready for HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// For [`NONCE_HEADER`].
    pub nonce: Nonce,
    /// For [`SIGNATURE_HEADER`].
    pub signature: String,
    /// The packed body; the address of a request that has none.
    pub body: Vec<u8>,
}

/// Packs and signs a message: a request, a reply, or a refusal.
///
/// # Errors
/// [`Refusal::TooLarge`] past [`MAX_BODY_BYTES`].
pub fn seal(signer: &NodeSigner, nonce: Nonce, message: &impl Serialize) -> Result<Sealed, Refusal> {
    let body = pack(message)?;
    Ok(Sealed { nonce, signature: sign_body(signer, nonce, &body), body })
}

/// The address of an office's poke below the booking server's own.
#[must_use]
pub fn poke_target(office: &OfficeId) -> String {
    format!("/sync/v1/poke?office={office}")
}

/// Signs the request for the poke: it has no body, so its address is signed in place of one. A
/// packed body never begins with a slash, so neither signature can stand for the other.
#[must_use]
pub fn seal_poke(signer: &NodeSigner, nonce: Nonce, office: &OfficeId) -> Sealed {
    let body = poke_target(office).into_bytes();
    Sealed { nonce, signature: sign_body(signer, nonce, &body), body }
}

/// Writes a message as packed JSON.
///
/// # Errors
/// [`Refusal::TooLarge`] past [`MAX_BODY_BYTES`].
pub fn pack(message: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    let json = serde_json::to_vec(message).map_err(|_not_json| Refusal::Malformed)?;
    if json.len() > MAX_BODY_BYTES {
        return Err(Refusal::TooLarge);
    }
    zstd::bulk::compress(&json, LEVEL).map_err(|_full| Refusal::TooLarge)
}

/// Reads a packed message; never unpacks more than [`MAX_BODY_BYTES`].
///
/// # Errors
/// [`Refusal::TooLarge`] past the limit, packed or unpacked; [`Refusal::Malformed`] for
/// anything that is not such a message.
pub fn unpack<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Refusal::TooLarge);
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(|_bad| Refusal::Malformed)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(|_bad| Refusal::Malformed)?;
    let mut json = Vec::new();
    decoder.take(MAX_BODY_BYTES as u64 + 1).read_to_end(&mut json).map_err(|_bad| Refusal::Malformed)?;
    if json.len() > MAX_BODY_BYTES {
        return Err(Refusal::TooLarge);
    }
    serde_json::from_slice(&json).map_err(|_bad| Refusal::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_message_comes_back() {
        let message = json!({"entries": [1, 2, 3]});
        assert_eq!(unpack::<Value>(&pack(&message).expect("small")), Ok(message));
    }

    #[test]
    fn the_address_of_a_poke_is_no_message() {
        let poke = seal_poke(&NodeSigner::from_seed([1; 32]), Nonce([7; 16]), &"musterland".parse().expect("a name"));
        assert_eq!(poke.body, b"/sync/v1/poke?office=musterland");
        assert_eq!(unpack::<Value>(&poke.body), Err(Refusal::Malformed));
    }

    #[test]
    fn a_bomb_is_refused_before_it_unfolds() {
        let bomb = zstd::bulk::compress(&vec![b' '; 100 * MAX_BODY_BYTES], 19).expect("packed");
        assert!(bomb.len() < 16 * 1024, "the packed bomb is small: {}", bomb.len());
        let refused = unpack::<Value>(&bomb);
        assert!(matches!(refused, Err(Refusal::TooLarge | Refusal::Malformed)), "{refused:?}");
        let small_window = zstd::bulk::compress(&vec![b' '; 2 * MAX_BODY_BYTES], 1).expect("packed");
        assert_eq!(unpack::<Value>(&small_window), Err(Refusal::TooLarge));
    }

    #[test]
    fn too_much_is_refused_on_both_ways() {
        let large = "x".repeat(MAX_BODY_BYTES);
        assert_eq!(pack(&large), Err(Refusal::TooLarge));
        assert_eq!(unpack::<Value>(&vec![0; MAX_BODY_BYTES + 1]), Err(Refusal::TooLarge));
    }

    proptest! {
        #[test]
        fn garbage_is_malformed_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(unpack::<super::super::Request>(&bytes).is_err());
        }

        #[test]
        fn a_cut_or_flipped_message_is_refused(cut in 0_usize..60, flip in any::<u8>()) {
            let whole = pack(&json!({"a": "b".repeat(40), "c": [1, 2, 3], "d": {"e": null}})).expect("small");
            let cut = cut % whole.len();
            prop_assert!(unpack::<Value>(&whole[..cut]).is_err());
            let mut flipped = whole.clone();
            flipped[cut] ^= flip;
            let _whatever = unpack::<Value>(&flipped);
        }
    }
}
