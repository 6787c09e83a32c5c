//! Linearizable reads that do not go through the log (thesis, section 6.4).
//!
//! A leader that answers from its store must know two things: that it is up to date, and that it is the leader.
//!
//! - *Up to date.* "If the leader has not yet marked an entry from its current term committed, it waits until it has
//!   done so." So the *read index* of a question is the commit index as it arrives, and no less than where the leader's
//!   term begins in the log.
//! - *The leader.* With `read-index`, "the leader issues a new round of heartbeats and waits for their acknowledgments
//!   from a majority of the cluster". Rounds have numbers, and only answers to a round that began behind the question
//!   count. Questions that come while a round is on its way share the next one.
//! - With `lease` (6.4.1), a round that a majority has answered makes the leader sure of its place for a time, from
//!   when the round *began*: voters who have heard of it ignore candidates for the shortest election timeout. That
//!   holds as long as clocks run about equally fast; [`Config::clock_drift`](super::Config::clock_drift) says how fast
//!   they may differ. A clock that drifts further breaks it.
//!
//! What is left out: followers answer nothing themselves, they send clients to the leader.

use crate::node::{Context, Nanos, NodeId, Outcome, RequestId};
use crate::parts::quorum::Tally;
use crate::protocols::raft::{Bug, Message, Raft, Reads, Role};
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
    /// Whether it has begun to hand its leadership over: then it trusts no lease of this term any more.
    no_lease: bool,
}

/// One read that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Reading {
    request: RequestId,
    key: Key,
    /// The round that must be answered.
    round: u64,
    /// The read index.
    index: Index,
}

impl Readings {
    /// There will be no lease in this term any more.
    pub(super) fn give_up_lease(&mut self) {
        self.no_lease = true;
    }

    fn is_under_way(&self) -> bool {
        self.answered.count() > 0
    }
}

impl Raft {
    /// A client wants to read, and this node leads.
    pub(super) fn on_read(&mut self, request: RequestId, key: Key, cx: &mut Context<Self>) {
        if cx.config().has(Bug::ReadsLocally) {
            return cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
        let (commit, applied) = (self.commit, self.applied);
        let Role::Leader { begins, extras, .. } = &mut self.role else { return };
        let mut index = commit.max(*begins);
        if cx.config().has(Bug::ReadIndexBeforeOwnCommit) {
            index = commit;
        }
        let readings = &mut extras.readings;
        let lease = cx.config().reads == Reads::Lease && !readings.no_lease;
        if lease && applied >= index && cx.now() < readings.lease {
            return cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
        let under_way = readings.is_under_way();
        readings.waiting.push(Reading { request, key, round: readings.round + 1, index });
        if !under_way {
            self.begin_round(cx);
        }
    }

    /// Asks everybody whether it is still the leader, under a new number.
    fn begin_round(&mut self, cx: &mut Context<Self>) {
        let now = if cx.config().reads == Reads::Lease { cx.now() } else { Nanos::ZERO };
        let Role::Leader { extras, .. } = &mut self.role else { return };
        let readings = &mut extras.readings;
        readings.round += 1;
        readings.answered = Tally::of(cx.id());
        readings.began = now;
        let message = Message::Confirm { term: cx.stable().term, round: readings.round };
        self.send_to_voters(message, cx);
        self.end_round_if_confirmed(cx);
    }

    /// A heartbeat is due: whoever has not answered is asked again, and a lease is renewed.
    pub(super) fn repeat_round(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { extras, .. } = &self.role else { return };
        let readings = &extras.readings;
        if !readings.is_under_way() {
            if cx.config().reads == Reads::Lease && !readings.no_lease {
                self.begin_round(cx);
            }
            return;
        }
        let message = Message::Confirm { term: cx.stable().term, round: readings.round };
        let silent: Vec<NodeId> = cx.peers().filter(|peer| !readings.answered.has(*peer)).collect();
        for peer in silent {
            if self.is_member(peer) {
                cx.send(peer, message.clone());
            }
        }
    }

    /// A follower confirms that it hears this leader, and no later one.
    pub(super) fn on_confirm(&mut self, from: NodeId, term: Term, round: u64, cx: &mut Context<Self>) {
        let current = cx.stable().term;
        if term == current {
            self.hear_leader(from, cx);
        }
        cx.send(from, Message::Confirmed { term: current, round });
    }

    pub(super) fn on_confirmed(&mut self, from: NodeId, term: Term, round: u64, cx: &mut Context<Self>) {
        if term < cx.stable().term {
            return;
        }
        self.note_active(from, cx);
        let Role::Leader { extras, .. } = &mut self.role else { return };
        let readings = &mut extras.readings;
        // An answer to an earlier round says nothing about a question that came later.
        if round == readings.round && readings.is_under_way() {
            readings.answered.add(from);
            self.end_round_if_confirmed(cx);
        }
    }

    fn end_round_if_confirmed(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { extras, .. } = &self.role else { return };
        if !self.is_quorum(&extras.readings.answered, cx.nodes()) {
            return;
        }
        let Role::Leader { extras, .. } = &mut self.role else { return };
        let readings = &mut extras.readings;
        readings.answered = Tally::default();
        readings.lease = readings.began + cx.config().lease();
        let again = readings.waiting.iter().any(|reading| reading.round > readings.round);
        self.answer_reads(cx);
        if again {
            self.begin_round(cx);
        }
    }

    /// Answers those whose round was confirmed and whose index is applied.
    pub(super) fn answer_reads(&mut self, cx: &mut Context<Self>) {
        let applied = self.applied;
        let Role::Leader { extras, .. } = &mut self.role else { return };
        let readings = &mut extras.readings;
        let confirmed = if readings.is_under_way() { readings.round - 1 } else { readings.round };
        let machine = &self.machine;
        readings.waiting.retain(|reading| {
            let due = reading.round <= confirmed && reading.index <= applied;
            if due {
                cx.reply(reading.request, Outcome::Done(Reply::Value(machine.value(reading.key))));
            }
            !due
        });
    }

    /// A leader that steps down answers no reads: whoever asked may ask the next one.
    pub(super) fn abandon_reads(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { extras, .. } = &mut self.role else { return };
        for reading in std::mem::take(&mut extras.readings.waiting) {
            cx.reply(reading.request, Outcome::Refused("it does not lead any more"));
        }
    }
}
