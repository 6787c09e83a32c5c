//! What is wrong with one transaction by itself, or with one read and the write that it shows.

use super::anomaly::Kind;
use super::finding::Findings;
use super::history::{Deed, Ending, Shape};
use super::index::{Index, Read, Source};
use std::collections::BTreeMap;

/// What a transaction must see of a key: what it read, and its own appends since.
#[derive(Default)]
struct Expected<'a> {
    read: Option<&'a [u32]>,
    own: Vec<u32>,
}

impl Expected<'_> {
    fn allows(&self, seen: &[u32]) -> bool {
        match self.read {
            Some(base) => {
                seen.len() == base.len() + self.own.len() && seen.starts_with(base) && seen.ends_with(&self.own)
            }
            None => seen.ends_with(&self.own),
        }
    }
}

/// Each transaction against itself: *internal*, *future read*.
pub(super) fn transactions(index: &Index, findings: &mut Findings) {
    for (id, one) in index.history.transactions.iter().enumerate() {
        if one.ending != Ending::Committed {
            continue;
        }
        let id = id as u32;
        let mut expected: BTreeMap<u32, Expected> = BTreeMap::new();
        for action in &one.actions {
            let list = index.shape(action.key) == Shape::List;
            let known = expected.entry(action.key).or_default();
            match &action.deed {
                Deed::Write(value) => {
                    if known.read.is_some_and(|seen| seen.contains(value)) && !known.own.contains(value) {
                        future(index, findings, id, action.key, *value);
                    }
                    if !list {
                        *known = Expected { read: Some(&[]), own: Vec::new() };
                    }
                    known.own.push(*value);
                }
                Deed::Read(Some(seen)) => {
                    if !known.allows(seen) {
                        internal(index, findings, id, action.key, known, seen);
                    }
                    if let Some(twice) = twice(seen, &known.own).filter(|_| list) {
                        repeated(index, findings, id, action.key, twice, seen);
                    }
                    *known = Expected { read: Some(seen), own: Vec::new() };
                }
                Deed::Read(None) => {}
            }
        }
    }
}

/// An own append that a list shows before its place at the end.
fn twice(seen: &[u32], own: &[u32]) -> Option<u32> {
    let others = &seen[..seen.len().saturating_sub(own.len())];
    own.iter().copied().find(|value| seen.ends_with(own) && others.contains(value))
}

fn repeated(index: &Index, findings: &mut Findings, id: u32, key: u32, value: u32, seen: &[u32]) {
    if index.ambiguous.contains_key(&key) {
        return;
    }
    let history = index.history;
    findings.note(Kind::DuplicateElements, &[id], || {
        let (key, list, line) = (history.key(key), history.list(seen), history.line(id));
        let value = history.value(value);
        vec![format!("T{} read {key} as {list} (line {line}): its own {value} stands there twice", id + 1)]
    });
}

fn future(index: &Index, findings: &mut Findings, id: u32, key: u32, value: u32) {
    // A value that was written twice may have been read from the other one.
    if index.ambiguous.contains_key(&key) {
        return;
    }
    let history = index.history;
    let own = index.write_of(key, value).is_some_and(|write| index.writes[write as usize].transaction == id);
    if own {
        let (key, value, line) = (history.key(key), history.value(value), history.line(id));
        findings.note(Kind::FutureRead, &[id], || {
            vec![format!("T{} read {value} in {key} before it wrote it itself (line {line})", id + 1)]
        });
    }
}

fn internal(index: &Index, findings: &mut Findings, id: u32, key: u32, known: &Expected, seen: &[u32]) {
    let history = index.history;
    let (name, line) = (history.key(key), history.line(id));
    findings.note(Kind::Internal, &[id], || {
        let sentence = if index.shape(key) == Shape::Register {
            let read = history.shown(known.read.unwrap_or(&[]));
            let due = known.own.last().map_or(read, |own| history.value(*own));
            let seen = history.shown(seen);
            format!("T{} read {name} as {seen}, where it had itself seen or written {due} (line {line})", id + 1)
        } else {
            let due = match known.read {
                Some(base) => history.list(&[base, &known.own].concat()),
                None => format!("a list that ends in its own {}", history.list(&known.own)),
            };
            format!(
                "T{} read {name} as {}; by what it had itself read and appended before, it should have been {due} \
                 (line {line})",
                id + 1,
                history.list(seen)
            )
        };
        vec![sentence]
    });
}

/// Each read against the write that it shows: *G1a*, *G1b*, *thin air*. Of a list, the elements of the given reads are
/// looked at; the others are prefixes of them.
pub(super) fn reads(index: &Index, key: u32, whole: &[Read], findings: &mut Findings) {
    if index.ambiguous.contains_key(&key) {
        return;
    }
    let history = index.history;
    for read in whole {
        for (place, value) in read.seen.iter().enumerate() {
            let (reader, line) = (read.transaction, history.line(read.transaction));
            let about =
                || format!("T{} read {} in {} (line {line})", reader + 1, history.value(*value), history.key(key));
            match index.write_of(key, *value) {
                None if index.source(key, &read.seen[..=place]) == Source::Initial => {}
                None => {
                    findings.note(Kind::ThinAirRead, &[reader], || vec![format!("{}, which nobody wrote", about())])
                }
                Some(write) if index.ending(write) == Ending::Aborted => {
                    let writer = index.writes[write as usize].transaction;
                    findings.note(Kind::G1a, &[writer, reader], || {
                        vec![format!(
                            "{}, the write of T{}, which was aborted (line {})",
                            about(),
                            writer + 1,
                            history.line(writer)
                        )]
                    });
                }
                Some(_) => {}
            }
        }
    }
    for read in index.reads_of(key) {
        intermediate(index, read, findings);
    }
}

/// *G1b*: what a read shows last is not what its writer left.
fn intermediate(index: &Index, read: &Read, findings: &mut Findings) {
    let Source::Write(write) = index.source(read.key, read.seen) else { return };
    let write = &index.writes[write as usize];
    let ended = index.history.transactions[write.transaction as usize].ending;
    if write.last || write.transaction == read.transaction || ended == Ending::Aborted {
        return;
    }
    let history = index.history;
    findings.note(Kind::G1b, &[write.transaction, read.transaction], || {
        vec![format!(
            "T{} read {} with {} as its last word (line {}); T{} wrote that, and wrote to {} once more before it \
             committed (line {})",
            read.transaction + 1,
            history.key(read.key),
            history.value(write.value),
            history.line(read.transaction),
            write.transaction + 1,
            history.key(read.key),
            history.line(write.transaction)
        )]
    });
}
