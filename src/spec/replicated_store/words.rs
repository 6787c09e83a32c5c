//! The words of the family: partitions, versions of the ring, and tables that say who owns what.

use crate::node::{NodeId, debug_is_display};
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// A version of the ring: `v1`, `v2`, … The first is what the cluster is set up with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RingVersion(pub u64);

/// A part of the keys: all that hash to it. `p1`, `p2`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(pub u32);

/// Who keeps a partition: its preference list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Placement {
    /// The nodes that keep it, the first choice first.
    pub owners: Vec<NodeId>,
    /// While it moves, the nodes that will keep it; else empty.
    pub next: Vec<NodeId>,
}

/// Who keeps which partition, in one version of the ring. Many hold the same table, so it is shared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Table(Arc<Vec<Placement>>);

impl RingVersion {
    /// The version that all nodes begin with.
    pub const FIRST: RingVersion = RingVersion(1);

    /// The version after this one.
    pub fn next(self) -> RingVersion {
        RingVersion(self.0 + 1)
    }
}

impl Placement {
    /// Whether it moves.
    pub fn moves(&self) -> bool {
        !self.next.is_empty()
    }

    /// All that keep it or will, each once.
    pub fn all(&self) -> impl Iterator<Item = NodeId> + '_ {
        let newcomers = self.next.iter().filter(|node| !self.owners.contains(node));
        self.owners.iter().chain(newcomers).copied()
    }

    /// Whether the node keeps it or will.
    pub fn has(&self, node: NodeId) -> bool {
        self.owners.contains(&node) || self.next.contains(&node)
    }

    /// Whether the node will keep it, and does not yet.
    pub fn gains(&self, node: NodeId) -> bool {
        self.next.contains(&node) && !self.owners.contains(&node)
    }
}

impl Table {
    /// The table of these placements, in the order of the partitions.
    pub fn new(placements: Vec<Placement>) -> Self {
        Table(Arc::new(placements))
    }

    /// Who keeps a partition; none where there is no such partition.
    pub fn get(&self, partition: Partition) -> Option<&Placement> {
        self.0.get(partition.0 as usize)
    }

    /// All partitions and who keeps them.
    pub fn iter(&self) -> impl Iterator<Item = (Partition, &Placement)> {
        self.0.iter().enumerate().map(|(place, placement)| (Partition(place as u32), placement))
    }

    /// Whether any partition moves.
    pub fn moves(&self) -> bool {
        self.0.iter().any(Placement::moves)
    }
}

impl fmt::Display for RingVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", u64::from(self.0) + 1)
    }
}

fn joined(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" ")
}

/// `n1 n2 n3`, or `n1 n2 n3 -> n1 n2 n4`.
impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined(&self.owners))?;
        if self.moves() { write!(f, " -> {}", joined(&self.next)) } else { Ok(()) }
    }
}

/// `p1: n1 n2 n3; p2: n2 n3 n4`.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (partition, placement)) in self.iter().enumerate() {
            let separator = if place > 0 { "; " } else { "" };
            write!(f, "{separator}{partition}: {placement}")?;
        }
        Ok(())
    }
}

debug_is_display!(RingVersion, Partition, Table);

macro_rules! serialised_as_text {
    ($($name:ty),*) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )* };
}
serialised_as_text!(RingVersion, Partition, Table);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_that_moves_names_both_lists() {
        let nodes = |ids: &[u32]| ids.iter().map(|id| NodeId::new(id - 1)).collect::<Vec<_>>();
        let placement = Placement { owners: nodes(&[1, 2]), next: nodes(&[2, 3]) };
        assert_eq!(placement.all().collect::<Vec<_>>(), nodes(&[1, 2, 3]));
        assert!(placement.gains(NodeId::new(2)) && !placement.gains(NodeId::new(1)) && placement.has(NodeId::new(0)));
        let table = Table::new(vec![placement, Placement { owners: nodes(&[3]), next: Vec::new() }]);
        assert_eq!(table.to_string(), "p1: n1 n2 -> n2 n3; p2: n3");
        assert!(table.moves() && table.get(Partition(2)).is_none());
    }
}
