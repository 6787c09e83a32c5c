//! The leader: it counts what acceptors have accepted, and begins higher ballots where that does not come to an end.

use crate::node::{Context, NodeId, RequestId, Span};
use crate::parts::quorum::Tally;
use crate::protocols::replicated_commit::{Bug, Lead, Message, Phase, ReplicatedCommit, Timer, Vote, Why};
use crate::spec::atomic_commit::{CommitFact, Op, Site, Txn};
use crate::spec::consensus::Ballot;
use std::collections::BTreeMap;

/// How long a leader waits for a ballot doubles so many times at most.
const DOUBLINGS: u32 = 2;

impl ReplicatedCommit {
    /// Phase 2b arrives. Committed: for every site a majority has accepted, in this ballot, that it is prepared.
    /// Aborted: one vote is to abort and chosen; a site's own in ballot 0 needs not be chosen, since nothing else can
    /// be.
    pub(super) fn on_phase2b(
        &mut self,
        from: NodeId,
        txn: Txn,
        ballot: Ballot,
        votes: Vec<(Site, Vote)>,
        cx: &mut Context<Self>,
    ) {
        let majority = if cx.config().has(Bug::OneAcceptorCommits) { 1 } else { cx.config().acceptors / 2 + 1 };
        let Some(lead) = self.leads.get_mut(&txn).filter(|lead| lead.ballot == ballot) else { return };
        let Phase::Votes { accepted } = &mut lead.phase else { return };
        for (site, vote) in votes {
            accepted.entry(site).or_insert_with(|| (vote, Tally::default())).1.add(from);
        }
        let chosen = |(vote, heard): &(Vote, Tally)| match vote {
            Vote::Prepared { .. } => heard.count() >= majority,
            Vote::Aborted { .. } => ballot.round == 0 || heard.count() >= majority,
        };
        let why = accepted.values().filter(|heard| chosen(heard)).find_map(|(vote, _)| match vote {
            Vote::Aborted { why } => Some(*why),
            Vote::Prepared { .. } => None,
        });
        if let Some(why) = why {
            return self.abort(txn, why, cx);
        }
        let prepared = |site: &Site| accepted.get(site).is_some_and(&chosen);
        if lead.sites.iter().all(prepared) {
            let reads = accepted.iter().filter_map(|(site, (vote, _))| match vote {
                Vote::Prepared { reads } => Some((*site, reads.clone())),
                Vote::Aborted { .. } => None,
            });
            let reads = reads.collect();
            self.commit(txn, reads, cx);
        }
    }

    /// The leader has waited in vain.
    pub(super) fn on_ballot_timeout(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(lead) = self.leads.remove(&txn) else { return };
        if lead.ballot.round == 0 {
            cx.fact(CommitFact::TimedOut { txn });
        }
        self.begin_ballot(txn, lead, cx);
    }

    /// Somebody waits in vain for whoever leads the transaction: this node does so from now on. `asked` is what a
    /// client wants to know the answer to.
    pub(super) fn take_over(
        &mut self,
        txn: Txn,
        sites: Vec<Site>,
        asked: Option<(RequestId, Op)>,
        cx: &mut Context<Self>,
    ) {
        if cx.config().has(Bug::LeavesOrphans) && cx.config().leader_of(txn, 0) != cx.id() {
            return;
        }
        match self.leads.get_mut(&txn) {
            // It does already.
            Some(lead) => lead.asked = lead.asked.take().or(asked),
            None => {
                cx.fact(CommitFact::TimedOut { txn });
                let (ballot, phase) = (Ballot::default(), Phase::Votes { accepted: BTreeMap::new() });
                self.begin_ballot(txn, Lead { sites, asked, ballot, heard: ballot, begun: 0, phase }, cx);
            }
        }
    }

    /// Phase 1a, in all instances of the transaction at once. Its own acceptor promises first, so that after a crash it
    /// uses no ballot twice.
    fn begin_ballot(&mut self, txn: Txn, mut lead: Lead, cx: &mut Context<Self>) {
        let round = lead.heard.round.max(cx.stable().promised(txn).round) + 1;
        let ballot = Ballot { round, node: cx.id() };
        let Span { min, max } = cx.config().ballot_timeout;
        let times = 1 << lead.begun.min(DOUBLINGS);
        cx.set_timer(Timer::Ballot(txn), Span::new(min * times, max * times));
        (lead.ballot, lead.heard, lead.begun) = (ballot, ballot, lead.begun + 1);
        lead.phase = Phase::Promises { promised: Tally::default(), reported: BTreeMap::new() };
        self.leads.insert(txn, lead);
        self.promise(txn, ballot, cx);
        self.tell_acceptors(Message::Phase1a { txn, ballot }, cx);
    }

    /// Phase 1b arrives. With a majority the leader proposes, for each site, the vote that was accepted in the highest
    /// ballot; where there is none the site's vote cannot have been chosen, and it proposes *aborted*. (section 4)
    pub(super) fn on_phase1b(
        &mut self,
        from: NodeId,
        txn: Txn,
        ballot: Ballot,
        accepted: Vec<(Site, Ballot, Vote)>,
        cx: &mut Context<Self>,
    ) {
        let Some(lead) = self.leads.get_mut(&txn).filter(|lead| lead.ballot == ballot) else { return };
        let Phase::Promises { promised, reported } = &mut lead.phase else { return };
        promised.add(from);
        for (site, ballot, vote) in accepted {
            if reported.get(&site).is_none_or(|(other, _)| *other < ballot) {
                reported.insert(site, (ballot, vote));
            }
        }
        if !promised.is_majority_of(cx.config().acceptors) {
            return;
        }
        if cx.config().has(Bug::PresumesAbort) {
            reported.clear();
        }
        let found = |site: &Site| reported.get(site).map(|(_, vote)| vote.clone());
        let vote = |site: &Site| (*site, found(site).unwrap_or(Vote::Aborted { why: Why::NoVote }));
        let (sites, votes) = (lead.sites.clone(), lead.sites.iter().map(vote).collect());
        lead.phase = Phase::Votes { accepted: BTreeMap::new() };
        self.tell_acceptors(Message::Phase2a { txn, sites, ballot, votes }, cx);
    }

    /// Another leader is at it. This one begins a ballot higher than that one's, but not at once.
    pub(super) fn on_preempted(&mut self, txn: Txn, ballot: Ballot, promised: Ballot) {
        if let Some(lead) = self.leads.get_mut(&txn).filter(|lead| lead.ballot == ballot) {
            lead.heard = lead.heard.max(promised);
        }
    }
}
