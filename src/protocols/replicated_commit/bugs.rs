//! Mistakes that implementers made or could make. Each is one line of the protocol.

use crate::node::PlantedBug;
use crate::protocols::replicated_commit::Via;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// X1: the leader commits as soon as one acceptor has accepted each vote.
    OneAcceptorCommits,
    /// X2: a site votes before what it promises is on its disk.
    VoteSentFirst,
    /// X2: an acceptor says that it has accepted before that is on its disk.
    AcceptedSentFirst,
    /// X3: a new leader presumes an abort, whatever acceptors have accepted.
    PresumesAbort,
    /// X4: what is in doubt does not lock its keys anew after a restart.
    LocksNotRestored,
    /// X5: nobody finishes a transaction but who has begun it.
    LeavesOrphans,
    /// X7: an acceptor accepts in a ballot below one that it has promised.
    PromiseIgnored,
    /// Via Raft, X1: the coordinator's leader acts on a decision before it is committed in its log.
    DecidesBeforeCommitted,
    /// Via Raft, X2: a site's leader votes before its part is committed in its log.
    VotesBeforeCommitted,
    /// Via Raft, X4: a new leader acts before it has applied its log, and does not know what is prepared.
    ActsBeforeApplied,
}

impl Bug {
    /// Its row in the table, which has them in this order.
    pub(super) fn name(self) -> &'static str {
        BUGS[self as usize].name
    }

    /// Under which of the two it can be made.
    pub(super) fn via(self) -> Via {
        match self {
            Self::OneAcceptorCommits
            | Self::VoteSentFirst
            | Self::AcceptedSentFirst
            | Self::PresumesAbort
            | Self::LocksNotRestored
            | Self::LeavesOrphans
            | Self::PromiseIgnored => Via::PaxosCommit,
            Self::DecidesBeforeCommitted | Self::VotesBeforeCommitted | Self::ActsBeforeApplied => Via::Raft,
        }
    }
}

/// A row of the table.
const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// The table that `list bugs` prints.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "one-acceptor-commits",
        "X1: the leader commits as soon as one acceptor has accepted each vote, not a majority",
        "decision-chosen",
        "Gray & Lamport 2006, section 4: committed once every instance has chosen prepared",
    ),
    bug(
        "vote-sent-first",
        "X2: a site sends its vote before what it has prepared is on its disk",
        "durable-before-send",
        "Gray & Lamport 2006, section 3: a prepared resource manager must survive its crash",
    ),
    bug(
        "accepted-sent-first",
        "X2: an acceptor tells the leader that it has accepted a vote before that is on its disk",
        "durable-before-send",
        "Lamport 2001, section 2.5; Gray & Lamport 2006, section 4: stable storage writes of acceptors",
    ),
    bug(
        "presumes-abort",
        "X3: a new leader presumes an abort, as in two-phase commit, whatever acceptors have accepted",
        "votes-safe",
        "Gray & Lamport 2006, section 4: phase 2a proposes what phase 1b has reported",
    ),
    bug(
        "locks-not-restored",
        "X4: a site that restarts does not lock again what it has prepared and not decided",
        "in-doubt-holds-locks",
        "Bernstein, Hadzilacos & Goodman 1987, section 7.4; Mohan et al. 1986: in doubt, locks are taken anew",
    ),
    bug(
        "leaves-orphans",
        "X5: only the leader that has begun a transaction finishes it: if it does not come back, nobody does",
        "stalls",
        "Gray & Lamport 2006, section 4: any leader can; atomix issue 360",
    ),
    bug(
        "promise-ignored",
        "X7: an acceptor accepts votes in a ballot below one that it has promised to a new leader",
        "ballot-fence",
        "Gray & Lamport 2006, section 4; Lamport 2001, section 2.2, condition P1a",
    ),
    bug(
        "decides-before-committed",
        "via Raft, X1: the coordinator's leader acts on a decision that is in its own log only",
        "irrevocability",
        "Ongaro & Ousterhout 2014, section 5.3: an entry is applied once it is committed",
    ),
    bug(
        "votes-before-committed",
        "via Raft, X2: a site's leader votes yes when its part is in its own log only",
        "commit-validity",
        "Corbett et al. 2012 (Spanner), section 4.2.1: a participant logs its prepare record through Paxos first",
    ),
    bug(
        "acts-before-applied",
        "via Raft, X4: a new leader acts before it has applied its log, and locks nothing of what is prepared",
        "in-doubt-holds-locks",
        "Ongaro 2014, section 6.4: a leader knows what is committed once its no-op is",
    ),
];
