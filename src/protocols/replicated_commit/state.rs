//! Configuration, what is durable, what is volatile, and what people see of it.

use crate::node::{Nanos, NodeId, RequestId, Span, Stable};
use crate::parts::attempts::Attempts;
use crate::parts::intake::Intake;
use crate::parts::participant::Participant;
use crate::parts::quorum::Tally;
use crate::parts::resource::{Resource, ResourceChange};
use crate::protocols::raft;
use crate::protocols::replicated_commit::via_raft::{Group, GroupChange, Groups, Member};
use crate::protocols::replicated_commit::{Bug, Vote};
use crate::spec::atomic_commit::{Decision, Op, Site, Txn};
use crate::spec::consensus::Ballot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How the votes are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// An instance of Paxos for each site's vote.
    #[default]
    PaxosCommit,
    /// The coordinator and each site are Raft groups, and live in their logs.
    Raft,
}

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How the votes are kept.
    pub via: Via,
    /// How many acceptors there are: 2F + 1, to survive F crashes of theirs. They are the first nodes.
    pub acceptors: u32,
    /// How long a leader waits for the votes of ballot 0 before it begins a higher ballot.
    pub vote_timeout: Nanos,
    /// How long a leader waits for a higher ballot to come to its end before it begins another one: drawn each time, so
    /// that two leaders do not overtake each other for ever.
    pub ballot_timeout: Span,
    /// How long a site waits for the decision before it asks an acceptor, and from one question to the next.
    pub decision_timeout: Nanos,
    /// Via Raft: how many sites there are, each a group of all nodes.
    #[serde(skip_serializing_if = "is_default_sites")]
    pub sites: u32,
    /// Via Raft: of every group.
    #[serde(skip_serializing_if = "is_default_raft")]
    pub raft: raft::Config,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

const DEFAULT_SITES: u32 = 3;

fn is_default_sites(sites: &u32) -> bool {
    *sites == DEFAULT_SITES
}

fn is_default_raft(config: &raft::Config) -> bool {
    *config == raft::Config::default()
}

impl Default for Config {
    fn default() -> Self {
        Config {
            via: Via::default(),
            acceptors: 3,
            vote_timeout: Nanos::from_millis(100),
            ballot_timeout: Span::new(Nanos::from_millis(60), Nanos::from_millis(180)),
            decision_timeout: Nanos::from_millis(150),
            sites: DEFAULT_SITES,
            raft: raft::Config::default(),
            bugs: Vec::new(),
        }
    }
}

impl Config {
    /// Whether the mistake is to be made.
    pub fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    /// How many sites a cluster of `nodes` has: all nodes but the acceptors; or as many groups as are configured.
    pub(super) fn sites(&self, nodes: u32) -> u32 {
        match self.via {
            Via::PaxosCommit => nodes - self.acceptors,
            Via::Raft => self.sites,
        }
    }

    /// The acceptors.
    pub(super) fn acceptors(&self) -> impl Iterator<Item = NodeId> + use<> {
        NodeId::all(self.acceptors)
    }

    /// The site that a node is; none: it is an acceptor.
    pub(super) fn site_of(&self, node: NodeId) -> Option<Site> {
        (node.index() as u32).checked_sub(self.acceptors).map(Site)
    }

    /// The node that a site is.
    pub(super) fn node_of(&self, site: Site) -> NodeId {
        NodeId::new(self.acceptors + site.0)
    }

    /// The epoch of a life of a node that may lead transactions, from 1. No two lives of any such nodes have one.
    pub(super) fn epoch(&self, leader: NodeId, nodes: u32, life: u32) -> u32 {
        let leaders = match self.via {
            Via::PaxosCommit => self.acceptors,
            Via::Raft => nodes,
        };
        (life - 1) * leaders + leader.index() as u32 + 1
    }

    /// Who has begun a transaction, and hears the votes of ballot 0; so many acceptors further.
    pub(super) fn leader_of(&self, txn: Txn, further: u32) -> NodeId {
        NodeId::new((txn.epoch - 1 + further) % self.acceptors)
    }
}

/// What an acceptor has promised and accepted of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Acceptance {
    /// It takes part in no lower ballot.
    pub promised: Ballot,
    /// By site: its vote, and the ballot in which it was accepted last.
    pub accepted: BTreeMap<Site, (Ballot, Vote)>,
}

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// Acceptor; via Raft, any node: how often it has started.
    pub(super) life: u32,
    /// Acceptor: what it has promised and accepted.
    pub(super) acceptances: BTreeMap<Txn, Acceptance>,
    /// Site: each client's last request.
    pub(super) attempts: Attempts,
    /// Site: its keys, what it has prepared, and what became of each transaction.
    pub(super) resource: Resource,
    /// Via Raft: what the groups keep.
    pub(super) groups: Groups,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// An acceptor starts.
    Life {
        /// For the how-many-eth time.
        life: u32,
    },
    /// An acceptor will take part in no lower ballot.
    Promise {
        /// On which transaction.
        txn: Txn,
        /// Which ballot.
        ballot: Ballot,
    },
    /// An acceptor accepts votes.
    Accept {
        /// On which transaction.
        txn: Txn,
        /// In which ballot.
        ballot: Ballot,
        /// By site.
        votes: Vec<(Site, Vote)>,
    },
    /// A site prepares its part of a transaction for a request.
    Prepare {
        /// Which request.
        request: RequestId,
        /// What the site keeps of it.
        resource: ResourceChange,
    },
    /// A site will never do its part of what was requested.
    GiveUp {
        /// Which request.
        request: RequestId,
    },
    /// A site carries out a decision.
    Finish(ResourceChange),
    /// Via Raft.
    Group(GroupChange),
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Life { life } => self.life = life,
            Change::Promise { txn, ballot } => {
                let acceptance = self.acceptances.entry(txn).or_default();
                acceptance.promised = acceptance.promised.max(ballot);
            }
            Change::Accept { txn, ballot, votes } => {
                let accepted = votes.into_iter().map(|(site, vote)| (site, (ballot, vote)));
                self.acceptances.entry(txn).or_default().accepted.extend(accepted);
            }
            Change::Prepare { request, resource } => {
                if let ResourceChange::Prepare { txn, .. } = &resource {
                    self.attempts.of(request).txn = Some(*txn);
                }
                self.resource.apply(resource);
            }
            Change::GiveUp { request } => self.attempts.of(request).given_up = true,
            Change::Finish(resource) => self.finish(resource),
            Change::Group(change) => self.groups.apply(change),
        }
    }
}

impl Disk {
    /// After an abort another transaction may run for the same request.
    fn finish(&mut self, resource: ResourceChange) {
        if let ResourceChange::Finish { txn, decision: Decision::Abort, .. } | ResourceChange::Refuse { txn, .. } =
            resource
        {
            self.attempts.aborted(txn);
        }
        self.resource.apply(resource);
    }

    /// What an acceptor has promised of a transaction.
    pub fn promised(&self, txn: Txn) -> Ballot {
        self.acceptances.get(&txn).map_or(Ballot::default(), |acceptance| acceptance.promised)
    }

    /// How often an acceptor has started.
    pub fn life(&self) -> u32 {
        self.life
    }

    /// The highest round of any ballot that an acceptor has promised.
    pub fn highest_round(&self) -> u64 {
        self.acceptances.values().map(|acceptance| acceptance.promised.round).max().unwrap_or(0)
    }

    /// What a site keeps.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}

/// The named timers, one of each kind a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Leader: time to begin a higher ballot.
    Ballot(Txn),
    /// Site: time to ask for the decision.
    Doubt(Txn),
    /// Via Raft, coordinator: time to ask once more for the votes.
    Votes(Txn),
    /// Via Raft: time for a site's leader to ask for the decision.
    SiteDoubt(Site, Txn),
    /// Via Raft: a group's own.
    Group(Group, raft::Timer),
}

/// A transaction that a node leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lead {
    /// The sites that it touches.
    pub sites: Vec<Site>,
    /// What a client has asked for, and waits for here.
    pub asked: Option<(RequestId, Op)>,
    /// The ballot that it is in.
    pub ballot: Ballot,
    /// The highest ballot that it has heard of.
    pub heard: Ballot,
    /// How many higher ballots it has begun.
    pub begun: u32,
    /// How far that has come.
    pub phase: Phase,
}

/// How far a ballot has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Phase 1: acceptors promise.
    Promises {
        /// Who has.
        promised: Tally,
        /// By site: the vote that was accepted in the highest ballot.
        reported: BTreeMap<Site, (Ballot, Vote)>,
    },
    /// Phase 2: acceptors accept.
    Votes {
        /// By site: the vote, and who has accepted it.
        accepted: BTreeMap<Site, (Vote, Tally)>,
    },
}

/// A node: what is volatile of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplicatedCommit {
    /// Leader: how many transactions it has begun in this life.
    pub(super) begun: u32,
    /// Leader: which request has become which transaction.
    pub(super) intake: Intake,
    /// Leader: what it leads.
    pub(super) leads: BTreeMap<Txn, Lead>,
    /// Leader: the decisions that it knows.
    pub(super) decided: BTreeMap<Txn, Decision>,
    /// Site: who has locked what, and what waits for that.
    pub(super) participant: Participant,
    /// Site: how often it has asked for a decision.
    pub(super) inquiries: BTreeMap<Txn, u32>,
    /// Via Raft: this node's parts in the groups.
    pub(super) member: Option<Box<Member>>,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Leader: what is in ballot 0.
    pub voting: Vec<Txn>,
    /// Leader: what is in higher ballots.
    pub recovering: Vec<Txn>,
    /// Site: what waits for locks.
    pub waiting: Vec<Txn>,
    /// Site: what it is in doubt about.
    pub in_doubt: Vec<Txn>,
    /// Site: how many transactions it has finished.
    pub finished: usize,
    /// Via Raft: what it leads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leads: Vec<String>,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = [
            ("collects votes on", &self.voting),
            ("in a higher ballot on", &self.recovering),
            ("waits for the locks of", &self.waiting),
            ("in doubt about", &self.in_doubt),
        ];
        const SHOWN: usize = 3;
        let words = |(what, txns): &(&str, &Vec<Txn>)| {
            let shown: Vec<String> = txns.iter().take(SHOWN).map(Txn::to_string).collect();
            let more = if txns.len() > SHOWN { ", …" } else { "" };
            (!txns.is_empty()).then(|| format!("{what} {}{more}", shown.join(", ")))
        };
        let leads = (!self.leads.is_empty()).then(|| format!("leads {}", self.leads.join(", ")));
        let words: Vec<String> = leads.into_iter().chain(groups.iter().filter_map(words)).collect();
        if words.is_empty() { f.write_str("idle") } else { f.write_str(&words.join("; ")) }
    }
}

impl ReplicatedCommit {
    /// What people look at.
    pub(super) fn look(&self, disk: &Disk) -> View {
        if let Some(member) = &self.member {
            return member.look();
        }
        let led = |higher: bool| {
            let in_it = self.leads.iter().filter(move |(_, lead)| (lead.ballot.round > 0) == higher);
            in_it.map(|(txn, _)| *txn).collect()
        };
        View {
            voting: led(false),
            recovering: led(true),
            waiting: self.participant.waiting().collect(),
            in_doubt: disk.resource.in_doubt().map(|(txn, _)| txn).collect(),
            finished: disk.resource.finished_count(),
            leads: Vec::new(),
        }
    }
}
