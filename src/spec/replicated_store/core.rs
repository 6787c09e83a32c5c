//! Which nodes suffice to serve every key.

use crate::node::{NodeId, Stream};
use crate::spec::replicated_store::{Placement, StoreLedger};

impl StoreLedger {
    /// The master, since only it changes the ring; of the owners of each partition, and of its next ones, as many as
    /// its reads, its writes and its handing over need; and enough nodes to keep all copies. Of the others as many as
    /// are drawn.
    pub(super) fn core(&self, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        let mut order: Vec<NodeId> = NodeId::all(nodes).filter(|node| !lost[node.index()]).collect();
        for place in 0..order.len() {
            let other = place + draws.below((order.len() - place) as u64) as usize;
            order.swap(place, other);
        }
        let mut spare = draws.below(u64::from(nodes));
        let mut core: Vec<bool> = lost.iter().map(|lost| !lost).collect();
        for node in &order {
            if spare == 0 {
                break;
            }
            core[node.index()] = false;
            if self.suffices(&core) {
                spare -= 1;
            } else {
                core[node.index()] = true;
            }
        }
        NodeId::all(nodes).filter(|node| core[node.index()]).collect()
    }

    fn suffices(&self, core: &[bool]) -> bool {
        let rules = &self.rules;
        let has = |node: NodeId| core[node.index()];
        let count = core.iter().filter(|healthy| **healthy).count();
        let needed = rules.needed_of_owners() as usize;
        let whole = |owners: &[NodeId]| owners.iter().filter(|node| has(**node)).count() >= needed;
        // The next owners may be the only ones a moment later.
        let in_force =
            |placement: &Placement| whole(&placement.owners) && (!placement.moves() || whole(&placement.next));
        let table = self.tables.latest().map(|(_, table)| table);
        has(rules.master)
            && count >= rules.copies as usize
            && table.is_none_or(|table| table.iter().all(|(_, placement)| in_force(placement)))
    }
}
