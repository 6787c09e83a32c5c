//! Paxos as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::protocols::paxos::{Change, Config, Disk, Message, Paxos, Timer, View, bugs};
use crate::spec::consensus::{Consensus, ConsensusFact, Op};
use std::collections::BTreeMap;

impl Node for Paxos {
    type Family = Consensus;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    fn start(cx: &mut Context<Self>) -> Self {
        let (config, nodes) = (cx.config(), cx.nodes());
        cx.fact(ConsensusFact::Configured {
            acceptor: config.roles.is_acceptor(cx.id()),
            learner: config.roles.is_learner(cx.id()),
            phase1: config.phase1(nodes),
            phase2: config.phase2(nodes),
        });
        let mut node = Paxos {
            leads: !config.leaders_by_coin || cx.choose(2) == 1,
            proposals: BTreeMap::new(),
            asked: BTreeMap::new(),
            acceptors: cx.stable().all_promises().clone(),
            votes: BTreeMap::new(),
            first_unknown: Default::default(),
        };
        node.start_catching_up(cx);
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Prepare { decree, ballot } => self.on_prepare(from, decree, ballot, cx),
            Message::Promise { decree, ballot, accepted } => self.on_promise(from, decree, ballot, accepted, cx),
            Message::Accept { decree, ballot, value } => self.on_accept(from, decree, ballot, value, cx),
            Message::Accepted { decree, vote } => self.on_accepted(from, decree, vote, cx),
            Message::Nack { decree, ballot, promised } => self.on_nack(decree, ballot, promised, cx),
            Message::Decided { decree, value } => self.learn(decree, value, cx),
            Message::CatchUp { first, beyond } => self.on_catch_up(from, first, &beyond, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Retry(decree) => self.begin_ballot(decree, cx),
            Timer::CatchUp => self.ask_another_learner(cx),
        }
    }

    fn on_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        self.on_client_request(request, op, cx);
    }

    fn view(&self, disk: &Disk) -> View {
        self.look(disk)
    }

    fn waits_for(&self, id: NodeId, nodes: u32, disk: &Disk) -> Option<String> {
        Some(self.waits(id, nodes, disk))
    }

    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        tell(match *record {
            Change::Begin { decree, ballot } => ConsensusFact::Began { decree, ballot },
            Change::Promise { decree, ballot } => ConsensusFact::Promised { decree, ballot },
            Change::Accept { decree, vote } => {
                ConsensusFact::Accepted { decree, ballot: vote.ballot, value: vote.value }
            }
            Change::Learn { decree, value } => ConsensusFact::Learned { decree, value },
        });
    }

    /// "Stable storage, preserved during failures, is used to maintain the information that the acceptor must
    /// remember." (2.5)
    fn backed(message: &Message, _: NodeId, _: NodeId, disk: &Disk) -> Result<Presupposes<ConsensusFact>, Unbacked> {
        match *message {
            Message::Prepare { decree, ballot } if disk.begun(decree) < ballot => {
                Err("that it has begun this ballot is not on its disk")
            }
            Message::Promise { decree, ballot, .. } if disk.promises(decree).promised < ballot => {
                Err("the promise is not on its disk")
            }
            Message::Promise { decree, accepted, .. } if disk.promises(decree).accepted != accepted => {
                Err("its last vote on disk is not the one it reports")
            }
            Message::Accept { decree, ballot, value } => {
                Ok(Presupposes::OfSender(ConsensusFact::Issued { decree, ballot, value }))
            }
            Message::Accepted { decree, vote } if disk.promises(decree).accepted != Some(vote) => {
                Err("the vote is not on its disk")
            }
            Message::Nack { decree, promised, .. } if disk.promises(decree).promised < promised => {
                Err("the promise that it refuses for is not on its disk")
            }
            Message::Decided { decree, value } if disk.learnt(decree) != Some(value) => {
                Err("its disk does not say that this value is chosen")
            }
            Message::Prepare { .. }
            | Message::Promise { .. }
            | Message::Accepted { .. }
            | Message::Nack { .. }
            | Message::Decided { .. }
            | Message::CatchUp { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl Paxos {
    /// To one node: to oneself without the network.
    pub(super) fn tell(&mut self, to: NodeId, message: Message, cx: &mut Context<Self>) {
        if to == cx.id() { self.on_message(to, message, cx) } else { cx.send(to, message) }
    }

    /// To all acceptors, to oneself last: what that leads to is said after this.
    pub(super) fn tell_acceptors(&mut self, message: Message, cx: &mut Context<Self>) {
        let (roles, me) = (cx.config().roles, cx.id());
        roles.acceptors(cx.nodes()).filter(|acceptor| *acceptor != me).for_each(|to| cx.send(to, message.clone()));
        if roles.is_acceptor(me) {
            self.on_message(me, message, cx);
        }
    }

    /// To all learners, to oneself last.
    pub(super) fn tell_learners(&mut self, message: Message, cx: &mut Context<Self>) {
        let (roles, me) = (cx.config().roles, cx.id());
        roles.learners(cx.nodes()).filter(|learner| *learner != me).for_each(|to| cx.send(to, message.clone()));
        if roles.is_learner(me) {
            self.on_message(me, message, cx);
        }
    }
}

impl Protocol for Paxos {
    const ABOUT: &'static str = "consensus on one value a decree: proposers, acceptors, learners, flexible quorums";
    const SOURCE: &'static str = "Lamport 2001 (Paxos Made Simple), section 2; Howard, Malkhi & Spiegelman 2016";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        let never = |key, time: Option<Nanos>| match time {
            Some(Nanos::ZERO) => Err((key, "0s would never let time pass: it must be longer".to_owned())),
            Some(_) | None => Ok(()),
        };
        never("patience", Some(config.patience))?;
        never("backoff", config.backoff)?;
        never("catch_up", config.catch_up)?;
        config.check_roles(nodes)
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.patience
    }

    /// The interval of a back-off ends at 64 times the first, and of nodes that draw from it one is soon alone for the
    /// four delays and two syncs that a choice takes.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        let round = delays.message_max * 4 + delays.sync_max * 4;
        let backoff = config.backoff.unwrap_or(Nanos::ZERO) * 64;
        let learning = config.catch_up.unwrap_or(Nanos::ZERO) * 40;
        (config.patience + round + backoff) * 20 + learning + delays.retry_max * u64::from(nodes + 4)
    }
}
