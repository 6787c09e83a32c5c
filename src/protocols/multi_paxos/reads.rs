//! Reads that do not go through the log (Chandra, Griesemer & Redstone 2007, section 5.2, master leases).
//!
//! A leader that answers from its store must be up to date, and be the leader. It is up to date once all is applied
//! that it knew chosen as the question came, and all that it has proposed again as it came to power: no earlier leader
//! can have had more chosen. That it still leads it finds out in one of two ways:
//!
//! - `quorum`: it asks all, after the question, and a majority answers that they have promised no higher term.
//! - `lease`: a majority that has answered a round takes part in no other election for the shortest election timeout
//!   from when it answered; so the leader is sure of its place for nine tenths of that, from when the round *began*.
//!   Clocks that differ by more than a tenth break it. An acceptor that restarts does not know what it has granted, and
//!   waits as if it had just done so.

use crate::node::{Context, Nanos, NodeId, Outcome, RequestId};
use crate::parts::quorum::Tally;
use crate::protocols::multi_paxos::{Bug, Config, Message, MultiPaxos, Reads, Role, Timer};
use crate::spec::replicated_log::{Index, Term};
use crate::spec::store::{Key, Reply};

/// The reads that a leader has not answered yet, and what it knows of its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Readings {
    waiting: Vec<Reading>,
    /// The number of the last round.
    round: u64,
    /// Who has answered it; nobody is waited for when it is empty.
    answered: Tally,
    /// When it began, by the leader's own clock; only where there are leases.
    began: Nanos,
    /// Until when, by the leader's own clock, it is sure of its place.
    lease: Nanos,
}

/// One read that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Reading {
    request: RequestId,
    key: Key,
    /// The round that must be answered.
    round: u64,
    /// What must be applied.
    index: Index,
}

impl Readings {
    fn is_under_way(&self) -> bool {
        self.answered.count() > 0
    }
}

impl Config {
    /// How long a leader is sure of its place, by its own clock.
    fn lease(&self) -> Nanos {
        Nanos(self.election_timeout.min.0 / 10 * 9)
    }
}

impl MultiPaxos {
    /// A client wants to read, and this node leads.
    pub(super) fn on_read(&mut self, request: RequestId, key: Key, cx: &mut Context<Self>) {
        if cx.config().has(Bug::ReadsLocally) {
            return cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
        let (commit, applied) = (self.commit, self.applied);
        let Role::Leader { begins, readings, .. } = &mut self.role else { return };
        let index = commit.max(*begins);
        if cx.config().reads == Reads::Lease && applied >= index && cx.now() < readings.lease {
            return cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
        let under_way = readings.is_under_way();
        readings.waiting.push(Reading { request, key, round: readings.round + 1, index });
        if !under_way {
            self.begin_round(cx);
        }
    }

    /// Asks everybody whether it still leads, under a new number.
    fn begin_round(&mut self, cx: &mut Context<Self>) {
        let now = if cx.config().reads == Reads::Lease { cx.now() } else { Nanos::ZERO };
        let Role::Leader { readings, .. } = &mut self.role else { return };
        readings.round += 1;
        readings.answered = Tally::of(cx.id());
        readings.began = now;
        let round = readings.round;
        cx.broadcast(Message::Confirm { term: cx.stable().promised, round });
        self.end_round_if_confirmed(cx);
    }

    /// A heartbeat is due: whoever has not answered is asked again, and a lease is renewed.
    pub(super) fn repeat_round(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { readings, .. } = &self.role else { return };
        if !readings.is_under_way() {
            if cx.config().reads == Reads::Lease {
                self.begin_round(cx);
            }
            return;
        }
        let (term, round) = (cx.stable().promised, readings.round);
        for peer in cx.peers().filter(|peer| !readings.answered.has(*peer)) {
            cx.send(peer, Message::Confirm { term, round });
        }
    }

    /// An acceptor has promised no higher term; with leases it grants one.
    pub(super) fn on_confirm(&mut self, from: NodeId, term: Term, round: u64, cx: &mut Context<Self>) {
        let promised = cx.stable().promised;
        if term < promised {
            return cx.send(from, Message::Preempted { term: promised });
        }
        self.promise(from, term, cx);
        self.follow(cx);
        self.leader = Some(from);
        self.await_leader(cx);
        self.grant(cx);
        cx.send(from, Message::Confirmed { term, round });
    }

    /// Takes part in no election for the shortest election timeout, where there are leases.
    pub(super) fn grant(&mut self, cx: &mut Context<Self>) {
        if cx.config().reads == Reads::Lease {
            self.granted = true;
            cx.set_timer(Timer::Grant, cx.config().election_timeout.min);
        }
    }

    pub(super) fn on_confirmed(&mut self, from: NodeId, term: Term, round: u64, cx: &mut Context<Self>) {
        if term != cx.stable().promised {
            return;
        }
        let Role::Leader { readings, .. } = &mut self.role else { return };
        // An answer to an earlier round says nothing about a question that came later.
        if round == readings.round && readings.is_under_way() {
            readings.answered.add(from);
            self.end_round_if_confirmed(cx);
        }
    }

    fn end_round_if_confirmed(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { readings, .. } = &mut self.role else { return };
        if !readings.answered.is_majority_of(cx.nodes()) {
            return;
        }
        readings.answered = Tally::default();
        readings.lease = readings.began + cx.config().lease();
        let again = readings.waiting.iter().any(|reading| reading.round > readings.round);
        self.answer_reads(cx);
        if again {
            self.begin_round(cx);
        }
    }

    /// Answers the reads whose round is over and whose index is applied.
    pub(super) fn answer_reads(&mut self, cx: &mut Context<Self>) {
        let applied = self.applied;
        let Role::Leader { readings, .. } = &mut self.role else { return };
        if readings.waiting.is_empty() {
            return;
        }
        let over = if readings.is_under_way() { readings.round.saturating_sub(1) } else { readings.round };
        let ready = |reading: &Reading| reading.round <= over && reading.index <= applied;
        let answered: Vec<Reading> = readings.waiting.iter().copied().filter(ready).collect();
        readings.waiting.retain(|reading| !ready(reading));
        for reading in answered {
            let value = self.machine.value(reading.key);
            cx.reply(reading.request, Outcome::Done(Reply::Value(value)));
        }
    }

    /// A leader that steps down answers no more reads: they have not happened, and never will here.
    pub(super) fn abandon_reads(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { readings, .. } = &mut self.role else { return };
        for reading in std::mem::take(&mut readings.waiting) {
            cx.reply(reading.request, Outcome::Refused("it does not lead any more"));
        }
    }
}
