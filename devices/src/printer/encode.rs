//! A slip in the printer's words (ESC/POS). Pure.
//!
//! ```text
//!   Slip ─► start: reset, code page, middle ─► parts ─► feed and cut ─► "tell me when you are here"
//! ```
//!
//! What must always hold: a job has at most [`MAX_JOB`] bytes, and nothing of a text is a command.

use super::codepage;
use super::slip::{Part, Slip};

/// The most bytes of one job: four times as many as a slip of ours has, and the buffer of every
/// printer holds it.
pub(super) const MAX_JOB: usize = 4 * 1024;

/// How wide the paper is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// 80 mm: 48 letters in a line.
    #[default]
    Mm80,
    /// 58 mm: 32 letters in a line.
    Mm58,
}

/// Reset; code page 858; no national letters in the lower half; everything in the middle.
const START: &[u8] = b"\x1b@\x1bt\x13\x1bR\x00\x1ba\x01";
/// Feeds to the knife and cuts, but for a last bit that keeps the slip from falling.
const CUT: &[u8] = b"\x1bd\x02\x1dVB\x00";
/// Asks about the paper, but in its turn: the answer comes after everything before was printed.
const DONE: &[u8] = b"\x1dr\x01";
const BOLD: &[u8] = b"\x1bE\x01";
const NOT_BOLD: &[u8] = b"\x1bE\x00";
const USUAL_SIZE: &[u8] = b"\x1d!\x00";

/// The largest letters a printer has, times the usual ones.
const LARGEST: usize = 8;

/// A slip that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to lay out a slip: more than its parts, texts or {MAX_JOB} bytes may be")]
pub(super) struct TooLarge;

/// The whole job.
pub(super) fn job(slip: &Slip, paper: Paper) -> Result<Vec<u8>, TooLarge> {
    if !slip.is_bounded() {
        return Err(TooLarge);
    }
    let parts = slip.parts.iter().flat_map(|p| part(p, paper));
    let job: Vec<u8> =
        START.iter().copied().chain(parts).chain(CUT.iter().copied()).chain(DONE.iter().copied()).collect();
    if job.len() <= MAX_JOB { Ok(job) } else { Err(TooLarge) }
}

fn part(part: &Part, paper: Paper) -> Vec<u8> {
    match part {
        Part::Gap => b"\n".to_vec(),
        Part::Line(text) => lines(text, paper),
        Part::Strong(text) => [BOLD, &lines(text, paper), NOT_BOLD].concat(),
        Part::Huge(text) => huge(text, paper),
        Part::Code(text) => qr(text, paper),
    }
}

/// Broken between words; a word longer than a line is broken by the printer.
fn lines(text: &str, paper: Paper) -> Vec<u8> {
    let (mut done, mut line) = (Vec::new(), Vec::new());
    for word in text.split_whitespace().map(codepage::bytes) {
        if !line.is_empty() && line.len() + 1 + word.len() > columns(paper) {
            done.append(&mut line);
            done.push(b'\n');
        }
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend(word);
    }
    done.append(&mut line);
    done.push(b'\n');
    done
}

fn huge(text: &str, paper: Paper) -> Vec<u8> {
    let letters = codepage::bytes(text);
    let times = (columns(paper) / letters.len().max(1)).clamp(1, LARGEST);
    let size = u8::try_from(times - 1).unwrap_or(0);
    [b"\x1d!", [size << 4 | size].as_slice(), &letters, b"\n", USUAL_SIZE].concat()
}

/// Model 2, level M, drawn by the printer itself.
fn qr(text: &str, paper: Paper) -> Vec<u8> {
    let stored = u16::try_from(text.len() + 3).unwrap_or(u16::MAX).to_le_bytes();
    [
        b"\x1d(k\x04\x001A2\x00".as_slice(),
        &[0x1d, b'(', b'k', 3, 0, b'1', b'C', dots(paper)],
        b"\x1d(k\x03\x001E1",
        &[0x1d, b'(', b'k', stored[0], stored[1], b'1', b'P', b'0'],
        text.as_bytes(),
        b"\x1d(k\x03\x001Q0\n",
    ]
    .concat()
}

fn columns(paper: Paper) -> usize {
    match paper {
        Paper::Mm80 => 48,
        Paper::Mm58 => 32,
    }
}

/// Dots of one module: the code is 3 to 4 cm wide, whatever the paper is.
fn dots(paper: Paper) -> u8 {
    match paper {
        Paper::Mm80 => 6,
        Paper::Mm58 => 5,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::slip::{MAX_CODE, MAX_PARTS, MAX_TEXT};
    use super::*;

    fn slip(parts: Vec<Part>) -> Slip {
        Slip { id: "a".to_owned(), parts }
    }

    #[test]
    fn a_text_is_broken_between_words_and_never_wider_than_the_paper() {
        let text = "Bitte warten Sie im Wartebereich, Ihre Nummer steht auf dem Bildschirm";
        let bytes = lines(text, Paper::Mm58);
        let broken = String::from_utf8(bytes).expect("ASCII");
        assert_eq!(broken, "Bitte warten Sie im\nWartebereich, Ihre Nummer steht\nauf dem Bildschirm\n");
    }

    #[test]
    fn a_number_fills_the_paper() {
        assert_eq!(huge("A 042", Paper::Mm80)[2], 0x77);
        assert_eq!(huge("A 042", Paper::Mm58)[2], 0x55);
        assert_eq!(huge(&"A".repeat(60), Paper::Mm58)[2], 0x00, "too long: as usual");
    }

    #[test]
    fn what_is_beyond_a_limit_is_no_slip() {
        let line = |count| Part::Line("a".repeat(count));
        assert!(job(&slip(vec![line(MAX_TEXT)]), Paper::Mm80).is_ok());
        for bad in [
            slip(vec![line(MAX_TEXT + 1)]),
            slip(vec![Part::Gap; MAX_PARTS + 1]),
            slip(vec![Part::Code("A".repeat(MAX_CODE + 1))]),
            slip(vec![Part::Code("\u{1b}@".to_owned())]),
            slip(vec![line(MAX_TEXT); MAX_PARTS]),
            Slip { id: "a".repeat(65), parts: Vec::new() },
        ] {
            assert_eq!(job(&bad, Paper::Mm80), Err(TooLarge));
        }
    }

    proptest! {
        #[test]
        fn no_text_adds_a_command(text in ".{0,160}") {
            let empty = lines("", Paper::Mm58);
            prop_assert_eq!(empty, b"\n");
            let bytes = lines(&text, Paper::Mm58);
            prop_assert!(bytes.iter().all(|byte| *byte == b'\n' || *byte >= b' '));
        }
    }
}
