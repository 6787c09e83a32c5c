//! Three-phase commit as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::intake::Intake;
use crate::parts::participant::{Participant, Ready, Vote};
use crate::parts::resource::Work;
use crate::protocols::three_phase_commit::state::{site_of, sites};
use crate::protocols::three_phase_commit::{Change, Config, Disk, Message, State, ThreePhaseCommit, Timer, View, bugs};
use crate::spec::atomic_commit::{AtomicCommit, CommitFact, Decision, Op, Part};
use std::collections::BTreeMap;

impl Node for ThreePhaseCommit {
    type Family = AtomicCommit;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    fn start(cx: &mut Context<Self>) -> Self {
        let part = site_of(cx.id()).map_or(Part::Coordinator, Part::Site);
        cx.fact(CommitFact::Configured { part, sites: sites(cx.nodes()) });
        let mut node = ThreePhaseCommit {
            begun: 0,
            intake: Intake::default(),
            voting: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            recovered: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            participant: Participant::default(),
            watched: BTreeMap::new(),
        };
        match part {
            Part::Coordinator | Part::CoordinatorGroup => node.recover_coordinator(cx),
            Part::Site(_) => node.recover_site(cx),
        }
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Prepare { txn, request, age, sites, steps } => {
                self.on_prepare(Ready { txn, request, work: Work { age, sites, steps } }, cx);
            }
            Message::Vote { txn, vote, .. } => self.on_vote(from, txn, vote, cx),
            Message::PreCommit { txn } => self.on_precommit(from, txn, cx),
            Message::Ack { txn } => self.on_ack(from, txn, cx),
            Message::Decision { txn, decision } => self.on_decision(txn, decision, cx),
            Message::Done { txn } => self.on_done(from, txn, cx),
            Message::Nominate { txn } => self.on_nominate(from, txn, cx),
            Message::StateRequest { txn } => self.on_state_request(from, txn, cx),
            Message::StateReport { txn, state } => self.on_state_report(from, txn, state, cx),
            Message::Inquire { txn } => self.on_inquiry(from, txn, cx),
            Message::Recovered { txn } => self.on_recovered(from, txn, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Votes(txn) => self.on_votes_missing(txn, cx),
            Timer::Answers(txn) if site_of(cx.id()).is_none() => self.on_acks_missing(txn, cx),
            Timer::Answers(txn) => self.on_answers_missing(txn, cx),
            Timer::Resend(txn) => self.on_resend(txn, cx),
            Timer::Doubt(txn) => self.on_doubt(txn, cx),
        }
    }

    fn on_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        self.on_client_request(request, op, cx);
    }

    fn view(&self, disk: &Disk) -> View {
        self.look(disk)
    }

    fn waits_for(&self, id: NodeId, _: u32, disk: &Disk) -> Option<String> {
        Some(self.waits(id, disk))
    }

    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        match record {
            Change::Commit { txn } => tell(CommitFact::Decided { txn: *txn, decision: Decision::Commit }),
            Change::Abort { txn } => tell(CommitFact::Decided { txn: *txn, decision: Decision::Abort }),
            Change::Forget { txn } => tell(CommitFact::Forgotten { txn: *txn }),
            Change::Hear { site, txn } => tell(CommitFact::Precommitted { site: *site, txn: *txn }),
            Change::Resource(change) => change.facts(tell),
            Change::Epoch { .. } | Change::PreCommit { .. } | Change::GiveUp { .. } => {}
        }
    }

    /// A site logs a transition before it sends the messages of it: the state that a message tells of is on its disk.
    fn backed(message: &Message, from: NodeId, _: NodeId, disk: &Disk) -> Result<Presupposes<CommitFact>, Unbacked> {
        let honest = |holds: bool, why| if holds { Ok(Presupposes::Nothing) } else { Err(why) };
        match *message {
            Message::Prepare { txn, .. } => honest(disk.epoch == txn.epoch, "its epoch is not on its disk"),
            Message::Vote { txn, vote: Vote::Yes { .. }, .. } | Message::Recovered { txn } => {
                honest(disk.resource.prepared(txn).is_some(), "its part is not prepared on its disk")
            }
            Message::Vote { txn, vote: Vote::No { .. }, .. } => {
                honest(disk.state(txn) == Some(State::Aborted), "that it has aborted is not on its disk")
            }
            Message::PreCommit { txn } if site_of(from).is_none() => {
                honest(disk.committable.contains_key(&txn), "that all have voted yes is not on its disk")
            }
            Message::PreCommit { txn } | Message::Ack { txn } => {
                honest(disk.state(txn) >= Some(State::Committable), "that all have voted yes is not on its disk")
            }
            Message::Decision { txn, decision: Decision::Commit } => {
                let committed = disk.commits.contains_key(&txn) || disk.state(txn) == Some(State::Committed);
                honest(committed, "the commit is not on its disk")
            }
            Message::Decision { txn, decision: Decision::Abort } if site_of(from).is_none() => {
                let undecided = !disk.commits.contains_key(&txn) && !disk.committable.contains_key(&txn);
                honest(undecided, "its disk says that it may have committed")
            }
            Message::Decision { txn, decision: Decision::Abort } => {
                honest(disk.state(txn) == Some(State::Aborted), "that it has aborted is not on its disk")
            }
            Message::Done { txn } => {
                honest(disk.state(txn) == Some(State::Committed), "the commit is not carried out on its disk")
            }
            Message::StateReport { txn, state } => {
                honest(disk.state(txn) == Some(state), "the state that it reports is not that of its disk")
            }
            Message::Nominate { .. } | Message::StateRequest { .. } | Message::Inquire { .. } => {
                Ok(Presupposes::Nothing)
            }
        }
    }
}

impl Protocol for ThreePhaseCommit {
    const ABOUT: &'static str = "three-phase commit: nonblocking under crashes, termination by an elected site";
    const SOURCE: &'static str =
        "Skeen 1981; Skeen & Stonebraker 1983; Bernstein, Hadzilacos & Goodman 1987, section 7.5";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        let times = [("vote_timeout", config.vote_timeout), ("timeout", config.timeout), ("resend", config.resend)];
        if let Some((key, _)) = times.iter().find(|(_, time)| *time == Nanos::ZERO) {
            return Err((key, "0s would never let time pass: it must be longer".to_owned()));
        }
        if config.resend > config.timeout {
            let (resend, timeout) = (config.resend, config.timeout);
            let why = format!("{resend} is later than the timeout of {timeout}, when nobody waits any more");
            return Err(("resend", why));
        }
        if nodes < 2 {
            let why = "nobody would vote: beside the node that coordinates at least one that is a site is needed";
            return Err(("vote_timeout", why.to_owned()));
        }
        Ok(())
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.timeout
    }

    /// Every site before the last may fail to take over, in a round of at most three timeouts each; then everything is
    /// decided. Who is oldest gets its locks, and commits within six delays and three syncs; who dies comes back after
    /// a retry, so a few rounds serve all clients.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        let round = delays.message_max * 8 + delays.sync_max * 8;
        let attempt = config.vote_timeout + config.timeout + delays.retry_max + round;
        (config.timeout * 4 + round) * u64::from(nodes) + attempt * u64::from(nodes + 20)
    }
}
