//! The scenario file as types. Strict: unknown keys, duplicate keys and wrong types are errors.

use crate::engine::config::{DiskConfig, NetworkConfig, WorkloadConfig};
use crate::engine::core::Core;
use crate::engine::fault::Fault;
use crate::node::Nanos;
use crate::scenario::Expect;
use schemars::JsonSchema;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::Range;

/// What a scenario file says.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Where an editor finds the schema.
    #[serde(default, rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// One sentence: what it shows.
    pub about: String,
    /// The paper, incident or issue it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Which protocol: `list protocols` names them.
    pub protocol: String,
    /// How many nodes.
    pub nodes: u32,
    /// The protocol's own configuration.
    #[serde(default)]
    pub config: serde_json::Map<String, serde_json::Value>,
    /// The network.
    #[serde(default)]
    pub network: NetworkConfig,
    /// Every node's disk.
    #[serde(default)]
    pub disk: DiskConfig,
    /// What goes wrong.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// More that goes wrong, to the protocol's measure: `list plans` names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What clients do.
    #[serde(default)]
    pub workload: WorkloadConfig,
    /// Exactly what happens, in place of time and chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Vec<String>>,
    /// How long.
    #[serde(default)]
    pub run: RunConfig,
    /// The seed that `run` uses without `--seed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// The seeds that `run` and `sweep` use without `--seeds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<SeedRange>,
    /// What must come of it.
    #[serde(default)]
    pub expect: Expect,
}

impl ScenarioFile {
    /// The same, with exactly these steps in place of time and chance.
    #[must_use]
    pub fn played(mut self, schedule: Vec<String>) -> Self {
        if self.faults.iter().any(Fault::is_on_disks) {
            // A disk with faults completes syncs, even such as take no time: in a schedule they are lines.
            self.disk.sync.min = self.disk.sync.min.max(Nanos(1));
            self.disk.sync.max = self.disk.sync.max.max(Nanos(1));
        }
        self.schedule = Some(schedule);
        self.faults.clear();
        self.expect.forget_time();
        self
    }
}

/// How long a run lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunConfig {
    /// The safety phase: faults run for exactly this long. Settling comes on top.
    #[serde(rename = "for")]
    pub length: Nanos,
    /// The most events that may happen. A run that takes more is given up as undecided.
    pub events: u64,
    /// Which nodes heal when the faults end: `drawn` (as many as the family needs, or more), `all`, or a list.
    pub core: Core,
}

impl Default for RunConfig {
    fn default() -> Self {
        RunConfig { length: Nanos::from_secs(10), events: 50_000_000, core: Core::Drawn }
    }
}

/// A seed: a whole number, or a string with one, decimal or `0x` hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl std::str::FromStr for Seed {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        let wrong = |_| format!("`{text}` is no seed: expected a whole number below 2^64, decimal or 0x hexadecimal");
        number.map(Seed).map_err(wrong)
    }
}

/// Seeds from `start` on, without `end`: `0..1000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedRange(pub Range<u64>);

impl std::str::FromStr for SeedRange {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of seeds: expected `0..1000`, which leaves out 1000");
        let (start, end) = text.split_once("..").ok_or_else(wrong)?;
        let (start, end) = (start.parse::<Seed>()?.0, end.parse::<Seed>()?.0);
        if start >= end {
            return Err(format!("`{text}` holds no seed: the first must be below the second"));
        }
        Ok(SeedRange(start..end))
    }
}

impl fmt::Display for SeedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.0.start, self.0.end)
    }
}

impl Serialize for SeedRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SeedRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

struct SeedText;
impl Visitor<'_> for SeedText {
    type Value = Seed;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a seed: a whole number below 2^64")
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Seed, E> {
        Ok(Seed(number))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Seed, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SeedText)
    }
}
