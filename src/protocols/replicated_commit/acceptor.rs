//! The acceptor: what it promises, what it accepts, and when it tells whom.

use crate::node::{Context, NodeId};
use crate::protocols::replicated_commit::{Bug, Change, Message, ReplicatedCommit, Vote};
use crate::spec::atomic_commit::{Decision, Site, Txn};
use crate::spec::consensus::Ballot;

impl ReplicatedCommit {
    /// Phase 1b: it promises to take part in no lower ballot, in no instance of the transaction, and tells what it has
    /// accepted in each.
    pub(super) fn on_phase1a(&mut self, from: NodeId, txn: Txn, ballot: Ballot, cx: &mut Context<Self>) {
        let promised = cx.stable().promised(txn);
        if ballot < promised {
            return self.tell(from, Message::Preempted { txn, ballot, promised }, cx);
        }
        self.promise(txn, ballot, cx);
        let acceptance = cx.stable().acceptances.get(&txn);
        let votes = acceptance.into_iter().flat_map(|acceptance| &acceptance.accepted);
        let accepted = votes.map(|(site, (ballot, vote))| (*site, *ballot, vote.clone())).collect();
        self.tell(from, Message::Phase1b { txn, ballot, accepted }, cx);
    }

    /// It is written down before anybody is told.
    pub(super) fn promise(&mut self, txn: Txn, ballot: Ballot, cx: &mut Context<Self>) {
        if ballot > cx.stable().promised(txn) {
            cx.write(Change::Promise { txn, ballot });
        }
    }

    /// Phase 2b: it accepts the votes, unless it has promised a higher ballot.
    pub(super) fn on_phase2a(
        &mut self,
        from: NodeId,
        (txn, sites): (Txn, Vec<Site>),
        ballot: Ballot,
        votes: Vec<(Site, Vote)>,
        cx: &mut Context<Self>,
    ) {
        let promised = cx.stable().promised(txn);
        if ballot < promised && !cx.config().has(Bug::PromiseIgnored) {
            // Of a site's own vote there is nothing to begin anew.
            return if ballot.round > 0 {
                self.tell(from, Message::Preempted { txn, ballot, promised }, cx)
            };
        }
        self.promise(txn, ballot, cx);
        self.accept(txn, ballot, votes, cx);
        let leader = if ballot.round > 0 { ballot.node } else { cx.config().leader_of(txn, 0) };
        let accepted = cx.stable().acceptances[&txn].accepted.iter();
        let votes: Vec<_> = accepted
            .filter(|(_, (other, _))| *other == ballot)
            .map(|(site, (_, vote))| (*site, vote.clone()))
            .collect();
        // The messages of all instances go in one: it waits until it has all votes, or one that aborts.
        let aborts = votes.iter().any(|(_, vote)| vote.decision() == Decision::Abort);
        if aborts || sites.iter().all(|site| votes.iter().any(|(voted, _)| voted == site)) {
            self.tell(leader, Message::Phase2b { txn, ballot, votes }, cx);
        }
    }

    /// What it has accepted in this ballot already stays as it is.
    fn accept(&mut self, txn: Txn, ballot: Ballot, votes: Vec<(Site, Vote)>, cx: &mut Context<Self>) {
        let acceptance = cx.stable().acceptances.get(&txn);
        let has = |site: &Site| acceptance.and_then(|acceptance| acceptance.accepted.get(site)).map(|(b, _)| *b);
        let votes: Vec<_> = votes.into_iter().filter(|(site, _)| has(site) != Some(ballot)).collect();
        if votes.is_empty() {
            return;
        }
        let record = Change::Accept { txn, ballot, votes };
        if cx.config().has(Bug::AcceptedSentFirst) { cx.write_lazy(record) } else { cx.write(record) }
    }

    /// To another node, or to itself: then it is heard in the same step, and what follows waits for the same records.
    pub(super) fn tell(&mut self, to: NodeId, message: Message, cx: &mut Context<Self>) {
        if to == cx.id() {
            self.hear(to, message, cx);
        } else {
            cx.send(to, message);
        }
    }

    pub(super) fn tell_acceptors(&mut self, message: Message, cx: &mut Context<Self>) {
        for acceptor in cx.config().acceptors() {
            self.tell(acceptor, message.clone(), cx);
        }
    }
}
