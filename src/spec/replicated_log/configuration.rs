//! Who belongs to the cluster: configurations as entries of the log carry them.

use crate::node::{NodeId, debug_is_display};
use std::fmt;

/// A set of nodes, of the first [`NodeSet::NODES_MAX`]. It is copied with every entry, so it is small.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeSet(u64);

impl NodeSet {
    /// The most nodes of a cluster whose membership changes.
    pub const NODES_MAX: u32 = 64;

    /// Whether the node is in it.
    pub fn has(self, node: NodeId) -> bool {
        node.index() < Self::NODES_MAX as usize && self.0 >> node.index() & 1 == 1
    }

    /// The same with one node more.
    ///
    /// # Panics
    /// When the node is none of the first [`NodeSet::NODES_MAX`].
    pub fn with(self, node: NodeId) -> Self {
        assert!(node.index() < Self::NODES_MAX as usize, "{node} is too far for a set of nodes");
        NodeSet(self.0 | 1 << node.index())
    }

    /// The nodes of either.
    pub fn union(self, other: NodeSet) -> Self {
        NodeSet(self.0 | other.0)
    }

    /// The nodes of this one that the other lacks.
    pub fn without(self, other: NodeSet) -> Self {
        NodeSet(self.0 & !other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// All of them, in order.
    pub fn nodes(self) -> impl Iterator<Item = NodeId> {
        (0..Self::NODES_MAX).filter(move |place| self.0 >> place & 1 == 1).map(NodeId::new)
    }
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        nodes.into_iter().fold(NodeSet::default(), NodeSet::with)
    }
}

/// Who decides, and who listens.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Configuration {
    /// Those who vote; in a joint configuration the old ones.
    pub voters: NodeSet,
    /// In a joint configuration those who will vote; else nobody. Elections and commitment then need a majority of
    /// both, each by itself (Ongaro & Ousterhout 2014, section 6).
    pub joining: NodeSet,
    /// Those who are sent the log and do not vote.
    pub learners: NodeSet,
}

impl Configuration {
    /// One in which these vote, and nobody else is there.
    pub fn of(voters: NodeSet) -> Self {
        Configuration { voters, ..Configuration::default() }
    }

    /// Whether it is a joint one.
    pub fn is_joint(&self) -> bool {
        !self.joining.is_empty()
    }

    /// Whether the node votes in it.
    pub fn votes(&self, node: NodeId) -> bool {
        self.voters.has(node) || self.joining.has(node)
    }

    /// Everybody who is sent the log.
    pub fn members(&self) -> NodeSet {
        self.voters.union(self.joining).union(self.learners)
    }

    /// Whether those for whom `is_in` says so can decide.
    pub fn is_quorum(&self, is_in: impl Fn(NodeId) -> bool) -> bool {
        let majority = |set: NodeSet| set.nodes().filter(|node| is_in(*node)).count() as u32 > set.count() / 2;
        majority(self.voters) && (!self.is_joint() || majority(self.joining))
    }
}

impl fmt::Display for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.nodes().map(|node| node.to_string()).collect();
        write!(f, "{{{}}}", names.join(","))
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.voters)?;
        if self.is_joint() {
            write!(f, " and {}", self.joining)?;
        }
        if !self.learners.is_empty() {
            write!(f, " teaching {}", self.learners)?;
        }
        Ok(())
    }
}

debug_is_display!(NodeSet, Configuration);

#[cfg(test)]
mod tests {
    use super::*;

    fn set(nodes: &[u32]) -> NodeSet {
        nodes.iter().map(|node| NodeId::new(node - 1)).collect()
    }

    #[test]
    fn a_set_holds_what_it_was_given() {
        let some = set(&[1, 3, 64]);
        assert_eq!((some.count(), some.to_string()), (3, "{n1,n3,n64}".to_owned()));
        assert!(some.has(NodeId::new(2)) && !some.has(NodeId::new(1)) && !some.has(NodeId::new(64)));
        assert_eq!(some.without(set(&[1])).union(set(&[2])), set(&[2, 3, 64]));
        assert!(NodeSet::default().is_empty());
    }

    /// Section 6: "Agreement (for elections and entry commitment) requires separate majorities from both the old and
    /// new configurations."
    #[test]
    fn a_joint_configuration_needs_both_majorities() {
        let joint = Configuration { voters: set(&[1, 2, 3]), joining: set(&[3, 4, 5]), learners: set(&[6]) };
        let decide = |nodes: &[u32]| joint.is_quorum(|node| set(nodes).has(node));
        assert!(decide(&[1, 3, 4]) && decide(&[2, 3, 5]) && decide(&[1, 2, 4, 5]));
        assert!(!decide(&[1, 2, 3]) && !decide(&[3, 4, 5]) && !decide(&[1, 2, 6]));
        assert!(joint.votes(NodeId::new(4)) && !joint.votes(NodeId::new(5)));
        assert_eq!(joint.to_string(), "{n1,n2,n3} and {n3,n4,n5} teaching {n6}");
        assert!(!Configuration::default().is_quorum(|_| true));
    }
}
