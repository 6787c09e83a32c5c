//! Our own JSON lines, as `run --out` writes them:
//! `{"time_ns":…,"process":…,"request":"c1#1","type":"ok","op":"get k1","value":[5]}`.
//!
//! An operation is its words: its name, the key, and what else it is about.

use crate::consistency::format::edn::kind;
use crate::consistency::history::{BadLine, Event, Kind, Value};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    time_ns: Option<i64>,
    process: u64,
    #[serde(rename = "type")]
    kind: String,
    op: String,
    #[serde(default)]
    value: serde_json::Value,
    #[serde(default)]
    error: Option<serde_json::Value>,
}

/// The events of a text.
///
/// # Errors
/// The first line that is no event.
pub fn events(text: &str) -> Result<Vec<Event>, BadLine> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(place, line)| event(line, place as u32 + 1)).collect()
}

fn event(text: &str, line: u32) -> Result<Event, BadLine> {
    let bad = |message: String| BadLine { line, message };
    let shape = r#"expected `{"process":0,"type":"invoke","op":"get k1"}`"#;
    let read: Line = serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        bad(format!("column {}: {what}: {shape}", error.column()))
    })?;
    let kind = kind(&read.kind)
        .ok_or_else(|| bad(format!("`\"type\":{:?}`: expected invoke, ok, fail or info", read.kind)))?;
    let mut words = read.op.split_whitespace();
    let Some(f) = words.next() else { return Err(bad(format!("`op` is empty: {shape}"))) };
    let key = words.next().map(|key| Value::Text(key.to_owned()));
    let mut asked: Vec<Value> =
        words.map(|word| word.parse().map_or_else(|_| Value::Text(word.to_owned()), Value::Int)).collect();
    let asked = match asked.len() {
        0 => Value::Nil,
        1 => asked.remove(0),
        _ => Value::List(asked),
    };
    let value = if kind == Kind::Ok { value(&read.value) } else { asked };
    let error = read.error.as_ref().map(self::value);
    Ok(Event { line, process: read.process, kind, f: f.to_owned(), key, value, error, time: read.time_ns })
}

/// JSON that `serde_json` has read is nested 128 deep at most.
fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(yes) => Value::Bool(*yes),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::Other(number.to_string()), Value::Int)
        }
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(elements) => Value::List(elements.iter().map(value).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(map.iter().map(|(key, inner)| (Value::Text(key.clone()), value(inner))).collect())
        }
    }
}
