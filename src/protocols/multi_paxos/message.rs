//! The messages: P1a, P1b, P2a and P2b of PMMC, refusals, and what those who lag are told.

use crate::protocols::multi_paxos::Snapshot;
use crate::spec::replicated_log::{Command, Entry, Index, Term};

/// What nodes say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// P1a, candidate to all: asks for a promise for all slots.
    Prepare {
        /// The candidate's term.
        term: Term,
        /// The first slot that it does not know chosen: it wants to hear of those from here on.
        first: Index,
    },
    /// P1b, acceptor to candidate: it will accept nothing in lower terms.
    Promise {
        /// The term of the `Prepare`.
        term: Term,
        /// What it has accepted, from `first` on.
        accepted: Vec<(Index, Entry)>,
        /// Up to here its slots are gone: a snapshot stands for them.
        compacted: Index,
    },
    /// P2a, leader to all: asks them to accept commands in slots; none as a heartbeat.
    Accept {
        /// The leader's term.
        term: Term,
        /// Slots and their commands.
        slots: Vec<(Index, Command)>,
        /// How far the leader knows the log chosen.
        commit: Index,
    },
    /// P2b, acceptor to leader: it has accepted.
    Accepted {
        /// The leader's term.
        term: Term,
        /// In which slots.
        slots: Vec<Index>,
    },
    /// Acceptor to candidate or leader: it has promised a higher term.
    Preempted {
        /// That term.
        term: Term,
    },
    /// Whoever lags, to the leader: asks for what is chosen.
    CatchUp {
        /// The first slot that it does not know chosen.
        first: Index,
    },
    /// The answer: this is chosen.
    Decision {
        /// Slots, and what is chosen in them.
        slots: Vec<(Index, Entry)>,
        /// How far the sender knows the log chosen.
        commit: Index,
    },
    /// The answer where the slots are gone: a state that stands for them.
    Snapshot {
        /// What state, and up to which slot.
        snapshot: Snapshot,
    },
    /// Leader to all: asks whether it still leads, for reads beside the log.
    Confirm {
        /// The leader's term.
        term: Term,
        /// Which time it asks.
        round: u64,
    },
    /// Acceptor to leader: it has promised no higher term.
    Confirmed {
        /// The leader's term.
        term: Term,
        /// The round of the `Confirm`.
        round: u64,
    },
}
