//! Finding the dead, where `evict_after` asks for it: heartbeats in the gossip (van Renesse, Minsky & Hayden 1998).
//!
//! "Each member maintains a list with for each known member its address and an integer which is going to be used for
//! failure detection", the heartbeat counter; it occasionally increments its own and sends the list to another. "If the
//! heartbeat counter has not increased for more than T_fail seconds, then the member is considered failed."

use crate::node::{Context, NodeId};
use crate::protocols::hash_ring::{Beat, Change, HashRing, Timer};
use crate::spec::placement::{PlacementFact, Status};
use std::collections::BTreeMap;

impl HashRing {
    /// A new start is a new generation: counters that begin anew would be behind the old ones.
    pub(super) fn start_watching(&mut self, cx: &mut Context<Self>) {
        if cx.config().evict_after.is_none() {
            return;
        }
        let generation = cx.stable().generation + 1;
        cx.write(Change::Boot { generation });
        self.beats.insert(cx.id(), Beat { generation, count: 0 });
        let members: Vec<NodeId> = self.members(cx).collect();
        members.into_iter().for_each(|member| self.watch(member, cx));
    }

    /// The node is alive.
    pub(super) fn beat(&mut self, cx: &Context<Self>) {
        if let Some(beat) = self.beats.get_mut(&cx.id()) {
            beat.count += 1;
        }
    }

    /// Whose counter has risen lives.
    pub(super) fn hear_beats(&mut self, beats: &BTreeMap<NodeId, Beat>, cx: &mut Context<Self>) {
        for (node, beat) in beats {
            if self.beats.get(node).is_none_or(|known| known < beat) {
                self.beats.insert(*node, *beat);
                if self.has(*node, cx) {
                    self.watch(*node, cx);
                }
            }
        }
    }

    /// From now on the member has so long to be heard of.
    pub(super) fn watch(&self, member: NodeId, cx: &mut Context<Self>) {
        if let Some(patience) = cx.config().evict_after.filter(|_| member != cx.id()) {
            cx.set_timer(Timer::Silence(member), patience);
        }
    }

    /// Who is no member is not missed.
    pub(super) fn unwatch(&self, node: NodeId, cx: &mut Context<Self>) {
        if cx.config().evict_after.is_some() {
            cx.cancel_timer(Timer::Silence(node));
        }
    }

    /// A member's counter has not risen for too long: it is taken for dead.
    pub(super) fn on_silence(&mut self, member: NodeId, cx: &mut Context<Self>) {
        if self.has(member, cx) {
            cx.fact(PlacementFact::Suspected { about: member });
            self.order(member, Status::Evicted, cx);
        }
    }
}
