//! Phase 3: the decision, its way to the sites, and forgetting.

use crate::node::{Context, NodeId, Outcome, RequestId};
use crate::parts::resource::ResourceChange;
use crate::protocols::three_phase_commit::state::{COORDINATOR, Committable, node_of, site_of};
use crate::protocols::three_phase_commit::voting::own_site;
use crate::protocols::three_phase_commit::{Change, Message, State, ThreePhaseCommit, Timer};
use crate::spec::atomic_commit::{Decision, Txn};

impl ThreePhaseCommit {
    /// The coordinator commits what is committable, and its client hears of it.
    pub(super) fn commit(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(Committable { request, sites, reply }) = cx.stable().committable.get(&txn).cloned() else { return };
        self.leave_phase_two(txn, request, cx);
        cx.write(Change::Commit { txn });
        self.unfinished.insert(txn, sites.into_iter().collect());
        self.send_commit(txn, cx);
        cx.reply(request, Outcome::Done(reply));
    }

    pub(super) fn leave_phase_two(&mut self, txn: Txn, request: RequestId, cx: &mut Context<Self>) {
        self.acknowledged.remove(&txn);
        self.recovered.remove(&txn);
        self.intake.end(request);
        cx.cancel_timer(Timer::Answers(txn));
        cx.cancel_timer(Timer::Resend(txn));
    }

    /// To the sites that have not carried it out.
    pub(super) fn send_commit(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(left) = self.unfinished.get(&txn) else { return };
        for site in left {
            cx.send(node_of(*site), Message::Decision { txn, decision: Decision::Commit });
        }
        cx.set_timer(Timer::Resend(txn), cx.config().resend);
    }

    /// A site hears the decision, from whomever.
    pub(super) fn on_decision(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) {
        if site_of(cx.id()).is_none() {
            return self.on_decision_of_sites(txn, decision, cx);
        }
        match (cx.stable().state(txn), decision) {
            // It may not have been heard that it was carried out.
            (Some(State::Committed), Decision::Commit) => cx.send(COORDINATOR, Message::Done { txn }),
            (Some(State::Committed), Decision::Abort) | (Some(State::Aborted), _) => {}
            // Without its vote nothing commits. It has nothing to carry out, and does not say that it has.
            (None, Decision::Commit) => {}
            (Some(State::Uncertain | State::Committable), Decision::Commit) => {
                self.finish(txn, Decision::Commit, cx);
                cx.send(COORDINATOR, Message::Done { txn });
            }
            (Some(State::Uncertain | State::Committable) | None, Decision::Abort) => {
                self.finish(txn, Decision::Abort, cx);
            }
        }
    }

    /// The site carries out a decision.
    pub(super) fn finish(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) {
        cx.write(Change::Resource(ResourceChange::Finish { site: own_site(cx), txn, decision }));
        self.let_go(txn, cx);
    }

    /// A transaction is over at the site, which lets go of its locks. Says what had asked for it, where it still waited
    /// for locks.
    pub(super) fn let_go(&mut self, txn: Txn, cx: &mut Context<Self>) -> Option<RequestId> {
        [Timer::Doubt(txn), Timer::Answers(txn), Timer::Resend(txn)]
            .into_iter()
            .for_each(|timer| cx.cancel_timer(timer));
        self.watched.remove(&txn);
        let (waited, granted) = self.participant.let_go(txn);
        // Those whose locks are free now vote.
        granted.into_iter().for_each(|ready| self.prepare(ready, cx));
        waited
    }

    /// When all sites have carried it out, nobody will ever ask: the coordinator can forget.
    pub(super) fn on_done(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        let Some(left) = self.unfinished.get_mut(&txn) else { return };
        left.retain(|site| Some(*site) != site_of(from));
        if left.is_empty() {
            self.unfinished.remove(&txn);
            cx.cancel_timer(Timer::Resend(txn));
            cx.write(Change::Forget { txn });
        }
    }
}
