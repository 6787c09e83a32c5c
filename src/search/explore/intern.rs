//! Equal values get one small number, and beside each stands the fingerprint of its content.

use crate::node::{Digest, mix};
use crate::search::explore::table::Table;
use std::hash::Hash;

/// What a part is: equal contents of different kinds have different fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Local,
    Item,
    Judgement,
    Telling,
    CrashesLeft,
}

/// The fingerprint of a part of a world. It depends on the content alone, not on when it was first met.
///
/// A world's fingerprint is the sum of its parts', so each must look random: the digest of a few words is mixed again.
pub(super) fn fingerprint<T: Hash>(part: Part, content: &T) -> u128 {
    let digest = Digest::of(&(part, content));
    let (high, low) = ((digest >> 64) as u64, digest as u64);
    u128::from(mix(high ^ low.rotate_left(32))) << 64 | u128::from(mix(low))
}

/// Numbers for values, counted from 0 in the order in which they are first met.
pub(super) struct Interner<T> {
    part: Part,
    numbers: Table<u32>,
    values: Vec<T>,
    prints: Vec<u128>,
}

impl<T: Eq + Hash> Interner<T> {
    pub fn new(part: Part) -> Self {
        Interner { part, numbers: Table::new(), values: Vec::new(), prints: Vec::new() }
    }

    /// The number of a value. It is new where it equals the length before.
    pub fn number(&mut self, value: T) -> u32 {
        let print = fingerprint(self.part, &value);
        if let Some(number) = self.numbers.get(print) {
            assert!(
                self.values[number as usize] == value,
                "two different values of the kind {:?} have the same hash: derive `Hash`, a hand-written one must not \
                 leave out a field",
                self.part
            );
            return number;
        }
        let number = u32::try_from(self.values.len()).expect("fewer than 2^32 distinct values fit into memory");
        self.numbers.insert(print, number);
        self.values.push(value);
        self.prints.push(print);
        number
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn value(&self, number: u32) -> &T {
        &self.values[number as usize]
    }

    #[inline]
    pub fn print(&self, number: u32) -> u128 {
        self.prints[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Hash)]
    #[expect(clippy::derived_hash_with_manual_eq, reason = "this is the mistake")]
    struct Different;
    impl PartialEq for Different {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    impl Eq for Different {}

    #[test]
    #[should_panic(expected = "have the same hash")]
    fn different_values_with_one_hash_are_never_taken_for_one() {
        let mut interner = Interner::new(Part::Local);
        assert_eq!(interner.number(Different), 0);
        interner.number(Different);
    }

    #[test]
    fn equal_values_get_one_number_and_equal_contents_of_different_kinds_different_prints() {
        let (mut locals, mut items) = (Interner::new(Part::Local), Interner::new(Part::Item));
        assert_eq!(["a", "b", "a"].map(|value| locals.number(value)), [0, 1, 0]);
        items.number("a");
        assert_ne!(locals.print(0), items.print(0));
        assert_eq!((locals.len(), *locals.value(1)), (2, "b"));
    }
}
