//! A chime from a WAV file: 16-bit PCM, one or two channels. Pure.
//!
//! No decoder of another hand: the one form every sound program writes is forty bytes of header, and
//! a file that is not of it has a sentence of its own.

use std::num::NonZero;

use super::samples::Samples;

/// The largest file in bytes: two seconds of two channels at 96,000 samples, and what programs
/// write around them.
pub(super) const MAX_FILE: u64 = 1024 * 1024;

/// The longest chime in seconds (`rules.md`, Calling).
const LONGEST: u64 = 2;

/// Why a file is no chime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAChime {
    #[error("it is not a WAV file")]
    NotWav,
    #[error("it ends too early")]
    CutOff,
    #[error("it is not 16-bit PCM with one or two channels; save it as such")]
    OtherForm,
    #[error("it has no sound in it")]
    Empty,
    #[error("it is longer than {LONGEST} seconds")]
    TooLong,
}

/// The form of the samples.
struct Form {
    channels: usize,
    rate: NonZero<u32>,
}

/// The samples of a file, both channels as one.
pub(super) fn decode(file: &[u8]) -> Result<Samples, NotAChime> {
    let chunks = file.strip_prefix(b"RIFF").and_then(|rest| rest.get(4..)).ok_or(NotAChime::NotWav)?;
    let chunks = chunks.strip_prefix(b"WAVE").ok_or(NotAChime::NotWav)?;
    let form = form(chunk(chunks, *b"fmt ")?)?;
    let (frames, _rest) = chunk(chunks, *b"data")?.as_chunks::<2>();
    let points: Vec<f32> = frames.iter().map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0).collect();
    let mixed: Vec<f32> =
        points.chunks_exact(form.channels).map(|frame| frame.iter().sum::<f32>() / frame.len() as f32).collect();
    match mixed.len() as u64 {
        0 => Err(NotAChime::Empty),
        length if length > LONGEST * u64::from(form.rate.get()) => Err(NotAChime::TooLong),
        _fits => Ok(Samples::new(form.rate, mixed)),
    }
}

/// The content of the first chunk of a name.
fn chunk(mut chunks: &[u8], name: [u8; 4]) -> Result<&[u8], NotAChime> {
    // Each turn takes at least the eight bytes of a head away.
    while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
        let [a, b, c, d, size @ ..] = *head;
        let size = usize::try_from(u32::from_le_bytes(size)).map_err(|_too_large| NotAChime::CutOff)?;
        if [a, b, c, d] == name {
            return rest.get(..size).ok_or(NotAChime::CutOff);
        }
        // Chunks begin at even places.
        chunks = rest.get(size.saturating_add(size % 2)..).ok_or(NotAChime::CutOff)?;
    }
    Err(NotAChime::CutOff)
}

fn form(chunk: &[u8]) -> Result<Form, NotAChime> {
    let word = |at: usize| chunk.get(at..at + 2).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes);
    let rate = chunk.get(4..8).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    match (word(0), word(2), rate.and_then(NonZero::new), word(14)) {
        (Some(1), Some(channels @ (1 | 2)), Some(rate), Some(16)) if (8_000..=96_000).contains(&rate.get()) => {
            Ok(Form { channels: channels.into(), rate })
        }
        (None, ..) | (_, None, ..) | (.., None) => Err(NotAChime::CutOff),
        (Some(_), Some(_), _, Some(_)) => Err(NotAChime::OtherForm),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// A WAV file as sound programs write it, with a chunk nobody asked for.
    fn file(channels: u16, rate: u32, points: &[i16]) -> Vec<u8> {
        let data: Vec<u8> = points.iter().flat_map(|point| point.to_le_bytes()).collect();
        let mut form = [1u16.to_le_bytes(), channels.to_le_bytes()].concat();
        form.extend(rate.to_le_bytes());
        form.extend((rate * 2 * u32::from(channels)).to_le_bytes());
        form.extend([(2 * channels).to_le_bytes(), 16u16.to_le_bytes()].concat());
        let chunk = |name: &[u8], content: &[u8]| [name, &(content.len() as u32).to_le_bytes(), content].concat();
        let chunks = [chunk(b"LIST", b"Gong\0\0"), chunk(b"fmt ", &form), chunk(b"data", &data)].concat();
        [b"RIFF".as_slice(), &(chunks.len() as u32 + 4).to_le_bytes(), b"WAVE", &chunks].concat()
    }

    #[test]
    fn a_chime_of_two_channels_becomes_one_at_its_own_rate() {
        let samples = decode(&file(2, 44_100, &[16_384, 0, -32_768, -32_768])).expect("a chime");
        assert_eq!(samples.wave(), [0.25, -1.0]);
        let second = decode(&file(1, 8_000, &[0; 8_000])).expect("a chime");
        assert_eq!(second.length(), Duration::from_secs(1));
    }

    #[test]
    fn each_broken_file_is_named_by_what_is_wrong() {
        let good = file(1, 48_000, &[1, 2, 3]);
        for (broken, why) in [
            (b"ID3\x04 an MP3".to_vec(), NotAChime::NotWav),
            (Vec::new(), NotAChime::NotWav),
            (good[..good.len() - 1].to_vec(), NotAChime::CutOff),
            (good[..30].to_vec(), NotAChime::CutOff),
            (file(6, 48_000, &[0; 12]), NotAChime::OtherForm),
            (file(1, 7, &[0; 12]), NotAChime::OtherForm),
            (file(1, 0, &[0; 12]), NotAChime::OtherForm),
            (file(1, 48_000, &[]), NotAChime::Empty),
            (file(1, 8_000, &[0; 16_001]), NotAChime::TooLong),
        ] {
            assert_eq!(decode(&broken).err(), Some(why));
        }
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(noise in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..80, byte: u8) {
            let _noise = decode(&noise);
            let mut nearly = file(2, 48_000, &[5; 20]);
            let place = at % nearly.len();
            nearly[place] = byte;
            let _nearly = decode(&nearly);
        }
    }
}
