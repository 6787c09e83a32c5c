//! The proposer (section 2.2, phases 1 and 2; section 2.4 on progress).

use crate::node::{Context, Nanos, NodeId, Span};
use crate::parts::quorum::Tally;
use crate::protocols::paxos::{Bug, Change, Message, Paxos, Phase, Proposal, Timer};
use crate::spec::consensus::{Ballot, ConsensusFact, Decree, Value, Vote};

/// The interval of a back-off doubles so many times at most.
const DOUBLINGS: u32 = 6;

impl Paxos {
    /// A client wants a value proposed, or only to learn, which may take a ballot too: "if a learner needs to know
    /// whether a value has been chosen, it can have a proposer issue a proposal" (2.3).
    pub(super) fn propose(&mut self, decree: Decree, value: Option<Value>, cx: &mut Context<Self>) {
        let Some(proposal) = self.proposals.get_mut(&decree) else {
            let (ballot, heard) = (Ballot::default(), Ballot::default());
            let fresh = Proposal { ballot, own: value, phase: Phase::Idle, heard, preempted: 0 };
            self.proposals.insert(decree, fresh);
            return self.begin_ballot(decree, cx);
        };
        // One value is enough: the others wait to hear which was chosen.
        proposal.own = proposal.own.or(value);
        if proposal.phase == Phase::Idle && proposal.own.is_some() {
            self.begin_ballot(decree, cx);
        }
    }

    /// "A proposer selects a proposal number n and sends a *prepare* request with number n to a majority of acceptors."
    /// (2.2, phase 1a) Here to all: some may be down.
    ///
    /// "Each proposer remembers (in stable storage) the highest-numbered proposal it has tried to issue, and begins
    /// phase 1 with a higher proposal number than any it has already used." (2.5)
    pub(super) fn begin_ballot(&mut self, decree: Decree, cx: &mut Context<Self>) {
        let Some(proposal) = self.proposals.get_mut(&decree) else { return };
        let promised = self.acceptors.get(&decree).map_or(0, |own| own.promised.round);
        let round = 1 + cx.stable().begun(decree).round.max(proposal.heard.round).max(promised);
        let node = if cx.config().has(Bug::BallotWithoutNode) { NodeId::default() } else { cx.id() };
        let ballot = Ballot { round, node };
        cx.write(Change::Begin { decree, ballot });
        proposal.ballot = ballot;
        proposal.phase = Phase::Preparing { promises: Tally::default(), reported: None };
        cx.set_timer(Timer::Retry(decree), cx.config().patience);
        self.tell_acceptors(Message::Prepare { decree, ballot }, cx);
    }

    /// Promises of an earlier ballot say nothing about this one.
    pub(super) fn on_promise(
        &mut self,
        from: NodeId,
        decree: Decree,
        ballot: Ballot,
        accepted: Option<Vote>,
        cx: &mut Context<Self>,
    ) {
        let Some(proposal) = self.proposals.get_mut(&decree).filter(|proposal| proposal.ballot == ballot) else {
            return;
        };
        let Phase::Preparing { promises, reported } = &mut proposal.phase else { return };
        promises.add(from);
        if let Some(vote) = accepted {
            let lower = cx.config().has(Bug::LowestVoteTaken);
            if reported.is_none_or(|best| (vote.ballot > best.ballot) != lower) {
                *reported = Some(vote);
            }
        }
        let (count, quorum) = (promises.count(), cx.config().phase1(cx.nodes()));
        if cx.config().suffices(count, quorum, cx.nodes()) {
            self.issue(decree, cx);
        }
    }

    /// "If the proposer receives a response to its prepare requests from a majority of acceptors, then it sends an
    /// *accept* request to each of those acceptors for a proposal numbered n with a value v, where v is the value of
    /// the highest-numbered proposal among the responses, or is any value if the responses reported no proposals."
    /// (2.2, phase 2a)
    fn issue(&mut self, decree: Decree, cx: &mut Context<Self>) {
        let Some(proposal) = self.proposals.get_mut(&decree) else { return };
        let Phase::Preparing { reported, .. } = &proposal.phase else { return };
        let value = match reported {
            Some(vote) if !cx.config().has(Bug::OwnValueKept) => Some(vote.value),
            Some(vote) => proposal.own.or(Some(vote.value)),
            None => proposal.own,
        };
        let Some(value) = value else {
            // Nothing was chosen below this ballot, and nobody has asked for anything to be. It looks again later.
            proposal.phase = Phase::Idle;
            return;
        };
        proposal.phase = Phase::Accepting;
        let ballot = proposal.ballot;
        cx.fact(ConsensusFact::Issued { decree, ballot, value });
        self.tell_acceptors(Message::Accept { decree, ballot, value }, cx);
    }

    /// Another proposer is at it. To begin again at once is to preempt it in turn: "two proposers each keep issuing a
    /// sequence of proposals with increasing numbers, none of which are ever chosen" (2.4).
    pub(super) fn on_nack(&mut self, decree: Decree, ballot: Ballot, promised: Ballot, cx: &mut Context<Self>) {
        let Some(proposal) = self.proposals.get_mut(&decree).filter(|proposal| proposal.ballot == ballot) else {
            return;
        };
        match proposal.phase {
            Phase::Preparing { .. } | Phase::Accepting => {}
            // The first refusal is enough.
            Phase::BackingOff | Phase::Idle => return,
        }
        proposal.heard = proposal.heard.max(promised);
        let Some(first) = cx.config().backoff else { return self.begin_ballot(decree, cx) };
        let longest = first * (1 << proposal.preempted.min(DOUBLINGS));
        proposal.preempted += 1;
        proposal.phase = Phase::BackingOff;
        cx.set_timer(Timer::Retry(decree), Span::new(Nanos::ZERO, longest));
    }
}
