//! Clients: closed loops with sessions, timeouts, retries and redirects, and the history of what they saw.
//!
//! A client repeats an operation under the same request id until it is done or its deadline has passed. It ends
//! *refused* only if every attempt was refused, else *unknown*: an attempt that was never answered may have happened.

use crate::engine::alarms::Alarm;
use crate::engine::config::WorkloadConfig;
use crate::engine::summary::{Blocked, ClientCount};
use crate::node::{ClientId, Nanos, NodeId, Outcome, Purpose, RequestId, Stream};
use crate::spec::history::{Event, History, Stage};
use crate::spec::judged::{Generator, Judged};

/// What a client wants from the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Wish {
    /// Send its open operation to this node now, and wake it after its timeout.
    Ask(NodeId),
    /// Ask again at this time, unless the operation ends before.
    AskAt(Nanos),
    /// Begin its next operation at this time.
    BeginAt(Nanos),
    /// Nothing more.
    Rest,
}

struct Open<F: Judged> {
    request: RequestId,
    op: F::Op,
    begun: Nanos,
    deadline: Nanos,
    /// Attempts sent. What belongs to an earlier one is told by its number.
    attempts: u32,
    /// Attempts that were definitely refused.
    refused: u32,
    /// Whether the present attempt was made because a node sent the client there.
    redirected: bool,
    /// The blockade under which it was begun.
    blockade: Option<u64>,
}

struct Client<F: Judged> {
    operations: Stream,
    waits: Stream,
    sequence: u32,
    process: u32,
    /// Whom it asks: the node whose turn it is, or the one that it was sent to.
    asks: NodeId,
    /// The node whose turn it is, when the one it was sent to is of no use. All have their turn.
    turn: NodeId,
    open: Option<Open<F>>,
    /// While settling: whether the fresh operation that must succeed has.
    fresh_done: bool,
}

impl<F: Judged> Client<F> {
    /// Asks the next node in turn. Two nodes that answer nothing, one of which sends clients to the other, must not
    /// keep a client between them.
    fn take_turn(&mut self, nodes: u32) {
        self.turn = NodeId::new((self.turn.index() as u32 + 1) % nodes);
        self.asks = self.turn;
    }
}

/// All clients of a run.
pub(in crate::engine) struct Clients<F: Judged> {
    config: WorkloadConfig,
    nodes: u32,
    /// The weight of each operation, in the family's order.
    weights: Vec<u64>,
    generator: F::Generator,
    clients: Vec<Client<F>>,
    /// When the faults ended, once they have.
    settled_from: Option<Nanos>,
    last_done: Nanos,
    /// By client.
    pub alarms: Vec<Alarm>,
    pub count: ClientCount,
    /// Which fault is in force under which nothing should be done, counted from the first.
    pub blockade: Option<u64>,
    pub blocked: Blocked,
    pub history: History<F>,
    /// While recording: what is to be said of operations that began or ended.
    pub said: Option<Vec<String>>,
}

impl<F: Judged> Clients<F> {
    pub fn new(config: WorkloadConfig, nodes: u32, seed: u64, record: bool) -> Self {
        let client = |c: u32| {
            let operations = Stream::new(seed, Purpose::Operation, u64::from(c));
            let mut waits = Stream::new(seed, Purpose::Client, u64::from(c));
            let asks = NodeId::new(waits.below(u64::from(nodes)) as u32);
            Client { operations, waits, sequence: 0, process: c, asks, turn: asks, open: None, fresh_done: false }
        };
        let weight = |name: &&str| match config.mix.get(*name) {
            Some(weight) => u64::from(*weight),
            None => u64::from(config.mix.is_empty()),
        };
        Clients {
            nodes,
            weights: F::OPERATIONS.iter().map(weight).collect(),
            generator: F::Generator::new(config.keys),
            clients: (0..config.clients).map(client).collect(),
            settled_from: None,
            last_done: Nanos::ZERO,
            alarms: vec![Alarm::default(); config.clients as usize],
            count: ClientCount::default(),
            blockade: None,
            blocked: Blocked::default(),
            history: Vec::new(),
            said: record.then(Vec::new),
            config,
        }
    }

    pub fn ids(&self) -> impl Iterator<Item = ClientId> + use<F> {
        (0..self.clients.len() as u32).map(ClientId::new)
    }

    /// A client begins its next operation, if there is one to begin.
    pub fn begin(&mut self, id: ClientId, now: Nanos) -> Wish {
        let client = &mut self.clients[id.index()];
        if client.open.is_some()
            || client.fresh_done
            || self.settled_from.is_none() && self.count.begun >= self.config.operations
        {
            return Wish::Rest;
        }
        let kind = pick(&self.weights, client.operations.next_word());
        let op = self.generator.draw(kind, id, &mut client.operations);
        client.sequence += 1;
        let request = RequestId { client: id, sequence: client.sequence };
        let deadline = now + self.config.deadline;
        let event = Event { time: now, process: client.process, request, op: op.clone(), stage: Stage::Invoke };
        self.history.push(event);
        if let Some(said) = &mut self.said {
            said.push(format!("{id} begins {request}: {op}"));
        }
        self.count.begun += 1;
        self.blocked.begun += u64::from(self.blockade.is_some());
        client.open = Some(Open {
            request,
            op,
            begun: now,
            deadline,
            attempts: 1,
            refused: 0,
            redirected: false,
            blockade: self.blockade,
        });
        Wish::Ask(client.asks)
    }

    /// The open operation of a client and the number of its latest attempt.
    pub fn attempt(&self, id: ClientId) -> Option<(RequestId, F::Op, u32)> {
        self.clients[id.index()].open.as_ref().map(|open| (open.request, open.op.clone(), open.attempts))
    }

    pub fn timeout(&self) -> Nanos {
        self.config.timeout
    }

    /// No answer came to an attempt in time: ask the next node.
    pub fn timed_out(&mut self, request: RequestId, attempt: u32, now: Nanos) -> Wish {
        let nodes = self.nodes;
        let client = &mut self.clients[request.client.index()];
        let current = client.open.as_ref().is_some_and(|open| open.request == request && open.attempts == attempt);
        if !current {
            return Wish::Rest;
        }
        client.take_turn(nodes);
        self.ask_again(request.client, now)
    }

    /// The time to ask again has come.
    pub fn woken(&mut self, request: RequestId, attempt: u32, now: Nanos) -> Wish {
        let client = &self.clients[request.client.index()];
        match &client.open {
            Some(open) if open.request == request && open.attempts == attempt => self.ask_again(request.client, now),
            Some(_) | None => Wish::Rest,
        }
    }

    fn ask_again(&mut self, id: ClientId, now: Nanos) -> Wish {
        let client = &mut self.clients[id.index()];
        let Some(open) = &mut client.open else { return Wish::Rest };
        if now >= open.deadline {
            let stage = if open.refused == open.attempts { Stage::Fail } else { Stage::Info };
            return self.end(id, stage, now);
        }
        open.attempts += 1;
        open.redirected = false;
        self.count.retries += 1;
        Wish::Ask(client.asks)
    }

    /// An answer arrived.
    pub fn answered(&mut self, request: RequestId, from: NodeId, outcome: Outcome<F::Reply>, now: Nanos) -> Wish {
        let (nodes, backoff) = (self.nodes, self.config.backoff);
        let client = &mut self.clients[request.client.index()];
        let Some(open) = client.open.as_mut().filter(|open| open.request == request) else { return Wish::Rest };
        match outcome {
            Outcome::Done(reply) => self.end(request.client, Stage::Ok(reply), now),
            Outcome::Redirect(leader) => {
                open.refused = (open.refused + 1).min(open.attempts);
                self.count.redirects += 1;
                // Only the node that is asked now sends the client on; a late answer changes nothing.
                if from != client.asks {
                    return Wish::Rest;
                }
                client.asks = leader;
                // One redirect is followed at once. Nodes that send a client around would spin with it.
                if open.redirected || leader == from {
                    return Wish::AskAt(now + client.waits.within(backoff));
                }
                let wish = self.ask_again(request.client, now);
                if let Some(open) = &mut self.clients[request.client.index()].open {
                    open.redirected = true;
                }
                wish
            }
            Outcome::Refused(_) | Outcome::Unknown => {
                open.refused = (open.refused + u32::from(matches!(outcome, Outcome::Refused(_)))).min(open.attempts);
                if from != client.asks {
                    return Wish::Rest;
                }
                client.take_turn(nodes);
                Wish::AskAt(now + client.waits.within(backoff))
            }
        }
    }

    fn end(&mut self, id: ClientId, stage: Stage<F::Reply>, now: Nanos) -> Wish {
        let clients = self.clients.len() as u32;
        let client = &mut self.clients[id.index()];
        let open = client.open.take().expect("only an open operation ends");
        let process = client.process;
        if let Some(said) = &mut self.said {
            let how = match &stage {
                Stage::Ok(reply) => format!("done: {reply}"),
                Stage::Fail => "refused".to_owned(),
                Stage::Info => "given up, its outcome unknown".to_owned(),
                Stage::Invoke => unreachable!("an operation does not end by beginning"),
            };
            said.push(format!("{} is {how}", open.request));
        }
        match &stage {
            Stage::Ok(reply) => {
                self.generator.learn(&open.op, Some(reply));
                self.count.done += 1;
                self.blocked.done += u64::from(open.blockade.is_some() && open.blockade == self.blockade);
                self.count.latencies.push(now - open.begun);
                // What began before the faults ended is no proof that the cluster serves again.
                client.fresh_done = self.settled_from.is_some_and(|from| open.begun >= from);
                self.note_progress(now);
            }
            Stage::Fail => self.count.refused += 1,
            Stage::Info => {
                self.generator.learn(&open.op, None);
                self.count.unknown += 1;
                client.process += clients;
            }
            Stage::Invoke => unreachable!("an operation does not end by beginning"),
        }
        // A read of unknown outcome says nothing about the store; it leaves the history.
        if stage == Stage::Info && F::reads_only(&open.op) {
            let invoked = self.history.iter().rposition(|event| event.request == open.request);
            self.history.remove(invoked.expect("an open operation was invoked"));
            self.count.unknown_reads.push(open.begun);
        } else {
            self.history.push(Event { time: now, process, request: open.request, op: open.op, stage });
        }
        let think = self.clients[id.index()].waits.within(self.config.think);
        Wish::BeginAt(now + think)
    }

    fn note_progress(&mut self, now: Nanos) {
        if self.settled_from.is_none() {
            let gap = now - self.last_done;
            if gap > self.count.longest_gap.0 {
                self.count.longest_gap = (gap, self.last_done);
            }
        }
        self.last_done = now;
    }

    /// The faults have ended: open operations end, and each client must get one fresh operation done.
    pub fn settle(&mut self, now: Nanos) {
        if self.clients.iter().any(|client| client.open.is_some()) {
            self.note_progress(now);
        }
        self.settled_from = Some(now);
    }

    /// Whether every client has got its fresh operation done.
    pub fn settled(&self) -> bool {
        self.clients.iter().all(|client| client.fresh_done)
    }

    /// The clients that have not, in words.
    pub fn unsettled(&self) -> Vec<String> {
        let waiting = self.ids().zip(&self.clients).filter(|(_, client)| !client.fresh_done);
        let words = |(id, client): (ClientId, &Client<F>)| match &client.open {
            Some(open) => {
                format!(
                    "{id} waits for `{}` ({}, attempt {}, at {})",
                    open.op, open.request, open.attempts, client.asks
                )
            }
            None => format!("{id} has not got an operation done since"),
        };
        waiting.map(words).collect()
    }
}

/// The place that a random word stands for, each as likely as its weight.
fn pick(weights: &[u64], word: u64) -> usize {
    let mut rest = crate::node::below(word, weights.iter().sum());
    weights
        .iter()
        .position(|weight| {
            let here = rest < *weight;
            rest = rest.wrapping_sub(*weight);
            here
        })
        .expect("a number below the sum of the weights")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::echo::Echo;

    /// Two nodes that take each other for the leader cost a client time, not an endless loop at one moment.
    #[test]
    fn nodes_that_send_a_client_around_do_not_spin_with_it() {
        let config = WorkloadConfig { clients: 1, ..WorkloadConfig::default() };
        let mut clients: Clients<Echo> = Clients::new(config, 2, 1, false);
        let id = ClientId::new(0);
        let Wish::Ask(first) = clients.begin(id, Nanos::ZERO) else { panic!("it has something to ask") };
        let second = NodeId::new(1 - first.index() as u32);
        let (request, ..) = clients.attempt(id).unwrap();
        let mut redirect = |from, to| clients.answered(request, from, Outcome::Redirect(to), Nanos::ZERO);
        assert_eq!(redirect(first, second), Wish::Ask(second));
        assert!(matches!(redirect(second, first), Wish::AskAt(at) if at > Nanos::ZERO));
        // An answer that comes late, of a node that is not asked any more, changes nothing.
        assert_eq!(redirect(second, first), Wish::Rest);
        assert_eq!((clients.count.redirects, clients.count.retries), (3, 1));
    }
}
