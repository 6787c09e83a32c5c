//! What is durable, what is volatile, and what people see of it.

use crate::node::{NodeId, RequestId, Stable};
use crate::parts::machine::Machine;
use crate::parts::quorum::Tally;
use crate::parts::reads::Readings;
use crate::parts::snapshot;
use crate::protocols::multi_paxos::Configurations;
use crate::spec::replicated_log::{Command, Entry, Index, Term};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// A state of the machine, and who decides in the slots behind it.
pub type Snapshot = snapshot::Snapshot<Configurations>;

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// Nothing is accepted in terms below this one.
    pub promised: Term,
    /// By slot, from the first behind the snapshot: what was accepted in the highest term.
    slots: Vec<Option<Entry>>,
    /// What stands for the slots before them.
    pub snapshot: Option<Snapshot>,
    /// So far the log is known to be chosen.
    pub commit: Index,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// A snapshot of its own takes the place of slots.
    Compact {
        /// What stands for them.
        snapshot: Snapshot,
    },
    /// Another node's snapshot takes the place of slots.
    Install {
        /// What stands for them.
        snapshot: Snapshot,
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
            Change::Compact { snapshot } | Change::Install { snapshot } => {
                let gone = (snapshot.index.0 - self.compacted().0) as usize;
                self.slots.drain(..gone.min(self.slots.len()));
                self.commit = self.commit.max(snapshot.index);
                self.snapshot = Some(snapshot);
            }
        }
    }
}

impl Disk {
    fn put(&mut self, index: Index, entry: Entry) {
        let place = (index.0 - self.compacted().0) as usize;
        if self.slots.len() < place {
            self.slots.resize(place, None);
        }
        self.slots[place - 1] = Some(entry);
    }

    /// What was accepted in a slot.
    pub fn entry(&self, index: Index) -> Option<Entry> {
        let behind = index.0.checked_sub(self.compacted().0)?;
        *self.slots.get((behind as usize).checked_sub(1)?)?
    }

    /// Up to here a snapshot stands for the slots.
    pub fn compacted(&self) -> Index {
        self.snapshot.as_ref().map_or(Index(0), |snapshot| snapshot.index)
    }

    /// Whether it holds exactly these entries.
    pub fn holds_all(&self, slots: &[(Index, Entry)]) -> bool {
        slots.iter().all(|(index, entry)| self.entry(*index) == Some(*entry))
    }

    /// The last slot in which anything was accepted.
    pub fn last_index(&self) -> Index {
        Index(self.compacted().0 + self.slots.len() as u64)
    }

    /// All that was accepted from a slot on, and where.
    pub fn accepted_from(&self, first: Index) -> impl Iterator<Item = (Index, Entry)> {
        let places = (first.0.max(self.compacted().0 + 1)..=self.last_index().0).map(Index);
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
    /// The lease that it has granted is over.
    Grant,
    /// Time for the administrator to change the cluster.
    Administrator,
}

/// What phase 1 has told a candidate, and tells a leader still.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Phase1 {
    /// Who has promised.
    pub promises: Tally,
    /// By slot that is not proposed yet: of what they have reported, what is to be proposed again.
    pub reported: BTreeMap<Index, Entry>,
    /// Up to here slots of some of them are gone, and all is chosen.
    pub compacted: Index,
}

/// What a node is, and what it knows as such. Every node is an acceptor and a learner too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Accepts what a leader proposes.
    Follower,
    /// Collects promises.
    Candidate {
        /// What they have said.
        phase1: Phase1,
    },
    /// Proposes.
    Leader {
        /// The next slot to fill.
        next: Index,
        /// By slot that is not chosen yet: who has accepted.
        votes: BTreeMap<Index, Tally>,
        /// The requests it has proposed, to be answered once they are applied.
        asked: BTreeSet<RequestId>,
        /// The last slot that it proposed again as it came to power.
        begins: Index,
        /// Reads beside the log.
        readings: Readings,
        /// What was promised. Without a limit on the slots ahead nothing is left to be proposed again.
        phase1: Phase1,
        /// Commands that wait for a slot.
        waiting: VecDeque<Command>,
        /// Whom it has heard of since the administrator looked, where the members may change.
        heard: Tally,
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
    /// Whether a lease that it has granted is not over yet.
    pub(super) granted: bool,
    /// It knows the log chosen up to here.
    pub(super) commit: Index,
    /// Its store has applied the log up to here.
    pub(super) applied: Index,
    pub(super) machine: Machine,
    /// Who decides in the slots behind `commit`; none where all nodes do for ever.
    pub(super) members: Option<Configurations>,
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
    /// Who decides, by slot, where that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<String>,
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
            members: self.members.as_ref().map(|members| members.to_string()),
        }
    }
}
