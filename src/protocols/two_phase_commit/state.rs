//! Configuration, what is durable, what is volatile, and what people see of it.

use crate::node::{Nanos, NodeId, RequestId, Stable};
use crate::parts::intake::Intake;
use crate::parts::participant::Participant;
use crate::parts::resource::{Resource, ResourceChange};
use crate::parts::session::{Sessions, Standing};
use crate::protocols::two_phase_commit::Bug;
use crate::spec::atomic_commit::{Op, Reply, Site, Txn, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long the coordinator waits for votes before it aborts.
    pub vote_timeout: Nanos,
    /// How long a site waits for the decision before it asks around, and between one question and the next.
    pub decision_timeout: Nanos,
    /// How long the coordinator waits for acknowledgements before it sends its decision again.
    pub resend: Nanos,
    /// Whether a site that is in doubt asks the other sites too: the cooperative termination protocol.
    pub cooperative: bool,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            vote_timeout: Nanos::from_millis(100),
            decision_timeout: Nanos::from_millis(150),
            resend: Nanos::from_millis(100),
            cooperative: true,
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

/// The node that coordinates.
pub(super) const COORDINATOR: NodeId = NodeId::new(0);

/// How many sites a cluster of `nodes` has: all nodes but the coordinator.
pub(super) fn sites(nodes: u32) -> u32 {
    nodes - 1
}

/// The site that a node is; none: it coordinates.
pub(super) fn site_of(node: NodeId) -> Option<Site> {
    (node.index() as u32).checked_sub(1).map(Site)
}

/// The node that a site is.
pub(super) fn node_of(site: Site) -> NodeId {
    NodeId::new(site.0 + 1)
}

/// A commit that not every site has acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commit {
    /// The sites that it touches.
    pub sites: Vec<Site>,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// Coordinator: how often it has started.
    pub(super) epoch: u32,
    /// Coordinator: the commits that it has not forgotten.
    pub(super) commits: BTreeMap<Txn, Commit>,
    /// Coordinator: each client's last answer.
    pub(super) answers: Sessions<Reply>,
    /// Site: its keys, what it has prepared, and what became of each transaction.
    pub(super) resource: Resource,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The coordinator starts.
    Epoch {
        /// For the how-many-eth time.
        epoch: u32,
    },
    /// The coordinator decides to commit.
    Commit {
        /// Which transaction.
        txn: Txn,
        /// What asked for it.
        request: RequestId,
        /// The sites that it touches.
        sites: Vec<Site>,
        /// What the client is told.
        reply: Reply,
    },
    /// The coordinator tells a client that its request is aborted for good.
    GiveUp {
        /// Which request.
        request: RequestId,
    },
    /// The coordinator forgets a commit. (The *end* record)
    Forget {
        /// Which transaction.
        txn: Txn,
    },
    /// A site prepares or finishes something.
    Resource(ResourceChange),
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Epoch { epoch } => self.epoch = epoch,
            Change::Commit { txn, request, sites, reply } => {
                self.commits.insert(txn, Commit { sites });
                self.answer(request, reply);
            }
            Change::GiveUp { request } => self.answer(request, Reply::Aborted),
            Change::Forget { txn } => {
                self.commits.remove(&txn);
            }
            Change::Resource(change) => self.resource.apply(change),
        }
    }
}

impl Disk {
    /// A client that has gone on to a later request asks for this one no more.
    fn answer(&mut self, request: RequestId, reply: Reply) {
        if self.answers.standing(request) == Standing::Fresh {
            self.answers.executed(request, reply);
        }
    }

    /// How often the coordinator has started.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// What a site keeps.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}

/// The named timers, one of each kind a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Coordinator: time to give up waiting for votes.
    Votes(Txn),
    /// Coordinator: time to send the decision again.
    Acks(Txn),
    /// Site: time to ask for the decision.
    Doubt(Txn),
}

/// Coordinator: a transaction whose votes it collects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Voting {
    /// What asked for it.
    pub request: RequestId,
    /// What it does.
    pub op: Op,
    /// The sites that it touches.
    pub sites: Vec<Site>,
    /// Who has voted yes, and what that site has read.
    pub yes: BTreeMap<Site, Vec<Value>>,
}

/// A node: what is volatile of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TwoPhaseCommit {
    /// Coordinator: how many transactions it has begun in this epoch.
    pub(super) begun: u32,
    /// Coordinator: which request has become which transaction.
    pub(super) intake: Intake,
    /// Coordinator: what is in phase 1.
    pub(super) voting: BTreeMap<Txn, Voting>,
    /// Coordinator: what is in phase 2, and which sites have not acknowledged it.
    pub(super) unacknowledged: BTreeMap<Txn, BTreeSet<Site>>,
    /// Site: who has locked what, and what waits for that.
    pub(super) participant: Participant,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Coordinator: what is in phase 1.
    pub voting: Vec<Txn>,
    /// Coordinator: what is in phase 2.
    pub unacknowledged: Vec<Txn>,
    /// Site: what waits for locks.
    pub waiting: Vec<Txn>,
    /// Site: what it is in doubt about.
    pub in_doubt: Vec<Txn>,
    /// Site: how many transactions it has finished.
    pub finished: usize,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = [
            ("collects votes on", &self.voting),
            ("has committed", &self.unacknowledged),
            ("waits for the locks of", &self.waiting),
            ("in doubt about", &self.in_doubt),
        ];
        const SHOWN: usize = 3;
        let words = |(what, txns): &(&str, &Vec<Txn>)| {
            let shown: Vec<String> = txns.iter().take(SHOWN).map(Txn::to_string).collect();
            let more = if txns.len() > SHOWN { ", …" } else { "" };
            (!txns.is_empty()).then(|| format!("{what} {}{more}", shown.join(", ")))
        };
        let words: Vec<String> = groups.iter().filter_map(words).collect();
        if words.is_empty() { f.write_str("idle") } else { f.write_str(&words.join("; ")) }
    }
}

impl TwoPhaseCommit {
    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        View {
            voting: self.voting.keys().copied().collect(),
            unacknowledged: self.unacknowledged.keys().copied().collect(),
            waiting: self.participant.waiting().collect(),
            in_doubt: disk.resource.in_doubt().map(|(txn, _)| txn).collect(),
            finished: disk.resource.finished_count(),
        }
    }
}
