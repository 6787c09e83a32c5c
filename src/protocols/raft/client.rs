//! Client interaction (section 8; the thesis' chapter 6).

use crate::node::{Context, Outcome, RequestId};
use crate::parts::session::Standing;
use crate::protocols::raft::{Raft, Reads, Role};
use crate::spec::replicated_log::Command;
use crate::spec::store::Op;

impl Raft {
    /// "If the client's first choice is not the leader, that server will reject the client's request and supply
    /// information about the most recent leader it has heard from." (8) The leader appends the request to its log, and
    /// answers once it is applied; reads too, unless the configuration says how else.
    ///
    /// A request that was executed is answered again from the session table, which is part of the applied state. One
    /// that is on its way may be appended twice; the table sees to it that it is executed once (thesis, 6.3).
    pub(super) fn on_client_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        let Role::Leader { asked, extras, .. } = &mut self.role else {
            let outcome = match self.leader {
                Some(leader) => Outcome::Redirect(leader),
                None => Outcome::Refused("no leader is known"),
            };
            return cx.reply(request, outcome);
        };
        if let (Op::Get(key), true) = (&op, cx.config().reads != Reads::Log) {
            return self.on_read(request, *key, cx);
        }
        if extras.successor.is_some() {
            return cx.reply(request, Outcome::Refused("leadership is being handed over"));
        }
        match self.machine.standing(request) {
            Standing::Executed(reply) => return cx.reply(request, Outcome::Done(reply.clone())),
            Standing::Stale => return cx.reply(request, Outcome::Unknown),
            Standing::Fresh => {}
        }
        // Noted first: in a cluster of one the entry is committed, applied and answered as it is appended.
        if !asked.insert(request) {
            // A retry of what this leader has in its log already: the answer to the first attempt is one to this.
            return;
        }
        self.append_as_leader(Command::Apply(request, op), cx);
        self.replicate_to_all(cx);
    }

    /// A leader that steps down cannot tell what becomes of the entries it has not committed.
    pub(super) fn abandon_requests(&mut self, cx: &mut Context<Self>) {
        self.abandon_reads(cx);
        let Role::Leader { asked, .. } = &mut self.role else { return };
        for request in std::mem::take(asked) {
            cx.reply(request, Outcome::Unknown);
        }
    }
}
