//! Nodes that are paused or slow: what arrives at one waits its turn.
//!
//! A paused node handles nothing until it goes on. A slow one handles one thing after the other, and each takes its
//! time. In both cases the node sees the same events in the same order, later.

use crate::engine::event::Event;
use crate::engine::queue::Key;
use crate::engine::world::World;
use crate::node::{Nanos, Node, NodeId, Purpose, Stream};
use crate::spec::judged::Judged;
use std::collections::VecDeque;

/// What waits at which node.
pub(in crate::engine) struct Attention<N: Node> {
    nodes: Vec<Inbox<N>>,
    /// How many nodes have something waiting or are still at work on something.
    occupied: usize,
}

struct Inbox<N: Node> {
    waiting: VecDeque<(Key, Event<N>)>,
    /// A slow node is at work until then.
    busy_until: Nanos,
    /// Whether an event is queued that makes it look.
    looks: bool,
    pace: Stream,
}

impl<N: Node> Inbox<N> {
    fn is_occupied(&self, now: Nanos) -> bool {
        !self.waiting.is_empty() || self.busy_until > now
    }
}

impl<N: Node> Attention<N> {
    pub fn new(nodes: u32, seed: u64) -> Self {
        let inbox = |node| Inbox {
            waiting: VecDeque::new(),
            busy_until: Nanos::ZERO,
            looks: false,
            pace: Stream::new(seed, Purpose::Pace, u64::from(node)),
        };
        Attention { nodes: (0..nodes).map(inbox).collect(), occupied: 0 }
    }

    /// How much waits.
    pub fn waiting(&self) -> usize {
        if self.occupied == 0 { 0 } else { self.nodes.iter().map(|inbox| inbox.waiting.len()).sum() }
    }

    fn count_occupied(&mut self, now: Nanos) {
        self.occupied = self.nodes.iter().filter(|inbox| inbox.is_occupied(now)).count();
    }
}

impl<N: Node<Family: Judged>> World<'_, N> {
    /// Whether every node is at leisure, so that what comes is handled at once.
    #[inline]
    pub fn all_attend(&self) -> bool {
        self.attention.occupied == 0 && self.wire.ailments.is_empty()
    }

    /// Something happens while nodes are paused or slow.
    #[cold]
    pub fn heed(&mut self, key: Key, event: Event<N>) {
        let Some(node) = self.receiver(&event) else { return self.take_place(key, event) };
        let now = self.cluster.now;
        let paused = self.wire.ailments.paused(node);
        let inbox = &mut self.attention.nodes[node.index()];
        if paused.is_none() && !inbox.is_occupied(now) {
            self.take_place(key, event);
            return self.work(node);
        }
        inbox.waiting.push_back((key, event));
        if let Some(by) = paused.or(self.wire.ailments.slow(node).map(|(by, _)| by)) {
            self.wire.felt.push(by);
        }
        self.look_later(node);
        self.attention.count_occupied(now);
    }

    /// The node whose turn an event waits for; none for what needs no node that runs.
    fn receiver(&self, event: &Event<N>) -> Option<NodeId> {
        let node = match event {
            Event::Deliver { from, to, .. } => {
                // What cannot arrive does not wait.
                let lost = self.wire.network.would_cut(*from, *to) || self.wire.holds.holder(*from, *to).is_some();
                (!lost).then_some(*to)?
            }
            Event::Timer { node, .. } | Event::Request { node, .. } | Event::Synced { node, .. } => *node,
            Event::Answer { .. }
            | Event::Alarm { .. }
            | Event::Wake { .. }
            | Event::Begin { .. }
            | Event::Ahead { .. }
            | Event::Fault { .. }
            | Event::Swizzle { .. }
            | Event::Strobe { .. }
            | Event::End { .. }
            | Event::Look { .. }
            | Event::Restart { .. } => return None,
        };
        self.cluster.is_up(node).then_some(node)
    }

    /// A node has handled something; a slow one is at work on it for a while.
    fn work(&mut self, node: NodeId) {
        let now = self.cluster.now;
        if let Some((_, takes)) = self.wire.ailments.slow(node) {
            let inbox = &mut self.attention.nodes[node.index()];
            inbox.busy_until = now + inbox.pace.within(takes);
        }
        self.attention.count_occupied(now);
    }

    /// A node that has something waiting and runs will look at it when it is at leisure.
    fn look_later(&mut self, node: NodeId) {
        let paused = self.wire.ailments.paused(node).is_some() && self.cluster.is_up(node);
        let inbox = &mut self.attention.nodes[node.index()];
        if !paused && !inbox.looks && !inbox.waiting.is_empty() {
            inbox.looks = true;
            self.wire.queue.push(self.cluster.now.max(inbox.busy_until), Event::Look { node });
        }
    }

    /// A node looks at what has waited longest.
    pub fn look(&mut self, node: NodeId) {
        self.attention.nodes[node.index()].looks = false;
        if self.wire.ailments.paused(node).is_none() || !self.cluster.is_up(node) {
            if let Some((key, event)) = self.attention.nodes[node.index()].waiting.pop_front() {
                self.take_place(key, event);
            }
            self.work(node);
            self.look_later(node);
        }
        self.attention.count_occupied(self.cluster.now);
    }

    /// A node runs again, or has crashed: what waited is looked at from now on. (Of a node that is down it is lost.)
    pub fn awake(&mut self, node: NodeId) {
        if !self.cluster.is_up(node) {
            self.attention.nodes[node.index()].busy_until = self.cluster.now;
        }
        self.look_later(node);
        self.attention.count_occupied(self.cluster.now);
    }
}
