//! The nodes: one step is one handler call, and its effects are carried out in order.
//!
//! How time passes and what the network does is another's business: a [`Wire`] takes what leaves. The timed world is
//! one, a schedule is the other.

use crate::engine::disk::{Disk, Leaving, Released};
use crate::engine::judge::{Judge, Spot};
use crate::engine::record::{Recording, Sent, What};
use crate::engine::summary::Ending;
use crate::node::{
    Choices, Context, Effect, Fact, Nanos, Node, NodeId, Op, Outcome, Reply, RequestId, Span, Stable, Surroundings,
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

/// Where inside a step a node crashes: counted in things carried out from now on, over as many steps as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doom {
    /// After so many records became durable.
    Writes(u32),
    /// After so many messages left.
    Sends(u32),
    /// After so many effects of any kind were carried out.
    Effects(u32),
}

impl Doom {
    fn left(&mut self) -> &mut u32 {
        match self {
            Doom::Writes(left) | Doom::Sends(left) | Doom::Effects(left) => left,
        }
    }

    fn is_reached(mut self) -> bool {
        *self.left() == 0
    }
}

impl std::fmt::Display for Doom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Doom::Writes(count) => write!(f, "write {count}"),
            Doom::Sends(count) => write!(f, "send {count}"),
            Doom::Effects(count) => write!(f, "effect {count}"),
        }
    }
}

/// What an effect counts as, for a node that is doomed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Write,
    Send,
    Other,
}

struct Slot<N: Node> {
    /// None while it is down.
    node: Option<N>,
    /// As the node reads it: with every record written.
    stable: N::Stable,
    disk: Disk<N>,
    choices: Choices,
    /// How often it has crashed: what belongs to an earlier life is told by it.
    boot: u32,
    doom: Option<Doom>,
    /// What people last saw; kept while recording.
    headline: String,
}

/// Kinds of steps, as the digest knows them.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Step {
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
    immediate: bool,
    slots: Vec<Slot<N>>,
    pub judge: Judge<N::Family>,
    pub recording: Option<Recording>,
    pub now: Nanos,
    pub steps: u64,
    /// The node whose handler runs: whose fault a panic is.
    pub in_handler: Option<NodeId>,
    pub records_lost: u64,
    effects: Vec<Effect<N>>,
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

    fn spot(&self, node: NodeId) -> Spot {
        Spot { step: self.steps, time: self.now, node }
    }

    #[inline]
    fn record(&mut self, node: NodeId, what: impl FnOnce(&mut Recording) -> What) {
        if let Some(recording) = &mut self.recording {
            let what = what(recording);
            recording.add(self.now, self.steps, node, what);
        }
    }

    #[inline]
    fn begin(&mut self, step: Step, id: NodeId) {
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
        let after = self.headline(id);
        let before = std::mem::replace(&mut self.slots[id.index()].headline, after.clone());
        if before != after && !before.is_empty() {
            self.record(id, |_| What::Changed { before, after });
        }
    }

    #[inline]
    fn carry_out(&mut self, id: NodeId, effect: Effect<N>, wire: &mut impl Wire<N>) -> Option<Done> {
        let leaving = match effect {
            Effect::Write { record, barrier } => {
                record.hash(&mut self.judge.digest);
                self.record(id, |_| What::Wrote { record: format!("{record:?}"), barrier });
                if self.immediate {
                    self.durable(id, record, wire);
                    return Some(Done::Write);
                }
                self.slots[id.index()].disk.write(record, barrier);
                return Some(Done::Other);
            }
            Effect::SetTimer { timer, after } => {
                wire.set_timer(self.now, id, timer, after);
                return Some(Done::Other);
            }
            Effect::CancelTimer { timer } => {
                wire.cancel_timer(id, timer);
                return Some(Done::Other);
            }
            Effect::Chose { answer } => {
                self.record(id, |_| What::Chose { answer });
                return None;
            }
            Effect::Send { to, message } => Leaving::Send { to, message },
            Effect::Reply { request, outcome } => Leaving::Reply { request, outcome },
            Effect::Fact(fact) => Leaving::Fact(fact),
        };
        let disk = &mut self.slots[id.index()].disk;
        if disk.waits() {
            disk.hold(leaving);
            return Some(Done::Other);
        }
        Some(self.leave(id, leaving, wire))
    }

    #[inline]
    fn leave(&mut self, id: NodeId, leaving: Leaving<N>, wire: &mut impl Wire<N>) -> Done {
        let spot = self.spot(id);
        match leaving {
            Leaving::Send { to, message } => {
                let backed = N::backed(&message, id, to, &self.slots[id.index()].disk.durable);
                self.judge.backed(spot, backed, || format!("{message:?} to {to}"));
                self.judge.digest.absorb(to.index() as u64);
                message.hash(&mut self.judge.digest);
                let text = self.recording.is_some().then(|| format!("{message:?}"));
                let (fate, number) = wire.send(self.now, id, to, message);
                if let Some(text) = text {
                    self.record(id, |r| What::Sent { to, name: r.name(id, to, number, &text), text, fate });
                }
                Done::Send
            }
            Leaving::Reply { request, outcome } => {
                self.record(id, |_| What::Replied { request, outcome: outcome_text::<N>(&outcome) });
                self.judge.answered(spot, request, &outcome);
                wire.reply(self.now, id, request, outcome);
                Done::Other
            }
            Leaving::Fact(fact) => {
                self.fact(id, &fact, wire);
                Done::Other
            }
        }
    }

    #[inline]
    fn fact(&mut self, id: NodeId, fact: &Fact<N>, wire: &mut impl Wire<N>) {
        self.record(id, |_| What::Fact { fact: format!("{fact:?}") });
        let spot = self.spot(id);
        self.judge.fact(spot, fact);
        wire.fact(self.now, id, fact);
    }

    /// A record has reached the disk.
    #[inline]
    fn durable(&mut self, id: NodeId, record: crate::node::Record<N>, wire: &mut impl Wire<N>) {
        let fact = N::fact_of(&record);
        self.slots[id.index()].disk.durable.apply(record);
        if let Some(fact) = fact {
            self.fact(id, &fact, wire);
        }
    }

    #[inline]
    fn start_sync(&mut self, id: NodeId, wire: &mut impl Wire<N>) {
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
        self.record(id, |_| What::Synced { upto });
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
        self.start_sync(id, wire);
    }

    /// Up to which record the sync under way reaches.
    pub fn syncing(&self, id: NodeId) -> Option<u64> {
        self.slots[id.index()].disk.syncing
    }

    /// Counts towards a crash inside a step; true when it is reached, and the node down.
    #[cold]
    fn doomed(&mut self, id: NodeId, done: Option<Done>, wire: &mut impl Wire<N>) -> bool {
        let Some(done) = done else { return false };
        let Some(doom) = &mut self.slots[id.index()].doom else { return false };
        let counts = match doom {
            Doom::Writes(_) => done == Done::Write,
            Doom::Sends(_) => done == Done::Send,
            Doom::Effects(_) => true,
        };
        *doom.left() -= u32::from(counts);
        if !doom.is_reached() {
            return false;
        }
        self.crash(id, wire);
        true
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

/// An outcome as traces show it.
fn outcome_text<N: Node<Family: Judged>>(outcome: &Outcome<Reply<N>>) -> String {
    match outcome {
        Outcome::Done(reply) => format!("done: {reply}"),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::Unknown => "unknown".to_owned(),
        Outcome::Redirect(node) => format!("ask {node}"),
    }
}
