//! Configuration, what is durable, what is volatile, and what people see of it.

use crate::node::{Nanos, NodeId, Stable};
use crate::parts::placement::{Member, Placed};
use crate::protocols::hash_ring::{Beat, Bug};
use crate::spec::placement::{Rules, Scheme, Standing, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How keys are placed.
    pub placement: Scheme,
    /// How many points a member of weight 1 has, on rings.
    pub virtual_nodes: u32,
    /// A ring has 2^`hash_bits` places.
    pub hash_bits: u32,
    /// How many keys there are: surveys list the owners of these, and bounded loads are shares of them.
    pub keys: u32,
    /// How much more than its share a member may take under bounded load, in percent.
    pub slack: u32,
    /// How many nodes keep a key.
    pub replicas: u32,
    /// Who the members are to begin with; without, all nodes.
    pub members: Option<Vec<NodeId>>,
    /// How much of the keys a node takes, beside the others; 1 where nothing is said.
    pub weights: BTreeMap<NodeId, u32>,
    /// Groups of nodes that fail together, by name. Who is in none is in one with all others that are in none.
    pub zones: BTreeMap<String, Vec<NodeId>>,
    /// How often a node gossips.
    pub gossip: Nanos,
    /// How long a member may be silent before it is taken for dead. Without: crashes are no changes of membership.
    pub evict_after: Option<Nanos>,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            placement: Scheme::Ring,
            virtual_nodes: 64,
            hash_bits: 64,
            keys: 1024,
            slack: 25,
            replicas: 3,
            members: None,
            weights: BTreeMap::new(),
            zones: BTreeMap::new(),
            gossip: Nanos::from_millis(50),
            evict_after: None,
            bugs: Vec::new(),
        }
    }
}

impl Config {
    /// Whether the mistake is to be made.
    pub fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    /// Whether the node is a member to begin with.
    pub fn begins_with(&self, node: NodeId) -> bool {
        self.members.as_ref().is_none_or(|members| members.contains(&node))
    }

    /// The node as a member.
    pub fn member(&self, node: NodeId) -> Member {
        let zone = self.zones.values().position(|zone| zone.contains(&node)).unwrap_or(self.zones.len());
        Member { node, weight: self.weights.get(&node).copied().unwrap_or(1), zone: zone as u32 }
    }

    /// How keys are placed, in the family's words.
    pub fn rules(&self) -> Rules {
        Rules {
            scheme: self.placement,
            virtual_nodes: self.virtual_nodes,
            hash_bits: self.hash_bits,
            keys: self.keys,
            slack: self.slack,
            replicas: self.replicas,
            evicts: self.evict_after.is_some(),
        }
    }
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// The last change of each node that has changed.
    pub view: View,
    /// How often the node has started, where that counts.
    pub generation: u64,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The node starts once more.
    Boot {
        /// For the how many-eth time.
        generation: u64,
    },
    /// A membership change that this node orders.
    Order {
        /// Of which node.
        about: NodeId,
        /// How that node stands from now on.
        standing: Standing,
    },
    /// One that it has heard of.
    Note {
        /// Of which node.
        about: NodeId,
        /// How that node stands from now on.
        standing: Standing,
    },
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Boot { generation } => self.generation = generation,
            Change::Order { about, standing } | Change::Note { about, standing } => {
                self.view.0.insert(about, standing);
            }
        }
    }
}

/// The named timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Time to gossip.
    Gossip,
    /// A member has not been heard of for too long.
    Silence(NodeId),
}

/// A node: what is volatile of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HashRing {
    /// Its view, as on disk.
    pub(super) view: View,
    /// The placement of the members in its view, once somebody has asked for it.
    pub(super) placed: Option<Placed>,
    /// The latest heartbeats that it has heard of, and its own; none where nobody is evicted.
    pub(super) beats: BTreeMap<NodeId, Beat>,
    /// Whose turn to be told has not come yet in this round.
    pub(super) turns: Vec<NodeId>,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Its view.
    pub view: View,
    /// How many nodes are still to be told in this round of gossip.
    pub to_tell: usize,
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.view, f)
    }
}
