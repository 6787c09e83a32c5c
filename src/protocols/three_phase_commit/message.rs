//! The messages.

use crate::node::RequestId;
use crate::parts::participant::Vote;
use crate::spec::atomic_commit::{Decision, Site, Step, Txn};

/// What nodes say to each other. Each is about one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Phase 1, coordinator to site: asks it to prepare its part.
    Prepare {
        /// Which transaction.
        txn: Txn,
        /// What asked for it.
        request: RequestId,
        /// How old it is: the first that ran for the same request.
        age: Txn,
        /// All sites that take part.
        sites: Vec<Site>,
        /// What the receiver is to do.
        steps: Vec<Step>,
    },
    /// Phase 1, site to coordinator.
    Vote {
        /// On which transaction.
        txn: Txn,
        /// What asked for it.
        request: RequestId,
        /// Yes or no.
        vote: Vote,
    },
    /// Phase 2, whoever coordinates to site: all have voted yes.
    PreCommit {
        /// On which transaction.
        txn: Txn,
    },
    /// Phase 2, site to whoever coordinates: it has heard so.
    Ack {
        /// Of which transaction.
        txn: Txn,
    },
    /// Phase 3, and an answer to whoever asks.
    Decision {
        /// On which transaction.
        txn: Txn,
        /// Which.
        decision: Decision,
    },
    /// Phase 3, site to coordinator: the commit is carried out.
    Done {
        /// Of which transaction.
        txn: Txn,
    },
    /// Site to site: take over, the coordinator has failed. (UR-ELECTED in Bernstein et al.)
    Nominate {
        /// Of which transaction.
        txn: Txn,
    },
    /// Who has taken over, to the other sites. (STATE-REQ)
    StateRequest {
        /// Of which transaction.
        txn: Txn,
    },
    /// The answer.
    StateReport {
        /// Of which transaction.
        txn: Txn,
        /// The sender's state.
        state: State,
    },
    /// Who has recovered, to anybody who may know: asks for the decision.
    Inquire {
        /// On which transaction.
        txn: Txn,
    },
    /// Site to a coordinator that has recovered: so has the sender, and it does not know the decision either.
    Recovered {
        /// On which transaction.
        txn: Txn,
    },
}

/// A site's state in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It has aborted, or had not voted and has done so now.
    Aborted,
    /// It has voted yes, and heard no more.
    Uncertain,
    /// It has heard that all have voted yes.
    Committable,
    /// It has committed.
    Committed,
}
