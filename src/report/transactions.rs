//! The text about a history of transactions: what holds, what does not, and why one sees that.

use crate::consistency::transactions::{Ending, Finding, History, MODELS, Model, Report, Standing};
use crate::report::check::Checked;
use crate::report::table::count;
use crate::scenario::VerdictKind;
use serde_json::json;
use std::collections::BTreeMap;

/// A history held against one model, or against all.
pub fn checked(history: &History, report: &Report, asked: Option<Model>) -> Checked {
    let strongest: Vec<&str> = report.strongest().into_iter().map(Model::name).collect();
    let standing = match asked {
        Some(model) => report.standing(model),
        // Which models hold is not answered while one is open.
        None if MODELS.iter().any(|model| report.standing(*model) == Standing::Undecided) => Standing::Undecided,
        None if strongest.is_empty() => Standing::Violated,
        None => Standing::Holds,
    };
    let kind = match standing {
        Standing::Holds => VerdictKind::Pass,
        Standing::Violated => VerdictKind::Violated,
        Standing::Undecided => VerdictKind::Undecided,
    };
    let anomaly = |finding: &Finding| {
        json!({
            "anomaly": finding.anomaly.to_string(),
            "transactions": finding.transactions.iter().map(|id| history.describe(*id)).collect::<Vec<_>>(),
            "sentences": finding.sentences,
        })
    };
    let models: BTreeMap<&str, &str> =
        MODELS.into_iter().map(|model| (model.name(), word(report.standing(model)))).collect();
    let json = json!({
        "consistency": asked.map_or("all", Model::name),
        "verdict": kind,
        "strongest": strongest,
        "models": models,
        "anomalies": report.findings.iter().map(anomaly).collect::<Vec<_>>(),
        "doubts": report.doubts,
    });
    Checked { kind, lines: text(history, report, asked).lines().map(str::to_owned).collect(), json }
}

/// The lines about a history: its size, each anomaly that was found with the transactions that show it, and the models.
/// Of a model that was asked for, what speaks against it comes first, and the other anomalies are only named.
pub fn text(history: &History, report: &Report, asked: Option<Model>) -> String {
    let of = |ending| history.count(ending) as u64;
    let mut lines = vec![format!(
        "history    {} over {}: {} committed, {} aborted, {} of unknown outcome",
        count(history.len() as u64, "transaction"),
        count(history.keys() as u64, "key"),
        of(Ending::Committed),
        of(Ending::Aborted),
        of(Ending::Unknown)
    )];
    let against = |finding: &&Finding| asked.is_none_or(|model| model.forbids(finding.anomaly));
    let (told, named): (Vec<&Finding>, Vec<&Finding>) = report.findings.iter().partition(against);
    for finding in told {
        lines.push(String::new());
        lines.extend(anomaly(history, finding));
    }
    if !report.findings.is_empty() {
        lines.push(String::new());
    }
    if !named.is_empty() {
        let names: Vec<String> = named.iter().map(|finding| finding.anomaly.to_string()).collect();
        lines.push(format!("also       {}", names.join(", ")));
    }
    let all = |wanted| {
        let some: Vec<&str> =
            MODELS.into_iter().filter(|model| report.standing(*model) == wanted).map(Model::name).collect();
        (!some.is_empty()).then(|| some.join(", "))
    };
    let strongest: Vec<&str> = report.strongest().into_iter().map(Model::name).collect();
    lines
        .push(format!("holds      {}", if strongest.is_empty() { "nothing".to_owned() } else { strongest.join(", ") }));
    lines.extend(all(Standing::Violated).map(|names| format!("violated   {names}")));
    lines.extend(all(Standing::Undecided).map(|names| format!("undecided  {names}")));
    lines.extend(report.doubts.iter().map(|doubt| format!("           {doubt}")));
    if let Some(model) = asked {
        lines.push(format!("verdict    {model}: {}", word(report.standing(model))));
    }
    lines.join("\n") + "\n"
}

/// `holds`, `violated` or `undecided`.
pub fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Holds => "holds",
        Standing::Violated => "violated",
        Standing::Undecided => "undecided",
    }
}

/// An anomaly: its name and meaning, the transactions, and the reasons one by one.
fn anomaly(history: &History, finding: &Finding) -> Vec<String> {
    let more = if finding.more > 0 { format!(" (and {} more)", finding.more) } else { String::new() };
    let mut lines = vec![format!("{}: {}{more}", finding.anomaly, finding.anomaly.kind.meaning())];
    lines.extend(finding.transactions.iter().map(|id| format!("  {}", history.describe(*id))));
    lines.extend(finding.sentences.iter().map(|sentence| format!("  - {sentence}")));
    lines
}
