//! The coordinator that is a group: decisions in its log, and what its leader does about transactions under way.

use crate::node::{Context, Outcome, RequestId};
use crate::parts::intake::{Intake, gather};
use crate::parts::participant::Refusal;
use crate::parts::resource::Work;
use crate::protocols::replicated_commit::via_raft::member::Member;
use crate::protocols::replicated_commit::via_raft::storage::{COORDINATOR, Command, group_of};
use crate::protocols::replicated_commit::{Bug, Message, ReplicatedCommit, Timer, Vote, Why};
use crate::spec::atomic_commit::{CommitFact, Decision, Op, Reply, Site, Txn, Value};
use std::collections::{BTreeMap, BTreeSet};

/// So many times the leader asks for missing votes before it has waited in vain.
const PATIENCE: u32 = 3;

/// A transaction that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnderWay {
    /// What has asked for it, and waits for the answer.
    pub request: RequestId,
    /// What that is.
    pub op: Op,
    /// How old it is, for locks.
    pub age: Txn,
    /// By site: what it has read, and that it has prepared.
    pub votes: BTreeMap<Site, Vec<Value>>,
    /// How often the leader has asked.
    pub asked: u32,
    /// Why it is to be aborted, once it is.
    pub why: Option<Why>,
    /// A decision is on its way through the log.
    pub deciding: bool,
}

/// A node's part in the coordinator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Coordinator {
    /// What its log comes to: the first decision on each transaction.
    pub(super) decided: BTreeMap<Txn, Decision>,
    /// Leader: which request has become which transaction.
    intake: Intake,
    /// Leader: what is under way.
    pub(super) under_way: BTreeMap<Txn, UnderWay>,
    /// Leader: sites that have asked about what nobody leads, and that hear of the abort once it is committed.
    inquiries: BTreeMap<Txn, BTreeSet<Site>>,
    /// How many transactions it has begun in this life.
    begun: u32,
}

impl Member {
    /// A request becomes a transaction, unless one runs for it. Others send the client to the leader.
    pub(in crate::protocols::replicated_commit) fn on_request(
        &mut self,
        request: RequestId,
        op: Op,
        cx: &mut Context<ReplicatedCommit>,
    ) {
        if !self.acts_for(COORDINATOR) {
            let outcome = match self.leader_of(COORDINATOR).filter(|leader| *leader != cx.id()) {
                Some(leader) => Outcome::Redirect(leader),
                None => Outcome::Refused("no coordinator is known"),
            };
            return cx.reply(request, outcome);
        }
        if self.coordinator.intake.running(request).is_none() {
            let epoch = cx.config().epoch(cx.id(), cx.nodes(), cx.stable().life);
            self.coordinator.begun += 1;
            let txn = Txn { epoch, number: self.coordinator.begun };
            cx.fact(CommitFact::Began { txn, request, op: op.clone() });
            self.lead(txn, request, op, cx);
        }
        self.settle(cx);
    }

    /// From now on it is under way here.
    fn lead(&mut self, txn: Txn, request: RequestId, op: Op, cx: &mut Context<ReplicatedCommit>) {
        let age = self.coordinator.intake.begin(request, txn);
        let (votes, asked, why, deciding) = (BTreeMap::new(), 0, None, false);
        let under_way = UnderWay { request, op, age, votes, asked, why, deciding };
        self.coordinator.under_way.insert(txn, under_way);
        self.ask_sites(txn, cx);
    }

    /// Asks the sites whose votes are missing, and will again.
    fn ask_sites(&mut self, txn: Txn, cx: &mut Context<ReplicatedCommit>) {
        let all = cx.config().sites;
        let Some(under_way) = self.coordinator.under_way.get_mut(&txn) else { return };
        under_way.asked += 1;
        let UnderWay { request, age, .. } = *under_way;
        let sites: Vec<Site> = under_way.op.sites(all).into_iter().collect();
        let missing: Vec<Site> = sites.iter().copied().filter(|site| !under_way.votes.contains_key(site)).collect();
        let op = under_way.op.clone();
        for site in missing {
            let work = Work { age, sites: sites.clone(), steps: op.part(site, all) };
            self.tell_leader(group_of(site), Message::AskSite { site, txn, request, work }, cx);
        }
        cx.set_timer(Timer::Votes(txn), cx.config().vote_timeout);
    }

    /// The leader has waited for votes.
    pub(super) fn on_votes_timeout(&mut self, txn: Txn, cx: &mut Context<ReplicatedCommit>) {
        let decided = self.coordinator.decided.contains_key(&txn);
        let Some(under_way) = self.coordinator.under_way.get_mut(&txn) else { return };
        if under_way.asked >= PATIENCE && !decided && !under_way.deciding {
            cx.fact(CommitFact::TimedOut { txn });
            self.decide(txn, Decision::Abort, cx);
        }
        self.ask_sites(txn, cx);
    }

    /// A site's vote arrives.
    pub(super) fn on_site_vote(&mut self, site: Site, txn: Txn, vote: Vote, cx: &mut Context<ReplicatedCommit>) {
        if !self.acts_for(COORDINATOR) {
            return;
        }
        let decided = self.coordinator.decided.get(&txn).copied();
        let Some(under_way) = self.coordinator.under_way.get_mut(&txn) else { return };
        match vote {
            Vote::Prepared { reads } => {
                under_way.votes.insert(site, reads);
                let all = under_way.op.sites(cx.config().sites).iter().all(|site| under_way.votes.contains_key(site));
                if all && decided == Some(Decision::Commit) {
                    self.answer_commit(txn, cx);
                } else if all && !under_way.deciding {
                    self.decide(txn, Decision::Commit, cx);
                }
            }
            Vote::Aborted { why } if !under_way.deciding && decided.is_none() => {
                under_way.why = Some(why);
                self.decide(txn, Decision::Abort, cx);
            }
            Vote::Aborted { .. } => {}
        }
    }

    /// The decision is in force when it is committed, and nothing was before.
    fn decide(&mut self, txn: Txn, decision: Decision, cx: &mut Context<ReplicatedCommit>) {
        if let Some(under_way) = self.coordinator.under_way.get_mut(&txn) {
            under_way.deciding = true;
        }
        self.propose(COORDINATOR, Command::Decide { txn, decision });
        if cx.config().has(Bug::DecidesBeforeCommitted) {
            self.apply_decision(txn, decision, cx);
        }
    }

    /// A decision is committed in the coordinator's log: the first one counts.
    pub(super) fn apply_decision(&mut self, txn: Txn, decision: Decision, cx: &mut Context<ReplicatedCommit>) {
        if self.coordinator.decided.contains_key(&txn) {
            return;
        }
        self.coordinator.decided.insert(txn, decision);
        cx.fact(CommitFact::Decided { txn, decision });
        if !self.acts_for(COORDINATOR) {
            return;
        }
        let mut sites = self.coordinator.inquiries.remove(&txn).unwrap_or_default();
        if let Some(under_way) = self.coordinator.under_way.get(&txn) {
            sites.extend(under_way.op.sites(cx.config().sites));
        }
        for site in sites {
            self.tell_leader(group_of(site), Message::SiteDecision { site, txn, decision }, cx);
        }
        match decision {
            Decision::Commit => self.answer_commit(txn, cx),
            Decision::Abort => self.answer_abort(txn, cx),
        }
    }

    /// It is committed. The client hears what it has read, once that is known.
    fn answer_commit(&mut self, txn: Txn, cx: &mut Context<ReplicatedCommit>) {
        let sites = cx.config().sites;
        let Some(under_way) = self.coordinator.under_way.get(&txn) else { return };
        if !under_way.op.sites(sites).iter().all(|site| under_way.votes.contains_key(site)) {
            return;
        }
        let told = gather(&under_way.op, sites, &under_way.votes);
        let request = under_way.request;
        self.over(txn, cx);
        cx.reply(request, Outcome::Done(Reply::Committed(told)));
    }

    /// It is aborted. The client is told so for good where it makes no sense to try again; where another transaction
    /// for the same request is in the way, that must be finished.
    fn answer_abort(&mut self, txn: Txn, cx: &mut Context<ReplicatedCommit>) {
        let Some(UnderWay { request, op, why, .. }) = self.over(txn, cx) else { return };
        match why {
            Some(Why::Refused(Refusal::Impossible)) => cx.reply(request, Outcome::Done(Reply::Aborted)),
            Some(Why::Repeated { other }) => self.finish_other(other, request, op, cx),
            // Nobody waits for an answer.
            Some(Why::Stale) => {}
            Some(Why::Refused(Refusal::Dies | Refusal::Aborted) | Why::NoVote) | None => {
                cx.reply(request, Outcome::Refused("aborted: try again"));
            }
        }
    }

    /// Another transaction for the same request is prepared or committed at some site.
    fn finish_other(&mut self, other: Txn, request: RequestId, op: Op, cx: &mut Context<ReplicatedCommit>) {
        let decided = self.coordinator.decided.get(&other).copied();
        if decided == Some(Decision::Abort) {
            // The site does not know yet.
            for site in op.sites(cx.config().sites) {
                let message = Message::SiteDecision { site, txn: other, decision: Decision::Abort };
                self.tell_leader(group_of(site), message, cx);
            }
            return cx.reply(request, Outcome::Refused("aborted: try again"));
        }
        if !self.coordinator.under_way.contains_key(&other) {
            self.lead(other, request, op, cx);
        }
    }

    /// It is not under way any more.
    fn over(&mut self, txn: Txn, cx: &mut Context<ReplicatedCommit>) -> Option<UnderWay> {
        let under_way = self.coordinator.under_way.remove(&txn)?;
        cx.cancel_timer(Timer::Votes(txn));
        self.coordinator.intake.end(under_way.request);
        Some(under_way)
    }

    /// A site is in doubt. About what nobody leads, and nobody has decided, an abort is presumed: but it is one only
    /// when it is committed and no other decision is in the log before it.
    pub(super) fn on_site_inquiry(&mut self, site: Site, txn: Txn, cx: &mut Context<ReplicatedCommit>) {
        if !self.acts_for(COORDINATOR) {
            return;
        }
        match self.coordinator.decided.get(&txn).copied() {
            Some(decision) => {
                self.tell_leader(group_of(site), Message::SiteDecision { site, txn, decision }, cx);
            }
            None if self.coordinator.under_way.contains_key(&txn) => {}
            None => {
                let known = self.coordinator.inquiries.contains_key(&txn);
                self.coordinator.inquiries.entry(txn).or_default().insert(site);
                if !known {
                    self.decide(txn, Decision::Abort, cx);
                }
            }
        }
    }

    /// This node coordinates no more: what becomes of what is under way it cannot tell.
    pub(super) fn lay_down_coordinator(&mut self, cx: &mut Context<ReplicatedCommit>) {
        for (txn, under_way) in std::mem::take(&mut self.coordinator.under_way) {
            cx.cancel_timer(Timer::Votes(txn));
            cx.reply(under_way.request, Outcome::Unknown);
        }
        self.coordinator.intake = Intake::default();
        self.coordinator.inquiries.clear();
    }
}
