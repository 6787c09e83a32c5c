//! Who owns a key, by the definitions and by brute force: every point is looked at. Shares no code with what protocols
//! use, the hash included.

use crate::node::{NodeId, mix};
use crate::spec::placement::{Rules, Scheme};
use std::collections::BTreeMap;

/// What is known of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Traits {
    pub weight: u32,
    pub zone: u32,
}

/// The oracle of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Oracle {
    rules: Rules,
    traits: Vec<Traits>,
    /// By node, on rings: where its points lie.
    points: Vec<Vec<u64>>,
    /// Under bounded load: the last members that were asked about, and the owner of each key among them.
    bounded: Option<(Vec<NodeId>, Vec<NodeId>)>,
}

/// FNV-1a, and the finisher of SplitMix64 over it.
fn digest(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let mut word: u64 = 14_695_981_039_346_656_037;
    for byte in bytes {
        word ^= u64::from(byte);
        word = word.wrapping_mul(1_099_511_628_211);
    }
    mix(word)
}

fn of_key(key: u32) -> u64 {
    digest(u64::from(key).to_le_bytes())
}

impl Oracle {
    pub fn new(rules: Rules, traits: Vec<Traits>) -> Self {
        let mut oracle = Oracle { rules, traits, points: Vec::new(), bounded: None };
        if let Scheme::Ring | Scheme::BoundedLoad = rules.scheme {
            oracle.points = NodeId::all(oracle.traits.len() as u32).map(|node| oracle.points_of(node)).collect();
        }
        oracle
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub fn of(&self, node: NodeId) -> Traits {
        self.traits[node.index()]
    }

    fn points_of(&self, node: NodeId) -> Vec<u64> {
        let count = self.rules.virtual_nodes.saturating_mul(self.of(node).weight);
        let label = |number| format!("{node}#{number}").into_bytes();
        (0..count).map(|number| digest(label(number)) >> (64 - self.rules.hash_bits)).collect()
    }

    /// The owner of a key among these members, which are not none.
    pub fn owner(&mut self, members: &[NodeId], key: u32) -> NodeId {
        if self.rules.scheme == Scheme::BoundedLoad {
            return self.bounded(members, key);
        }
        let preference = |node: &NodeId| self.preference(*node, key);
        match self.rules.scheme {
            Scheme::Ring | Scheme::Rendezvous | Scheme::BoundedLoad => {
                *members.iter().min_by_key(|node| preference(node)).expect("there are members")
            }
            Scheme::Jump | Scheme::Modulo => self.in_turn(members, key)[0],
        }
    }

    /// How little a key prefers a node, of those schemes where that is the two's own matter.
    fn preference(&self, node: NodeId, key: u32) -> (u64, NodeId) {
        let little = match self.rules.scheme {
            Scheme::Rendezvous => self.rank(node, key),
            _ => self.distance(node, of_key(key) >> (64 - self.rules.hash_bits)),
        };
        (little, node)
    }

    /// How far it is from a position clockwise to the nearest point of a node.
    fn distance(&self, node: NodeId, position: u64) -> u64 {
        let mask = u64::MAX >> (64 - self.rules.hash_bits);
        let far = self.points[node.index()].iter().map(|point| point.wrapping_sub(position) & mask);
        far.min().unwrap_or(u64::MAX)
    }

    /// The complement of the highest hash that one of the node's sites makes of the key.
    fn rank(&self, node: NodeId, key: u32) -> u64 {
        let site = |number: u32| digest(format!("{node}#{number}#").into_bytes().into_iter().chain(key_bytes(key)));
        (0..self.of(node).weight).map(|number| u64::MAX - site(number)).min().unwrap_or(u64::MAX)
    }

    /// The members from the key's bucket on, each once. A member has as many buckets as its weight says.
    fn in_turn(&self, members: &[NodeId], key: u32) -> Vec<NodeId> {
        let buckets: Vec<NodeId> =
            members.iter().flat_map(|node| (0..self.of(*node).weight).map(move |_| *node)).collect();
        let first = match self.rules.scheme {
            Scheme::Jump => jumps(of_key(key), buckets.len() as u64),
            _ => of_key(key) % buckets.len() as u64,
        };
        let mut met = Vec::new();
        for step in 0..buckets.len() {
            let node = buckets[(first as usize + step) % buckets.len()];
            if !met.contains(&node) {
                met.push(node);
            }
        }
        met
    }

    /// The keys are placed one after the other, each with the first member clockwise that has room.
    fn bounded(&mut self, members: &[NodeId], key: u32) -> NodeId {
        let key = key % self.rules.keys;
        if let Some((known, owners)) = &self.bounded
            && known == members
        {
            return owners[key as usize];
        }
        let mut room: BTreeMap<NodeId, u64> = members.iter().map(|node| (*node, self.most(members, *node))).collect();
        let mut owners = Vec::new();
        for ball in 0..self.rules.keys {
            let open = members.iter().filter(|node| room[node] > 0);
            let owner =
                *open.min_by_key(|node| self.preference(**node, ball)).expect("together they have room for all");
            *room.get_mut(&owner).expect("a member") -= 1;
            owners.push(owner);
        }
        let owner = owners[key as usize];
        self.bounded = Some((members.to_vec(), owners));
        owner
    }

    /// The most keys that a member may own under bounded load: its share and the slack, rounded up.
    pub fn most(&self, members: &[NodeId], node: NodeId) -> u64 {
        let all = members.iter().map(|member| u64::from(self.of(*member).weight)).sum::<u64>();
        let (keys, weight) = (u64::from(self.rules.keys), u64::from(self.of(node).weight));
        (keys * weight * (100 + u64::from(self.rules.slack))).div_ceil(100 * all)
    }

    /// The nodes that keep a key: all members in the order of preference; then by how many of their zone come before
    /// them; and as many of these as there should be.
    pub fn replicas(&mut self, members: &[NodeId], key: u32) -> Vec<NodeId> {
        let order = match self.rules.scheme {
            Scheme::Jump | Scheme::Modulo => self.in_turn(members, key),
            Scheme::Ring | Scheme::Rendezvous | Scheme::BoundedLoad => {
                let first = self.owner(members, key);
                let ball = if self.rules.scheme == Scheme::BoundedLoad { key % self.rules.keys } else { key };
                let mut order = members.to_vec();
                order.sort_by_cached_key(|node| (*node != first, self.preference(*node, ball)));
                order
            }
        };
        let mut met: BTreeMap<u32, u32> = BTreeMap::new();
        let mut ranked: Vec<(u32, NodeId)> = Vec::new();
        for node in order {
            let rank = met.entry(self.of(node).zone).or_default();
            ranked.push((*rank, node));
            *rank += 1;
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().take(self.rules.replicas as usize).map(|(_, node)| node).collect()
    }
}

fn key_bytes(key: u32) -> [u8; 8] {
    u64::from(key).to_le_bytes()
}

/// Lamping & Veach 2014, figure 1: the last bucket below `buckets` that the key jumps to.
fn jumps(key: u64, buckets: u64) -> u64 {
    let mut state = key;
    let next = |bucket: &u64| {
        state = state.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        Some((u128::from(bucket + 1) * (1 << 31) / u128::from((state >> 33) + 1)) as u64)
    };
    std::iter::successors(Some(0), next).take_while(|bucket| *bucket < buckets).last().expect("the first is bucket 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a by its published vectors, which the finisher can be taken off from; and jumps that others publish.
    #[test]
    fn hash_and_jumps_are_the_published_ones() {
        assert_eq!(digest(*b""), mix(0xCBF2_9CE4_8422_2325));
        assert_eq!(digest(*b"foobar"), mix(0x8594_4171_F739_67E8));
        for (key, buckets, bucket) in
            [(1, 1, 0), (42, 57, 43), (0xDEAD_10CC, 1, 0), (0xDEAD_10CC, 666, 361), (256, 1024, 520)]
        {
            assert_eq!(jumps(key, buckets), bucket, "{key:x} of {buckets}");
        }
    }
}
