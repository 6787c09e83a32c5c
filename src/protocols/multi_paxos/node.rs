//! Multi-Paxos as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::machine::Machine;
use crate::protocols::multi_paxos::election::owns;
use crate::protocols::multi_paxos::{
    Bug, Change, Config, Configurations, Disk, Message, MultiPaxos, Phase1, Role, Timer, View, bugs,
};
use crate::spec::replicated_log::{Command, Entry, Index, LogFact, ReplicatedLog, Term};
use crate::spec::store::Op;

impl Node for MultiPaxos {
    type Family = ReplicatedLog;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    /// A node starts as a follower, and applies what its disk says is chosen. The very first time, where the members
    /// may change, the log of those who decide at first begins with their configuration, in t0, chosen as it is.
    fn start(cx: &mut Context<Self>) -> Self {
        let first = cx.config().first_members(cx.nodes());
        let pristine = cx.stable().promised == Term(0) && cx.stable().last_index() == Index(0);
        if let (true, Some(members)) = (pristine, first)
            && members.votes(cx.id())
        {
            let command = Command::Reconfigure(members, cx.config().change_after());
            cx.write(Change::Decide { index: Index(1), entry: Entry { term: Term(0), command } });
        }
        let mut node = MultiPaxos {
            role: Role::Follower,
            leader: None,
            heard: Term(0),
            granted: false,
            commit: Index(0),
            applied: Index(0),
            machine: Machine::default(),
            members: first.map(|_| Configurations::default()),
        };
        node.await_leader(cx);
        node.grant(cx);
        node.restore(cx);
        let begins = cx.stable().entry(Index(1)).is_some_and(|entry| entry.term == Term(0));
        node.commit_to(cx.stable().commit.max(Index(u64::from(begins))), cx);
        if cx.config().has(Bug::TermUsedAgain) && owns(cx.id(), cx.stable().promised, cx.nodes()) {
            node.lead(Phase1::default(), cx);
        }
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        self.note_heard(from);
        match message {
            Message::Prepare { term, first } => self.on_prepare(from, term, first, cx),
            Message::Promise { term, accepted, compacted } => self.on_promise(from, term, accepted, compacted, cx),
            Message::Accept { term, slots, commit } => self.on_accept(from, term, slots, commit, cx),
            Message::Accepted { term, slots } => self.on_accepted(from, term, &slots, cx),
            Message::Preempted { term } => self.on_preempted(term, cx),
            Message::CatchUp { first } => self.on_catch_up(from, first, cx),
            Message::Decision { slots, commit } => self.on_decision(from, slots, commit, cx),
            Message::Snapshot { snapshot } => self.on_snapshot(snapshot, cx),
            Message::Confirm { term, round } => self.on_confirm(from, term, round, cx),
            Message::Confirmed { term, round } => self.on_confirmed(from, term, round, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Election => self.start_election(cx),
            Timer::Heartbeat => self.send_heartbeats(cx),
            Timer::Grant => self.granted = false,
            Timer::Administrator => self.change_members(cx),
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
            Change::Compact { ref snapshot } => tell(LogFact::Compacted {
                index: snapshot.index,
                entry_term: snapshot.term,
                state: snapshot.machine.hash(),
            }),
            Change::Install { ref snapshot } => tell(LogFact::Installed {
                index: snapshot.index,
                entry_term: snapshot.term,
                state: snapshot.machine.hash(),
                kept: true,
            }),
        }
    }

    /// Acceptors keep their promises and what they have accepted on stable storage (Lamport 2001, section 2.5).
    fn backed(message: &Message, _: NodeId, _: NodeId, disk: &Disk) -> Result<Presupposes<LogFact>, Unbacked> {
        let gone = disk.compacted();
        match message {
            Message::Prepare { term, .. }
            | Message::Promise { term, .. }
            | Message::Accepted { term, .. }
            | Message::Preempted { term }
            | Message::Confirmed { term, .. }
                if disk.promised < *term =>
            {
                Err("the promise of this term is not on its disk")
            }
            Message::Promise { accepted, .. } if !disk.holds_all(accepted) => {
                Err("what it reports is not what its disk holds")
            }
            Message::Promise { compacted, .. } if gone < *compacted => Err("its snapshot is not on its disk"),
            Message::Accepted { term, slots }
                if slots.iter().any(|at| *at > gone && disk.entry(*at).is_none_or(|entry| entry.term < *term)) =>
            {
                Err("what it has accepted is not on its disk")
            }
            Message::Decision { slots, .. } if !disk.holds_all(slots) => {
                Err("what it says is chosen is not what its disk holds")
            }
            Message::Snapshot { snapshot } if disk.snapshot.as_ref() != Some(snapshot) => {
                Err("the snapshot is not on its disk")
            }
            Message::Accept { term, .. } | Message::Confirm { term, .. } => {
                Ok(Presupposes::OfSender(LogFact::Elected { term: *term }))
            }
            Message::Prepare { .. }
            | Message::Promise { .. }
            | Message::Accepted { .. }
            | Message::Preempted { .. }
            | Message::Confirmed { .. }
            | Message::CatchUp { .. }
            | Message::Snapshot { .. }
            | Message::Decision { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl Protocol for MultiPaxos {
    const ABOUT: &'static str = "a replicated log of Paxos instances with a distinguished proposer, filled in place";
    const SOURCE: &'static str =
        "van Renesse & Altınbüken 2015 (PMMC); Chandra, Griesemer & Redstone 2007; Lamport 2001";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;
    const APPEND: Option<&'static str> = Some("Accepted");

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        config.check(nodes)
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
