//! The slip a person takes home from the desk: the Termin-PIN and a QR code signed by this box.
//!
//! Pure. What must always hold: nothing personal on it.

use names::OfficeId;
use protocol::entry::Booked;
use protocol::office::OfficeDoc;
use protocol::token::{OfficeTag, Token, TokenKind, TokenSigner, TooLong, qr_text};

/// The text of the QR code of an own booking; nothing without a service, which we never write.
///
/// # Errors
/// [`TooLong`] when the office's address leaves no room.
pub(crate) fn code(
    booked: &Booked,
    office: &OfficeId,
    doc: &OfficeDoc,
    signer: &TokenSigner,
) -> Result<String, TooLong> {
    let service = booked.services.first().copied().unwrap_or(names::ServiceId(0));
    let token = Token {
        key: signer.public().id,
        kind: TokenKind::Appointment { booking: booked.booking, pin: booked.pin },
        office: OfficeTag::of(office),
        version: booked.version,
        start: booked.start,
        length: booked.length,
        service,
        language: booked.language,
    };
    qr_text(&doc.qr_base, &token.sign(signer))
}

#[cfg(test)]
mod tests {
    use names::{BookingId, Side};
    use protocol::keyring::Keyring;

    use super::*;
    use crate::desk::tests::{booked, doc};

    #[test]
    fn the_code_of_a_slip_is_understood_with_the_key_of_this_box() {
        let signer = TokenSigner::from_seed(128, [5; 32]);
        let booked = booked(BookingId::from_random(Side::Box, 9), 77, jiff::civil::date(2026, 2, 3));
        let text = code(&booked, &doc().id, &doc(), &signer).expect("short enough");
        assert!(text.starts_with(&doc().qr_base));
        let mut ring = Keyring::new();
        ring.add(&signer.public()).expect("a good key");
        let token = ring.verify(&text).expect("ours");
        assert_eq!(token.kind, TokenKind::Appointment { booking: booked.booking, pin: booked.pin });
        assert_eq!((token.start, token.version), (booked.start, 1));
    }
}
