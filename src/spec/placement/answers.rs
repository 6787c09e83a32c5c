//! What was answered for each set of members: the same by all, and little different between sets that differ little.

use crate::node::NodeId;
use crate::spec::placement::{Rules, Scheme};
use crate::spec::store::Key;
use std::collections::BTreeMap;

/// A set of members, and what was answered for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Seen {
    /// In the order of their ids.
    members: Vec<NodeId>,
    /// By key: who owns it, of surveys.
    survey: Vec<NodeId>,
    /// By key: who keeps it, its owner first, of lookups.
    replicas: BTreeMap<u32, Vec<NodeId>>,
    /// The sets that differ from it by one node: their places, and which node.
    near: Vec<(usize, NodeId)>,
}

impl Seen {
    fn owner(&self, key: u32) -> Option<NodeId> {
        let looked_up = self.replicas.get(&key).and_then(|replicas| replicas.first());
        looked_up.or_else(|| self.survey.get(key as usize)).copied()
    }
}

/// All answers so far, by set of members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Answers {
    places: BTreeMap<Vec<NodeId>, usize>,
    seen: Vec<Seen>,
}

/// The node by which a set is larger than another, if that is all the difference.
fn one_more(larger: &[NodeId], smaller: &[NodeId]) -> Option<NodeId> {
    if larger.len() != smaller.len() + 1 {
        return None;
    }
    let place = smaller.iter().zip(larger).take_while(|(one, other)| one == other).count();
    (larger[place + 1..] == smaller[place..]).then_some(larger[place])
}

/// Whether no key may move but to or from `node`, where `members` have it and others do not. Jump promises that for the
/// last bucket alone: buckets are the members in the order of their ids.
fn promised(rules: &Rules, members: &[NodeId], node: NodeId) -> bool {
    match rules.scheme {
        Scheme::Ring | Scheme::Rendezvous => true,
        Scheme::Jump => members.last() == Some(&node),
        Scheme::BoundedLoad | Scheme::Modulo => false,
    }
}

impl Answers {
    /// The place of a set of members; one that is new is held against all others.
    pub fn place(&mut self, members: Vec<NodeId>) -> usize {
        if let Some(place) = self.places.get(&members) {
            return *place;
        }
        let place = self.seen.len();
        let mut near = Vec::new();
        for (other, seen) in self.seen.iter_mut().enumerate() {
            let by = one_more(&members, &seen.members).or_else(|| one_more(&seen.members, &members));
            if let Some(node) = by {
                near.push((other, node));
                seen.near.push((place, node));
            }
        }
        self.places.insert(members.clone(), place);
        self.seen.push(Seen { members, near, ..Seen::default() });
        place
    }

    /// Whether the same was answered to others before.
    pub fn same_list(&mut self, place: usize, key: u32, replicas: &[NodeId]) -> Result<(), String> {
        self.same_owner(place, key, replicas[0])?;
        let before = self.seen[place].replicas.entry(key).or_insert_with(|| replicas.to_vec());
        if before == replicas {
            return Ok(());
        }
        Err(format!("{} is said to be kept by {replicas:?}, and was by {before:?} of the same members", Key(key)))
    }

    /// Whether the same owner was answered to others before.
    pub fn same_owner(&self, place: usize, key: u32, owner: NodeId) -> Result<(), String> {
        match self.seen[place].owner(key) {
            Some(before) if before != owner => {
                Err(format!("{} is said to be owned by {owner}, and was by {before} of the same members", Key(key)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A survey is kept, the first of its set; every other must say the same.
    pub fn same_survey(&mut self, place: usize, owners: &[NodeId]) -> Result<(), String> {
        for (key, owner) in (0..).zip(owners) {
            self.same_owner(place, key, *owner)?;
        }
        let seen = &mut self.seen[place];
        if seen.survey.is_empty() {
            seen.survey = owners.to_vec();
        }
        Ok(())
    }

    /// One look at each set that differs by a node for which something is promised, where the owner is known there.
    pub fn monotone(
        &self,
        rules: &Rules,
        place: usize,
        key: u32,
        owner: NodeId,
    ) -> impl Iterator<Item = Result<(), String>> {
        let seen = &self.seen[place];
        seen.near.iter().filter_map(move |(other, node)| {
            let there = &self.seen[*other];
            let larger = if there.members.len() > seen.members.len() { there } else { seen };
            let other_owner = there.owner(key).filter(|_| promised(rules, &larger.members, *node))?;
            let with = if larger.members.len() == seen.members.len() { owner } else { other_owner };
            let moved = owner != other_owner && with != *node;
            let both = || {
                format!(
                    "{} moves between {owner} and {other_owner}, and only {node} is a member once and not twice",
                    Key(key)
                )
            };
            Some(if moved { Err(both()) } else { Ok(()) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_differ_by_one_node() {
        let set = |nodes: &[u32]| nodes.iter().map(|node| NodeId::new(*node)).collect::<Vec<_>>();
        let by = |larger: &[u32], smaller: &[u32]| one_more(&set(larger), &set(smaller));
        assert_eq!(by(&[1, 2, 3], &[1, 3]), Some(NodeId::new(2)));
        assert_eq!(by(&[1, 2, 3], &[2, 3]), Some(NodeId::new(1)));
        assert_eq!(by(&[1, 2, 3], &[1, 2]), Some(NodeId::new(3)));
        assert_eq!(by(&[1], &[]), Some(NodeId::new(1)));
        assert_eq!((by(&[1, 2, 3], &[1, 4]), by(&[1, 2], &[1, 2]), by(&[1, 2, 3], &[1])), (None, None, None));
    }
}
