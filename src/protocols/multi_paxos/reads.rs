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
use crate::protocols::multi_paxos::{Bug, Config, Message, MultiPaxos, Reads, Role, Timer};
use crate::spec::replicated_log::Term;
use crate::spec::store::{Key, Reply};

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
        if cx.config().reads == Reads::Lease && applied >= index && readings.is_leased_at(cx.now()) {
            return cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
        if readings.wait(request, key, index) {
            self.begin_round(cx);
        }
    }

    /// Asks everybody whether it still leads, under a new number.
    fn begin_round(&mut self, cx: &mut Context<Self>) {
        let now = if cx.config().reads == Reads::Lease { cx.now() } else { Nanos::ZERO };
        let Role::Leader { readings, .. } = &mut self.role else { return };
        let round = readings.begin_round(cx.id(), now);
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
        let (term, round) = (cx.stable().promised, readings.round());
        for peer in cx.peers().filter(|peer| !readings.answered().has(*peer)) {
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
        if readings.answer(from, round) {
            self.end_round_if_confirmed(cx);
        }
    }

    fn end_round_if_confirmed(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { readings, .. } = &mut self.role else { return };
        if !readings.answered().is_majority_of(cx.nodes()) {
            return;
        }
        let again = readings.end_round(cx.config().lease());
        self.answer_reads(cx);
        if again {
            self.begin_round(cx);
        }
    }

    /// Answers the reads whose round is over and whose index is applied.
    pub(super) fn answer_reads(&mut self, cx: &mut Context<Self>) {
        let applied = self.applied;
        let Role::Leader { readings, .. } = &mut self.role else { return };
        for (request, key) in readings.take_ready(applied) {
            cx.reply(request, Outcome::Done(Reply::Value(self.machine.value(key))));
        }
    }

    /// A leader that steps down answers no more reads: they have not happened, and never will here.
    pub(super) fn abandon_reads(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { readings, .. } = &mut self.role else { return };
        for request in readings.abandon() {
            cx.reply(request, Outcome::Refused("it does not lead any more"));
        }
    }
}
