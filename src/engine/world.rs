//! A timed run: the loop over events, the faults, and the two phases.
//!
//! In the *safety phase* faults run for exactly `run_for`. What comes then is the business of
//! `settle`.

use crate::engine::attention::Attention;
use crate::engine::clients::{Clients, Wish};
use crate::engine::cluster::Cluster;
use crate::engine::config::{DiskConfig, WorkloadConfig};
use crate::engine::core::Core;
use crate::engine::event::Event;
use crate::engine::fault::Fault;
use crate::engine::model::NetworkModel;
use crate::engine::panics::{catch_panic, own_panic, panic_text};
use crate::engine::plan::{Draws, Planned};
use crate::engine::queue::Key;
use crate::engine::record::{Recording, What};
use crate::engine::summary::{Ending, FaultCount, Summary};
use crate::engine::watch::Watches;
use crate::engine::wire::TimedWire;
use crate::node::{Choices, Nanos, Node, NodeId, Purpose, Stream};
use crate::spec::history::History;
use crate::spec::judged::Judged;
use crate::spec::pattern::Pattern;

/// Everything a timed run depends on, but for the node's own configuration.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How many nodes.
    pub nodes: u32,
    /// The network.
    pub network: NetworkModel,
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
    /// The most nodes whose disks may lose what was synced.
    pub disk_budget: u32,
    /// Which nodes heal when the faults end.
    pub core: Core,
    /// Invariants that do not count.
    pub except: Vec<String>,
    /// Patterns of facts that are counted.
    pub watched: Vec<Pattern>,
    /// The fault under which operations are counted, by its place.
    pub blocks: Option<usize>,
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
    pub clients: Clients<N::Family>,
    pub attention: Attention<N>,
    pub plan: Vec<Planned>,
    pub draws: Draws,
    /// The faults that were planned ahead and are not queued yet: when, their number in the order of events, and their
    /// place in the plan; the last one is the next.
    ahead: Vec<(Nanos, u64, usize)>,
    /// Per declared fault.
    pub faults: Vec<FaultCount>,
    /// Per node: the occurrences through which records of its disk have rotted.
    pub rotten: Vec<Vec<usize>>,
    /// Per node: whether its disk may have lost what was synced.
    pub losers: Vec<bool>,
    /// Per node: whether something that lasts forever has hit it.
    pub gone: Vec<bool>,
    /// Once the faults have ended: which nodes heal.
    pub core: Option<Vec<bool>>,
    pub settled_in: Option<(Nanos, Nanos)>,
    /// How many events have happened.
    events: u64,
    /// After how many it is looked at next whether the run takes too much.
    looks_at: u64,
}

impl<'s, N: Node<Family: Judged>> World<'s, N> {
    fn new(setup: &'s Setup, config: N::Config) -> Self {
        let choices = |n| Choices::Seeded(Stream::new(setup.seed, Purpose::Choices, n));
        let choices = (0..u64::from(setup.nodes)).map(choices).collect();
        let on_disks = setup.faults.iter().any(Fault::is_on_disks);
        let immediate = setup.disk.sync.max == Nanos::ZERO && !on_disks;
        let workload = &setup.workload;
        let mut draws = Draws::new(setup.faults.len(), setup.nodes, N::Family::HAS_LEADERS, setup.run_for, setup.seed);
        let plan = draws.ahead(&setup.faults);
        let count_of_nodes = setup.nodes as usize;
        let count = |(place, fault): (usize, &Fault)| FaultCount {
            fault: fault.headline(),
            absent: u64::from(draws.is_absent(place)),
            scheduled: plan.iter().filter(|planned| planned.fault == place).count() as u64,
            ..FaultCount::default()
        };
        let mut cluster = Cluster::new(config, choices, immediate, &setup.except, setup.record);
        cluster.judge.watches = Watches::new::<N::Family>(setup.watched.clone());
        if on_disks {
            cluster.slots.iter_mut().for_each(|slot| slot.disk.keep_platter());
        }
        World {
            setup,
            cluster,
            wire: TimedWire::new(setup),
            clients: Clients::new(workload.clone(), setup.nodes, setup.seed, setup.record),
            faults: setup.faults.iter().enumerate().map(count).collect(),
            attention: Attention::new(setup.nodes, setup.seed),
            plan,
            draws,
            ahead: Vec::new(),
            rotten: vec![Vec::new(); count_of_nodes],
            losers: vec![false; count_of_nodes],
            gone: vec![false; count_of_nodes],
            core: None,
            settled_in: None,
            events: 0,
            looks_at: setup.events_max.min(PENDING_CHECKED_EVERY),
        }
    }

    fn run(&mut self) -> Ending {
        for id in NodeId::all(self.setup.nodes) {
            self.cluster.start(id, &mut self.wire);
        }
        self.plan_ahead();
        for id in self.clients.ids() {
            self.grant(id, Wish::BeginAt(Nanos::ZERO));
        }
        if let Some(ending) = self.run_until(self.setup.run_for, |_| false) {
            return ending;
        }
        self.settle()
    }

    /// Queues the first of the faults that were planned ahead. Each queues the one after it, so that few are pending at
    /// a time; their order among other events was settled at the start.
    fn plan_ahead(&mut self) {
        let numbered = self.plan.iter().enumerate();
        self.ahead = numbered.map(|(place, fault)| (fault.at, self.wire.queue.next_sequence(), place)).collect();
        self.ahead.sort_unstable_by(|one, other| other.cmp(one));
        self.queue_next_fault();
    }

    fn queue_next_fault(&mut self) {
        if let Some((at, sequence, planned)) = self.ahead.pop() {
            self.wire.queue.push_as(at, sequence, Event::Ahead { planned });
        }
    }

    /// Handles events before `end`, or until `enough`. Some: the run is over.
    pub fn run_until(&mut self, end: Nanos, enough: impl Fn(&Self) -> bool) -> Option<Ending> {
        loop {
            if self.cluster.judge.violation.is_some() {
                return self.ending_so_far();
            }
            if self.events >= self.looks_at
                && let Some(ending) = self.given_up()
            {
                return Some(ending);
            }
            if enough(self) {
                return None;
            }
            let (key, event) = self.wire.queue.pop_before(end)?;
            debug_assert!(key.time() >= self.cluster.now, "time runs backwards");
            self.events += 1;
            self.cluster.now = key.time();
            self.happen(key, event);
        }
    }

    #[inline]
    fn ending_so_far(&self) -> Option<Ending> {
        self.cluster.judge.violation.as_ref().map(|violation| Ending::Violated(violation.clone()))
    }

    /// A run that takes too much time or memory is given up, and says so.
    #[cold]
    fn given_up(&mut self) -> Option<Ending> {
        self.looks_at = self.setup.events_max.min(self.events + PENDING_CHECKED_EVERY);
        let now = self.cluster.now;
        if self.events >= self.setup.events_max {
            let most = self.setup.events_max;
            return Some(Ending::Undecided(format!("given up after {most} events, at {now}: see `run.events`")));
        }
        let waiting = self.wire.holds.waiting() + self.attention.waiting();
        let pending = self.wire.queue.len() + self.cluster.unsynced() + waiting;
        if pending > PENDING_MAX {
            let what = "events and unsynced records are pending";
            return Some(Ending::Undecided(format!("given up at {now}: {pending} {what}")));
        }
        let recorded = self.cluster.recording.as_ref().map_or(0, |recording| recording.lines.len());
        if recorded > PENDING_MAX {
            return Some(Ending::Undecided(format!("given up at {now}: too much to record, {recorded} lines")));
        }
        None
    }

    /// A message or a timer at leisure is what mostly happens, and takes the straight way.
    #[inline(always)]
    fn happen(&mut self, key: Key, event: Event<N>) {
        if !self.all_attend() {
            self.heed(key, event);
        } else if let Event::Deliver { from, to, number, message } = event {
            self.arrive(from, to, number, message);
        } else if let Event::Timer { node, timer } = event {
            if self.wire.runs_out(node, timer, key, self.cluster.now) {
                self.cluster.fire(node, timer, &mut self.wire);
            }
        } else {
            self.take_place(key, event);
        }
        let wire = &self.wire;
        let reacts = wire.felt.len() | wire.network.effective.len() | wire.tripped.len();
        if reacts | wire.fallen.len() != 0 {
            self.react();
            for node in std::mem::take(&mut self.wire.fallen) {
                self.fell(node);
            }
        }
    }

    /// An event takes place.
    #[inline(never)]
    pub fn take_place(&mut self, key: Key, event: Event<N>) {
        let now = self.cluster.now;
        match event {
            Event::Deliver { from, to, number, message } => self.arrive(from, to, number, message),
            Event::Timer { node, timer } => {
                if self.wire.runs_out(node, timer, key, now) {
                    self.cluster.fire(node, timer, &mut self.wire);
                }
            }
            Event::Synced { node, upto, boot } => {
                if boot == self.cluster.boot(node) && self.wire.completes_sync(node, upto, boot) {
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
            Event::Alarm { client } => self.ring(client, key),
            Event::Wake { request, attempt } => {
                let wish = self.clients.woken(request, attempt, now);
                self.grant(request.client, wish);
            }
            Event::Begin { client } => {
                let wish = self.clients.begin(client, now);
                self.grant(client, wish);
            }
            Event::Ahead { planned } => {
                self.queue_next_fault();
                self.strike(planned);
            }
            Event::Fault { planned } => self.strike(planned),
            Event::Swizzle { planned, node, gone } if !self.is_settling() => self.swizzled(planned, node, gone),
            Event::Strobe { planned } => self.strobe(planned),
            Event::End { planned } if !self.is_settling() => self.end(planned),
            Event::Restart { node, boot, blow } if !self.is_settling() && boot == self.cluster.boot(node) => {
                self.restart(node, blow.map(|blow| *blow));
            }
            // What still lasts when the faults have ended belongs to nodes that do not heal.
            Event::Swizzle { .. } | Event::End { .. } | Event::Restart { .. } => {}
            Event::Look { node } => self.look(node),
        }
    }

    #[inline(always)]
    fn arrive(&mut self, from: NodeId, to: NodeId, number: u64, message: N::Message) {
        if self.wire.network.cuts_any() || !self.wire.holds.is_empty() || !self.cluster.is_up(to) {
            return self.arrive_elsehow(from, to, number, message);
        }
        self.wire.network.traffic.delivered += 1;
        self.cluster.deliver(to, from, number, message, &mut self.wire);
    }

    /// A message arrives, or finds the last step of its way closed.
    #[inline(never)]
    fn arrive_elsehow(&mut self, from: NodeId, to: NodeId, number: u64, message: N::Message) {
        let why = if self.wire.network.is_cut(from, to) {
            self.wire.network.traffic.cut += 1;
            "the link is cut"
        } else if let Some(by) = self.wire.holds.holder(from, to) {
            self.wire.felt.push(by);
            self.wire.holds.wait(by, Event::Deliver { from, to, number, message });
            "the link is held up"
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

    pub fn note(&mut self, text: impl FnOnce() -> String) {
        if let Some(recording) = &mut self.cluster.recording {
            recording.add(self.cluster.now, self.cluster.steps, None, What::Client { text: text() });
        }
    }

    fn finish(mut self, ending: Ending) -> Outcome<N> {
        self.cluster.record_ending(&ending);
        self.wire.measures.close(self.cluster.now.min(self.setup.run_for));
        let measures = self.wire.measures.clone();
        let judge = &self.cluster.judge;
        self.clients.count.latencies.sort_unstable();
        let summary = Summary {
            ending,
            digest: judge.digest.to_string(),
            steps: self.cluster.steps,
            time: self.cluster.now,
            settled: self.settled_in,
            outside: self.outside(),
            watched: judge.watches.seen().to_vec(),
            blocked: self.setup.blocks.map(|_| self.clients.blocked),
            leaderless: N::Family::HAS_LEADERS.then_some(measures.longest_leaderless),
            leaderless_spells: measures.leaderless,
            term_bumps: N::Family::HAS_LEADERS.then_some(measures.bumps),
            leader_changes: N::Family::HAS_LEADERS.then_some(measures.leader_changes),
            doubts: Some(self.wire.doubts.times(self.cluster.now)).filter(|doubts| !doubts.times.is_empty()),
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
