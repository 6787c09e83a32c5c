//! The text about a history that was judged: the verdict, and, where it is violated, the operations to blame, drawn.

use crate::consistency::history::{End, History, Operation, Value};
use crate::consistency::linearizable::evidence::Evidence;
use crate::consistency::linearizable::turns::{Judged, Verdict};
use crate::report::table::count;
use crate::scenario::VerdictKind;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// A history held against one consistency model.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Pass, violated or undecided.
    pub kind: VerdictKind,
    /// What people read.
    pub lines: Vec<String>,
    /// What programs read.
    pub json: Json,
}

/// A drawing that would be wider is left out.
const WIDTH_MAX: usize = 160;

/// The judgement on linearizability.
pub fn linearizable(history: &History, model: &str, objects: usize, judged: &Judged) -> Checked {
    let what = format!("linearizable ({model}, {})", count(objects as u64, "object"));
    let steps = count(judged.steps, "step");
    let mut json = json!({ "consistency": "linearizable", "model": model, "objects": objects, "steps": judged.steps });
    let (kind, lines) = match &judged.verdict {
        Verdict::Holds => (VerdictKind::Pass, vec![format!("{what}: holds, found in {steps}")]),
        Verdict::Undecided(keys) => {
            json["undecided"] = json!(keys);
            let keys = keys.join(", ");
            (VerdictKind::Undecided, vec![format!("{what}: undecided after {steps}: {keys}")])
        }
        Verdict::Violated(evidence) => {
            json["evidence"] = evidence_json(history, evidence);
            let mut lines = vec![format!("{what}: violated")];
            lines.extend(why(history, evidence));
            (VerdictKind::Violated, lines)
        }
    };
    json["verdict"] = json!(kind);
    Checked { kind, lines, json }
}

fn evidence_json(history: &History, evidence: &Evidence) -> Json {
    let operation = |place: &u32| {
        let operation = &history.operations[*place as usize];
        json!({
            "process": operation.process,
            "operation": words(operation),
            "line": operation.line,
            "end_line": operation.end_line,
        })
    };
    json!({
        "key": evidence.key,
        "prefix_ends_on_line": history.operations[evidence.last as usize].end_line,
        "shortest": evidence.shortest,
        "conflicting": evidence.conflicting.iter().map(operation).collect::<Vec<_>>(),
    })
}

/// The shortest prefix, the operations to blame as a drawing, and where they stand.
fn why(history: &History, evidence: &Evidence) -> Vec<String> {
    let last = &history.operations[evidence.last as usize];
    let key = evidence.key.as_ref().map_or(String::new(), |key| format!("{key}: "));
    let line = last.end_line.unwrap_or(last.line);
    let before = match evidence.shortest {
        true => "up to the return before it there is one",
        false => "whether there is one for less is not known",
    };
    let blamed: Vec<&Operation> =
        evidence.conflicting.iter().map(|place| &history.operations[*place as usize]).collect();
    let these = count(blamed.len() as u64, "operation");
    let mut lines = vec![
        format!("  {key}for all up to line {line} there is no order; {before}"),
        format!("  to blame, whatever the others did: {these}"),
        String::new(),
    ];
    let drawn = draw(&blamed);
    if drawn.iter().all(|line| line.chars().count() <= WIDTH_MAX) {
        lines.extend(drawn);
        lines.push(String::new());
    }
    for operation in blamed {
        let (process, line) = (operation.process, operation.line);
        let until = operation.end_line.map_or("never ended".to_owned(), |end| format!("ended on line {end}"));
        lines.push(format!("  p{process}  {}  (called on line {line}, {until})", words(operation)));
    }
    lines
}

/// `write 4`, `read: 3`, `cas [1 2]: failed`.
fn words(operation: &Operation) -> String {
    let mut text = operation.f.clone();
    if operation.asked != Value::Nil {
        text.push_str(&format!(" {}", operation.asked));
    }
    match &operation.end {
        End::Done(told) if *told != operation.asked && (*told != Value::Nil || reads(operation)) => {
            text.push_str(&format!(": {told}"));
        }
        End::Done(Value::Nil) if reads(operation) => text.push_str(": nil"),
        End::Failed(_) => text.push_str(": failed"),
        End::Done(_) | End::Unknown => {}
    }
    text
}

/// Whether what it was told is what counts.
fn reads(operation: &Operation) -> bool {
    operation.asked == Value::Nil && operation.f != "delete"
}

/// A line for each process, an interval for each operation, from left to right as time passes. Only the order of calls
/// and returns counts, so that they stand as near to each other as the words allow.
fn draw(operations: &[&Operation]) -> Vec<String> {
    let mut moments: Vec<(u32, usize, bool)> = Vec::new();
    for (number, operation) in operations.iter().enumerate() {
        moments.push((operation.call, number, false));
        moments.push((operation.ret.unwrap_or(u32::MAX), number, true));
    }
    moments.sort_unstable();
    let labels: Vec<String> = operations.iter().map(|operation| words(operation)).collect();
    let mut from = vec![0; operations.len()];
    let mut rows: BTreeMap<u64, String> = BTreeMap::new();
    let mut column = 0;
    for (_, number, ends) in moments {
        if !ends {
            from[number] = column;
            column += 1;
            continue;
        }
        let label = &labels[number];
        let least = from[number] + label.chars().count() + 3;
        let end = column.max(least);
        let row = rows.entry(operations[number].process).or_default();
        row.push_str(&" ".repeat(from[number] - row.chars().count()));
        let dashes = end - from[number] - label.chars().count() - 1;
        row.push_str(&format!("|{}{label}{}|", "-".repeat(dashes / 2), "-".repeat(dashes - dashes / 2)));
        column = end + 2;
    }
    let width = rows.keys().map(|process| process.to_string().len()).max().unwrap_or(0);
    rows.iter().map(|(process, row)| format!("  p{process:<width$}  {row}")).collect()
}
