//! What a site does that is in doubt for too long, and what it is answered: the cooperative termination protocol.

use crate::node::{Context, NodeId};
use crate::parts::participant::Refusal;
use crate::protocols::two_phase_commit::state::{COORDINATOR, node_of, site_of};
use crate::protocols::two_phase_commit::voting::own_site;
use crate::protocols::two_phase_commit::{Bug, Message, Timer, TwoPhaseCommit};
use crate::spec::atomic_commit::{CommitFact, Decision, Txn};

impl TwoPhaseCommit {
    /// A site that has voted yes cannot decide by itself: it asks the coordinator and every other participant.
    /// (Bernstein et al. 1987, section 7.4) It asks again until somebody knows.
    pub(super) fn on_doubt(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some((work, _)) = cx.stable().resource.prepared(txn) else { return };
        let site = own_site(cx);
        let others: Vec<NodeId> =
            work.sites.iter().filter(|other| **other != site).map(|other| node_of(*other)).collect();
        if cx.config().has(Bug::AbortsInDoubt) {
            return self.finish(txn, Decision::Abort, cx);
        }
        cx.fact(CommitFact::InDoubt { site, txn });
        cx.send(COORDINATOR, Message::Inquire { txn });
        if cx.config().cooperative {
            others.into_iter().for_each(|other| cx.send(other, Message::Inquire { txn }));
        }
        cx.set_timer(Timer::Doubt(txn), cx.config().decision_timeout);
    }

    /// Somebody is in doubt.
    pub(super) fn on_inquiry(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        if site_of(cx.id()).is_none() {
            let decision = match (self.voting.contains_key(&txn), cx.stable().commits.contains_key(&txn)) {
                (true, _) => return,
                (false, true) => Decision::Commit,
                // It would know of a commit: whom it has forgotten asks no more. So it is presumed to have aborted.
                (false, false) => Decision::Abort,
            };
            return cx.send(from, Message::Decision { txn, decision });
        }
        let resource = &cx.stable().resource;
        let (prepared, finished) = (resource.prepared(txn).is_some(), resource.finished(txn));
        match finished {
            Some(decision) => cx.send(from, Message::Decision { txn, decision }),
            // It is in doubt itself.
            None if prepared => {}
            // "q has not voted yet: q can unilaterally decide Abort." (section 7.4)
            None => {
                self.vote_no(txn, None, Refusal::Aborted, cx);
                cx.send(from, Message::Decision { txn, decision: Decision::Abort });
            }
        }
    }
}
