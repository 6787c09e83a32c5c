//! What clients ask, and what they are told.

use crate::node::{Context, Outcome, RequestId};
use crate::parts::session::Standing;
use crate::protocols::two_phase_commit::state::{COORDINATOR, node_of, site_of, sites};
use crate::protocols::two_phase_commit::{Message, Timer, TwoPhaseCommit, Voting};
use crate::spec::atomic_commit::{CommitFact, Op, Txn};

impl TwoPhaseCommit {
    /// A request becomes a transaction, unless one runs for it or it was answered before.
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
        // Who asks again is answered when the transaction ends.
        if self.intake.running(request).is_none() {
            self.begin(request, op, cx);
        }
    }

    /// "The coordinator sends a VOTE-REQ message to all participants." (Bernstein et al. 1987, section 7.4)
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
