//! What a site does that is in doubt for too long, and what that leads to.

use crate::node::{Context, NodeId};
use crate::protocols::replicated_commit::voting::own_site;
use crate::protocols::replicated_commit::{Message, ReplicatedCommit, Timer};
use crate::spec::atomic_commit::{CommitFact, Site, Txn};

impl ReplicatedCommit {
    /// It asks whoever has begun the transaction, and if that says nothing, one acceptor after the other: each can find
    /// out.
    pub(super) fn on_doubt(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some((work, _)) = cx.stable().resource.prepared(txn) else { return };
        let sites = work.sites.clone();
        let site = own_site(cx);
        let asked = self.inquiries.entry(txn).or_default();
        let acceptor = cx.config().leader_of(txn, *asked);
        *asked += 1;
        cx.fact(CommitFact::InDoubt { site, txn });
        cx.send(acceptor, Message::Inquire { txn, sites });
        cx.set_timer(Timer::Doubt(txn), cx.config().decision_timeout);
    }

    /// Somebody is in doubt. Who knows the decision says it; who does not, finds out.
    pub(super) fn on_inquiry(&mut self, from: NodeId, txn: Txn, sites: Vec<Site>, cx: &mut Context<Self>) {
        match self.decided.get(&txn).copied() {
            Some(decision) => cx.send(from, Message::Decision { txn, decision }),
            None => self.take_over(txn, sites, None, cx),
        }
    }
}
