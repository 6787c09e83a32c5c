//! Phase 2: the decision, its way to the sites, and forgetting.

use crate::node::{Context, NodeId, Outcome, RequestId};
use crate::parts::intake::gather;
use crate::parts::participant::Refusal;
use crate::parts::resource::ResourceChange;
use crate::protocols::two_phase_commit::state::{COORDINATOR, node_of, site_of, sites};
use crate::protocols::two_phase_commit::voting::own_site;
use crate::protocols::two_phase_commit::{Bug, Change, Message, Timer, TwoPhaseCommit};
use crate::spec::atomic_commit::{CommitFact, Decision, Reply, Txn};

impl TwoPhaseCommit {
    /// The commit is decided as it reaches the coordinator's disk.
    pub(super) fn commit(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(voting) = self.voting.remove(&txn) else { return };
        self.intake.end(voting.request);
        cx.cancel_timer(Timer::Votes(txn));
        let request = voting.request;
        let reads = voting.sites.iter().map(|site| (*site, voting.yes.get(site).cloned().unwrap_or_default()));
        let enough = voting.sites.iter().all(|site| voting.yes.contains_key(site));
        // Only by mistake does it come here without all votes, and so without all that was read.
        let told = if enough { gather(&voting.op, sites(cx.nodes()), &reads.collect()) } else { Vec::new() };
        let reply = Reply::Committed(told);
        let record = Change::Commit { txn, request, sites: voting.sites.clone(), reply: reply.clone() };
        if cx.config().has(Bug::DecisionSentFirst) {
            cx.write_lazy(record)
        } else {
            cx.write(record)
        }
        self.unacknowledged.insert(txn, voting.sites.into_iter().collect());
        self.send_commit(txn, cx);
        cx.reply(request, Outcome::Done(reply));
    }

    /// Nobody needs to remember an abort: it is what is presumed of a transaction that nothing is known of. (Mohan et
    /// al. 1986, section 3) A client is told so for good where it makes no sense to try again.
    pub(super) fn abort(&mut self, txn: Txn, why: Refusal, cx: &mut Context<Self>) {
        let Some(voting) = self.voting.remove(&txn) else { return };
        self.intake.end(voting.request);
        cx.cancel_timer(Timer::Votes(txn));
        cx.fact(CommitFact::Decided { txn, decision: Decision::Abort });
        for site in voting.sites {
            cx.send(node_of(site), Message::Decision { txn, decision: Decision::Abort });
        }
        match why {
            Refusal::Impossible => {
                cx.write(Change::GiveUp { request: voting.request });
                cx.reply(voting.request, Outcome::Done(Reply::Aborted));
            }
            Refusal::Dies | Refusal::Aborted => cx.reply(voting.request, Outcome::Refused("aborted: try again")),
        }
    }

    /// To the sites that have not acknowledged it.
    pub(super) fn send_commit(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(left) = self.unacknowledged.get(&txn) else { return };
        for site in left {
            cx.send(node_of(*site), Message::Decision { txn, decision: Decision::Commit });
        }
        cx.set_timer(Timer::Acks(txn), cx.config().resend);
    }

    /// A site hears the decision, from whomever.
    pub(super) fn on_decision(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) {
        let resource = &cx.stable().resource;
        let (finished, prepared) = (resource.finished(txn), resource.prepared(txn).is_some());
        match (finished, decision) {
            // It may not have been heard that it was carried out.
            (Some(Decision::Commit), Decision::Commit) => cx.send(COORDINATOR, Message::Ack { txn }),
            (Some(_), _) => {}
            (None, Decision::Commit) if !prepared => {
                // Without its vote nothing commits. It has nothing to carry out, and does not say that it has.
            }
            (None, Decision::Commit) => {
                self.finish(txn, Decision::Commit, cx);
                cx.send(COORDINATOR, Message::Ack { txn });
            }
            // What it has not been asked to prepare it will not prepare any more.
            (None, Decision::Abort) => self.finish(txn, Decision::Abort, cx),
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
        cx.cancel_timer(Timer::Doubt(txn));
        let (waited, granted) = self.participant.let_go(txn);
        // Those whose locks are free now vote.
        granted.into_iter().for_each(|ready| self.prepare(ready, cx));
        waited
    }

    /// When all sites have carried it out, none is in doubt any more: the coordinator can forget. (Mohan et al. 1986,
    /// section 3) There, the note of that is not forced, since at worst the sites are told once more. Here whatever is
    /// said behind it waits for it: a question that is late and comes twice is answered by presumption, with an abort
    /// that nobody heeds, and the log must not say otherwise then.
    pub(super) fn on_ack(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        let Some(left) = self.unacknowledged.get_mut(&txn) else { return };
        left.retain(|site| Some(*site) != site_of(from));
        if left.is_empty() || cx.config().has(Bug::ForgetsAfterOneAck) {
            self.unacknowledged.remove(&txn);
            cx.cancel_timer(Timer::Acks(txn));
            cx.write(Change::Forget { txn });
        }
    }
}
