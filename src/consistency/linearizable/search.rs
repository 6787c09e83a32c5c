//! The search for an order of the operations on one object.
//!
//! A *configuration* is the set of operations that were put in order so far and the state behind them. The operations
//! that may come next are those called before the first return of one that was not: the *window*. Each configuration is
//! looked at once. What is not tried, and why nothing is missed: let there be an order that completes the present
//! configuration; then there is one that the search tries.
//!
//! 1. **Pure operations come at once.** An operation that never changes the state (a read, a compare-and-set that
//!    found another value) and is legal now is taken, and nothing else is tried. Move it to the front of the order:
//!    all that had to precede it is in order already, and the others see the same states.
//! 2. **Of equal operations the one that returns first.** Of operations of one class that are in the window only the
//!    one with the earliest return is tried. Does the order take another one first, let the two change places: the
//!    states stay the same. The one that moves to the back returns later than the one that stood there, so whatever was
//!    called after its return already stood behind that place; the one that moves to the front is in the window.
//! 3. **Operations of unknown outcome are followed by one that looks.** Among all such orders take one with the fewest
//!    operations of unknown outcome; those left over never took effect. If one of them were the last, or stood before a
//!    blind operation (legal in every state, with one state behind it), it could be left out. The moves of (1) and (2)
//!    keep their number. So one that leads to a state which no operation looks at is *idle*, and is not tried at all.
//! 4. **A state that is still needed is left only if it can come back.** If an operation that must take its place is
//!    legal in this state only, and no operation that is left leads to it, the order cannot be completed.
//!
//! Steps are counted so that time follows from them, however many operations are open at once: one for each operation
//! that is tried, and one for each 64 entries of the window that are passed over to find the next.
//!
//! What was tried is kept as fingerprints of 128 bits: two of so many configurations as fit in memory share one with a
//! chance below 2^-80.

use crate::consistency::linearizable::model::{Object, Span, Traits};
use crate::node::mix;
use hashbrown::HashTable;
use std::collections::BTreeSet;

/// What a search has found so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// There is an order.
    Order,
    /// There is none.
    NoOrder,
    /// It needs more steps.
    Unknown,
}

const NONE: u32 = u32::MAX;
/// The place before the first entry.
const HEAD: u32 = 0;

/// A search on one object, which can be continued.
#[derive(Clone, Debug)]
pub struct Search<M> {
    object: M,
    traits: Vec<Traits>,
    spans: Vec<Span>,
    /// A doubly linked list of calls and returns in their order, from place 1: the operation, and whether it returns.
    entries: Vec<(u32, bool)>,
    next: Vec<u32>,
    before: Vec<u32>,
    /// By operation: the place of its call and, where it has one, of its return in the list.
    places: Vec<(u32, u32)>,
    /// By state: how many operations must still be ordered that need it, and how many are left that make it.
    wanted: Vec<u32>,
    supply: Vec<u32>,
    makers_of_any: u32,
    /// How many operations must still be ordered.
    left: u32,
    /// The operations put in order, each to be undone; and the sum of their words.
    trail: Vec<u32>,
    sum: u128,
    frames: Vec<Frame>,
    candidates: Vec<u32>,
    /// By class: the candidate of this class, valid while its stamp is the present one.
    chosen: Vec<(u64, u32)>,
    stamp: u64,
    tried: HashTable<u128>,
    /// What the search has cost.
    pub steps: u64,
    found: Found,
}

#[derive(Clone, Debug)]
struct Frame {
    state: u32,
    /// The length of the trail without this frame's operations.
    trail: usize,
    /// Its candidates.
    first: usize,
    next: usize,
}

/// So many entries of the window cost a step.
const ENTRIES_A_STEP: u64 = 64;

/// Which operations are idle, by (3): of unknown outcome, and leading to a state that no operation looks at.
pub fn idle(traits: &[Traits], spans: &[Span]) -> Vec<bool> {
    let looks_at = |traits: &Traits| traits.needs.or(traits.tries);
    let looks_anywhere = |traits: &Traits| !traits.blind && looks_at(traits).is_none();
    if traits.iter().any(looks_anywhere) {
        return vec![false; traits.len()];
    }
    let looked_at: BTreeSet<u32> = traits.iter().filter_map(looks_at).collect();
    let is_idle = |(traits, span): (&Traits, &Span)| {
        span.ret.is_none() && traits.makes.is_some_and(|state| !looked_at.contains(&state))
    };
    traits.iter().zip(spans).map(is_idle).collect()
}

/// A word for an operation; sums of them stand for sets.
fn word(operation: u32) -> u128 {
    let low = mix(u64::from(operation).wrapping_mul(2) + 1);
    u128::from(mix(low ^ 0x9E37_79B9_7F4A_7C15)) << 64 | u128::from(low)
}

impl<M: Object> Search<M> {
    /// A search over the operations of `object`, whose calls and returns are `spans`.
    pub fn new(object: M, spans: &[Span]) -> Self {
        let traits = object.traits().to_vec();
        let mut entries: Vec<(u32, u32, bool)> = Vec::with_capacity(spans.len() * 2);
        let idle = idle(&traits, spans);
        for (operation, span) in spans.iter().enumerate().filter(|(operation, _)| !idle[*operation]) {
            entries.push((span.call, operation as u32, false));
            entries.extend(span.ret.map(|ret| (ret, operation as u32, true)));
        }
        entries.sort_unstable();
        let mut places = vec![(NONE, NONE); spans.len()];
        for (place, (_, operation, returns)) in entries.iter().enumerate() {
            let at = &mut places[*operation as usize];
            *(if *returns { &mut at.1 } else { &mut at.0 }) = place as u32 + 1;
        }
        let count = entries.len() as u32;
        let classes = traits.iter().map(|traits| traits.class as usize + 1).max().unwrap_or(0);
        let states = traits.iter().flat_map(|t| [t.needs, t.makes]).flatten().max().map_or(0, |state| state + 1);
        let mut search = Search {
            object,
            spans: spans.to_vec(),
            entries: [(NONE, false)].into_iter().chain(entries.iter().map(|(_, op, ret)| (*op, *ret))).collect(),
            next: (0..=count).map(|place| if place < count { place + 1 } else { NONE }).collect(),
            before: (0..=count).map(|place| place.saturating_sub(1)).collect(),
            places,
            wanted: vec![0; states as usize],
            supply: vec![0; states as usize],
            makers_of_any: 0,
            left: spans.iter().filter(|span| span.ret.is_some()).count() as u32,
            trail: Vec::new(),
            sum: 0,
            frames: Vec::new(),
            candidates: Vec::new(),
            chosen: vec![(0, 0); classes],
            stamp: 0,
            tried: HashTable::new(),
            steps: 0,
            found: Found::Unknown,
            traits,
        };
        for operation in 0..spans.len() as u32 {
            search.count(operation, true);
        }
        let hopeless = |state: u32| search.hopeless(state);
        if (1..states).any(hopeless) {
            search.found = Found::NoOrder;
        } else if search.enter(0, 0, false) {
            search.found = Found::Order;
        }
        search
    }

    /// How many configurations and states it keeps in mind.
    pub fn size(&self) -> usize {
        self.tried.len() + self.object.size()
    }

    /// Goes on for about so many steps.
    pub fn run(&mut self, steps: u64) -> Found {
        let end = self.steps.saturating_add(steps);
        while self.found == Found::Unknown && self.steps < end {
            self.step();
        }
        self.found
    }

    fn step(&mut self) {
        let Some(frame) = self.frames.last_mut() else {
            self.found = Found::NoOrder;
            return;
        };
        let state = frame.state;
        if frame.next == self.candidates.len() {
            let frame = self.frames.pop().expect("it was there");
            self.candidates.truncate(frame.first);
            self.undo(frame.trail);
            return;
        }
        let operation = self.candidates[frame.next];
        frame.next += 1;
        self.steps += 1;
        let Some(after) = self.object.step(state, operation) else { return };
        let mark = self.trail.len();
        self.take(operation);
        if after != state && self.hopeless(state) {
            self.undo(mark);
            return;
        }
        let open = self.spans[operation as usize].ret.is_none();
        if self.enter(after, mark, open) {
            self.found = Found::Order;
        }
    }

    /// Whether an operation must still come that needs a state which, once left, nothing brings back.
    fn hopeless(&self, state: u32) -> bool {
        let state = state as usize;
        self.makers_of_any == 0 && self.wanted.get(state).is_some_and(|wanted| *wanted > 0) && self.supply[state] == 0
    }

    /// A new configuration. Whether everything is in order. `open`: it was reached by an operation of unknown outcome.
    fn enter(&mut self, state: u32, mark: usize, mut open: bool) -> bool {
        open &= !self.take_pure(state);
        if self.left == 0 {
            return true;
        }
        let configuration = self.sum ^ (word(state) << 2 | u128::from(open)).rotate_left(64);
        if self.tried.find(configuration as u64, |known| *known == configuration).is_some() {
            self.undo(mark);
            return false;
        }
        self.tried.insert_unique(configuration as u64, configuration, |known| *known as u64);
        let first = self.candidates.len();
        self.gather(open);
        self.frames.push(Frame { state, trail: mark, first, next: first });
        false
    }

    /// Takes all pure operations in the window that are legal now; whether there was any.
    fn take_pure(&mut self, state: u32) -> bool {
        let mark = self.trail.len();
        let mut place = self.next[HEAD as usize];
        let mut passed = 0;
        while place != NONE {
            let (operation, returns) = self.entries[place as usize];
            if returns {
                break;
            }
            passed += 1;
            let behind = self.next[place as usize];
            if self.traits[operation as usize].pure && self.object.step(state, operation).is_some() {
                self.take(operation);
                // Its return may have been what closed the window, and may have been what comes next.
                place = if behind != NONE && self.entries[behind as usize] == (operation, true) {
                    self.next[behind as usize]
                } else {
                    behind
                };
            } else {
                place = behind;
            }
        }
        self.steps += passed / ENTRIES_A_STEP;
        self.trail.len() > mark
    }

    /// What may come next: of each class the operation that returns first; those that returned before those of unknown
    /// outcome.
    fn gather(&mut self, open: bool) {
        self.stamp += 1;
        let first = self.candidates.len();
        let mut place = self.next[HEAD as usize];
        let mut passed = 0;
        while place != NONE {
            let (operation, returns) = self.entries[place as usize];
            if returns {
                break;
            }
            passed += 1;
            place = self.next[place as usize];
            let traits = &self.traits[operation as usize];
            if traits.pure || open && traits.blind {
                continue;
            }
            let chosen = &mut self.chosen[traits.class as usize];
            if chosen.0 != self.stamp {
                *chosen = (self.stamp, self.candidates.len() as u32);
                self.candidates.push(operation);
                continue;
            }
            let rival = &mut self.candidates[chosen.1 as usize];
            let ret = |operation: u32| self.spans[operation as usize].ret.unwrap_or(NONE);
            if ret(operation) < ret(*rival) {
                *rival = operation;
            }
        }
        self.steps += passed / ENTRIES_A_STEP;
        let spans = &self.spans;
        self.candidates[first..].sort_by_key(|operation| spans[*operation as usize].ret.is_none());
    }

    fn take(&mut self, operation: u32) {
        let (call, ret) = self.places[operation as usize];
        self.unlink(call);
        if ret != NONE {
            self.unlink(ret);
            self.left -= 1;
        }
        self.count(operation, false);
        self.sum ^= word(operation);
        self.trail.push(operation);
    }

    fn undo(&mut self, mark: usize) {
        while self.trail.len() > mark {
            let operation = self.trail.pop().expect("it is longer");
            let (call, ret) = self.places[operation as usize];
            if ret != NONE {
                self.relink(ret);
                self.left += 1;
            }
            self.relink(call);
            self.count(operation, true);
            self.sum ^= word(operation);
        }
    }

    /// An operation is there again, or is there no more.
    fn count(&mut self, operation: u32, there: bool) {
        let change = |count: &mut u32| *count = if there { *count + 1 } else { *count - 1 };
        let traits = &self.traits[operation as usize];
        if let (Some(state), Some(_)) = (traits.needs, self.spans[operation as usize].ret) {
            change(&mut self.wanted[state as usize]);
        }
        if let Some(state) = traits.makes {
            change(&mut self.supply[state as usize]);
        }
        if traits.makes_any {
            change(&mut self.makers_of_any);
        }
    }

    fn unlink(&mut self, place: u32) {
        let (before, next) = (self.before[place as usize], self.next[place as usize]);
        self.next[before as usize] = next;
        if next != NONE {
            self.before[next as usize] = before;
        }
    }

    fn relink(&mut self, place: u32) {
        let (before, next) = (self.before[place as usize], self.next[place as usize]);
        self.next[before as usize] = place;
        if next != NONE {
            self.before[next as usize] = place;
        }
    }
}
