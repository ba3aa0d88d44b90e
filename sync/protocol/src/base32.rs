//! base32hex (RFC 4648 §7) without padding: `0-9 A-V`, nothing a keyboard layout swaps.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";

/// How many characters `bytes` bytes need.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// Writes bytes in upper case; unused bits at the end are zero.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_len(bytes.len()));
    let (mut buffer, mut bits) = (0_u32, 0);
    for &byte in bytes {
        buffer = buffer << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(buffer >> bits));
        }
    }
    if bits > 0 {
        text.push(letter(buffer << (5 - bits)));
    }
    text
}

fn letter(value: u32) -> char {
    char::from(ALPHABET[(value & 31) as usize])
}

/// Reads exactly `N` bytes in upper or lower case; nothing for any other text, so that every
/// byte string has one text only (apart from case).
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != encoded_len(N) {
        return None;
    }
    let mut bytes = [0; N];
    let (mut buffer, mut bits, mut filled) = (0_u32, 0, 0);
    for &ch in text {
        buffer = buffer << 5 | u32::from(value(ch)?);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            *bytes.get_mut(filled)? = (buffer >> bits & 0xff) as u8;
            filled += 1;
        }
    }
    let unused = buffer & ((1 << bits) - 1);
    (unused == 0 && filled == N).then_some(bytes)
}

fn value(ch: u8) -> Option<u8> {
    match ch {
        b'0'..=b'9' => Some(ch - b'0'),
        b'A'..=b'V' => Some(ch - b'A' + 10),
        b'a'..=b'v' => Some(ch - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (plain, text) in
            [("f", "CO"), ("fo", "CPNG"), ("foo", "CPNMU"), ("foob", "CPNMUOG"), ("foobar", "CPNMUOJ1E8")]
        {
            assert_eq!(encode(plain.as_bytes()), text);
        }
        assert_eq!(decode::<6>(b"cpnmuoj1e8"), Some(*b"foobar"));
    }

    #[test]
    fn foreign_letters_wrong_lengths_and_stray_bits_are_refused() {
        assert_eq!(decode::<1>(b"CP"), None, "stray bits");
        assert_eq!(decode::<1>(b"C"), None);
        assert_eq!(decode::<1>(b"CO0"), None);
        for bad in [b"WO", b"C/", b"Z0", b"C\xff"] {
            assert_eq!(decode::<1>(bad), None);
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in any::<[u8; 28]>()) {
            prop_assert_eq!(decode::<28>(encode(&bytes).as_bytes()), Some(bytes));
        }
    }
}
