//! What was found, in sentences.

use super::anomaly::{Anomaly, Kind, Scope};
use super::history::{Deed, History};
use std::collections::BTreeMap;

/// An anomaly that a history shows, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub anomaly: Anomaly,
    /// The transactions that take part, by their place in the history; a cycle in its order.
    pub transactions: Vec<u32>,
    /// Why that is so, one sentence a step.
    pub sentences: Vec<String>,
    /// How many more of the kind were met. Of cycles only one of each kind is looked for.
    pub more: usize,
}

/// The first finding of each anomaly, and how many more there are.
#[derive(Default)]
pub(super) struct Findings {
    pub list: BTreeMap<Anomaly, Finding>,
}

impl Findings {
    /// Notes an anomaly that is no cycle. Only the first of a kind is put into words.
    pub fn note(&mut self, kind: Kind, transactions: &[u32], sentences: impl FnOnce() -> Vec<String>) {
        let anomaly = Anomaly { scope: Scope::Data, kind };
        match self.list.get_mut(&anomaly) {
            Some(finding) => finding.more += 1,
            None => {
                let transactions = transactions.to_vec();
                self.list.insert(anomaly, Finding { anomaly, transactions, sentences: sentences(), more: 0 });
            }
        }
    }
}

/// How much of a list stands in a sentence: more than this is cut in the middle.
const SHOWN: usize = 8;

impl History {
    /// `[1 2 3]`, or `[1 2 3 … 97 98 99]`.
    pub(super) fn list(&self, values: &[u32]) -> String {
        let word = |value: &u32| self.values[*value as usize].as_str();
        let words: Vec<&str> = if values.len() <= SHOWN {
            values.iter().map(word).collect()
        } else {
            let (head, tail) = (&values[..3], &values[values.len() - 3..]);
            head.iter().map(word).chain(["…"]).chain(tail.iter().map(word)).collect()
        };
        format!("[{}]", words.join(" "))
    }

    /// A value that a register showed.
    pub(super) fn shown(&self, seen: &[u32]) -> &str {
        seen.last().map_or("nil", |value| &self.values[*value as usize])
    }

    pub(super) fn value(&self, value: u32) -> &str {
        &self.values[value as usize]
    }

    pub(super) fn key(&self, key: u32) -> &str {
        &self.keys[key as usize]
    }

    /// A transaction on one line: its name, process, lines and all that it did.
    pub fn describe(&self, transaction: u32) -> String {
        let one = &self.transactions[transaction as usize];
        let lines = match one.span.end_line {
            Some(end) if end != one.span.begin_line => format!("lines {} and {end}", one.span.begin_line),
            Some(_) | None => format!("line {}", one.span.begin_line),
        };
        let actions = one.actions.iter().map(|action| {
            let key = self.key(action.key);
            let list = self.shapes[action.key as usize] == super::history::Shape::List;
            match &action.deed {
                Deed::Write(value) if list => format!("append {key} {}", self.value(*value)),
                Deed::Write(value) => format!("write {key} {}", self.value(*value)),
                Deed::Read(None) => format!("read {key}"),
                Deed::Read(Some(seen)) if list => format!("read {key} {}", self.list(seen)),
                Deed::Read(Some(seen)) => format!("read {key} {}", self.shown(seen)),
            }
        });
        let actions: Vec<String> = actions.collect();
        let ending = match one.ending {
            super::history::Ending::Committed => "",
            super::history::Ending::Aborted => ", aborted",
            super::history::Ending::Unknown => ", outcome unknown",
        };
        format!("T{} (process {}, {lines}{ending}): {}", transaction + 1, one.process, actions.join("; "))
    }
}
