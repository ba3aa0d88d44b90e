//! The QR code as a PNG: what mail programs show without asking.

use qrcode::{EcLevel, QrCode};

/// Pixels per module: large enough for a scanner that reads from a small telephone.
const PIXELS_PER_MODULE: usize = 8;

/// Modules of white around the code that scanners need (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// A QR code that could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum BadQr {
    /// The text does not fit.
    #[error("failed to make a QR code")]
    Code(#[from] qrcode::types::QrError),
    /// The picture was not written.
    #[error("failed to write the picture of a QR code")]
    Png(#[from] png::EncodingError),
}

/// Draws a text as a black and white PNG, level M, with its quiet zone.
///
/// # Errors
/// The text is longer than a QR code holds.
pub(crate) fn png(text: &str) -> Result<Vec<u8>, BadQr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let side = (code.width() + 2 * QUIET_ZONE) * PIXELS_PER_MODULE;
    let pixels = pixels(&code, side);
    let mut file = Vec::new();
    // A code has at most 177 modules: the side stays far below what u32 holds.
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

fn pixels(code: &QrCode, side: usize) -> Vec<u8> {
    let dark = |x: usize, y: usize| match (x.checked_sub(QUIET_ZONE), y.checked_sub(QUIET_ZONE)) {
        (Some(x), Some(y)) if x < code.width() && y < code.width() => code[(x, y)] == qrcode::Color::Dark,
        (Some(_) | None, Some(_) | None) => false,
    };
    let place = |at: usize| (at % side / PIXELS_PER_MODULE, at / side / PIXELS_PER_MODULE);
    (0..side * side).map(place).map(|(x, y)| if dark(x, y) { 0 } else { 255 }).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Reads a picture back the way a scanner does.
    pub(crate) fn read_back(file: &[u8]) -> String {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        let (width, height) = (info.width as usize, info.height as usize);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code in the picture");
        grids[0].decode().expect("a readable code").1
    }

    #[test]
    fn a_scanner_reads_what_was_drawn() {
        let text = format!("HTTPS://TERMIN.EXAMPLE/T/{}", "0123456789ABCDEFGHIJKLMNOPQRSTUV".repeat(4));
        assert_eq!(read_back(&png(&text).expect("it fits")), text);
    }

    #[test]
    fn text_beyond_any_code_is_refused() {
        assert!(png(&"A".repeat(5000)).is_err());
    }
}
