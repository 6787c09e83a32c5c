//! What the tool needs to know of a node beyond how it behaves.

use crate::node::{Nanos, Node};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A named mistake that a real implementer made or could make, switched on by `config.bugs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantedBug {
    /// Kebab-case: what a scenario writes.
    pub name: &'static str,
    /// The mistake, in one line.
    pub about: &'static str,
    /// The invariant that must catch it.
    pub caught_by: &'static str,
    /// Who made it, or where it is described.
    pub source: &'static str,
}

/// How slow the world is once it is healed: what a liveness bound may count with. Nothing is lost then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// The longest time a message takes, one way.
    pub message_max: Nanos,
    /// The longest time a sync takes.
    pub sync_max: Nanos,
    /// How long a client waits before it asks again, and between attempts.
    pub retry_max: Nanos,
}

/// A node that the tool can run from a scenario.
pub trait Protocol: Node<Config: Clone + Serialize + DeserializeOwned + Send + Sync> {
    /// One line: what it is.
    const ABOUT: &'static str;
    /// The paper, and the sections that were followed.
    const SOURCE: &'static str;
    /// Its planted bugs.
    const BUGS: &'static [PlantedBug];
    /// The fact that something new is on a node's disk and not decided yet, by name, where that is not the usual one of
    /// the family: named plans of faults react to it.
    const APPEND: Option<&'static str> = None;

    /// Whether the configuration makes sense for a cluster of `nodes`.
    ///
    /// # Errors
    /// The key within `config` that is wrong, and a sentence: what was found and what is allowed.
    fn check_config(config: &Self::Config, nodes: u32) -> Result<(), (&'static str, String)>;

    /// The JSON Schema of the configuration, where there is one: [`schema_of`] makes it from a type that derives
    /// `JsonSchema`.
    fn config_schema() -> Option<serde_json::Value> {
        None
    }

    /// The time after which a node gives another one up: the shortest election timeout, or what stands for it. Named
    /// plans are made to its measure, and call it T.
    fn pace(config: &Self::Config) -> Nanos;

    /// Once every fault is healed, within this time every open operation ends and a fresh one per client is done.
    fn liveness_bound(config: &Self::Config, nodes: u32, delays: &Delays) -> Nanos;
}

/// The JSON Schema (draft 2020-12) of a type.
pub fn schema_of<T: schemars::JsonSchema>() -> serde_json::Value {
    schemars::schema_for!(T).to_value()
}
