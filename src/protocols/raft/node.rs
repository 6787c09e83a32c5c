//! Raft as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::machine::Machine;
use crate::protocols::raft::{Change, Config, Disk, Message, Raft, Role, Timer, View};
use crate::spec::replicated_log::{Index, LogFact, ReplicatedLog};
use crate::spec::store::Op;

impl Node for Raft {
    type Family = ReplicatedLog;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    /// "When servers start up, they begin as followers" (5.2).
    fn start(cx: &mut Context<Self>) -> Self {
        cx.set_timer(Timer::Election, cx.config().election_timeout);
        Raft {
            role: Role::Follower,
            voted_for: cx.stable().voted_for,
            leader: None,
            commit: Index(0),
            applied: Index(0),
            machine: Machine::default(),
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        // Figure 2, rules for all servers: "If RPC request or response contains term T > currentTerm: set currentTerm
        // = T, convert to follower."
        if message.term() > cx.stable().term {
            self.adopt_term(message.term(), cx);
        }
        match message {
            Message::RequestVote { term, last_index, last_term } => {
                self.on_request_vote(from, term, (last_term, last_index), cx);
            }
            Message::Vote { term, granted } => self.on_vote(from, term, granted, cx),
            Message::AppendEntries { term, prev_index, prev_term, entries, leader_commit } => {
                self.on_append_entries(from, term, (prev_index, prev_term), entries, leader_commit, cx);
            }
            Message::AppendResponse { term, success, index } => {
                self.on_append_response(from, term, success, index, cx);
            }
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
        tell(match *record {
            Change::Term(term) => LogFact::TermAdopted { term },
            Change::Vote { term, candidate } => LogFact::Voted { term, candidate },
            Change::Append { index, entry } => LogFact::Appended { index, entry },
            Change::Truncate { last } => LogFact::Truncated { last },
        });
    }

    /// Figure 2: persistent state is "updated on stable storage before responding to RPCs".
    fn backed(message: &Message, from: NodeId, to: NodeId, disk: &Disk) -> Result<Presupposes<LogFact>, Unbacked> {
        if disk.term != message.term() {
            return Err("its term is not the one on its disk");
        }
        match *message {
            // A candidate has voted for itself, or it could vote for another after a crash.
            Message::RequestVote { .. } if disk.voted_for != Some(from) => {
                Err("its vote for itself is not on its disk")
            }
            Message::RequestVote { last_index, last_term, .. }
                if (last_index, last_term) != (disk.last_index(), disk.last_term()) =>
            {
                Err("its log on disk does not end where it says")
            }
            Message::RequestVote { .. } => Ok(Presupposes::Nothing),
            Message::Vote { granted: true, .. } if disk.voted_for != Some(to) => Err("the vote is not on its disk"),
            Message::Vote { .. } => Ok(Presupposes::Nothing),
            Message::AppendEntries { term, .. } => Ok(Presupposes::OfSender(LogFact::Elected { term })),
            Message::AppendResponse { success: true, index, .. } if disk.last_index() < index => {
                Err("the entries it acknowledges are not on its disk")
            }
            Message::AppendResponse { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl Protocol for Raft {
    const ABOUT: &'static str = "a replicated log with a strong leader: elections, replication, sessions";
    const SOURCE: &'static str =
        "Ongaro & Ousterhout 2014 (extended version), sections 5 and 8; Ongaro's thesis 2014, 6.3";
    const BUGS: &'static [PlantedBug] = &[PlantedBug {
        name: "vote-not-persisted",
        about: "a vote is remembered in memory only, so a voter that crashes can vote again in the same term",
        caught_by: "durable-before-send",
        source: "ktoso/akka-raft issue 56, found by DEMi; Stateright's Raft example keeps the vote volatile",
    }];

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
            return Err(("batch", "0 entries would never be replicated: at least 1 is needed".to_owned()));
        }
        if config.max_inflight == Some(0) {
            return Err(("max_inflight", "0 messages would never carry an entry: at least 1 is needed".to_owned()));
        }
        Ok(())
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.election_timeout.min
    }

    /// Where messages and syncs are quick beside the election timeout, twenty timeouts make a leader but for one run in
    /// ten million at five nodes; then a commit, a catch-up of the slowest, and what a client waits before it finds the
    /// leader.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        let round = delays.message_max * 2 + delays.sync_max * 2;
        config.election_timeout.max * 20 + round * 20 + delays.retry_max * u64::from(nodes + 4)
    }
}
