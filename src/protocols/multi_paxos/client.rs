//! Client interaction (PMMC, section 2.3; Ongaro's thesis 2014, section 6.3, for the sessions).

use crate::node::{Context, Outcome, RequestId};
use crate::parts::session::Standing;
use crate::protocols::multi_paxos::{MultiPaxos, Reads, Role};
use crate::spec::replicated_log::Command;
use crate::spec::store::Op;

impl MultiPaxos {
    /// A leader proposes the request in the next free slot and answers once it is applied, reads too, unless the
    /// configuration says how else; others send the client on. What was executed is answered from the session table,
    /// which is a part of the applied state.
    pub(super) fn on_client_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        let Role::Leader { .. } = &self.role else {
            let outcome = match self.leader {
                Some(leader) => Outcome::Redirect(leader),
                None => Outcome::Refused("no leader is known"),
            };
            return cx.reply(request, outcome);
        };
        if let (Op::Get(key), true) = (&op, cx.config().reads != Reads::Log) {
            return self.on_read(request, *key, cx);
        }
        match self.machine.standing(request) {
            Standing::Executed(reply) => return cx.reply(request, Outcome::Done(reply.clone())),
            Standing::Stale => return cx.reply(request, Outcome::Unknown),
            Standing::Fresh => {}
        }
        let Role::Leader { asked, waiting, .. } = &mut self.role else { return };
        if !asked.insert(request) {
            // A retry of what this leader has proposed already: the answer to the first attempt is one to this.
            return;
        }
        waiting.push_back(Command::Apply(request, op));
        self.fill(cx);
    }

    /// A leader that steps down cannot tell what becomes of what it has proposed; what still waits it never will.
    pub(super) fn abandon_requests(&mut self, cx: &mut Context<Self>) {
        self.abandon_reads(cx);
        let Role::Leader { asked, waiting, .. } = &mut self.role else { return };
        for command in std::mem::take(waiting) {
            if let Command::Apply(request, _) = command {
                asked.remove(&request);
                cx.reply(request, Outcome::Refused("it does not lead any more"));
            }
        }
        for request in std::mem::take(asked) {
            cx.reply(request, Outcome::Unknown);
        }
    }
}
