//! The three traits a protocol is written against: [`Family`], [`Stable`] and [`Node`].

use crate::node::{Context, NodeId, RequestId};
use serde::Serialize;
use std::fmt::{Debug, Display};
use std::hash::Hash;

/// The problem a protocol solves, in the problem's own words.
pub trait Family: Sized + 'static {
    /// What a client may ask.
    type Op: Clone + Debug + Eq + Hash + Send;
    /// What a client is told when its operation is done.
    type Reply: Clone + Debug + Eq + Hash + Send;
    /// Something that happened at a node: an election, a vote, an append, a decision. Checkers read facts and client
    /// histories, never a protocol's fields.
    type Fact: Clone + Debug + Eq + Hash;
}

/// Stable storage: the ONLY state a crash leaves behind, changed ONLY by its records.
///
/// The engine keeps two images of it: the one the node reads, with every record written so far, and the durable one,
/// folded from the records that reached the disk. A restarted node receives the durable one and nothing else.
pub trait Stable: Default + Clone {
    /// One change, as it lies on the disk. It must say everything: `apply` sees nothing else.
    type Record: Clone + Debug + Hash;

    /// Carries out one change.
    fn apply(&mut self, record: Self::Record);
}

/// A node that keeps nothing. Its record cannot be built, so `write` cannot be called.
impl Stable for () {
    type Record = std::convert::Infallible;
    fn apply(&mut self, record: Self::Record) {
        match record {}
    }
}

/// The record type of a node.
pub type Record<N> = <<N as Node>::Stable as Stable>::Record;
/// The operation type of a node's family.
pub type Op<N> = <<N as Node>::Family as Family>::Op;
/// The reply type of a node's family.
pub type Reply<N> = <<N as Node>::Family as Family>::Reply;
/// The fact type of a node's family.
pub type Fact<N> = <<N as Node>::Family as Family>::Fact;

/// Why a message is dishonest: a sentence that completes "the message says more than the disk holds: …".
pub type Unbacked = &'static str;

/// What must have happened before a message is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Presupposes<F> {
    /// Nothing.
    Nothing,
    /// This fact, told by the sender itself: a leader was elected.
    OfSender(F),
    /// This fact, told by any node: a decision is passed on.
    OfAnyone(F),
}

impl<F> Presupposes<F> {
    /// The same, with the fact in other words: a host wraps its part's.
    pub fn map<G>(self, wrap: impl FnOnce(F) -> G) -> Presupposes<G> {
        match self {
            Presupposes::Nothing => Presupposes::Nothing,
            Presupposes::OfSender(fact) => Presupposes::OfSender(wrap(fact)),
            Presupposes::OfAnyone(fact) => Presupposes::OfAnyone(wrap(fact)),
        }
    }
}

/// How one attempt of an operation ended, as the node that was asked sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome<R> {
    /// It happened, and this is the answer.
    Done(R),
    /// This attempt did not happen and never will.
    Refused(&'static str),
    /// It may have happened, or may yet.
    Unknown,
    /// This attempt did not happen here; ask that node.
    Redirect(NodeId),
}

impl<R> Outcome<R> {
    /// The same outcome, with the answer in other words: a host wraps its part's.
    pub fn map<S>(self, wrap: impl FnOnce(R) -> S) -> Outcome<S> {
        match self {
            Outcome::Done(reply) => Outcome::Done(wrap(reply)),
            Outcome::Refused(why) => Outcome::Refused(why),
            Outcome::Unknown => Outcome::Unknown,
            Outcome::Redirect(node) => Outcome::Redirect(node),
        }
    }
}

/// A participant: a state machine that reacts to a message, a timer or a client's request.
///
/// Handlers run to the end, never block, and reach the world only through `cx`. What they ask for leaves after the
/// handler, in order, and nothing leaves before the barrier writes ahead of it are durable. `self` is volatile: a
/// crash drops it, and [`Node::start`] builds it anew from what [`Context::stable`] still holds.
///
/// An impossible state is a panic with the ids in its message: the engine turns it into a finding.
pub trait Node: Sized + 'static {
    /// The problem it solves.
    type Family: Family;
    /// Immutable, the same for the whole cluster: sizes, timeouts, planted bugs.
    type Config;
    /// What survives a crash.
    type Stable: Stable;
    /// One enum, variants named as in the paper.
    type Message: Clone + Debug + Hash;
    /// Named timers; setting a set timer replaces it.
    type Timer: Copy + Ord + Debug + Hash;
    /// What people look at; built only while recording. Its text is a few words: `follower t3`.
    type View: Serialize + Display;

    /// First boot and every restart. Volatile state starts empty: there is nothing else to start from.
    fn start(cx: &mut Context<Self>) -> Self;
    /// A message arrived.
    fn on_message(&mut self, from: NodeId, message: Self::Message, cx: &mut Context<Self>);
    /// A timer that was set, and neither cancelled nor set again since, has run out.
    fn on_timer(&mut self, timer: Self::Timer, cx: &mut Context<Self>);
    /// A client's request arrived. It is answered by [`Context::reply`], now or in a later step.
    fn on_request(&mut self, request: RequestId, op: Op<Self>, cx: &mut Context<Self>);
    /// What people look at.
    fn view(&self, stable: &Self::Stable) -> Self::View;

    /// What the node waits for, for people who want to know why nothing happens: `candidate of t9, waits for votes
    /// from n1, n4`. Without it they are shown the node's [`View`](Node::View).
    fn waits_for(&self, id: NodeId, nodes: u32, stable: &Self::Stable) -> Option<String> {
        let _ = (id, nodes, stable);
        None
    }

    /// Whether [`Node::on_synced`] is to be called.
    const HEARS_SYNCS: bool = false;

    /// Something that was written lazily has become durable: `durable` is what a restart would find now. Only called
    /// where [`Node::HEARS_SYNCS`] says so; what is written as a barrier needs no such call, because what waits for it
    /// waits by itself. A host passes the call on to its parts.
    fn on_synced(&mut self, durable: &Self::Stable, cx: &mut Context<Self>) {
        let _ = (durable, cx);
    }

    /// The node starts and finds that record number `damaged` of its disk, from 1, cannot be read. `cx.stable()` holds
    /// what comes before it; it and all behind it are lost, though they were durable once. A protocol that knows how
    /// to go on without betraying what it has promised does so, as if by [`Node::start`]. None, the default: the node
    /// stays down for good.
    fn recover(damaged: u64, cx: &mut Context<Self>) -> Option<Self> {
        let _ = (damaged, cx);
        None
    }

    /// The facts that a durable record is: a vote, an append, a truncation, a decision; mostly one, none for what is
    /// nobody's business, several for what must be written in one piece. The engine derives them when the record
    /// reaches the disk; a handler never tells them by hand, so it cannot claim what was not written.
    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>));

    /// What the sender's DURABLE image must hold for this message to be honest, and what it presupposes:
    /// `AppendEntries`, that its sender was elected. Asked as the message leaves `from`, with the image
    /// folded exactly up to the message's place among the records.
    ///
    /// # Errors
    /// [`Unbacked`] when the message says more than the disk holds.
    fn backed(
        message: &Self::Message,
        from: NodeId,
        to: NodeId,
        durable: &Self::Stable,
    ) -> Result<Presupposes<Fact<Self>>, Unbacked>;
}
