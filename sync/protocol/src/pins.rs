//! PINs in blocks: who holds a block may hand out its PINs without asking anyone.
//!
//! ```text
//!   block (0…399) × offset (0…199) ─► place 0…79,999 ─ keyed permutation ─► PIN
//! ```
//!
//! What must always hold: two different (block, offset) never make the same PIN under one key,
//! and without the key one PIN tells nothing about the next.

use std::fmt;

use names::Pin;
use sha2::{Digest, Sha256};

use crate::hex::{BadHex, read_hex, write_hex};

/// PINs in one block: more than an office hands out on a day without a line.
pub const BLOCK_SIZE: u16 = 200;

/// All blocks of an office: together every PIN there is.
pub const BLOCKS: u16 = 400;

const _: () = assert!(BLOCK_SIZE as u32 * BLOCKS as u32 == Pin::COUNT);

/// One block of PINs, held and given like a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PinBlock(u16);

impl PinBlock {
    /// The block with this number; nothing from [`BLOCKS`] on.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number < BLOCKS { Some(Self(number)) } else { None }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// The secret of an office's PIN permutation; the same for all its blocks.
#[derive(Clone, PartialEq, Eq)]
pub struct PinKey([u8; 16]);

impl PinKey {
    /// Makes a key from 16 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes, for whoever keeps it.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 16] {
        self.0
    }

    /// Reads a key as it travels in [`crate::entry::PinBlockGiven`].
    ///
    /// # Errors
    /// [`BadHex`] for anything but 32 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, BadHex> {
        read_hex(text).map(Self)
    }

    /// The key as it travels in [`crate::entry::PinBlockGiven`].
    #[must_use]
    pub fn to_hex(&self) -> String {
        write_hex(&self.0)
    }
}

impl fmt::Debug for PinKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinKey(secret)")
    }
}

/// The PIN at an offset of a block; nothing once the block is used up ([`BLOCK_SIZE`]).
#[must_use]
pub fn pin(key: &PinKey, block: PinBlock, offset: u16) -> Option<Pin> {
    if offset >= BLOCK_SIZE {
        return None;
    }
    Pin::from_index(permute(key, u32::from(block.0) * u32::from(BLOCK_SIZE) + u32::from(offset)))
}

/// Half the width of the Feistel network: 2 × 9 bits is the smallest even width over 80,000.
const HALF_BITS: u32 = 9;
const HALF_MASK: u32 = (1 << HALF_BITS) - 1;
/// Four would do against a guesser without oracle; ten cost nothing here.
const ROUNDS: u8 = 10;

/// Walks the cycle of a permutation of 2^18 until it is back inside: a permutation of 0…79,999.
fn permute(key: &PinKey, place: u32) -> u32 {
    let mut walked = feistel(key, place);
    while walked >= Pin::COUNT {
        walked = feistel(key, walked);
    }
    walked
}

fn feistel(key: &PinKey, value: u32) -> u32 {
    let (mut left, mut right) = (value >> HALF_BITS, value & HALF_MASK);
    for round in 0..ROUNDS {
        (left, right) = (right, left ^ scramble(key, round, right));
    }
    left << HALF_BITS | right
}

fn scramble(key: &PinKey, round: u8, half: u32) -> u32 {
    let hash = Sha256::new()
        .chain_update(b"aufruf-pin-v1")
        .chain_update(key.0)
        .chain_update([round])
        .chain_update(half.to_be_bytes())
        .finalize();
    (u32::from(hash[0]) << 8 | u32::from(hash[1])) & HALF_MASK
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_blocks_together_are_every_pin_exactly_once() {
        let key = PinKey::from_bytes([7; 16]);
        let blocks = (0..BLOCKS).filter_map(PinBlock::new);
        let pins: BTreeSet<_> =
            blocks.flat_map(|b| (0..BLOCK_SIZE).filter_map(|o| pin(&key, b, o)).collect::<Vec<_>>()).collect();
        assert_eq!(pins.len(), Pin::COUNT as usize);
    }

    #[test]
    fn neighbours_are_strangers_and_the_key_decides() {
        let (key, block) = (PinKey::from_bytes([1; 16]), PinBlock::new(0).expect("the first"));
        let indexes: Vec<_> = (0..BLOCK_SIZE).filter_map(|o| pin(&key, block, o)).map(|p| p.index()).collect();
        let close = indexes.windows(2).filter(|w| w[0].abs_diff(w[1]) < 400).count();
        assert!(close < 10, "{close} of 199 neighbours lie within 400 of each other; chance makes 2");
        let other = PinKey::from_bytes([2; 16]);
        let same = (0..BLOCK_SIZE).filter(|o| pin(&key, block, *o) == pin(&other, block, *o)).count();
        assert!(same < 5, "{same} PINs do not depend on the key");
    }

    #[test]
    fn a_used_up_block_and_a_block_beyond_the_last_give_nothing() {
        let key = PinKey::from_bytes([1; 16]);
        assert_eq!(pin(&key, PinBlock::new(399).expect("the last"), BLOCK_SIZE), None);
        assert_eq!(PinBlock::new(BLOCKS), None);
    }

    #[test]
    fn the_key_travels_as_text_and_never_shows_in_a_log() {
        let key = PinKey::from_bytes([0xab; 16]);
        assert_eq!(PinKey::from_hex(&key.to_hex()), Ok(key.clone()));
        assert!(!format!("{key:?}").contains("ab"));
    }
}
