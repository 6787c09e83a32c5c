//! What is wrong between two transactions: lost updates, fractured reads.

use super::anomaly::Kind;
use super::finding::Findings;
use super::history::Shape;
use super::index::{Index, NONE, Read, Source};
use super::orders::Order;
use std::collections::BTreeMap;

/// *Lost update*: two transactions read the same version of a key, and both wrote to it. Whichever of them came first,
/// the other missed it and wrote over it.
pub(super) fn lost_updates(index: &Index, orders: &[Order], findings: &mut Findings) {
    for order in orders.iter().filter(|order| order.doubt.is_none()) {
        let mut updates: BTreeMap<u32, u32> = BTreeMap::new();
        let read = if order.register { order.read.clone() } else { versions(order) };
        for (reader, version) in read {
            let Some(write) = index.writes_by(reader).iter().find(|write| write.key == order.key) else { continue };
            let Some(first) = updates.insert(version, write.transaction) else { continue };
            let history = index.history;
            let deed = if order.register { "wrote" } else { "appended" };
            findings.note(Kind::LostUpdate, &[first, reader], || {
                let key = history.key(order.key);
                let value = |id| {
                    let mut writes = index.writes_by(id).iter().filter(|write| write.key == order.key);
                    writes.next().map_or("", |write| history.value(write.value))
                };
                let seen = external(index, order.key, reader).map_or_else(String::new, |read| seen(index, read));
                vec![format!(
                    "T{} and T{} both read {key} as {seen}; then T{} {deed} {} (line {}) and T{} {deed} {} (line {}): \
                     one of the two did not know of the other",
                    first + 1,
                    reader + 1,
                    first + 1,
                    value(first),
                    history.line(first),
                    reader + 1,
                    value(reader),
                    history.line(reader)
                )]
            });
        }
    }
}

fn versions(order: &Order) -> Vec<(u32, u32)> {
    order.readers.iter().map(|(version, reader)| (*reader, *version)).collect()
}

/// A transaction's read of a key, if that came before its writes.
pub(super) fn external<'i, 'a>(index: &'i Index<'a>, key: u32, reader: u32) -> Option<&'i Read<'a>> {
    index.reads_of(key).iter().find(|read| read.external && read.transaction == reader)
}

/// What a read saw, in words.
pub(super) fn seen(index: &Index, read: &Read) -> String {
    match index.shape(read.key) {
        Shape::List => index.history.list(read.seen),
        Shape::Register => index.history.shown(read.seen).to_owned(),
    }
}

/// What is known of the places of writes among the versions.
struct Places {
    /// Where the last write of each transaction to each list stands: (key, transaction, version).
    lists: Vec<(u32, u32, u32)>,
    /// Pairs of versions of registers of which the second is later: (key, first, second), by their writers.
    registers: Vec<(u32, u32, u32)>,
}

impl Places {
    fn new(orders: &[Order]) -> Self {
        let mut places = Vec::new();
        for order in orders.iter().filter(|order| order.doubt.is_none() && !order.register) {
            let chain = order.chain.iter().zip(1..).filter(|(writer, _)| **writer != NONE);
            places.extend(chain.map(|(writer, version)| (order.key, *writer, version)));
            places.extend(order.tail.iter().map(|writer| (order.key, *writer, NONE)));
        }
        let mut registers = Vec::new();
        for order in orders {
            for fan in &order.fans {
                registers.extend(fan.writers.iter().map(|writer| (order.key, fan.version, *writer)));
            }
        }
        places.sort_unstable();
        registers.sort_unstable();
        Places { lists: places, registers }
    }

    fn last(&self, key: u32, writer: u32) -> Option<u32> {
        let end = self.lists.partition_point(|(k, w, _)| (*k, *w) <= (key, writer));
        let found = self.lists[..end].last().filter(|(k, w, _)| (*k, *w) == (key, writer));
        found.map(|(_, _, version)| *version)
    }
}

/// *Fractured read*: a transaction saw a write of another, and read of another key a version from before that other's
/// write to it.
pub(super) fn fractured_reads(index: &Index, orders: &[Order], findings: &mut Findings) {
    let places = Places::new(orders);
    let mut by_reader: Vec<&Read> = index.reads.iter().filter(|read| read.external).collect();
    by_reader.sort_by_key(|read| (read.transaction, read.key));
    for reads in by_reader.chunk_by(|one, other| one.transaction == other.transaction) {
        for shown in reads {
            let Source::Write(write) = index.source(shown.key, shown.seen) else { continue };
            let writer = index.writes[write as usize].transaction;
            if writer == shown.transaction || !index.committed[writer as usize] {
                continue;
            }
            for other in index.writes_by(writer).iter().filter(|other| other.last && other.key != shown.key) {
                let Ok(place) = reads.binary_search_by_key(&other.key, |read| read.key) else { continue };
                if missed(index, &orders[other.key as usize], &places, reads[place], writer) {
                    fractured(index, shown, reads[place], writer, other.value, findings);
                }
            }
        }
    }
}

/// Whether a read is of a version from before a transaction's write.
fn missed(index: &Index, order: &Order, places: &Places, read: &Read, writer: u32) -> bool {
    if order.doubt.is_some() {
        return false;
    }
    if !order.register {
        return places.last(order.key, writer).is_some_and(|version| version > read.seen.len() as u32);
    }
    match index.source(order.key, read.seen) {
        Source::Initial => true,
        Source::Write(write) => {
            let version = index.writes[write as usize].transaction;
            places.registers.binary_search(&(order.key, version, writer)).is_ok()
        }
        Source::Unknown => false,
    }
}

fn fractured(index: &Index, shown: &Read, missed: &Read, writer: u32, value: u32, findings: &mut Findings) {
    let history = index.history;
    findings.note(Kind::FracturedRead, &[writer, shown.transaction], || {
        vec![format!(
            "T{} read {} as {} (line {}), and so saw T{}; but it read {} as {}, without the {} that \
             T{} wrote there (line {})",
            shown.transaction + 1,
            history.key(shown.key),
            seen(index, shown),
            history.line(shown.transaction),
            writer + 1,
            history.key(missed.key),
            seen(index, missed),
            history.value(value),
            writer + 1,
            history.line(writer)
        )]
    });
}
