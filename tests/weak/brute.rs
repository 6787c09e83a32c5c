//! The models by their definitions: all orders, all causal orders, all sets of seen writes are tried. Nothing is shared
//! with the checkers.

use crate::causality::Causality;
use crate::small::{End, Small};

/// What took part, in the order of (process, call): a session's operations are neighbours.
pub struct Brute {
    pub ops: Vec<Small>,
}

/// Which operations of a history of at most 8 come first, as bits.
pub type Mask = u8;

impl Brute {
    /// Every way in which the history's open writes may have happened or not.
    pub fn worlds(history: &[Small]) -> Vec<Brute> {
        let took_part = |op: &&Small| op.end != End::Failed && (op.is_write || op.end != End::Open);
        let mut ops: Vec<Small> = history.iter().filter(took_part).copied().collect();
        ops.sort_by_key(|op| (op.process, op.call));
        let open: Vec<usize> = (0..ops.len()).filter(|op| ops[*op].end == End::Open).collect();
        let world = |happened: u32| {
            let is_in = |op: &usize| open.iter().position(|o| o == op).is_none_or(|bit| happened >> bit & 1 == 1);
            Brute { ops: (0..ops.len()).filter(is_in).map(|op| ops[op]).collect() }
        };
        (0..1 << open.len()).map(world).collect()
    }

    pub fn all(&self) -> Mask {
        ((1_u32 << self.ops.len()) - 1) as Mask
    }

    pub fn mask(&self, chosen: impl Fn(usize) -> bool) -> Mask {
        (0..self.ops.len()).filter(|op| chosen(*op)).fold(0, |mask, op| mask | 1 << op)
    }

    /// The operations before this one in its session.
    pub fn earlier(&self, op: usize) -> Mask {
        self.mask(|other| other < op && self.ops[other].process == self.ops[op].process)
    }

    fn sessions(&self) -> Vec<Mask> {
        (0..self.ops.len()).map(|op| self.earlier(op)).collect()
    }

    /// Whether the operations of `mask` have an order in which each comes after those of `before[op]` that are in the
    /// mask, and each read in `checked` returns the last write to its key.
    pub fn has_order(&self, mask: Mask, before: &[Mask], checked: Mask) -> bool {
        self.goes_on(mask, before, checked, &mut Vec::new())
    }

    fn goes_on(&self, left: Mask, before: &[Mask], checked: Mask, done: &mut Vec<usize>) -> bool {
        if left == 0 {
            return true;
        }
        for op in (0..self.ops.len()).filter(|op| left >> op & 1 == 1) {
            let may_come = before[op] & left == 0;
            let is_wrong = || !self.ops[op].is_write && checked >> op & 1 == 1 && !self.returns_last(op, done);
            if !may_come || is_wrong() {
                continue;
            }
            done.push(op);
            let found = self.goes_on(left & !(1 << op), before, checked, done);
            done.pop();
            if found {
                return true;
            }
        }
        false
    }

    /// Whether a read returns the last write to its key among these.
    pub fn returns_last(&self, read: usize, done: &[usize]) -> bool {
        let writes = done.iter().rev().map(|op| &self.ops[*op]);
        let last = writes.filter(|op| op.is_write).find(|op| op.key == self.ops[read].key);
        last.map_or(0, |write| write.value) == self.ops[read].value
    }

    pub fn reads(&self) -> impl Iterator<Item = usize> {
        (0..self.ops.len()).filter(|op| !self.ops[*op].is_write)
    }

    pub fn sequential(&self) -> bool {
        self.has_order(self.all(), &self.sessions(), self.all())
    }

    /// With reads that may have begun so much earlier.
    pub fn linearizable(&self, delay: i64) -> bool {
        let call = |op: usize| self.ops[op].call - if self.ops[op].is_write { 0 } else { delay };
        let before: Vec<Mask> =
            (0..self.ops.len()).map(|op| self.mask(|other| self.ops[other].ret() < call(op))).collect();
        self.has_order(self.all(), &before, self.all())
    }

    pub fn pram(&self) -> bool {
        (0..self.ops.len()).all(|one| {
            let process = self.ops[one].process;
            let mask = self.mask(|op| self.ops[op].is_write || self.ops[op].process == process);
            self.has_order(mask, &self.sessions(), mask)
        })
    }

    /// For each read, some order of the writes to its key that agrees with real time has the one that was read before
    /// the read, and at most so many between.
    pub fn behind(&self, versions: usize) -> bool {
        self.reads().all(|read| {
            let key = self.ops[read].key;
            let mask = self.mask(|op| op == read || self.ops[op].is_write && self.ops[op].key == key);
            self.is_behind(read, mask, versions, &mut Vec::new())
        })
    }

    fn is_behind(&self, read: usize, left: Mask, versions: usize, done: &mut Vec<usize>) -> bool {
        if left >> read & 1 == 0 {
            let before = &done[..done.len() - 1];
            let from = before.iter().position(|op| self.ops[*op].value == self.ops[read].value);
            return match (from, self.ops[read].value) {
                (_, 0) => before.len() <= versions,
                (Some(place), _) => before.len() - 1 - place <= versions,
                (None, _) => false,
            };
        }
        (0..self.ops.len()).filter(|op| left >> op & 1 == 1).any(|op| {
            let others = self.mask(|other| left >> other & 1 == 1 && self.ops[other].ret() < self.ops[op].call);
            if others != 0 {
                return false;
            }
            done.push(op);
            let found = self.is_behind(read, left & !(1 << op), versions, done);
            done.pop();
            found
        })
    }

    /// Whether reads agree so long after the last write. None: there is nothing that had to converge.
    pub fn eventual(&self, within: i64) -> Option<bool> {
        let value_of = |read: usize| self.ops[read].value;
        let end = |write: usize| {
            let own = &self.ops[write];
            let readers = self.reads().filter(|read| self.ops[*read].key == own.key && value_of(*read) == own.value);
            match own.end {
                End::At(time) => time,
                End::Open | End::Failed => readers.map(|read| self.ops[read].ret()).min().unwrap_or(i64::MAX),
            }
        };
        let is_quiet = |read: usize| {
            let own = &self.ops[read];
            let mut writes = (0..self.ops.len()).filter(|w| self.ops[*w].is_write && self.ops[*w].key == own.key);
            let after = |write: usize| end(write).checked_add(within).is_some_and(|time| time < own.call);
            writes.clone().next().is_some() && writes.all(after)
        };
        let quiet: Vec<usize> = self.reads().filter(|read| is_quiet(*read)).collect();
        let agree = |a: usize, b: usize| self.ops[a].key != self.ops[b].key || value_of(a) == value_of(b);
        let all = quiet.iter().all(|a| value_of(*a) > 0 && quiet.iter().all(|b| agree(*a, *b)));
        if quiet.is_empty() { None } else { Some(all) }
    }

    /// Causal consistency, causal memory and causal convergence: some causal order explains the history.
    pub fn causal(&self, orders: &[Causality]) -> [bool; 3] {
        let mut found = [false; 3];
        for order in orders {
            if !self.reads().all(|read| self.is_explained(order, read, 1 << read)) {
                continue;
            }
            let own = |op: usize| self.earlier(op) | 1 << op;
            found[0] = true;
            found[1] = found[1] || (0..self.ops.len()).all(|op| self.is_explained(order, op, own(op)));
            found[2] = found[2] || self.converges(order, &mut Vec::new());
            if found == [true; 3] {
                break;
            }
        }
        found
    }

    /// Whether what causally precedes an operation, and the operation itself, have an order that keeps the causal one
    /// and in which these reads are right.
    fn is_explained(&self, order: &Causality, op: usize, checked: Mask) -> bool {
        let past = order.before[op] | 1 << op;
        // A value that is not there cannot be read.
        let is_there = |read: usize| {
            let own = &self.ops[read];
            let writes =
                |w: usize| self.ops[w].is_write && self.ops[w].key == own.key && self.ops[w].value == own.value;
            own.value == 0 || self.mask(writes) & past != 0
        };
        self.reads().filter(|read| checked >> read & 1 == 1).all(is_there)
            && self.has_order(past, &order.before, checked)
    }

    /// Whether one order of everything that keeps the causal one is right for each read, if only what causally precedes
    /// it is looked at.
    fn converges(&self, order: &Causality, done: &mut Vec<usize>) -> bool {
        if done.len() == self.ops.len() {
            return self.reads().all(|read| {
                let past = done.iter().copied().filter(|op| order.before[read] >> op & 1 == 1);
                self.returns_last(read, &past.collect::<Vec<usize>>())
            });
        }
        let placed = done.iter().fold(0, |mask: Mask, op| mask | 1 << op);
        (0..self.ops.len()).filter(|op| placed >> op & 1 == 0 && order.before[*op] & !placed == 0).any(|op| {
            done.push(op);
            let found = self.converges(order, done);
            done.pop();
            found
        })
    }
}
