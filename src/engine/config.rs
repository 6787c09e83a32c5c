//! How the network, the disks and the clients behave when no fault is at work. These types are what a scenario file
//! says; the library and the flags use the same.

use crate::engine::amount::{Rate, Size};
use crate::engine::latency::Latency;
use crate::node::{Chance, Nanos, NodeId, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a message may overtake another one on the same directed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// It may, where its latency is shorter: like UDP.
    Reordering,
    /// It may not, and waits behind the other: like one TCP connection.
    Fifo,
}

/// Some messages are held back much longer than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Straggle {
    /// The share of messages.
    pub chance: Chance,
    /// By how much longer they take.
    #[serde(rename = "for")]
    pub length: Span,
}

/// Some messages arrive once more, long after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The share of messages.
    pub chance: Chance,
    /// How long after the first time.
    pub after: Span,
}

/// The network between the nodes, and between clients and nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkConfig {
    /// How long a message takes, one way.
    pub latency: Latency,
    /// The share of messages that are lost.
    pub loss: Chance,
    /// The share of messages that arrive twice. (What clients send is never duplicated.)
    pub duplication: Chance,
    /// The share of messages that arrive damaged. The receiver's checksum finds out, and they are dropped.
    pub corruption: Chance,
    /// Whether messages overtake each other.
    pub order: Order,
    /// How much a link carries in a second; without it, any amount at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Rate>,
    /// How much may wait on a link for its bandwidth; what finds no room is dropped.
    pub queue: Size,
    /// Some messages are held back much longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub straggle: Option<Straggle>,
    /// Some messages arrive once more, long after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// Groups of nodes by name, for `overrides`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<String, Vec<NodeId>>,
    /// Links that are not like the others. Where several say something about a link, the last one counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig {
            latency: Latency::Uniform(Span::new(Nanos::from_millis(1), Nanos::from_millis(10))),
            loss: Chance::NEVER,
            duplication: Chance::NEVER,
            corruption: Chance::NEVER,
            order: Order::Reordering,
            bandwidth: None,
            queue: Size::DEFAULT_QUEUE,
            straggle: None,
            replay: None,
            zones: BTreeMap::new(),
            overrides: Vec::new(),
        }
    }
}

/// Links that are not like the others: those `between` two sides, both ways, or those `from` one `to` the other. A side
/// is a zone, a node, or `all`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Both ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<[String; 2]>,
    /// One way: from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// One way: to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What they are like.
    pub network: LinkChange,
}

/// What a link is like: what is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinkChange {
    /// How long a message takes, one way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// The share of messages that are lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<Chance>,
    /// The share of messages that arrive twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplication: Option<Chance>,
    /// The share of messages that arrive damaged, and are dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corruption: Option<Chance>,
    /// Whether messages overtake each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// How much a link carries in a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Rate>,
    /// How much may wait on a link for its bandwidth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Size>,
    /// Some messages are held back much longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub straggle: Option<Straggle>,
    /// Some messages arrive once more, long after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

impl LinkChange {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes().is_empty()
    }

    /// The keys of what it changes.
    pub fn changes(&self) -> Vec<&'static str> {
        let keys = [
            ("latency", self.latency.is_some()),
            ("loss", self.loss.is_some()),
            ("duplication", self.duplication.is_some()),
            ("corruption", self.corruption.is_some()),
            ("order", self.order.is_some()),
            ("bandwidth", self.bandwidth.is_some()),
            ("queue", self.queue.is_some()),
            ("straggle", self.straggle.is_some()),
            ("replay", self.replay.is_some()),
        ];
        keys.iter().filter(|(_, changed)| *changed).map(|(key, _)| *key).collect()
    }
}

/// Every node's disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiskConfig {
    /// How long a sync takes. With `0s` a record is durable as it is written.
    pub sync: Span,
    /// The most nodes whose disks may lose what was synced, by lies or rot. Without it, floor((n-1)/2): a protocol
    /// that needs a majority can be expected to stand that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
}

impl Default for DiskConfig {
    fn default() -> Self {
        DiskConfig { sync: Nanos::ZERO.into(), budget: None }
    }
}

/// What clients do. Each has one operation open at a time (a closed loop).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadConfig {
    /// How many clients.
    pub clients: u32,
    /// How many operations they start in all, at most, until the faults end.
    pub operations: u64,
    /// How many keys are in use at a time.
    pub keys: u32,
    /// The share of each operation, by weight. Empty: every operation of the family alike.
    pub mix: BTreeMap<String, u32>,
    /// How long a client waits for an answer before it asks another node, with the same request id.
    pub timeout: Nanos,
    /// How long it waits after a refusal.
    pub backoff: Span,
    /// After this long it gives an operation up: refused where every attempt was, else of unknown outcome.
    pub deadline: Nanos,
    /// How long it waits between an operation and the next.
    pub think: Span,
}

impl Default for WorkloadConfig {
    fn default() -> Self {
        WorkloadConfig {
            clients: 4,
            operations: 1000,
            keys: 8,
            mix: BTreeMap::new(),
            timeout: Nanos::from_millis(500),
            backoff: Span::new(Nanos::from_millis(10), Nanos::from_millis(50)),
            deadline: Nanos::from_secs(5),
            think: Nanos::ZERO.into(),
        }
    }
}
