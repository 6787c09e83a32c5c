//! Majorities.

use crate::node::NodeId;

/// The size of the smallest majority of `nodes`: any two majorities share a member.
pub const fn majority(nodes: u32) -> u32 {
    nodes / 2 + 1
}

/// The largest value that a majority of nodes has reached, given each node's: where a commit index may move to.
///
/// # Panics
/// When `reached` is empty.
pub fn reached_by_majority<T: Copy + Ord>(reached: &mut [T]) -> T {
    assert!(!reached.is_empty(), "no node, no majority");
    let needed = majority(reached.len() as u32) as usize;
    // Descending: the last of the first `needed` is reached by all of them.
    let (_, value, _) = reached.select_nth_unstable_by(needed - 1, |a, b| b.cmp(a));
    *value
}

/// A set of nodes that grows to a quorum: votes, acknowledgements. A node counts once however often it is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    heard: Vec<NodeId>,
}

impl Tally {
    /// A tally with one member.
    pub fn of(node: NodeId) -> Self {
        Tally { heard: vec![node] }
    }

    /// Counts a node.
    pub fn add(&mut self, node: NodeId) {
        if let Err(place) = self.heard.binary_search(&node) {
            self.heard.insert(place, node);
        }
    }

    /// The nodes that were counted.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.heard.iter().copied()
    }

    /// How many nodes were counted.
    pub fn count(&self) -> u32 {
        self.heard.len() as u32
    }

    /// Whether the node was counted.
    pub fn has(&self, node: NodeId) -> bool {
        self.heard.binary_search(&node).is_ok()
    }

    /// How many of these nodes were counted.
    pub fn count_among(&self, nodes: &[NodeId]) -> u32 {
        nodes.iter().filter(|node| self.has(**node)).count() as u32
    }

    /// Whether the counted nodes are a majority of `nodes`.
    pub fn is_majority_of(&self, nodes: u32) -> bool {
        self.count() >= majority(nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_majorities_always_meet() {
        for nodes in 1..=9 {
            assert!(2 * majority(nodes) > nodes);
            assert!(2 * (majority(nodes) - 1) <= nodes, "{} of {nodes} is not the smallest", majority(nodes));
        }
    }

    #[test]
    fn what_a_majority_has_reached() {
        assert_eq!(reached_by_majority(&mut [5]), 5);
        assert_eq!(reached_by_majority(&mut [1, 9]), 1);
        assert_eq!(reached_by_majority(&mut [7, 1, 3]), 3);
        assert_eq!(reached_by_majority(&mut [1, 2, 3, 4]), 2);
        assert_eq!(reached_by_majority(&mut [9, 9, 9, 0, 0]), 9);
    }

    #[test]
    fn a_node_counts_once() {
        let mut tally = Tally::of(NodeId::new(2));
        tally.add(NodeId::new(0));
        tally.add(NodeId::new(2));
        assert_eq!((tally.count(), tally.has(NodeId::new(0)), tally.has(NodeId::new(1))), (2, true, false));
        assert!(tally.is_majority_of(3) && !tally.is_majority_of(4));
        assert_eq!(tally.count_among(&[NodeId::new(1), NodeId::new(2)]), 1);
    }
}
