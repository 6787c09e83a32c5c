//! The network between nodes: fates, partitions, and an honest count of what they did.

use crate::engine::config::NetworkConfig;
use crate::engine::links::{Fate, Links};
use crate::engine::record::Sent;
use crate::node::{Chance, Nanos, NodeId, Purpose};

/// What became of all messages between nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traffic {
    /// Handed to the network.
    pub sent: u64,
    /// Handled by a node, second copies included.
    pub delivered: u64,
    /// Lost by a link.
    pub lost: u64,
    /// Copied by a link.
    pub duplicated: u64,
    /// Lost to a partition.
    pub cut: u64,
    /// Arrived at a node that was down.
    pub at_down_node: u64,
}

/// Links that are cut: from any of `from` to any of `to`.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Cut {
    /// The occurrence of the fault that cut them.
    pub by: usize,
    pub from: Vec<NodeId>,
    pub to: Vec<NodeId>,
    /// Whether it has cost a message yet.
    pub felt: bool,
}

pub(in crate::engine) struct Network {
    config: NetworkConfig,
    links: Links,
    cuts: Vec<Cut>,
    /// Occurrences whose cuts have cost a message, to be credited to their faults.
    pub effective: Vec<usize>,
    pub traffic: Traffic,
}

impl Network {
    pub fn new(config: NetworkConfig, nodes: u32, seed: u64) -> Self {
        let links = Links::new(seed, Purpose::Link, nodes as usize, nodes as usize);
        Network { config, links, cuts: Vec::new(), effective: Vec::new(), traffic: Traffic::default() }
    }

    /// Hands a message to the network: its fate, with what that means for the sender's record.
    #[inline]
    pub fn send(&mut self, now: Nanos, from: NodeId, to: NodeId) -> (Fate, Sent) {
        self.traffic.sent += 1;
        let mut fate = self.links.fate(from.index(), to.index(), now, &self.config);
        if from == to {
            // What a node sends itself never leaves it.
            (fate.arrives, fate.copy_arrives) = (Some(now), None);
            return (fate, Sent::OnItsWay);
        }
        if self.is_cut(from, to) {
            self.traffic.cut += 1;
            (fate.arrives, fate.copy_arrives) = (None, None);
            return (fate, Sent::Cut);
        }
        let sent = match (fate.arrives, fate.copy_arrives) {
            (None, _) => Sent::Lost,
            (Some(_), None) => Sent::OnItsWay,
            (Some(_), Some(_)) => Sent::Twice,
        };
        self.traffic.lost += u64::from(sent == Sent::Lost);
        self.traffic.duplicated += u64::from(fate.copy_arrives.is_some());
        (fate, sent)
    }

    /// Whether the link is cut; the partitions that cut it are credited with the message that asked.
    #[inline]
    pub fn is_cut(&mut self, from: NodeId, to: NodeId) -> bool {
        if self.cuts.is_empty() { false } else { self.is_cut_by_any(from, to) }
    }

    #[cold]
    fn is_cut_by_any(&mut self, from: NodeId, to: NodeId) -> bool {
        let mut cut = false;
        for place in 0..self.cuts.len() {
            let active = &self.cuts[place];
            if active.from.contains(&from) && active.to.contains(&to) {
                cut = true;
                if !active.felt {
                    self.feel(active.by);
                }
            }
        }
        cut
    }

    /// An occurrence has cost its first message: it counts once, however many cuts it consists of.
    fn feel(&mut self, by: usize) {
        self.effective.push(by);
        self.cuts.iter_mut().filter(|cut| cut.by == by).for_each(|cut| cut.felt = true);
    }

    pub fn cut(&mut self, cut: Cut) {
        self.cuts.push(cut);
    }

    /// Whether the link is cut. Nobody is credited with it.
    pub fn would_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.cuts.iter().any(|cut| cut.from.contains(&from) && cut.to.contains(&to))
    }

    /// Whether links of this node are cut.
    pub fn touches(&self, node: NodeId) -> bool {
        self.cuts.iter().any(|cut| cut.from.contains(&node) || cut.to.contains(&node))
    }

    /// Heals the links between these of what occurrence `by` has cut, and hands them back.
    pub fn heal_links(&mut self, by: usize, from: &[NodeId], to: &[NodeId]) -> Vec<Cut> {
        self.cuts.extract_if(.., |cut| cut.by == by && cut.from == from && cut.to == to).collect()
    }

    /// Heals what occurrence `by` has cut, and hands it back. Links that another occurrence cut too stay cut.
    pub fn heal(&mut self, by: usize) -> Vec<Cut> {
        self.cuts.extract_if(.., |cut| cut.by == by).collect()
    }

    /// Links behave otherwise: those given, one way each, or all.
    pub fn change(&mut self, _by: usize, _fault: usize, _sides: Option<Vec<(Vec<NodeId>, Vec<NodeId>)>>) {}

    /// They behave as before.
    pub fn unchange(&mut self, _by: usize) {}

    /// Heals everything, and loses nothing from now on: the global stabilisation time of partial synchrony (Dwork,
    /// Lynch & Stockmeyer 1988).
    pub fn heal_all(&mut self) -> Vec<Cut> {
        self.config.loss = Chance::NEVER;
        std::mem::take(&mut self.cuts)
    }
}
