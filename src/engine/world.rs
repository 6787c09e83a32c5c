//! A timed run: the loop over events, the faults, and the two phases.
//!
//! In the *safety phase* faults run for exactly `run_for`. Then everything heals: links, nodes, dooms, and messages are
//! lost no more. Within the protocol's own liveness bound every open operation must end, every client must get one
//! fresh operation done, and the nodes must come to rest as their family sees it, or the run is *stalled*.

use crate::engine::clients::{Clients, Wish};
use crate::engine::cluster::Cluster;
use crate::engine::config::{DiskConfig, NetworkConfig, WorkloadConfig};
use crate::engine::fault::Fault;
use crate::engine::panics::{catch_panic, own_panic, panic_text};
use crate::engine::plan::{self, Planned};
use crate::engine::queue::Key;
use crate::engine::record::{Recording, What};
use crate::engine::summary::{Ending, FaultCount, Summary};
use crate::engine::wire::{Event, TimedWire};
use crate::node::{Choices, ClientId, Nanos, Node, NodeId, Purpose, Stream};
use crate::spec::history::History;
use crate::spec::judged::Judged;

/// Everything a timed run depends on, but for the node's own configuration.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How many nodes.
    pub nodes: u32,
    /// The network.
    pub network: NetworkConfig,
    /// Every node's disk.
    pub disk: DiskConfig,
    /// The faults, in the scenario's order.
    pub faults: Vec<Fault>,
    /// The clients.
    pub workload: WorkloadConfig,
    /// How long the safety phase lasts.
    pub run_for: Nanos,
    /// The most events that may happen.
    pub events_max: u64,
    /// How long settling may take.
    pub liveness_bound: Nanos,
    /// Invariants that do not count.
    pub except: Vec<String>,
    /// Where all randomness comes from.
    pub seed: u64,
    /// Whether to keep a record.
    pub record: bool,
}

/// What a run leaves behind.
pub struct Outcome<N: Node> {
    /// What it did.
    pub summary: Summary,
    /// What its clients saw.
    pub history: History<N::Family>,
    /// The record, where one was kept.
    pub recording: Option<Recording>,
}

/// Runs a cluster of `N` from `setup`. A pure function of its arguments.
///
/// # Panics
/// When the engine itself is at fault; a panic in a node is a finding, not a panic.
pub fn run<N: Node<Family: Judged>>(setup: &Setup, config: N::Config) -> Outcome<N> {
    let mut world = World::<N>::new(setup, config);
    let ended = catch_panic(|| world.run());
    let ending = match ended {
        Ok(ending) => ending,
        Err(panic) => match world.cluster.in_handler {
            None => own_panic(panic),
            Some(node) => {
                world.cluster.panicked(node, panic_text(panic.as_ref()));
                world.ending_so_far().unwrap_or(Ending::Completed)
            }
        },
    };
    world.finish(ending)
}

/// How many events, records and held effects may be pending at a time, and how often that is looked at.
const PENDING_MAX: usize = 1 << 22;
const PENDING_CHECKED_EVERY: u64 = 1 << 14;

pub(in crate::engine) struct World<'s, N: Node<Family: Judged>> {
    pub setup: &'s Setup,
    pub cluster: Cluster<N>,
    pub wire: TimedWire<N>,
    clients: Clients<N::Family>,
    pub plan: Vec<Planned>,
    /// Per declared fault.
    pub faults: Vec<FaultCount>,
    settled_in: Option<(Nanos, Nanos)>,
    events: u64,
}

impl<'s, N: Node<Family: Judged>> World<'s, N> {
    fn new(setup: &'s Setup, config: N::Config) -> Self {
        let choices = |n| Choices::Seeded(Stream::new(setup.seed, Purpose::Choices, n));
        let choices = (0..u64::from(setup.nodes)).map(choices).collect();
        let immediate = setup.disk.sync.max == Nanos::ZERO;
        let workload = &setup.workload;
        let plan = plan::draw(&setup.faults, setup.nodes, setup.run_for, setup.seed);
        let count = |(place, fault): (usize, &Fault)| FaultCount {
            fault: fault.headline(),
            scheduled: plan.iter().filter(|planned| planned.fault == place).count() as u64,
            ..FaultCount::default()
        };
        World {
            setup,
            cluster: Cluster::new(config, choices, immediate, &setup.except, setup.record),
            wire: TimedWire::new(&setup.network, setup.disk.sync, setup.nodes, workload.clients, setup.seed),
            clients: Clients::new(workload.clone(), setup.nodes, setup.seed, setup.record),
            faults: setup.faults.iter().enumerate().map(count).collect(),
            plan,
            settled_in: None,
            events: 0,
        }
    }

    fn run(&mut self) -> Ending {
        for id in NodeId::all(self.setup.nodes) {
            self.cluster.start(id, &mut self.wire);
        }
        for (planned, fault) in self.plan.iter().enumerate() {
            self.wire.queue.push(fault.at, Event::Fault { planned });
        }
        for id in self.clients.ids() {
            self.grant(id, Wish::BeginAt(Nanos::ZERO));
        }
        if let Some(ending) = self.run_until(self.setup.run_for, |_| false) {
            return ending;
        }
        self.settle()
    }

    /// Handles events before `end`, or until `enough`. Some: the run is over.
    fn run_until(&mut self, end: Nanos, enough: impl Fn(&Self) -> bool) -> Option<Ending> {
        loop {
            if let Some(ending) = self.ending_so_far() {
                return Some(ending);
            }
            if let Some(ending) = self.given_up() {
                return Some(ending);
            }
            if enough(self) || self.wire.queue.next_time().is_none_or(|next| next >= end) {
                return None;
            }
            let (key, event) = self.wire.queue.pop().expect("an event that is next");
            debug_assert!(key.time() >= self.cluster.now, "time runs backwards");
            self.cluster.now = key.time();
            self.happen(key, event);
        }
    }

    #[inline]
    fn ending_so_far(&self) -> Option<Ending> {
        self.cluster.judge.violation.as_ref().map(|violation| Ending::Violated(violation.clone()))
    }

    /// A run that takes too much time or memory is given up, and says so.
    #[inline]
    fn given_up(&mut self) -> Option<Ending> {
        self.events += 1;
        if self.events > self.setup.events_max {
            let (most, now) = (self.setup.events_max, self.cluster.now);
            return Some(Ending::Undecided(format!("given up after {most} events, at {now}: see `run.events`")));
        }
        if self.events.is_multiple_of(PENDING_CHECKED_EVERY) {
            let pending = self.wire.queue.len() + self.cluster.unsynced();
            if pending > PENDING_MAX {
                let what = "events and unsynced records are pending";
                return Some(Ending::Undecided(format!("given up at {}: {pending} {what}", self.cluster.now)));
            }
            let recorded = self.cluster.recording.as_ref().map_or(0, |recording| recording.lines.len());
            if recorded > PENDING_MAX {
                let now = self.cluster.now;
                return Some(Ending::Undecided(format!("given up at {now}: too much to record, {recorded} lines")));
            }
        }
        None
    }

    #[inline]
    fn happen(&mut self, key: Key, event: Event<N>) {
        let now = self.cluster.now;
        match event {
            Event::Deliver { from, to, number, message } => self.arrive(from, to, number, message),
            Event::Timer { node, timer } => {
                if self.wire.runs_out(node, timer, key) {
                    self.cluster.fire(node, timer, &mut self.wire);
                }
            }
            Event::Synced { node, upto, boot } => {
                if boot == self.cluster.boot(node) {
                    self.cluster.sync(node, upto, &mut self.wire);
                }
            }
            Event::Request { node, request, op } => {
                if self.cluster.is_up(node) {
                    self.cluster.request(node, request, op, &mut self.wire);
                } else {
                    self.note(|| format!("{request} finds {node} down"));
                }
            }
            Event::Answer { from, request, outcome } => {
                let wish = self.clients.answered(request, from, outcome, now);
                self.grant(request.client, wish);
            }
            Event::Timeout { request, attempt } => {
                let wish = self.clients.timed_out(request, attempt, now);
                self.grant(request.client, wish);
            }
            Event::Wake { request, attempt } => {
                let wish = self.clients.woken(request, attempt, now);
                self.grant(request.client, wish);
            }
            Event::Begin { client } => {
                let wish = self.clients.begin(client, now);
                self.grant(client, wish);
            }
            Event::Fault { planned } => self.strike(planned),
            Event::Heal { planned } => {
                let healed = self.wire.network.heal(planned);
                self.healed(healed);
            }
            Event::Restart { node, boot } => {
                if boot == self.cluster.boot(node) && !self.cluster.is_up(node) {
                    self.cluster.start(node, &mut self.wire);
                }
            }
        }
        if !self.wire.struck.is_empty() || !self.wire.network.effective.is_empty() {
            self.credit();
        }
    }

    #[inline]
    fn arrive(&mut self, from: NodeId, to: NodeId, number: u64, message: N::Message) {
        let why = if self.wire.network.is_cut(from, to) {
            self.wire.network.traffic.cut += 1;
            "the link is cut"
        } else if !self.cluster.is_up(to) {
            self.wire.network.traffic.at_down_node += 1;
            "the node is down"
        } else {
            self.wire.network.traffic.delivered += 1;
            return self.cluster.deliver(to, from, number, message, &mut self.wire);
        };
        if let Some(recording) = &mut self.cluster.recording {
            let name = recording.named(from, to, number);
            recording.add(self.cluster.now, self.cluster.steps, to, What::Undelivered { from, name, why });
        }
    }

    fn note(&mut self, text: impl FnOnce() -> String) {
        if let Some(recording) = &mut self.cluster.recording {
            recording.add(self.cluster.now, self.cluster.steps, None, What::Client { text: text() });
        }
    }

    /// Does what a client wants.
    fn grant(&mut self, id: ClientId, wish: Wish) {
        for text in self.clients.said.iter_mut().flat_map(std::mem::take).collect::<Vec<_>>() {
            self.note(|| text);
        }
        match wish {
            Wish::Rest => {}
            Wish::BeginAt(at) => {
                self.wire.queue.push(at, Event::Begin { client: id });
            }
            Wish::AskAt(at) => {
                if let Some((request, _, attempt)) = self.clients.attempt(id) {
                    self.wire.queue.push(at, Event::Wake { request, attempt });
                }
            }
            Wish::Ask(node) => {
                let now = self.cluster.now;
                let Some((request, op, attempt)) = self.clients.attempt(id) else { return };
                if !self.wire.ask(now, node, request, op) {
                    self.note(|| format!("attempt {attempt} of {request} is lost on its way to {node}"));
                }
                self.wire.queue.push(now + self.clients.timeout(), Event::Timeout { request, attempt });
            }
        }
    }

    /// The faults end. Everything heals, and within the bound everything must end.
    fn settle(&mut self) -> Ending {
        let began = self.setup.run_for;
        let bound = self.setup.liveness_bound;
        self.cluster.now = began;
        let healed = self.wire.heal_all();
        self.healed(healed);
        self.wire.awaiting_leader.clear();
        self.clients.settle(began);
        for id in NodeId::all(self.setup.nodes) {
            self.cluster.spare(id);
            self.wire.blows[id.index()] = None;
            if !self.cluster.is_up(id) {
                self.cluster.start(id, &mut self.wire);
            }
        }
        for id in self.clients.ids() {
            self.grant(id, Wish::BeginAt(began));
        }
        if let Some(ending) = self.run_until(began + bound, Self::settled) {
            return ending;
        }
        if self.settled() {
            self.settled_in = Some((self.cluster.now.saturating_sub(began), bound));
            return Ending::Completed;
        }
        let nodes = NodeId::all(self.setup.nodes).map(|id| format!("{id} is {}", self.cluster.headline(id)));
        let lags = self.cluster.judge.at_rest().err();
        Ending::Stalled(self.clients.unsettled().into_iter().chain(lags).chain(nodes).collect())
    }

    /// Whether every client has got its fresh operation done, and the nodes have come to rest.
    fn settled(&self) -> bool {
        self.clients.settled() && self.cluster.judge.at_rest().is_ok()
    }

    fn finish(mut self, ending: Ending) -> Outcome<N> {
        self.cluster.record_ending(&ending);
        let judge = &self.cluster.judge;
        self.clients.count.latencies.sort_unstable();
        let summary = Summary {
            ending,
            digest: judge.digest.to_string(),
            steps: self.cluster.steps,
            time: self.cluster.now,
            settled: self.settled_in,
            traffic: self.wire.network.traffic,
            records_lost: self.cluster.records_lost,
            faults: self.faults,
            clients: self.clients.count,
            reached: judge.reached(),
            checked: judge.checked(),
        };
        Outcome { summary, history: self.clients.history, recording: self.cluster.recording }
    }
}
