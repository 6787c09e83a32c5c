//! Every node's view, folded from its durable records, and the causes of changes.

use crate::node::{Digest, NodeId};
use crate::spec::placement::{Op, Standing, Status, View};
use std::collections::{BTreeMap, BTreeSet};

/// What one node knows of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Known {
    view: View,
    /// The sum of the fingerprints of what is in it: two that differ have different views.
    print: u64,
}

/// Who knows what, and why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Views {
    /// By node.
    known: Vec<Known>,
    /// Whether each node is a member to begin with.
    initially: Vec<bool>,
    /// All changes that were ordered, of each node.
    ordered: BTreeMap<NodeId, BTreeSet<Standing>>,
    /// What administrators have asked for.
    wanted: BTreeSet<(NodeId, Status)>,
    /// Whether who is silent is taken for dead.
    evicts: bool,
}

fn print(about: NodeId, standing: Standing) -> u64 {
    Digest::fingerprint(&(about, standing))
}

impl Views {
    pub fn new(nodes: u32) -> Self {
        Views {
            known: vec![Known::default(); nodes as usize],
            initially: vec![true; nodes as usize],
            ordered: BTreeMap::new(),
            wanted: BTreeSet::new(),
            evicts: false,
        }
    }

    pub fn begins(&mut self, node: NodeId, member: bool, evicts: bool) {
        self.evicts = evicts;
        self.initially[node.index()] = member;
    }

    pub fn asked(&mut self, op: &Op) {
        match op {
            Op::Join(node) => self.wanted.insert((*node, Status::In)),
            Op::Leave(node) => self.wanted.insert((*node, Status::Left)),
            Op::Lookup(_) | Op::Survey => false,
        };
    }

    /// The view that the node has on disk.
    pub fn of(&self, node: NodeId) -> &View {
        &self.known[node.index()].view
    }

    /// The members in a view.
    pub fn members(&self, view: &View) -> Vec<NodeId> {
        let all = NodeId::all(self.initially.len() as u32);
        all.filter(|node| view.has(*node, self.initially[node.index()])).collect()
    }

    /// Whether a view has any member.
    pub fn has_members(&self, view: &View) -> bool {
        NodeId::all(self.initially.len() as u32).any(|node| view.has(node, self.initially[node.index()]))
    }

    /// A node has ordered a change: the next one that it knows of, and with a cause.
    pub fn ordered(&mut self, node: NodeId, about: NodeId, standing: Standing) -> Result<(), String> {
        self.ordered.entry(about).or_default().insert(standing);
        let before = self.of(node).standing(about);
        let next = before.map_or(0, |before| before.incarnation) + 1;
        if standing.incarnation != next {
            return Err(format!(
                "{node} ordered that {about} is {standing}, but the next change of it would be {next}"
            ));
        }
        let comes_back = node == about && before.is_some_and(|before| before.status == Status::Evicted);
        let cause = match standing.status {
            Status::In => comes_back || self.wanted.contains(&(about, Status::In)),
            Status::Left => self.wanted.contains(&(about, Status::Left)),
            Status::Evicted => self.evicts && node != about,
        };
        if cause { Ok(()) } else { Err(format!("{node} ordered that {about} is {standing}, and nobody wanted that")) }
    }

    /// A node has heard of a change: one that was ordered.
    pub fn heard(&self, node: NodeId, about: NodeId, standing: Standing) -> Result<(), String> {
        if self.ordered.get(&about).is_some_and(|ordered| ordered.contains(&standing)) {
            return Ok(());
        }
        Err(format!("{node} noted that {about} is {standing}, which nobody has ordered"))
    }

    /// A node's view changes, and by that grows.
    pub fn grows(&mut self, node: NodeId, about: NodeId, standing: Standing) -> Result<(), String> {
        let before = self.of(node).standing(about);
        if before.is_some_and(|before| before >= standing) {
            let before = before.expect("there is one");
            return Err(format!("{node} noted that {about} is {standing}, but knew already that it is {before}"));
        }
        self.holds(node, about, standing);
        Ok(())
    }

    /// The node's disk has lost something: it begins anew.
    pub fn lost(&mut self, node: NodeId) {
        self.known[node.index()] = Known::default();
    }

    /// The node's disk holds this.
    pub fn holds(&mut self, node: NodeId, about: NodeId, standing: Standing) {
        let known = &mut self.known[node.index()];
        let before = known.view.0.insert(about, standing);
        let gone = before.map_or(0, |before| print(about, before));
        known.print = known.print.wrapping_sub(gone).wrapping_add(print(about, standing));
    }

    /// Whether all nodes of the core have the same view, and none of them finds itself taken for dead.
    pub fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        let mut within = NodeId::all(core.len() as u32).filter(|node| core[node.index()]);
        let Some(first) = within.next() else { return Ok(()) };
        let known = |node: NodeId| &self.known[node.index()];
        let differ = |node: &NodeId| known(*node).print != known(first).print;
        if let Some(other) = within.find(differ) {
            return Err(format!("{first} has {}, {other} has {}", known(first).view, known(other).view));
        }
        let evicted = |(node, standing): (&NodeId, &Standing)| core[node.index()] && standing.status == Status::Evicted;
        match known(first).view.0.iter().find(|entry| evicted(*entry)) {
            Some((node, _)) => Err(format!("{node} is alive, and taken for dead by all")),
            None => Ok(()),
        }
    }
}
