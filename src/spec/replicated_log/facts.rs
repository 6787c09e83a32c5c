//! The words of the family: terms, indexes, entries, facts.

use crate::node::{Family, NodeId, RequestId, Stream, debug_is_display};
use crate::spec::history::{Event, History};
use crate::spec::judged::{FactShape, Invariant, Judged, Leadership, Moments, Promise, fact};
use crate::spec::quorum_core::majority_and_rest;
use crate::spec::replicated_log::invariants::INVARIANTS;
use crate::spec::replicated_log::{Configuration, LogLedger};
use crate::spec::store::{self, Load, Op, Reply};
use serde::{Serialize, Serializer};
use std::fmt;

/// A term: logical time, at most one leader each. Terms count from 1; 0 is before the first election.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Term(pub u64);

/// The place of an entry in the log, from 1; 0 is before the first entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Index(pub u64);

impl Term {
    /// The term after this one.
    pub fn next(self) -> Term {
        Term(self.0 + 1)
    }
}

impl Index {
    /// The place after this one.
    pub fn next(self) -> Index {
        Index(self.0 + 1)
    }

    /// The place before this one; 0 has none and stays.
    pub fn previous(self) -> Index {
        Index(self.0.saturating_sub(1))
    }
}

/// What an entry asks of the state machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Nothing: a leader's first entry of its term, a filled gap.
    Noop,
    /// A client's operation.
    Apply(RequestId, Op),
    /// Who belongs to the cluster from here on. The state machine does nothing.
    Configure(Configuration),
    /// Who decides from so many slots behind this one on: Lamport's α, the same all along a log. In force at once where
    /// a log begins with it (in t0). The state machine does nothing.
    Reconfigure(Configuration, u32),
}

/// One entry of a log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The term of the leader that appended it first.
    pub term: Term,
    /// What it asks.
    pub command: Command,
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "i{}", self.0)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Noop => f.write_str("noop"),
            Command::Apply(request, op) => write!(f, "{request} {op}"),
            Command::Configure(configuration) => write!(f, "members {configuration}"),
            Command::Reconfigure(configuration, after) => write!(f, "members {configuration} after {after}"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} {}]", self.term, self.command)
    }
}

debug_is_display!(Term, Index, Command, Entry);

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something that happened at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum LogFact {
    /// The node is the leader of the term. Told by hand, as it wins.
    Elected {
        /// Of which term.
        term: Term,
    },
    /// The node has entered the term, durably.
    TermAdopted {
        /// Which term.
        term: Term,
    },
    /// The node has given its vote of the term, durably.
    Voted {
        /// The vote's term.
        term: Term,
        /// For whom.
        candidate: NodeId,
    },
    /// The node's log holds the entry at the index, durably.
    Appended {
        /// Where.
        index: Index,
        /// What.
        entry: Entry,
    },
    /// The node's log ends at `last` now, durably.
    Truncated {
        /// The last entry that was kept.
        last: Index,
    },
    /// The node knows the log committed up to `index`. Told by hand, once per advance of the commit index.
    Committed {
        /// The last committed entry.
        index: Index,
        /// That entry's own term: with the index it names the entry, and all before it.
        entry_term: Term,
        /// The node's current term: the term in which the entry was committed, as this node learnt it.
        term: Term,
    },
    /// The node's state machine has applied the log up to `index`. Told by hand, once per entry.
    Applied {
        /// The entry applied last.
        index: Index,
        /// A hash of the state machine afterwards, its session table included.
        state: u64,
    },
    /// The node has accepted the entry in this slot, durably, in place of what it had accepted there. Slots stand by
    /// themselves: what is said of one says nothing of others.
    Accepted {
        /// Which slot.
        index: Index,
        /// What; its term is that of the leader that asked for it.
        entry: Entry,
    },
    /// The node has learnt, durably, which entry is chosen in this slot; in logs whose slots stand by themselves.
    Decided {
        /// Which slot.
        index: Index,
        /// What, and a term in which it was accepted by a majority.
        entry: Entry,
    },
    /// The node has put a snapshot of its own in place of its log up to `index`, durably.
    Compacted {
        /// The last entry that the snapshot covers.
        index: Index,
        /// That entry's own term.
        entry_term: Term,
        /// A hash of the state machine in the snapshot.
        state: u64,
    },
    /// The node has taken over another one's snapshot, durably.
    Installed {
        /// The last entry that the snapshot covers.
        index: Index,
        /// That entry's own term.
        entry_term: Term,
        /// A hash of the state machine in the snapshot.
        state: u64,
        /// Whether it kept the entries of its log behind it; else its log ends there now.
        kept: bool,
    },
    /// The node knows that other members decide from this slot on, where slots stand by themselves. Told by hand, as it
    /// applies the command that says so.
    Reconfigured {
        /// Which slot.
        from: Index,
    },
}

/// The family of replicated logs that serve a [`store`].
#[derive(Clone, Copy, Debug)]
pub struct ReplicatedLog;

impl Family for ReplicatedLog {
    type Op = Op;
    type Reply = Reply;
    type Fact = LogFact;
}

impl Judged for ReplicatedLog {
    const NAME: &'static str = "replicated-log";
    const ABOUT: &'static str = "nodes agree on a log of commands and apply it to a store";
    const INVARIANTS: &'static [Invariant] = INVARIANTS;
    const FACTS: &'static [FactShape] = &[
        fact("Elected", &["term"]),
        fact("TermAdopted", &["term"]),
        fact("Voted", &["term", "candidate"]),
        fact("Appended", &["index", "entry"]),
        fact("Truncated", &["last"]),
        fact("Committed", &["index", "entry_term", "term"]),
        fact("Applied", &["index", "state"]),
        fact("Accepted", &["index", "entry"]),
        fact("Decided", &["index", "entry"]),
        fact("Compacted", &["index", "entry_term", "state"]),
        fact("Installed", &["index", "entry_term", "state", "kept"]),
        fact("Reconfigured", &["from"]),
    ];
    const OPERATIONS: &'static [&'static str] = store::OPERATIONS;
    const HAS_LEADERS: bool = true;
    const MOMENTS: Moments = Moments { append: Some("Appended"), promise: Some("Voted"), lead: Some("Elected") };

    const PROMISE: Option<Promise> = Some(Promise::Linearizable);

    type Ledger = LogLedger;
    type Generator = Load;

    fn fact_kind(fact: &LogFact) -> usize {
        match fact {
            LogFact::Elected { .. } => 0,
            LogFact::TermAdopted { .. } => 1,
            LogFact::Voted { .. } => 2,
            LogFact::Appended { .. } => 3,
            LogFact::Truncated { .. } => 4,
            LogFact::Committed { .. } => 5,
            LogFact::Applied { .. } => 6,
            LogFact::Accepted { .. } => 7,
            LogFact::Decided { .. } => 8,
            LogFact::Compacted { .. } => 9,
            LogFact::Installed { .. } => 10,
            LogFact::Reconfigured { .. } => 11,
        }
    }

    fn presupposable(fact: &LogFact) -> bool {
        matches!(fact, LogFact::Elected { .. })
    }

    fn leads(fact: &LogFact) -> Option<Leadership> {
        match fact {
            LogFact::Elected { term } => Some(Leadership::Begins(term.0)),
            LogFact::TermAdopted { term } => Some(Leadership::Ends(term.0)),
            LogFact::Voted { .. }
            | LogFact::Appended { .. }
            | LogFact::Truncated { .. }
            | LogFact::Committed { .. }
            | LogFact::Applied { .. }
            | LogFact::Accepted { .. }
            | LogFact::Decided { .. }
            | LogFact::Compacted { .. }
            | LogFact::Installed { .. }
            | LogFact::Reconfigured { .. } => None,
        }
    }

    /// A majority, or more: as many as are drawn; and whoever else is needed for a quorum of every configuration that
    /// is in force anywhere.
    fn core(ledger: &LogLedger, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        let (mut all, rest) = majority_and_rest(nodes, lost, draws);
        for configuration in ledger.configurations(&all) {
            let needed = rest.iter().filter(|node| configuration.votes(**node));
            for node in needed {
                if !configuration.is_quorum(|member| all.contains(&member)) && !all.contains(node) {
                    all.push(*node);
                }
            }
        }
        all
    }

    fn on_a_store(history: &History<Self>) -> Option<&[Event<Op, Reply>]> {
        Some(history)
    }

    fn reads_only(op: &Op) -> bool {
        matches!(op, Op::Get(_))
    }

    fn parse_op(text: &str) -> Result<Op, String> {
        store::parse_op(text)
    }
}
