//! Where inside a step a crash falls.

use crate::engine::doom::Doom;
use crate::node::Stream;
use schemars::JsonSchema;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// Where inside a step: counted from the fault's time on, over as many steps as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inside {
    /// After so many records became durable: what stood behind the last of them is lost.
    AfterWrites(Count),
    /// After so many messages left: a broadcast reaches only some.
    AfterSends(Count),
    /// After so many effects of any kind were carried out. (Where syncs take time, one that must wait for its records
    /// counts as it is handed to the disk, and again as it leaves: a crash may fall before either.)
    AfterEffects(Count),
}

/// A number to be drawn, both ends included: `2`, or `[1, 8]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    min: u32,
    max: u32,
}

impl Inside {
    /// The point that the stream's next word stands for.
    pub fn draw(self, stream: &mut Stream) -> Doom {
        let mut number =
            |count: Count| count.min + stream.below(u64::from(count.max) - u64::from(count.min) + 1) as u32;
        match self {
            Inside::AfterWrites(count) => Doom::Writes(number(count)),
            Inside::AfterSends(count) => Doom::Sends(number(count)),
            Inside::AfterEffects(count) => Doom::Effects(number(count)),
        }
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.min == self.max { self.min.serialize(serializer) } else { [self.min, self.max].serialize(serializer) }
    }
}

struct CountText;
impl<'de> Visitor<'de> for CountText {
    type Value = Count;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1, or two of them as an interval: [1, 8]")
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
        let exactly = u32::try_from(number).ok().filter(|n| *n > 0);
        let exactly = exactly.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))?;
        Ok(Count { min: exactly, max: exactly })
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Count, A::Error> {
        let (min, max) = (seq.next_element::<u32>()?, seq.next_element::<u32>()?);
        match (min, max, seq.next_element::<de::IgnoredAny>()?) {
            (Some(min), Some(max), None) if 0 < min && min <= max => Ok(Count { min, max }),
            _ => Err(de::Error::custom("expected two whole numbers from 1, the smaller first: [1, 8]")),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountText)
    }
}
