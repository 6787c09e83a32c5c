//! The history of a run's clients on a store, judged without the detour over a format.

use crate::consistency::linearizable::cell;
use crate::consistency::linearizable::model::Span;
use crate::consistency::linearizable::part::{Action, Part, Placed};
use crate::consistency::linearizable::turns::{Judged, Limits, Verdict, judge};
use crate::spec::history::{Event, Stage};
use crate::spec::store::{Element, Key, Op, Reply};
use std::collections::BTreeMap;

type StoreEvent = Event<Op, Reply>;

/// What a run's clients saw, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnStore {
    /// Whether it is linearizable, and why that was not found.
    pub verdict: Result<(), Broken>,
    /// How many keys were judged.
    pub keys: u64,
    /// How many operations were tried in the search.
    pub steps: u64,
}

/// Why a history was not found to keep its promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It is not: a sentence of evidence, and the place of the event with which it shows.
    Violated(String, usize),
    /// Nobody knows: why.
    Undecided(String),
}

fn symbols(elements: &[Element]) -> Vec<u64> {
    elements.iter().map(|element| element.0).collect()
}

/// What is known of an operation that has only been invoked; nothing of one that only reads.
fn asked(op: &Op) -> Option<cell::Action> {
    match op {
        Op::Get(_) => None,
        Op::Put(_, element) => Some(cell::Action::Put(vec![element.0])),
        Op::Delete(_) => Some(cell::Action::Put(Vec::new())),
        Op::Append(_, element) => Some(cell::Action::Append(vec![element.0])),
        Op::Cas(_, expected, new) => Some(cell::Action::Cas(vec![expected.0], vec![new.0], None)),
    }
}

/// What is known of one that was answered.
fn answered(op: &Op, reply: &Reply) -> Option<cell::Action> {
    match (op, reply) {
        (Op::Get(_), Reply::Value(seen)) => Some(cell::Action::Read(symbols(seen))),
        (Op::Cas(_, expected, new), Reply::Swapped(swapped)) => {
            Some(cell::Action::Cas(vec![expected.0], vec![new.0], Some(*swapped)))
        }
        (Op::Get(_), Reply::Written | Reply::Swapped(_))
        | (Op::Put(..) | Op::Delete(_) | Op::Append(..), _)
        | (Op::Cas(..), Reply::Value(_) | Reply::Written) => asked(op),
    }
}

/// Each key's operations. An operation is named by the place of the event that invoked it.
fn parts(history: &[StoreEvent]) -> Vec<Part> {
    let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    for (place, event) in history.iter().enumerate() {
        match event.stage {
            Stage::Invoke => drop(open.insert(event.process, place)),
            Stage::Ok(_) | Stage::Fail | Stage::Info => {
                ends.extend(open.remove(&event.process).map(|invoked| (invoked, place)));
            }
        }
    }
    let mut parts: BTreeMap<Key, Vec<Placed>> = BTreeMap::new();
    for (place, event) in history.iter().enumerate().filter(|(_, event)| event.stage == Stage::Invoke) {
        let end = ends.get(&place).map(|end| (*end as u32, &history[*end].stage));
        let (action, ret) = match end {
            Some((end, Stage::Ok(reply))) => (answered(&event.op, reply), Some(end)),
            Some((_, Stage::Fail)) => continue,
            Some((_, Stage::Info | Stage::Invoke)) | None => (asked(&event.op), None),
        };
        let Some(action) = action else { continue };
        let span = Span { call: place as u32, ret };
        let placed = Placed { action: Action::Cell(action), span, operation: place as u32 };
        parts.entry(event.op.key()).or_default().push(placed);
    }
    parts.into_iter().map(|(key, operations)| Part { key: Some(key.to_string()), operations }).collect()
}

/// Whether what the clients of a store saw is linearizable.
pub fn linearizable(history: &[StoreEvent]) -> OnStore {
    let parts = parts(history);
    let Judged { verdict, steps } = judge(&parts, Limits::BRIEF);
    let verdict = match verdict {
        Verdict::Holds => Ok(()),
        Verdict::Undecided(keys) => {
            let keys = keys.join(", ");
            Err(Broken::Undecided(format!(
                "whether the history is linearizable was not found in {steps} steps: {keys}"
            )))
        }
        Verdict::Violated(evidence) => {
            let by: Vec<String> = evidence.conflicting.iter().map(|place| words(history, *place as usize)).collect();
            let key = evidence.key.unwrap_or_default();
            let sentence = format!("{key}: no order of these fits what clients were told: {}", by.join("; "));
            let last = end_of(history, evidence.last as usize).unwrap_or(history.len() - 1);
            Err(Broken::Violated(sentence, last))
        }
    };
    OnStore { verdict, keys: parts.len() as u64, steps }
}

pub(super) fn end_of(history: &[StoreEvent], invoked: usize) -> Option<usize> {
    let process = history[invoked].process;
    (invoked + 1..history.len()).find(|place| history[*place].process == process)
}

/// `c1#4 get k2: [5] (1.25s to 1.26s)`.
pub(super) fn words(history: &[StoreEvent], invoked: usize) -> String {
    let event = &history[invoked];
    let end = end_of(history, invoked).map(|place| &history[place]);
    let (told, until) = match end {
        Some(Event { stage: Stage::Ok(Reply::Written), time, .. }) => (String::new(), time.rounded().to_string()),
        Some(Event { stage: Stage::Ok(reply), time, .. }) => (format!(": {reply}"), time.rounded().to_string()),
        Some(_) | None => (String::new(), "nobody knows when".to_owned()),
    };
    format!("{} {}{told} ({} to {until})", event.request, event.op, event.time.rounded())
}
