//! A QR code as the path of an SVG picture: drawn sharp on any printer, and no style of its own.

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the code that scanners need (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// A drawn code: a square of `side` by `side` modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Modules from edge to edge, with the white around.
    pub(crate) side: usize,
    /// The dark modules, as an SVG path.
    pub(crate) path: String,
}

/// Draws a text with level M; nothing for a text beyond any code.
pub(crate) fn drawn(text: &str) -> Option<Drawn> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let dark = |at: &usize| code[(*at % width, *at / width)] == Color::Dark;
    let square = |at: usize| format!("M{} {}h1v1h-1z", at % width + QUIET_ZONE, at / width + QUIET_ZONE);
    let path = (0..width * width).filter(dark).map(square).collect();
    Some(Drawn { side: width + 2 * QUIET_ZONE, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_white_around_and_a_text_beyond_any_code_has_none() {
        let drawn = drawn("HTTPS://EXAMPLE.ORG/T/0123").expect("short enough");
        assert_eq!((drawn.side - 8) % 4, 1, "versions are 21, 25, 29 … modules wide");
        assert!(drawn.path.starts_with("M4 4h1"), "the corner is dark");
        assert_eq!(super::drawn(&"A".repeat(5000)), None);
    }
}
