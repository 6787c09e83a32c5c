//! Raft as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::machine::Machine;
use crate::parts::snapshot::Snapshot;
use crate::protocols::raft::{Change, Config, Disk, Message, Raft, Role, Timer, View, bugs};
use crate::spec::replicated_log::{Command, Entry, Index, LogFact, ReplicatedLog, Term};
use crate::spec::store::Op;

impl Node for Raft {
    type Family = ReplicatedLog;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    /// "When servers start up, they begin as followers" (5.2). The very first time, the log of those who belong to the
    /// cluster begins with its configuration, where that may change (thesis, 4.4).
    fn start(cx: &mut Context<Self>) -> Self {
        let first = cx.config().first_members(cx.nodes());
        let pristine = cx.stable().term == Term(0) && cx.stable().last_index() == Index(0);
        if let (true, Some(members)) = (pristine, first)
            && members.votes(cx.id())
        {
            let entry = Entry { term: Term(0), command: Command::Configure(members) };
            cx.write(Change::Append { index: Index(1), entry });
        }
        let mut node = Raft {
            role: Role::Follower,
            voted_for: cx.stable().voted_for,
            leader: None,
            recent: false,
            commit: Index(0),
            applied: Index(0),
            machine: Machine::default(),
            members: first.map(|_| cx.stable().configuration().unwrap_or_default()),
        };
        if let Some(snapshot) = cx.stable().snapshot.clone() {
            node.load(&snapshot, cx);
        }
        node.await_leader(cx);
        if cx.config().remembers_leaders() {
            node.remember_leader(cx);
        }
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        if self.ignores(&message, cx) {
            return;
        }
        // Figure 2, rules for all servers: "If RPC request or response contains term T > currentTerm: set currentTerm
        // = T, convert to follower."
        if message.term() > cx.stable().term {
            self.adopt_term(message.term(), cx);
        }
        match message {
            Message::RequestVote { term, last_index, last_term }
            | Message::RequestVoteNow { term, last_index, last_term } => {
                self.on_request_vote(from, term, (last_term, last_index), cx);
            }
            Message::Vote { term, granted } => self.on_vote(from, term, granted, cx),
            Message::AppendEntries { term, prev_index, prev_term, entries, leader_commit } => {
                self.on_append_entries(from, term, (prev_index, prev_term), entries, leader_commit, cx);
            }
            Message::AppendResponse { term, success, index } => {
                self.on_append_response(from, term, success, index, cx);
            }
            Message::Conflict { term, conflict_term, index } => {
                self.on_conflict(from, term, conflict_term, index, cx);
            }
            Message::InstallSnapshot { term, snapshot } => self.on_install_snapshot(from, term, snapshot, cx),
            Message::PreVote { term, last_index, last_term } => {
                self.on_pre_vote(from, term, (last_term, last_index), cx);
            }
            Message::PreVoteResponse { term, granted } => self.on_pre_vote_response(from, term, granted, cx),
            Message::TimeoutNow { term } => self.on_timeout_now(term, cx),
            Message::Confirm { term, round } => self.on_confirm(from, term, round, cx),
            Message::Confirmed { term, round } => self.on_confirmed(from, term, round, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Election => self.on_election_timeout(cx),
            Timer::Heartbeat => self.send_heartbeats(cx),
            Timer::Recency => self.recent = false,
            Timer::Quorum => self.check_quorum(cx),
            Timer::Administrator => self.want_members(cx),
            Timer::Transfer => self.on_transfer_time(cx),
        }
    }

    const HEARS_SYNCS: bool = true;

    fn on_synced(&mut self, durable: &Disk, cx: &mut Context<Self>) {
        self.on_own_append(durable.last_index(), cx);
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
        tell(match record {
            Change::Term(term) => LogFact::TermAdopted { term: *term },
            Change::Vote { term, candidate } => LogFact::Voted { term: *term, candidate: *candidate },
            Change::Append { index, entry } => LogFact::Appended { index: *index, entry: *entry },
            Change::Truncate { last } => LogFact::Truncated { last: *last },
            Change::Compact(snapshot) => {
                let Snapshot { index, term: entry_term, .. } = **snapshot;
                LogFact::Compacted { index, entry_term, state: snapshot.machine.hash() }
            }
            Change::Install { snapshot, keep } => {
                let Snapshot { index, term: entry_term, .. } = **snapshot;
                LogFact::Installed { index, entry_term, state: snapshot.machine.hash(), kept: *keep }
            }
        });
    }

    /// Figure 2: persistent state is "updated on stable storage before responding to RPCs".
    fn backed(message: &Message, from: NodeId, to: NodeId, disk: &Disk) -> Result<Presupposes<LogFact>, Unbacked> {
        if disk.term != message.term() {
            return Err("its term is not the one on its disk");
        }
        let elected = |term: Term| Ok(Presupposes::OfSender(LogFact::Elected { term }));
        let log_ends = |index: Index, term: Term| (index, term) == (disk.last_index(), disk.last_term());
        match message {
            // A candidate has voted for itself, or it could vote for another after a crash.
            Message::RequestVote { .. } | Message::RequestVoteNow { .. } if disk.voted_for != Some(from) => {
                Err("its vote for itself is not on its disk")
            }
            Message::RequestVote { last_index, last_term, .. }
            | Message::RequestVoteNow { last_index, last_term, .. }
            | Message::PreVote { last_index, last_term, .. }
                if !log_ends(*last_index, *last_term) =>
            {
                Err("its log on disk does not end where it says")
            }
            Message::RequestVote { .. } | Message::RequestVoteNow { .. } | Message::PreVote { .. } => {
                Ok(Presupposes::Nothing)
            }
            Message::Vote { granted: true, .. } if disk.voted_for != Some(to) => Err("the vote is not on its disk"),
            Message::Vote { .. } | Message::PreVoteResponse { .. } => Ok(Presupposes::Nothing),
            Message::AppendResponse { success: true, index, .. } if disk.last_index() < *index => {
                Err("the entries it acknowledges are not on its disk")
            }
            Message::AppendResponse { .. } | Message::Conflict { .. } | Message::Confirmed { .. } => {
                Ok(Presupposes::Nothing)
            }
            Message::InstallSnapshot { snapshot, .. } if disk.snapshot_index() < snapshot.index => {
                Err("the snapshot is not on its disk")
            }
            Message::AppendEntries { term, .. }
            | Message::InstallSnapshot { term, .. }
            | Message::TimeoutNow { term }
            | Message::Confirm { term, .. } => elected(*term),
        }
    }
}

impl Protocol for Raft {
    const ABOUT: &'static str = "a replicated log with a strong leader: elections, replication, sessions";
    const SOURCE: &'static str = "Ongaro & Ousterhout 2014 (extended version), sections 5 to 8; Ongaro's thesis 2014";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        config.check(nodes)
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
