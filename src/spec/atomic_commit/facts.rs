//! What happens at nodes, and the table of what must hold.

use crate::node::{Family, NodeId, RequestId, Stream, debug_is_display};
use crate::spec::atomic_commit::load::OPERATIONS;
use crate::spec::atomic_commit::words::parse_op;
use crate::spec::atomic_commit::{CommitLedger, Decision, Op, Reply, Site, Step, Transactions, Txn, Value};
use crate::spec::consensus::Ballot;
use crate::spec::history::{Event, History};
use crate::spec::judged::{Doubt, FactShape, Invariant, Judged, Leadership, Moments, Promise, fact};
use serde::{Serialize, Serializer};
use std::fmt;

/// What a node is part of. It may say several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Whoever coordinates transactions and is asked by clients.
    Coordinator,
    /// A site.
    Site(Site),
    /// A member of the group that coordinates: what is decided lies in its log, not with acceptors.
    CoordinatorGroup,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Coordinator => f.write_str("coordinator"),
            Part::CoordinatorGroup => f.write_str("coordinator group"),
            Part::Site(site) => fmt::Display::fmt(site, f),
        }
    }
}

debug_is_display!(Part);

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something that happened at a node. What is said of a site holds for the site as a whole: of a group, that it is
/// durable for the group. Each of its nodes may tell it, as it hears of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum CommitFact {
    /// The node has started, and says what it is part of. Told by hand, at each start.
    Configured {
        /// What the node is part of.
        part: Part,
        /// How many sites there are.
        sites: u32,
    },
    /// A transaction begins on behalf of a request. Told by hand, before any site hears of it.
    Began {
        /// Which.
        txn: Txn,
        /// What asked for it.
        request: RequestId,
        /// What it is to do.
        op: Op,
    },
    /// The site has prepared its part, durably: it can do it, and will if that is decided. It votes yes.
    Prepared {
        /// Which site.
        site: Site,
        /// Of which transaction.
        txn: Txn,
        /// Its part.
        steps: Vec<Step>,
        /// What its part has read, in order.
        reads: Vec<Value>,
    },
    /// The site votes no: it will not do its part.
    VotedNo {
        /// Which site.
        site: Site,
        /// On which transaction.
        txn: Txn,
        /// Why.
        why: &'static str,
    },
    /// The site has prepared, durably, and knows durably that all others have: the third phase of protocols that have
    /// one.
    Precommitted {
        /// Which site.
        site: Site,
        /// Which transaction.
        txn: Txn,
    },
    /// Whoever coordinates a transaction has waited in vain for a site. Told by hand.
    TimedOut {
        /// Which transaction.
        txn: Txn,
    },
    /// A site has waited in vain for the decision, and begins to ask around. Told by hand.
    InDoubt {
        /// Which site.
        site: Site,
        /// About which transaction.
        txn: Txn,
    },
    /// A decision has fallen where decisions fall: for a commit, durably.
    Decided {
        /// On which transaction.
        txn: Txn,
        /// Which.
        decision: Decision,
    },
    /// The site has carried out the decision, durably. Its locks are free.
    Finished {
        /// Which site.
        site: Site,
        /// Which transaction.
        txn: Txn,
        /// How.
        decision: Decision,
    },
    /// Whoever coordinates has forgotten the transaction, durably.
    Forgotten {
        /// Which.
        txn: Txn,
    },
    /// Where acceptors keep the votes: one of them takes part in no lower ballot on a transaction any more, durably.
    Promised {
        /// On which transaction.
        txn: Txn,
        /// Which ballot.
        ballot: Ballot,
    },
    /// Where acceptors keep the votes: one of them has accepted a site's vote, durably.
    Accepted {
        /// On which transaction.
        txn: Txn,
        /// Whose vote.
        site: Site,
        /// In which ballot: the site's own is the lowest.
        ballot: Ballot,
        /// Commit: it has prepared; abort: it has aborted.
        vote: Decision,
    },
}

/// The family of atomic commitment.
#[derive(Clone, Copy, Debug)]
pub struct AtomicCommit;

impl Family for AtomicCommit {
    type Op = Op;
    type Reply = Reply;
    type Fact = CommitFact;
}

/// Places in [`Judged::INVARIANTS`].
pub(super) mod place {
    pub const AGREEMENT: usize = 0;
    pub const IRREVOCABILITY: usize = 1;
    pub const COMMIT_VALIDITY: usize = 2;
    pub const ABORT_NON_TRIVIALITY: usize = 3;
    pub const NO_COMMIT_WHILE_UNCERTAIN: usize = 4;
    pub const IN_DOUBT_HOLDS_LOCKS: usize = 5;
    pub const READS_CURRENT: usize = 6;
    pub const FORGET_SAFE: usize = 7;
    pub const EXACTLY_ONCE: usize = 8;
    pub const FAITHFUL_REPLY: usize = 9;
    pub const BANK_TOTAL: usize = 10;
    pub const ONE_CYCLE: usize = 11;
    pub const VOTE_DURABLE: usize = 12;
    pub const BALLOT_FENCE: usize = 13;
    pub const VOTES_SAFE: usize = 14;
    pub const DECISION_CHOSEN: usize = 15;
}

const fn invariant(name: &'static str, meaning: &'static str, source: &'static str) -> Invariant {
    Invariant { name, meaning, source }
}

impl Judged for AtomicCommit {
    const NAME: &'static str = "atomic-commit";
    const ABOUT: &'static str = "several sites carry out their parts of one transaction, or none does";
    const INVARIANTS: &'static [Invariant] = &[
        invariant(
            "agreement",
            "no two sites, and no site and whoever decides, come to different decisions on a transaction",
            "Bernstein, Hadzilacos & Goodman 1987, section 7.3: all processes that reach a decision reach the same one",
        ),
        invariant(
            "irrevocability",
            "a site does not go back on a decision that it has carried out, restarts included",
            "Bernstein, Hadzilacos & Goodman 1987, section 7.3: a process cannot reverse its decision",
        ),
        invariant(
            "commit-validity",
            "a transaction commits only when every site that it touches has prepared its part, durably",
            "Bernstein, Hadzilacos & Goodman 1987, section 7.3: commit only if all processes voted yes",
        ),
        invariant(
            "abort-non-triviality",
            "a transaction aborts only after a no vote, a failure, or a wait in vain",
            "Bernstein, Hadzilacos & Goodman 1987, section 7.3; Babaoglu & Toueg 1993",
        ),
        invariant(
            "no-commit-while-uncertain",
            "where there is a third phase, no commit is decided while a site that is up may not know of it",
            "Skeen 1981; Bernstein, Hadzilacos & Goodman 1987, section 7.5: property NB",
        ),
        invariant(
            "in-doubt-holds-locks",
            "no site prepares what is in the way of a transaction that is in doubt there, restarts included",
            "Bernstein, Hadzilacos & Goodman 1987, chapter 3: strict two-phase locking",
        ),
        invariant(
            "reads-current",
            "what a site prepares reads exactly what has committed there, and it can do its part",
            "Bernstein, Hadzilacos & Goodman 1987, chapter 3: strict executions",
        ),
        invariant(
            "forget-safe",
            "a commit is forgotten only when every site has carried it out, durably",
            "Mohan, Lindsay & Obermarck 1986, section 3; Bernstein, Hadzilacos & Goodman 1987, section 7.4",
        ),
        invariant(
            "exactly-once",
            "of the transactions of one request at most one commits, and none after its client was told of an abort",
            "the clients' contract; Gray 1978: a transaction happens once or not at all",
        ),
        invariant(
            "faithful-reply",
            "a client is told of a commit that was decided, with what its sites have read, and never of another",
            "the clients' contract",
        ),
        invariant(
            "bank-total",
            "who reads all accounts finds all the money that there was at first",
            "the bank workload of Jepsen",
        ),
        invariant(
            "one-cycle",
            "who reads a whole ring finds one circle through all places",
            "the Cycle workload of FoundationDB; Zhou et al. 2021, section 4",
        ),
        invariant(
            "vote-durable",
            "where acceptors keep the votes, they accept that a site has prepared only once it has, durably",
            "Gray & Lamport 2006, section 4: a prepared resource manager is an input of its instance",
        ),
        invariant(
            "ballot-fence",
            "an acceptor takes part in no ballot below one that it has promised, restarts included",
            "Gray & Lamport 2006, section 4; Lamport 2001, section 2.2, condition P1a",
        ),
        invariant(
            "votes-safe",
            "a site's vote is accepted in a ballot only where no other can be chosen below it, and only one is",
            "Gray & Lamport 2006, section 4; Voting.tla: ShowsSafeAt, OneValuePerBallot",
        ),
        invariant(
            "decision-chosen",
            "where acceptors keep the votes, a commit needs a majority for each site's, in one ballot",
            "Gray & Lamport 2006, section 4: committed if every instance chooses prepared",
        ),
    ];
    const FACTS: &'static [FactShape] = &[
        fact("Configured", &["part", "sites"]),
        fact("Began", &["txn", "request", "op"]),
        fact("Prepared", &["site", "txn", "steps", "reads"]),
        fact("VotedNo", &["site", "txn", "why"]),
        fact("Precommitted", &["site", "txn"]),
        fact("TimedOut", &["txn"]),
        fact("InDoubt", &["site", "txn"]),
        fact("Decided", &["txn", "decision"]),
        fact("Finished", &["site", "txn", "decision"]),
        fact("Forgotten", &["txn"]),
        fact("Promised", &["txn", "ballot"]),
        fact("Accepted", &["txn", "site", "ballot", "vote"]),
    ];
    const OPERATIONS: &'static [&'static str] = OPERATIONS;
    const HAS_LEADERS: bool = false;
    const HAS_DOUBTS: bool = true;
    const MOMENTS: Moments = Moments { append: Some("Prepared"), promise: Some("Prepared"), lead: Some("Decided") };
    const PROMISE: Option<Promise> = Some(Promise::StrictSerializable);

    type Ledger = CommitLedger;
    type Generator = Transactions;

    fn fact_kind(fact: &CommitFact) -> usize {
        match fact {
            CommitFact::Configured { .. } => 0,
            CommitFact::Began { .. } => 1,
            CommitFact::Prepared { .. } => 2,
            CommitFact::VotedNo { .. } => 3,
            CommitFact::Precommitted { .. } => 4,
            CommitFact::TimedOut { .. } => 5,
            CommitFact::InDoubt { .. } => 6,
            CommitFact::Decided { .. } => 7,
            CommitFact::Finished { .. } => 8,
            CommitFact::Forgotten { .. } => 9,
            CommitFact::Promised { .. } => 10,
            CommitFact::Accepted { .. } => 11,
        }
    }

    fn presupposable(fact: &CommitFact) -> bool {
        matches!(fact, CommitFact::Decided { .. })
    }

    fn leads(_: &CommitFact) -> Option<Leadership> {
        None
    }

    fn doubt(fact: &CommitFact) -> Option<Doubt> {
        let key = |site: Site, txn: Txn| [u64::from(site.0), u64::from(txn.epoch) << 32 | u64::from(txn.number)];
        match fact {
            CommitFact::Prepared { site, txn, .. } => Some(Doubt::Begins(key(*site, *txn))),
            CommitFact::Finished { site, txn, .. } => Some(Doubt::Ends(key(*site, *txn))),
            CommitFact::Configured { .. }
            | CommitFact::Began { .. }
            | CommitFact::VotedNo { .. }
            | CommitFact::Precommitted { .. }
            | CommitFact::TimedOut { .. }
            | CommitFact::InDoubt { .. }
            | CommitFact::Decided { .. }
            | CommitFact::Forgotten { .. }
            | CommitFact::Promised { .. }
            | CommitFact::Accepted { .. } => None,
        }
    }

    /// Clients use all keys, so all sites are needed, and whoever coordinates: of each as many nodes as are a majority,
    /// or more. Of one node that is the node.
    fn core(ledger: &CommitLedger, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        ledger.core(nodes, lost, draws)
    }

    fn as_transactions(history: &History<Self>) -> Option<&[Event<Op, Reply>]> {
        Some(history)
    }

    fn reads_only(op: &Op) -> bool {
        op.steps.iter().all(|step| step.only_reads())
    }

    fn parse_op(text: &str) -> Result<Op, String> {
        parse_op(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::ClientId;

    /// What the table says of a fact is how the fact is written.
    #[test]
    fn the_table_of_facts_is_right() {
        let (txn, site, decision) = (Txn { epoch: 1, number: 1 }, Site(0), Decision::Commit);
        let request = RequestId { client: ClientId::new(0), sequence: 1 };
        let one_of_each = [
            CommitFact::Configured { part: Part::Coordinator, sites: 2 },
            CommitFact::Began { txn, request, op: Op { steps: Vec::new() } },
            CommitFact::Prepared { site, txn, steps: Vec::new(), reads: Vec::new() },
            CommitFact::VotedNo { site, txn, why: "" },
            CommitFact::Precommitted { site, txn },
            CommitFact::TimedOut { txn },
            CommitFact::InDoubt { site, txn },
            CommitFact::Decided { txn, decision },
            CommitFact::Finished { site, txn, decision },
            CommitFact::Forgotten { txn },
            CommitFact::Promised { txn, ballot: Ballot::default() },
            CommitFact::Accepted { txn, site, ballot: Ballot::default(), vote: decision },
        ];
        assert_eq!(one_of_each.len(), AtomicCommit::FACTS.len());
        for fact in one_of_each {
            let shape = &AtomicCommit::FACTS[AtomicCommit::fact_kind(&fact)];
            let written = serde_json::to_value(fact).unwrap();
            let fields: Vec<&str> = written[shape.name].as_object().unwrap().keys().map(String::as_str).collect();
            let mut listed = shape.fields.to_vec();
            listed.sort_unstable();
            assert_eq!(fields, listed, "{}", shape.name);
        }
    }
}
