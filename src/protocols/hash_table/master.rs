//! The master: it alone decides on the ring, one version after the other.
//!
//! "An auxiliary configuration master" keeps configurations in one order (Lamport, Malkhi & Zhou 2009, section 3); it
//! takes no part in reads and writes, which go on while it is down. As in Riak the ring that is gossiped is a table of
//! partitions and their owners, and, while it changes, their next owners.
//!
//! A change takes two versions. In the first both lists of a partition that moves are in force; when all that gain
//! something have it, the second leaves only the new ones. A change whose newcomers die on the way is turned into
//! another.

use crate::node::{Context, NodeId};
use crate::parts::quorum::Tally;
use crate::protocols::hash_table::{Change, Config, HashTable, RingView, Timer};
use crate::spec::replicated_store::{Partition, Placement, RingVersion, StoreFact, Table};
use std::collections::BTreeSet;
use std::sync::Arc;

impl RingView {
    /// The ring that all begin with.
    pub(super) fn first(config: &Config, nodes: u32) -> Self {
        let members = config.first_members(nodes);
        let ring = config.ring(&members);
        let owners = |partition: u32| ring.preference_list(u64::from(partition), config.copies);
        let placements = (0..config.partitions).map(|p| Placement { owners: owners(p), next: Vec::new() });
        let table = Table::new(placements.collect());
        RingView { ring: RingVersion::FIRST, members, joining: None, table }
    }

    /// The next version, on the way to these members. Where no partition moves it is there at once.
    fn towards(&self, target: BTreeSet<NodeId>, config: &Config) -> Self {
        let ring = config.ring(&target);
        let placement = |(partition, placement): (Partition, &Placement)| {
            let owners = placement.owners.clone();
            let next = ring.preference_list(u64::from(partition.0), config.copies);
            let moves = next.iter().any(|node| !owners.contains(node));
            Placement { owners, next: if moves { next } else { Vec::new() } }
        };
        let table = Table::new(self.table.iter().map(placement).collect());
        let (members, joining) = if table.moves() { (self.members.clone(), Some(target)) } else { (target, None) };
        RingView { ring: self.ring.next(), members, joining, table }
    }

    /// The next version, in which the change is made.
    fn arrived(&self, target: BTreeSet<NodeId>) -> Self {
        let placement = |(_, placement): (Partition, &Placement)| {
            let owners = if placement.moves() { &placement.next } else { &placement.owners };
            Placement { owners: owners.clone(), next: Vec::new() }
        };
        let table = Table::new(self.table.iter().map(placement).collect());
        RingView { ring: self.ring.next(), members: target, joining: None, table }
    }

    /// Whether all that gain a partition are among these.
    fn all_gained(&self, complete: &Tally) -> bool {
        let moving = self.table.iter().filter(|(_, placement)| placement.moves());
        moving
            .flat_map(|(_, placement)| placement.next.iter().map(move |node| (node, placement)))
            .all(|(node, placement)| !placement.gains(*node) || complete.has(*node))
    }
}

impl HashTable {
    /// Once each round the master looks at who is alive, and decides.
    pub(super) fn review_ring(&mut self, cx: &mut Context<Self>) {
        if cx.id() != cx.config().master {
            return;
        }
        self.review_dead(cx);
        let target = self.target(cx);
        let view = self.view.clone();
        match &view.joining {
            None if target != view.members => self.decide(view.towards(target, cx.config()), cx),
            None => {}
            Some(joining) if view.all_gained(&self.complete) => self.decide(view.arrived(joining.clone()), cx),
            // Waiting for the dead would take for ever. Who comes back is taken in afterwards.
            Some(joining) if target != *joining && joining.iter().any(|node| self.dead.contains(node)) => {
                self.decide(view.towards(target, cx.config()), cx);
            }
            Some(_) => {}
        }
    }

    fn review_dead(&mut self, cx: &mut Context<Self>) {
        for node in NodeId::all(cx.nodes()) {
            let dead = self.heard[node.index()].silent > cx.config().suspect_after;
            if dead == self.dead.contains(&node) {
                continue;
            }
            if dead {
                self.dead.insert(node)
            } else {
                self.dead.remove(&node)
            };
            cx.fact(StoreFact::Suspected { node, dead });
        }
    }

    /// Who should be on the ring: those of the wanted who live; where they are too few for all copies others who do;
    /// and if these are too few still, some of the dead, who may come back.
    fn target(&self, cx: &Context<Self>) -> BTreeSet<NodeId> {
        let first = || cx.config().first_members(cx.nodes());
        let wanted = cx.stable().wanted.clone().unwrap_or_else(first);
        let alive = |node: &NodeId| !self.dead.contains(node);
        let mut target: BTreeSet<NodeId> = wanted.iter().copied().filter(alive).collect();
        let present = self.view.members.iter().copied();
        let spare = NodeId::all(cx.nodes()).filter(alive).chain(present).chain(wanted);
        for node in spare {
            if target.len() >= cx.config().copies as usize {
                break;
            }
            target.insert(node);
        }
        target
    }

    fn decide(&mut self, view: RingView, cx: &mut Context<Self>) {
        let view = Arc::new(view);
        self.complete = Tally::default();
        cx.write(Change::Adopt(view.clone()));
        self.go_by(view, cx);
    }

    /// A newcomer has all that it gains.
    pub(super) fn on_complete(&mut self, from: NodeId, ring: RingVersion) {
        if ring == self.view.ring {
            self.complete.add(from);
        }
    }

    /// The administrator says what he wants, now and then.
    pub(super) fn await_administrator(&self, cx: &mut Context<Self>) {
        if let Some(administrator) = &cx.config().administrator
            && cx.id() == cx.config().master
        {
            cx.set_timer(Timer::Administrator, administrator.every);
        }
    }

    pub(super) fn hear_administrator(&mut self, cx: &mut Context<Self>) {
        let Some(administrator) = &cx.config().administrator else { return };
        let chosen = cx.choose(administrator.sets.len() as u64) as usize;
        cx.write(Change::Want(administrator.sets[chosen].iter().copied().collect()));
        self.await_administrator(cx);
    }
}
