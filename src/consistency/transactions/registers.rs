//! The versions of a register: what little can be told of their order.
//!
//! Nil comes before whatever was written. A transaction that reads one version and writes another puts the second
//! behind the first: else the one that wrote the first would stand on the reader's write and the reader would have
//! seen it, a cycle by itself (G1c). More follows only from what the caller vouches for: that each register by itself
//! is sequential (each process meets later and later versions) or linearizable (so do transactions one after the
//! other in real time).

use super::anomaly::{Kind, Scope};
use super::finding::Findings;
use super::graph::{Draft, WW, Walk};
use super::index::{Index, NONE, Source};
use super::inside;
use super::orders::{Assume, Doubt, Fan, Order};
use std::collections::{BTreeMap, BTreeSet};

/// The version that stood there at first; others go by the transaction that wrote them.
const FIRST: u32 = NONE;

/// Later versions, by version.
type Later = BTreeMap<u32, BTreeSet<u32>>;

/// What a transaction met of the register: the version before it, and the version after it.
#[derive(Clone, Copy)]
struct Touch {
    transaction: u32,
    first: u32,
    last: u32,
}

/// Finds what is known of the order of a register's versions, and notes where that contradicts itself.
pub(super) fn order(index: &Index, key: u32, assume: Assume, findings: &mut Findings) -> Order {
    let mut order = Order { key, register: true, ..Order::default() };
    if index.ambiguous.contains_key(&key) {
        order.doubt = Some(Doubt::Ambiguous);
        return order;
    }
    inside::reads(index, key, index.reads_of(key), findings);
    let writers = index.writes_to(key).iter().map(|write| &index.writes[*write as usize]);
    order.tail = writers
        .filter(|write| write.last && index.committed[write.transaction as usize])
        .map(|w| w.transaction)
        .collect();
    let mut read: BTreeMap<u32, u32> = BTreeMap::new();
    for one in index.reads_of(key).iter().filter(|read| read.external) {
        let version = match index.source(key, one.seen) {
            Source::Initial => FIRST,
            Source::Write(write) => index.writes[write as usize].transaction,
            Source::Unknown => continue,
        };
        if version != one.transaction {
            read.insert(one.transaction, version);
        }
    }
    order.readers = read.iter().filter(|(_, version)| **version == FIRST).map(|(reader, _)| (0, *reader)).collect();
    let overwritten = written_after_read(&order.tail, &read);
    let mut later = overwritten.clone();
    for (wanted, name, edges) in [
        (assume.sequential_keys, "sequential", process_pairs as fn(&Index, &[Touch]) -> Vec<(u32, u32)>),
        (assume.linearizable_keys, "linearizable", realtime_pairs),
    ] {
        if wanted {
            add_assumed(index, key, name, &edges(index, &touches(index, &order.tail, &read)), &mut later, findings);
        }
    }
    let mut readers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    read.iter().for_each(|(reader, version)| readers.entry(*version).or_default().push(*reader));
    for (version, after) in later {
        let writers: Vec<u32> = after.iter().copied().collect();
        let assumed =
            writers.iter().filter(|writer| !overwritten.get(&version).is_some_and(|known| known.contains(writer)));
        if version != FIRST {
            order.links.extend(assumed.map(|writer| (version, *writer)));
            let readers = readers.remove(&version).unwrap_or_default();
            order.fans.push(Fan { version, readers, writers });
        }
    }
    order.read = read.into_iter().collect();
    order
}

/// Versions that were written by who had read another one.
fn written_after_read(writers: &[u32], read: &BTreeMap<u32, u32>) -> Later {
    let mut later = Later::new();
    for writer in writers {
        if let Some(version) = read.get(writer).filter(|version| **version != FIRST) {
            later.entry(*version).or_default().insert(*writer);
        }
    }
    later
}

fn touches(index: &Index, writers: &[u32], read: &BTreeMap<u32, u32>) -> Vec<Touch> {
    let wrote: BTreeSet<u32> = writers.iter().copied().collect();
    let who: BTreeSet<u32> = wrote.iter().chain(read.keys()).copied().collect();
    let ended = |id: &u32| index.history.transactions[*id as usize].span.end.is_some();
    let touch = |transaction: u32| {
        let own = wrote.contains(&transaction).then_some(transaction);
        let seen = read.get(&transaction).copied();
        let (first, last) = (seen.or(own).unwrap_or(FIRST), own.or(seen).unwrap_or(FIRST));
        Touch { transaction, first, last }
    };
    who.into_iter().filter(ended).map(touch).collect()
}

/// Versions that one process met one after the other.
fn process_pairs(index: &Index, touches: &[Touch]) -> Vec<(u32, u32)> {
    let mut last: BTreeMap<u64, u32> = BTreeMap::new();
    let mut pairs = Vec::new();
    for touch in touches {
        let process = index.history.transactions[touch.transaction as usize].process;
        if let Some(before) = last.insert(process, touch.last) {
            pairs.push((before, touch.first));
        }
    }
    pairs
}

/// Versions that were met one after the other in real time: of each transaction those that ended before it, and not
/// before another one that did.
fn realtime_pairs(index: &Index, touches: &[Touch]) -> Vec<(u32, u32)> {
    let span = |touch: &Touch| {
        let span = index.history.transactions[touch.transaction as usize].span;
        (span.begin, span.end.unwrap_or(NONE))
    };
    let mut ends: Vec<Touch> = touches.to_vec();
    ends.sort_by_key(|touch| span(touch).1);
    let mut ended = ends.into_iter().peekable();
    let mut frontier: Vec<Touch> = Vec::new();
    let mut pairs = Vec::new();
    for touch in touches {
        while let Some(done) = ended.next_if(|done| span(done).1 < span(touch).0) {
            frontier.retain(|before| span(before).1 > span(&done).0);
            frontier.push(done);
        }
        pairs.extend(frontier.iter().map(|before| (before.last, touch.first)));
    }
    pairs
}

/// Adds what the caller vouches for, unless it contradicts itself: then the key is not what he says, and nothing
/// follows.
fn add_assumed(index: &Index, key: u32, name: &str, pairs: &[(u32, u32)], later: &mut Later, findings: &mut Findings) {
    let cyclic = |pairs: &mut dyn Iterator<Item = (u32, u32)>| {
        let mut ids: BTreeMap<u32, u32> = BTreeMap::new();
        let mut draft = Draft::default();
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            let [from, to] = [from, to].map(|version| {
                let fresh = ids.len() as u32;
                *ids.entry(version).or_insert(fresh)
            });
            draft.edge(from, to, WW);
        }
        let graph = draft.finish(ids.len() as u32);
        let components = graph.components(Walk::writes(Scope::Data));
        ids.iter().find(|(version, id)| **version != FIRST && components.cyclic(**id)).map(|(version, _)| *version)
    };
    let known = || later.iter().flat_map(|(from, all)| all.iter().map(|to| (*from, *to)));
    if cyclic(&mut known()).is_some() {
        return;
    }
    // Nil comes before everything.
    let initial = pairs.iter().filter(|(_, to)| *to != FIRST).map(|(_, to)| (FIRST, *to));
    let initial = initial.chain(pairs.iter().filter(|(from, _)| *from != FIRST).map(|(from, _)| (FIRST, *from)));
    if let Some(version) = cyclic(&mut known().chain(initial).chain(pairs.iter().copied())) {
        let history = index.history;
        findings.note(Kind::CyclicVersions, &[version], || {
            vec![format!(
                "if {} is {name}, the version that T{} wrote (line {}) comes before itself",
                history.key(key),
                version + 1,
                history.line(version)
            )]
        });
        return;
    }
    for (from, to) in pairs.iter().filter(|(from, to)| from != to) {
        later.entry(*from).or_default().insert(*to);
    }
}
