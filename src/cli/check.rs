//! `check`: whether a history that was recorded elsewhere keeps what a consistency model says.

use crate::cli::args::{CheckArgs, Consistency};
use crate::cli::output::{Failure, print};
use crate::consistency::format::{Format, read};
use crate::consistency::history::{BadLine, History};
use crate::consistency::linearizable::translate::{Model, translate};
use crate::consistency::linearizable::turns::{Limits, judge};
use crate::report::check::{Checked, linearizable};
use crate::report::table::count;
use crate::scenario::VerdictKind;
use serde_json::json;

pub(in crate::cli) fn run(args: &CheckArgs) -> Result<u8, Failure> {
    let mut worst = VerdictKind::Pass;
    let mut all = Vec::new();
    for path in &args.files {
        let name = path.display();
        let bad = |bad: BadLine| Failure::Bad(format!("{name}:{}: {}", bad.line, bad.message));
        let bytes = std::fs::read(path).map_err(|why| Failure::Bad(format!("{name} cannot be read: {why}")))?;
        let text = String::from_utf8(bytes).map_err(|why| {
            let line = why.as_bytes()[..why.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            Failure::Bad(format!("{name}:{}: this is no UTF-8", line + 1))
        })?;
        let format = args.format.map_or_else(|| Format::of(&text), Ok).map_err(bad)?;
        let history = read(&text, Some(format)).map_err(bad)?;
        let checked = held_against(args.consistency, args.model, &history).map_err(bad)?;
        worst = if checked.kind.badness() > worst.badness() { checked.kind } else { worst };
        if args.json {
            let mut json = checked.json;
            json["file"] = json!(name.to_string());
            json["format"] = json!(format.word());
            json["operations"] = json!(history.operations.len());
            all.push(json);
        } else {
            let operations = count(history.operations.len() as u64, "operation");
            print(&format!("{name}: {}, {operations}\n{}\n", format.word(), checked.lines.join("\n")))?;
        }
    }
    if args.json {
        print(&format!("{:#}\n", json!(all)))?;
    }
    Ok(worst.exit_code())
}

/// Holds a history against one consistency model.
fn held_against(consistency: Consistency, model: Option<Model>, history: &History) -> Result<Checked, BadLine> {
    match consistency {
        Consistency::Linearizable => {
            let model = model.or_else(|| Model::of(history)).ok_or_else(|| no_model(history))?;
            let parts = translate(history, model)?;
            Ok(linearizable(history, model.word(), parts.len(), &judge(&parts, Limits::PATIENT)))
        }
    }
}

/// No model has all operations of the history: the first of which that is true.
fn no_model(history: &History) -> BadLine {
    let known = |f: &str| Model::ALL.iter().any(|(_, model)| model.operations().contains(&f));
    let unknown = history.operations.iter().find(|operation| !known(&operation.f));
    let models: Vec<String> =
        Model::ALL.iter().map(|(word, model)| format!("{word} ({})", model.operations().join(", "))).collect();
    let models = models.join(", ");
    match unknown {
        Some(operation) => {
            let message = format!("no model has an operation `{}`: there are {models}", operation.f);
            BadLine { line: operation.line, message }
        }
        None => {
            let message = format!("no model has all operations of this history: there are {models}");
            BadLine { line: history.operations[0].line, message }
        }
    }
}
