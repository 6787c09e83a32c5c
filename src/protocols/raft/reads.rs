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
use crate::protocols::raft::{Bug, Message, Raft, Reads, Role};
use crate::spec::replicated_log::Term;
use crate::spec::store::{Key, Reply};

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
        let lease = cx.config().reads == Reads::Lease && extras.readings.may_lease();
        if lease && applied >= index && extras.readings.is_leased_at(cx.now()) {
            return cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
        if extras.readings.wait(request, key, index) {
            self.begin_round(cx);
        }
    }

    /// Asks everybody whether it is still the leader, under a new number.
    fn begin_round(&mut self, cx: &mut Context<Self>) {
        let now = if cx.config().reads == Reads::Lease { cx.now() } else { Nanos::ZERO };
        let Role::Leader { extras, .. } = &mut self.role else { return };
        let round = extras.readings.begin_round(cx.id(), now);
        self.send_to_voters(Message::Confirm { term: cx.stable().term, round }, cx);
        self.end_round_if_confirmed(cx);
    }

    /// A heartbeat is due: whoever has not answered is asked again, and a lease is renewed.
    pub(super) fn repeat_round(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { extras, .. } = &self.role else { return };
        let readings = &extras.readings;
        if !readings.is_under_way() {
            if cx.config().reads == Reads::Lease && readings.may_lease() {
                self.begin_round(cx);
            }
            return;
        }
        let message = Message::Confirm { term: cx.stable().term, round: readings.round() };
        let silent: Vec<NodeId> = cx.peers().filter(|peer| !readings.answered().has(*peer)).collect();
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
        if extras.readings.answer(from, round) {
            self.end_round_if_confirmed(cx);
        }
    }

    fn end_round_if_confirmed(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { extras, .. } = &self.role else { return };
        if !self.is_quorum(extras.readings.answered(), cx.nodes()) {
            return;
        }
        let Role::Leader { extras, .. } = &mut self.role else { return };
        let again = extras.readings.end_round(cx.config().lease());
        self.answer_reads(cx);
        if again {
            self.begin_round(cx);
        }
    }

    /// Answers those whose round was confirmed and whose index is applied.
    pub(super) fn answer_reads(&mut self, cx: &mut Context<Self>) {
        let applied = self.applied;
        let Role::Leader { extras, .. } = &mut self.role else { return };
        for (request, key) in extras.readings.take_ready(applied) {
            cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
    }

    /// A leader that steps down answers no reads: whoever asked may ask the next one.
    pub(super) fn abandon_reads(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { extras, .. } = &mut self.role else { return };
        for request in extras.readings.abandon() {
            cx.reply(request, Outcome::Refused("it does not lead any more"));
        }
    }
}
