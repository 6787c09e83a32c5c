//! A history as all checkers read it: operations with a call and a return, paired from events.
//!
//! Time is the order of events: an operation precedes another if it returned before the other was called. What ended
//! with [`Kind::Info`], or never ended, may have happened at any time after its call, or may yet, or never.

use std::collections::BTreeMap;
use std::fmt;

/// A value as some format wrote it, without what only matters to the format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing.
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    Text(String),
    /// A keyword or symbol, without its colon.
    Word(String),
    /// A list or vector.
    List(Vec<Value>),
    /// A map, as pairs.
    Map(Vec<(Value, Value)>),
    /// Anything else, as it was written: a fraction, a character.
    Other(String),
}

impl Value {
    /// The elements of a list.
    pub fn list(&self) -> Option<&[Value]> {
        match self {
            Value::List(elements) => Some(elements),
            Value::Nil
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Text(_)
            | Value::Word(_)
            | Value::Map(_)
            | Value::Other(_) => None,
        }
    }

    /// What a key is called by people: a string without its quotes, a word without its colon.
    pub fn name(&self) -> String {
        match self {
            Value::Text(text) | Value::Word(text) => text.clone(),
            Value::Nil | Value::Bool(_) | Value::Int(_) | Value::List(_) | Value::Map(_) | Value::Other(_) => {
                self.to_string()
            }
        }
    }
}

/// As EDN.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(number) => write!(f, "{number}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Word(word) => write!(f, ":{word}"),
            Value::List(elements) => {
                let elements: Vec<String> = elements.iter().map(Value::to_string).collect();
                write!(f, "[{}]", elements.join(" "))
            }
            Value::Map(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key} {value}")).collect();
                write!(f, "{{{}}}", pairs.join(", "))
            }
            Value::Other(written) => f.write_str(written),
        }
    }
}

/// What an event says of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The process asks.
    Invoke,
    /// It happened.
    Ok,
    /// It did not happen.
    Fail,
    /// It may have happened.
    Info,
}

/// The error of a failed compare-and-set that did not happen because the value was another one: the one failure that is
/// an observation. Any other failed operation says nothing about the object.
pub const MISMATCH: &str = "did-not-match";

/// One event of a client, as a file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The line of the file, from 1.
    pub line: u32,
    /// Who. A process has one operation open at a time.
    pub process: u64,
    /// What it says.
    pub kind: Kind,
    /// The operation's name: `read`, `put`, `txn`.
    pub f: String,
    /// Which object, where the format says so apart from the value.
    pub key: Option<Value>,
    /// What is asked, or what came back.
    pub value: Value,
    /// Why it failed or is unknown.
    pub error: Option<Value>,
    /// When, in nanoseconds, where the format says so. The order of events is what counts.
    pub time: Option<i64>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It happened, and this came back.
    Done(Value),
    /// It did not happen: why, where that is known.
    Failed(Option<Value>),
    /// It may have happened at any time after its call, or may yet, or never.
    Unknown,
}

/// An operation of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who.
    pub process: u64,
    /// The operation's name.
    pub f: String,
    /// Which object, where the format says so.
    pub key: Option<Value>,
    /// What was asked.
    pub asked: Value,
    /// How it ended.
    pub end: End,
    /// The place of its call among all events, from 0.
    pub call: u32,
    /// The place of its return; none where its outcome is unknown.
    pub ret: Option<u32>,
    /// The line of its call, from 1.
    pub line: u32,
    /// The line on which it ended, where it did.
    pub end_line: Option<u32>,
    /// When it was called, in nanoseconds, where the format says so.
    pub time: Option<i64>,
    /// When it ended, in nanoseconds, where the format says so and it did.
    pub end_time: Option<i64>,
}

/// A history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// All that clients did, in order.
    pub events: Vec<Event>,
    /// The same, paired: in the order of calls.
    pub operations: Vec<Operation>,
}

/// What is wrong with a line of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// The line, from 1.
    pub line: u32,
    /// What was found, and what is allowed.
    pub message: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl History {
    /// Pairs events into operations.
    ///
    /// # Errors
    /// When a process asks while it has an operation open, or learns of one that it has not; when an operation ends
    /// under another name, before it began, or as a write of something else.
    pub fn of_events(events: Vec<Event>) -> Result<Self, BadLine> {
        let mut operations: Vec<Operation> = Vec::with_capacity(events.len() / 2);
        let mut open: BTreeMap<u64, usize> = BTreeMap::new();
        for (place, event) in events.iter().enumerate() {
            let place = place as u32;
            let bad = |message: String| BadLine { line: event.line, message };
            if event.kind == Kind::Invoke {
                if let Some(before) = open.insert(event.process, operations.len()) {
                    let before = operations[before].line;
                    let process = event.process;
                    return Err(bad(format!(
                        "process {process} asks, but what it asked on line {before} is still open: \
                         expected its ok, fail or info first"
                    )));
                }
                operations.push(asked(event, place));
                continue;
            }
            let Some(asked) = open.remove(&event.process) else {
                let process = event.process;
                return Err(bad(format!("process {process} has no operation open that could end: expected an invoke")));
            };
            end(&mut operations[asked], event, place)?;
        }
        Ok(History { events, operations })
    }
}

fn asked(event: &Event, place: u32) -> Operation {
    Operation {
        process: event.process,
        f: event.f.clone(),
        key: event.key.clone(),
        asked: event.value.clone(),
        end: End::Unknown,
        call: place,
        ret: None,
        line: event.line,
        end_line: None,
        time: event.time,
        end_time: None,
    }
}

fn end(operation: &mut Operation, event: &Event, place: u32) -> Result<(), BadLine> {
    if event.f != operation.f {
        let (process, line) = (event.process, operation.line);
        let message = format!("process {process} ends `{}`, but asked `{}` on line {line}", event.f, operation.f);
        return Err(BadLine { line: event.line, message });
    }
    if let (Some(from), Some(to)) = (operation.time, event.time)
        && to < from
    {
        let message = format!("it ends at {to}, but was asked at {from}, on line {}", operation.line);
        return Err(BadLine { line: event.line, message });
    }
    if event.kind == Kind::Ok && WRITES.contains(&event.f.as_str()) && !confirms(&event.value, &operation.asked) {
        let (f, line, asked, told) = (&event.f, operation.line, &operation.asked, &event.value);
        let message = format!("`{f}` of {asked} on line {line} ends as one of {told}: expected {asked} or nil");
        return Err(BadLine { line: event.line, message });
    }
    operation.end_line = Some(event.line);
    operation.end_time = event.time;
    match event.kind {
        Kind::Ok => (operation.end, operation.ret) = (End::Done(event.value.clone()), Some(place)),
        Kind::Fail => (operation.end, operation.ret) = (End::Failed(event.error.clone()), Some(place)),
        Kind::Info | Kind::Invoke => {}
    }
    Ok(())
}

/// Operations that are asked to write a value, and learn of nothing but that it is written.
const WRITES: [&str; 5] = ["write", "put", "set", "append", "enqueue"];

/// Whether what was told of a write is what was asked, or only that it was done.
fn confirms(told: &Value, asked: &Value) -> bool {
    told == asked || matches!(told, Value::Nil | Value::Bool(_) | Value::Word(_))
}
