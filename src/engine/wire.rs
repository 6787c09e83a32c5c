//! What leaves the nodes in a timed run: into the network, the timers, the disks' syncs and the clients' hands, all of
//! which end as events in one queue.

use crate::engine::cluster::Wire;
use crate::engine::config::NetworkConfig;
use crate::engine::links::Links;
use crate::engine::network::{Cut, Network};
use crate::engine::queue::{Key, Queue};
use crate::engine::record::Sent;
use crate::engine::timers::{Popped, Timers};
use crate::node::{Chance, ClientId, Fact, Nanos, Node, NodeId, Op, Outcome, Purpose, Reply, RequestId, Span, Stream};
use crate::spec::judged::{Judged, Leadership};

/// What is going to happen.
pub(in crate::engine) enum Event<N: Node> {
    Deliver {
        from: NodeId,
        to: NodeId,
        number: u64,
        message: N::Message,
    },
    Timer {
        node: NodeId,
        timer: N::Timer,
    },
    Synced {
        node: NodeId,
        upto: u64,
        boot: u32,
    },
    /// A client's attempt arrives at a node.
    Request {
        node: NodeId,
        request: RequestId,
        op: Op<N>,
    },
    /// An answer arrives at its client.
    Answer {
        from: NodeId,
        request: RequestId,
        outcome: Outcome<Reply<N>>,
    },
    /// An attempt has not been answered in time.
    Timeout {
        request: RequestId,
        attempt: u32,
    },
    /// A client asks again, after a refusal.
    Wake {
        request: RequestId,
        attempt: u32,
    },
    /// A client begins its next operation.
    Begin {
        client: ClientId,
    },
    /// A planned fault starts, by its place in the plan.
    Fault {
        planned: usize,
    },
    /// A partition ends.
    Heal {
        planned: usize,
    },
    /// A node starts again.
    Restart {
        node: NodeId,
        boot: u32,
    },
}

/// A crash that a node is in for, or was hit by.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Blow {
    pub fault: usize,
    pub length: Option<Nanos>,
}

pub(in crate::engine) struct TimedWire<N: Node> {
    pub queue: Queue<Event<N>>,
    pub network: Network,
    /// How clients and nodes reach each other: never twice, whatever the network does.
    client_network: NetworkConfig,
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
    /// Planned faults that wait for a leader.
    pub awaiting_leader: Vec<usize>,
    /// The crash each node is in for.
    pub blows: Vec<Option<Blow>>,
    /// Faults whose crash took place, to be credited.
    pub struck: Vec<usize>,
}

impl<N: Node> TimedWire<N> {
    pub fn new(network: &NetworkConfig, sync: Span, nodes: u32, clients: u32, seed: u64) -> Self {
        let (count, clients) = (nodes as usize, clients as usize);
        TimedWire {
            queue: Queue::default(),
            network: Network::new(network.clone(), nodes, seed),
            client_network: NetworkConfig { duplication: Chance::NEVER, ..network.clone() },
            requests: Links::new(seed, Purpose::Request, clients, count),
            replies: Links::new(seed, Purpose::Answer, count, clients),
            timers: (0..nodes).map(|_| Timers::default()).collect(),
            seed,
            sync,
            disks: (0..nodes).map(|n| Stream::new(seed, Purpose::Disk, u64::from(n))).collect(),
            leads: vec![0; count],
            highest: 0,
            awaiting_leader: Vec::new(),
            blows: vec![None; count],
            struck: Vec::new(),
        }
    }

    /// The live node that was elected in the highest term, while it leads. A leader of an earlier term that has not
    /// heard of its successor is not meant.
    pub fn leader(&self) -> Option<NodeId> {
        let leads = self.leads.iter().position(|term| *term > 0 && *term == self.highest);
        leads.map(|node| NodeId::new(node as u32))
    }

    /// A client asks a node. False when the attempt is lost on its way.
    pub fn ask(&mut self, now: Nanos, node: NodeId, request: RequestId, op: Op<N>) -> bool {
        let fate = self.requests.fate(request.client.index(), node.index(), now, &self.client_network);
        if let Some(at) = fate.arrives {
            self.queue.push(at, Event::Request { node, request, op });
        }
        fate.arrives.is_some()
    }

    /// Heals everything between nodes, and loses nothing from now on, of clients neither.
    pub fn heal_all(&mut self) -> Vec<Cut> {
        self.client_network.loss = Chance::NEVER;
        self.network.heal_all()
    }

    /// The node is to crash inside a step.
    pub fn strike(&mut self, node: NodeId, blow: Blow) {
        self.blows[node.index()] = Some(blow);
    }

    /// A timer's event was popped: whether it runs out now.
    #[inline]
    pub fn runs_out(&mut self, node: NodeId, timer: N::Timer, key: Key) -> bool {
        match self.timers[node.index()].popped(timer, key) {
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
    #[inline]
    fn send(&mut self, now: Nanos, from: NodeId, to: NodeId, message: N::Message) -> (Sent, u64) {
        let (fate, sent) = self.network.send(now, from, to);
        let number = fate.number;
        if let Some(at) = fate.copy_arrives {
            self.queue.push(at, Event::Deliver { from, to, number, message: message.clone() });
        }
        if let Some(at) = fate.arrives {
            self.queue.push(at, Event::Deliver { from, to, number, message });
        }
        (sent, number)
    }

    fn reply(&mut self, now: Nanos, node: NodeId, request: RequestId, outcome: Outcome<Reply<N>>) {
        let fate = self.replies.fate(node.index(), request.client.index(), now, &self.client_network);
        if let Some(at) = fate.arrives {
            self.queue.push(at, Event::Answer { from: node, request, outcome });
        }
    }

    #[inline]
    fn fact(&mut self, now: Nanos, node: NodeId, fact: &Fact<N>) {
        let term = match N::Family::leads(fact) {
            None => return,
            Some(Leadership::Ends) => {
                self.leads[node.index()] = 0;
                return;
            }
            Some(Leadership::Begins(term)) => term,
        };
        self.leads[node.index()] = term;
        self.highest = self.highest.max(term);
        for planned in std::mem::take(&mut self.awaiting_leader) {
            self.queue.push(now, Event::Fault { planned });
        }
    }

    #[inline]
    fn set_timer(&mut self, now: Nanos, node: NodeId, timer: N::Timer, after: Span) {
        let sequence = self.queue.next_sequence();
        let timers = &mut self.timers[node.index()];
        if let Some(due) = timers.set(self.seed, node, timer, after, now, sequence) {
            let key = self.queue.push_as(due, sequence, Event::Timer { node, timer });
            self.timers[node.index()].queued(timer, key);
        }
    }

    #[inline]
    fn cancel_timer(&mut self, node: NodeId, timer: N::Timer) {
        self.timers[node.index()].cancel(timer);
    }

    fn crashed(&mut self, now: Nanos, node: NodeId, boot: u32) {
        self.timers[node.index()].cancel_all();
        self.leads[node.index()] = 0;
        if let Some(blow) = self.blows[node.index()].take() {
            self.struck.push(blow.fault);
            if let Some(length) = blow.length {
                self.queue.push(now + length, Event::Restart { node, boot });
            }
        }
    }

    fn start_sync(&mut self, now: Nanos, node: NodeId, upto: u64, boot: u32) {
        let takes = self.disks[node.index()].within(self.sync);
        self.queue.push(now + takes, Event::Synced { node, upto, boot });
    }
}
