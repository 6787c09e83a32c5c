//! Amounts of data, and how fast they go.

use crate::node::Nanos;
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use std::fmt;

/// An amount of data, in bytes. Written with a unit: `64kB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// How much goes over a link in a second, in bytes. Written with a unit: `1MB/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub u64);

const UNITS: [(&str, u64); 4] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];
const SECOND: u128 = 1_000_000_000;

impl Size {
    /// What may wait on a link where nothing else is said.
    pub const DEFAULT_QUEUE: Size = Size(64_000);
}

impl Rate {
    /// How long so many bytes take.
    pub fn takes(self, bytes: u64) -> Nanos {
        let nanos = (u128::from(bytes) * SECOND).div_ceil(u128::from(self.0.max(1)));
        Nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How many bytes go in so long.
    pub fn carries(self, time: Nanos) -> u64 {
        u64::try_from(u128::from(time.0) * u128::from(self.0) / SECOND).unwrap_or(u64::MAX)
    }
}

fn parse(text: &str, unit_behind: &str, example: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not understood: expected a whole number and a unit, such as `{example}`");
    let amount = text.strip_suffix(unit_behind).ok_or_else(wrong)?;
    let digits = amount.len() - amount.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = amount.split_at(digits);
    let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(*size)).ok_or_else(wrong)
}

fn text(bytes: u64) -> String {
    let (unit, size) = UNITS.iter().find(|(_, size)| bytes.is_multiple_of(*size)).expect("1 divides all");
    if bytes == 0 { "0B".to_owned() } else { format!("{}{unit}", bytes / size) }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self.0))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", text(self.0))
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        parse(&found, "", "64kB").map(Size).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        match parse(&found, "/s", "1MB/s").map_err(de::Error::custom)? {
            0 => Err(de::Error::custom(format!("`{found}` would carry nothing: it must be more"))),
            rate => Ok(Rate(rate)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for text in ["\"500B/s\"", "\"200kB/s\"", "\"1MB/s\"", "\"3GB/s\""] {
            let rate: Rate = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&rate).unwrap(), text);
        }
        for wrong in ["\"0B/s\"", "\"1MB\"", "\"1\"", "1", "\"1mB/s\"", "\"99999999999GB/s\""] {
            assert!(serde_json::from_str::<Rate>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::from_str::<Size>("\"64kB\"").unwrap(), Size(64_000));
        assert_eq!((Rate(1000).takes(10), Rate(1000).carries(Nanos::from_millis(10))), (Nanos::from_millis(10), 10));
    }
}
