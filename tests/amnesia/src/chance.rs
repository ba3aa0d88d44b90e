//! Chance from a seed, so that a story that went wrong can be told again.

/// `SplitMix64`: small, and good enough to choose what a disk forgets.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Chance for one place: the same seed and place always draw the same.
    #[must_use]
    pub fn new(seed: u64, place: u64) -> Self {
        let mut mixed = Self(seed);
        Self(mixed.next() ^ place.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound - 1`; 0 for the bound 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let drawn = self.next().checked_rem(bound as u64).unwrap_or(0);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// Heads or tails.
    pub fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    /// Bytes for whoever asks the disk for random ones.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}
