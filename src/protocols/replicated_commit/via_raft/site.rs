//! A site that is a group: what its log comes to, the same at every replica; and what its leader does.

use crate::node::{Context, RequestId};
use crate::parts::attempts::Attempts;
use crate::parts::participant::{Participant, Ready, Refusal, ToDo};
use crate::parts::resource::{Effects, Resource, ResourceChange, Work};
use crate::protocols::replicated_commit::via_raft::member::Member;
use crate::protocols::replicated_commit::via_raft::storage::{COORDINATOR, Command, group_of};
use crate::protocols::replicated_commit::voting::in_the_way;
use crate::protocols::replicated_commit::{Bug, Message, ReplicatedCommit, Timer, Vote, Why};
use crate::spec::atomic_commit::{CommitFact, Decision, Site, Txn, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a site's log comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    attempts: Attempts,
    resource: Resource,
    /// What committed transactions have read, for coordinators that ask once more.
    read: BTreeMap<Txn, Vec<Value>>,
}

/// A node's part in a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    pub(super) state: State,
    /// Leader: who has locked what, and what waits for that.
    pub(super) participant: Participant,
    /// Leader: votes that are on their way through the log.
    voting: BTreeSet<Txn>,
    /// Leader: decisions that are.
    finishing: BTreeSet<Txn>,
}

impl State {
    /// What the site keeps.
    pub(super) fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Applies a part that is to be prepared: the vote, and the change; none: it has voted before.
    fn prepare(&mut self, site: Site, (txn, request): (Txn, RequestId), work: &Work) -> Option<(Vote, ResourceChange)> {
        if self.has_voted(txn) {
            return None;
        }
        let prepared = match in_the_way(&self.attempts, txn, request) {
            Some(why) => Err(why),
            None => self.resource.execute(&work.steps).map_err(|_| {
                self.attempts.of(request).given_up = true;
                Why::Refused(Refusal::Impossible)
            }),
        };
        Some(match prepared {
            Ok(effects) => self.has_prepared(site, (txn, request), work, effects),
            Err(why) => (Vote::Aborted { why }, self.refuse(site, txn, why)?),
        })
    }

    fn has_prepared(
        &mut self,
        site: Site,
        (txn, request): (Txn, RequestId),
        work: &Work,
        effects: Effects,
    ) -> (Vote, ResourceChange) {
        self.attempts.of(request).txn = Some(txn);
        self.read.insert(txn, effects.reads.clone());
        let vote = Vote::Prepared { reads: effects.reads.clone() };
        let change = ResourceChange::Prepare { site, txn, work: work.clone(), effects };
        self.resource.apply(change.clone());
        (vote, change)
    }

    /// Applies a vote to abort.
    fn refuse(&mut self, site: Site, txn: Txn, why: Why) -> Option<ResourceChange> {
        if self.has_voted(txn) {
            return None;
        }
        let change = ResourceChange::Refuse { site, txn, why: why.words() };
        self.resource.apply(change.clone());
        Some(change)
    }

    /// Applies a decision. After an abort another transaction may run for the same request.
    fn finish(&mut self, site: Site, txn: Txn, decision: Decision) -> Option<ResourceChange> {
        let prepared = self.resource.prepared(txn).is_some();
        if self.resource.finished(txn).is_some() || !prepared && decision == Decision::Commit {
            return None;
        }
        if decision == Decision::Abort {
            self.attempts.aborted(txn);
            self.read.remove(&txn);
        }
        let change = ResourceChange::Finish { site, txn, decision };
        self.resource.apply(change.clone());
        Some(change)
    }

    fn has_voted(&self, txn: Txn) -> bool {
        self.resource.prepared(txn).is_some() || self.resource.finished(txn).is_some()
    }
}

impl Member {
    /// An entry of a site's log is committed: this replica applies it, and says so. Its leader says it to the
    /// coordinator.
    pub(super) fn apply_at_site(&mut self, site: Site, command: &Command, cx: &mut Context<ReplicatedCommit>) {
        let replica = self.replica(site);
        let (txn, vote, change) = match command {
            Command::Prepare { txn, request, work } => match replica.state.prepare(site, (*txn, *request), work) {
                Some((vote, change)) => (*txn, Some(vote), Some(change)),
                None => (*txn, None, None),
            },
            Command::Refuse { txn, why } => {
                let change = replica.state.refuse(site, *txn, *why);
                (*txn, change.is_some().then_some(Vote::Aborted { why: *why }), change)
            }
            Command::Finish { txn, decision } => (*txn, None, replica.state.finish(site, *txn, *decision)),
            Command::Decide { .. } => panic!("a decision in the log of {site}"),
        };
        if let Some(change) = &change {
            change.facts(&mut |fact| cx.fact(fact));
        }
        replica.voting.remove(&txn);
        if replica.state.resource.finished(txn).is_some() {
            replica.finishing.remove(&txn);
        }
        if !self.acts_for(group_of(site)) {
            return;
        }
        if let Some(vote) = vote {
            self.tell_leader(COORDINATOR, Message::SiteVote { site, txn, vote }, cx);
        }
        if self.replica(site).state.resource.prepared(txn).is_some() {
            cx.set_timer(Timer::SiteDoubt(site, txn), cx.config().decision_timeout);
        } else {
            self.let_go(site, txn, cx);
        }
    }

    /// A transaction is over at the site: those whose locks are free now are prepared.
    fn let_go(&mut self, site: Site, txn: Txn, cx: &mut Context<ReplicatedCommit>) {
        cx.cancel_timer(Timer::SiteDoubt(site, txn));
        let (_, granted) = self.replica(site).participant.let_go(txn);
        for ready in granted {
            self.propose_part(site, ready, cx);
        }
    }

    /// The leader is asked to prepare the site's part, perhaps not for the first time. First it needs its locks.
    pub(super) fn on_ask_site(&mut self, site: Site, ready: Ready, cx: &mut Context<ReplicatedCommit>) {
        let (txn, request) = (ready.txn, ready.request);
        if !self.acts_for(group_of(site)) || self.replica(site).voting.contains(&txn) {
            return;
        }
        let Replica { state, participant, .. } = self.replica(site);
        let blocked = in_the_way(&state.attempts, txn, request).filter(|_| !state.has_voted(txn));
        if let Some(why) = blocked {
            return self.propose_refusal(site, txn, why, cx);
        }
        let vote = match participant.asked(ready, &state.resource) {
            ToDo::Prepare(ready) => return self.propose_part(site, ready, cx),
            ToDo::VoteNo(why) => return self.propose_refusal(site, txn, Why::Refused(why), cx),
            ToDo::VoteAgain(reads) => Vote::Prepared { reads },
            ToDo::VoteNoAgain => Vote::Aborted { why: Why::Refused(Refusal::Aborted) },
            // It waits for locks, or was committed.
            ToDo::Nothing => match state.read.get(&txn) {
                Some(reads) => Vote::Prepared { reads: reads.clone() },
                None => return,
            },
        };
        self.tell_leader(COORDINATOR, Message::SiteVote { site, txn, vote }, cx);
    }

    /// It has its locks.
    fn propose_part(&mut self, site: Site, ready: Ready, cx: &mut Context<ReplicatedCommit>) {
        let Ready { txn, request, work } = ready;
        let replica = self.replica(site);
        replica.voting.insert(txn);
        let hasty = cx.config().has(Bug::VotesBeforeCommitted);
        if let (true, Ok(effects)) = (hasty, replica.state.resource.execute(&work.steps)) {
            let vote = Vote::Prepared { reads: effects.reads };
            self.tell_leader(COORDINATOR, Message::SiteVote { site, txn, vote }, cx);
        }
        self.propose(group_of(site), Command::Prepare { txn, request, work });
    }

    fn propose_refusal(&mut self, site: Site, txn: Txn, why: Why, cx: &mut Context<ReplicatedCommit>) {
        self.replica(site).voting.insert(txn);
        self.propose(group_of(site), Command::Refuse { txn, why });
        // It has no locks, and does not wait for them; who is let go twice has nothing to let go.
        self.let_go(site, txn, cx);
    }

    /// The leader hears a decision. What it has not been asked to prepare when it hears of an abort it will not prepare
    /// any more.
    pub(super) fn on_site_decision(&mut self, site: Site, txn: Txn, decision: Decision) {
        if !self.acts_for(group_of(site)) {
            return;
        }
        let replica = self.replica(site);
        let (resource, abort) = (&replica.state.resource, decision == Decision::Abort);
        let due = resource.finished(txn).is_none() && (abort || resource.prepared(txn).is_some());
        if due && replica.finishing.insert(txn) {
            self.propose(group_of(site), Command::Finish { txn, decision });
        }
    }

    /// The leader has waited in vain for a decision.
    pub(super) fn on_site_doubt(&mut self, site: Site, txn: Txn, cx: &mut Context<ReplicatedCommit>) {
        if !self.acts_for(group_of(site)) || self.replica(site).state.resource.prepared(txn).is_none() {
            return;
        }
        cx.fact(CommitFact::InDoubt { site, txn });
        self.tell_leader(COORDINATOR, Message::SiteInquiry { site, txn }, cx);
        cx.set_timer(Timer::SiteDoubt(site, txn), cx.config().decision_timeout);
    }

    /// This node begins to act for the site: what is prepared is locked again, and somebody may wait for its votes.
    pub(super) fn take_up_site(&mut self, site: Site, cx: &mut Context<ReplicatedCommit>) {
        let Replica { state, participant, .. } = self.replica(site);
        for (txn, work) in state.resource.in_doubt() {
            participant.restore(txn, work);
            cx.set_timer(Timer::SiteDoubt(site, txn), cx.config().decision_timeout);
        }
    }

    /// This node acts for the site no more: what only a leader knows it forgets.
    pub(super) fn lay_down_site(&mut self, site: Site) {
        let Replica { participant, voting, finishing, .. } = self.replica(site);
        (*participant, *voting, *finishing) = (Participant::default(), BTreeSet::new(), BTreeSet::new());
    }
}
