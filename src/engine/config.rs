//! How the network, the disks and the clients behave when no fault is at work. These types are what a scenario file
//! says; the library and the flags use the same.

use crate::node::{Chance, Nanos, Span, within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long a message takes, one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// Always the same.
    Constant(Nanos),
    /// Every length in the interval is equally likely.
    Uniform(Span),
}

impl Latency {
    /// The latency that a random word stands for.
    #[inline]
    pub fn draw(&self, word: u64) -> Nanos {
        match self {
            Latency::Constant(exactly) => *exactly,
            Latency::Uniform(span) => within(word, *span),
        }
    }

    /// The longest latency that can be drawn.
    pub fn max(&self) -> Nanos {
        match self {
            Latency::Constant(exactly) => *exactly,
            Latency::Uniform(span) => span.max,
        }
    }
}

/// Whether a message may overtake another one on the same directed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// It may, where its latency is shorter: like UDP.
    Reordering,
    /// It may not, and waits behind the other: like one TCP connection.
    Fifo,
}

/// The network between the nodes, and between clients and nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkConfig {
    /// How long a message takes, one way.
    pub latency: Latency,
    /// The share of messages that are lost.
    pub loss: Chance,
    /// The share of messages that arrive twice. (What clients send is never duplicated.)
    pub duplication: Chance,
    /// Whether messages overtake each other.
    pub order: Order,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig {
            latency: Latency::Uniform(Span::new(Nanos::from_millis(1), Nanos::from_millis(10))),
            loss: Chance::NEVER,
            duplication: Chance::NEVER,
            order: Order::Reordering,
        }
    }
}

/// What a link is like for a while: what is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkChange {
    /// The share of messages that are lost.
    pub loss: Option<Chance>,
}

impl LinkChange {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == LinkChange::default()
    }
}

/// Every node's disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
