//! Everything that brute force chooses from: the causal orders of a shape, and the writes that each read has seen.

use crate::brute::{Brute, Mask};

/// A strict partial order that contains session order.
pub struct Causality {
    /// For each operation, what precedes it.
    pub before: Vec<Mask>,
}

/// All of them, for sessions of these lengths.
pub fn causal_orders(lengths: &[usize]) -> Vec<Causality> {
    let session_of: Vec<usize> =
        lengths.iter().enumerate().flat_map(|(session, length)| vec![session; *length]).collect();
    let count = session_of.len();
    let within = |a: usize, b: usize| a < b && session_of[a] == session_of[b];
    let before: Vec<Mask> =
        (0..count).map(|b| (0..count).filter(|a| within(*a, b)).fold(0, |mask, a| mask | 1 << a)).collect();
    let across = |(a, b): &(usize, usize)| session_of[*a] != session_of[*b];
    let pairs: Vec<(usize, usize)> =
        (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).filter(across).collect();
    let mut found = Vec::new();
    choose(&pairs, before, &mut found);
    found
}

/// For each pair of operations of two sessions: the one first, the other first, or neither.
fn choose(pairs: &[(usize, usize)], before: Vec<Mask>, found: &mut Vec<Causality>) {
    let Some(((a, b), rest)) = pairs.split_first() else {
        let ops = || 0..before.len();
        let is_transitive = ops().all(|b| ops().all(|a| before[b] >> a & 1 == 0 || before[a] & !before[b] == 0));
        if is_transitive {
            found.push(Causality { before });
        }
        return;
    };
    for (first, then) in [(*a, *b), (*b, *a)] {
        let mut before = before.clone();
        before[then] |= 1 << first;
        choose(rest, before, found);
    }
    choose(rest, before, found);
}

/// Which session guarantees are asked for.
#[derive(Clone, Copy)]
pub struct Guarantees {
    pub read_your_writes: bool,
    pub monotonic_reads: bool,
    pub monotonic_writes: bool,
    pub writes_follow_reads: bool,
}

impl Brute {
    /// Whether there are sets of seen writes, one a read, that have the guarantees and explain what was read.
    pub fn session(&self, asked: Guarantees) -> bool {
        self.sees(asked, &mut vec![0; self.ops.len()], 0)
    }

    fn sees(&self, asked: Guarantees, seen: &mut Vec<Mask>, from: usize) -> bool {
        let Some(read) = self.reads().find(|read| *read >= from) else {
            return self.reads().all(|read| self.is_guaranteed(asked, seen, read));
        };
        let writes = self.mask(|op| self.ops[op].is_write);
        let own = &self.ops[read];
        let same = self.mask(|op| self.ops[op].is_write && self.ops[op].key == own.key);
        (0..=self.all()).filter(|set| set & !writes == 0).any(|set| {
            // What was read is among what was seen; the initial value is read where nothing of the key was.
            let source = self.mask(|op| same >> op & 1 == 1 && self.ops[op].value == own.value);
            let fits = if own.value == 0 { set & same == 0 } else { set & source != 0 };
            seen[read] = set;
            fits && self.sees(asked, seen, read + 1)
        })
    }

    fn is_guaranteed(&self, asked: Guarantees, seen: &[Mask], read: usize) -> bool {
        let set = seen[read];
        let holds = |mask: Mask| mask & !set == 0;
        let is = |mask: Mask, op: usize| mask >> op & 1 == 1;
        let writes = self.mask(|op| self.ops[op].is_write);
        if asked.read_your_writes && !holds(self.earlier(read) & writes) {
            return false;
        }
        let earlier_reads = |op: usize| self.reads().filter(move |other| is(self.earlier(op), *other));
        if asked.monotonic_reads && !earlier_reads(read).all(|other| holds(seen[other])) {
            return false;
        }
        let mut before: Vec<Mask> = vec![0; self.ops.len()];
        for write in (0..self.ops.len()).filter(|op| is(set, *op)) {
            // A client's older write to a key never replaces its newer one.
            let own = &self.ops[write];
            before[write] |= self.earlier(write) & self.mask(|op| self.ops[op].is_write && self.ops[op].key == own.key);
            if asked.monotonic_writes {
                before[write] |= self.earlier(write) & writes;
                if !holds(self.earlier(write) & writes) {
                    return false;
                }
            }
            if asked.writes_follow_reads {
                for other in earlier_reads(write) {
                    before[write] |= seen[other];
                    if !holds(seen[other]) {
                        return false;
                    }
                }
            }
        }
        before[read] = set;
        self.has_order(set | 1 << read, &before, 1 << read)
    }
}
