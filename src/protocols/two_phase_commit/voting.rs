//! Phase 1: sites prepare and vote, the coordinator counts.

use crate::node::{Context, NodeId, RequestId};
use crate::parts::participant::{Ready, Refusal, ToDo, Vote};
use crate::parts::resource::ResourceChange;
use crate::protocols::two_phase_commit::state::{COORDINATOR, site_of};
use crate::protocols::two_phase_commit::{Bug, Change, Message, Timer, TwoPhaseCommit};
use crate::spec::atomic_commit::{CommitFact, Site, Txn};

impl TwoPhaseCommit {
    /// "When a participant receives a VOTE-REQ, it responds by sending to the coordinator a message containing that
    /// participant's vote." (Bernstein et al. 1987, section 7.4) First it needs its locks.
    pub(super) fn on_prepare(&mut self, ready: Ready, cx: &mut Context<Self>) {
        let (txn, request) = (ready.txn, ready.request);
        let again = |vote| Message::Vote { txn, request, vote };
        match self.participant.asked(ready, &cx.stable().resource) {
            ToDo::Prepare(ready) => self.prepare(ready, cx),
            ToDo::VoteNo(why) => self.vote_no(txn, Some(request), why, cx),
            ToDo::VoteAgain(reads) => cx.send(COORDINATOR, again(Vote::Yes { reads })),
            ToDo::VoteNoAgain => cx.send(COORDINATOR, again(Vote::No { why: Refusal::Aborted })),
            ToDo::Nothing => {}
        }
    }

    /// The site does its part without showing it, and writes it down: "prepared" is a promise that survives a crash.
    pub(super) fn prepare(&mut self, Ready { txn, request, work }: Ready, cx: &mut Context<Self>) {
        let Ok(effects) = cx.stable().resource.execute(&work.steps) else {
            return self.vote_no(txn, Some(request), Refusal::Impossible, cx);
        };
        let (site, reads) = (own_site(cx), effects.reads.clone());
        let record = Change::Resource(ResourceChange::Prepare { site, txn, work, effects });
        if cx.config().has(Bug::VoteSentFirst) {
            cx.write_lazy(record)
        } else {
            cx.write(record)
        }
        cx.send(COORDINATOR, Message::Vote { txn, request, vote: Vote::Yes { reads } });
        cx.set_timer(Timer::Doubt(txn), cx.config().decision_timeout);
    }

    /// "If the participant votes No, it decides Abort and stops." (section 7.4) It must not vote otherwise when the
    /// request reaches it once more, so it writes that down.
    pub(super) fn vote_no(&mut self, txn: Txn, request: Option<RequestId>, why: Refusal, cx: &mut Context<Self>) {
        cx.write(Change::Resource(ResourceChange::Refuse { site: own_site(cx), txn, why: why.words() }));
        let known = self.let_go(txn, cx);
        if let Some(request) = request.or(known) {
            cx.send(COORDINATOR, Message::Vote { txn, request, vote: Vote::No { why } });
        }
    }

    /// "The coordinator collects the vote messages from all participants. If all of them were Yes and the coordinator's
    /// vote is also Yes, then the coordinator decides Commit." (section 7.4)
    pub(super) fn on_vote(&mut self, from: NodeId, txn: Txn, request: RequestId, vote: Vote, cx: &mut Context<Self>) {
        let running = self.intake.running(request).filter(|_| matches!(vote, Vote::Yes { .. }));
        let txn = if cx.config().has(Bug::VotesOfEarlierAttempts) { running.unwrap_or(txn) } else { txn };
        let Some(voting) = self.voting.get_mut(&txn) else {
            // It was decided without this vote, or in an earlier life.
            return if matches!(vote, Vote::Yes { .. }) {
                self.on_inquiry(from, txn, cx)
            };
        };
        match vote {
            Vote::Yes { reads } => {
                voting.yes.extend(site_of(from).map(|site| (site, reads)));
                let (count, all) = (voting.yes.len(), voting.sites.len());
                let majority = all / 2 + 1;
                if count >= if cx.config().has(Bug::MajorityCommits) { majority } else { all } {
                    self.commit(txn, cx);
                }
            }
            Vote::No { why } => self.abort(txn, why, cx),
        }
    }

    /// While it waits for votes the coordinator has decided nothing, so it may abort. (section 7.4)
    pub(super) fn on_votes_missing(&mut self, txn: Txn, cx: &mut Context<Self>) {
        if self.voting.contains_key(&txn) {
            cx.fact(CommitFact::TimedOut { txn });
            self.abort(txn, Refusal::Dies, cx);
        }
    }
}

/// The site that this node is.
///
/// # Panics
/// At the coordinator: nobody asks it to prepare anything.
pub(super) fn own_site(cx: &Context<TwoPhaseCommit>) -> Site {
    site_of(cx.id()).unwrap_or_else(|| panic!("{} coordinates, and was addressed as a site", cx.id()))
}
