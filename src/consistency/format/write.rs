//! Events as EDN maps, one a line, as Jepsen stores them: [`crate::consistency::format::edn`] reads them back.

use crate::consistency::history::{Event, Kind, MISMATCH, Value};
use std::fmt::Write;

/// A history as EDN. What a compare-and-set found is written as Jepsen has it: one that found another value failed.
pub fn edn(events: &[Event]) -> String {
    let mut text = String::new();
    let mut asked: std::collections::BTreeMap<u64, &Value> = std::collections::BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        if event.kind == Kind::Invoke {
            asked.insert(event.process, &event.value);
        }
        let asked = asked.get(&event.process).copied().unwrap_or(&Value::Nil);
        let mismatch = Value::Word(MISMATCH.to_owned());
        let (kind, value, error) = match (&event.kind, &event.value) {
            (Kind::Ok, Value::Bool(false)) if event.f == "cas" => (Kind::Fail, asked, Some(&mismatch)),
            (Kind::Ok, Value::Bool(true)) if event.f == "cas" => (Kind::Ok, asked, None),
            // What was written, as Jepsen repeats it.
            (Kind::Ok, Value::Nil) => (Kind::Ok, asked, None),
            (kind, value) => (*kind, value, event.error.as_ref()),
        };
        let word = match kind {
            Kind::Invoke => "invoke",
            Kind::Ok => "ok",
            Kind::Fail => "fail",
            Kind::Info => "info",
        };
        let _ = write!(text, "{{:index {index}");
        if let Some(time) = event.time {
            let _ = write!(text, ", :time {time}");
        }
        let _ = write!(text, ", :process {}, :type :{word}, :f :{}", event.process, event.f);
        if let Some(key) = &event.key {
            let _ = write!(text, ", :key {key}");
        }
        let _ = write!(text, ", :value {value}");
        if let Some(error) = error {
            let _ = write!(text, ", :error {error}");
        }
        text.push_str("}\n");
    }
    text
}
