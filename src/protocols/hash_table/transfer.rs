//! Partitions change hands: new owners fetch what old ones have, and old ones drop it when it is theirs no more.
//!
//! "When a node X is added to the system, some existing nodes no longer have to store some of their keys, and these
//! nodes transfer those keys to X. By adding a confirmation round between the source and the destination, it is made
//! sure that the destination node does not receive any duplicate transfers." (Dynamo, section 4.9)

use crate::node::{Context, NodeId};
use crate::parts::quorum::Tally;
use crate::parts::register::Register;
use crate::protocols::hash_table::{Bug, Change, HashTable, Message, Timer, Value};
use crate::spec::replicated_store::{Partition, Placement, RingVersion};
use crate::spec::store::Key;
use std::collections::BTreeMap;

impl HashTable {
    /// The ring has changed, or the node has started: what it gains it begins to fetch.
    pub(super) fn begin_pulls(&mut self, cx: &mut Context<Self>) {
        let me = cx.id();
        let gained = self.view.table.iter().filter(|(_, placement)| placement.gains(me));
        self.pulled = gained.map(|(partition, _)| (partition, Tally::default())).collect();
        if self.pulled.is_empty() {
            return cx.cancel_timer(Timer::Pull);
        }
        self.pull(cx);
    }

    /// Old owners that have not answered are asked, again and again; and the master is told until it says more.
    pub(super) fn pull(&mut self, cx: &mut Context<Self>) {
        cx.set_timer(Timer::Pull, cx.config().patience);
        if self.has_pulled(cx) {
            return self.report_complete(cx);
        }
        let mut asked: BTreeMap<NodeId, Vec<Partition>> = BTreeMap::new();
        for (partition, from) in &self.pulled {
            let owners = &self.placement(*partition).owners;
            for owner in owners.iter().filter(|owner| !from.has(**owner)) {
                asked.entry(*owner).or_default().push(*partition);
            }
        }
        let ring = self.view.ring;
        asked.into_iter().for_each(|(owner, partitions)| cx.send(owner, Message::Pull { ring, partitions }));
    }

    fn placement(&self, partition: Partition) -> &Placement {
        self.view.table.get(partition).expect("a partition that is gained is in the table")
    }

    /// Whether enough old owners of each partition have been heard, all of whom go by this version of the ring: every
    /// write that was done by an earlier one is at one of them, and those that are left can do no other.
    fn has_pulled(&self, cx: &Context<Self>) -> bool {
        let fence = if cx.config().has(Bug::OneSourceSuffices) { 1 } else { cx.config().fence() };
        let from = |(partition, from): (&Partition, &Tally)| from.count_among(&self.placement(*partition).owners);
        cx.config().has(Bug::ServesBeforeTransfer) || self.pulled.iter().all(|pulled| from(pulled) >= fence)
    }

    fn report_complete(&mut self, cx: &mut Context<Self>) {
        let ring = self.view.ring;
        if cx.stable().transferred != ring {
            cx.write(Change::Transferred { ring });
        }
        self.tell(cx.config().master, Message::Complete { ring }, cx);
    }

    /// An old owner sends all it has.
    pub(super) fn on_pull(
        &mut self,
        from: NodeId,
        ring: RingVersion,
        partitions: Vec<Partition>,
        cx: &mut Context<Self>,
    ) {
        if !self.goes_by(ring, from, cx) {
            return;
        }
        let wanted = |key: &Key| partitions.contains(&cx.config().partition_of(*key));
        let copies = cx.stable().copies().filter(|(key, _)| wanted(key));
        let copies = copies.map(|(key, copy)| (key, copy.clone())).collect();
        cx.send(from, Message::Transfer { ring, partitions, copies });
        if cx.config().has(Bug::DropsBeforeHandover) {
            self.drop_copies(|placement, me| placement.moves() && !placement.next.contains(&me), cx);
        }
    }

    /// A new owner takes it in.
    pub(super) fn on_transfer(
        &mut self,
        from: NodeId,
        ring: RingVersion,
        partitions: &[Partition],
        copies: &[(Key, Register<Value>)],
        cx: &mut Context<Self>,
    ) {
        if ring != self.view.ring || self.pulled.is_empty() {
            return;
        }
        copies.iter().for_each(|(key, copy)| self.absorb(*key, copy, cx));
        for partition in partitions {
            if let Some(heard) = self.pulled.get_mut(partition) {
                heard.add(from);
            }
        }
        if self.has_pulled(cx) {
            self.report_complete(cx);
        }
    }

    /// What is nobody's but others' is dropped: by the time that a ring without this node among the owners is known,
    /// as many of those hold every write as it takes.
    pub(super) fn trim(&mut self, cx: &mut Context<Self>) {
        if cx.config().has(Bug::EvictedKeepsCopies) && !self.view.members.contains(&cx.id()) {
            return;
        }
        self.drop_copies(|placement, me| !placement.moves() && !placement.has(me), cx);
    }

    fn drop_copies(&mut self, is_dropped: impl Fn(&Placement, NodeId) -> bool, cx: &mut Context<Self>) {
        let me = cx.id();
        let mut dropped: BTreeMap<Partition, Vec<Key>> = BTreeMap::new();
        for (key, _) in cx.stable().copies() {
            let partition = cx.config().partition_of(key);
            if is_dropped(self.placement(partition), me) {
                dropped.entry(partition).or_default().push(key);
            }
        }
        dropped.into_iter().for_each(|(partition, keys)| cx.write(Change::Drop { partition, keys }));
    }
}
