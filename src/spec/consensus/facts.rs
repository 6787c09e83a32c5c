//! What happens at nodes, and the table of what must hold.

use crate::node::{Family, NodeId, RequestId, Stream};
use crate::spec::consensus::load::OPERATIONS;
use crate::spec::consensus::words::parse_op;
use crate::spec::consensus::{Ballot, ConsensusLedger, Decided, Decree, Op, Proposals, Value};
use crate::spec::judged::{FactShape, Invariant, Judged, Leadership, Moments, fact};
use crate::spec::quorum_core::majority_and_rest;
use serde::Serialize;

/// Something that happened at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum ConsensusFact {
    /// The node has started, and says what it is and how large the quorums of its cluster are meant to be. Told by
    /// hand, at each start.
    Configured {
        /// Whether it promises and votes.
        acceptor: bool,
        /// Whether it learns what is chosen.
        learner: bool,
        /// How many promises make a ballot.
        phase1: u32,
        /// How many votes choose a value.
        phase2: u32,
    },
    /// A client has asked the node for something. Told by hand.
    Asked {
        /// Which client, and which of its requests.
        request: RequestId,
        /// What it asked.
        op: Op,
    },
    /// The node has begun a ballot, durably: it never begins it again.
    Began {
        /// For which decree.
        decree: Decree,
        /// Which ballot.
        ballot: Ballot,
    },
    /// The node has promised, durably, to take no part in lower ballots.
    Promised {
        /// For which decree.
        decree: Decree,
        /// Up to which ballot, exclusively.
        ballot: Ballot,
    },
    /// The node asks for votes for a value in its ballot: phase 2 begins. Told by hand.
    Issued {
        /// For which decree.
        decree: Decree,
        /// In which ballot.
        ballot: Ballot,
        /// For which value.
        value: Value,
    },
    /// The node has voted, durably.
    Accepted {
        /// For which decree.
        decree: Decree,
        /// In which ballot.
        ballot: Ballot,
        /// For which value.
        value: Value,
    },
    /// The node has learnt, durably, which value is chosen.
    Learned {
        /// For which decree.
        decree: Decree,
        /// Which value.
        value: Value,
    },
}

/// The family of consensus on one value a decree.
#[derive(Clone, Copy, Debug)]
pub struct Consensus;

impl Family for Consensus {
    type Op = Op;
    type Reply = Decided;
    type Fact = ConsensusFact;
}

/// Places in [`Judged::INVARIANTS`].
pub(super) mod place {
    pub const AGREEMENT: usize = 0;
    pub const VALIDITY: usize = 1;
    pub const INTEGRITY: usize = 2;
    pub const ONE_VALUE_PER_BALLOT: usize = 3;
    pub const ONE_VOTE_PER_BALLOT: usize = 4;
    pub const PROMISE_MONOTONE: usize = 5;
    pub const VOTES_SAFE: usize = 6;
    pub const LEARNED_IS_CHOSEN: usize = 7;
}

const fn invariant(name: &'static str, meaning: &'static str, source: &'static str) -> Invariant {
    Invariant { name, meaning, source }
}

impl Judged for Consensus {
    const NAME: &'static str = "consensus";
    const ABOUT: &'static str = "nodes agree on one value for each decree";
    const INVARIANTS: &'static [Invariant] = &[
        invariant(
            "agreement",
            "no two values are chosen for one decree, and no two are learnt",
            "Lamport 2001, section 2.1: only a single value is chosen",
        ),
        invariant(
            "validity",
            "only a value that a client has proposed is issued or learnt",
            "Lamport 2001, section 2.1: only a value that has been proposed may be chosen",
        ),
        invariant(
            "integrity",
            "a node learns a decree once, restarts included, and tells clients what it has learnt of what they asked",
            "Cachin, Guerraoui & Rodrigues 2011, section 5.1.1 (C3: no process decides twice)",
        ),
        invariant(
            "one-value-per-ballot",
            "in a ballot votes are asked for, and given, for one value only",
            "Lamport, Voting.tla (OneValuePerBallot); Paxos Made Simple 2001, section 2.2",
        ),
        invariant(
            "one-vote-per-ballot",
            "an acceptor votes for at most one value in a ballot, restarts included",
            "Lamport, Voting.tla (OneVote)",
        ),
        invariant(
            "promise-monotone",
            "an acceptor's promise only grows, and it never votes below it, restarts included",
            "Lamport 2001, section 2.2, P1a",
        ),
        invariant(
            "votes-safe",
            "when a vote is given, no other value has been chosen or can yet be in a lower ballot",
            "Lamport, Voting.tla (VotesSafe, ShowsSafeAt); Paxos Made Simple 2001, section 2.2, P2c",
        ),
        invariant(
            "learned-is-chosen",
            "what a node learns has the votes of a quorum in one ballot",
            "Lamport 2001, section 2.3",
        ),
    ];
    const FACTS: &'static [FactShape] = &[
        fact("Configured", &["acceptor", "learner", "phase1", "phase2"]),
        fact("Asked", &["request", "op"]),
        fact("Began", &["decree", "ballot"]),
        fact("Promised", &["decree", "ballot"]),
        fact("Issued", &["decree", "ballot", "value"]),
        fact("Accepted", &["decree", "ballot", "value"]),
        fact("Learned", &["decree", "value"]),
    ];
    const OPERATIONS: &'static [&'static str] = OPERATIONS;
    const HAS_LEADERS: bool = false;
    const MOMENTS: Moments = Moments { append: Some("Accepted"), promise: Some("Promised"), lead: Some("Issued") };

    type Ledger = ConsensusLedger;
    type Generator = Proposals;

    fn fact_kind(fact: &ConsensusFact) -> usize {
        match fact {
            ConsensusFact::Configured { .. } => 0,
            ConsensusFact::Asked { .. } => 1,
            ConsensusFact::Began { .. } => 2,
            ConsensusFact::Promised { .. } => 3,
            ConsensusFact::Issued { .. } => 4,
            ConsensusFact::Accepted { .. } => 5,
            ConsensusFact::Learned { .. } => 6,
        }
    }

    fn presupposable(fact: &ConsensusFact) -> bool {
        matches!(fact, ConsensusFact::Issued { .. })
    }

    fn leads(_: &ConsensusFact) -> Option<Leadership> {
        None
    }

    fn core(_: &ConsensusLedger, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        majority_and_rest(nodes, lost, draws).0
    }

    fn reads_only(op: &Op) -> bool {
        match op {
            Op::Learn(_) => true,
            Op::Propose(..) => false,
        }
    }

    fn parse_op(text: &str) -> Result<Op, String> {
        parse_op(text)
    }
}
