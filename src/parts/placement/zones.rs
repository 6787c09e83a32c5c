//! Members, and the zones they stand in: what fails together.

use crate::node::NodeId;
use std::collections::BTreeMap;

/// A member, as placement sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// Which node.
    pub node: NodeId,
    /// How much of the keys it takes, beside the others. 1 or more.
    pub weight: u32,
    /// The zone it stands in.
    pub zone: u32,
}

impl Member {
    /// A member of weight 1, in the same zone as all others.
    pub const fn plain(node: NodeId) -> Self {
        Member { node, weight: 1, zone: 0 }
    }
}

/// Who the members are, and how many each zone has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Zones {
    members: BTreeMap<NodeId, Member>,
    sizes: BTreeMap<u32, u32>,
}

impl Zones {
    /// Adds a member; false where it is one already.
    pub fn insert(&mut self, member: Member) -> bool {
        if self.members.contains_key(&member.node) {
            return false;
        }
        self.members.insert(member.node, member);
        *self.sizes.entry(member.zone).or_default() += 1;
        true
    }

    /// Takes a member away; false where it is none.
    pub fn remove(&mut self, node: NodeId) -> bool {
        let Some(member) = self.members.remove(&node) else { return false };
        let size = self.sizes.get_mut(&member.zone).expect("a member is counted in its zone");
        *size -= 1;
        if *size == 0 {
            self.sizes.remove(&member.zone);
        }
        true
    }

    /// The members, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Member> + '_ {
        self.members.values().copied()
    }

    /// How many members there are.
    pub fn count(&self) -> u32 {
        self.members.len() as u32
    }

    /// Whether the node is a member.
    pub fn has(&self, node: NodeId) -> bool {
        self.members.contains_key(&node)
    }

    /// The first `count` of a walk over all members, each of which it meets once, with the zones taken in turn: first
    /// the first node of each zone, then the second of each, and so on, within each round in the order of the walk. So
    /// replicas lie in as many zones as there are, and in none are two more than in another that has nodes left.
    ///
    /// A member that comes takes the place of one other at most, and nobody else moves in.
    pub fn spread(&self, walk: impl Iterator<Item = NodeId>, count: u32) -> Vec<NodeId> {
        // The first of a walk is the first of its zone.
        if self.sizes.len() <= 1 || count <= 1 {
            return walk.take(count as usize).collect();
        }
        let rounds = self.rounds_for(count);
        let mut met: BTreeMap<u32, u32> = BTreeMap::new();
        // Zones that the walk has still to meet nodes of, before the outcome is certain.
        let mut open = self.sizes.len();
        let mut chosen: Vec<(u32, NodeId)> = Vec::new();
        for node in walk {
            let Some(Member { zone, .. }) = self.members.get(&node) else { continue };
            let round = met.entry(*zone).or_default();
            *round += 1;
            if *round <= rounds {
                chosen.push((*round, node));
            }
            if *round == rounds.min(self.sizes[zone]) {
                open -= 1;
                if open == 0 {
                    break;
                }
            }
        }
        // A stable sort: within a round the order of the walk.
        chosen.sort_by_key(|(round, _)| *round);
        chosen.truncate(count as usize);
        chosen.into_iter().map(|(_, node)| node).collect()
    }

    /// How many rounds over the zones it takes to find so many nodes.
    fn rounds_for(&self, count: u32) -> u32 {
        let largest = self.sizes.values().copied().max().unwrap_or(0);
        let found = |rounds: u32| self.sizes.values().map(|size| u64::from((*size).min(rounds))).sum::<u64>();
        (1..=largest).find(|rounds| found(*rounds) >= u64::from(count)).unwrap_or(largest)
    }
}
