//! What is durable, what is volatile, and what people see of it.

use crate::node::{NodeId, RequestId, Stable};
use crate::parts::quorum::Tally;
use crate::parts::register::Register;
use crate::protocols::hash_table::Value;
use crate::spec::replicated_store::{Partition, RingVersion, Table};
use crate::spec::store::{Key, Op};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The ring as the master has decided on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RingView {
    /// Which version.
    pub ring: RingVersion,
    /// Who is on the ring.
    pub members: BTreeSet<NodeId>,
    /// While it changes, who will be.
    pub joining: Option<BTreeSet<NodeId>>,
    /// Who keeps which partition.
    pub table: Table,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// How often the node has started: heartbeats of a later life are higher.
    pub generation: u32,
    /// The ring that it goes by; none before its first start.
    pub view: Option<Arc<RingView>>,
    /// Master: the members that the administrator wants, if he has said so.
    pub wanted: Option<BTreeSet<NodeId>>,
    /// The last version of the ring in which the node has got all that it gains.
    pub transferred: RingVersion,
    /// Its copies.
    copies: BTreeMap<Key, Register<Value>>,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The node has started.
    Start {
        /// For the how-many-eth time.
        generation: u32,
    },
    /// It goes by this ring from now on.
    Adopt(Arc<RingView>),
    /// The administrator wants these members.
    Want(BTreeSet<NodeId>),
    /// It has got all that it gains.
    Transferred {
        /// In which version of the ring.
        ring: RingVersion,
    },
    /// It has this copy of a key.
    Store {
        /// Which key.
        key: Key,
        /// Its partition.
        partition: Partition,
        /// The whole copy.
        copy: Register<Value>,
    },
    /// It has no copies of a partition any more.
    Drop {
        /// Which partition.
        partition: Partition,
        /// Its keys.
        keys: Vec<Key>,
    },
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Start { generation } => self.generation = generation,
            Change::Adopt(view) => self.view = Some(view),
            Change::Want(members) => self.wanted = Some(members),
            Change::Transferred { ring } => self.transferred = ring,
            Change::Store { key, copy, .. } => {
                self.copies.insert(key, copy);
            }
            Change::Drop { keys, .. } => keys.iter().for_each(|key| drop(self.copies.remove(key))),
        }
    }
}

impl Disk {
    /// The version of the ring that the node goes by.
    pub fn ring(&self) -> RingVersion {
        self.view.as_ref().map(|view| view.ring).unwrap_or_default()
    }

    /// The copy of a key, if there is one.
    pub fn copy(&self, key: Key) -> Option<&Register<Value>> {
        self.copies.get(&key)
    }

    /// All copies.
    pub fn copies(&self) -> impl Iterator<Item = (Key, &Register<Value>)> {
        self.copies.iter().map(|(key, copy)| (*key, copy))
    }

    /// Whether these are the copies on disk.
    pub fn has_exactly(&self, copies: &[(Key, Register<Value>)]) -> bool {
        copies.iter().all(|(key, copy)| self.copy(*key) == Some(copy))
    }
}

/// The named timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The next round of gossip.
    Gossip,
    /// Old owners have not answered, or the master has not heard.
    Pull,
    /// Time to compare copies with another owner.
    AntiEntropy,
    /// A request has taken long enough.
    Patience(RequestId),
    /// Master: the administrator wants something else.
    Administrator,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Copies are collected.
    Read,
    /// A copy is written.
    Write,
}

/// A request that the node coordinates.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pending {
    /// What was asked.
    pub op: Op,
    /// How far it is.
    pub phase: Phase,
    /// What was collected, or is written.
    pub copy: Register<Value>,
    /// Who has answered in this phase.
    pub answers: Tally,
    /// What each of them had.
    pub found: BTreeMap<NodeId, Register<Value>>,
}

/// What a node has heard of another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Heard {
    /// Its highest heartbeat.
    pub beat: u64,
    /// For how many of the node's own rounds there was no higher one.
    pub silent: u32,
}

/// A node: what is volatile of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HashTable {
    /// The ring that it goes by.
    pub(super) view: Arc<RingView>,
    /// The requests that it coordinates.
    pub(super) pending: BTreeMap<RequestId, Pending>,
    /// Of each partition that it gains: the old owners whose copies it has.
    pub(super) pulled: BTreeMap<Partition, Tally>,
    /// By node.
    pub(super) heard: Vec<Heard>,
    /// The owner with which it has compared copies last.
    pub(super) partner: NodeId,
    /// Master: who has all that it gains in this version.
    pub(super) complete: Tally,
    /// Master: whom it takes for dead.
    pub(super) dead: BTreeSet<NodeId>,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// The version of the ring that it goes by.
    pub ring: RingVersion,
    /// How many partitions it gains and has not got yet.
    pub gains: usize,
    /// How many keys it keeps.
    pub keys: usize,
    /// How many requests it coordinates.
    pub pending: usize,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} keys", self.ring, self.keys)?;
        if self.gains > 0 {
            write!(f, ", gains {} partitions", self.gains)?;
        }
        if self.pending > 0 { write!(f, ", {} requests", self.pending) } else { Ok(()) }
    }
}

impl HashTable {
    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        View { ring: self.view.ring, gains: self.pulled.len(), keys: disk.copies.len(), pending: self.pending.len() }
    }
}
