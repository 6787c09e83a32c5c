//! Commit over consensus as a [`Node`]: start and recovery, dispatch, and what each message must have on disk behind
//! it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::intake::Intake;
use crate::parts::participant::{Participant, Ready};
use crate::parts::resource::Work;
use crate::protocols::replicated_commit::{
    Bug, Change, Config, Disk, Member, Message, ReplicatedCommit, Timer, Via, View, Vote, bugs, via_raft,
};
use crate::spec::atomic_commit::{AtomicCommit, CommitFact, Decision, Op, Part, Site, Txn};
use crate::spec::consensus::Ballot;
use std::collections::BTreeMap;

impl Node for ReplicatedCommit {
    type Family = AtomicCommit;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    fn start(cx: &mut Context<Self>) -> Self {
        if cx.config().via == Via::Raft {
            return ReplicatedCommit { member: Some(Box::new(Member::start(cx))), ..ReplicatedCommit::idle() };
        }
        let part = cx.config().site_of(cx.id()).map_or(Part::Coordinator, Part::Site);
        cx.fact(CommitFact::Configured { part, sites: cx.config().sites(cx.nodes()) });
        let mut node = ReplicatedCommit::idle();
        match part {
            // What it had led others finish, who are asked to; it is one of them.
            Part::Coordinator | Part::CoordinatorGroup => cx.write(Change::Life { life: cx.stable().life + 1 }),
            Part::Site(_) => node.recover_site(cx),
        }
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        self.hear(from, message, cx);
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Ballot(txn) => self.on_ballot_timeout(txn, cx),
            Timer::Doubt(txn) => self.on_doubt(txn, cx),
            Timer::Votes(_) | Timer::SiteDoubt(..) | Timer::Group(..) => {
                if let Some(member) = &mut self.member {
                    member.on_timer(timer, cx);
                }
            }
        }
    }

    fn on_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        self.on_client_request(request, op, cx);
    }

    fn view(&self, disk: &Disk) -> View {
        self.look(disk)
    }

    fn waits_for(&self, _: NodeId, _: u32, disk: &Disk) -> Option<String> {
        Some(self.waits(disk))
    }

    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        match record {
            Change::Promise { txn, ballot } => tell(CommitFact::Promised { txn: *txn, ballot: *ballot }),
            Change::Accept { txn, ballot, votes } => {
                for (site, vote) in votes {
                    let (txn, site, ballot, vote) = (*txn, *site, *ballot, vote.decision());
                    tell(CommitFact::Accepted { txn, site, ballot, vote });
                }
            }
            Change::Prepare { resource, .. } | Change::Finish(resource) => resource.facts(tell),
            // What a group's log holds is told as it is applied: until it is committed it is nothing.
            Change::Life { .. } | Change::GiveUp { .. } | Change::Group(_) => {}
        }
    }

    fn backed(message: &Message, from: NodeId, to: NodeId, disk: &Disk) -> Result<Presupposes<CommitFact>, Unbacked> {
        match message {
            Message::Log { group, message, commands } => via_raft::backed(*group, message, commands, (from, to), disk),
            // Which of its lives it is in only the configuration could say; that it lives, its disk does.
            Message::Prepare { .. } | Message::AskSite { .. } if disk.life == 0 => Err("its life is not on its disk"),
            Message::Phase2a { txn, ballot, votes, .. } if ballot.round == 0 => {
                votes.iter().try_for_each(|(_, vote)| own_vote(*txn, vote, disk)).map(|()| Presupposes::Nothing)
            }
            Message::Phase1a { txn, ballot } | Message::Phase2a { txn, ballot, .. }
                if ballot.node != from || disk.promised(*txn) < *ballot =>
            {
                Err("it leads a ballot that is not its own, or that its disk does not know")
            }
            Message::Phase1b { txn, ballot, .. } if disk.promised(*txn) < *ballot => {
                Err("the promise is not on its disk")
            }
            Message::Phase1b { txn, accepted, .. } => {
                let known = accepted.iter().all(|(site, ballot, vote)| has_accepted(*txn, *site, *ballot, vote, disk));
                if known { Ok(Presupposes::Nothing) } else { Err("a vote that it reports is not on its disk") }
            }
            Message::Phase2b { txn, ballot, votes } => {
                let known = votes.iter().all(|(site, vote)| has_accepted(*txn, *site, *ballot, vote, disk));
                if known { Ok(Presupposes::Nothing) } else { Err("that it has accepted a vote is not on its disk") }
            }
            Message::Decision { txn, decision } | Message::SiteDecision { txn, decision, .. } => {
                Ok(Presupposes::OfAnyone(CommitFact::Decided { txn: *txn, decision: *decision }))
            }
            // A site's vote is in its group's log, which no single disk can tell: `commit-validity` does.
            Message::AskSite { .. }
            | Message::SiteVote { .. }
            | Message::SiteInquiry { .. }
            | Message::Prepare { .. }
            | Message::Phase1a { .. }
            | Message::Phase2a { .. }
            | Message::Preempted { .. }
            | Message::Inquire { .. } => Ok(Presupposes::Nothing),
        }
    }
}

/// A site's vote in ballot 0 says what it has prepared, or that it has aborted.
fn own_vote(txn: Txn, vote: &Vote, disk: &Disk) -> Result<(), Unbacked> {
    match vote {
        Vote::Prepared { .. } if disk.resource.prepared(txn).is_none() => Err("its part is not prepared on its disk"),
        Vote::Aborted { .. } if disk.resource.finished(txn) != Some(Decision::Abort) => {
            Err("that it has aborted is not on its disk")
        }
        Vote::Prepared { .. } | Vote::Aborted { .. } => Ok(()),
    }
}

/// An acceptor's disk holds this vote, or has held it: a later one has taken its place.
fn has_accepted(txn: Txn, site: Site, ballot: Ballot, vote: &Vote, disk: &Disk) -> bool {
    let accepted = disk.acceptances.get(&txn).and_then(|acceptance| acceptance.accepted.get(&site));
    accepted.is_some_and(|(last, held)| *last > ballot || *last == ballot && held == vote)
}

impl ReplicatedCommit {
    /// Knows nothing, and is part of nothing.
    fn idle() -> Self {
        ReplicatedCommit {
            begun: 0,
            intake: Intake::default(),
            leads: BTreeMap::new(),
            decided: BTreeMap::new(),
            participant: Participant::default(),
            inquiries: BTreeMap::new(),
            member: None,
        }
    }

    /// A message, of another node or its own.
    pub(super) fn hear(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Prepare { txn, request, sites, age, steps } => {
                self.on_prepare(Ready { txn, request, work: Work { age, sites, steps } }, cx);
            }
            Message::Phase1a { txn, ballot } => self.on_phase1a(from, txn, ballot, cx),
            Message::Phase1b { txn, ballot, accepted } => self.on_phase1b(from, txn, ballot, accepted, cx),
            Message::Phase2a { txn, sites, ballot, votes } => self.on_phase2a(from, (txn, sites), ballot, votes, cx),
            Message::Phase2b { txn, ballot, votes } => self.on_phase2b(from, txn, ballot, votes, cx),
            Message::Preempted { txn, ballot, promised } => self.on_preempted(txn, ballot, promised),
            Message::Decision { txn, decision } => self.on_decision(txn, decision, cx),
            Message::Inquire { txn, sites } => self.on_inquiry(from, txn, sites, cx),
            Message::Log { .. }
            | Message::AskSite { .. }
            | Message::SiteVote { .. }
            | Message::SiteDecision { .. }
            | Message::SiteInquiry { .. } => {
                if let Some(member) = &mut self.member {
                    member.on_message(from, message, cx);
                }
            }
        }
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

impl Protocol for ReplicatedCommit {
    const ABOUT: &'static str = "commit over consensus: Paxos Commit, or a coordinator and sites that are Raft groups";
    const SOURCE: &'static str =
        "Gray & Lamport 2006, section 4, sites vote in ballot 0; Corbett et al. 2012 (Spanner), 4.2.1";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        let times = [
            ("vote_timeout", config.vote_timeout),
            ("ballot_timeout", config.ballot_timeout.min),
            ("decision_timeout", config.decision_timeout),
        ];
        if let Some((key, _)) = times.iter().find(|(_, time)| *time == Nanos::ZERO) {
            return Err((key, "0s would never let time pass: it must be longer".to_owned()));
        }
        if let Some(bug) = config.bugs.iter().find(|bug| bug.via() != config.via) {
            return Err(("bugs", format!("`{}` cannot be made with this `via`", bug.name())));
        }
        if config.via == Via::Raft {
            return via_raft::check_config(config, nodes);
        }
        let defaults = Config::default();
        if config.sites != defaults.sites || config.raft != defaults.raft {
            let key = if config.sites != defaults.sites { "sites" } else { "raft" };
            return Err((key, "it is for `\"via\": \"raft\"` alone".to_owned()));
        }
        if config.acceptors.is_multiple_of(2) {
            return Err((
                "acceptors",
                format!("{} acceptors: 2F + 1 are expected, to survive F crashes", config.acceptors),
            ));
        }
        if nodes <= config.acceptors {
            let acceptors = config.acceptors;
            return Err(("acceptors", format!("all {nodes} nodes would be acceptors ({acceptors}): a site is needed")));
        }
        Ok(())
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.decision_timeout
    }

    /// What is in doubt asks one acceptor after the other; who is in the core finds out, after a few ballots if
    /// several are asked. Then who is oldest gets its locks, and commits within four delays and three syncs; who dies
    /// comes back after a retry, so a few rounds serve all clients.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        if config.via == Via::Raft {
            return via_raft::liveness_bound(config, nodes, delays);
        }
        let round = delays.message_max * 6 + delays.sync_max * 6;
        let ballots = config.ballot_timeout.max * 16 + round;
        let attempt = config.vote_timeout + delays.retry_max + round;
        config.decision_timeout * u64::from(config.acceptors + 1) + ballots + attempt * u64::from(nodes + 20)
    }
}
