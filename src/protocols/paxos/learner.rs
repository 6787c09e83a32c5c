//! The learner (section 2.3), and answers to clients.

use crate::node::{Context, NodeId, Outcome, RequestId};
use crate::protocols::paxos::{Bug, Change, Message, Paxos, Timer};
use crate::spec::consensus::{ConsensusFact, Decided, Decree, Op, Value, Vote};

/// How many decisions a learner is told at a time.
const BATCH: usize = 64;

impl Paxos {
    /// Who knows the answer gives it; else a proposer sees to it that there is one.
    pub(super) fn on_client_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        cx.fact(ConsensusFact::Asked { request, op });
        let decree = op.decree();
        if let Some(value) = cx.stable().learnt(decree) {
            return cx.reply(request, Outcome::Done(Decided { decree, value }));
        }
        if !cx.config().roles.is_proposer(cx.id()) {
            let proposers = cx.config().roles.proposer_count(cx.nodes());
            let proposer = NodeId::new(cx.choose(u64::from(proposers)) as u32);
            return cx.reply(request, Outcome::Redirect(proposer));
        }
        if !self.leads {
            return cx.reply(request, Outcome::Refused("not a leader: its coin shows tails"));
        }
        self.asked.entry(decree).or_default().insert(request);
        let value = match op {
            Op::Propose(_, value) => Some(value),
            Op::Learn(_) => None,
        };
        if let (Some(value), true) = (value, cx.config().has(Bug::LeaderDecidesAlone)) {
            return self.learn(decree, value, cx);
        }
        self.propose(decree, value, cx);
    }

    /// "To learn that a value has been chosen, a learner must find out that a proposal has been accepted by a majority
    /// of acceptors." (2.3) By votes of one ballot, that is; the last vote of each acceptor is the one that counts.
    pub(super) fn on_accepted(&mut self, from: NodeId, decree: Decree, vote: Vote, cx: &mut Context<Self>) {
        if cx.stable().learnt(decree).is_some() {
            return;
        }
        let votes = self.votes.entry(decree).or_default();
        let last = votes.entry(from).or_insert(vote);
        *last = (*last).max(vote);
        let mixed = cx.config().has(Bug::BallotsMixed);
        let count = votes.values().filter(|other| other.ballot == vote.ballot || mixed).count() as u32;
        if cx.config().suffices(count, cx.config().phase2(cx.nodes()), cx.nodes()) {
            self.learn(decree, vote.value, cx);
        }
    }

    /// What is chosen is written down for good, and whoever waits for it is told.
    pub(super) fn learn(&mut self, decree: Decree, value: Value, cx: &mut Context<Self>) {
        if cx.stable().learnt(decree).is_some() {
            return;
        }
        cx.write(Change::Learn { decree, value });
        self.advance(cx);
        self.votes.remove(&decree);
        if self.proposals.remove(&decree).is_some() {
            cx.cancel_timer(Timer::Retry(decree));
        }
        for request in self.asked.remove(&decree).unwrap_or_default() {
            cx.reply(request, Outcome::Done(Decided { decree, value }));
        }
    }

    fn advance(&mut self, cx: &Context<Self>) {
        while cx.stable().learnt(self.first_unknown).is_some() {
            self.first_unknown = self.first_unknown.next();
        }
    }

    /// "Because of message loss, a value could be chosen with no learner ever finding out." (2.3) What one has found
    /// out the others hear from it in time.
    pub(super) fn start_catching_up(&mut self, cx: &mut Context<Self>) {
        self.advance(cx);
        if cx.config().roles.is_learner(cx.id())
            && let Some(interval) = cx.config().catch_up
        {
            cx.set_timer(Timer::CatchUp, interval);
        }
    }

    pub(super) fn ask_another_learner(&mut self, cx: &mut Context<Self>) {
        let (me, nodes) = (cx.id(), cx.nodes());
        let others = || cx.config().roles.learners(nodes).filter(|learner| *learner != me);
        let count = others().count() as u64;
        if count > 0 {
            let mut rest = others();
            let chosen = cx.choose(count) as usize;
            let learner = rest.nth(chosen).expect("a place below their number");
            let first = self.first_unknown;
            let beyond = cx.stable().learnt_from(first).map(|(decree, _)| decree).collect();
            cx.send(learner, Message::CatchUp { first, beyond });
        }
        self.start_catching_up(cx);
    }

    pub(super) fn on_catch_up(&self, from: NodeId, first: Decree, beyond: &[Decree], cx: &mut Context<Self>) {
        let missed = cx.stable().learnt_from(first).filter(|(decree, _)| beyond.binary_search(decree).is_err());
        let missed: Vec<(Decree, Value)> = missed.take(BATCH).collect();
        for (decree, value) in missed {
            cx.send(from, Message::Decided { decree, value });
        }
    }
}
