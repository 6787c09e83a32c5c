//! What clients saw: invocations and completions, in simulated time.

use crate::node::{Family, Nanos, RequestId};
use crate::spec::judged::Judged;
use serde_json::json;
use std::collections::BTreeMap;

/// How an operation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage<R> {
    /// The client has asked.
    Invoke,
    /// It happened, and this is the answer.
    Ok(R),
    /// It did not happen: every attempt was refused.
    Fail,
    /// It may have happened, or may yet. The process that asked is retired.
    Info,
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<O, R> {
    /// When.
    pub time: Nanos,
    /// Who: a client that never learnt an outcome goes on under a new number.
    pub process: u32,
    /// Which operation, retries included.
    pub request: RequestId,
    /// What was asked.
    pub op: O,
    /// How it stands now.
    pub stage: Stage<R>,
}

/// All that the clients of a run saw, in order of time.
pub type History<F> = Vec<Event<<F as Family>::Op, <F as Family>::Reply>>;

/// One line of `history.jsonl`: `{"time_ns":…,"process":…,"request":"c1#1","type":"ok","op":"get k1","value":[5]}`.
pub fn json_line<F: Judged>(event: &Event<F::Op, F::Reply>) -> String {
    let (kind, value) = match &event.stage {
        Stage::Invoke => ("invoke", None),
        Stage::Ok(reply) => ("ok", Some(reply)),
        Stage::Fail => ("fail", None),
        Stage::Info => ("info", None),
    };
    let mut line = json!({
        "time_ns": event.time.0,
        "process": event.process,
        "request": event.request,
        "type": kind,
        "op": event.op.to_string(),
    });
    if let Some(value) = value {
        line["value"] = json!(value);
    }
    line.to_string()
}

/// An operation as a whole: when it was begun, and when it was done, if it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// When the client asked first.
    pub begun: Nanos,
    /// When it had its answer; none where it was refused or its outcome is unknown.
    pub done: Option<Nanos>,
}

/// The operations of a history, in the order in which they were begun, with the reads of unknown outcome that have left
/// it.
pub fn operations<O, R>(history: &[Event<O, R>], unknown_reads: &[Nanos]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut open = BTreeMap::new();
    for event in history {
        match event.stage {
            Stage::Invoke => {
                open.insert(event.request, operations.len());
                operations.push(Operation { begun: event.time, done: None });
            }
            Stage::Ok(_) => {
                if let Some(place) = open.remove(&event.request) {
                    operations[place].done = Some(event.time);
                }
            }
            Stage::Fail | Stage::Info => {
                open.remove(&event.request);
            }
        }
    }
    operations.extend(unknown_reads.iter().map(|begun| Operation { begun: *begun, done: None }));
    operations.sort_by_key(|operation| operation.begun);
    operations
}
