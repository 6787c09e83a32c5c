//! Simulated time: whole nanoseconds since the start of the run.

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// A point in simulated time or a length of it, in nanoseconds. Text forms carry a unit: `150ms`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nanos(pub u64);

/// The longest time that a scenario may name: a hundred years.
pub const LONGEST: Nanos = Nanos(100 * 365 * 24 * 3600 * 1_000_000_000);

const UNITS: [(&str, u64); 5] =
    [("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)];

impl Nanos {
    /// No time at all.
    pub const ZERO: Nanos = Nanos(0);

    /// `count` milliseconds.
    pub const fn from_millis(count: u64) -> Self {
        Nanos(count * 1_000_000)
    }

    /// `count` seconds.
    pub const fn from_secs(count: u64) -> Self {
        Nanos(count * 1_000_000_000)
    }

    /// The difference, or zero where `other` is later.
    pub const fn saturating_sub(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_sub(other.0))
    }
}

/// Sums and products end at the longest time there is: 584 years, well past [`LONGEST`].
impl Add for Nanos {
    type Output = Nanos;
    fn add(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Nanos) {
        *self = *self + other;
    }
}

impl Sub for Nanos {
    type Output = Nanos;
    fn sub(self, other: Nanos) -> Nanos {
        Nanos(self.0 - other.0)
    }
}

impl Mul<u64> for Nanos {
    type Output = Nanos;
    fn mul(self, times: u64) -> Nanos {
        Nanos(self.0.saturating_mul(times))
    }
}

impl Nanos {
    /// To three digits, as people read it: `12.3ms`, `1.04s`.
    pub fn rounded(self) -> String {
        let (unit, size) = match self.0 {
            0..1_000 => return format!("{}ns", self.0),
            1_000..1_000_000 => ("us", 1_000),
            1_000_000..1_000_000_000 => ("ms", 1_000_000),
            1_000_000_000.. => ("s", 1_000_000_000),
        };
        let (whole, rest) = (self.0 / size, self.0 % size);
        match whole {
            0..10 => format!("{whole}.{:02}{unit}", rest * 100 / size),
            10..100 => format!("{whole}.{}{unit}", rest * 10 / size),
            100.. => format!("{whole}{unit}"),
        }
    }
}

/// The shortest exact form with a unit: `1500us`, `2s`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.pad("0s");
        }
        // Minutes are read but not written: `90s` is clearer than a unit people mistake for metres or milli.
        let (unit, size) = UNITS[1..].iter().find(|(_, size)| self.0.is_multiple_of(*size)).expect("1 divides all");
        f.pad(&format!("{}{unit}", self.0 / size))
    }
}

impl fmt::Debug for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Nanos {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("`{text}` is no duration: {why}, such as `150ms`");
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        if number.is_empty() {
            return Err(wrong("expected a whole number and a unit (ns, us, ms, s, m)"));
        }
        let (_, size) =
            UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(|| wrong("the unit is one of ns, us, ms, s, m"))?;
        let nanos = number.parse::<u64>().ok().and_then(|n| n.checked_mul(*size)).map(Nanos);
        nanos.filter(|n| *n <= LONGEST).ok_or_else(|| format!("`{text}` is too long: a duration is at most 100 years"))
    }
}

impl Serialize for Nanos {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct DurationText;
impl Visitor<'_> for DurationText {
    type Value = Nanos;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration with a unit, such as \"150ms\"")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Nanos, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Nanos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DurationText)
    }
}

/// A length of time to be drawn, both ends included. Exhaustive search ignores the length: a set timer may fire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The shortest.
    pub min: Nanos,
    /// The longest.
    pub max: Nanos,
}

impl Span {
    /// From `min` to `max`.
    ///
    /// # Panics
    /// When `min` is longer than `max`.
    pub fn new(min: Nanos, max: Nanos) -> Self {
        assert!(min <= max, "a span from {min} to {max} is empty");
        Span { min, max }
    }
}

impl From<Nanos> for Span {
    fn from(exactly: Nanos) -> Self {
        Span { min: exactly, max: exactly }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.min == self.max { self.min.serialize(serializer) } else { [self.min, self.max].serialize(serializer) }
    }
}

struct SpanText;
impl<'de> Visitor<'de> for SpanText {
    type Value = Span;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"150ms\", or two of them as an interval: [\"150ms\", \"300ms\"]")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        text.parse::<Nanos>().map(Span::from).map_err(E::custom)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Span, A::Error> {
        let min: Nanos = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
        let max: Nanos = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
        if seq.next_element::<de::IgnoredAny>()?.is_some() {
            return Err(de::Error::invalid_length(3, &self));
        }
        if min > max {
            return Err(de::Error::custom(format!(
                "the interval from {min} to {max} is empty: write the smaller first"
            )));
        }
        Ok(Span { min, max })
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpanText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_a_unit() {
        for (text, nanos) in
            [("150ms", 150_000_000), ("0s", 0), ("3m", 180_000_000_000), ("7ns", 7), ("1500us", 1_500_000)]
        {
            assert_eq!(text.parse(), Ok(Nanos(nanos)), "{text}");
        }
        for wrong in ["", "150", "ms", "1.5s", "-1s", "1h", "1 s", "9999999999999999s", "18446744073709551616ns"] {
            assert!(wrong.parse::<Nanos>().is_err(), "{wrong}");
        }
        assert_eq!("3153600000s".parse(), Ok(LONGEST));
    }

    #[test]
    fn a_duration_is_written_in_its_largest_exact_unit() {
        for text in ["0s", "90s", "150ms", "1500us", "1234567ns"] {
            assert_eq!(text.parse::<Nanos>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_duration_for_people_has_three_digits() {
        let times = [0, 999, 1500, 12_345_678, 999_999_999, 1_040_000_000, 3_600_000_000_000];
        assert_eq!(times.map(|t| Nanos(t).rounded()), ["0ns", "999ns", "1.50us", "12.3ms", "999ms", "1.04s", "3600s"]);
    }

    #[test]
    fn an_interval_is_one_duration_or_two() {
        let span: Span = serde_json::from_str(r#"["150ms", "300ms"]"#).unwrap();
        assert_eq!(span, Span::new(Nanos::from_millis(150), Nanos::from_millis(300)));
        assert_eq!(serde_json::to_string(&span).unwrap(), r#"["150ms","300ms"]"#);
        assert_eq!(serde_json::from_str::<Span>(r#""5ms""#).unwrap(), Span::from(Nanos::from_millis(5)));
        for wrong in ["5", "[]", r#"["1ms"]"#, r#"["2ms","1ms"]"#, r#"["1ms","2ms","3ms"]"#, "{}"] {
            assert!(serde_json::from_str::<Span>(wrong).is_err(), "{wrong}");
        }
    }
}
