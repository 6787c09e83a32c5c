//! Which node plays which role, and how many of them are a quorum.

use crate::node::NodeId;
use crate::parts::quorum::majority;
use crate::protocols::paxos::{Bug, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Roles {
    /// Every node is proposer, acceptor and learner.
    #[default]
    Collocated,
    /// Each node has one role: the first are proposers, those behind them acceptors, the rest learners.
    Apart(Apart),
}

/// How many nodes have each role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    /// Nodes that run ballots, and answer clients.
    pub proposers: u32,
    /// Nodes that promise and vote.
    pub acceptors: u32,
    /// Nodes that only learn.
    pub learners: u32,
}

impl Roles {
    /// How many nodes promise and vote.
    pub fn acceptor_count(&self, nodes: u32) -> u32 {
        match self {
            Roles::Collocated => nodes,
            Roles::Apart(apart) => apart.acceptors,
        }
    }

    /// How many nodes run ballots: the first.
    pub fn proposer_count(&self, nodes: u32) -> u32 {
        match self {
            Roles::Collocated => nodes,
            Roles::Apart(apart) => apart.proposers,
        }
    }

    /// Whether the node runs ballots.
    pub fn is_proposer(&self, node: NodeId) -> bool {
        match self {
            Roles::Collocated => true,
            Roles::Apart(apart) => node.index() < apart.proposers as usize,
        }
    }

    /// Whether the node promises and votes.
    pub fn is_acceptor(&self, node: NodeId) -> bool {
        match self {
            Roles::Collocated => true,
            Roles::Apart(apart) => (apart.proposers..apart.proposers + apart.acceptors).contains(&place(node)),
        }
    }

    /// Whether the node learns: all but those that are nothing but acceptors.
    pub fn is_learner(&self, node: NodeId) -> bool {
        match self {
            Roles::Collocated => true,
            Roles::Apart(_) => !self.is_acceptor(node),
        }
    }

    /// The acceptors of a cluster of `nodes`.
    pub fn acceptors(self, nodes: u32) -> impl Iterator<Item = NodeId> {
        NodeId::all(nodes).filter(move |node| self.is_acceptor(*node))
    }

    /// The learners of a cluster of `nodes`.
    pub fn learners(self, nodes: u32) -> impl Iterator<Item = NodeId> {
        NodeId::all(nodes).filter(move |node| self.is_learner(*node))
    }
}

fn place(node: NodeId) -> u32 {
    node.index() as u32
}

impl Config {
    /// How many promises make a ballot, as the configuration says.
    pub fn phase1(&self, nodes: u32) -> u32 {
        self.phase1_quorum.unwrap_or(majority(self.roles.acceptor_count(nodes)))
    }

    /// How many votes choose a value, as the configuration says.
    pub fn phase2(&self, nodes: u32) -> u32 {
        self.phase2_quorum.unwrap_or(majority(self.roles.acceptor_count(nodes)))
    }

    /// Whether so many acceptors are enough, where `quorum` of them should be.
    pub(super) fn suffices(&self, count: u32, quorum: u32, nodes: u32) -> bool {
        let third = self.roles.acceptor_count(nodes).div_ceil(3);
        count >= if self.has(Bug::ThirdIsQuorum) { third } else { quorum }
    }

    /// Whether roles and quorums fit a cluster of `nodes`.
    ///
    /// # Errors
    /// The key that is wrong, and a sentence: what was found and what is allowed.
    pub(super) fn check_roles(&self, nodes: u32) -> Result<(), (&'static str, String)> {
        if let Roles::Apart(Apart { proposers, acceptors, learners }) = self.roles {
            let sum = u64::from(proposers) + u64::from(acceptors) + u64::from(learners);
            if sum != u64::from(nodes) {
                return Err(("roles", format!("{sum} nodes have a role, but there are {nodes}: each needs one")));
            }
            if proposers == 0 || acceptors == 0 {
                return Err(("roles", "at least one proposer and one acceptor are needed".to_owned()));
            }
        }
        let acceptors = self.roles.acceptor_count(nodes);
        for (key, quorum) in [("phase1_quorum", self.phase1(nodes)), ("phase2_quorum", self.phase2(nodes))] {
            if quorum == 0 || quorum > acceptors {
                return Err((
                    key,
                    format!("{quorum} is no quorum of {acceptors} acceptors: it is from 1 to {acceptors}"),
                ));
            }
        }
        let (phase1, phase2) = (self.phase1(nodes), self.phase2(nodes));
        if phase1 + phase2 <= acceptors && !self.allow_disjoint_quorums {
            let key = if self.phase2_quorum.is_some() { "phase2_quorum" } else { "phase1_quorum" };
            let why = format!(
                "a phase 1 quorum of {phase1} and a phase 2 quorum of {phase2} need not meet among {acceptors} \
                 acceptors, so that two values can be chosen: their sum must be above {acceptors}, or \
                 `allow_disjoint_quorums` true"
            );
            return Err((key, why));
        }
        Ok(())
    }
}
