//! Configuration, what is durable, what is volatile, and what people see of it.

use crate::node::{Nanos, NodeId, RequestId, Stable};
use crate::parts::quorum::Tally;
use crate::protocols::paxos::{Bug, Roles};
use crate::spec::consensus::{Ballot, Decree, Value, Vote};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Which node plays which role.
    pub roles: Roles,
    /// How many promises make a ballot; without it, a majority of the acceptors.
    pub phase1_quorum: Option<u32>,
    /// How many votes choose a value; without it, a majority of the acceptors.
    pub phase2_quorum: Option<u32>,
    /// Allows quorums of the two phases that need not meet. Agreement is lost then.
    pub allow_disjoint_quorums: bool,
    /// How long a proposer gives a ballot before it begins another.
    pub patience: Nanos,
    /// How long a proposer that was preempted waits at most, the first time; each further time twice as long. Without:
    /// it begins another ballot at once.
    pub backoff: Option<Nanos>,
    /// How often a learner asks another for what it has missed. Without: never.
    pub catch_up: Option<Nanos>,
    /// Each node tosses a coin as it starts; those with heads take themselves for leaders, and the others propose
    /// nothing: the poorest of all elections, which may give none or several.
    pub leaders_by_coin: bool,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            roles: Roles::Collocated,
            phase1_quorum: None,
            phase2_quorum: None,
            allow_disjoint_quorums: false,
            patience: Nanos::from_millis(100),
            backoff: Some(Nanos::from_millis(20)),
            catch_up: Some(Nanos::from_millis(100)),
            leaders_by_coin: false,
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

/// What an acceptor must not forget of a decree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Promises {
    /// It takes no part in ballots below this one.
    pub promised: Ballot,
    /// Its last vote.
    pub accepted: Option<Vote>,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// By decree: the last ballot that this node has begun.
    begun: BTreeMap<Decree, Ballot>,
    /// By decree: what it has promised and voted.
    acceptors: BTreeMap<Decree, Promises>,
    /// What it has learnt.
    learnt: BTreeMap<Decree, Value>,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A ballot begins.
    Begin {
        /// For which decree.
        decree: Decree,
        /// Which.
        ballot: Ballot,
    },
    /// A promise.
    Promise {
        /// For which decree.
        decree: Decree,
        /// Up to which ballot.
        ballot: Ballot,
    },
    /// A vote.
    Accept {
        /// For which decree.
        decree: Decree,
        /// How.
        vote: Vote,
    },
    /// What is chosen, in indelible ink.
    Learn {
        /// For which decree.
        decree: Decree,
        /// Which value.
        value: Value,
    },
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Begin { decree, ballot } => {
                self.begun.insert(decree, ballot);
            }
            Change::Promise { decree, ballot } => self.acceptors.entry(decree).or_default().promised = ballot,
            Change::Accept { decree, vote } => self.acceptors.entry(decree).or_default().accepted = Some(vote),
            Change::Learn { decree, value } => {
                self.learnt.insert(decree, value);
            }
        }
    }
}

impl Disk {
    /// The last ballot that the node has begun for a decree.
    pub fn begun(&self, decree: Decree) -> Ballot {
        self.begun.get(&decree).copied().unwrap_or_default()
    }

    /// What it has promised and voted.
    pub fn promises(&self, decree: Decree) -> Promises {
        self.acceptors.get(&decree).copied().unwrap_or_default()
    }

    /// All that it has promised and voted.
    pub fn all_promises(&self) -> &BTreeMap<Decree, Promises> {
        &self.acceptors
    }

    /// What it has learnt of a decree.
    pub fn learnt(&self, decree: Decree) -> Option<Value> {
        self.learnt.get(&decree).copied()
    }

    /// What it has learnt, of `first` and the decrees behind it.
    pub fn learnt_from(&self, first: Decree) -> impl Iterator<Item = (Decree, Value)> {
        self.learnt.range(first..).map(|(decree, value)| (*decree, *value))
    }

    /// The highest round that the node has begun or promised, of any decree.
    pub fn highest_round(&self) -> u64 {
        let promised = self.acceptors.values().map(|promises| promises.promised.round);
        self.begun.values().map(|ballot| ballot.round).chain(promised).max().unwrap_or(0)
    }
}

/// The named timers, one of each kind a decree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Time to begin another ballot: the last one was given up, or the proposer has backed off long enough.
    Retry(Decree),
    /// Time to ask another learner.
    CatchUp,
}

/// How far a proposer is with its ballot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Phase 1: it collects promises.
    Preparing {
        /// Who has promised.
        promises: Tally,
        /// Of the votes they have reported, the one to take over.
        reported: Option<Vote>,
    },
    /// Phase 2: it has asked for votes.
    Accepting,
    /// It was preempted, and waits.
    BackingOff,
    /// It has its promises, but no value to propose: clients only want to learn, and no vote was reported.
    Idle,
}

/// What a proposer is about, for one decree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proposal {
    /// Its ballot.
    pub ballot: Ballot,
    /// The value that a client has asked it to propose.
    pub own: Option<Value>,
    /// How far it is.
    pub phase: Phase,
    /// The highest ballot it was refused for.
    pub heard: Ballot,
    /// How often it was preempted.
    pub preempted: u32,
}

/// A node: what is volatile of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Paxos {
    /// Proposer: whether it proposes at all.
    pub(super) leads: bool,
    /// Proposer: what it is about.
    pub(super) proposals: BTreeMap<Decree, Proposal>,
    /// Who waits for an answer.
    pub(super) asked: BTreeMap<Decree, BTreeSet<RequestId>>,
    /// Acceptor: its promises and votes as it remembers them: what is on disk, unless a mistake keeps it from there.
    pub(super) acceptors: BTreeMap<Decree, Promises>,
    /// Learner: the last vote of each acceptor, of decrees that it has not learnt.
    pub(super) votes: BTreeMap<Decree, BTreeMap<NodeId, Vote>>,
    /// Learner: it has learnt all decrees before this one.
    pub(super) first_unknown: Decree,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// What its proposer is about: decree, ballot, phase.
    pub proposals: Vec<(Decree, Ballot, &'static str)>,
    /// How many decrees it has learnt.
    pub learnt: usize,
    /// How many clients it owes an answer.
    pub asked: usize,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} learnt", self.learnt)?;
        const SHOWN: usize = 3;
        for (decree, ballot, phase) in self.proposals.iter().take(SHOWN) {
            write!(f, ", {phase} {decree} {ballot}")?;
        }
        if self.proposals.len() > SHOWN { f.write_str(", …") } else { Ok(()) }
    }
}

impl Phase {
    /// In one word.
    fn word(&self) -> &'static str {
        match self {
            Phase::Preparing { .. } => "prepares",
            Phase::Accepting => "asks for votes on",
            Phase::BackingOff => "backs off from",
            Phase::Idle => "has no value for",
        }
    }
}

impl Paxos {
    /// Whether its learner has counted votes of a decree that it has not learnt. A search for what acceptors can do to
    /// each other need go no further.
    pub fn counts_votes(&self) -> bool {
        !self.votes.is_empty()
    }

    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        let proposal = |(decree, proposal): (&Decree, &Proposal)| (*decree, proposal.ballot, proposal.phase.word());
        View {
            proposals: self.proposals.iter().map(proposal).collect(),
            learnt: disk.learnt.len(),
            asked: self.asked.values().map(BTreeSet::len).sum(),
        }
    }
}
