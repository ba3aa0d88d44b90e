//! A QR code as one path, drawn into the page itself.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white that a scanner needs on each side.
const QUIET: usize = 4;

/// A QR code to be drawn.
pub(crate) struct Qr {
    /// Dark modules, one stroke for each run in a row.
    pub(crate) path: String,
    side: usize,
}

impl Qr {
    /// Draws a text; nothing if it is too long for any QR code.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            for (x, length) in runs(row) {
                // Writing to a String cannot fail.
                let _infallible = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
            }
        }
        Some(Self { path, side: width + 2 * QUIET })
    }

    /// The square it is drawn in.
    pub(crate) fn view_box(&self) -> String {
        format!("0 0 {0} {0}", self.side)
    }

    /// The white square below it, also when the page is dark.
    pub(crate) fn ground(&self) -> String {
        format!("M0 0h{0}v{0}h-{0}z", self.side)
    }
}

/// Where dark modules follow each other: place and length.
fn runs(row: &[Color]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        match runs.last_mut() {
            Some((from, length)) if *from + *length == x => *length += 1,
            Some(_) | None => runs.push((x, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paints the path like a browser would, four pixels to a module.
    fn painted(qr: &Qr) -> (usize, Vec<u8>) {
        const SCALE: usize = 4;
        let side = qr.side * SCALE;
        let mut pixels = vec![255_u8; side * side];
        for stroke in qr.path.split('M').filter(|stroke| !stroke.is_empty()) {
            let (place, rest) = stroke.split_once('h').expect("a run");
            let (x, y) = place.split_once(' ').expect("a place");
            let length: usize = rest.split_once('v').expect("a height").0.parse().expect("a length");
            let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
            for line in y * SCALE..(y + 1) * SCALE {
                pixels[line * side + x * SCALE..line * side + (x + length) * SCALE].fill(0);
            }
        }
        (side, pixels)
    }

    #[test]
    fn a_scanner_reads_what_was_drawn() {
        let text = format!("HTTPS://TERMINE.MUSTERLAND.EXAMPLE/T/{}", "0123456789ABCDEFGHIJKLMNOPQRSTUV".repeat(4));
        let qr = Qr::of(&text).expect("fits");
        let (side, pixels) = painted(&qr);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[y * side + x]);
        let (_, read) = image.detect_grids()[0].decode().expect("readable");
        assert_eq!(read, text);
    }

    #[test]
    fn a_text_that_fits_into_no_code_is_not_drawn() {
        assert!(Qr::of(&"A".repeat(10_000)).is_none());
    }
}
