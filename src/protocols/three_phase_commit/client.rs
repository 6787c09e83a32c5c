//! What clients ask, and what they are told.

use crate::node::{Context, Outcome, RequestId};
use crate::parts::session::Standing;
use crate::protocols::three_phase_commit::state::{COORDINATOR, node_of, site_of, sites};
use crate::protocols::three_phase_commit::{Message, ThreePhaseCommit, Timer, Voting};
use crate::spec::atomic_commit::{CommitFact, Op, Txn};

impl ThreePhaseCommit {
    /// A request becomes a transaction, unless one runs for it or it was answered before. What was in phase 2 when the
    /// coordinator crashed the sites may have committed: whoever asked for that waits until it has found out.
    pub(super) fn on_client_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        if site_of(cx.id()).is_some() {
            return cx.reply(request, Outcome::Redirect(COORDINATOR));
        }
        match cx.stable().answers.standing(request) {
            Standing::Executed(reply) => {
                let reply = reply.clone();
                return cx.reply(request, Outcome::Done(reply));
            }
            // Its client has gone on.
            Standing::Stale => return,
            Standing::Fresh => {}
        }
        let undecided = cx.stable().committable.values().any(|committable| committable.request == request);
        if self.intake.running(request).is_none() && !undecided {
            self.begin(request, op, cx);
        }
    }

    /// Phase 1 begins as in two-phase commit.
    fn begin(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        self.begun += 1;
        let txn = Txn { epoch: cx.stable().epoch, number: self.begun };
        let age = self.intake.begin(request, txn);
        let all = sites(cx.nodes());
        let touched: Vec<_> = op.sites(all).into_iter().collect();
        cx.fact(CommitFact::Began { txn, request, op: op.clone() });
        for site in &touched {
            let steps = op.part(*site, all);
            cx.send(node_of(*site), Message::Prepare { txn, request, age, sites: touched.clone(), steps });
        }
        cx.set_timer(Timer::Votes(txn), cx.config().vote_timeout);
        self.voting.insert(txn, Voting { request, op, sites: touched, yes: Default::default() });
    }
}
