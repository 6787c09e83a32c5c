//! The state of figure 2: what is volatile, and what people see of it. What is durable stands in `disk`.

use crate::node::{NodeId, RequestId};
use crate::parts::machine::Machine;
use crate::parts::quorum::Tally;
use crate::parts::reads::Readings;
use crate::protocols::raft::Disk;
use crate::spec::replicated_log::{Configuration, Index, NodeSet, Term};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// The named timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// No leader was heard of for too long.
    Election,
    /// Time to be heard of.
    Heartbeat,
    /// While it runs, a leader was heard of within the shortest election timeout (thesis, 4.2.3).
    Recency,
    /// Time for a leader to see whether a majority has answered (thesis, 6.2).
    Quorum,
    /// Time for the administrator to change the cluster.
    Administrator,
    /// Time to hand the leadership over, or to give that up.
    Transfer,
}

/// What a node is, and what it knows as such.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Answers others.
    Follower,
    /// Collects votes.
    Candidate {
        /// Who has given theirs.
        votes: Tally,
    },
    /// Replicates its log.
    Leader {
        /// How far each node is, itself included.
        progress: Vec<Progress>,
        /// The requests it has appended as the leader of this term, to be answered once they are applied.
        asked: BTreeSet<RequestId>,
        /// Where its term begins in the log: its no-op.
        begins: Index,
        /// What only some configurations need.
        extras: Extras,
    },
    /// Asks who would vote for it (thesis, 9.6).
    PreCandidate {
        /// Who would.
        votes: Tally,
    },
}

/// What a leader knows that only some configurations need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extras {
    /// Who has answered since it last looked, where it checks for a quorum.
    pub active: Tally,
    /// Reads that wait, and its lease.
    pub readings: Readings,
    /// The voters that the administrator wants.
    pub wanted: Option<NodeSet>,
    /// To whom it is about to hand its leadership.
    pub successor: Option<NodeId>,
}

/// How far a leader takes a node to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Progress {
    /// `nextIndex`: the next entry to send it.
    pub next: Index,
    /// `matchIndex`: up to here its log is known to be the leader's.
    pub matched: Index,
    /// How many `AppendEntries` with entries are on their way to it and not answered, where `max_inflight` asks: a
    /// heartbeat takes them for lost, and any answer counts for one.
    pub inflight: u32,
}

/// "Volatile state on all servers."
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Raft {
    pub(super) role: Role,
    /// The vote of the current term as this node remembers it: what is on disk, unless the vote was not persisted.
    pub(super) voted_for: Option<NodeId>,
    /// Whom it last heard from as the leader of the current term.
    pub(super) leader: Option<NodeId>,
    /// Whether that was within the shortest election timeout; only where it is to remember.
    pub(super) recent: bool,
    /// `commitIndex`
    pub(super) commit: Index,
    /// `lastApplied`
    pub(super) applied: Index,
    pub(super) machine: Machine,
    /// The latest configuration in its log, committed or not, and where it stands; none where all nodes are members.
    pub(super) members: Option<(Index, Configuration)>,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// `follower`, `pre-candidate`, `candidate`, `leader`
    pub role: &'static str,
    /// The current term.
    pub term: Term,
    /// Its vote, if it has one.
    pub voted_for: Option<NodeId>,
    /// Whom it takes for the leader.
    pub leader: Option<NodeId>,
    /// Where its log ends.
    pub last_index: Index,
    /// How far a snapshot stands for its log.
    pub snapshot: Index,
    /// How far it knows the log committed.
    pub commit: Index,
    /// How far its store has applied it.
    pub applied: Index,
    /// Who belongs to the cluster, where that changes.
    pub members: Option<String>,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role, self.term)
    }
}

impl Raft {
    /// How far the log is applied: for a host that carries out the entries by itself.
    pub fn applied(&self) -> Index {
        self.applied
    }

    /// Whom the node takes for the leader of its term: perhaps itself.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    /// Whether the node leads.
    pub fn leads(&self) -> bool {
        matches!(self.role, Role::Leader { .. })
    }

    /// Whether it leads and has applied all that was committed before its term: its no-op is applied (thesis, 6.4).
    pub fn leads_up_to_date(&self) -> bool {
        matches!(self.role, Role::Leader { begins, .. } if begins <= self.applied)
    }

    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        let role = match self.role {
            Role::Follower => "follower",
            Role::PreCandidate { .. } => "pre-candidate",
            Role::Candidate { .. } => "candidate",
            Role::Leader { .. } => "leader",
        };
        View {
            role,
            term: disk.term,
            voted_for: self.voted_for,
            leader: self.leader,
            last_index: disk.last_index(),
            snapshot: disk.snapshot_index(),
            commit: self.commit,
            applied: self.applied,
            members: self.members.map(|(_, members)| members.to_string()),
        }
    }
}
