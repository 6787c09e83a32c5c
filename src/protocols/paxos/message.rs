//! The messages: 1a, 1b, 2a and 2b of the paper, refusals, and what learners tell each other.

use crate::spec::consensus::{Ballot, Decree, Value, Vote};

/// What nodes say to each other. Each is about one decree, but for `CatchUp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// 1a, proposer to acceptors: asks them to promise.
    Prepare {
        /// For which decree.
        decree: Decree,
        /// In which ballot.
        ballot: Ballot,
    },
    /// 1b, acceptor to proposer: it will take no part in lower ballots.
    Promise {
        /// For which decree.
        decree: Decree,
        /// The ballot of the `Prepare`.
        ballot: Ballot,
        /// The vote in the highest ballot in which it has given one.
        accepted: Option<Vote>,
    },
    /// 2a, proposer to acceptors: asks for their votes.
    Accept {
        /// For which decree.
        decree: Decree,
        /// In which ballot.
        ballot: Ballot,
        /// For which value.
        value: Value,
    },
    /// 2b, acceptor to learners: it has voted.
    Accepted {
        /// For which decree.
        decree: Decree,
        /// How.
        vote: Vote,
    },
    /// Acceptor to proposer: it has promised a higher ballot to another. (2.5: "it is probably a good idea to abandon a
    /// proposal if some proposer has begun trying to issue a higher-numbered one", and to tell its proposer.)
    Nack {
        /// For which decree.
        decree: Decree,
        /// The ballot that is refused.
        ballot: Ballot,
        /// The one that it has promised.
        promised: Ballot,
    },
    /// Whoever knows, to whoever does not: this value is chosen.
    Decided {
        /// For which decree.
        decree: Decree,
        /// Which value.
        value: Value,
    },
    /// Learner to learner: asks for what it has missed.
    CatchUp {
        /// The first decree of which it has learnt nothing.
        first: Decree,
        /// Those behind it that it has learnt.
        beyond: Vec<Decree>,
    },
}
