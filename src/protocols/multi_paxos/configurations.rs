//! Which configuration is in force in which slot.

use crate::node::{NodeId, debug_is_display};
use crate::spec::replicated_log::{Configuration, Index, NodeSet};
use std::fmt;

/// The configurations of all slots that a node does not know chosen yet. "The current set of servers can be made part
/// of the state" (Lamport 2001, section 3), and so this goes with snapshots. Empty at a node that has not learnt how
/// the log begins.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Configurations {
    /// Ascending, with the first slot of each.
    by_slot: Vec<(Index, Configuration)>,
}

impl Configurations {
    /// Who decides in a slot.
    pub fn at(&self, slot: Index) -> Option<&Configuration> {
        self.by_slot.iter().rev().find(|(from, _)| *from <= slot).map(|(_, configuration)| configuration)
    }

    /// A configuration is chosen, to be in force from a slot on.
    pub fn add(&mut self, from: Index, configuration: Configuration) {
        self.by_slot.push((from, configuration));
    }

    /// The slots before this one are chosen: what was in force in none but them is over.
    pub fn forget_before(&mut self, slot: Index) {
        let over = self.by_slot.iter().skip(1).take_while(|(from, _)| *from <= slot).count();
        self.by_slot.drain(..over);
    }

    /// The one that is chosen last, and from where on it is in force.
    pub fn last(&self) -> Option<(Index, &Configuration)> {
        self.by_slot.last().map(|(from, configuration)| (*from, configuration))
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &Configuration> {
        self.by_slot.iter().map(|(_, configuration)| configuration)
    }

    /// Whoever decides in any slot that is not known chosen.
    pub fn voters(&self) -> NodeSet {
        self.all().fold(NodeSet::default(), |all, configuration| all.union(configuration.voters))
    }

    /// Whether the node decides in any slot that is not known chosen.
    pub fn has(&self, node: NodeId) -> bool {
        self.voters().has(node)
    }
}

impl fmt::Display for Configurations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.by_slot.iter().map(|(from, members)| format!("{members} from {from}")).collect();
        f.write_str(&each.join(", "))
    }
}

debug_is_display!(Configurations);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(nodes: &[u32]) -> Configuration {
        Configuration::of(nodes.iter().map(|node| NodeId::new(node - 1)).collect())
    }

    #[test]
    fn each_slot_has_its_configuration() {
        let mut known = Configurations::default();
        assert_eq!(known.at(Index(1)), None);
        for (from, nodes) in [(1, [1, 2]), (7, [2, 3]), (9, [3, 4])] {
            known.add(Index(from), of(&nodes));
        }
        let at = |known: &Configurations, slot| known.at(Index(slot)).copied();
        assert_eq!(
            (at(&known, 6), at(&known, 7), at(&known, 8)),
            (Some(of(&[1, 2])), Some(of(&[2, 3])), at(&known, 7))
        );
        assert_eq!(known.voters().to_string(), "{n1,n2,n3,n4}");
        known.forget_before(Index(7));
        assert_eq!(known.to_string(), "{n2,n3} from i7, {n3,n4} from i9");
        assert!(!known.has(NodeId::new(0)) && known.has(NodeId::new(1)));
        known.forget_before(Index(20));
        assert_eq!(known.last(), Some((Index(9), &of(&[3, 4]))));
    }
}
