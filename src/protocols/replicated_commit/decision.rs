//! The decision: who hears of it, and how sites carry it out.

use crate::node::{Context, Outcome};
use crate::parts::intake::gather;
use crate::parts::participant::Refusal;
use crate::parts::resource::ResourceChange;
use crate::protocols::replicated_commit::voting::own_site;
use crate::protocols::replicated_commit::{Change, Lead, Message, ReplicatedCommit, Timer, Why};
use crate::spec::atomic_commit::{CommitFact, Decision, Reply, Site, Txn, Value};
use std::collections::BTreeMap;

impl ReplicatedCommit {
    /// The leader learns that the transaction is committed. It was before: another leader would find the same votes.
    pub(super) fn commit(&mut self, txn: Txn, reads: BTreeMap<Site, Vec<Value>>, cx: &mut Context<Self>) {
        let Some(Lead { asked, .. }) = self.conclude(txn, Decision::Commit, cx) else { return };
        if let Some((request, op)) = asked {
            let told = gather(&op, cx.config().sites(cx.nodes()), &reads);
            cx.reply(request, Outcome::Done(Reply::Committed(told)));
        }
    }

    /// The leader learns that it is aborted. Its client is told so for good where it makes no sense to try again; where
    /// another transaction for the same request is in the way, that must be finished.
    pub(super) fn abort(&mut self, txn: Txn, why: Why, cx: &mut Context<Self>) {
        let Some(Lead { sites, asked, .. }) = self.conclude(txn, Decision::Abort, cx) else { return };
        let Some((request, op)) = asked else { return };
        match why {
            Why::Refused(Refusal::Impossible) => cx.reply(request, Outcome::Done(Reply::Aborted)),
            Why::Repeated { other } => {
                self.intake.begin(request, other);
                self.take_over(other, sites, Some((request, op)), cx);
            }
            Why::Refused(Refusal::Dies | Refusal::Aborted) | Why::NoVote => {
                cx.reply(request, Outcome::Refused("aborted: try again"));
            }
            // Nobody waits for an answer.
            Why::Stale => {}
        }
    }

    /// It leads the transaction no more, and tells the sites.
    fn conclude(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) -> Option<Lead> {
        let lead = self.leads.remove(&txn)?;
        cx.cancel_timer(Timer::Ballot(txn));
        if let Some((request, _)) = &lead.asked {
            self.intake.end(*request);
        }
        self.decided.insert(txn, decision);
        cx.fact(CommitFact::Decided { txn, decision });
        for site in &lead.sites {
            cx.send(cx.config().node_of(*site), Message::Decision { txn, decision });
        }
        Some(lead)
    }

    /// A site hears the decision.
    pub(super) fn on_decision(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) {
        let resource = &cx.stable().resource;
        let (finished, prepared) = (resource.finished(txn).is_some(), resource.prepared(txn).is_some());
        // Without its vote nothing commits: it has nothing to carry out then, and does not say that it has. What it
        // has not been asked to prepare when it hears of an abort it will not prepare any more.
        if !finished && (prepared || decision == Decision::Abort) {
            self.finish(txn, decision, cx);
        }
    }

    /// The site carries out a decision.
    pub(super) fn finish(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) {
        cx.write(Change::Finish(ResourceChange::Finish { site: own_site(cx), txn, decision }));
        self.let_go(txn, cx);
    }

    /// A transaction is over at the site, which lets go of its locks.
    pub(super) fn let_go(&mut self, txn: Txn, cx: &mut Context<Self>) {
        cx.cancel_timer(Timer::Doubt(txn));
        self.inquiries.remove(&txn);
        let (_, granted) = self.participant.let_go(txn);
        // Those whose locks are free now vote.
        granted.into_iter().for_each(|ready| self.prepare(ready, cx));
    }
}
