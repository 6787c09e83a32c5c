//! What leaves the nodes in a timed run: into the network, the timers, the disks' syncs and the clients' hands, all of
//! which end as events in one queue.

use crate::engine::ailments::{Ailments, Trouble};
use crate::engine::clocks::{Clock, Wrong};
use crate::engine::cluster::Wire;
use crate::engine::disk::Loss;
use crate::engine::event::{Blow, Event};
use crate::engine::holds::Holds;
use crate::engine::links::Links;
use crate::engine::measure::{Doubts, Measures};
use crate::engine::network::{Cut, Network};
use crate::engine::plan::Window;
use crate::engine::queue::{Key, Queue};
use crate::engine::record::Sent;
use crate::engine::size::size_of;
use crate::engine::timers::{Popped, Timers};
use crate::engine::watch::Triggers;
use crate::engine::world::Setup;
use crate::node::within;
use crate::node::{Fact, Nanos, Node, NodeId, Op, Outcome, Purpose, Reply, RequestId, Span, Stream};
use crate::spec::judged::{Judged, Leadership};

/// A sync that a disk has not begun, or not completed: up to which record, in which life of the node, and how long it
/// takes.
#[derive(Clone, Copy, Debug)]
struct Blocked {
    upto: u64,
    boot: u32,
    takes: Nanos,
}

pub(in crate::engine) struct TimedWire<N: Node> {
    pub queue: Queue<Event<N>>,
    pub network: Network,
    requests: Links,
    replies: Links,
    timers: Vec<Timers<N::Timer>>,
    seed: u64,
    sync: Span,
    disks: Vec<Stream>,
    /// The term that each node leads, as far as facts have told; 0: none.
    leads: Vec<u64>,
    /// The highest term that anybody was elected in.
    highest: u64,
    pub measures: Measures,
    pub doubts: Doubts,
    /// The facts that faults react to.
    triggers: Triggers,
    /// Planned faults that wait for a leader.
    pub awaiting_leader: Vec<usize>,
    /// The crash each node is in for.
    pub blows: Vec<Option<Blow>>,
    /// Occurrences that have changed something, to be credited.
    pub felt: Vec<usize>,
    /// Nodes that have crashed, and what had waited for them is lost.
    pub fallen: Vec<NodeId>,
    /// Facts that faults react to: which fault, and who told it.
    pub tripped: Vec<(usize, NodeId)>,
    pub holds: Holds<Event<N>>,
    pub ailments: Ailments,
    pub clocks: Vec<Wrong>,
    /// Whether any clock was ever wrong.
    clocks_differ: bool,
    blocked: Vec<Option<Blocked>>,
    /// Through which occurrence a disk claimed its last sync that did not happen.
    liars: Vec<Option<usize>>,
}

impl<N: Node<Family: Judged>> TimedWire<N> {
    pub fn new(setup: &Setup) -> Self {
        let Setup { network, nodes, seed, .. } = setup;
        let (nodes, seed, sync) = (*nodes, *seed, setup.disk.sync);
        let (count, clients) = (nodes as usize, setup.workload.clients as usize);
        let triggers = Triggers::new::<N::Family>(&setup.faults);
        TimedWire {
            queue: Queue::default(),
            network: Network::new(network.clone(), nodes, seed),
            requests: Links::new(seed, Purpose::Request, clients, count),
            replies: Links::new(seed, Purpose::Answer, count, clients),
            timers: (0..nodes).map(|_| Timers::default()).collect(),
            seed,
            sync,
            disks: (0..nodes).map(|n| Stream::new(seed, Purpose::Disk, u64::from(n))).collect(),
            leads: vec![0; count],
            highest: 0,
            measures: Measures::new(),
            doubts: Doubts::default(),
            triggers,
            awaiting_leader: Vec::new(),
            blows: vec![None; count],
            felt: Vec::new(),
            fallen: Vec::new(),
            tripped: Vec::new(),
            holds: Holds::default(),
            ailments: Ailments::default(),
            clocks: vec![Wrong::NOTHING; count],
            clocks_differ: false,
            blocked: vec![None; count],
            liars: vec![None; count],
        }
    }

    /// The live node that was elected in the highest term, while it leads. A leader of an earlier term that has not
    /// heard of its successor is not meant.
    pub fn leader(&self) -> Option<NodeId> {
        let leads = self.leads.iter().position(|term| *term > 0 && *term == self.highest);
        leads.map(|node| NodeId::new(node as u32))
    }

    fn leads_no_more(&mut self, node: NodeId, now: Nanos) {
        if self.leads[node.index()] > 0 {
            self.leads[node.index()] = 0;
            self.measures.leader(now, self.leader().is_some());
        }
    }

    /// A client asks a node. False when the attempt is lost on its way.
    pub fn ask(&mut self, now: Nanos, node: NodeId, request: RequestId, op: Op<N>) -> bool {
        let (from, to) = (request.client.index(), node.index());
        let fate = self.requests.fate(from, to, now, &self.network.model.clients, 0);
        if let Ok(at) = fate.arrives {
            self.queue.push(at, Event::Request { node, request, op });
        }
        fate.arrives.is_ok()
    }

    /// Heals everything between nodes, and loses nothing from now on, of clients neither.
    pub fn heal_all(&mut self) -> Vec<Cut> {
        self.network.heal_all()
    }

    /// A message meets any fate.
    #[inline(never)]
    fn send_elsehow(&mut self, now: Nanos, from: NodeId, to: NodeId, message: N::Message) -> (Sent, u64) {
        let size = if self.network.sizes_count { size_of(&message) } else { 0 };
        let (fate, sent) = self.network.send(now, from, to, size);
        let number = fate.number;
        for at in [fate.copy_arrives, fate.replayed].into_iter().flatten() {
            self.queue.push(at, Event::Deliver { from, to, number, message: message.clone() });
        }
        if let Ok(at) = fate.arrives {
            self.queue.push(at, Event::Deliver { from, to, number, message });
        }
        (sent, number)
    }

    /// What had waited on held links arrives now.
    pub fn redeliver(&mut self, now: Nanos, events: Vec<Event<N>>) {
        for event in events {
            self.queue.push(now, event);
        }
    }

    /// A node's clock was put: its timers are due at other times. Says whether any moved.
    pub fn retime(&mut self, node: NodeId, now: Nanos) -> bool {
        self.clocks_differ = true;
        let (moved, events) = self.timers[node.index()].retime(now, self.clocks[node.index()].clock);
        for (timer, at, sequence) in events {
            let key = self.queue.push_as(at, sequence, Event::Timer { node, timer });
            self.timers[node.index()].queued(timer, key);
        }
        moved
    }

    /// What ails a node in this way has changed something.
    #[cold]
    fn credit(&mut self, node: NodeId, which: impl Fn(Trouble) -> bool) {
        let felt = self.ailments.of(node).filter(|ailment| which(ailment.trouble)).map(|ailment| ailment.by);
        self.felt.extend(felt);
    }

    /// A sync completes, or must wait for the disk: true when it completes.
    pub fn completes_sync(&mut self, node: NodeId, upto: u64, boot: u32) -> bool {
        if self.ailments.is_empty() {
            return true;
        }
        let Some(by) = self.ailments.no_sync_completes(node) else {
            if let Some(by) = self.ailments.lies(node) {
                self.liars[node.index()] = Some(by);
            }
            return true;
        };
        self.felt.push(by);
        self.blocked[node.index()] = Some(Blocked { upto, boot, takes: Nanos::ZERO });
        false
    }

    /// A disk has less to suffer from: the sync that was blocked begins, unless something else still blocks it.
    pub fn sync_again(&mut self, node: NodeId, now: Nanos) {
        if self.ailments.no_sync_begins(node).is_some() {
            return;
        }
        if let Some(Blocked { upto, boot, takes }) = self.blocked[node.index()].take() {
            self.queue.push(now + takes, Event::Synced { node, upto, boot });
        }
    }

    /// Whether a node's disk keeps records from becoming durable.
    pub fn blocks(&self, node: NodeId) -> bool {
        self.blocked[node.index()].is_some()
    }

    /// A timer's event was popped: whether it runs out now.
    #[inline]
    pub fn runs_out(&mut self, node: NodeId, timer: N::Timer, key: Key, now: Nanos) -> bool {
        match self.timers[node.index()].popped(timer, key, now) {
            Popped::Fires => true,
            Popped::Stale => false,
            Popped::Moves(at, sequence) => {
                let key = self.queue.push_as(at, sequence, Event::Timer { node, timer });
                self.timers[node.index()].queued(timer, key);
                false
            }
        }
    }
}

impl<N: Node<Family: Judged>> Wire<N> for TimedWire<N> {
    #[inline(always)]
    fn send(&mut self, now: Nanos, from: NodeId, to: NodeId, message: N::Message) -> (Sent, u64) {
        if !self.network.is_quiet(from, to) {
            return self.send_elsehow(now, from, to, message);
        }
        let (number, arrives) = self.network.send_quietly(now, from, to);
        let Some(at) = arrives else { return (Sent::Lost, number) };
        self.queue.push(at, Event::Deliver { from, to, number, message });
        (Sent::OnItsWay, number)
    }

    fn reply(&mut self, now: Nanos, node: NodeId, request: RequestId, outcome: Outcome<Reply<N>>) {
        let (from, to) = (node.index(), request.client.index());
        let fate = self.replies.fate(from, to, now, &self.network.model.clients, 0);
        if let Ok(at) = fate.arrives {
            self.queue.push(at, Event::Answer { from: node, request, outcome });
        }
    }

    #[inline(always)]
    fn fact(&mut self, now: Nanos, node: NodeId, fact: &Fact<N>) {
        let (triggers, tripped) = (&mut self.triggers, &mut self.tripped);
        triggers.watches.see::<N::Family>(fact, |place, times| {
            if let Some(fault) = triggers.due[place].on(times) {
                tripped.push((fault, node));
            }
        });
        if let Some(doubt) = N::Family::doubt(fact) {
            self.doubts.see(now, doubt);
        }
        let term = match N::Family::leads(fact) {
            None => return,
            Some(Leadership::Ends(term)) => {
                self.measures.entered(term);
                self.leads_no_more(node, now);
                return;
            }
            Some(Leadership::Begins(term)) => term,
        };
        self.leads[node.index()] = term;
        self.highest = self.highest.max(term);
        self.measures.leader(now, self.leader().is_some());
        if term == self.highest {
            self.measures.elected(node);
        }
        for planned in std::mem::take(&mut self.awaiting_leader) {
            self.queue.push(now, Event::Fault { planned });
        }
    }

    #[inline]
    fn set_timer(&mut self, now: Nanos, node: NodeId, timer: N::Timer, after: Span) {
        let sequence = self.queue.next_sequence();
        let timers = &mut self.timers[node.index()];
        let clock = self.clocks[node.index()].clock;
        if let Some((due, place)) = timers.set((self.seed, node, timer), after, now, clock, sequence) {
            let key = self.queue.push_as(due, sequence, Event::Timer { node, timer });
            timers.queued_at(place, key);
        }
        if clock.ppm() != 0 && after.max > Nanos::ZERO {
            self.credit(node, |trouble| matches!(trouble, Trouble::Drifts(_) | Trouble::Frozen));
        }
    }

    #[inline]
    fn cancel_timer(&mut self, node: NodeId, timer: N::Timer) {
        self.timers[node.index()].cancel(timer);
    }

    fn crashed(&mut self, now: Nanos, node: NodeId, boot: u32, loss: Loss) {
        if loss.claimed > 0 {
            self.felt.extend(self.liars[node.index()].take());
        }
        self.timers[node.index()].cancel_all();
        self.leads_no_more(node, now);
        self.blocked[node.index()] = None;
        if !self.ailments.is_empty() {
            self.fallen.push(node);
        }
        if let Some(blow) = self.blows[node.index()].take() {
            self.felt.push(blow.by);
            if let Window::For(length) = blow.length {
                let blow = blow.again.is_some().then(|| Box::new(blow));
                self.queue.push(now + length, Event::Restart { node, boot, blow });
            }
        }
    }

    #[inline(never)]
    fn start_sync(&mut self, now: Nanos, node: NodeId, upto: u64, boot: u32) {
        let word = self.disks[node.index()].next_word();
        let mut takes = within(word, self.sync);
        if !self.ailments.is_empty() {
            if let Some((by, slow)) = self.ailments.slow_sync(node) {
                takes = within(word, slow);
                self.felt.push(by);
            }
            if let Some(by) = self.ailments.no_sync_begins(node) {
                self.felt.push(by);
                self.blocked[node.index()] = Some(Blocked { upto, boot, takes });
                return;
            }
        }
        self.queue.push(now + takes, Event::Synced { node, upto, boot });
    }

    #[inline]
    fn clock(&self, node: NodeId) -> Clock {
        if self.clocks_differ { self.clocks[node.index()].clock } else { Clock::TRUE }
    }

    #[inline(always)]
    fn reads(&self, node: NodeId, now: Nanos) -> Nanos {
        if self.clocks_differ { self.clocks[node.index()].clock.read(now) } else { now }
    }

    #[cold]
    fn misled(&mut self, node: NodeId) {
        self.credit(node, |trouble| {
            matches!(
                trouble,
                Trouble::Offset(_) | Trouble::Jumped | Trouble::Strobes { .. } | Trouble::Drifts(_) | Trouble::Frozen
            )
        });
    }
}
