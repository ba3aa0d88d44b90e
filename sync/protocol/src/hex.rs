//! Bytes as lower-case hexadecimal digits, exactly as many as there must be.

/// Text that is not the expected number of lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {digits} lower-case hexadecimal digits")]
pub struct BadHex {
    /// How many digits there must be.
    pub digits: usize,
}

/// Writes bytes as lower-case hexadecimal digits.
#[must_use]
pub fn write_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| char::from(DIGITS[usize::from(d)])).collect()
}

/// Reads exactly `N` bytes.
///
/// # Errors
/// [`BadHex`] for any other length or alphabet; upper case is not ours.
pub fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], BadHex> {
    let bad = BadHex { digits: 2 * N };
    if text.len() != 2 * N {
        return Err(bad);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0]).ok_or(bad)? << 4 | digit(pair[1]).ok_or(bad)?;
    }
    Ok(bytes)
}

fn digit(ch: u8) -> Option<u8> {
    match ch {
        b'0'..=b'9' => Some(ch - b'0'),
        b'a'..=b'f' => Some(ch - b'a' + 10),
        _ => None,
    }
}

/// Declares a fixed number of bytes that is written as lower-case hexadecimal digits.
macro_rules! hex_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $len]);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::hex::write_hex(&self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::hex::BadHex;

            fn from_str(text: &str) -> Result<Self, $crate::hex::BadHex> {
                $crate::hex::read_hex(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::hex::BadHex;

            fn try_from(text: String) -> Result<Self, $crate::hex::BadHex> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(bytes: $name) -> Self {
                $crate::hex::write_hex(&bytes.0)
            }
        }
    };
}
pub(crate) use hex_bytes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_everything_else_is_refused() {
        assert_eq!(write_hex(&[0x00, 0xa9, 0xff]), "00a9ff");
        assert_eq!(read_hex::<3>("00a9ff"), Ok([0x00, 0xa9, 0xff]));
        for bad in ["", "00a9f", "00a9ff0", "00A9FF", "00a9fg", "ääa"] {
            assert_eq!(read_hex::<3>(bad), Err(BadHex { digits: 6 }), "{bad}");
        }
    }
}
