//! From a history in any format to reads and writes of registers.
//!
//! `read` and `get` read, `write`, `put` and `set` write, `delete` writes the initial value. A list of one is its
//! element, since the store of [`crate::spec::store`] is asked for an element and answers with a list; nothing, the
//! empty list and the empty string are the initial value. Without a key there is one register.
//!
//! What reads and writes at once (compare-and-set, append) is judged by none of these models. One that plainly did not
//! happen is left out; any other makes the history unfit, a compare-and-set that found another value included, since it
//! has seen something.

use super::registers::{Action, Ending, Moment, Record, Registers};
use crate::consistency::history::{End, History, MISMATCH, Operation, Value};
use std::collections::BTreeMap;

/// Takes in a history.
///
/// # Errors
/// Why it is no history of reads and writes: the first operation that is neither.
pub fn registers(history: &History) -> Result<Registers, String> {
    let mut records = Vec::with_capacity(history.operations.len());
    let mut named: BTreeMap<String, Option<&Value>> = BTreeMap::new();
    for operation in &history.operations {
        let key = operation.key.as_ref();
        let name = name(key);
        if *named.entry(name.clone()).or_insert(key) != key {
            let line = operation.line;
            return Err(format!("two keys are called {name}, one of them on line {line}: which is meant is unknown"));
        }
        records.extend(record(operation)?);
    }
    Ok(Registers::new(&records))
}

fn name(key: Option<&Value>) -> String {
    key.map_or_else(|| "the register".to_owned(), Value::name)
}

fn record(operation: &Operation) -> Result<Option<Record>, String> {
    let action = match (operation.f.as_str(), &operation.end) {
        ("read" | "get", End::Done(seen)) => Action::Read(text(seen)),
        // Whatever was asked for, nothing was seen.
        ("read" | "get", End::Failed(_) | End::Unknown) => Action::Read(None),
        ("write" | "put" | "set", _) => Action::Write(text(&operation.asked)),
        ("delete", _) => Action::Write(None),
        (_, End::Failed(why)) if !is_observation(why.as_ref()) => return Ok(None),
        (name, _) => {
            return Err(format!(
                "`{name}` on line {} is neither a read nor a write: of models weaker than linearizability, only what \
                 follows from that can be said",
                operation.line
            ));
        }
    };
    let time = |time: Option<i64>, place: u32| Moment { place: u64::from(place), time };
    Ok(Some(Record {
        process: operation.process,
        key: name(operation.key.as_ref()),
        action,
        call: time(operation.time, operation.call),
        end: match (&operation.end, operation.ret) {
            (End::Done(_), Some(ret)) => Ending::Returned(time(operation.end_time, ret)),
            (End::Failed(_), _) => Ending::Failed,
            (End::Unknown | End::Done(_), _) => Ending::Open,
        },
        line: operation.line,
    }))
}

/// Whether a failure says that the object was looked at and found to be different.
fn is_observation(why: Option<&Value>) -> bool {
    matches!(why, Some(Value::Word(why)) if why == MISMATCH)
}

/// A value as text; none is the initial one.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Nil => None,
        Value::List(elements) => match elements.as_slice() {
            [] => None,
            [one] => text(one),
            _ => Some(value.to_string()),
        },
        Value::Text(words) if words.is_empty() => None,
        Value::Text(_) | Value::Bool(_) | Value::Int(_) | Value::Word(_) | Value::Map(_) | Value::Other(_) => {
            Some(value.to_string())
        }
    }
}
