//! Gossip: views spread from node to node.
//!
//! "Each node contacts a peer chosen at random every second and the two nodes efficiently reconcile their persisted
//! membership change histories" (DeCandia et al. 2007, 4.8.1). The peers of a node take turns in random order, all of
//! them before any has a second turn: "time-bounded completeness" (Das, Gupta & Motivala 2002, 4.3).

use crate::node::{Context, Nanos, NodeId, Span};
use crate::protocols::hash_ring::{Beat, HashRing, Message, Timer};
use crate::spec::placement::View;
use std::collections::BTreeMap;

impl HashRing {
    /// Nodes that start together do not gossip together.
    pub(super) fn start_gossiping(&self, cx: &mut Context<Self>) {
        cx.set_timer(Timer::Gossip, Span::new(Nanos(1), cx.config().gossip));
    }

    /// It is time to tell another node.
    pub(super) fn on_gossip_timer(&mut self, cx: &mut Context<Self>) {
        cx.set_timer(Timer::Gossip, cx.config().gossip);
        self.beat(cx);
        if self.turns.is_empty() {
            self.turns.extend(cx.peers());
        }
        if self.turns.is_empty() {
            return;
        }
        let turn = cx.choose(self.turns.len() as u64) as usize;
        let peer = self.turns.swap_remove(turn);
        cx.send(peer, Message::Push { view: self.view.clone(), beats: self.beats.clone() });
    }

    /// A peer tells what it knows. It is told what it does not know.
    pub(super) fn on_push(
        &mut self,
        from: NodeId,
        view: &View,
        beats: &BTreeMap<NodeId, Beat>,
        cx: &mut Context<Self>,
    ) {
        self.hear(view, cx);
        self.hear_beats(beats, cx);
        if self.view != *view || self.beats != *beats {
            cx.send(from, Message::Pull { view: self.view.clone(), beats: self.beats.clone() });
        }
    }

    /// The answer to a push.
    pub(super) fn on_pull(&mut self, view: &View, beats: &BTreeMap<NodeId, Beat>, cx: &mut Context<Self>) {
        self.hear(view, cx);
        self.hear_beats(beats, cx);
    }
}
