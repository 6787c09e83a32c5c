//! Named random streams and the few ways to draw from them, all in integers.
//!
//! A stream is keyed by (seed, purpose, entity): one per node, per (node, timer), per directed link, per fault, per
//! client. Its key comes from ChaCha8, whose raw output is stable; the k-th draw is a pure function of the key and k.
//! So adding a node, a fault or a draw shifts no other stream, and a link's k-th message meets the same fate whatever
//! happened before it. Ranges and chances are our own because those of `rand` changed between minor versions.

use crate::node::time::{Nanos, Span};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for. The numbers are part of every digest: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// A node's own choices.
    Choices = 1,
    /// The length of a timer; the entity is (node, timer).
    Timer = 2,
    /// The fates of the messages on a directed link.
    Link = 3,
    /// The latency of a node's disk.
    Disk = 4,
    /// What a declared fault draws ahead of the run.
    Fault = 5,
    /// Whom a client asks first, and how long it waits.
    Client = 6,
    /// The fates of what a client sends a node.
    Request = 7,
    /// The fates of what a node answers a client.
    Answer = 8,
    /// How long a slow node's steps take.
    Pace = 9,
    /// Which nodes heal when the faults end.
    Core = 10,
    /// Which samples of an experiment are drawn again.
    Resample = 11,
    /// A client's operations: apart from its waits, so that a retry does not change what it asks for next, and two
    /// protocols are asked for the same.
    Operation = 12,
    /// Which nodes a point of an experiment is about, in the run of a seed.
    Members = 13,
}

/// The finisher of SplitMix64 (Steele, Lea & Flood 2014): every bit of the input reaches every bit of the output.
#[inline]
pub fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// An endless sequence of words, addressed by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    key: u64,
    drawn: u64,
}

impl Stream {
    /// A stream to be replaced before it is drawn from.
    pub(crate) const EMPTY: Stream = Stream { key: 0, drawn: 0 };

    /// The stream of (seed, purpose, entity).
    pub fn new(seed: u64, purpose: Purpose, entity: u64) -> Self {
        let mut root = ChaCha8Rng::seed_from_u64(seed);
        root.set_stream(purpose as u64);
        // Four 32-bit words are left to each entity; two make its key.
        root.set_word_pos(u128::from(entity) * 4);
        Stream { key: root.next_u64(), drawn: 0 }
    }

    /// The word at `position`, whatever was drawn before.
    #[inline]
    pub fn at(&self, position: u64) -> u64 {
        mix(self.key.wrapping_add(position.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// The next word.
    #[inline]
    pub fn next_word(&mut self) -> u64 {
        let word = self.at(self.drawn);
        self.drawn += 1;
        word
    }

    /// A number below `bound`: one word, no rejection, so that every draw takes the same number of words.
    ///
    /// # Panics
    /// When `bound` is 0.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        below(self.next_word(), bound)
    }

    /// A length of time within `span`, both ends included.
    #[inline]
    pub fn within(&mut self, span: Span) -> Nanos {
        within(self.next_word(), span)
    }
}

/// Maps a word to a number below `bound` (Lemire's multiplication; the bias is below bound / 2^64).
///
/// # Panics
/// When `bound` is 0.
#[inline]
pub fn below(word: u64, bound: u64) -> u64 {
    assert!(bound > 0, "nothing lies below 0");
    ((u128::from(word) * u128::from(bound)) >> 64) as u64
}

/// Maps a word to a length of time within `span`, both ends included.
#[inline]
pub fn within(word: u64, span: Span) -> Nanos {
    debug_assert!(span.min <= span.max);
    Nanos(span.min.0 + below(word, span.max.0 - span.min.0 + 1))
}

/// A probability in parts of 2^32: 0 never happens, 2^32 always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Chance(u64);

impl Chance {
    /// What never happens.
    pub const NEVER: Chance = Chance(0);
    /// What always happens.
    pub const ALWAYS: Chance = Chance(1 << 32);

    /// `parts` of 2^32.
    ///
    /// # Panics
    /// When there are more than 2^32 parts.
    pub fn from_parts(parts: u64) -> Self {
        assert!(parts <= 1 << 32, "{parts} parts of 2^32 are more than certain");
        Chance(parts)
    }

    /// Whether it happens, given 32 random bits.
    #[inline]
    pub fn happens(self, bits: u32) -> bool {
        u64::from(bits) < self.0
    }

    /// Reads a decimal text such as `0.01`, exactly, rounded to the nearest part of 2^32.
    ///
    /// # Errors
    /// When the text is no plain decimal between 0 and 1.
    pub fn from_decimal(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no probability: expected a number from 0 to 1");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        // Twelve decimals are finer than 2^-32; more would only overflow.
        let digits: String = fraction.chars().chain("000000000000".chars()).take(12).collect();
        if whole.is_empty() || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        const SCALE: u128 = 1_000_000_000_000;
        let whole: u128 = whole.parse().map_err(|_| wrong())?;
        let scaled = whole.saturating_mul(SCALE).saturating_add(digits.parse().map_err(|_| wrong())?);
        if scaled > SCALE {
            return Err(wrong());
        }
        Ok(Chance(((scaled << 32).div_euclid(SCALE) + u128::from((scaled << 32) % SCALE * 2 >= SCALE)) as u64))
    }
}

impl serde::Serialize for Chance {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Nine decimals tell any two chances apart, and the reader rounds back to the same part.
        let billionths = (u128::from(self.0) * 1_000_000_000 + (1 << 31)) >> 32;
        let decimal = format!("{}.{:09}", billionths / 1_000_000_000, billionths % 1_000_000_000);
        decimal.parse::<f64>().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Chance {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)
            .map_err(|_| serde::de::Error::custom("expected a probability: a number from 0 to 1"))?;
        // The shortest text of the number is the text that stood in the file.
        let mut text = number.to_string();
        if let Some((mantissa, exponent)) = text.split_once("e-") {
            let zeros = exponent.parse::<usize>().unwrap_or(400).min(400);
            text = format!("0.{}{}", "0".repeat(zeros.saturating_sub(1)), mantissa.replace('.', ""));
        }
        Chance::from_decimal(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pinned: these words decide every recorded run.
    #[test]
    fn streams_are_pinned() {
        let mut stream = Stream::new(42, Purpose::Link, 7);
        let words: Vec<u64> = (0..3).map(|_| stream.next_word()).collect();
        assert_eq!(words, [3927016787805701638, 3501240322520876828, 16053298153419164387]);
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_entity() {
        let first = |seed, purpose, entity| Stream::new(seed, purpose, entity).next_word();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..4 {
            for purpose in [Purpose::Choices, Purpose::Timer, Purpose::Link, Purpose::Client] {
                for entity in [0, 1, 2, 1 << 32, 1 << 40] {
                    assert!(seen.insert(first(seed, purpose, entity)), "{seed} {purpose:?} {entity}");
                }
            }
        }
    }

    #[test]
    fn a_draw_stays_within_its_bounds_and_reaches_both_ends() {
        assert_eq!((below(0, 10), below(u64::MAX, 10)), (0, 9));
        let span = Span::new(Nanos(5), Nanos(8));
        assert_eq!((within(0, span), within(u64::MAX, span)), (Nanos(5), Nanos(8)));
        let mut stream = Stream::new(1, Purpose::Choices, 0);
        let mut counts = [0u32; 5];
        (0..5000).for_each(|_| counts[stream.below(5) as usize] += 1);
        assert!(counts.iter().all(|c| (900..1100).contains(c)), "{counts:?}");
    }

    #[test]
    fn probabilities_are_read_from_their_decimal_text() {
        assert_eq!(Chance::from_decimal("0"), Ok(Chance::NEVER));
        assert_eq!(Chance::from_decimal("1"), Ok(Chance::ALWAYS));
        assert_eq!(Chance::from_decimal("0.5"), Ok(Chance(1 << 31)));
        assert_eq!(Chance::from_decimal("0.01"), Ok(Chance(42_949_673)));
        for wrong in ["1.01", "-0.1", "", ".", "0.", "2", "0.1e3", "x"] {
            assert!(Chance::from_decimal(wrong).is_err(), "{wrong}");
        }
        for text in ["0.01", "0.3", "1", "0", "0.000001", "1e-7"] {
            let chance: Chance = serde_json::from_str(text).unwrap();
            let written = serde_json::to_string(&chance).unwrap();
            assert_eq!(serde_json::from_str::<Chance>(&written).unwrap(), chance, "{text} -> {written}");
        }
    }
}
