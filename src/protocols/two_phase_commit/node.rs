//! Two-phase commit as a [`Node`]: start and recovery, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::intake::Intake;
use crate::parts::participant::{Participant, Ready, Vote};
use crate::parts::resource::Work;
use crate::protocols::two_phase_commit::state::{site_of, sites};
use crate::protocols::two_phase_commit::{Bug, Change, Config, Disk, Message, Timer, TwoPhaseCommit, View, bugs};
use crate::spec::atomic_commit::{AtomicCommit, CommitFact, Decision, Op, Part, Txn};
use std::collections::BTreeMap;

impl Node for TwoPhaseCommit {
    type Family = AtomicCommit;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    fn start(cx: &mut Context<Self>) -> Self {
        let part = site_of(cx.id()).map_or(Part::Coordinator, Part::Site);
        cx.fact(CommitFact::Configured { part, sites: sites(cx.nodes()) });
        let mut node = TwoPhaseCommit {
            begun: 0,
            intake: Intake::default(),
            voting: BTreeMap::new(),
            unacknowledged: BTreeMap::new(),
            participant: Participant::default(),
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
            Message::Vote { txn, request, vote } => self.on_vote(from, txn, request, vote, cx),
            Message::Decision { txn, decision } => self.on_decision(txn, decision, cx),
            Message::Ack { txn } => self.on_ack(from, txn, cx),
            Message::Inquire { txn } => self.on_inquiry(from, txn, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Votes(txn) => self.on_votes_missing(txn, cx),
            Timer::Acks(txn) => self.send_commit(txn, cx),
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
            Change::Commit { txn, .. } => tell(CommitFact::Decided { txn: *txn, decision: Decision::Commit }),
            Change::Forget { txn } => tell(CommitFact::Forgotten { txn: *txn }),
            Change::Resource(change) => change.facts(tell),
            Change::Epoch { .. } | Change::GiveUp { .. } => {}
        }
    }

    fn backed(message: &Message, _: NodeId, _: NodeId, disk: &Disk) -> Result<Presupposes<CommitFact>, Unbacked> {
        let committed =
            |txn: Txn| disk.commits.contains_key(&txn) || disk.resource.finished(txn) == Some(Decision::Commit);
        match *message {
            Message::Prepare { txn, .. } if disk.epoch != txn.epoch => Err("its epoch is not on its disk"),
            Message::Vote { txn, vote: Vote::Yes { .. }, .. } if disk.resource.prepared(txn).is_none() => {
                Err("its part is not prepared on its disk")
            }
            Message::Vote { txn, vote: Vote::No { .. }, .. }
                if disk.resource.finished(txn) != Some(Decision::Abort) =>
            {
                Err("that it has aborted is not on its disk")
            }
            Message::Decision { txn, decision: Decision::Commit } if !committed(txn) => {
                Err("the commit is not on its disk")
            }
            Message::Decision { txn, decision: Decision::Commit } => {
                Ok(Presupposes::OfAnyone(CommitFact::Decided { txn, decision: Decision::Commit }))
            }
            Message::Decision { txn, decision: Decision::Abort } if committed(txn) => {
                Err("its disk says that it has committed")
            }
            Message::Ack { txn } if disk.resource.finished(txn) != Some(Decision::Commit) => {
                Err("the commit is not carried out on its disk")
            }
            Message::Prepare { .. }
            | Message::Vote { .. }
            | Message::Decision { .. }
            | Message::Ack { .. }
            | Message::Inquire { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl TwoPhaseCommit {
    /// What it had decided to commit it tells the sites again; what it had not decided is aborted by that.
    fn recover_coordinator(&mut self, cx: &mut Context<Self>) {
        cx.write(Change::Epoch { epoch: cx.stable().epoch + 1 });
        let commits = cx.stable().commits.iter();
        self.unacknowledged = commits.map(|(txn, commit)| (*txn, commit.sites.iter().copied().collect())).collect();
        let decided: Vec<Txn> = self.unacknowledged.keys().copied().collect();
        decided.into_iter().for_each(|txn| self.send_commit(txn, cx));
    }

    /// What it had prepared it is in doubt about: it locks the keys again, and asks.
    fn recover_site(&mut self, cx: &mut Context<Self>) {
        let in_doubt: Vec<(Txn, Work)> =
            cx.stable().resource.in_doubt().map(|(txn, work)| (txn, work.clone())).collect();
        for (txn, work) in in_doubt {
            if !cx.config().has(Bug::LocksNotRestored) {
                self.participant.restore(txn, &work);
            }
            self.on_doubt(txn, cx);
        }
    }
}

impl Protocol for TwoPhaseCommit {
    const ABOUT: &'static str = "two-phase commit: presumed abort, cooperative termination, two-phase locking";
    const SOURCE: &'static str =
        "Gray 1978; Mohan, Lindsay & Obermarck 1986, section 3; Bernstein, Hadzilacos & Goodman 1987, section 7.4";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        let times = [
            ("vote_timeout", config.vote_timeout),
            ("decision_timeout", config.decision_timeout),
            ("resend", config.resend),
        ];
        if let Some((key, _)) = times.iter().find(|(_, time)| *time == Nanos::ZERO) {
            return Err((key, "0s would never let time pass: it must be longer".to_owned()));
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
        config.decision_timeout
    }

    /// What is in doubt hears the decision within a question and its answer. Then who is oldest gets its locks, and
    /// commits within four delays and two syncs; who dies comes back after a retry, so a few rounds serve all clients.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        let round = delays.message_max * 6 + delays.sync_max * 6;
        let attempt = config.vote_timeout + delays.retry_max + round;
        config.decision_timeout + config.resend + round + attempt * u64::from(nodes + 20)
    }
}
