//! How a handler reaches the world: it reads through its [`Context`] and asks for [`Effect`]s.

use crate::node::{Choices, Fact, Nanos, Node, NodeId, Outcome, Record, Reply, RequestId, Span, Stable};
use std::cell::Cell;

/// One thing a handler asked for. A step's effects form one list, in the order they were asked for.
pub enum Effect<N: Node> {
    /// A record for the disk. What stands behind a barrier does not leave before the barrier is durable.
    Write {
        /// The change.
        record: Record<N>,
        /// Whether the effects behind it wait for it.
        barrier: bool,
    },
    /// A message for a node.
    Send {
        /// Its receiver.
        to: NodeId,
        /// What it says.
        message: N::Message,
    },
    /// An answer for a client.
    Reply {
        /// What was asked.
        request: RequestId,
        /// How this attempt of it ended.
        outcome: Outcome<Reply<N>>,
    },
    /// A fact that no record carries: `Elected`, `Committed`.
    Fact(Fact<N>),
    /// Sets or replaces a timer.
    SetTimer {
        /// Its name.
        timer: N::Timer,
        /// When it runs out, from now on the node's clock.
        after: Span,
    },
    /// Takes a timer back.
    CancelTimer {
        /// Its name.
        timer: N::Timer,
    },
    /// What [`Context::choose`] answered. Not an effect, only noted while recording.
    Chose {
        /// The answer.
        answer: u64,
    },
}

/// What a node sees of its surroundings in one step. The engine, exhaustive search and unit tests fill it in.
pub struct Surroundings<'a, N: Node> {
    /// The node itself.
    pub id: NodeId,
    /// How many nodes there are.
    pub nodes: u32,
    /// The node's own clock.
    pub now: Nanos,
    /// Set when the node reads its clock.
    pub now_read: &'a Cell<bool>,
    /// The cluster's configuration.
    pub config: &'a N::Config,
    /// Stable storage as the node reads it: with every record written so far.
    pub stable: &'a mut N::Stable,
    /// Where choices come from.
    pub choices: &'a mut Choices,
    /// Where effects go.
    pub effects: &'a mut Vec<Effect<N>>,
    /// Whether choices are noted among the effects.
    pub note_choices: bool,
    /// The durable image, for an engine that does not always keep one; none for who keeps track by itself.
    pub behind: Option<&'a mut Behind<N::Stable>>,
}

/// The durable image of a disk on which every record is durable as it is written. Between steps it is what the node
/// reads; within one it lacks what the handler wrote behind the message that it is asked about. Since handlers mostly
/// write first and send then, there is seldom a difference, and the image is made when there first is one.
#[derive(Clone, Debug)]
pub struct Behind<S> {
    /// The image, once it is needed; from then on it is kept.
    pub image: Option<S>,
    /// So many records of the step under way are in it already.
    pub folded: u32,
}

impl<S: Clone> Behind<S> {
    /// From now on there is an image: as the node reads it now, with the first `written` records of the step.
    #[cold]
    pub fn keep(&mut self, stable: &S, written: u32) {
        if self.image.is_none() {
            (self.image, self.folded) = (Some(stable.clone()), written);
        }
    }
}

/// A handler's only way to the world.
pub struct Context<'a, N: Node> {
    around: Surroundings<'a, N>,
    /// How many records were written in this step.
    written: u32,
    /// Whether a message was sent in this step: what is written from now on it must not count on.
    sent: bool,
}

impl<'a, N: Node> Context<'a, N> {
    /// A context for one step.
    #[inline(always)]
    pub fn new(around: Surroundings<'a, N>) -> Self {
        Context { around, written: 0, sent: false }
    }

    /// This node.
    pub fn id(&self) -> NodeId {
        self.around.id
    }

    /// The number of nodes in the cluster, this one included.
    pub fn nodes(&self) -> u32 {
        self.around.nodes
    }

    /// All nodes but this one, in order. Borrows nothing, so that a message can be sent to each.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<N> {
        let me = self.around.id;
        NodeId::all(self.around.nodes).filter(move |peer| *peer != me)
    }

    /// The node's own clock, which may run ahead of or behind the others'. Prefer timers.
    pub fn now(&self) -> Nanos {
        self.around.now_read.set(true);
        self.around.now
    }

    /// The cluster's configuration. Lives as long as the step, so holding it does not stop a send.
    pub fn config(&self) -> &'a N::Config {
        self.around.config
    }

    /// Stable storage with every record written so far, durable or not.
    pub fn stable(&self) -> &N::Stable {
        self.around.stable
    }

    /// Writes a record. Messages, replies and facts behind it do not leave before it is durable.
    #[inline]
    pub fn write(&mut self, record: Record<N>) {
        self.write_as(record, true);
    }

    /// Writes a record that nothing waits for: a log synced every second, a leader's own append. What leaves before
    /// it is durable must not count on it.
    #[inline]
    pub fn write_lazy(&mut self, record: Record<N>) {
        self.write_as(record, false);
    }

    #[inline]
    fn write_as(&mut self, record: Record<N>, barrier: bool) {
        if self.sent {
            self.keep_behind();
        }
        self.written += 1;
        self.around.stable.apply(record.clone());
        self.around.effects.push(Effect::Write { record, barrier });
    }

    /// Sends a message. It may be lost, delayed, duplicated or overtaken.
    #[inline]
    pub fn send(&mut self, to: NodeId, message: N::Message) {
        debug_assert!(to.index() < self.around.nodes as usize, "{} sends to {to}, which does not exist", self.id());
        self.sent = true;
        self.around.effects.push(Effect::Send { to, message });
    }

    /// Sends a message to every other node.
    pub fn broadcast(&mut self, message: N::Message) {
        for peer in self.peers() {
            self.send(peer, message.clone());
        }
    }

    /// Sets a timer, or replaces it where it is set. Its length is drawn from a stream of its own.
    #[inline]
    pub fn set_timer(&mut self, timer: N::Timer, after: impl Into<Span>) {
        self.around.effects.push(Effect::SetTimer { timer, after: after.into() });
    }

    /// Takes a timer back; nothing happens where it is not set.
    #[inline]
    pub fn cancel_timer(&mut self, timer: N::Timer) {
        self.around.effects.push(Effect::CancelTimer { timer });
    }

    /// Answers a client's request, of this step or an earlier one.
    #[inline]
    pub fn reply(&mut self, request: RequestId, outcome: Outcome<Reply<N>>) {
        self.around.effects.push(Effect::Reply { request, outcome });
    }

    /// Tells a fact that no record carries. (What a record carries is derived by [`Node::facts_of`].)
    #[inline]
    pub fn fact(&mut self, fact: Fact<N>) {
        self.around.effects.push(Effect::Fact(fact));
    }

    /// A number below `bound`: the only randomness a node has.
    ///
    /// # Panics
    /// When `bound` is 0.
    #[inline]
    pub fn choose(&mut self, bound: u64) -> u64 {
        let answer = self.around.choices.choose(bound);
        if self.around.note_choices {
            self.around.effects.push(Effect::Chose { answer });
        }
        answer
    }

    /// The durable image lags behind what the node reads, from here on.
    fn keep_behind(&mut self) {
        if let Some(behind) = &mut self.around.behind {
            behind.keep(self.around.stable, self.written);
        }
    }

    /// For lending to a part, which writes and sends by itself: the surroundings, reborrowed.
    pub(in crate::node) fn around(&mut self) -> &mut Surroundings<'a, N> {
        self.keep_behind();
        &mut self.around
    }
}
