//! The nodes: one step is one handler call, and its effects are carried out in order.
//!
//! How time passes and what the network does is another's business: a [`Wire`] takes what leaves. The timed world is
//! one, a schedule is the other.

use crate::engine::clocks::Clock;
use crate::engine::disk::{Disk, Loss};
use crate::engine::doom::Doom;
use crate::engine::judge::{Judge, Spot};
use crate::engine::plan::Remains;
use crate::engine::record::{Recording, Sent, What};
use crate::engine::summary::{Ending, RecordsLost};
use crate::node::{
    Choices, Context, Effect, Fact, Nanos, Node, NodeId, Op, Outcome, Reply, RequestId, Span, Surroundings,
};
use crate::spec::judged::{Judged, Observed};
use std::cell::Cell;
use std::hash::Hash;

/// Takes what leaves the nodes.
pub(in crate::engine) trait Wire<N: Node> {
    /// A message leaves. Says what became of it and its number on its link, from 1.
    fn send(&mut self, now: Nanos, from: NodeId, to: NodeId, message: N::Message) -> (Sent, u64);
    /// A reply leaves.
    fn reply(&mut self, now: Nanos, node: NodeId, request: RequestId, outcome: Outcome<Reply<N>>);
    /// A fact leaves.
    fn fact(&mut self, now: Nanos, node: NodeId, fact: &Fact<N>);
    /// A timer is set or set again.
    fn set_timer(&mut self, now: Nanos, node: NodeId, timer: N::Timer, after: Span);
    /// A timer is taken back.
    fn cancel_timer(&mut self, node: NodeId, timer: N::Timer);
    /// The node crashed: its timers are gone.
    fn crashed(&mut self, now: Nanos, node: NodeId, boot: u32, loss: Loss);
    /// A sync of the node's disk starts.
    fn start_sync(&mut self, now: Nanos, node: NodeId, upto: u64, boot: u32);
    /// The node's clock.
    fn clock(&self, node: NodeId) -> Clock;
    /// What the node's clock reads.
    #[inline(always)]
    fn reads(&self, node: NodeId, now: Nanos) -> Nanos {
        self.clock(node).read(now)
    }
    /// The node has read its clock while it was wrong.
    fn misled(&mut self, node: NodeId);
}

pub(in crate::engine) struct Slot<N: Node> {
    /// None while it is down.
    pub node: Option<N>,
    /// As the node reads it: with every record written.
    pub stable: N::Stable,
    pub disk: Disk<N>,
    pub choices: Choices,
    /// How often it has crashed: what belongs to an earlier life is told by it.
    pub boot: u32,
    /// The crash inside a step that it is in for, and what it will leave of unsynced records.
    pub doom: Option<(Doom, Remains)>,
    /// Whether it has found its disk damaged and stays down for good.
    pub halted: bool,
    /// What people last saw; kept while recording.
    headline: String,
}

/// Kinds of steps, as the digest knows them.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(in crate::engine) enum Step {
    Start = 1,
    Message = 2,
    Timer = 3,
    Request = 4,
    Sync = 5,
    Crash = 6,
    Doom = 7,
    Links = 8,
    Clock = 9,
    Rot = 10,
}

/// The nodes of one run, and their judge.
pub(in crate::engine) struct Cluster<N: Node<Family: Judged>> {
    pub config: N::Config,
    /// Whether a record is durable as it is written.
    pub immediate: bool,
    pub slots: Vec<Slot<N>>,
    pub judge: Judge<N::Family>,
    pub recording: Option<Recording>,
    pub now: Nanos,
    pub steps: u64,
    /// The node whose code runs: whose fault a panic is.
    pub in_handler: Option<NodeId>,
    pub records_lost: RecordsLost,
    /// Whether the node whose code runs has read its clock.
    pub clock_read: Cell<bool>,
    pub effects: Vec<Effect<N>>,
}

impl<N: Node<Family: Judged>> Cluster<N> {
    pub fn new(config: N::Config, choices: Vec<Choices>, immediate: bool, except: &[String], record: bool) -> Self {
        let judge = Judge::new(choices.len() as u32, except);
        let slot = |choices| Slot {
            node: None,
            stable: N::Stable::default(),
            disk: Disk::new(immediate),
            choices,
            boot: 0,
            doom: None,
            halted: false,
            headline: String::new(),
        };
        Cluster {
            config,
            immediate,
            slots: choices.into_iter().map(slot).collect(),
            judge,
            recording: record.then(Recording::default),
            now: Nanos::ZERO,
            steps: 0,
            in_handler: None,
            records_lost: RecordsLost::default(),
            clock_read: Cell::new(false),
            effects: Vec::new(),
        }
    }

    pub fn nodes(&self) -> u32 {
        self.slots.len() as u32
    }

    pub fn is_up(&self, id: NodeId) -> bool {
        self.slots[id.index()].node.is_some()
    }

    pub fn boot(&self, id: NodeId) -> u32 {
        self.slots[id.index()].boot
    }

    pub fn choices(&mut self, id: NodeId) -> &mut Choices {
        &mut self.slots[id.index()].choices
    }

    /// What people see of a node.
    pub fn headline(&self, id: NodeId) -> String {
        let slot = &self.slots[id.index()];
        slot.node.as_ref().map_or_else(|| "down".to_owned(), |node| node.view(&slot.stable).to_string())
    }

    /// What a node that is up waits for, in words.
    pub fn waits_for(&self, id: NodeId) -> String {
        let slot = &self.slots[id.index()];
        let waits = slot.node.as_ref().and_then(|node| node.waits_for(id, self.nodes(), &slot.stable));
        waits.unwrap_or_else(|| self.headline(id))
    }

    pub fn spot(&self, node: NodeId) -> Spot {
        Spot { step: self.steps, time: self.now, node }
    }

    #[inline]
    pub fn record(&mut self, node: NodeId, what: impl FnOnce(&mut Recording) -> What) {
        if let Some(recording) = &mut self.recording {
            let what = what(recording);
            recording.add(self.now, self.steps, node, what);
        }
    }

    #[inline]
    pub fn begin(&mut self, step: Step, id: NodeId) {
        self.steps += 1;
        self.judge.digest.absorb((step as u64) << 32 | id.index() as u64);
        self.judge.digest.absorb(self.now.0);
    }

    /// A message arrives. Nothing happens where the node is down.
    #[inline(always)]
    pub fn deliver(&mut self, id: NodeId, from: NodeId, number: u64, message: N::Message, wire: &mut impl Wire<N>) {
        debug_assert!(self.is_up(id));
        self.steps += 1;
        // What begins a step otherwise leaves the upper half of its first word empty, but for the kind of step.
        let ends = (from.index() as u64) << 14 | id.index() as u64;
        self.judge.digest.absorb((Step::Message as u64) << 60 | ends << 32 | number & u64::from(u32::MAX));
        self.judge.digest.absorb(self.now.0);
        self.record(id, |recording| What::Delivered {
            from,
            name: recording.named(from, id, number),
            text: format!("{message:?}"),
        });
        self.handle(id, wire, |node, cx| node.on_message(from, message, cx));
    }

    /// A timer runs out.
    #[inline(never)]
    pub fn fire(&mut self, id: NodeId, timer: N::Timer, wire: &mut impl Wire<N>) {
        self.begin(Step::Timer, id);
        timer.hash(&mut self.judge.digest);
        self.record(id, |_| What::Fired { timer: format!("{timer:?}") });
        self.handle(id, wire, |node, cx| node.on_timer(timer, cx));
    }

    /// A client's request arrives.
    #[inline(never)]
    pub fn request(&mut self, id: NodeId, request: RequestId, op: Op<N>, wire: &mut impl Wire<N>) {
        self.begin(Step::Request, id);
        request.hash(&mut self.judge.digest);
        op.hash(&mut self.judge.digest);
        self.record(id, |_| What::Requested { request, op: op.to_string() });
        self.judge.observe(self.spot(id), &Observed::Asked(request, &op));
        self.handle(id, wire, |node, cx| node.on_request(request, op, cx));
    }

    #[inline(always)]
    fn handle(&mut self, id: NodeId, wire: &mut impl Wire<N>, handler: impl FnOnce(&mut N, &mut Context<N>)) {
        let (nodes, note_choices) = (self.nodes(), self.recording.is_some());
        let now = wire.reads(id, self.now);
        let slot = &mut self.slots[id.index()];
        let node = slot.node.as_mut().expect("a step of a node that is up");
        self.in_handler = Some(id);
        handler(
            node,
            &mut Context::new(Surroundings {
                id,
                nodes,
                now,
                now_read: &self.clock_read,
                config: &self.config,
                stable: &mut slot.stable,
                choices: &mut slot.choices,
                effects: &mut self.effects,
                note_choices,
                behind: Some(&mut slot.disk.behind),
            }),
        );
        let in_for_a_crash = slot.doom.is_some();
        self.end_of_handler(id, in_for_a_crash, wire);
    }

    #[inline(always)]
    pub fn end_of_handler(&mut self, id: NodeId, in_for_a_crash: bool, wire: &mut impl Wire<N>) {
        self.in_handler = None;
        if self.clock_read.take() && !wire.clock(id).is_true() {
            wire.misled(id);
        }
        self.judge.handler_ended();
        if self.recording.is_some() {
            self.record_change(id);
        }
        // From the last to the first, turned around: nothing is moved but the effect itself.
        self.effects.reverse();
        while let Some(effect) = self.effects.pop() {
            let done = self.carry_out(id, effect, wire);
            if in_for_a_crash && self.doomed(id, done, wire) {
                self.effects.clear();
                break;
            }
        }
        if !self.immediate {
            self.start_sync(id, wire);
        } else if N::HEARS_SYNCS && self.slots[id.index()].disk.lazy {
            self.hear_of_sync(id, wire);
        }
    }

    /// What was written lazily has become durable, and its node hears of it, within the same step.
    #[inline(never)]
    pub fn hear_of_sync(&mut self, id: NodeId, wire: &mut impl Wire<N>) {
        let told = self.slots[id.index()].disk.take_lazy();
        if !told || !N::HEARS_SYNCS || !self.is_up(id) {
            return self.start_sync(id, wire);
        }
        let (nodes, note_choices) = (self.nodes(), self.recording.is_some());
        let now = wire.reads(id, self.now);
        let slot = &mut self.slots[id.index()];
        let node = slot.node.as_mut().expect("it is up");
        self.in_handler = Some(id);
        // Its disk is looked at while the node writes.
        slot.disk.behind.keep(&slot.stable, 0);
        let durable = slot.disk.behind.image.as_ref().expect("it is kept from now on");
        let mut cx = Context::new(Surroundings {
            id,
            nodes,
            now,
            now_read: &self.clock_read,
            config: &self.config,
            stable: &mut slot.stable,
            choices: &mut slot.choices,
            effects: &mut self.effects,
            note_choices,
            behind: None,
        });
        node.on_synced(durable, &mut cx);
        let in_for_a_crash = slot.doom.is_some();
        self.end_of_handler(id, in_for_a_crash, wire);
    }

    #[cold]
    fn record_change(&mut self, id: NodeId) {
        self.in_handler = Some(id);
        let after = self.headline(id);
        self.in_handler = None;
        let before = std::mem::replace(&mut self.slots[id.index()].headline, after.clone());
        if before != after && !before.is_empty() {
            self.record(id, |_| What::Changed { before, after });
        }
    }

    /// How many records and effects wait for syncs.
    pub fn unsynced(&self) -> usize {
        self.slots.iter().map(|slot| slot.disk.waiting()).sum()
    }

    /// Up to which record the sync under way reaches.
    pub fn syncing(&self, id: NodeId) -> Option<u64> {
        self.slots[id.index()].disk.syncing
    }

    /// The last line of a record: what was violated.
    pub fn record_ending(&mut self, ending: &Ending) {
        if let (Ending::Violated(violation), Some(recording)) = (ending, &mut self.recording)
            && let Some(node) = violation.node
        {
            let what = What::Violated { invariant: violation.invariant, evidence: violation.evidence.clone() };
            recording.add(violation.time, violation.step, node, what);
        }
    }

    /// A handler panicked: the run is over.
    pub fn panicked(&mut self, node: NodeId, message: &str) {
        let spot = self.spot(node);
        self.judge.panicked(spot, format!("{node} panicked: {message}"));
    }
}
