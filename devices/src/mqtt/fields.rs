//! The fields inside a frame's body.

use super::FrameError;

/// What is left of a body.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

const SHORT: FrameError = FrameError::Malformed("it ends too early");

impl<'a> Fields<'a> {
    pub(super) fn u8(&mut self) -> Result<u8, FrameError> {
        let (first, rest) = self.0.split_first().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn u16(&mut self) -> Result<u16, FrameError> {
        Ok(u16::from_be_bytes([self.u8()?, self.u8()?]))
    }

    /// A packet's number, which is never zero.
    pub(super) fn number(&mut self) -> Result<u16, FrameError> {
        match self.u16()? {
            0 => Err(FrameError::Malformed("its packet number is zero")),
            number => Ok(number),
        }
    }

    /// Bytes with their length in front.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], FrameError> {
        let length = usize::from(self.u16()?);
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Text with its length in front; the standard forbids the NUL in it.
    pub(super) fn text(&mut self) -> Result<&'a str, FrameError> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| FrameError::Malformed("its text is not UTF-8"))?;
        if text.contains('\0') {
            return Err(FrameError::Malformed("its text holds a NUL"));
        }
        Ok(text)
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn end(self) -> Result<(), FrameError> {
        if self.0.is_empty() { Ok(()) } else { Err(FrameError::Malformed("it has bytes left over")) }
    }
}
