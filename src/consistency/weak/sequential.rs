//! Sequential consistency: one order of all operations that keeps each session's and in which every read returns the
//! last write to its key (Lamport 1979).
//!
//! To decide it is NP-complete even if every value is written once (Gibbons & Korach 1997), and it cannot be taken key
//! by key: two keys may each have an order, and the two not fit together. First comes what is quick: a history that is
//! not causal is not sequential, and what every order must obey may already go round ([`saturate`]). Then comes a
//! search.
//!
//! The search puts operations in order, one after another, and remembers how far each session has come: a *frontier*.
//! Since every value is written once, a value that is overwritten before all who return it have read it is lost, and
//! the attempt with it. So at each frontier a key holds the one value that is written and not yet read by all, or a
//! value that nobody will read again, and no matter which: the frontier says all there is to say, and is visited once.
//! At a frontier these are done at once, for if any order goes on from here, so does one that does them now:
//!
//! - a read whose value the key holds: nothing changes by it;
//! - a write that nobody reads, to a key that holds what nobody will read again: nothing changes by it either.
//!
//! What is left to try is which write comes next, and a write must wait until its key's value has been read by all.

use super::causal::{causal_order, told};
use super::judge::{Budget, Pattern, Verdict};
use super::order::Order;
use super::registers::{Registers, Source};
use super::saturate::{Conflict, Rules, saturate};
use super::story::Story;
use std::collections::BTreeSet;

/// Sequential consistency.
pub(super) fn sequential(history: &Registers, budget: &Budget, work: &mut u64) -> Verdict {
    let mut order = match causal_order(history) {
        Ok(order) => order,
        Err(violation) => return Verdict::Violated(violation),
    };
    let reads: Vec<usize> = history.reads().collect();
    match saturate(history, &mut order, &reads, Rules::Both, work) {
        Ok(()) => {}
        Err(Conflict::Spent) => {
            // What was added is true as far as it goes; the causal order is enough to search by.
            order = match causal_order(history) {
                Ok(order) => order,
                Err(violation) => return Verdict::Violated(violation),
            };
        }
        Err(conflict) => return told(history, &order, conflict, Pattern::CyclicOrder),
    }
    Search::new(history, &order).run(budget)
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Initial,
    Write(usize),
}

/// One attempt, and what was tried before.
struct Search<'a> {
    history: &'a Registers,
    order: &'a Order,
    /// How many operations of each session are in order.
    frontier: Vec<u32>,
    held: Vec<Held>,
    /// How many reads of a write are still to come.
    left: Vec<u32>,
    /// The same for each key's initial value.
    left_initial: Vec<u32>,
    /// What was put in order, and what its key held before.
    trail: Vec<(usize, Held)>,
    visited: BTreeSet<Box<[u32]>>,
    /// The frontier that came furthest.
    furthest: (usize, Vec<u32>),
}

/// A frontier that is being tried.
struct Frame {
    /// How long the trail was.
    trail: usize,
    /// The writes that may come next, the one to try first last.
    next: Vec<usize>,
}

impl<'a> Search<'a> {
    fn new(history: &'a Registers, order: &'a Order) -> Self {
        Search {
            history,
            order,
            frontier: vec![0; history.sessions.len()],
            held: vec![Held::Initial; history.keys.len()],
            left: history.readers.iter().map(|readers| readers.len() as u32).collect(),
            left_initial: history.initial_readers.iter().map(|readers| readers.len() as u32).collect(),
            trail: Vec::new(),
            visited: BTreeSet::new(),
            furthest: (0, vec![0; history.sessions.len()]),
        }
    }

    fn run(mut self, budget: &Budget) -> Verdict {
        let words_max = budget.frontier_words;
        let mut stack = vec![self.frame(0)];
        while let Some(frame) = stack.last_mut() {
            if self.trail.len() == self.history.ops.len() {
                return Verdict::Holds;
            }
            let Some(write) = frame.next.pop() else {
                let trail = frame.trail;
                self.undo(trail);
                stack.pop();
                continue;
            };
            let trail = self.trail.len();
            self.put(write);
            let frame = self.frame(trail);
            if !self.visited.insert(self.frontier.as_slice().into()) {
                self.undo(trail);
                continue;
            }
            if self.visited.len() > budget.frontiers || self.visited.len() * self.frontier.len() > words_max {
                return Verdict::Undecided(format!(
                    "{} frontiers were tried without finding an order, and not all",
                    self.visited.len()
                ));
            }
            stack.push(frame);
        }
        self.none()
    }

    /// Does at once what can be, notes how far that came, and finds what is to be tried.
    fn frame(&mut self, trail: usize) -> Frame {
        loop {
            let free = self.ready().find(|op| self.is_free(*op));
            let Some(op) = free else { break };
            self.put(op);
        }
        if self.trail.len() > self.furthest.0 {
            self.furthest = (self.trail.len(), self.frontier.clone());
        }
        let mut next: Vec<usize> = self.ready().filter(|op| self.may_write(*op)).collect();
        // Real executions mostly went as they were called: the earliest call is tried first.
        next.sort_unstable_by(|a, b| b.cmp(a));
        Frame { trail, next }
    }

    /// Each session's next operation, where all that must precede it is in order.
    fn ready(&self) -> impl Iterator<Item = usize> {
        self.history.sessions.iter().enumerate().filter_map(|(session, ops)| {
            let op = *ops.get(self.frontier[session] as usize)?;
            let mut clock = self.order.clock(op).iter().enumerate();
            clock.all(|(other, count)| other == session || *count <= self.frontier[other]).then_some(op)
        })
    }

    fn unread(&self, key: u32) -> u32 {
        match self.held[key as usize] {
            Held::Initial => self.left_initial[key as usize],
            Held::Write(write) => self.left[write],
        }
    }

    fn may_write(&self, op: usize) -> bool {
        let own = &self.history.ops[op];
        own.is_write && self.unread(own.key) == 0
    }

    fn is_free(&self, op: usize) -> bool {
        match self.history.source[op] {
            Source::Write(write) => self.held[self.history.ops[op].key as usize] == Held::Write(write),
            Source::Initial => self.held[self.history.ops[op].key as usize] == Held::Initial,
            Source::ThinAir(_) | Source::None => self.left[op] == 0 && self.may_write(op),
        }
    }

    fn put(&mut self, op: usize) {
        let own = &self.history.ops[op];
        let key = own.key as usize;
        self.trail.push((op, self.held[key]));
        self.frontier[own.session as usize] += 1;
        match self.history.source[op] {
            Source::Write(write) => self.left[write] -= 1,
            Source::Initial => self.left_initial[key] -= 1,
            Source::ThinAir(_) | Source::None => self.held[key] = Held::Write(op),
        }
    }

    fn undo(&mut self, length: usize) {
        for (op, held) in self.trail.drain(length..).rev() {
            let own = &self.history.ops[op];
            self.frontier[own.session as usize] -= 1;
            self.held[own.key as usize] = held;
            match self.history.source[op] {
                Source::Write(write) => self.left[write] += 1,
                Source::Initial => self.left_initial[own.key as usize] += 1,
                Source::ThinAir(_) | Source::None => {}
            }
        }
    }

    /// No order exists: what the attempt that came furthest could not go on with.
    fn none(&self) -> Verdict {
        let (count, frontier) = &self.furthest;
        let mut story = Story::new(self.history);
        story.say(format!(
            "no order of all {} operations exists: after {} frontiers none is left to try; one came as far as {count}:",
            self.history.ops.len(),
            self.visited.len() + 1
        ));
        for (session, done) in frontier.iter().enumerate() {
            if let Some(op) = self.history.sessions[session].get(*done as usize) {
                let clause = story.clause(*op);
                story.say(format!("  still to come: {clause}"));
            }
        }
        Verdict::Violated(story.end(Pattern::NoOrder))
    }
}
