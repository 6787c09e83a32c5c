//! Who wrote what, who read what, and which transactions took effect.

use super::history::{Deed, Ending, History, Shape};
use std::collections::{BTreeMap, BTreeSet};

/// No transaction, no write.
pub(super) const NONE: u32 = u32::MAX;

/// One write of one transaction.
pub(super) struct Write {
    pub transaction: u32,
    pub key: u32,
    pub value: u32,
    /// The transaction wrote nothing to the key after it.
    pub last: bool,
}

/// One read of a committed transaction.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    pub transaction: u32,
    pub key: u32,
    /// What it shows of others' writes.
    pub seen: &'a [u32],
    /// It is the transaction's first of the key, and does not contradict what it wrote before.
    pub external: bool,
    /// It shows a list with the transaction's own appends among others': a contradiction, of which only the elements
    /// are looked at. No order follows from it.
    pub mixed: bool,
}

/// Where what was read comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The state before any write.
    Initial,
    /// This write.
    Write(u32),
    /// Nobody can tell.
    Unknown,
}

/// A value that several transactions wrote to a key: which of them was read cannot be told.
pub(super) struct Ambiguity {
    pub value: u32,
    pub writers: [u32; 2],
}

pub(super) struct Index<'a> {
    pub history: &'a History,
    /// In the order of the history.
    pub writes: Vec<Write>,
    /// Reads, by key.
    pub reads: Vec<Read<'a>>,
    /// By key: where its reads begin, and one more.
    starts: Vec<usize>,
    /// Writes by key, in the order of the history, and where those of each key begin.
    to: Vec<u32>,
    to_starts: Vec<usize>,
    /// (key, value, write), ascending.
    names: Vec<(u32, u32, u32)>,
    /// By key.
    pub ambiguous: BTreeMap<u32, Ambiguity>,
    /// The one value of a register that was there at first, if it was not nil.
    initial: BTreeMap<u32, u32>,
    /// By transaction: it took effect. Of those whose outcome is unknown, these have been seen.
    pub committed: Vec<bool>,
}

impl<'a> Index<'a> {
    pub fn new(history: &'a History) -> Self {
        let (writes, reads, starts) = deeds(history);
        let mut index = Index {
            history,
            writes,
            reads,
            starts,
            to: Vec::new(),
            to_starts: Vec::new(),
            names: Vec::new(),
            ambiguous: BTreeMap::new(),
            initial: BTreeMap::new(),
            committed: history.transactions.iter().map(|one| one.ending == Ending::Committed).collect(),
        };
        index.sort_writes();
        index.name_writes();
        index.find_initial_values();
        index.find_committed();
        index
    }

    pub fn shape(&self, key: u32) -> Shape {
        self.history.shapes[key as usize]
    }

    pub fn keys(&self) -> u32 {
        self.history.keys.len() as u32
    }

    /// What was read of a key.
    pub fn reads_of(&self, key: u32) -> &[Read<'a>] {
        &self.reads[self.starts[key as usize]..self.starts[key as usize + 1]]
    }

    /// The writes to a key, in the order of the history.
    pub fn writes_to(&self, key: u32) -> &[u32] {
        &self.to[self.to_starts[key as usize]..self.to_starts[key as usize + 1]]
    }

    /// The writes of a transaction.
    pub fn writes_by(&self, transaction: u32) -> &[Write] {
        let start = self.writes.partition_point(|write| write.transaction < transaction);
        let rest = &self.writes[start..];
        &rest[..rest.partition_point(|write| write.transaction == transaction)]
    }

    /// The write of a value.
    pub fn write_of(&self, key: u32, value: u32) -> Option<u32> {
        let place = self.names.partition_point(|(k, v, _)| (*k, *v) < (key, value));
        self.names.get(place).filter(|(k, v, _)| (*k, *v) == (key, value)).map(|(_, _, write)| *write)
    }

    /// What a read shows last: of a list its last element.
    pub fn source(&self, key: u32, seen: &[u32]) -> Source {
        let Some(value) = seen.last() else { return Source::Initial };
        if self.ambiguous.contains_key(&key) {
            return Source::Unknown;
        }
        match self.write_of(key, *value) {
            Some(write) => Source::Write(write),
            None if self.initial.get(&key) == Some(value) => Source::Initial,
            None => Source::Unknown,
        }
    }

    /// How the transaction of a write ended.
    pub fn ending(&self, write: u32) -> Ending {
        self.history.transactions[self.writes[write as usize].transaction as usize].ending
    }

    fn sort_writes(&mut self) {
        self.to = (0..self.writes.len() as u32).collect();
        self.to.sort_by_key(|write| self.writes[*write as usize].key);
        let start = |key| self.to.partition_point(|write| self.writes[*write as usize].key < key);
        self.to_starts = (0..=self.keys()).map(start).collect();
    }

    /// Sorts the writes by name. Where an aborted transaction and another one wrote the same, it counts as the other's:
    /// nobody is accused of having read what was aborted.
    fn name_writes(&mut self) {
        let mut names: Vec<(u32, u32, bool, u32)> = Vec::with_capacity(self.writes.len());
        for (id, write) in self.writes.iter().enumerate() {
            let ending = self.history.transactions[write.transaction as usize].ending;
            names.push((write.key, write.value, ending == Ending::Aborted, id as u32));
        }
        names.sort_unstable();
        for pair in names.windows(2) {
            let [(key, value, _, first), (same_key, same_value, aborted, second)] = pair else { continue };
            if (key, value) == (same_key, same_value) && !aborted {
                let writers = [first, second].map(|write| self.writes[*write as usize].transaction);
                self.ambiguous.entry(*key).or_insert(Ambiguity { value: *value, writers });
            }
        }
        names.dedup_by_key(|(key, value, _, _)| (*key, *value));
        self.names = names.into_iter().map(|(key, value, _, write)| (key, value, write)).collect();
    }

    /// A register may have held a value before the history began. If all that was read of it without having been
    /// written is one value, and nobody read nil, that value was there.
    fn find_initial_values(&mut self) {
        for key in 0..self.keys() {
            if self.shape(key) == Shape::List {
                continue;
            }
            let foreign = |read: &Read| read.seen.last().is_none_or(|value| self.write_of(key, *value).is_none());
            let values: BTreeSet<&[u32]> =
                self.reads_of(key).iter().filter(|read| foreign(read)).map(|read| read.seen).collect();
            if let (1, Some([value])) = (values.len(), values.first()) {
                self.initial.insert(key, *value);
            }
        }
    }

    /// A transaction of unknown outcome took effect if a committed one has seen a write of it.
    fn find_committed(&mut self) {
        let mut seen = Vec::new();
        for key in (0..self.keys()).filter(|key| !self.ambiguous.contains_key(key)) {
            let mut longest: &[u32] = &[];
            for read in self.reads_of(key) {
                // Of lists that begin alike, only the longest is looked at.
                if read.seen.len() > longest.len() && read.seen.starts_with(longest) {
                    seen.extend(read.seen[longest.len()..].iter().map(|value| (key, *value)));
                    longest = read.seen;
                } else if !longest.starts_with(read.seen) {
                    seen.extend(read.seen.iter().map(|value| (key, *value)));
                }
            }
        }
        for (key, value) in seen {
            let Some(write) = self.write_of(key, value) else { continue };
            if self.ending(write) == Ending::Unknown {
                let transaction = self.writes[write as usize].transaction;
                self.committed[transaction as usize] = true;
            }
        }
    }
}

/// What a transaction has done to a key so far.
#[derive(Default)]
struct Touched {
    /// Its writes, in order.
    writes: Vec<u32>,
    read: bool,
}

/// All writes in order, all reads of committed transactions by key, and where each key's reads begin.
///
/// A list that a transaction read after its own appends shows what it found, and its appends behind that: the latter
/// are taken away, for others may still get between. A register that it has written shows nothing of others at all.
///
/// A read that contradicts its own transaction is kept too: whoever reads back less than it wrote has still read what
/// others wrote, and that may have been aborted, or close a circle.
fn deeds(history: &History) -> (Vec<Write>, Vec<Read<'_>>, Vec<usize>) {
    let mut writes: Vec<Write> = Vec::new();
    let mut reads = Vec::new();
    let mut touched: BTreeMap<u32, Touched> = BTreeMap::new();
    for (id, transaction) in history.transactions.iter().enumerate() {
        touched.clear();
        let id = id as u32;
        for action in &transaction.actions {
            let known = touched.entry(action.key).or_default();
            match &action.deed {
                Deed::Write(value) => {
                    if let Some(before) = known.writes.last() {
                        writes[*before as usize].last = false;
                    }
                    known.writes.push(writes.len() as u32);
                    writes.push(Write { transaction: id, key: action.key, value: *value, last: true });
                }
                Deed::Read(seen) => {
                    let first = !std::mem::replace(&mut known.read, true);
                    let own: Vec<u32> = known.writes.iter().map(|write| writes[*write as usize].value).collect();
                    let list = history.shapes[action.key as usize] == Shape::List;
                    let Some(seen) = seen else { continue };
                    reads.extend(found(seen, list, &own).map(|(seen, sound, mixed)| Read {
                        transaction: id,
                        key: action.key,
                        seen,
                        external: first && sound,
                        mixed,
                    }));
                }
            }
        }
    }
    reads.sort_by_key(|read| read.key);
    let starts = (0..=history.keys.len() as u32).map(|key| reads.partition_point(|read| read.key < key)).collect();
    (writes, reads, starts)
}

/// What a read shows of others; whether the transaction's own writes stand where they should; and whether they stand
/// among the others'.
fn found<'a>(seen: &'a [u32], list: bool, own: &[u32]) -> Option<(&'a [u32], bool, bool)> {
    let is_own = |value: &u32| own.contains(value);
    if list {
        if let Some(others) = seen.strip_suffix(own) {
            return Some((others, true, false));
        }
        return Some((seen, false, seen.iter().any(is_own)));
    }
    (!seen.iter().any(is_own)).then_some((seen, own.is_empty(), false))
}
