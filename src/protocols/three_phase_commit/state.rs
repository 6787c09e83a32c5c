//! Configuration, what is durable, what is volatile, and what people see of it.

use crate::node::{Nanos, NodeId, RequestId, Stable};
use crate::parts::intake::Intake;
use crate::parts::participant::Participant;
use crate::parts::resource::{Resource, ResourceChange};
use crate::parts::session::{Sessions, Standing};
use crate::protocols::three_phase_commit::{Bug, State};
use crate::spec::atomic_commit::{Decision, Op, Reply, Site, Txn, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long the coordinator waits for votes before it aborts. Sites may wait for locks meanwhile.
    pub vote_timeout: Nanos,
    /// After how long whoever has not answered has failed. More than two messages, the syncs between them and a message
    /// that is sent again: where that can take longer, the protocol is not safe.
    pub timeout: Nanos,
    /// How long whoever waits for answers waits before asking again.
    pub resend: Nanos,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            vote_timeout: Nanos::from_millis(100),
            timeout: Nanos::from_millis(150),
            resend: Nanos::from_millis(40),
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

/// Coordinator: what all have voted yes on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Committable {
    /// What asked for it.
    pub request: RequestId,
    /// The sites that it touches.
    pub sites: Vec<Site>,
    /// What its client will be told.
    pub reply: Reply,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// Coordinator: how often it has started.
    pub(super) epoch: u32,
    /// Coordinator: what is in phase 2.
    pub(super) committable: BTreeMap<Txn, Committable>,
    /// Coordinator: the commits that it has not forgotten, and the sites that they touch.
    pub(super) commits: BTreeMap<Txn, Vec<Site>>,
    /// Coordinator: each client's last answer.
    pub(super) answers: Sessions<Reply>,
    /// Site: its keys, what it has prepared, and what became of each transaction.
    pub(super) resource: Resource,
    /// Site: of what it has prepared, what all others have too.
    pub(super) heard: BTreeSet<Txn>,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The coordinator starts.
    Epoch {
        /// For the how-many-eth time.
        epoch: u32,
    },
    /// The coordinator has all votes, and all are yes.
    PreCommit {
        /// On which transaction.
        txn: Txn,
        /// What it needs in order to commit it later.
        committable: Committable,
    },
    /// The coordinator commits.
    Commit {
        /// What was committable.
        txn: Txn,
    },
    /// The coordinator hears that the sites have aborted what was committable.
    Abort {
        /// Which transaction.
        txn: Txn,
    },
    /// The coordinator tells a client that its request is aborted for good.
    GiveUp {
        /// Which request.
        request: RequestId,
    },
    /// The coordinator forgets a commit.
    Forget {
        /// Which transaction.
        txn: Txn,
    },
    /// A site has heard that all have voted yes.
    Hear {
        /// Which site.
        site: Site,
        /// On which transaction.
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
            Change::PreCommit { txn, committable } => drop(self.committable.insert(txn, committable)),
            Change::Commit { txn } => {
                if let Some(Committable { request, sites, reply }) = self.committable.remove(&txn) {
                    self.commits.insert(txn, sites);
                    self.answer(request, reply);
                }
            }
            Change::Abort { txn } => drop(self.committable.remove(&txn)),
            Change::GiveUp { request } => self.answer(request, Reply::Aborted),
            Change::Forget { txn } => drop(self.commits.remove(&txn)),
            Change::Hear { txn, .. } => drop(self.heard.insert(txn)),
            Change::Resource(change) => {
                if let Some(txn) = change.finishes() {
                    self.heard.remove(&txn);
                }
                self.resource.apply(change);
            }
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

    /// The site's state in a transaction; none: it has not voted.
    pub(super) fn state(&self, txn: Txn) -> Option<State> {
        match self.resource.finished(txn) {
            Some(Decision::Commit) => Some(State::Committed),
            Some(Decision::Abort) => Some(State::Aborted),
            None if self.heard.contains(&txn) => Some(State::Committable),
            None => self.resource.prepared(txn).map(|_| State::Uncertain),
        }
    }
}

/// The named timers, one of each kind a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Coordinator: time to give up waiting for votes.
    Votes(Txn),
    /// Who coordinates: whoever has not answered has failed.
    Answers(Txn),
    /// Who waits for answers: time to ask again.
    Resend(Txn),
    /// Site: whoever coordinates has failed.
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

/// Site: a transaction that it has voted yes on in this life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    /// The sites that have failed, or may have: they do not take over.
    pub suspects: BTreeSet<Site>,
    /// What it has heard, where it has taken over.
    pub round: Option<Round>,
}

/// Site: a termination that it coordinates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Round {
    /// The states that it has heard of, its own among them.
    pub reports: BTreeMap<Site, State>,
    /// Once it has made others committable: who has not answered.
    pub unheard: Option<BTreeSet<Site>>,
}

/// A node: what is volatile of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ThreePhaseCommit {
    /// Coordinator: how many transactions it has begun in this epoch.
    pub(super) begun: u32,
    /// Coordinator: which request has become which transaction.
    pub(super) intake: Intake,
    /// Coordinator: what is in phase 1.
    pub(super) voting: BTreeMap<Txn, Voting>,
    /// Coordinator: what is in phase 2 in this life, and who has answered.
    pub(super) acknowledged: BTreeMap<Txn, BTreeSet<Site>>,
    /// Coordinator: what was in phase 2 when it crashed, and which sites have crashed too.
    pub(super) recovered: BTreeMap<Txn, BTreeSet<Site>>,
    /// Coordinator: what is in phase 3, and which sites have not carried it out.
    pub(super) unfinished: BTreeMap<Txn, BTreeSet<Site>>,
    /// Site: who has locked what, and what waits for that.
    pub(super) participant: Participant,
    /// Site: what it has voted yes on in this life.
    pub(super) watched: BTreeMap<Txn, Watch>,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Coordinator: what is in phase 1.
    pub voting: Vec<Txn>,
    /// Coordinator: what is in phase 2.
    pub precommitted: Vec<Txn>,
    /// Coordinator: what is in phase 3.
    pub unfinished: Vec<Txn>,
    /// Site: what waits for locks.
    pub waiting: Vec<Txn>,
    /// Site: what it is uncertain about.
    pub uncertain: Vec<Txn>,
    /// Site: what it is committable in.
    pub committable: Vec<Txn>,
    /// Site: how many transactions it has finished.
    pub finished: usize,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = [
            ("collects votes on", &self.voting),
            ("has precommitted", &self.precommitted),
            ("has committed", &self.unfinished),
            ("waits for the locks of", &self.waiting),
            ("uncertain about", &self.uncertain),
            ("committable in", &self.committable),
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

impl ThreePhaseCommit {
    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        let in_state = |state| {
            let in_doubt = disk.resource.in_doubt().map(|(txn, _)| txn);
            in_doubt.filter(|txn| disk.state(*txn) == Some(state)).collect()
        };
        View {
            voting: self.voting.keys().copied().collect(),
            precommitted: disk.committable.keys().copied().collect(),
            unfinished: self.unfinished.keys().copied().collect(),
            waiting: self.participant.waiting().collect(),
            uncertain: in_state(State::Uncertain),
            committable: in_state(State::Committable),
            finished: disk.resource.finished_count(),
        }
    }
}
