//! Carrying out what a handler asked for: effects leave in order, behind the barrier writes ahead of them.

use crate::engine::cluster::{Cluster, Step, Wire};
use crate::engine::disk::{Leaving, Released};
use crate::engine::doom::{Done, Doom};
use crate::engine::record::What;
use crate::node::{Effect, Fact, Node, NodeId, Outcome, Record, Reply, RequestId};
use crate::spec::judged::Judged;
use std::hash::Hash;

impl<N: Node<Family: Judged>> Cluster<N> {
    #[inline(always)]
    pub fn carry_out(&mut self, id: NodeId, effect: Effect<N>, wire: &mut impl Wire<N>) -> Option<Done> {
        match effect {
            Effect::Send { to, message } if self.waits(id) => {
                self.slots[id.index()].disk.hold(Leaving::Send { to, message });
            }
            Effect::Send { to, message } => return Some(self.send(id, to, message, wire)),
            Effect::Write { record, barrier } => return Some(self.write(id, record, barrier, wire)),
            Effect::SetTimer { timer, after } => wire.set_timer(self.now, id, timer, after),
            Effect::CancelTimer { timer } => wire.cancel_timer(id, timer),
            Effect::Chose { answer } => {
                self.record(id, |_| What::Chose { answer });
                return None;
            }
            Effect::Reply { request, outcome } if self.waits(id) => {
                self.slots[id.index()].disk.hold(Leaving::Reply { request, outcome });
            }
            Effect::Reply { request, outcome } => self.reply(id, request, outcome, wire),
            Effect::Fact(fact) if self.waits(id) => {
                self.slots[id.index()].disk.hold(Leaving::Fact(fact));
            }
            Effect::Fact(fact) => self.tell(id, &fact, wire),
        }
        Some(Done::Other)
    }

    /// Whether what leaves a node now must wait for its disk.
    #[inline(always)]
    fn waits(&self, id: NodeId) -> bool {
        !self.immediate && self.slots[id.index()].disk.waits()
    }

    #[inline(never)]
    fn write(&mut self, id: NodeId, record: Record<N>, barrier: bool, wire: &mut impl Wire<N>) -> Done {
        record.hash(&mut self.judge.digest);
        self.judge.digest.absorb(u64::from(barrier));
        self.record(id, |_| What::Wrote { record: format!("{record:?}"), barrier });
        if self.immediate {
            self.slots[id.index()].disk.lazy |= !barrier;
            self.durable(id, record, wire);
            return Done::Write;
        }
        self.slots[id.index()].disk.write(record, barrier);
        Done::Other
    }

    /// A message leaves.
    #[inline(always)]
    fn send(&mut self, id: NodeId, to: NodeId, message: N::Message, wire: &mut impl Wire<N>) -> Done {
        self.in_handler = Some(id);
        let slot = &self.slots[id.index()];
        let backed = N::backed(&message, id, to, slot.disk.durable(&slot.stable));
        self.in_handler = None;
        self.judge.backed(self.spot(id), backed, || format!("{message:?} to {to}"));
        self.judge.digest.absorb(to.index() as u64);
        message.hash(&mut self.judge.digest);
        if self.recording.is_none() {
            wire.send(self.now, id, to, message);
        } else {
            self.send_recorded(id, to, message, wire);
        }
        Done::Send
    }

    #[cold]
    fn send_recorded(&mut self, id: NodeId, to: NodeId, message: N::Message, wire: &mut impl Wire<N>) {
        let text = format!("{message:?}");
        let (fate, number) = wire.send(self.now, id, to, message);
        self.record(id, |r| What::Sent { to, name: r.name(id, to, number, &text), text, fate });
    }

    /// What was held back leaves.
    fn leave(&mut self, id: NodeId, leaving: Leaving<N>, wire: &mut impl Wire<N>) -> Done {
        match leaving {
            Leaving::Send { to, message } => return self.send(id, to, message, wire),
            Leaving::Reply { request, outcome } => self.reply(id, request, outcome, wire),
            Leaving::Fact(fact) => self.tell(id, &fact, wire),
        }
        Done::Other
    }

    #[inline(never)]
    fn reply(&mut self, id: NodeId, request: RequestId, outcome: Outcome<Reply<N>>, wire: &mut impl Wire<N>) {
        self.record(id, |_| What::Replied { request, outcome: outcome_text::<N>(&outcome) });
        self.judge.answered(self.spot(id), request, &outcome);
        wire.reply(self.now, id, request, outcome);
    }

    /// A fact leaves that was told by hand.
    #[inline(always)]
    fn tell(&mut self, id: NodeId, fact: &Fact<N>, wire: &mut impl Wire<N>) {
        self.judge.told(id, fact);
        self.fact(id, fact, wire);
    }

    /// A fact leaves: one that was told by hand, or one that a record is that has become durable.
    #[inline(always)]
    fn fact(&mut self, id: NodeId, fact: &Fact<N>, wire: &mut impl Wire<N>) {
        self.record(id, |_| What::Fact { fact: format!("{fact:?}") });
        self.judge.fact(self.spot(id), fact);
        wire.fact(self.now, id, fact);
    }

    /// A record has reached the disk.
    #[inline]
    pub fn durable(&mut self, id: NodeId, record: Record<N>, wire: &mut impl Wire<N>) {
        // All of this is the node's code, except what is done with a fact: a panic there would be the engine's.
        self.in_handler = Some(id);
        N::facts_of(&record, &mut |fact| {
            self.in_handler = None;
            self.fact(id, &fact, wire);
            self.in_handler = Some(id);
        });
        self.slots[id.index()].disk.settle(record);
        self.in_handler = None;
    }

    #[inline]
    pub fn start_sync(&mut self, id: NodeId, wire: &mut impl Wire<N>) {
        let slot = &mut self.slots[id.index()];
        if let Some(upto) = slot.disk.wants_sync() {
            slot.disk.syncing = Some(upto);
            wire.start_sync(self.now, id, upto, slot.boot);
        }
    }

    /// A sync has completed: records up to `upto` are durable one by one, and what waited for them leaves.
    pub fn sync(&mut self, id: NodeId, upto: u64, wire: &mut impl Wire<N>) {
        self.begin(Step::Sync, id);
        self.judge.digest.absorb(upto);
        let lie = self.slots[id.index()].disk.lies;
        self.record(id, |_| What::Synced { upto, lie });
        while let Some(released) = self.slots[id.index()].disk.release(upto) {
            let done = match released {
                Released::Record(record) => {
                    self.durable(id, record, wire);
                    Done::Write
                }
                Released::Leaving(leaving) => self.leave(id, leaving, wire),
            };
            if self.slots[id.index()].doom.is_some() && self.doomed(id, Some(done), wire) {
                return;
            }
        }
        if self.slots[id.index()].disk.lazy {
            return self.hear_of_sync(id, wire);
        }
        self.start_sync(id, wire);
    }

    /// Counts towards a crash inside a step; true when it is reached, and the node down.
    #[cold]
    pub fn doomed(&mut self, id: NodeId, done: Option<Done>, wire: &mut impl Wire<N>) -> bool {
        let Some(done) = done else { return false };
        let Some((doom, remains)) = &mut self.slots[id.index()].doom else { return false };
        let remains = *remains;
        let counts = match doom {
            Doom::Writes(_) => done == Done::Write,
            Doom::Sends(_) => done == Done::Send,
            Doom::Effects(_) => true,
        };
        *doom.left() -= u32::from(counts);
        if !doom.is_reached() {
            return false;
        }
        self.crash(id, remains, wire);
        true
    }
}

/// An outcome as traces show it.
fn outcome_text<N: Node<Family: Judged>>(outcome: &Outcome<Reply<N>>) -> String {
    match outcome {
        Outcome::Done(reply) => format!("done: {reply}"),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::Unknown => "unknown".to_owned(),
        Outcome::Redirect(node) => format!("ask {node}"),
    }
}
