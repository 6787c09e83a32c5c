//! News of the ring, and of who is alive, spread by gossip.
//!
//! Heartbeats are counted: "each member maintains a list with for each known member its address and an integer which is
//! going to be used for failure detection, the heartbeat counter. Every T_gossip seconds, each member increments its
//! own heartbeat counter, and selects one other member at random to send its list to. Upon receipt of such a gossip
//! message, a member merges the list in the message with its own list, and adopts the maximum heartbeat counter for
//! each member." (Robbert van Renesse, Yaron Minsky & Mark Hayden, *A Gossip-Style Failure Detection Service*, 1998,
//! section 2) A node counts its own rounds without news of another; no clock is read.

use crate::node::{Context, NodeId};
use crate::protocols::hash_table::{Bug, Change, HashTable, Heard, Message, RingView, Timer};
use crate::spec::replicated_store::RingVersion;
use std::sync::Arc;

impl HashTable {
    /// A heartbeat of a later life is above all of an earlier one.
    pub(super) fn first_beats(cx: &Context<Self>) -> Vec<Heard> {
        let mut heard = vec![Heard::default(); cx.nodes() as usize];
        heard[cx.id().index()].beat = u64::from(cx.stable().generation) << 32;
        heard
    }

    /// A round.
    pub(super) fn gossip(&mut self, cx: &mut Context<Self>) {
        cx.set_timer(Timer::Gossip, cx.config().gossip);
        let me = cx.id();
        self.heard.iter_mut().for_each(|heard| heard.silent = heard.silent.saturating_add(1));
        let own = &mut self.heard[me.index()];
        *own = Heard { beat: own.beat + 1, silent: 0 };
        if cx.nodes() > 1 {
            let chosen = cx.choose(u64::from(cx.nodes()) - 1) as usize;
            let peer = cx.peers().nth(chosen).expect("a place below their number");
            let beats = self.heard.iter().map(|heard| heard.beat).collect();
            cx.send(peer, Message::Gossip { ring: self.view.ring, beats });
        }
        self.review_ring(cx);
    }

    pub(super) fn on_gossip(&mut self, from: NodeId, ring: RingVersion, beats: &[u64], cx: &mut Context<Self>) {
        for (heard, beat) in self.heard.iter_mut().zip(beats) {
            if *beat > heard.beat {
                *heard = Heard { beat: *beat, silent: 0 };
            }
        }
        self.compare_rings(from, ring, cx);
    }

    /// Whoever is behind gets the later ring.
    pub(super) fn compare_rings(&mut self, from: NodeId, ring: RingVersion, cx: &mut Context<Self>) {
        if ring < self.view.ring {
            cx.send(from, Message::Ring(self.view.clone()));
        } else if ring > self.view.ring {
            cx.send(from, Message::Behind { ring: self.view.ring });
        }
    }

    /// A later ring is gone by from now on, restarts included: answers that were given under it must not be followed
    /// by answers under an earlier one.
    pub(super) fn adopt(&mut self, view: Arc<RingView>, cx: &mut Context<Self>) {
        if view.ring <= self.view.ring {
            return;
        }
        if !cx.config().has(Bug::RingNotPersisted) {
            cx.write(Change::Adopt(view.clone()));
        }
        self.go_by(view, cx);
    }

    /// What follows from another ring.
    pub(super) fn go_by(&mut self, view: Arc<RingView>, cx: &mut Context<Self>) {
        self.view = view;
        self.trim(cx);
        self.begin_pulls(cx);
        self.ask_again(cx);
    }
}
