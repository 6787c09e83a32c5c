//! The owner: it keeps copies of keys, answers for them, and compares them with other owners (Dynamo, sections 4.5 and
//! 4.7).

use crate::node::{Context, Digest, NodeId, RequestId};
use crate::parts::register::Register;
use crate::protocols::hash_table::{Bug, Change, HashTable, Message, Timer, Value};
use crate::spec::replicated_store::{RingVersion, StoreFact};
use crate::spec::store::Key;
use std::collections::{BTreeMap, BTreeSet};

impl HashTable {
    /// Whether the node goes by this version of the ring. Else whoever is behind is told, or asks.
    pub(super) fn goes_by(&self, ring: RingVersion, from: NodeId, cx: &mut Context<Self>) -> bool {
        if ring == self.view.ring || ring < self.view.ring && cx.config().has(Bug::AnyVersionServed) {
            return true;
        }
        if ring < self.view.ring {
            cx.send(from, Message::Ring(self.view.clone()));
        } else {
            cx.send(from, Message::Behind { ring: self.view.ring });
        }
        false
    }

    /// An owner's copy of a key is asked for. One that waits for its part of a partition answers as well: what it lacks
    /// the old owners have, and they are asked too.
    pub(super) fn on_read(
        &mut self,
        from: NodeId,
        request: RequestId,
        ring: RingVersion,
        key: Key,
        cx: &mut Context<Self>,
    ) {
        if !self.goes_by(ring, from, cx) {
            return;
        }
        let copy = cx.stable().copy(key).cloned().unwrap_or_default();
        cx.fact(StoreFact::Served { key, partition: cx.config().partition_of(key), ring });
        self.tell(from, Message::ReadReply { request, ring, key, copy }, cx);
    }

    /// A copy is to be merged into this owner's, and is on disk before the coordinator hears of it.
    pub(super) fn on_write(
        &mut self,
        from: NodeId,
        request: RequestId,
        ring: RingVersion,
        (key, copy): (Key, &Register<Value>),
        cx: &mut Context<Self>,
    ) {
        if !self.goes_by(ring, from, cx) {
            return;
        }
        self.absorb(key, copy, cx);
        cx.fact(StoreFact::Served { key, partition: cx.config().partition_of(key), ring });
        let writes = copy.writes().collect();
        self.tell(from, Message::Written { request, ring, key, writes }, cx);
    }

    /// Takes in another copy of a key that this node keeps.
    pub(super) fn absorb(&mut self, key: Key, other: &Register<Value>, cx: &mut Context<Self>) {
        if !self.placement_of(key, cx.config()).has(cx.id()) || other.is_empty() {
            return;
        }
        let own = cx.stable().copy(key);
        let copy = own.map_or_else(|| other.clone(), |own| own.merged(other));
        if own == Some(&copy) {
            return;
        }
        let record = Change::Store { key, partition: cx.config().partition_of(key), copy };
        if cx.config().has(Bug::AcknowledgedBeforeDurable) { cx.write_lazy(record) } else { cx.write(record) }
    }

    /// The keys that this node keeps and the other does or will, or the other way round.
    fn shared_with<'a>(
        &'a self,
        other: NodeId,
        cx: &'a Context<Self>,
    ) -> impl Iterator<Item = (Key, &'a Register<Value>)> {
        cx.stable().copies().filter(move |(key, _)| {
            let placement = self.placement_of(*key, cx.config());
            placement.has(cx.id()) && placement.has(other)
        })
    }

    /// Copies are compared with those of one other owner after the other. (Dynamo compares hashes in a tree, section
    /// 4.7; here all hashes are sent.)
    pub(super) fn compare_copies(&mut self, cx: &mut Context<Self>) {
        let Some(interval) = cx.config().anti_entropy else { return };
        cx.set_timer(Timer::AntiEntropy, interval);
        let me = cx.id();
        let mine = self.view.table.iter().filter(|(_, placement)| placement.has(me));
        let others: BTreeSet<NodeId> =
            mine.flat_map(|(_, placement)| placement.all()).filter(|other| *other != me).collect();
        let after = others.range(self.partner..).find(|other| **other != self.partner);
        let Some(partner) = after.or(others.first()).copied() else { return };
        self.partner = partner;
        let hash = |(key, copy): (Key, &Register<Value>)| (key, Digest::fingerprint(copy));
        let hashes = self.shared_with(partner, cx).map(hash).collect();
        cx.send(partner, Message::Digest { ring: self.view.ring, hashes });
    }

    /// What differs is sent, and what the other has and this node lacks, or has otherwise, is wanted.
    pub(super) fn on_digest(&mut self, from: NodeId, ring: RingVersion, hashes: &[(Key, u64)], cx: &mut Context<Self>) {
        if !self.goes_by(ring, from, cx) {
            return;
        }
        let theirs: BTreeMap<Key, u64> = hashes.iter().copied().collect();
        let differ = |(key, copy): &(Key, &Register<Value>)| theirs.get(key) != Some(&Digest::fingerprint(*copy));
        let copies: Vec<(Key, Register<Value>)> =
            self.shared_with(from, cx).filter(differ).map(|(key, copy)| (key, copy.clone())).collect();
        let same = |key: &Key, hash: &u64| cx.stable().copy(*key).is_some_and(|own| Digest::fingerprint(own) == *hash);
        let wants: Vec<Key> = theirs.iter().filter(|(key, hash)| !same(key, hash)).map(|(key, _)| *key).collect();
        if !copies.is_empty() || !wants.is_empty() {
            cx.send(from, Message::Sync { ring, copies, wants });
        }
    }

    pub(super) fn on_sync(
        &mut self,
        from: NodeId,
        ring: RingVersion,
        copies: &[(Key, Register<Value>)],
        wants: &[Key],
        cx: &mut Context<Self>,
    ) {
        if !self.goes_by(ring, from, cx) {
            return;
        }
        copies.iter().for_each(|(key, copy)| self.absorb(*key, copy, cx));
        let own = |key: &Key| Some((*key, cx.stable().copy(*key)?.clone()));
        let copies: Vec<(Key, Register<Value>)> = wants.iter().filter_map(own).collect();
        if !copies.is_empty() {
            cx.send(from, Message::Sync { ring, copies, wants: Vec::new() });
        }
    }

    pub(super) fn on_repair(&mut self, ring: RingVersion, key: Key, copy: &Register<Value>, cx: &mut Context<Self>) {
        if ring == self.view.ring {
            self.absorb(key, copy, cx);
        }
    }
}
