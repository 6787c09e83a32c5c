//! Locks on the keys of a site, and who waits for whom: two-phase locking whose deadlocks are prevented.
//!
//! **Wait-die.** Rosenkrantz, Stearns & Lewis, *System Level Concurrency Control for Distributed Database Systems*
//! (1978): a transaction waits only for younger ones, and where an older one is in its way it dies. Since
//! who waits is always older than whom it waits for, nobody waits in a circle, across sites either. Who dies comes back
//! with the same age, and is the oldest in the end. Their other scheme, wound-wait, lets the older one abort the
//! younger holder. A holder that has voted yes cannot be aborted, and here nearly all have: so it is wait-die.
//!
//! A transaction asks a site for all of its locks in one go, and gets all or waits for all; who waits is not overtaken
//! by what is in its way.

use crate::spec::atomic_commit::{Key, Step, Txn};
use std::collections::BTreeMap;

/// What came of asking for locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// They are held now.
    Granted,
    /// They will be, once younger transactions have let go: [`Locks::release`] says when.
    Waits,
    /// An older transaction is in the way.
    Dies,
}

/// What a transaction wants to lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Claim {
    age: Txn,
    /// By key: whether nobody else may read it.
    keys: BTreeMap<Key, bool>,
}

impl Claim {
    fn new(age: Txn, steps: &[Step]) -> Self {
        let mut keys = BTreeMap::new();
        for step in steps {
            *keys.entry(step.key()).or_insert(false) |= !step.only_reads();
        }
        Claim { age, keys }
    }

    fn conflicts(&self, other: &Claim) -> bool {
        self.keys.iter().any(|(key, alone)| other.keys.get(key).is_some_and(|theirs| *alone || *theirs))
    }
}

/// The locks of a site. They are volatile: what is in doubt locks its keys anew after a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Locks {
    held: BTreeMap<Txn, Claim>,
    /// Who waits, in the order in which they asked.
    queue: Vec<(Txn, Claim)>,
}

impl Locks {
    /// A transaction that is as old as `age` asks for what these steps need.
    pub fn acquire(&mut self, txn: Txn, age: Txn, steps: &[Step]) -> Asked {
        let claim = Claim::new(age, steps);
        let waiting = self.queue.iter().map(|(_, other)| other);
        let mut in_the_way = self.held.values().chain(waiting).filter(|other| claim.conflicts(other)).peekable();
        if in_the_way.peek().is_none() {
            self.held.insert(txn, claim);
            return Asked::Granted;
        }
        if in_the_way.any(|other| other.age <= age) {
            return Asked::Dies;
        }
        self.queue.push((txn, claim));
        Asked::Waits
    }

    /// What was prepared before a restart is locked again.
    pub fn restore(&mut self, txn: Txn, age: Txn, steps: &[Step]) {
        self.held.insert(txn, Claim::new(age, steps));
    }

    /// A transaction lets go of what it holds, or waits no more. Says who has got locks by that, in order.
    pub fn release(&mut self, txn: Txn) -> Vec<Txn> {
        self.held.remove(&txn);
        self.queue.retain(|(waiting, _)| *waiting != txn);
        let mut granted = Vec::new();
        for (waiting, claim) in std::mem::take(&mut self.queue) {
            let ahead = self.queue.iter().map(|(_, other)| other);
            if self.held.values().chain(ahead).any(|other| claim.conflicts(other)) {
                self.queue.push((waiting, claim));
            } else {
                self.held.insert(waiting, claim);
                granted.push(waiting);
            }
        }
        granted
    }

    /// How many transactions hold locks.
    pub fn holders(&self) -> usize {
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::atomic_commit::{AtomicCommit, Element};
    use crate::spec::judged::Judged;

    fn txn(number: u32) -> Txn {
        Txn { epoch: 1, number }
    }

    fn ask(locks: &mut Locks, number: u32, op: &str) -> Asked {
        locks.acquire(txn(number), txn(number), &AtomicCommit::parse_op(op).unwrap().steps)
    }

    #[test]
    fn the_older_waits_and_the_younger_dies() {
        let mut locks = Locks::default();
        assert_eq!(ask(&mut locks, 5, "append k1 1"), Asked::Granted);
        assert_eq!(ask(&mut locks, 7, "read k1"), Asked::Dies);
        assert_eq!(ask(&mut locks, 3, "read k1; append k2 1"), Asked::Waits);
        assert_eq!(ask(&mut locks, 4, "read k2"), Asked::Dies, "behind an older one that waits");
        assert_eq!(ask(&mut locks, 2, "read k2"), Asked::Waits, "behind a younger one that waits");
        assert_eq!(ask(&mut locks, 9, "read k3"), Asked::Granted);
        assert_eq!(locks.release(txn(5)), [txn(3)]);
        assert_eq!(locks.release(txn(3)), [txn(2)]);
        assert_eq!(locks.release(txn(2)), []);
        assert_eq!(locks.holders(), 1);
    }

    #[test]
    fn readers_share_and_are_not_starved_of() {
        let mut locks = Locks::default();
        assert_eq!(ask(&mut locks, 5, "read k1"), Asked::Granted);
        assert_eq!(ask(&mut locks, 6, "read k1"), Asked::Granted);
        assert_eq!(ask(&mut locks, 3, "append k1 1"), Asked::Waits);
        assert_eq!(ask(&mut locks, 7, "read k1"), Asked::Dies, "it would overtake a writer that waits");
        assert_eq!(locks.release(txn(5)), []);
        assert_eq!(locks.release(txn(6)), [txn(3)]);
    }

    #[test]
    fn who_comes_back_keeps_its_age() {
        let mut locks = Locks::default();
        let steps = [Step::Append(Key::List(0), Element(1))];
        assert_eq!(locks.acquire(txn(8), txn(2), &steps), Asked::Granted);
        assert_eq!(locks.acquire(txn(9), txn(1), &steps), Asked::Waits);
        assert_eq!(locks.acquire(txn(10), txn(2), &steps), Asked::Dies, "another attempt of the holder");
        assert_eq!(locks.release(txn(9)), [], "who waited is gone");
        locks.restore(txn(8), txn(2), &steps);
        assert_eq!(locks.release(txn(8)), []);
    }
}
