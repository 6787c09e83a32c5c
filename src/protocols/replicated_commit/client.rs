//! What clients ask, and what they are told.

use crate::node::{Context, NodeId, Outcome, RequestId};
use crate::protocols::replicated_commit::{Lead, Message, Phase, ReplicatedCommit, Timer};
use crate::spec::atomic_commit::{CommitFact, Op, Site, Txn};
use crate::spec::consensus::Ballot;
use std::collections::BTreeMap;

impl ReplicatedCommit {
    /// A request becomes a transaction, unless one runs for it here. Whether it was answered before, here or elsewhere,
    /// the sites know. A site sends clients to an acceptor, each to another one.
    pub(super) fn on_client_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        if let Some(member) = &mut self.member {
            return member.on_request(request, op, cx);
        }
        if let Some(site) = cx.config().site_of(cx.id()) {
            let acceptor = NodeId::new(site.0 % cx.config().acceptors);
            return cx.reply(request, Outcome::Redirect(acceptor));
        }
        // Who asks again is answered when the transaction ends.
        if self.intake.running(request).is_none() {
            self.begin(request, op, cx);
        }
    }

    /// The leader asks every site that the transaction touches to prepare. (section 4)
    fn begin(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        self.begun += 1;
        let config = cx.config();
        let txn = Txn { epoch: config.epoch(cx.id(), cx.nodes(), cx.stable().life), number: self.begun };
        let age = self.intake.begin(request, txn);
        let all = config.sites(cx.nodes());
        let sites: Vec<Site> = op.sites(all).into_iter().collect();
        cx.fact(CommitFact::Began { txn, request, op: op.clone() });
        for site in &sites {
            let steps = op.part(*site, all);
            cx.send(config.node_of(*site), Message::Prepare { txn, request, sites: sites.clone(), age, steps });
        }
        cx.set_timer(Timer::Ballot(txn), config.vote_timeout);
        let (ballot, heard, phase) = (Ballot::default(), Ballot::default(), Phase::Votes { accepted: BTreeMap::new() });
        self.leads.insert(txn, Lead { sites, asked: Some((request, op)), ballot, heard, begun: 0, phase });
    }
}
