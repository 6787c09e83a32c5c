//! Ballot 0: sites prepare, and vote by themselves.

use crate::node::{Context, RequestId};
use crate::parts::attempts::Attempts;
use crate::parts::participant::{Ready, Refusal, ToDo};
use crate::parts::resource::ResourceChange;
use crate::protocols::replicated_commit::{Bug, Change, Message, ReplicatedCommit, Timer, Vote, Why};
use crate::spec::atomic_commit::{Site, Txn};
use crate::spec::consensus::Ballot;

/// Why a site may not vote yes on a transaction, whatever it does: its client has gone on, the request is given up, or
/// another transaction for it is prepared or committed here.
pub(super) fn in_the_way(attempts: &Attempts, txn: Txn, request: RequestId) -> Option<Why> {
    let attempt = attempts.last(request)?;
    if attempt.sequence != request.sequence {
        return (attempt.sequence > request.sequence).then_some(Why::Stale);
    }
    match attempt.txn {
        Some(other) if other != txn => Some(Why::Repeated { other }),
        Some(_) | None => attempt.given_up.then_some(Why::Refused(Refusal::Impossible)),
    }
}

impl ReplicatedCommit {
    /// The site is asked to prepare its part, perhaps not for the first time. First it needs its locks.
    pub(super) fn on_prepare(&mut self, ready: Ready, cx: &mut Context<Self>) {
        let (txn, request, sites) = (ready.txn, ready.request, ready.work.sites.clone());
        let resource = &cx.stable().resource;
        let voted = resource.prepared(txn).is_some() || resource.finished(txn).is_some();
        if let Some(why) = in_the_way(&cx.stable().attempts, txn, request).filter(|_| !voted) {
            return self.vote_no(txn, sites, why, cx);
        }
        match self.participant.asked(ready, resource) {
            ToDo::Prepare(ready) => self.prepare(ready, cx),
            ToDo::VoteNo(why) => self.vote_no(txn, sites, Why::Refused(why), cx),
            ToDo::VoteAgain(reads) => self.send_vote(txn, sites, Vote::Prepared { reads }, cx),
            // It is aborted here. It may have voted that it is prepared before, and a ballot has one value: it does
            // not vote otherwise now. Who wants to know finds out in a higher ballot.
            ToDo::VoteNoAgain | ToDo::Nothing => {}
        }
    }

    /// The site does its part without showing it and writes it down, before it says so.
    pub(super) fn prepare(&mut self, ready: Ready, cx: &mut Context<Self>) {
        let Ready { txn, request, work } = ready;
        let sites = work.sites.clone();
        if let Some(why) = in_the_way(&cx.stable().attempts, txn, request) {
            return self.vote_no(txn, sites, why, cx);
        }
        let Ok(effects) = cx.stable().resource.execute(&work.steps) else {
            cx.write(Change::GiveUp { request });
            return self.vote_no(txn, sites, Why::Refused(Refusal::Impossible), cx);
        };
        let (site, reads) = (own_site(cx), effects.reads.clone());
        let record = Change::Prepare { request, resource: ResourceChange::Prepare { site, txn, work, effects } };
        if cx.config().has(Bug::VoteSentFirst) {
            cx.write_lazy(record)
        } else {
            cx.write(record)
        }
        self.send_vote(txn, sites, Vote::Prepared { reads }, cx);
        cx.set_timer(Timer::Doubt(txn), cx.config().decision_timeout);
    }

    /// A site that votes to abort has decided by that. It must not vote otherwise when the request reaches it once
    /// more, so it writes that down.
    fn vote_no(&mut self, txn: Txn, sites: Vec<Site>, why: Why, cx: &mut Context<Self>) {
        cx.write(Change::Finish(ResourceChange::Refuse { site: own_site(cx), txn, why: why.words() }));
        self.let_go(txn, cx);
        self.send_vote(txn, sites, Vote::Aborted { why }, cx);
    }

    /// The site sends phase 2a of ballot 0 to the acceptors by itself. It needs no phase 1, because nobody else
    /// proposes anything for it in that ballot. (section 4)
    fn send_vote(&mut self, txn: Txn, sites: Vec<Site>, vote: Vote, cx: &mut Context<Self>) {
        let votes = vec![(own_site(cx), vote)];
        for acceptor in cx.config().acceptors() {
            let (sites, votes) = (sites.clone(), votes.clone());
            cx.send(acceptor, Message::Phase2a { txn, sites, ballot: Ballot::default(), votes });
        }
    }
}

/// The site that this node is.
///
/// # Panics
/// At an acceptor: nobody asks it to prepare anything.
pub(super) fn own_site(cx: &Context<ReplicatedCommit>) -> Site {
    cx.config().site_of(cx.id()).unwrap_or_else(|| panic!("{} is an acceptor, and was addressed as a site", cx.id()))
}
