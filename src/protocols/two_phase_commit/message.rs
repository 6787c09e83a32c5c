//! The messages.

use crate::node::RequestId;
use crate::parts::participant::Vote;
use crate::spec::atomic_commit::{Decision, Site, Step, Txn};

/// What nodes say to each other. Each is about one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Phase 1, coordinator to site: asks it to prepare its part. (VOTE-REQ in Bernstein et al.)
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
    /// Phase 2, coordinator to site, or an answer to whoever is in doubt.
    Decision {
        /// On which transaction.
        txn: Txn,
        /// Which.
        decision: Decision,
    },
    /// Phase 2, site to coordinator: the commit is carried out.
    Ack {
        /// Of which transaction.
        txn: Txn,
    },
    /// A site in doubt, to anybody who may know: asks for the decision. (DECISION-REQ in Bernstein et al.)
    Inquire {
        /// On which transaction.
        txn: Txn,
    },
}
