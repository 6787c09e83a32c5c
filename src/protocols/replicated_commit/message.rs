//! The messages, and what they speak of.

use crate::node::RequestId;
use crate::parts::participant::Refusal;
use crate::parts::resource::Work;
use crate::protocols::raft;
use crate::protocols::replicated_commit::via_raft::{Command, Group};
use crate::spec::atomic_commit::{Decision, Site, Step, Txn, Value};
use crate::spec::consensus::Ballot;
use std::sync::Arc;

/// A site's vote: the value of its instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Vote {
    /// It has prepared its part, and this is what its reads gave.
    Prepared {
        /// In order.
        reads: Vec<Value>,
    },
    /// It has aborted, or has not voted in time.
    Aborted {
        /// Why.
        why: Why,
    },
}

/// Why a vote is to abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The site will not do its part.
    Refused(Refusal),
    /// The site has prepared or committed another transaction for the same request.
    Repeated {
        /// Which.
        other: Txn,
    },
    /// The client has gone on to another request.
    Stale,
    /// A leader has not found a vote.
    NoVote,
}

impl Vote {
    /// What the vote is for.
    pub fn decision(&self) -> Decision {
        match self {
            Vote::Prepared { .. } => Decision::Commit,
            Vote::Aborted { .. } => Decision::Abort,
        }
    }
}

impl Why {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Why::Refused(why) => why.words(),
            Why::Repeated { .. } => "another transaction runs for the same request",
            Why::Stale => "its client has gone on",
            Why::NoVote => "there was no vote in time",
        }
    }
}

/// What nodes say to each other. Each is about one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Leader to site: asks it to prepare its part.
    Prepare {
        /// Which transaction.
        txn: Txn,
        /// What asked for it.
        request: RequestId,
        /// The sites that it touches.
        sites: Vec<Site>,
        /// How old it is: the first that ran for the same request at its leader.
        age: Txn,
        /// What the receiver is to do.
        steps: Vec<Step>,
    },
    /// Site to acceptor in ballot 0, for itself; leader to acceptor in higher ballots, for all sites: a vote to accept.
    Phase2a {
        /// On which transaction.
        txn: Txn,
        /// The sites that it touches.
        sites: Vec<Site>,
        /// In which ballot.
        ballot: Ballot,
        /// By site.
        votes: Vec<(Site, Vote)>,
    },
    /// Acceptor to leader: these votes it has accepted.
    Phase2b {
        /// On which transaction.
        txn: Txn,
        /// In which ballot.
        ballot: Ballot,
        /// By site.
        votes: Vec<(Site, Vote)>,
    },
    /// Leader to acceptor: asks it to take part in no lower ballot.
    Phase1a {
        /// On which transaction.
        txn: Txn,
        /// Which ballot.
        ballot: Ballot,
    },
    /// Acceptor to leader: it will take part in no lower ballot, and this it has accepted.
    Phase1b {
        /// On which transaction.
        txn: Txn,
        /// Which ballot.
        ballot: Ballot,
        /// By site: its vote, and the ballot in which it was accepted last.
        accepted: Vec<(Site, Ballot, Vote)>,
    },
    /// Acceptor to leader: it has promised a higher ballot.
    Preempted {
        /// On which transaction.
        txn: Txn,
        /// The ballot that it does not take part in.
        ballot: Ballot,
        /// What it has promised.
        promised: Ballot,
    },
    /// Leader to site: the decision.
    Decision {
        /// On which transaction.
        txn: Txn,
        /// Which.
        decision: Decision,
    },
    /// A site in doubt, to an acceptor: asks it to find out the decision.
    Inquire {
        /// On which transaction.
        txn: Txn,
        /// The sites that it touches.
        sites: Vec<Site>,
    },
    /// Via Raft: what the members of a group say to each other.
    Log {
        /// Which group.
        group: Group,
        /// What Raft says.
        message: raft::Message,
        /// The commands that the entries in it name.
        commands: Vec<(RequestId, Arc<Command>)>,
    },
    /// Via Raft, coordinator to site, from leader to leader: asks it to prepare its part.
    AskSite {
        /// Which site.
        site: Site,
        /// Which transaction.
        txn: Txn,
        /// What asked for it.
        request: RequestId,
        /// What the site is to do.
        work: Work,
    },
    /// Via Raft, site to coordinator: its vote is in its log.
    SiteVote {
        /// Which site.
        site: Site,
        /// On which transaction.
        txn: Txn,
        /// Which.
        vote: Vote,
    },
    /// Via Raft, coordinator to site: the decision is in its log.
    SiteDecision {
        /// Which site.
        site: Site,
        /// On which transaction.
        txn: Txn,
        /// Which.
        decision: Decision,
    },
    /// Via Raft: a site is in doubt, and asks the coordinator for the decision.
    SiteInquiry {
        /// Which site.
        site: Site,
        /// About which transaction.
        txn: Txn,
    },
}
