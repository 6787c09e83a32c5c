//! Phase 1: sites prepare and vote, the coordinator counts.

use crate::node::{Context, NodeId, Outcome, RequestId};
use crate::parts::participant::{Ready, Refusal, ToDo, Vote};
use crate::parts::resource::ResourceChange;
use crate::protocols::three_phase_commit::state::{COORDINATOR, node_of, site_of};
use crate::protocols::three_phase_commit::{Change, Message, ThreePhaseCommit, Timer, Watch};
use crate::spec::atomic_commit::{CommitFact, Decision, Reply, Site, Txn};

impl ThreePhaseCommit {
    /// The site is asked to vote. First it needs its locks.
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

    /// From its vote on the site is uncertain. The coordinator speaks again once it has all votes, or has waited for
    /// them long enough.
    pub(super) fn prepare(&mut self, Ready { txn, request, work }: Ready, cx: &mut Context<Self>) {
        let Ok(effects) = cx.stable().resource.execute(&work.steps) else {
            return self.vote_no(txn, Some(request), Refusal::Impossible, cx);
        };
        let (site, reads) = (own_site(cx), effects.reads.clone());
        cx.write(Change::Resource(ResourceChange::Prepare { site, txn, work, effects }));
        cx.send(COORDINATOR, Message::Vote { txn, request, vote: Vote::Yes { reads } });
        self.watched.insert(txn, Watch::default());
        cx.set_timer(Timer::Doubt(txn), cx.config().vote_timeout + cx.config().timeout);
    }

    /// "If the participant votes No, it decides Abort and stops." (Bernstein et al. 1987, section 7.4)
    pub(super) fn vote_no(&mut self, txn: Txn, request: Option<RequestId>, why: Refusal, cx: &mut Context<Self>) {
        cx.write(Change::Resource(ResourceChange::Refuse { site: own_site(cx), txn, why: why.words() }));
        let known = self.let_go(txn, cx);
        if let Some(request) = request.or(known) {
            cx.send(COORDINATOR, Message::Vote { txn, request, vote: Vote::No { why } });
        }
    }

    /// The coordinator counts.
    pub(super) fn on_vote(&mut self, from: NodeId, txn: Txn, vote: Vote, cx: &mut Context<Self>) {
        let Some(voting) = self.voting.get_mut(&txn) else {
            // It was decided without this vote, or in an earlier life.
            return if matches!(vote, Vote::Yes { .. }) {
                self.on_inquiry(from, txn, cx)
            };
        };
        match vote {
            Vote::Yes { reads } => {
                voting.yes.extend(site_of(from).map(|site| (site, reads)));
                if voting.yes.len() == voting.sites.len() {
                    self.precommit(txn, cx);
                }
            }
            Vote::No { why } => self.abort(txn, why, cx),
        }
    }

    /// Whoever has not voted in time has failed, or waits for locks for too long.
    pub(super) fn on_votes_missing(&mut self, txn: Txn, cx: &mut Context<Self>) {
        if self.voting.contains_key(&txn) {
            cx.fact(CommitFact::TimedOut { txn });
            self.abort(txn, Refusal::Dies, cx);
        }
    }

    /// Before phase 2 the coordinator can decide to abort, and needs no note of it: an abort is presumed.
    fn abort(&mut self, txn: Txn, why: Refusal, cx: &mut Context<Self>) {
        let Some(voting) = self.voting.remove(&txn) else { return };
        self.intake.end(voting.request);
        cx.cancel_timer(Timer::Votes(txn));
        cx.fact(CommitFact::Decided { txn, decision: Decision::Abort });
        for site in voting.sites {
            cx.send(node_of(site), Message::Decision { txn, decision: Decision::Abort });
        }
        match why {
            Refusal::Impossible => {
                cx.write(Change::GiveUp { request: voting.request });
                cx.reply(voting.request, Outcome::Done(Reply::Aborted));
            }
            Refusal::Dies | Refusal::Aborted => cx.reply(voting.request, Outcome::Refused("aborted: try again")),
        }
    }
}

/// The site that this node is.
///
/// # Panics
/// At the coordinator: nobody asks it to prepare anything.
pub(super) fn own_site(cx: &Context<ThreePhaseCommit>) -> Site {
    site_of(cx.id()).unwrap_or_else(|| panic!("{} coordinates, and was addressed as a site", cx.id()))
}
