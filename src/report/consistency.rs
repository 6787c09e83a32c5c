//! What a history has of the consistency models: a table, the strongest that hold, and violations in sentences.

use crate::consistency::weak::{Judgement, Model, Registers, Verdict, smallest_delay, smallest_lag, strongest_of};
use std::fmt::Write;

/// One model's verdict, with the story of a violation.
pub fn verdict(model: Model, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds => format!("holds      {model}: {}\n", model.meaning()),
        Verdict::Undecided(why) => format!("undecided  {model}: {why}\n"),
        Verdict::Violated(violation) => {
            let mut text = format!("violated   {model}: {}\n", violation.pattern.name());
            for sentence in &violation.story {
                let _ = writeln!(text, "  {sentence}");
            }
            text
        }
    }
}

/// A line a model, from strong to weak; then the strongest that hold, and how stale reads are.
pub fn table(judged: &[Judgement], history: Option<&Registers>) -> String {
    let mut text = String::new();
    let widest = judged.iter().map(|judgement| judgement.model.to_string().len()).max().unwrap_or(0);
    for judgement in judged {
        let name = judgement.model.to_string();
        let (word, why) = match (&judgement.verdict, judgement.follows_from) {
            (Verdict::Holds, None) => ("holds", judgement.model.meaning().to_owned()),
            (Verdict::Violated(violation), None) => ("violated", on_lines(violation.pattern.name(), &violation.lines)),
            (Verdict::Holds, Some(from)) => ("holds", format!("since {from} does")),
            (Verdict::Violated(_), Some(from)) => ("violated", format!("since {from} is")),
            (Verdict::Undecided(why), _) => ("undecided", why.clone()),
        };
        let _ = writeln!(text, "{name:<widest$}  {word:<9}  {why}");
    }
    let strongest: Vec<String> = strongest_of(judged).iter().map(Model::to_string).collect();
    let strongest = if strongest.is_empty() { "none".to_owned() } else { strongest.join(", ") };
    let _ = writeln!(text, "strongest  {strongest}");
    if let Some(history) = history {
        if let Some(delay) = smallest_delay(history) {
            let _ = writeln!(text, "staleness  {delay} at most");
        }
        if let Some(lag) = smallest_lag(history) {
            let _ = writeln!(text, "staleness  {lag} versions at most");
        }
    }
    text
}

fn on_lines(pattern: &str, lines: &[u32]) -> String {
    let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
    let word = if lines.len() == 1 { "line" } else { "lines" };
    format!("{pattern}, {word} {}", lines.join(", "))
}
