//! When the coordinator has failed: a site takes over, and decides by the states of those that are up.

use crate::node::{Context, NodeId};
use crate::parts::participant::Refusal;
use crate::protocols::three_phase_commit::state::{node_of, site_of};
use crate::protocols::three_phase_commit::voting::own_site;
use crate::protocols::three_phase_commit::{Bug, Message, Round, State, ThreePhaseCommit, Timer};
use crate::spec::atomic_commit::{CommitFact, Decision, Site, Txn};
use std::collections::BTreeMap;

impl ThreePhaseCommit {
    /// Whoever coordinates has failed. The first site that has not takes over; it is told so, since it may not know
    /// yet. If nothing comes of that, it has failed too. (Bernstein et al. 1987, section 7.5, the election protocol)
    pub(super) fn on_doubt(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some((work, _)) = cx.stable().resource.prepared(txn) else { return };
        let sites = work.sites.clone();
        let Some(watch) = self.watched.get_mut(&txn) else { return };
        let own = own_site(cx);
        cx.fact(CommitFact::InDoubt { site: own, txn });
        let first = sites.into_iter().find(|site| !watch.suspects.contains(site)).unwrap_or(own);
        let elected = if cx.config().has(Bug::EveryoneTakesOver) { own } else { first };
        if elected >= own {
            return self.take_over(txn, cx);
        }
        watch.suspects.insert(elected);
        cx.send(node_of(elected), Message::Nominate { txn });
        cx.set_timer(Timer::Doubt(txn), cx.config().timeout);
    }

    /// Another site has found out that the coordinator has failed.
    pub(super) fn on_nominate(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        match self.state_of_the_living(txn, cx) {
            Some(State::Committed) => cx.send(from, Message::Decision { txn, decision: Decision::Commit }),
            Some(State::Aborted) => cx.send(from, Message::Decision { txn, decision: Decision::Abort }),
            Some(State::Uncertain | State::Committable) => self.take_over(txn, cx),
            None => {}
        }
    }

    /// The state that this site takes part with. One that has not voted aborts now; none: it has crashed since it
    /// voted.
    fn state_of_the_living(&mut self, txn: Txn, cx: &mut Context<Self>) -> Option<State> {
        match cx.stable().state(txn) {
            Some(State::Uncertain | State::Committable) if !self.watched.contains_key(&txn) => None,
            Some(state) => Some(state),
            None => {
                self.vote_no(txn, None, Refusal::Aborted, cx);
                Some(State::Aborted)
            }
        }
    }

    fn take_over(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let (own, state) = (own_site(cx), cx.stable().state(txn));
        let (Some(watch), Some(state)) = (self.watched.get_mut(&txn), state) else { return };
        if watch.round.is_some() {
            return;
        }
        watch.round = Some(Round { reports: BTreeMap::from([(own, state)]), unheard: None });
        cx.cancel_timer(Timer::Doubt(txn));
        cx.set_timer(Timer::Answers(txn), cx.config().timeout);
        self.ask_again(txn, cx);
        self.conclude_if_complete(txn, cx);
    }

    /// Whoever has taken over asks those that have not answered.
    pub(super) fn ask_again(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(Round { reports, unheard }) = self.watched.get(&txn).and_then(|watch| watch.round.as_ref()) else {
            return;
        };
        let (message, left): (Message, Vec<Site>) = match unheard {
            Some(unheard) => (Message::PreCommit { txn }, unheard.iter().copied().collect()),
            None => {
                let all = participants(txn, cx).into_iter();
                (Message::StateRequest { txn }, all.filter(|site| !reports.contains_key(site)).collect())
            }
        };
        left.into_iter().for_each(|site| cx.send(node_of(site), message.clone()));
        cx.set_timer(Timer::Resend(txn), cx.config().resend);
    }

    /// Somebody has taken over: this site answers, and waits for what comes of it. Sites before that one have failed.
    pub(super) fn on_state_request(&mut self, from: NodeId, txn: Txn, cx: &mut Context<Self>) {
        let Some(state) = self.state_of_the_living(txn, cx) else { return };
        let (own, asks) = (own_site(cx), site_of(from));
        if let Some(watch) = self.watched.get_mut(&txn) {
            let failed = participants(txn, cx).into_iter().filter(|site| Some(*site) <= asks && *site != own);
            watch.suspects.extend(failed);
            if watch.round.is_none() {
                cx.set_timer(Timer::Doubt(txn), cx.config().timeout * 3);
            }
        }
        cx.send(from, Message::StateReport { txn, state });
    }

    pub(super) fn on_state_report(&mut self, from: NodeId, txn: Txn, state: State, cx: &mut Context<Self>) {
        let round = self.watched.get_mut(&txn).and_then(|watch| watch.round.as_mut());
        let (Some(round), Some(site)) = (round.filter(|round| round.unheard.is_none()), site_of(from)) else { return };
        round.reports.insert(site, state);
        self.conclude_if_complete(txn, cx);
    }

    fn conclude_if_complete(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let round = self.watched.get(&txn).and_then(|watch| watch.round.as_ref());
        if round.is_some_and(|round| round.reports.len() == participants(txn, cx).len()) {
            self.conclude(txn, cx);
        }
    }

    /// Whoever has not answered has failed.
    pub(super) fn on_answers_missing(&mut self, txn: Txn, cx: &mut Context<Self>) {
        match self.watched.get(&txn).and_then(|watch| watch.round.as_ref()) {
            Some(Round { unheard: None, .. }) => self.conclude(txn, cx),
            Some(Round { unheard: Some(_), .. }) => self.decide(txn, Decision::Commit, cx),
            None => {}
        }
    }

    /// The termination rules of section 7.5. TR1: "if some process is Aborted, the coordinator decides Abort". TR2: "if
    /// some process is Committed, it decides Commit". TR3: "if all processes that reported their state are Uncertain,
    /// it decides Abort". TR4: "if some process is Committable but none is Committed, the coordinator first sends
    /// PRE-COMMIT messages to all processes that reported Uncertain, and waits for acknowledgments".
    fn conclude(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let Some(round) = self.watched.get_mut(&txn).and_then(|watch| watch.round.as_mut()) else { return };
        let has = |state| round.reports.values().any(|reported| *reported == state);
        if has(State::Aborted) {
            return self.decide(txn, Decision::Abort, cx);
        }
        if has(State::Committed) {
            return self.decide(txn, Decision::Commit, cx);
        }
        if !has(State::Committable) || cx.config().has(Bug::CommittableAborts) {
            return self.decide(txn, Decision::Abort, cx);
        }
        let own = own_site(cx);
        let uncertain = |(site, state): (&Site, &State)| (*state == State::Uncertain && *site != own).then_some(*site);
        round.unheard = Some(round.reports.iter().filter_map(uncertain).collect());
        self.hear(txn, cx);
        cx.set_timer(Timer::Answers(txn), cx.config().timeout);
        self.ask_again(txn, cx);
        self.commit_if_heard(txn, cx);
    }

    pub(super) fn on_ack_of_round(&mut self, site: Site, txn: Txn, cx: &mut Context<Self>) {
        let round = self.watched.get_mut(&txn).and_then(|watch| watch.round.as_mut());
        if let Some(Round { unheard: Some(unheard), .. }) = round {
            unheard.remove(&site);
            self.commit_if_heard(txn, cx);
        }
    }

    fn commit_if_heard(&mut self, txn: Txn, cx: &mut Context<Self>) {
        let round = self.watched.get(&txn).and_then(|watch| watch.round.as_ref());
        if round.and_then(|round| round.unheard.as_ref()).is_some_and(|unheard| unheard.is_empty()) {
            self.decide(txn, Decision::Commit, cx);
        }
    }

    /// Whoever has taken over decides for all. The coordinator asks when it has recovered.
    fn decide(&mut self, txn: Txn, decision: Decision, cx: &mut Context<Self>) {
        let own = own_site(cx);
        let others: Vec<Site> = participants(txn, cx).into_iter().filter(|site| *site != own).collect();
        self.finish(txn, decision, cx);
        others.into_iter().for_each(|site| cx.send(node_of(site), Message::Decision { txn, decision }));
    }
}

/// All sites that take part in what this site has prepared.
fn participants(txn: Txn, cx: &Context<ThreePhaseCommit>) -> Vec<Site> {
    cx.stable().resource.prepared(txn).map(|(work, _)| work.sites.clone()).unwrap_or_default()
}
