//! What a history has of the models below linearizability: a verdict with its story, or a table of all of them.

use crate::consistency::weak::{Judgement, Model, Verdict, strongest_of};
use crate::report::check::Checked;
use crate::scenario::VerdictKind;
use serde_json::{Value as Json, json};

/// What a verdict comes to.
pub fn kind(verdict: &Verdict) -> VerdictKind {
    match verdict {
        Verdict::Holds => VerdictKind::Pass,
        Verdict::Violated(_) => VerdictKind::Violated,
        Verdict::Undecided(_) => VerdictKind::Undecided,
    }
}

/// A history held against one model.
pub fn one(model: Model, verdict: Verdict) -> Checked {
    let (kind, lines) = (kind(&verdict), lines(model, &verdict));
    Checked { kind, lines, json: json(&Judgement { model, verdict, follows_from: None }) }
}

/// A history held against all models.
pub fn all(judged: &[Judgement]) -> Checked {
    let strongest: Vec<String> = strongest_of(judged).iter().map(Model::to_string).collect();
    let models: Vec<Json> = judged.iter().map(json).collect();
    let kind = kind_of_all(judged);
    let json = json!({ "consistency": "all", "verdict": kind, "strongest": strongest, "models": models });
    Checked { kind, lines: table(judged), json }
}

/// What the answer to "which models hold" comes to: violated if none does, undecided if one is. That a history has
/// nothing in it to converge leaves nothing open.
pub fn kind_of_all(judged: &[Judgement]) -> VerdictKind {
    let is_open = |judgement: &Judgement| {
        let may_be = matches!(judgement.model, Model::Eventual(_));
        !may_be && matches!(judgement.verdict, Verdict::Undecided(_))
    };
    if judged.iter().any(is_open) {
        VerdictKind::Undecided
    } else if strongest_of(judged).is_empty() {
        VerdictKind::Violated
    } else {
        VerdictKind::Pass
    }
}

/// One model's verdict, with the story of a violation.
pub fn lines(model: Model, verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Holds => vec![format!("{model}: holds: {}", model.meaning())],
        Verdict::Undecided(why) => vec![format!("{model}: undecided: {why}")],
        Verdict::Violated(violation) => {
            let mut lines = vec![format!("{model}: violated: {}", violation.pattern.name())];
            lines.extend(violation.story.iter().map(|sentence| format!("  {sentence}")));
            lines
        }
    }
}

/// A line a model, from strong to weak; then the strongest that hold.
pub fn table(judged: &[Judgement]) -> Vec<String> {
    let widest = judged.iter().map(|judgement| judgement.model.to_string().len()).max().unwrap_or(0);
    let line = |judgement: &Judgement| {
        let name = judgement.model.to_string();
        let (word, why) = match (&judgement.verdict, judgement.follows_from) {
            (Verdict::Holds, None) => ("holds", judgement.model.meaning().to_owned()),
            (Verdict::Violated(violation), None) => ("violated", on_lines(violation.pattern.name(), &violation.lines)),
            (Verdict::Holds, Some(from)) => ("holds", format!("since {from} does")),
            (Verdict::Violated(_), Some(from)) => ("violated", format!("since {from} is")),
            (Verdict::Undecided(why), _) => ("undecided", why.clone()),
        };
        format!("{name:<widest$}  {word:<9}  {why}")
    };
    let mut lines: Vec<String> = judged.iter().map(line).collect();
    let strongest: Vec<String> = strongest_of(judged).iter().map(Model::to_string).collect();
    let strongest = if strongest.is_empty() { "none".to_owned() } else { strongest.join(", ") };
    lines.push(format!("strongest: {strongest}"));
    lines
}

fn on_lines(pattern: &str, lines: &[u32]) -> String {
    let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
    match lines.as_slice() {
        [] => pattern.to_owned(),
        [line] => format!("{pattern}, line {line}"),
        lines => format!("{pattern}, lines {}", lines.join(", ")),
    }
}

/// The same for programs.
pub fn json(judgement: &Judgement) -> Json {
    let mut json = json!({ "consistency": judgement.model.to_string(), "verdict": kind(&judgement.verdict) });
    match &judgement.verdict {
        Verdict::Holds => {}
        Verdict::Undecided(why) => json["why"] = json!(why),
        Verdict::Violated(violation) => {
            json["pattern"] = json!(violation.pattern.name());
            json["story"] = json!(violation.story);
            json["lines"] = json!(violation.lines);
        }
    }
    if let Some(from) = judgement.follows_from {
        json["follows_from"] = json!(from.to_string());
    }
    json
}
