//! Our own JSON lines, as `run --out` writes them:
//! `{"time_ns":…,"process":…,"request":"c1#1","type":"ok","op":"get k1","value":[5]}`.
//!
//! An operation is its words: its name, the key, and what else it is about. Words do not say whether they are numbers
//! or strings; answers do. If an answer of the history is a string, all words and values are strings, for a store may
//! put `12` and `34` together; else a word that could be a number of JSON is one. So `put k1 5` is what `"value":5`
//! read, and what `"value":"5"` did.

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

/// How words and answers become values that can be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Numbers where they can be.
    Numbers,
    /// All of them strings.
    Strings,
}

/// The events of a text.
///
/// # Errors
/// The first line that is no event.
pub fn events(text: &str) -> Result<Vec<Event>, BadLine> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let lines: Vec<(Line, u32)> =
        lines.map(|(line, number)| Ok((read(line, number)?, number))).collect::<Result<_, _>>()?;
    let words = match lines.iter().any(|(line, _)| shows_string(&line.value)) {
        true => Words::Strings,
        false => Words::Numbers,
    };
    lines.iter().map(|(line, number)| event(line, *number, words)).collect()
}

const SHAPE: &str = r#"expected `{"process":0,"type":"invoke","op":"get k1"}`"#;

fn read(text: &str, line: u32) -> Result<Line, BadLine> {
    serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        BadLine { line, message: format!("column {}: {what}: {SHAPE}", error.column()) }
    })
}

fn shows_string(answer: &serde_json::Value) -> bool {
    match answer {
        serde_json::Value::String(_) => true,
        serde_json::Value::Array(elements) => elements.iter().any(shows_string),
        _ => false,
    }
}

fn event(read: &Line, line: u32, how: Words) -> Result<Event, BadLine> {
    let bad = |message: String| BadLine { line, message };
    let kind = kind(&read.kind)
        .ok_or_else(|| bad(format!("`\"type\":{:?}`: expected invoke, ok, fail or info", read.kind)))?;
    let mut words = read.op.split_whitespace();
    let Some(f) = words.next() else { return Err(bad(format!("`op` is empty: {SHAPE}"))) };
    let key = words.next().map(|key| Value::Text(key.to_owned()));
    let mut asked: Vec<Value> = words.map(|word| how.word(word)).collect();
    let asked = match asked.len() {
        0 => Value::Nil,
        1 => asked.remove(0),
        _ => Value::List(asked),
    };
    // Whether it was done is an answer that only some operations have.
    let value = match (&read.value, f) {
        (serde_json::Value::Bool(yes), "get" | "read" | "dequeue") => how.word(&yes.to_string()),
        (answer, _) => how.answer(answer),
    };
    let value = if kind == Kind::Ok { value } else { asked };
    let error = read.error.as_ref().map(|error| Words::Strings.answer(error));
    Ok(Event { line, process: read.process, kind, f: f.to_owned(), key, value, error, time: read.time_ns })
}

impl Words {
    fn word(self, word: &str) -> Value {
        match (self, serde_json::from_str::<serde_json::Number>(word)) {
            (Words::Numbers, Ok(number)) => self.number(&number),
            (Words::Numbers, Err(_)) | (Words::Strings, _) => Value::Text(word.to_owned()),
        }
    }

    fn number(self, number: &serde_json::Number) -> Value {
        match number.as_i64().filter(|_| self == Words::Numbers) {
            Some(number) => Value::Int(number),
            None => Value::Text(number.to_string()),
        }
    }

    /// JSON that `serde_json` has read is nested 128 deep at most.
    fn answer(self, json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Nil,
            serde_json::Value::Bool(yes) => Value::Bool(*yes),
            serde_json::Value::Number(number) => self.number(number),
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(elements) => {
                Value::List(elements.iter().map(|element| self.answer(element)).collect())
            }
            serde_json::Value::Object(map) => {
                Value::Map(map.iter().map(|(key, inner)| (Value::Text(key.clone()), self.answer(inner))).collect())
            }
        }
    }
}
