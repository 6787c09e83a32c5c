//! What lies on the nodes' disks, and what clients have been told is done.

use crate::node::{NodeId, RequestId};
use crate::spec::replicated_store::Partition;
use crate::spec::store::{Key, Op};
use std::collections::{BTreeMap, BTreeSet};

/// A node's copy of a key: the writes that are in it, of each client the last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Copy(Vec<RequestId>);

impl Copy {
    /// Whether the write is in it, or a later one of the same client, which takes its place.
    fn has(&self, write: RequestId) -> bool {
        self.0.iter().any(|other| other.client == write.client && other.sequence >= write.sequence)
    }
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OfKey {
    partition: Partition,
    copies: BTreeMap<NodeId, Copy>,
    /// Acknowledged writes that no later acknowledged one supersedes, and when they were acknowledged.
    acknowledged: Vec<(RequestId, u64)>,
}

/// All keys, and all requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Copies {
    keys: BTreeMap<Key, OfKey>,
    by_partition: BTreeMap<Partition, BTreeSet<Key>>,
    /// What was asked, and when it was first heard of.
    asked: BTreeMap<RequestId, (Op, u64)>,
    /// Counts what is heard from clients.
    moment: u64,
}

impl Copies {
    /// A request has arrived somewhere, for the first time or again.
    pub fn asked(&mut self, request: RequestId, op: Op) {
        self.moment += 1;
        self.asked.entry(request).or_insert((op, self.moment));
    }

    /// The key that a request writes; none where it only reads.
    pub fn written_by(&self, request: RequestId) -> Option<Key> {
        match self.asked.get(&request) {
            Some((Op::Put(key, _) | Op::Delete(key), _)) => Some(*key),
            Some((Op::Get(_) | Op::Append(..) | Op::Cas(..), _)) | None => None,
        }
    }

    /// Only writes to its key are in a copy.
    pub fn valid(&self, node: NodeId, key: Key, requests: &[RequestId]) -> Result<(), String> {
        match requests.iter().find(|request| self.written_by(**request) != Some(key)) {
            None => Ok(()),
            Some(request) => Err(format!("{node}'s copy of {key} holds {request}, which did not ask to write it")),
        }
    }

    /// A node's copy of a key is this from now on.
    pub fn stored(&mut self, node: NodeId, key: Key, partition: Partition, writes: &[RequestId]) {
        let fresh = || OfKey { partition, copies: BTreeMap::new(), acknowledged: Vec::new() };
        let copy = Copy(writes.to_vec());
        self.keys.entry(key).or_insert_with(fresh).copies.insert(node, copy);
        self.by_partition.entry(partition).or_default().insert(key);
    }

    /// A node has no copy of it any more.
    pub fn dropped(&mut self, node: NodeId, key: Key) {
        if let Some(of_key) = self.keys.get_mut(&key) {
            of_key.copies.remove(&node);
        }
    }

    /// Its disk has lost all of them.
    pub fn lost(&mut self, node: NodeId) {
        self.keys.values_mut().for_each(|of_key| drop(of_key.copies.remove(&node)));
    }

    /// A client is told that its write is done. What was acknowledged before it was asked is superseded: whoever reads
    /// that instead is accused by what clients saw.
    pub fn acknowledged(&mut self, request: RequestId, key: Key) {
        self.moment += 1;
        let (_, asked) = self.asked[&request];
        let Some(of_key) = self.keys.get_mut(&key) else { return };
        of_key.acknowledged.retain(|(before, at)| *at > asked && *before != request);
        of_key.acknowledged.push((request, self.moment));
    }

    /// The partition of a key.
    pub fn partition_of(&self, key: Key) -> Option<Partition> {
        self.keys.get(&key).map(|of_key| of_key.partition)
    }

    /// Whether so many of the nodes hold the write.
    pub fn is_held(&self, key: Key, write: RequestId, nodes: &[NodeId], least: u32) -> Result<(), String> {
        let copies = self.keys.get(&key).map(|of_key| &of_key.copies);
        let has = |node: &&NodeId| copies.and_then(|copies| copies.get(*node)).is_some_and(|copy| copy.has(write));
        let holders: Vec<String> = nodes.iter().filter(has).map(NodeId::to_string).collect();
        if holders.len() >= least as usize {
            return Ok(());
        }
        let owners: Vec<String> = nodes.iter().map(NodeId::to_string).collect();
        let holders = if holders.is_empty() { "nobody".to_owned() } else { holders.join(", ") };
        let owners = owners.join(", ");
        Err(format!("of {owners}, who own {key}, {holders} holds the acknowledged {write}; {least} should"))
    }

    /// Whether so many of the nodes hold every acknowledged write of the key.
    pub fn all_held(&self, key: Key, nodes: &[NodeId], least: u32) -> Result<(), String> {
        let acknowledged = self.keys.get(&key).map_or(&[][..], |of_key| &of_key.acknowledged);
        acknowledged.iter().try_for_each(|(write, _)| self.is_held(key, *write, nodes, least))
    }

    /// The keys of a partition.
    pub fn keys_of(&self, partition: Partition) -> impl Iterator<Item = Key> + '_ {
        self.by_partition.get(&partition).into_iter().flatten().copied()
    }

    /// Whether every key that the core keeps lies on its owners, on nobody else, and is the same everywhere.
    pub fn at_rest<'a>(&self, core: &[bool], owners: impl Fn(Partition) -> &'a [NodeId]) -> Result<(), String> {
        for (key, of_key) in &self.keys {
            let within: Vec<(&NodeId, &Copy)> = of_key.copies.iter().filter(|(node, _)| core[node.index()]).collect();
            let Some((first, copy)) = within.first() else { continue };
            let owners = owners(of_key.partition);
            if let Some((node, _)) = within.iter().find(|(node, _)| !owners.contains(node)) {
                return Err(format!("{node} keeps a copy of {key}, which belongs to {owners:?}"));
            }
            if let Some(node) = owners.iter().find(|node| !of_key.copies.contains_key(node)) {
                return Err(format!("{node} owns {key} and has no copy, which {first} has"));
            }
            if let Some((node, _)) = within.iter().find(|(_, other)| other != copy) {
                return Err(format!("{first} and {node} keep different copies of {key}"));
            }
        }
        Ok(())
    }
}
