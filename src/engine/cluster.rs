//! The nodes: one step is one handler call, and its effects are carried out in order.
//!
//! How time passes and what the network does is another's business: a [`Wire`] takes what leaves. The timed world is
//! one, a schedule is the other.

use crate::engine::disk::Disk;
use crate::engine::doom::Doom;
use crate::engine::judge::{Judge, Spot};
use crate::engine::record::{Recording, Sent, What};
use crate::engine::summary::Ending;
use crate::node::{
    Choices, Context, Effect, Fact, Nanos, Node, NodeId, Op, Outcome, Reply, RequestId, Span, Surroundings,
};
use crate::spec::judged::{Judged, Observed};
use std::hash::{Hash, Hasher};

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
    fn crashed(&mut self, now: Nanos, node: NodeId, boot: u32);
    /// A sync of the node's disk starts.
    fn start_sync(&mut self, now: Nanos, node: NodeId, upto: u64, boot: u32);
}

pub(in crate::engine) struct Slot<N: Node> {
    /// None while it is down.
    node: Option<N>,
    /// As the node reads it: with every record written.
    stable: N::Stable,
    pub disk: Disk<N>,
    choices: Choices,
    /// How often it has crashed: what belongs to an earlier life is told by it.
    pub boot: u32,
    /// The crash inside a step that it is in for.
    pub doom: Option<Doom>,
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
}

/// The nodes of one run, and their judge.
pub(in crate::engine) struct Cluster<N: Node<Family: Judged>> {
    config: N::Config,
    /// Whether a record is durable as it is written.
    pub immediate: bool,
    pub slots: Vec<Slot<N>>,
    pub judge: Judge<N::Family>,
    pub recording: Option<Recording>,
    pub now: Nanos,
    pub steps: u64,
    /// The node whose code runs: whose fault a panic is.
    pub in_handler: Option<NodeId>,
    pub records_lost: u64,
    effects: Vec<Effect<N>>,
    /// The facts of the record that has just become durable.
    pub facts: Vec<Fact<N>>,
}

impl<N: Node<Family: Judged>> Cluster<N> {
    pub fn new(config: N::Config, choices: Vec<Choices>, immediate: bool, except: &[String], record: bool) -> Self {
        let judge = Judge::new(choices.len() as u32, except);
        let slot = |choices| Slot {
            node: None,
            stable: N::Stable::default(),
            disk: Disk::new(),
            choices,
            boot: 0,
            doom: None,
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
            records_lost: 0,
            effects: Vec::new(),
            facts: Vec::new(),
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
    #[inline]
    pub fn deliver(&mut self, id: NodeId, from: NodeId, number: u64, message: N::Message, wire: &mut impl Wire<N>) {
        debug_assert!(self.is_up(id));
        self.begin(Step::Message, id);
        self.judge.digest.absorb((from.index() as u64) << 32 ^ number);
        self.record(id, |recording| What::Delivered {
            from,
            name: recording.named(from, id, number),
            text: format!("{message:?}"),
        });
        self.handle(id, wire, |node, cx| node.on_message(from, message, cx));
    }

    /// A timer runs out.
    pub fn fire(&mut self, id: NodeId, timer: N::Timer, wire: &mut impl Wire<N>) {
        self.begin(Step::Timer, id);
        timer.hash(&mut self.judge.digest);
        self.record(id, |_| What::Fired { timer: format!("{timer:?}") });
        self.handle(id, wire, |node, cx| node.on_timer(timer, cx));
    }

    /// A client's request arrives.
    pub fn request(&mut self, id: NodeId, request: RequestId, op: Op<N>, wire: &mut impl Wire<N>) {
        self.begin(Step::Request, id);
        request.hash(&mut self.judge.digest);
        op.hash(&mut self.judge.digest);
        self.record(id, |_| What::Requested { request, op: op.to_string() });
        self.handle(id, wire, |node, cx| node.on_request(request, op, cx));
    }

    /// The node starts, from what is on its disk and nothing else.
    pub fn start(&mut self, id: NodeId, wire: &mut impl Wire<N>) {
        debug_assert!(!self.is_up(id));
        self.begin(Step::Start, id);
        self.record(id, |_| What::Started);
        let spot = self.spot(id);
        if self.slots[id.index()].boot > 0 {
            self.judge.observe(spot, &Observed::Restarted(id));
        }
        let (nodes, now, note_choices) = (self.nodes(), self.now, self.recording.is_some());
        let slot = &mut self.slots[id.index()];
        slot.stable = slot.disk.durable.clone();
        self.in_handler = Some(id);
        let node = N::start(&mut Context::new(Surroundings {
            id,
            nodes,
            now,
            config: &self.config,
            stable: &mut slot.stable,
            choices: &mut slot.choices,
            effects: &mut self.effects,
            note_choices,
        }));
        slot.node = Some(node);
        self.end_of_handler(id, wire);
    }

    #[inline]
    fn handle(&mut self, id: NodeId, wire: &mut impl Wire<N>, handler: impl FnOnce(&mut N, &mut Context<N>)) {
        let (nodes, now, note_choices) = (self.nodes(), self.now, self.recording.is_some());
        let slot = &mut self.slots[id.index()];
        let node = slot.node.as_mut().expect("a step of a node that is up");
        self.in_handler = Some(id);
        handler(
            node,
            &mut Context::new(Surroundings {
                id,
                nodes,
                now,
                config: &self.config,
                stable: &mut slot.stable,
                choices: &mut slot.choices,
                effects: &mut self.effects,
                note_choices,
            }),
        );
        self.end_of_handler(id, wire);
    }

    #[inline]
    fn end_of_handler(&mut self, id: NodeId, wire: &mut impl Wire<N>) {
        self.in_handler = None;
        self.judge.handler_ended();
        if self.recording.is_some() {
            self.record_change(id);
        }
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            let done = self.carry_out(id, effect, wire);
            if self.slots[id.index()].doom.is_some() && self.doomed(id, done, wire) {
                break;
            }
        }
        self.effects = effects;
        self.start_sync(id, wire);
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

    /// The node will crash inside a step.
    pub fn doom(&mut self, id: NodeId, doom: Doom) {
        self.begin(Step::Doom, id);
        self.judge.digest.write(doom.to_string().as_bytes());
        self.record(id, |_| What::Doomed { doom });
        self.slots[id.index()].doom = Some(doom);
    }

    /// The node is spared a crash inside a step that did not come.
    pub fn spare(&mut self, id: NodeId) {
        if self.slots[id.index()].doom.take().is_some() {
            self.begin(Step::Doom, id);
            self.record(id, |_| What::Spared);
        }
    }

    /// The node crashes: what it had not on disk is gone.
    pub fn crash(&mut self, id: NodeId, wire: &mut impl Wire<N>) {
        debug_assert!(self.is_up(id));
        self.begin(Step::Crash, id);
        let slot = &mut self.slots[id.index()];
        slot.node = None;
        let doomed = slot.doom.take().is_some_and(Doom::is_reached);
        slot.boot += 1;
        let boot = slot.boot;
        let lost_records = slot.disk.crash();
        self.records_lost += lost_records;
        self.record(id, |_| What::Crashed { lost_records, doomed });
        let spot = self.spot(id);
        self.judge.observe(spot, &Observed::Crashed(id));
        wire.crashed(self.now, id, boot);
    }

    /// Links are cut or healed: a step that no node takes.
    pub fn links(&mut self, healed: bool, from: &[NodeId], to: &[NodeId]) {
        self.begin(Step::Links, NodeId::new(u32::from(healed)));
        (from, to).hash(&mut self.judge.digest);
        if let Some(recording) = &mut self.recording {
            let what = What::Links { healed, from: from.to_vec(), to: to.to_vec() };
            recording.add(self.now, self.steps, None, what);
        }
    }

    /// The last line of a record: what was violated.
    pub fn record_ending(&mut self, ending: &Ending) {
        if let (Ending::Violated(violation), Some(recording)) = (ending, &mut self.recording) {
            let what = What::Violated { invariant: violation.invariant, evidence: violation.evidence.clone() };
            recording.add(violation.time, violation.step, violation.node, what);
        }
    }

    /// A handler panicked: the run is over.
    pub fn panicked(&mut self, node: NodeId, message: &str) {
        let spot = self.spot(node);
        self.judge.panicked(spot, format!("{node} panicked: {message}"));
    }
}
