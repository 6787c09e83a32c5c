//! The digest of a run: a 128-bit rolling hash over every step and all it carried.
//!
//! It is a [`Hasher`], so whatever derives `Hash` can be fed to it. Every integer is taken as 64 bits, little-endian,
//! whatever its type: the digest does not depend on the width of a pointer. (One exception the language leaves open:
//! a bare `[u64]` hashes its memory as bytes. Wrap the elements in a newtype that derives `Hash`, and it does not.)

use crate::node::mix;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A rolling 128-bit hash. Equal digests: the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    first: u64,
    second: u64,
}

/// Odd constants: multiplying by them loses nothing. The first is 2^64 divided by the golden ratio.
const FIRST: u64 = 0x9E37_79B9_7F4A_7C15;
const SECOND: u64 = 0xD6E8_FEB8_6659_FD93;

impl Default for Digest {
    fn default() -> Self {
        Digest { first: 0x243F_6A88_85A3_08D3, second: 0x1319_8A2E_0370_7344 }
    }
}

impl Digest {
    /// Takes one word. For a given state, different words lead to different states: no change can be absorbed.
    #[inline]
    pub fn absorb(&mut self, word: u64) {
        let mixed = (self.first ^ word).wrapping_mul(FIRST);
        self.first = mixed ^ (mixed >> 32);
        self.second = (self.second.rotate_left(23) ^ word).wrapping_add(self.first).wrapping_mul(SECOND);
    }

    /// The digest so far.
    pub fn value(&self) -> u128 {
        let mut last = *self;
        for word in [1, 2, 3] {
            last.absorb(word);
        }
        u128::from(last.first) << 64 | u128::from(last.second ^ (last.second >> 29))
    }

    /// A number for one value by itself, cheaper than its digest: for sums of hashes and for sets of what was seen.
    #[inline]
    pub fn fingerprint<T: Hash + ?Sized>(value: &T) -> u64 {
        let mut digest = Digest::default();
        value.hash(&mut digest);
        mix(digest.first ^ digest.second)
    }

    /// The digest of one value by itself.
    pub fn of<T: Hash + ?Sized>(value: &T) -> u128 {
        let mut digest = Digest::default();
        value.hash(&mut digest);
        digest.value()
    }
}

/// As it is printed: `d3:` and 32 hexadecimal digits. `d3` changes when the meaning of the digest does.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d3:{:032x}", self.value())
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.value() as u64
    }

    fn write(&mut self, bytes: &[u8]) {
        self.absorb(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.absorb(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u8(&mut self, word: u8) {
        self.absorb(u64::from(word));
    }
    #[inline]
    fn write_u16(&mut self, word: u16) {
        self.absorb(u64::from(word));
    }
    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.absorb(u64::from(word));
    }
    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.absorb(word);
    }
    #[inline]
    fn write_u128(&mut self, word: u128) {
        self.absorb(word as u64);
        self.absorb((word >> 64) as u64);
    }
    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.absorb(word as u64);
    }
    #[inline]
    fn write_i8(&mut self, word: i8) {
        self.absorb(i64::from(word) as u64);
    }
    #[inline]
    fn write_i16(&mut self, word: i16) {
        self.absorb(i64::from(word) as u64);
    }
    #[inline]
    fn write_i32(&mut self, word: i32) {
        self.absorb(i64::from(word) as u64);
    }
    #[inline]
    fn write_i64(&mut self, word: i64) {
        self.absorb(word as u64);
    }
    #[inline]
    fn write_i128(&mut self, word: i128) {
        self.write_u128(word as u128);
    }
    #[inline]
    fn write_isize(&mut self, word: isize) {
        self.absorb(word as i64 as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pinned: when these move, so does every recorded digest, and `d3` becomes `d4`.
    #[test]
    fn values_are_pinned() {
        assert_eq!(Digest::default().to_string(), "d3:3a740d7336b91e8f5fa1a75a955d835b");
        assert_eq!(Digest::of(&(1u8, 2u64, "three")), 3_702_640_400_769_795_720_817_999_746_319_534_994);
    }

    #[test]
    fn every_word_counts_and_so_does_their_order() {
        let of = |words: &[u64]| {
            let mut digest = Digest::default();
            words.iter().for_each(|w| digest.absorb(*w));
            digest.value()
        };
        let mut seen = std::collections::BTreeSet::new();
        for words in [&[][..], &[0], &[0, 0], &[1], &[1, 0], &[0, 1], &[u64::MAX]] {
            assert!(seen.insert(of(words)), "{words:?}");
        }
    }

    #[test]
    fn the_width_of_an_integer_does_not_matter() {
        assert_eq!(Digest::of(&7u8), Digest::of(&7usize));
        assert_eq!(Digest::of(&-7i32), Digest::of(&-7isize));
    }
}
