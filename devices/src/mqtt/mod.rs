//! The few frames of MQTT 3.1.1 the gate and the broker's probe need. Pure but for [`read`].
//!
//! A frame is at most [`MAX_FRAME`] bytes, checked before anything is stored. Whatever the
//! standard calls malformed is an error here, and the gate answers each error by closing.

mod encode;
mod fields;
mod packet;

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

pub(crate) use encode::{accepted, connect, publish, refused, refused_v5, subscribe, subscription_answer};
pub(crate) use packet::{Connect, Greeting, Packet};

/// The longest frame, in bytes with its header; a device's payload is a line of JSON.
pub(crate) const MAX_FRAME: usize = 4096;

/// The longest header: one byte of kind and three of length say all up to [`MAX_FRAME`].
const MAX_HEADER: usize = 4;

/// Why a frame was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("failed to read a frame: {0}")]
    Io(#[from] io::Error),
    #[error("failed to read a frame: it is longer than {MAX_FRAME} bytes")]
    TooLong,
    #[error("failed to understand a frame: {0}")]
    Malformed(&'static str),
}

/// One whole frame as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    bytes: Vec<u8>,
    body: usize,
}

impl Frame {
    pub(crate) fn kind(&self) -> u8 {
        self.bytes[0] >> 4
    }

    pub(crate) fn flags(&self) -> u8 {
        self.bytes[0] & 0x0f
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.body..]
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Builds a frame from its first byte and body; the length is written in between.
    pub(crate) fn build(first: u8, body: &[u8]) -> Self {
        let mut bytes = vec![first];
        let mut rest = body.len();
        loop {
            let more = if rest > 127 { 0x80 } else { 0 };
            bytes.push((rest % 128) as u8 | more);
            rest /= 128;
            if rest == 0 {
                break;
            }
        }
        let start = bytes.len();
        bytes.extend_from_slice(body);
        Self { bytes, body: start }
    }
}

/// Reads one frame; the caller sets the deadline. Not cancel-safe: a dropped read loses bytes, so
/// the connection must end with it.
pub(crate) async fn read(reader: &mut (impl AsyncRead + Unpin)) -> Result<Frame, FrameError> {
    let mut bytes = vec![reader.read_u8().await?];
    let length = read_length(reader, &mut bytes).await?;
    let body = bytes.len();
    if body + length > MAX_FRAME {
        return Err(FrameError::TooLong);
    }
    bytes.resize(body + length, 0);
    reader.read_exact(&mut bytes[body..]).await?;
    Ok(Frame { bytes, body })
}

async fn read_length(reader: &mut (impl AsyncRead + Unpin), header: &mut Vec<u8>) -> Result<usize, FrameError> {
    let mut length = 0;
    for place in 0..MAX_HEADER - 1 {
        let byte = reader.read_u8().await?;
        header.push(byte);
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(length);
        }
    }
    Err(FrameError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(mut bytes: &[u8]) -> Result<Frame, FrameError> {
        read(&mut bytes).await
    }

    #[tokio::test]
    async fn a_frame_of_the_greatest_length_passes_and_one_byte_more_does_not() {
        let longest = Frame::build(0x30, &[7; MAX_FRAME - 3]);
        assert_eq!(read_all(&longest.clone().into_bytes()).await.expect("passes"), longest);
        let longer = Frame::build(0x30, &[7; MAX_FRAME - 2]).into_bytes();
        assert!(matches!(read_all(&longer).await, Err(FrameError::TooLong)));
    }

    #[tokio::test]
    async fn a_huge_length_is_refused_before_its_body_is_waited_for() {
        for header in [&[0x30, 0xff, 0xff, 0xff, 0x7f][..], &[0x30, 0xff, 0xff, 0x7f], &[0x30, 0x80, 0x80, 0x80, 0x80]]
        {
            assert!(matches!(read_all(header).await, Err(FrameError::TooLong)));
        }
    }

    #[tokio::test]
    async fn a_frame_cut_short_is_an_error() {
        assert!(matches!(read_all(&[0x30, 5, 0, 1]).await, Err(FrameError::Io(_))));
    }
}
