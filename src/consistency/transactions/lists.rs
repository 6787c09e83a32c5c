//! The versions of a list: what the longest read shows, in its order.

use super::anomaly::Kind;
use super::finding::Findings;
use super::history::Ending;
use super::index::{Index, NONE, Read};
use super::inside;
use super::orders::{Doubt, Order};
use std::collections::{BTreeMap, BTreeSet};

/// Finds the order of a list's versions, and notes what speaks against there being one.
pub(super) fn order(index: &Index, key: u32, findings: &mut Findings) -> Order {
    let mut order = Order { key, ..Order::default() };
    if index.ambiguous.contains_key(&key) {
        order.doubt = Some(Doubt::Ambiguous);
        return order;
    }
    let versions = || index.reads_of(key).iter().filter(|read| !read.mixed);
    let longest = versions().max_by_key(|read| read.seen.len());
    let mut whole: Vec<Read> = longest.copied().into_iter().collect();
    let longest: &[u32] = longest.map_or(&[], |read| read.seen);
    for read in versions().filter(|read| !longest.starts_with(read.seen)) {
        incompatible(index, &whole[0], read, findings);
        order.doubt = Some(Doubt::Broken);
        whole.push(*read);
    }
    for read in index.reads_of(key).iter().filter(|read| read.mixed) {
        order.is_contradicted |= !longest.starts_with(read.seen);
        whole.push(*read);
    }
    for read in &whole {
        if duplicates(index, read, findings) {
            order.doubt = Some(Doubt::Broken);
        }
    }
    inside::reads(index, key, &whole, findings);
    if order.doubt.is_some() {
        return order;
    }
    let writes: Vec<Option<u32>> = longest.iter().map(|value| index.write_of(key, *value)).collect();
    let committed = |write: &Option<u32>| {
        let transaction = write.map(|write| index.writes[write as usize].transaction);
        transaction.filter(|id| index.committed[*id as usize]).unwrap_or(NONE)
    };
    order.chain = writes.iter().map(committed).collect();
    if let Some(read) = whole.first().filter(|read| !read.mixed) {
        dirty(index, read, &writes, findings);
        order.values = longest.to_vec();
        order.witness = Some(read.transaction);
    }
    order.tail = unseen(index, key, &writes, findings);
    let external = index.reads_of(key).iter().filter(|read| read.external);
    order.readers = external.map(|read| (read.seen.len() as u32, read.transaction)).collect();
    order
}

fn incompatible(index: &Index, one: &Read, other: &Read, findings: &mut Findings) {
    let history = index.history;
    findings.note(Kind::IncompatibleOrder, &[one.transaction, other.transaction], || {
        let said = |read: &Read| {
            let (list, line) = (history.list(read.seen), history.line(read.transaction));
            format!("T{} read {} as {list} (line {line})", read.transaction + 1, history.key(read.key))
        };
        vec![format!(
            "{}, and {}: neither begins with the other, so the list never grew from one to the other",
            said(one),
            said(other)
        )]
    });
}

/// Whether a read shows an element twice.
fn duplicates(index: &Index, read: &Read, findings: &mut Findings) -> bool {
    let mut met = BTreeSet::new();
    let history = index.history;
    let Some(twice) = read.seen.iter().find(|value| !met.insert(**value)) else { return false };
    findings.note(Kind::DuplicateElements, &[read.transaction], || {
        vec![format!(
            "T{} read {} as {} (line {}): {} stands there twice, and was appended once",
            read.transaction + 1,
            history.key(read.key),
            history.list(read.seen),
            history.line(read.transaction),
            history.value(*twice)
        )]
    });
    true
}

/// *Dirty update*: behind an element of an aborted transaction stands one of a committed one.
fn dirty(index: &Index, read: &Read, writes: &[Option<u32>], findings: &mut Findings) {
    let history = index.history;
    let mut aborted = None;
    for write in writes.iter().flatten() {
        match (index.ending(*write), aborted) {
            (Ending::Aborted, _) => aborted = Some(*write),
            (Ending::Committed, Some(first)) => {
                let [under, over] = [first, *write].map(|write: u32| &index.writes[write as usize]);
                findings.note(Kind::DirtyUpdate, &[under.transaction, over.transaction], || {
                    vec![format!(
                        "T{} appended {} to {} and was aborted (line {}), yet T{} appended {} behind it (line {}), \
                         as T{} saw (line {})",
                        under.transaction + 1,
                        history.value(under.value),
                        history.key(read.key),
                        history.line(under.transaction),
                        over.transaction + 1,
                        history.value(over.value),
                        history.line(over.transaction),
                        read.transaction + 1,
                        history.line(read.transaction)
                    )]
                });
                aborted = None;
            }
            (Ending::Committed | Ending::Unknown, _) => {}
        }
    }
}

/// Committed transactions whose appends no read shows: they stand behind all that was read, in an unknown order. Notes
/// *scrambled appends*: those of one transaction that do not stand as it made them.
fn unseen(index: &Index, key: u32, chain: &[Option<u32>], findings: &mut Findings) -> Vec<u32> {
    let place: BTreeMap<u32, u32> =
        chain.iter().zip(0..).filter_map(|(write, place)| write.map(|write| (write, place))).collect();
    let mut tail: Vec<u32> = Vec::new();
    // The transaction's last append before this one, and where it stands.
    let mut before: Option<(u32, u32)> = None;
    for write in index.writes_to(key) {
        let about = &index.writes[*write as usize];
        if !index.committed[about.transaction as usize] {
            continue;
        }
        let here = place.get(write).copied().unwrap_or(NONE);
        let same = before.filter(|(other, _)| index.writes[*other as usize].transaction == about.transaction);
        if let Some((other, there)) = same.filter(|(_, there)| here < *there) {
            scrambled(index, other, *write, there == NONE, findings);
        }
        before = Some((*write, here));
        if here == NONE && tail.last() != Some(&about.transaction) {
            tail.push(about.transaction);
        }
    }
    tail
}

fn scrambled(index: &Index, first: u32, second: u32, unseen: bool, findings: &mut Findings) {
    let history = index.history;
    let [first, second] = [first, second].map(|write| &index.writes[write as usize]);
    findings.note(Kind::ScrambledAppends, &[first.transaction], || {
        let (one, two) = (history.value(first.value), history.value(second.value));
        let how = if unseen {
            format!("{two} was read, and {one} not before it")
        } else {
            format!("{two} stands before {one}")
        };
        let (id, line) = (first.transaction + 1, history.line(first.transaction));
        vec![format!("T{id} appended {one} and then {two} to {} (line {line}), but {how}", history.key(first.key))]
    });
}
