//! What is measured of leaders while faults are at work: how long there was none, and how often terms rose.

use crate::node::Nanos;

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
