//! Phase 2: all sites hear that all have voted yes, before anybody commits.

use crate::node::{Context, NodeId};
use crate::parts::intake::gather;
use crate::protocols::three_phase_commit::state::{node_of, site_of, sites};
use crate::protocols::three_phase_commit::voting::own_site;
use crate::protocols::three_phase_commit::{Bug, Change, Committable, Message, State, ThreePhaseCommit, Timer};
use crate::spec::atomic_commit::{CommitFact, Reply, Site, Txn};

impl ThreePhaseCommit {
    /// "If all the votes are Yes, the coordinator sends PRE-COMMIT messages to all participants." (Bernstein et al.
    /// 1987, section 7.5) From now on they may commit without it, so it must not forget that they may.
    pub(super) fn precommit(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(voting) = self.voting.remove(&txn) else { return };
        cx.cancel_timer(Timer::Votes(txn));
        let reply = Reply::Committed(gather(&voting.op, sites(cx.nodes()), &voting.yes));
        let committable = Committable { request: voting.request, sites: voting.sites, reply };
        let record = Change::PreCommit { txn, committable };
        if cx.config().has(Bug::PrecommitSentFirst) {
            cx.write_lazy(record)
        } else {
            cx.write(record)
        }
        self.acknowledged.insert(txn, Default::default());
        self.send_precommit(txn, cx);
        cx.set_timer(Timer::Answers(txn), cx.config().timeout);
    }

    /// To the sites that have not answered.
    pub(super) fn send_precommit(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let (Some(heard), Some(committable)) = (self.acknowledged.get(&txn), cx.stable().committable.get(&txn)) else {
            return;
        };
        let left: Vec<Site> = committable.sites.iter().copied().filter(|site| !heard.contains(site)).collect();
        left.into_iter().for_each(|site| cx.send(node_of(site), Message::PreCommit { txn }));
        cx.set_timer(Timer::Resend(txn), cx.config().resend);
    }

    /// The site is committable from now on. One that has crashed since it voted counts as failed, and must not be
    /// counted on: it hears the decision when it asks.
    pub(super) fn on_precommit(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        match cx.stable().state(txn) {
            Some(State::Committed) => return cx.send(from, Message::Ack { txn }),
            Some(State::Uncertain | State::Committable) if self.watched.contains_key(&txn) => {}
            Some(State::Aborted | State::Uncertain | State::Committable) | None => return,
        }
        self.hear(txn, cx);
        cx.send(from, Message::Ack { txn });
        cx.set_timer(Timer::Doubt(txn), cx.config().timeout * 2);
    }

    /// The site writes down that it is committable.
    pub(super) fn hear(&mut self, txn: Txn, cx: &mut Context<Self>) {
        if cx.stable().state(txn) == Some(State::Uncertain) {
            cx.write(Change::Hear { site: own_site(cx), txn });
        }
    }

    /// "The coordinator waits for ACK messages from all participants that voted Yes. When it has received them all, it
    /// decides Commit." (section 7.5) A site that has taken over does the same.
    pub(super) fn on_ack(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        let Some(site) = site_of(from) else { return };
        if site_of(cx.id()).is_some() {
            return self.on_ack_of_round(site, txn, cx);
        }
        let (Some(heard), Some(committable)) = (self.acknowledged.get_mut(&txn), cx.stable().committable.get(&txn))
        else {
            return;
        };
        heard.insert(site);
        let all = committable.sites.len();
        let majority = all / 2 + 1;
        if heard.len() >= if cx.config().has(Bug::MajorityCommittable) { majority } else { all } {
            self.commit(txn, cx);
        }
    }

    /// Whoever has not acknowledged has failed, and is not waited for. (section 7.5) Those that are up are committable.
    pub(super) fn on_acks_missing(&mut self, txn: Txn, cx: &mut Context<Self>) {
        if self.acknowledged.contains_key(&txn) {
            cx.fact(CommitFact::TimedOut { txn });
            self.commit(txn, cx);
        }
    }
}
