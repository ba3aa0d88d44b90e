//! What a screen shows, as far as a machine can see it: whether anything is painted, and its words.
//!
//! Words are read by tesseract, from a picture made twice as large and dark on light, because
//! that is what it was made for. Digits and short words are found whatever stands between them.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

/// So many times larger is a picture for reading.
const ZOOM: usize = 2;

/// A picture in grey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    width: usize,
    dots: Vec<u8>,
}

impl Picture {
    /// Reads a PNG.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn open(file: &Path) -> Result<Self> {
        let bytes = std::fs::read(file).with_context(|| format!("no picture {}", file.display()))?;
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().context("not a PNG picture")?;
        let size = reader.output_buffer_size().context("a PNG picture too large to hold")?;
        let mut raw = vec![0; size];
        let frame = reader.next_frame(&mut raw).context("a damaged PNG picture")?;
        let samples = frame.color_type.samples();
        // Of grey with or without alpha the first counts, of colours the mean.
        let grey = |dot: &[u8]| {
            let colours = &dot[..if samples < 3 { 1 } else { 3 }];
            (colours.iter().map(|c| u32::from(*c)).sum::<u32>() / colours.len() as u32) as u8
        };
        let dots = raw[..frame.buffer_size()].chunks(samples).map(grey).collect();
        Ok(Self { width: frame.width as usize, dots })
    }

    /// How many different greys there are: a blank screen has one, or two with a cursor.
    pub(crate) fn greys(&self) -> usize {
        let mut seen = [false; 256];
        self.dots.iter().for_each(|dot| seen[usize::from(*dot)] = true);
        seen.iter().filter(|seen| **seen).count()
    }

    /// Larger, and dark on light.
    fn for_reading(&self) -> Self {
        let mean = self.dots.iter().map(|d| u64::from(*d)).sum::<u64>() / self.dots.len().max(1) as u64;
        let turned = |dot: u8| if mean < 128 { 255 - dot } else { dot };
        let rows = self.dots.chunks(self.width.max(1));
        let wide = rows.map(|row| row.iter().flat_map(|d| [turned(*d); ZOOM]).collect::<Vec<_>>());
        Self { width: self.width * ZOOM, dots: wide.flat_map(|row| row.repeat(ZOOM)).collect() }
    }

    fn write(&self, file: &Path) -> Result<()> {
        let sink = std::fs::File::create(file)?;
        let height = self.dots.len() / self.width.max(1);
        let mut encoder = png::Encoder::new(sink, u32::try_from(self.width)?, u32::try_from(height)?);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.dots)?;
        writer.finish().context("failed to write a picture")
    }
}

/// The words of a picture, in reading order, as far as they can be read.
///
/// # Errors
/// It is no picture, or tesseract is not installed.
pub(crate) async fn words(file: &Path) -> Result<String> {
    let prepared = file.with_extension("reading.png");
    Picture::open(file)?.for_reading().write(&prepared)?;
    let mut command = Command::new("tesseract");
    // Sparse text: a board is no page of a book.
    command.arg(&prepared).args(["-", "--psm", "11", "-l", "deu"]).env("OMP_THREAD_LIMIT", "2");
    let read = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let read = read.context("failed to run tesseract; `.ci/setup hardware` installs it")?;
    std::fs::remove_file(&prepared)?;
    if !read.status.success() {
        bail!("tesseract: {}", String::from_utf8_lossy(&read.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&read.stdout).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether read words hold others, whatever gaps the reader saw.
pub(crate) fn holds(read: &str, wanted: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    bare(read).contains(&bare(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_as_it_was_written_and_dark_ones_are_turned() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.png");
        let dark = Picture { width: 2, dots: vec![0, 0, 0, 200] };
        dark.write(&file).expect("written");
        assert_eq!(Picture::open(&file).expect("read"), dark);
        assert_eq!(dark.greys(), 2);
        let reading = dark.for_reading();
        assert_eq!((reading.width, reading.dots[0], reading.dots[15]), (4, 255, 55));
    }

    #[test]
    fn words_are_found_whatever_gaps_were_read() {
        assert!(holds("Aufruf 482 917 › Platz 2", "482917"));
        assert!(holds("482 9 17 Platz 2", "482 917"));
        assert!(!holds("482 918", "482 917"));
    }
}
