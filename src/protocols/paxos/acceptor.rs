//! The acceptor (section 2.2, phases 1 and 2).

use crate::node::{Context, NodeId};
use crate::protocols::paxos::{Bug, Change, Message, Paxos, Promises};
use crate::spec::consensus::{Ballot, Decree, Value, Vote};

impl Paxos {
    /// "If an acceptor receives a prepare request with number n greater than that of any prepare request to which it
    /// has already responded, then it responds to the request with a promise not to accept any more proposals numbered
    /// less than n and with the highest-numbered proposal (if any) that it has accepted." (2.2, phase 1b) To the same
    /// number it responds again: the first response may be lost.
    pub(super) fn on_prepare(&mut self, from: NodeId, decree: Decree, ballot: Ballot, cx: &mut Context<Self>) {
        if let Some(value) = cx.stable().learnt(decree) {
            return self.tell(from, Message::Decided { decree, value }, cx);
        }
        let Promises { promised, accepted } = self.remembered(decree);
        if ballot < promised {
            return self.tell(from, Message::Nack { decree, ballot, promised }, cx);
        }
        self.promise(decree, ballot, cx);
        let under = |vote: Vote| if cx.config().has(Bug::PromisedBallotReported) { promised } else { vote.ballot };
        let accepted = accepted.map(|vote| Vote { ballot: under(vote), ..vote });
        self.tell(from, Message::Promise { decree, ballot, accepted }, cx);
    }

    /// "If an acceptor receives an accept request for a proposal numbered n, it accepts the proposal unless it has
    /// already responded to a prepare request having a number greater than n." (2.2, phase 2b)
    ///
    /// An acceptor that has missed the prepare request votes all the same, and promises as much by its vote: in
    /// Paxos.tla, `Phase2b` sets `maxBal` too.
    pub(super) fn on_accept(
        &mut self,
        from: NodeId,
        decree: Decree,
        ballot: Ballot,
        value: Value,
        cx: &mut Context<Self>,
    ) {
        if let Some(value) = cx.stable().learnt(decree) {
            return self.tell(from, Message::Decided { decree, value }, cx);
        }
        let Promises { promised, accepted } = self.remembered(decree);
        if ballot < promised && !cx.config().has(Bug::PromiseIgnored) {
            return self.tell(from, Message::Nack { decree, ballot, promised }, cx);
        }
        if !cx.config().has(Bug::VotePromisesNothing) {
            self.promise(decree, ballot, cx);
        }
        let vote = Vote { ballot, value };
        if accepted != Some(vote) {
            self.vote(decree, vote, cx);
        }
        self.tell_learners(Message::Accepted { decree, vote }, cx);
    }

    fn remembered(&self, decree: Decree) -> Promises {
        self.acceptors.get(&decree).copied().unwrap_or_default()
    }

    /// "An acceptor records its intended response in stable storage before actually sending the response." (2.5)
    fn promise(&mut self, decree: Decree, ballot: Ballot, cx: &mut Context<Self>) {
        let own = self.acceptors.entry(decree).or_default();
        if ballot <= own.promised {
            return;
        }
        own.promised = ballot;
        if !cx.config().has(Bug::PromiseNotPersisted) {
            cx.write(Change::Promise { decree, ballot });
        }
    }

    fn vote(&mut self, decree: Decree, vote: Vote, cx: &mut Context<Self>) {
        self.acceptors.entry(decree).or_default().accepted = Some(vote);
        if !cx.config().has(Bug::VoteNotPersisted) {
            cx.write(Change::Accept { decree, vote });
        }
    }
}
