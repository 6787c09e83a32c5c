//! A hash table whose keys are 128-bit words: fingerprints, digests, pairs of small numbers.
//!
//! The search asks it several times per step, and hardly anything else. Keys lie by themselves in one array with open
//! addressing: a set of fingerprints takes 16 bytes per slot and, mostly, one cache line per question. It is never
//! iterated over, so that no order can leak into a result.

/// A map from 128-bit keys, all but 0, to values. `Table<()>` is a set and stores no values.
pub(super) struct Table<V> {
    /// 0: a free slot. The length is a power of two.
    keys: Vec<u128>,
    values: Vec<V>,
    len: usize,
}

const SLOTS_AT_FIRST: usize = 64;

impl<V: Copy + Default> Table<V> {
    pub fn new() -> Self {
        Table { keys: vec![0; SLOTS_AT_FIRST], values: vec![V::default(); SLOTS_AT_FIRST], len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The slot that holds the key, or the free slot where it belongs.
    #[inline]
    fn slot(&self, key: u128) -> usize {
        debug_assert_ne!(key, 0, "0 marks a free slot");
        let mask = self.keys.len() - 1;
        // Fingerprints are random already, pairs are not: one multiplication spreads both, whose high bits are best.
        let spread = ((key as u64) ^ (key >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut slot = (spread ^ spread >> 32) as usize;
        loop {
            slot &= mask;
            if self.keys[slot] == key || self.keys[slot] == 0 {
                return slot;
            }
            slot += 1;
        }
    }

    #[inline]
    pub fn get(&self, key: u128) -> Option<V> {
        let slot = self.slot(key);
        (self.keys[slot] == key).then(|| self.values[slot])
    }

    /// Adds the key with its value; where the key is there already, changes nothing and returns false.
    #[inline]
    pub fn insert(&mut self, key: u128, value: V) -> bool {
        let slot = self.slot(key);
        if self.keys[slot] == key {
            return false;
        }
        self.keys[slot] = key;
        self.values[slot] = value;
        self.len += 1;
        // Three quarters: beyond that, runs of full slots grow quickly.
        if self.len * 4 > self.keys.len() * 3 {
            self.grow();
        }
        true
    }

    #[cold]
    fn grow(&mut self) {
        let slots = self.keys.len() * 2;
        let keys = std::mem::replace(&mut self.keys, vec![0; slots]);
        let values = std::mem::replace(&mut self.values, vec![V::default(); slots]);
        for (key, value) in keys.into_iter().zip(values).filter(|(key, _)| *key != 0) {
            let slot = self.slot(key);
            self.keys[slot] = key;
            self.values[slot] = value;
        }
    }
}

/// A key for a pair of small numbers.
#[inline]
pub(super) fn pair(first: u32, second: u32) -> u128 {
    // One more than the first, so that no pair is 0.
    (u128::from(first) + 1) << 32 | u128::from(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_the_first_value_of_each_key() {
        let mut table = Table::new();
        for key in (1..=10_000u128).chain((1..=10_000).map(|k| k << 64)) {
            assert!(table.insert(key, key as u32));
            assert!(!table.insert(key, 7));
        }
        assert_eq!(table.len(), 20_000);
        for key in 1..=10_000u128 {
            assert_eq!(table.get(key), Some(key as u32));
            assert_eq!(table.get(key << 64), Some(0));
            assert_eq!(table.get(key << 32), None);
        }
    }

    #[test]
    fn pairs_are_distinct_and_never_zero() {
        let pairs = [(0, 0), (0, 1), (1, 0), (u32::MAX, 0), (u32::MAX, u32::MAX), (0, u32::MAX)];
        let keys: std::collections::BTreeSet<u128> = pairs.iter().map(|(a, b)| pair(*a, *b)).collect();
        assert_eq!(keys.len(), pairs.len());
        assert!(!keys.contains(&0));
    }
}
