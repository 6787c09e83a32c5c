//! After a crash: who has an undecided transaction on its disk has failed for it, and asks what became of it.

use crate::node::{Context, NodeId, Outcome};
use crate::parts::participant::Refusal;
use crate::parts::resource::Work;
use crate::protocols::three_phase_commit::state::{COORDINATOR, node_of, site_of};
use crate::protocols::three_phase_commit::voting::own_site;
use crate::protocols::three_phase_commit::{Bug, Change, Message, State, ThreePhaseCommit, Timer, Watch};
use crate::spec::atomic_commit::{CommitFact, Decision, Site, Txn};

impl ThreePhaseCommit {
    /// What it had decided the coordinator tells the sites again. What was in phase 2 they may have terminated in
    /// either way: it asks. Of what was in phase 1 nobody was committable, so nobody can have committed: it need not
    /// know of it.
    pub(super) fn recover_coordinator(&mut self, cx: &mut Context<Self>) {
        cx.write(Change::Epoch { epoch: cx.stable().epoch + 1 });
        let commits = cx.stable().commits.iter();
        self.unfinished = commits.map(|(txn, sites)| (*txn, sites.iter().copied().collect())).collect();
        self.recovered = cx.stable().committable.keys().map(|txn| (*txn, Default::default())).collect();
        let decided: Vec<Txn> = self.unfinished.keys().copied().collect();
        let undecided: Vec<Txn> = self.recovered.keys().copied().collect();
        decided.into_iter().for_each(|txn| self.send_commit(txn, cx));
        undecided.into_iter().for_each(|txn| self.ask_sites(txn, cx));
    }

    /// A site locks again what it had prepared.
    pub(super) fn recover_site(&mut self, cx: &mut Context<Self>) {
        let in_doubt: Vec<(Txn, Work)> =
            cx.stable().resource.in_doubt().map(|(txn, work)| (txn, work.clone())).collect();
        for (txn, work) in in_doubt {
            self.participant.restore(txn, &work);
            if cx.config().has(Bug::RecoveredTakesPart) {
                self.watched.insert(txn, Watch::default());
                cx.set_timer(Timer::Doubt(txn), cx.config().timeout);
                continue;
            }
            cx.fact(CommitFact::InDoubt { site: own_site(cx), txn });
            self.ask_everybody(txn, cx);
        }
    }

    /// It is time to ask again, or to say again: whatever the node waits for.
    pub(super) fn on_resend(&mut self, txn: Txn, cx: &mut Context<Self>) {
        if site_of(cx.id()).is_some() {
            return if self.watched.contains_key(&txn) { self.ask_again(txn, cx) } else { self.ask_everybody(txn, cx) };
        }
        self.send_precommit(txn, cx);
        self.send_commit(txn, cx);
        self.ask_sites(txn, cx);
    }

    fn ask_sites(&mut self, txn: Txn, cx: &mut Context<Self>) {
        if self.recovered.contains_key(&txn)
            && let Some(committable) = cx.stable().committable.get(&txn)
        {
            let sites = committable.sites.clone();
            sites.into_iter().for_each(|site| cx.send(node_of(site), Message::Inquire { txn }));
            cx.set_timer(Timer::Resend(txn), cx.config().resend);
        }
    }

    fn ask_everybody(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some((work, _)) = cx.stable().resource.prepared(txn) else { return };
        let own = own_site(cx);
        let others: Vec<NodeId> = work.sites.iter().filter(|site| **site != own).map(|site| node_of(*site)).collect();
        for node in std::iter::once(COORDINATOR).chain(others) {
            cx.send(node, Message::Inquire { txn });
        }
        cx.set_timer(Timer::Resend(txn), cx.config().resend);
    }

    /// Somebody has recovered, and asks.
    pub(super) fn on_inquiry(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        let decision = if site_of(cx.id()).is_none() { self.known(txn, cx) } else { self.known_at_site(from, txn, cx) };
        if let Some(decision) = decision {
            cx.send(from, Message::Decision { txn, decision });
        }
    }

    /// What the coordinator knows. Without a note of phase 2 nobody can have committed.
    fn known(&self, txn: Txn, cx: &Context<Self>) -> Option<Decision> {
        let disk = cx.stable();
        if disk.commits.contains_key(&txn) {
            Some(Decision::Commit)
        } else if self.voting.contains_key(&txn) || disk.committable.contains_key(&txn) {
            None
        } else {
            Some(Decision::Abort)
        }
    }

    fn known_at_site(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) -> Option<Decision> {
        match cx.stable().state(txn) {
            Some(State::Committed) => Some(Decision::Commit),
            Some(State::Aborted) => Some(Decision::Abort),
            Some(State::Uncertain | State::Committable) => {
                if from == COORDINATOR && !self.watched.contains_key(&txn) {
                    cx.send(from, Message::Recovered { txn });
                }
                None
            }
            None => {
                self.vote_no(txn, None, Refusal::Aborted, cx);
                Some(Decision::Abort)
            }
        }
    }

    /// A total failure: every site has crashed since it voted, and none has decided. So none ever will but by what the
    /// coordinator says, and it has a note that all have voted yes.
    pub(super) fn on_recovered(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        let (Some(failed), Some(site)) = (self.recovered.get_mut(&txn), site_of(from)) else { return };
        failed.insert(site);
        let all = |sites: &[Site]| sites.iter().all(|site| failed.contains(site));
        if cx.stable().committable.get(&txn).is_some_and(|committable| all(&committable.sites)) {
            self.commit(txn, cx);
        }
    }

    /// The coordinator hears how the sites have terminated what was in phase 2 when it crashed.
    pub(super) fn on_decision_of_sites(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) {
        let Some(committable) = cx.stable().committable.get(&txn) else { return };
        let request = committable.request;
        match decision {
            Decision::Commit => self.commit(txn, cx),
            Decision::Abort => {
                self.leave_phase_two(txn, request, cx);
                cx.write(Change::Abort { txn });
                cx.reply(request, Outcome::Refused("aborted: try again"));
            }
        }
    }
}
