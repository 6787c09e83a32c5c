//! Jepsen's log lines: `INFO  jepsen.util - PROCESS :TYPE :F VALUE`, separated by blanks or tabs.
//!
//! Other lines that a log holds (`INFO  jepsen.core - …`) are passed over, but a line of an operation must be in order.
//! A failed `cas` whose value is the pair that was asked did not happen because the register held another value, and is
//! marked so; where the value is a keyword (`:timed-out`), that is the error.

use crate::consistency::format::edn::{kind, parse_value};
use crate::consistency::history::{BadLine, Event, Kind, MISMATCH, Value};

/// The events of a log.
///
/// # Errors
/// The first line of an operation that is not in order.
pub fn events(text: &str) -> Result<Vec<Event>, BadLine> {
    let mut events = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let number = place as u32 + 1;
        if !line.trim().is_empty() {
            events.extend(event(line, number)?);
        }
    }
    Ok(events)
}

fn event(text: &str, line: u32) -> Result<Option<Event>, BadLine> {
    let bad = |message: String| BadLine { line, message };
    let shape = "expected `INFO  jepsen.util - PROCESS :TYPE :F VALUE`";
    let Some((head, said)) = text.split_once(" - ") else {
        return Err(bad(format!("`{}` is no line of a log: {shape}", text.trim())));
    };
    let mut rest = said.trim();
    let mut word = || {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = &rest[..end];
        rest = rest[end..].trim_start();
        word
    };
    let (process, kind_word, f) = (word(), word(), word());
    let is_operation = head.trim_end().ends_with("jepsen.util") && kind_word.starts_with(':');
    // What the nemesis does, and whatever else is logged.
    if !is_operation || process.starts_with(':') {
        return Ok(None);
    }
    let process: u64 =
        process.parse().map_err(|_| bad(format!("`{process}` is no process: expected a number from 0; {shape}")))?;
    let kind = kind(&kind_word[1..])
        .ok_or_else(|| bad(format!("`{kind_word}`: expected `:invoke`, `:ok`, `:fail` or `:info`")))?;
    let f = f.strip_prefix(':').filter(|f| !f.is_empty());
    let f = f.ok_or_else(|| bad(format!("the operation has no name: {shape}")))?.to_owned();
    if rest.is_empty() {
        return Err(bad(format!("the operation has no value: {shape}")));
    }
    let value = parse_value(rest, line)?;
    let (value, error) = match (kind, value) {
        (Kind::Fail | Kind::Info, error @ Value::Word(_)) => (Value::Nil, Some(error)),
        (Kind::Fail, value) if f == "cas" => (value, Some(Value::Word(MISMATCH.to_owned()))),
        (_, value) => (value, None),
    };
    Ok(Some(Event { line, process, kind, f, key: None, value, error, time: None }))
}
