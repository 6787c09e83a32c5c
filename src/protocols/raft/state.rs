//! The state of figure 2: configuration, what is durable, what is volatile, and what people see of it.

use crate::node::{Nanos, NodeId, RequestId, Span, Stable};
use crate::parts::machine::Machine;
use crate::parts::quorum::Tally;
use crate::spec::replicated_log::{Entry, Index, Term};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A follower that hears from no leader for so long becomes a candidate. Drawn anew each time (5.2).
    pub election_timeout: Span,
    /// How often a leader is heard of.
    pub heartbeat: Nanos,
    /// The most entries that one `AppendEntries` carries.
    pub batch: u32,
    /// How many `AppendEntries` with entries a leader has on their way to a follower at a time, until the next
    /// heartbeat. With 1, what comes meanwhile waits, and goes in one batch (thesis, 10.2.2). Without: every request
    /// is passed on at once.
    pub max_inflight: Option<u32>,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

/// A mistake that an implementer made or could make. Each is one line of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// A vote is remembered in memory only: a voter that crashes can vote again in the same term.
    VoteNotPersisted,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            election_timeout: Span::new(Nanos::from_millis(150), Nanos::from_millis(300)),
            heartbeat: Nanos::from_millis(50),
            batch: 64,
            max_inflight: None,
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

/// "Persistent state on all servers": what survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// The latest term the node has seen.
    pub term: Term,
    /// Whom it voted for in that term.
    pub voted_for: Option<NodeId>,
    log: Vec<Entry>,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A new term begins, without a vote.
    Term(Term),
    /// The vote of the term is given.
    Vote {
        /// Of which term: the one on disk.
        term: Term,
        /// To whom.
        candidate: NodeId,
    },
    /// The log grows by one.
    Append {
        /// The entry's place: the end of the log.
        index: Index,
        /// What stands there.
        entry: Entry,
    },
    /// The log is cut back.
    Truncate {
        /// The last entry to keep.
        last: Index,
    },
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Term(term) => {
                self.term = term;
                self.voted_for = None;
            }
            Change::Vote { candidate, .. } => self.voted_for = Some(candidate),
            Change::Append { index, entry } => {
                assert_eq!(index, self.last_index().next(), "the log has a gap");
                self.log.push(entry);
            }
            Change::Truncate { last } => self.log.truncate(last.0 as usize),
        }
    }
}

impl Disk {
    /// Where the log ends.
    pub fn last_index(&self) -> Index {
        Index(self.log.len() as u64)
    }

    /// The term of the log's last entry; 0 where it is empty.
    pub fn last_term(&self) -> Term {
        self.log.last().map_or(Term(0), |entry| entry.term)
    }

    /// The entry at `index`, if the log has one.
    pub fn entry(&self, index: Index) -> Option<&Entry> {
        self.log.get((index.0 as usize).checked_sub(1)?)
    }

    /// The term of the entry at `index`: 0 before the first, none past the end.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        if index == Index(0) { Some(Term(0)) } else { self.entry(index).map(|entry| entry.term) }
    }

    /// Up to `count` entries behind `index`.
    pub fn entries_after(&self, index: Index, count: u32) -> &[Entry] {
        let rest = &self.log[index.0 as usize..];
        &rest[..rest.len().min(count as usize)]
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
    },
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
    /// `commitIndex`
    pub(super) commit: Index,
    /// `lastApplied`
    pub(super) applied: Index,
    pub(super) machine: Machine,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// `follower`, `candidate`, `leader`
    pub role: &'static str,
    /// The current term.
    pub term: Term,
    /// Its vote, if it has one.
    pub voted_for: Option<NodeId>,
    /// Whom it takes for the leader.
    pub leader: Option<NodeId>,
    /// Where its log ends.
    pub last_index: Index,
    /// How far it knows the log committed.
    pub commit: Index,
    /// How far its store has applied it.
    pub applied: Index,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role, self.term)
    }
}

impl Raft {
    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        let role = match self.role {
            Role::Follower => "follower",
            Role::Candidate { .. } => "candidate",
            Role::Leader { .. } => "leader",
        };
        View {
            role,
            term: disk.term,
            voted_for: self.voted_for,
            leader: self.leader,
            last_index: disk.last_index(),
            commit: self.commit,
            applied: self.applied,
        }
    }
}
