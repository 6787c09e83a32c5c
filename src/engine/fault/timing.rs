//! When a fault strikes, and for how long.

use crate::node::{Chance, Span};
use crate::spec::pattern::Pattern;
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};

/// What every fault says about time. Exactly one of `at`, `every`, `when`, `whenever` is given.
#[derive(Clone, Copy, Debug)]
pub struct Timing<'a> {
    /// By which expectations refer to it.
    pub name: Option<&'a str>,
    /// Once, at this time.
    pub at: Option<Span>,
    /// Again and again, after such a time each.
    pub every: Option<Span>,
    /// Once, as this fact is seen for the k-th time.
    pub when: Option<&'a Pattern>,
    /// Each k-th time this fact is seen.
    pub whenever: Option<&'a Pattern>,
    /// So long after the fact.
    pub after: Option<Span>,
    /// In which share of the seeds there is such a fault at all.
    pub seeds: Option<Chance>,
    /// How likely each occurrence is to take place.
    pub chance: Option<Chance>,
    /// How long.
    pub length: Option<Length>,
}

impl<'a> Timing<'a> {
    /// The fact it reacts to, and whether it does so again and again.
    pub fn reacts_to(&self) -> Option<(&'a Pattern, bool)> {
        self.when.map(|pattern| (pattern, false)).or(self.whenever.map(|pattern| (pattern, true)))
    }
}

/// How long a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So long, or until the faults end, where that is earlier.
    For(Span),
    /// It outlasts the faults: what it hits does not heal when all else does. Written `forever`.
    Forever,
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Length::For(span) => span.serialize(serializer),
            Length::Forever => serializer.serialize_str("forever"),
        }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> de::Visitor<'de> for Text {
            type Value = Length;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a duration such as \"2s\", two as an interval, or \"forever\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                if text == "forever" {
                    return Ok(Length::Forever);
                }
                Span::deserialize(de::value::StrDeserializer::new(text)).map(Length::For)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Length, A::Error> {
                Span::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Length::For)
            }
        }
        deserializer.deserialize_any(Text)
    }
}
