//! From the operations of a history, whatever its format, to what they did to which object.

use crate::consistency::history::{BadLine, End, History, MISMATCH, Operation, Value};
use crate::consistency::linearizable::cell_values::Symbols;
use crate::consistency::linearizable::model::Span;
use crate::consistency::linearizable::part::{Action, Part, Placed};
use crate::consistency::linearizable::{cell, lock, queue};
use std::collections::BTreeMap;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// A value that is read, written, compared and set.
    Register,
    /// A store of keys: the same for each, and values can be added to and deleted.
    KeyValue,
    /// A first-in, first-out queue.
    Queue,
    /// A lock with tokens.
    Lock,
}

impl Model {
    /// All of them, with the words that name them.
    pub const ALL: &'static [(&'static str, Model)] = &[
        ("register", Model::Register),
        ("key-value", Model::KeyValue),
        ("queue", Model::Queue),
        ("lock", Model::Lock),
    ];

    /// The operations it has, by all their names.
    pub fn operations(self) -> &'static [&'static str] {
        match self {
            Model::Register => &["read", "write", "cas"],
            Model::KeyValue => &["read", "get", "write", "put", "set", "append", "delete", "cas"],
            Model::Queue => &["enqueue", "dequeue"],
            Model::Lock => &["acquire", "lock", "try-acquire", "try-lock", "release", "unlock", "expire"],
        }
    }

    /// The word that names it.
    pub fn word(self) -> &'static str {
        match self {
            Model::Register => "register",
            Model::KeyValue => "key-value",
            Model::Queue => "queue",
            Model::Lock => "lock",
        }
    }

    /// The first model that has all operations of a history; none where there is none.
    pub fn of(history: &History) -> Option<Model> {
        let fits = |model: Model| {
            history.operations.iter().all(|operation| model.operations().contains(&operation.f.as_str()))
        };
        Model::ALL.iter().map(|(_, model)| *model).find(|model| fits(*model))
    }
}

/// What a history did to each object.
///
/// # Errors
/// The first operation that the model does not have, or that has not the shape it should.
pub fn translate(history: &History, model: Model) -> Result<Vec<Part>, BadLine> {
    let mut groups: BTreeMap<Option<&Value>, Vec<usize>> = BTreeMap::new();
    for (place, operation) in history.operations.iter().enumerate() {
        if !model.operations().contains(&operation.f.as_str()) {
            let allowed = model.operations().join(", ");
            let message = format!("a {} has no operation `{}`: expected one of {allowed}", model.word(), operation.f);
            return Err(BadLine { line: operation.line, message });
        }
        groups.entry(operation.key.as_ref()).or_default().push(place);
    }
    let mut parts = Vec::with_capacity(groups.len());
    for (key, places) in groups {
        let operations = places.iter().map(|place| &history.operations[*place]);
        let mut symbols = Symbols::new(operations.clone());
        let mut part = Part { key: key.map(Value::name), operations: Vec::with_capacity(places.len()) };
        for (place, operation) in places.iter().zip(operations) {
            let action = match model {
                Model::Register | Model::KeyValue => store(operation, &mut symbols)?.map(Action::Cell),
                Model::Queue => on_queue(operation, &mut symbols)?.map(Action::Queue),
                Model::Lock => on_lock(operation)?.map(Action::Lock),
            };
            let Some(action) = action else { continue };
            let span = Span { call: operation.call, ret: operation.ret };
            part.operations.push(Placed { action, span, operation: *place as u32 });
        }
        parts.push(part);
    }
    Ok(parts)
}

fn wrong(operation: &Operation, line: u32, message: String) -> BadLine {
    BadLine { line, message: format!("`{}`: {message}", operation.f) }
}

/// What an operation on a store did; none where it says nothing.
fn store(operation: &Operation, symbols: &mut Symbols) -> Result<Option<cell::Action>, BadLine> {
    let asked = &operation.asked;
    let changes = |action: cell::Action| match operation.end {
        End::Failed(_) => None,
        End::Done(_) | End::Unknown => Some(action),
    };
    Ok(match operation.f.as_str() {
        "read" | "get" => match &operation.end {
            End::Done(seen) => Some(cell::Action::Read(symbols.of(seen))),
            End::Failed(_) | End::Unknown => None,
        },
        "write" | "put" | "set" => changes(cell::Action::Put(symbols.of(asked))),
        "append" => changes(cell::Action::Append(symbols.of(asked))),
        "delete" => changes(cell::Action::Put(Vec::new())),
        _ => {
            let Some([expected, new]) = asked.list() else {
                let message = format!("{asked} is not what is expected and what to put in its place: expected `[1 2]`");
                return Err(wrong(operation, operation.line, message));
            };
            let swapped = match &operation.end {
                End::Done(Value::Bool(swapped)) => Some(*swapped),
                End::Done(_) => Some(true),
                End::Failed(Some(Value::Word(why))) if why == MISMATCH => Some(false),
                End::Failed(_) => return Ok(None),
                End::Unknown => None,
            };
            Some(cell::Action::Cas(symbols.of(expected), symbols.of(new), swapped))
        }
    })
}

/// What an operation on a queue did; none where it says nothing.
fn on_queue(operation: &Operation, symbols: &mut Symbols) -> Result<Option<queue::Action>, BadLine> {
    let empty = |why: &Value| matches!(why, Value::Word(why) if why == "empty" || why == "exhausted");
    Ok(match (operation.f.as_str(), &operation.end) {
        ("enqueue", End::Failed(_)) => None,
        ("enqueue", End::Done(_) | End::Unknown) => Some(queue::Action::Enqueue(symbols.one(&operation.asked))),
        (_, End::Done(Value::Nil)) => Some(queue::Action::FoundEmpty),
        (_, End::Done(why)) if empty(why) => Some(queue::Action::FoundEmpty),
        (_, End::Failed(Some(why))) if empty(why) => Some(queue::Action::FoundEmpty),
        (_, End::Failed(_)) => None,
        (_, End::Done(element)) => Some(queue::Action::Dequeued(symbols.one(element))),
        (_, End::Unknown) => Some(queue::Action::Dequeue),
    })
}

/// What an operation on a lock did; none where it says nothing.
fn on_lock(operation: &Operation) -> Result<Option<lock::Action>, BadLine> {
    let process = operation.process;
    let token = |value: &Value, line: Option<u32>| match value {
        Value::Int(token) if *token >= 0 => Ok(Some(*token as u64)),
        Value::Nil | Value::Bool(true) => Ok(None),
        Value::Int(_)
        | Value::Bool(false)
        | Value::Text(_)
        | Value::Word(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Other(_) => {
            let line = line.unwrap_or(operation.line);
            Err(wrong(operation, line, format!("{value} is no token: expected a number from 0, or nil")))
        }
    };
    let asked = token(&operation.asked, None)?;
    Ok(match (operation.f.as_str(), &operation.end) {
        (_, End::Failed(_)) => None,
        ("acquire" | "lock" | "try-acquire" | "try-lock", end) => Some(match end {
            End::Done(Value::Bool(false)) => lock::Action::FoundHeld(process),
            End::Done(granted) => lock::Action::Acquire(process, token(granted, operation.end_line)?),
            End::Unknown | End::Failed(_) => lock::Action::Acquire(process, None),
        }),
        // It was not the holder any more: that its time had passed is another event.
        ("release" | "unlock", End::Done(Value::Bool(false))) => None,
        ("release" | "unlock", End::Done(_) | End::Unknown) => Some(lock::Action::Release(process, asked)),
        (_, End::Done(_) | End::Unknown) => Some(lock::Action::Expire(asked)),
    })
}
