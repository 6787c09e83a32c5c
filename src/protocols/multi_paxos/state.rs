//! Configuration, what is durable, what is volatile, and what people see of it.

use crate::node::{Nanos, NodeId, RequestId, Span, Stable};
use crate::parts::machine::Machine;
use crate::parts::quorum::Tally;
use crate::protocols::multi_paxos::Bug;
use crate::spec::replicated_log::{Entry, Index, Term};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A node that hears from no leader for so long becomes a candidate. Drawn anew each time.
    pub election_timeout: Span,
    /// How often a leader is heard of.
    pub heartbeat: Nanos,
    /// The most slots that one message carries.
    pub batch: u32,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            election_timeout: Span::new(Nanos::from_millis(150), Nanos::from_millis(300)),
            heartbeat: Nanos::from_millis(50),
            batch: 64,
            bugs: Vec::new(),
        }
    }
}

impl Config {
    /// Whether the mistake is to be made.
    pub fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// Nothing is accepted in terms below this one.
    pub promised: Term,
    /// By slot, from the first: what was accepted in the highest term.
    slots: Vec<Option<Entry>>,
    /// So far the log is known to be chosen.
    pub commit: Index,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A promise.
    Promise {
        /// Nothing below this term is accepted any more.
        term: Term,
        /// Whose term it is.
        leader: NodeId,
    },
    /// An entry is accepted.
    Accept {
        /// In which slot.
        index: Index,
        /// What.
        entry: Entry,
    },
    /// An entry is known to be chosen.
    Decide {
        /// In which slot.
        index: Index,
        /// What.
        entry: Entry,
    },
    /// The log is known to be chosen up to here; all of it lies on this disk.
    Commit {
        /// The last slot.
        index: Index,
    },
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Promise { term, .. } => self.promised = term,
            Change::Accept { index, entry } => self.put(index, entry),
            Change::Decide { index, entry } => {
                if self.entry(index).is_none_or(|held| held.term <= entry.term) {
                    self.put(index, entry);
                }
            }
            Change::Commit { index } => self.commit = index,
        }
    }
}

impl Disk {
    fn put(&mut self, index: Index, entry: Entry) {
        let place = index.0 as usize;
        if self.slots.len() < place {
            self.slots.resize(place, None);
        }
        self.slots[place - 1] = Some(entry);
    }

    /// What was accepted in a slot.
    pub fn entry(&self, index: Index) -> Option<Entry> {
        *self.slots.get((index.0 as usize).checked_sub(1)?)?
    }

    /// The last slot in which anything was accepted.
    pub fn last_index(&self) -> Index {
        Index(self.slots.len() as u64)
    }

    /// All that was accepted from a slot on, and where.
    pub fn accepted_from(&self, first: Index) -> impl Iterator<Item = (Index, Entry)> {
        let places = (first.0.max(1)..=self.last_index().0).map(Index);
        places.filter_map(|index| Some((index, self.entry(index)?)))
    }
}

/// The named timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// No leader was heard of for too long.
    Election,
    /// Time to be heard of.
    Heartbeat,
}

/// What a node is, and what it knows as such. Every node is an acceptor and a learner too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Accepts what a leader proposes.
    Follower,
    /// Collects promises.
    Candidate {
        /// Who has promised.
        promises: Tally,
        /// By slot: of what they have reported, what is to be proposed again.
        reported: BTreeMap<Index, Entry>,
    },
    /// Proposes.
    Leader {
        /// The next slot to fill.
        next: Index,
        /// By slot that is not chosen yet: who has accepted.
        votes: BTreeMap<Index, Tally>,
        /// The requests it has proposed, to be answered once they are applied.
        asked: BTreeSet<RequestId>,
    },
}

/// A node: what is volatile of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MultiPaxos {
    pub(super) role: Role,
    /// Whom it last heard from as the leader of its term.
    pub(super) leader: Option<NodeId>,
    /// The highest term that it was preempted by.
    pub(super) heard: Term,
    /// It knows the log chosen up to here.
    pub(super) commit: Index,
    /// Its store has applied the log up to here.
    pub(super) applied: Index,
    pub(super) machine: Machine,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// `follower`, `candidate`, `leader`
    pub role: &'static str,
    /// The promised term.
    pub term: Term,
    /// Whom it takes for the leader.
    pub leader: Option<NodeId>,
    /// The last slot in which it has accepted anything.
    pub last_index: Index,
    /// How far it knows the log chosen.
    pub commit: Index,
    /// How far its store has applied it.
    pub applied: Index,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role, self.term)
    }
}

impl MultiPaxos {
    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        let role = match self.role {
            Role::Follower => "follower",
            Role::Candidate { .. } => "candidate",
            Role::Leader { .. } => "leader",
        };
        View {
            role,
            term: disk.promised,
            leader: self.leader,
            last_index: disk.last_index(),
            commit: self.commit,
            applied: self.applied,
        }
    }
}
