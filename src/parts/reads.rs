//! Reads that a leader answers from its store, without an entry of the log: which of them wait, and for what.
//!
//! A leader that answers so must know that it is up to date, and that it leads. Of each question it keeps the index up
//! to which all must be applied first (the *read index*), and the number of a round of messages, begun behind the
//! question, that a quorum must answer: whoever has answered knew of no later leader. Questions that come while a round
//! is on its way share the next one. A round that was answered may also make the leader sure of its place for a while:
//! a *lease*, by the leader's own clock, from when the round began. (Ongaro's thesis 2014, sections 6.4 and 6.4.1;
//! Chandra, Griesemer & Redstone 2007, section 5.2.)
//!
//! What is a quorum, which index it is and how long a lease lasts, the protocol says; it sends the messages too.

use crate::node::{Nanos, NodeId, RequestId};
use crate::parts::quorum::Tally;
use crate::spec::replicated_log::Index;
use crate::spec::store::Key;

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
    /// Whether it trusts no lease any more.
    no_lease: bool,
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
    /// There will be no lease any more.
    pub fn give_up_lease(&mut self) {
        self.no_lease = true;
    }

    /// Whether there may be a lease.
    pub fn may_lease(&self) -> bool {
        !self.no_lease
    }

    /// Whether the leader is sure of its place at this time of its own clock.
    pub fn is_leased_at(&self, now: Nanos) -> bool {
        self.may_lease() && now < self.lease
    }

    /// Whether a round is on its way.
    pub fn is_under_way(&self) -> bool {
        self.answered.count() > 0
    }

    /// A question waits until the log is applied up to `index`, and for a round that begins from now on. Whether one
    /// must be begun at once: else the next one follows the one that is on its way.
    pub fn wait(&mut self, request: RequestId, key: Key, index: Index) -> bool {
        self.waiting.push(Reading { request, key, round: self.round + 1, index });
        !self.is_under_way()
    }

    /// Begins a round, `now` by the leader's own clock, which counts itself. Its number.
    pub fn begin_round(&mut self, leader: NodeId, now: Nanos) -> u64 {
        self.round += 1;
        self.answered = Tally::of(leader);
        self.began = now;
        self.round
    }

    /// The number of the last round.
    pub fn round(&self) -> u64 {
        self.round
    }

    /// Who has answered the round that is on its way.
    pub fn answered(&self) -> &Tally {
        &self.answered
    }

    /// Counts an answer to the round that is on its way. One to an earlier round says nothing about a question that
    /// came later: false, and it is not counted.
    pub fn answer(&mut self, from: NodeId, round: u64) -> bool {
        let counts = round == self.round && self.is_under_way();
        if counts {
            self.answered.add(from);
        }
        counts
    }

    /// A quorum has answered: the round is over, and the leader sure of its place for the length of a lease from its
    /// beginning. Whether questions wait for another round.
    pub fn end_round(&mut self, lease: Nanos) -> bool {
        self.answered = Tally::default();
        self.lease = self.began + lease;
        self.waiting.iter().any(|reading| reading.round > self.round)
    }

    /// Takes the reads whose round is over and whose index is applied, in the order of their questions.
    pub fn take_ready(&mut self, applied: Index) -> Vec<(RequestId, Key)> {
        let over = if self.is_under_way() { self.round - 1 } else { self.round };
        let mut ready = Vec::new();
        self.waiting.retain(|reading| {
            let is_ready = reading.round <= over && reading.index <= applied;
            if is_ready {
                ready.push((reading.request, reading.key));
            }
            !is_ready
        });
        ready
    }

    /// Takes all that wait: this leader will not answer them.
    pub fn abandon(&mut self) -> impl Iterator<Item = RequestId> + use<> {
        std::mem::take(&mut self.waiting).into_iter().map(|reading| reading.request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::ClientId;

    fn request(sequence: u32) -> RequestId {
        RequestId { client: ClientId::new(0), sequence }
    }

    fn ready(readings: &mut Readings, applied: u64) -> Vec<u32> {
        readings.take_ready(Index(applied)).into_iter().map(|(request, _)| request.sequence).collect()
    }

    #[test]
    fn a_question_waits_for_a_round_that_began_behind_it() {
        let (me, other) = (NodeId::new(0), NodeId::new(1));
        let mut readings = Readings::default();
        assert!(readings.wait(request(1), Key(1), Index(3)), "nothing is on its way");
        assert_eq!(readings.begin_round(me, Nanos::ZERO), 1);
        assert!(!readings.wait(request(2), Key(1), Index(3)), "the next round follows by itself");
        assert!(ready(&mut readings, 9).is_empty(), "nobody has answered");
        assert!(readings.answer(other, 1) && readings.answered().count() == 2);
        assert!(readings.end_round(Nanos::ZERO), "the second question waits for another round");
        assert!(ready(&mut readings, 2).is_empty(), "the read index is not applied");
        assert_eq!(ready(&mut readings, 3), [1]);
        assert_eq!(readings.begin_round(me, Nanos::ZERO), 2);
        assert!(!readings.answer(other, 1), "that was the round before");
        assert!(readings.answer(other, 2) && !readings.end_round(Nanos::ZERO));
        assert!(!readings.answer(other, 2), "the round is over");
        assert_eq!(ready(&mut readings, 3), [2]);
        readings.wait(request(3), Key(1), Index(3));
        assert_eq!(readings.abandon().collect::<Vec<_>>(), [request(3)]);
        assert!(ready(&mut readings, 9).is_empty());
    }

    #[test]
    fn a_lease_lasts_from_when_its_round_began() {
        let mut readings = Readings::default();
        assert!(!readings.is_leased_at(Nanos::ZERO));
        readings.begin_round(NodeId::new(0), Nanos(100));
        readings.end_round(Nanos(50));
        assert!(readings.is_leased_at(Nanos(149)) && !readings.is_leased_at(Nanos(150)));
        readings.give_up_lease();
        assert!(!readings.is_leased_at(Nanos(120)));
    }
}
