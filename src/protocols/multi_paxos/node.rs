//! Multi-Paxos as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::machine::Machine;
use crate::protocols::multi_paxos::election::owns;
use crate::protocols::multi_paxos::{Bug, Change, Config, Disk, Message, MultiPaxos, Role, Timer, View, bugs};
use crate::spec::replicated_log::{Index, LogFact, ReplicatedLog, Term};
use crate::spec::store::Op;
use std::collections::BTreeMap;

impl Node for MultiPaxos {
    type Family = ReplicatedLog;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    /// A node starts as a follower, and applies what its disk says is chosen.
    fn start(cx: &mut Context<Self>) -> Self {
        let mut node = MultiPaxos {
            role: Role::Follower,
            leader: None,
            heard: Term(0),
            commit: Index(0),
            applied: Index(0),
            machine: Machine::default(),
        };
        node.await_leader(cx);
        node.commit_to(cx.stable().commit, cx);
        if cx.config().has(Bug::TermUsedAgain) && owns(cx.id(), cx.stable().promised, cx.nodes()) {
            node.lead(&BTreeMap::new(), cx);
        }
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Prepare { term, first } => self.on_prepare(from, term, first, cx),
            Message::Promise { term, accepted } => self.on_promise(from, term, accepted, cx),
            Message::Accept { term, slots, commit } => self.on_accept(from, term, slots, commit, cx),
            Message::Accepted { term, slots } => self.on_accepted(from, term, &slots, cx),
            Message::Preempted { term } => self.on_preempted(term, cx),
            Message::CatchUp { first } => self.on_catch_up(from, first, cx),
            Message::Decision { slots, commit } => self.on_decision(from, slots, commit, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Election => self.start_election(cx),
            Timer::Heartbeat => self.send_heartbeats(cx),
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
        match *record {
            Change::Promise { term, leader } => {
                tell(LogFact::TermAdopted { term });
                tell(LogFact::Voted { term, candidate: leader });
            }
            Change::Accept { index, entry } => tell(LogFact::Accepted { index, entry }),
            Change::Decide { index, entry } => tell(LogFact::Decided { index, entry }),
            // That the log is chosen is told as it is found out; this is but a note of it.
            Change::Commit { .. } => {}
        }
    }

    /// Acceptors keep their promises and what they have accepted on stable storage (Lamport 2001, section 2.5).
    fn backed(message: &Message, _: NodeId, _: NodeId, disk: &Disk) -> Result<Presupposes<LogFact>, Unbacked> {
        match message {
            Message::Prepare { term, .. } | Message::Promise { term, .. } | Message::Accepted { term, .. }
                if disk.promised < *term =>
            {
                Err("the promise of this term is not on its disk")
            }
            Message::Promise { accepted, .. }
                if accepted.iter().any(|(index, entry)| disk.entry(*index) != Some(*entry)) =>
            {
                Err("what it reports is not what its disk holds")
            }
            Message::Accepted { term, slots }
                if slots.iter().any(|index| disk.entry(*index).is_none_or(|entry| entry.term < *term)) =>
            {
                Err("what it has accepted is not on its disk")
            }
            Message::Preempted { term } if disk.promised < *term => Err("the promise is not on its disk"),
            Message::Decision { slots, .. }
                if slots.iter().any(|(index, entry)| disk.entry(*index) != Some(*entry)) =>
            {
                Err("what it says is chosen is not what its disk holds")
            }
            Message::Accept { term, .. } => Ok(Presupposes::OfSender(LogFact::Elected { term: *term })),
            Message::Prepare { .. }
            | Message::Promise { .. }
            | Message::Accepted { .. }
            | Message::Preempted { .. }
            | Message::CatchUp { .. }
            | Message::Decision { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl Protocol for MultiPaxos {
    const ABOUT: &'static str = "a replicated log of Paxos instances with a distinguished proposer, filled in place";
    const SOURCE: &'static str =
        "van Renesse & Altınbüken 2015 (PMMC); Chandra, Griesemer & Redstone 2007; Lamport 2001";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, _: u32) -> Result<(), (&'static str, String)> {
        if config.heartbeat == Nanos::ZERO {
            return Err(("heartbeat", "0s would never let time pass: it must be longer".to_owned()));
        }
        if config.election_timeout.min <= config.heartbeat {
            let (timeout, heartbeat) = (config.election_timeout.min, config.heartbeat);
            let found = format!("{timeout} is not above the heartbeat of {heartbeat}: no leader would last");
            return Err(("election_timeout", found));
        }
        if config.batch == 0 {
            return Err(("batch", "0 slots would never be filled: at least 1 is needed".to_owned()));
        }
        Ok(())
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.election_timeout.min
    }

    /// As Raft's: twenty timeouts make a leader; then slots are filled, the slowest catches up, and clients find it.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        let round = delays.message_max * 2 + delays.sync_max * 2;
        config.election_timeout.max * 20 + round * 20 + delays.retry_max * u64::from(nodes + 4)
    }
}
