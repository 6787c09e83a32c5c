//! In which way a clock is wrong.

use crate::node::{Nanos, Stream};
use schemars::JsonSchema;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// In which way a clock is wrong. Timers follow their node's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClockChange {
    /// It reads so much more (or less) while the fault lasts.
    Offset(Shift),
    /// It is put forward (or back) once, and stays so.
    Jump(Shift),
    /// It runs fast (or slow) while the fault lasts.
    Drift(Ppm),
    /// It jumps to and fro while the fault lasts. (Jepsen's strobe.)
    Strobe(Strobe),
    /// It stands still while the fault lasts, and goes on from there.
    Freeze,
}

/// A clock that jumps to and fro.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Strobe {
    /// How far.
    pub by: Shift,
    /// How long it stays on either side.
    pub period: Nanos,
}

impl Default for ClockChange {
    fn default() -> Self {
        ClockChange::Jump(Shift::default())
    }
}

/// A length of time with a sign, to be drawn, both ends included: `"-200ms"`, or `["-1s", "1s"]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    min: i64,
    max: i64,
}

/// Parts per million, to be drawn, both ends included: `"200ppm"`, or `["-200ppm", "200ppm"]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ppm {
    min: i64,
    max: i64,
}

/// A clock that loses more than this of its speed goes backwards.
const PPM_MIN: i64 = -999_999;
/// A thousand times too fast.
const PPM_MAX: i64 = 999_000_000;

fn between(min: i64, max: i64, stream: &mut Stream) -> i64 {
    min + stream.below(max.abs_diff(min) + 1) as i64
}

impl Shift {
    /// From `min` to `max` nanoseconds.
    ///
    /// # Panics
    /// When `min` is above `max`.
    pub fn new(min: i64, max: i64) -> Self {
        assert!(min <= max, "a shift from {min} to {max} is empty");
        Shift { min, max }
    }

    /// The next draw, in nanoseconds.
    pub fn draw(self, stream: &mut Stream) -> i64 {
        between(self.min, self.max, stream)
    }
}

impl Ppm {
    /// From `min` to `max` parts per million.
    ///
    /// # Panics
    /// When `min` is above `max`.
    pub fn new(min: i64, max: i64) -> Self {
        assert!(min <= max, "a drift from {min} to {max} is empty");
        Ppm { min, max }
    }

    /// The next draw, in parts per million.
    pub fn draw(self, stream: &mut Stream) -> i64 {
        between(self.min, self.max, stream)
    }
}

fn signed(nanos: i64) -> String {
    format!("{}{}", if nanos < 0 { "-" } else { "" }, Nanos(nanos.unsigned_abs()))
}

fn parse_shift(text: &str) -> Result<i64, String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let nanos: Nanos = rest.parse()?;
    // A hundred years, the longest duration, fit.
    Ok(sign * nanos.0 as i64)
}

fn parse_ppm(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no drift: expected parts per million, such as `200ppm` or `-50ppm`");
    let number = text.strip_suffix("ppm").ok_or_else(wrong)?;
    let number: i64 = number.strip_prefix('+').unwrap_or(number).parse().map_err(|_| wrong())?;
    if (PPM_MIN..=PPM_MAX).contains(&number) {
        return Ok(number);
    }
    Err(format!("`{text}` is no drift: a clock runs between {PPM_MIN}ppm and {PPM_MAX}ppm off"))
}

/// Reads one text, or two as an interval.
struct Interval {
    parse: fn(&str) -> Result<i64, String>,
    expecting: &'static str,
}

impl<'de> Visitor<'de> for Interval {
    type Value = (i64, i64);
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<(i64, i64), E> {
        (self.parse)(text).map(|exactly| (exactly, exactly)).map_err(E::custom)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(i64, i64), A::Error> {
        let (Some(min), Some(max), None) =
            (seq.next_element::<String>()?, seq.next_element::<String>()?, seq.next_element::<de::IgnoredAny>()?)
        else {
            return Err(de::Error::custom(format!("expected {}", self.expecting)));
        };
        let read = |text: &str| (self.parse)(text).map_err(de::Error::custom);
        let (least, most) = (read(&min)?, read(&max)?);
        if least > most {
            return Err(de::Error::custom(format!("the interval from {min} to {max} is empty: write the lower first")));
        }
        Ok((least, most))
    }
}

impl<'de> Deserialize<'de> for Shift {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a length of time with or without a sign, such as \"-200ms\", or two as an interval";
        let read = deserializer.deserialize_any(Interval { parse: parse_shift, expecting });
        read.map(|(min, max)| Shift { min, max })
    }
}

impl<'de> Deserialize<'de> for Ppm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "parts per million such as \"200ppm\", or two as an interval";
        let read = deserializer.deserialize_any(Interval { parse: parse_ppm, expecting });
        read.map(|(min, max)| Ppm { min, max })
    }
}

impl Serialize for Shift {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (min, max) = (signed(self.min), signed(self.max));
        if min == max { min.serialize(serializer) } else { [min, max].serialize(serializer) }
    }
}

impl Serialize for Ppm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (min, max) = (format!("{}ppm", self.min), format!("{}ppm", self.max));
        if min == max { min.serialize(serializer) } else { [min, max].serialize(serializer) }
    }
}

impl fmt::Display for ClockChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClockChange::Offset(_) => "offset",
            ClockChange::Jump(_) => "jump",
            ClockChange::Drift(_) => "drift",
            ClockChange::Strobe(_) => "strobe",
            ClockChange::Freeze => "freeze",
        })
    }
}
