//! A cycle in sentences.

use super::anomaly::Anomaly;
use super::finding::Finding;
use super::graph::{PROCESS, REALTIME, WR, WW};
use super::index::{Index, NONE, Read, Source, Write};
use super::orders::Order;
use super::pairs::seen;
use super::search::Hop;

/// Says of each edge of a cycle why the one transaction came before the other.
pub(super) fn explain(index: &Index, orders: &[Order], anomaly: Anomaly, hops: &[Hop]) -> Finding {
    let told = Told { index, orders };
    let mut sentences: Vec<String> = hops.iter().map(|hop| told.hop(*hop)).collect();
    let first = hops[0].from + 1;
    sentences.push(format!("so T{first} came before itself: a cycle"));
    Finding { anomaly, transactions: hops.iter().map(|hop| hop.from).collect(), sentences, more: 0 }
}

struct Told<'i, 'a> {
    index: &'i Index<'a>,
    orders: &'i [Order],
}

impl Told<'_, '_> {
    fn hop(&self, hop: Hop) -> String {
        let why = match hop.label {
            WW => self.overwrote(hop),
            WR => self.showed(hop),
            PROCESS => {
                let process = self.index.history.transactions[hop.from as usize].process;
                Some(format!("process {process} did {} before {}", self.at(hop.from), self.at(hop.to)))
            }
            REALTIME => {
                let begin = self.index.history.transactions[hop.to as usize].span.begin_line;
                Some(format!("{} had ended when T{} began (line {begin})", self.at(hop.from), hop.to + 1))
            }
            _ => self.missed(hop),
        };
        let why = why.unwrap_or_else(|| format!("{} precedes {}", self.at(hop.from), self.at(hop.to)));
        format!("{why}: T{} came before T{}", hop.from + 1, hop.to + 1)
    }

    /// `T3 (line 12)`.
    fn at(&self, id: u32) -> String {
        format!("T{} (line {})", id + 1, self.index.history.line(id))
    }

    fn line(&self, id: u32) -> u32 {
        self.index.history.line(id)
    }

    fn reads(&self, reader: u32) -> impl Iterator<Item = Read<'_>> {
        let keys = self.index.history.transactions[reader as usize].actions.iter().map(|action| action.key);
        let mut keys: Vec<u32> = keys.collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().filter_map(move |key| super::pairs::external(self.index, key, reader).copied())
    }

    /// A read of what the other wrote.
    fn showed(&self, hop: Hop) -> Option<String> {
        let keys = self.index.writes_by(hop.from).iter().map(|write| write.key);
        let reads = keys.flat_map(|key| self.index.reads_of(key)).filter(|read| read.transaction == hop.to);
        let mut reads: Vec<&Read> = reads.collect();
        reads.sort_by_key(|read| read.key);
        reads.into_iter().find_map(|read| {
            let Source::Write(write) = self.index.source(read.key, read.seen) else { return None };
            let write = &self.index.writes[write as usize];
            (write.transaction == hop.from).then(|| {
                format!(
                    "T{} read {} as {} (line {}), with the {} that T{} wrote (line {})",
                    hop.to + 1,
                    self.index.history.key(read.key),
                    seen(self.index, read),
                    self.line(hop.to),
                    self.index.history.value(write.value),
                    hop.from + 1,
                    self.line(hop.from)
                )
            })
        })
    }

    /// A read that missed what the other wrote.
    fn missed(&self, hop: Hop) -> Option<String> {
        self.reads(hop.from).find_map(|read| {
            let order = &self.orders[read.key as usize];
            let written = |write: &&Write| write.key == read.key && self.is_next(order, &read, write);
            let write = self.index.writes_by(hop.to).iter().find(written)?;
            let history = self.index.history;
            let (key, value) = (history.key(read.key), history.value(write.value));
            let saw =
                format!("T{} read {key} as {} (line {})", hop.from + 1, seen(self.index, &read), self.line(hop.from));
            let (writer, line) = (hop.to + 1, self.line(hop.to));
            Some(if order.register {
                let also = order.read.iter().any(|(reader, _)| *reader == hop.to) && !read.seen.is_empty();
                let how = if also { "which it had read too" } else { "which was there before" };
                format!("{saw}, and T{writer} wrote {value} over that (line {line}), {how}")
            } else {
                format!("{saw}, without the {value} that T{writer} appended (line {line})")
            })
        })
    }

    /// Whether a write made the version that follows what was read.
    fn is_next(&self, order: &Order, read: &Read, write: &Write) -> bool {
        if order.doubt.is_some() || !self.index.committed[write.transaction as usize] {
            return false;
        }
        if !order.register {
            let rest = &order.chain[(read.seen.len()).min(order.chain.len())..];
            let values = &order.values[order.values.len() - rest.len()..];
            let next = rest.iter().zip(values).find(|(writer, _)| **writer != NONE);
            return next.map_or(order.tail.contains(&write.transaction), |(_, value)| *value == write.value);
        }
        let first = self.index.source(read.key, read.seen) == Source::Initial;
        let fan = |readers: &[u32], writers: &[u32]| {
            readers.contains(&read.transaction) && writers.contains(&write.transaction)
        };
        write.last && (first || order.fans.iter().any(|fans| fan(&fans.readers, &fans.writers)))
    }

    /// A write behind the other's write.
    fn overwrote(&self, hop: Hop) -> Option<String> {
        let history = self.index.history;
        let mut keys: Vec<u32> = self.index.writes_by(hop.to).iter().map(|write| write.key).collect();
        keys.dedup();
        keys.into_iter().find_map(|key| {
            let order = &self.orders[key as usize];
            if order.links.contains(&(hop.from, hop.to)) {
                let (from, to) = (self.at(hop.from), self.at(hop.to));
                return Some(format!(
                    "{from} wrote the version of {} that comes before that of {to}",
                    history.key(key)
                ));
            }
            let written: Vec<(u32, u32)> = order.chain.iter().copied().zip(order.values.iter().copied()).collect();
            let written: Vec<&(u32, u32)> = written.iter().filter(|(writer, _)| *writer != NONE).collect();
            let witness = order.witness?;
            let saw = format!("T{} read {} (line {})", witness + 1, history.list(&order.values), self.line(witness));
            let pair = written.windows(2).find(|pair| pair[0].0 == hop.from && pair[1].0 == hop.to);
            if let Some([(_, one), (_, other)]) = pair {
                return Some(format!(
                    "{} appended {} to {}, and {} appended {} behind it, as {saw}",
                    self.at(hop.from),
                    history.value(*one),
                    history.key(key),
                    self.at(hop.to),
                    history.value(*other)
                ));
            }
            let (_, one) = written.last().filter(|(writer, _)| *writer == hop.from)?;
            let mine = self.index.writes_by(hop.to).iter().filter(|write| write.key == key);
            let other = mine.filter(|write| !order.values.contains(&write.value)).map(|write| write.value).next()?;
            Some(format!(
                "{} appended {} to {}, the last that anybody saw; {} appended {}, which stands behind it: \
                 {saw} and no more",
                self.at(hop.from),
                history.value(*one),
                history.key(key),
                self.at(hop.to),
                history.value(other)
            ))
        })
    }
}
