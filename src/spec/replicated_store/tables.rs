//! The versions of the ring as the ledger knows them.

use crate::node::NodeId;
use crate::spec::replicated_store::{Partition, Placement, RingVersion, Table};
use std::collections::BTreeMap;

/// What each version says, and which one each node goes by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tables {
    /// What was told first of each version, and by whom.
    known: BTreeMap<RingVersion, (NodeId, Table)>,
    /// By node.
    adopted: Vec<RingVersion>,
}

impl Tables {
    pub fn new(nodes: u32) -> Self {
        Tables { known: BTreeMap::new(), adopted: vec![RingVersion::default(); nodes as usize] }
    }

    /// A version says one thing. `Ok(true)`: it was told for the first time.
    pub fn tell(&mut self, node: NodeId, ring: RingVersion, table: &Table) -> Result<bool, String> {
        match self.known.get(&ring) {
            None => {
                self.known.insert(ring, (node, table.clone()));
                Ok(true)
            }
            Some((_, known)) if known == table => Ok(false),
            Some((first, known)) => {
                Err(format!("{ring} is `{known}` at {first}, and {node} goes by `{table}` as {ring}"))
            }
        }
    }

    /// A node's version only grows.
    pub fn adopt(&mut self, node: NodeId, ring: RingVersion) -> Result<(), String> {
        let before = std::mem::replace(&mut self.adopted[node.index()], ring);
        if ring > before { Ok(()) } else { Err(format!("{node} goes by {ring}, but had gone by {before}")) }
    }

    /// Its disk has lost what it went by.
    pub fn lost(&mut self, node: NodeId) {
        self.adopted[node.index()] = RingVersion::default();
    }

    /// It still goes by this one.
    pub fn holds(&mut self, node: NodeId, ring: RingVersion) {
        self.adopted[node.index()] = ring;
    }

    /// The version that a node goes by.
    pub fn adopted(&self, node: NodeId) -> RingVersion {
        self.adopted[node.index()]
    }

    /// The latest version that there is.
    pub fn latest(&self) -> Option<(RingVersion, &Table)> {
        self.known.last_key_value().map(|(ring, (_, table))| (*ring, table))
    }

    /// The one before it.
    pub fn before(&self, ring: RingVersion) -> Option<&Table> {
        self.known.range(..ring).next_back().map(|(_, (_, table))| table)
    }

    /// Who owns a partition by the latest version.
    pub fn owners(&self, partition: Partition) -> &[NodeId] {
        self.latest().and_then(|(_, table)| table.get(partition)).map_or(&[], |placement| &placement.owners)
    }

    /// Whether the node may answer for the partition under this version.
    pub fn may_serve(&self, node: NodeId, partition: Partition, ring: RingVersion) -> Result<(), String> {
        let adopted = self.adopted(node);
        if adopted != ring {
            return Err(format!("{node} answered under {ring}, but goes by {adopted}"));
        }
        let placement = self.known.get(&ring).and_then(|(_, table)| table.get(partition));
        match placement {
            Some(placement) if placement.has(node) => Ok(()),
            Some(placement) => Err(format!("{node} answered for {partition}, which is `{placement}` in {ring}")),
            None => Err(format!("{node} answered for {partition}, which {ring} does not know")),
        }
    }
}

/// Each list names so many different nodes.
pub(super) fn distinct(node: NodeId, ring: RingVersion, table: &Table, copies: u32) -> Result<(), String> {
    let whole = |list: &[NodeId]| {
        let repeated = list.iter().enumerate().any(|(place, owner)| list[..place].contains(owner));
        list.len() == copies as usize && !repeated
    };
    let wrong = |placement: &Placement| !whole(&placement.owners) || placement.moves() && !whole(&placement.next);
    match table.iter().find(|(_, placement)| wrong(placement)) {
        None => Ok(()),
        Some((partition, placement)) => Err(format!(
            "{partition} is `{placement}` in {ring} at {node}: a list should name {copies} different nodes"
        )),
    }
}
