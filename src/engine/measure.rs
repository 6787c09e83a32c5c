//! What is measured of leaders while faults are at work: how long there was none, and how often terms rose. And of
//! those who must wait for others to decide, how long they were in doubt.

use crate::engine::summary::DoubtTimes;
use crate::node::{Nanos, NodeId};
use crate::spec::judged::Doubt;
use std::collections::BTreeMap;

/// Measures of one run.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Measures {
    /// Since when there is no leader.
    leaderless_since: Option<Nanos>,
    /// The longest time without one, and when it began.
    pub longest_leaderless: (Nanos, Nanos),
    /// Every time without one that has ended: when it began, and when it ended.
    pub leaderless: Vec<(Nanos, Nanos)>,
    elected: bool,
    highest_term: u64,
    /// How often the highest term rose after the first election.
    pub bumps: u64,
    /// Who was elected last.
    last: Option<NodeId>,
    /// How often another node was elected than the time before.
    pub leader_changes: u64,
    closed: bool,
}

impl Measures {
    /// A run begins, without a leader.
    pub fn new() -> Self {
        Measures {
            leaderless_since: Some(Nanos::ZERO),
            longest_leaderless: (Nanos::ZERO, Nanos::ZERO),
            leaderless: Vec::new(),
            elected: false,
            highest_term: 0,
            bumps: 0,
            last: None,
            leader_changes: 0,
            closed: false,
        }
    }

    /// There is a leader now, or there is none.
    pub fn leader(&mut self, now: Nanos, there_is: bool) {
        if self.closed {
            return;
        }
        self.elected |= there_is;
        match (self.leaderless_since, there_is) {
            (Some(since), true) => {
                self.note(since, now);
                self.leaderless.push((since, now));
                self.leaderless_since = None;
            }
            (None, false) => self.leaderless_since = Some(now),
            (Some(_), false) | (None, true) => {}
        }
    }

    /// The node leads, in the highest term so far.
    pub fn elected(&mut self, node: NodeId) {
        if !self.closed {
            let before = self.last.replace(node);
            self.leader_changes += u64::from(before.is_some_and(|before| before != node));
        }
    }

    /// A node has entered a term.
    pub fn entered(&mut self, term: u64) {
        if term > self.highest_term && !self.closed {
            self.highest_term = term;
            self.bumps += u64::from(self.elected);
        }
    }

    /// The faults have ended: nothing counts any more.
    pub fn close(&mut self, now: Nanos) {
        if let (Some(since), false) = (self.leaderless_since, self.closed) {
            self.note(since, now);
        }
        self.closed = true;
    }

    fn note(&mut self, since: Nanos, now: Nanos) {
        let long = now.saturating_sub(since);
        if long > self.longest_leaderless.0 {
            self.longest_leaderless = (long, since);
        }
    }
}

/// Who is in doubt, and how long others were.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Doubts {
    /// By key: since when, while it lasts.
    known: BTreeMap<[u64; 2], Option<Nanos>>,
    ended: Vec<Nanos>,
}

impl Doubts {
    /// Somebody is in doubt, or is no more.
    pub fn see(&mut self, now: Nanos, doubt: Doubt) {
        match doubt {
            Doubt::Begins(key) => drop(self.known.entry(key).or_insert(Some(now))),
            Doubt::Ends(key) => {
                if let Some(since) = self.known.insert(key, None).flatten() {
                    self.ended.push(now.saturating_sub(since));
                }
            }
        }
    }

    /// How long everybody was in doubt; who still is counts as if it ended now.
    pub fn times(mut self, now: Nanos) -> DoubtTimes {
        let open = self.known.values().flatten();
        let lasting = open.clone().count() as u64;
        self.ended.extend(open.map(|since| now.saturating_sub(*since)));
        self.ended.sort_unstable();
        DoubtTimes { lasting, times: self.ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_that_is_elected_again_is_no_change() {
        let mut measures = Measures::new();
        [0, 0, 1, 1, 0].into_iter().for_each(|node| measures.elected(NodeId::new(node)));
        assert_eq!(measures.leader_changes, 2);
        measures.close(Nanos::ZERO);
        measures.elected(NodeId::new(2));
        assert_eq!(measures.leader_changes, 2, "what comes after the faults does not count");
    }

    #[test]
    fn a_doubt_is_as_long_as_from_its_first_fact_to_its_end() {
        let mut doubts = Doubts::default();
        let ms = Nanos::from_millis;
        doubts.see(ms(1), Doubt::Begins([0, 1]));
        doubts.see(ms(3), Doubt::Begins([0, 1]));
        doubts.see(ms(6), Doubt::Ends([0, 1]));
        // Told once more by a node that lags, and an end without a beginning.
        doubts.see(ms(7), Doubt::Begins([0, 1]));
        doubts.see(ms(8), Doubt::Ends([0, 1]));
        doubts.see(ms(8), Doubt::Ends([0, 2]));
        doubts.see(ms(9), Doubt::Begins([1, 1]));
        let times = doubts.times(ms(19));
        assert_eq!((times.lasting, times.times.clone()), (1, vec![ms(5), ms(10)]));
        assert_eq!((times.shortest(), times.median(), times.longest()), (Some(ms(5)), Some(ms(5)), Some(ms(10))));
    }
}
