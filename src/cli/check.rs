//! `check`: whether a history that was recorded elsewhere keeps what a consistency model says.

use crate::cli::args::{CheckArgs, Consistency};
use crate::cli::output::{Failure, print};
use crate::consistency::format::{Format, read};
use crate::consistency::history::{BadLine, History};
use crate::consistency::linearizable::translate::{Model, translate};
use crate::consistency::linearizable::turns::{Limits, Verdict, judge};
use crate::consistency::{transactions, weak};
use crate::report;
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

/// Holds a history against one consistency model, or all; without one, against the strongest.
fn held_against(asked: Option<Consistency>, model: Option<Model>, history: &History) -> Result<Checked, BadLine> {
    // An object that is named is no transaction's.
    let strongest = match model.is_none() && transactions::is_transactional(history) {
        true => Consistency::Transactions(transactions::Model::StrictSerializable),
        false => Consistency::Linearizable,
    };
    match asked.unwrap_or(strongest) {
        Consistency::Linearizable => {
            let model = model.or_else(|| Model::of(history)).ok_or_else(|| no_model(history))?;
            let parts = translate(history, model)?;
            Ok(linearizable(history, model.word(), parts.len(), &judge(&parts, Limits::PATIENT)))
        }
        Consistency::Transactions(model) => of_transactions(history, Some(model)),
        Consistency::All if strongest != Consistency::Linearizable => of_transactions(history, None),
        Consistency::Weak(model) => {
            let verdict = match weak::registers(history) {
                Ok(registers) => weak::check(model, &registers, &weak::Budget::default()),
                Err(why) => weak::Verdict::Undecided(why),
            };
            Ok(report::consistency::one(model, verdict))
        }
        Consistency::All => {
            let registers = weak::registers(history);
            let known: Vec<weak::Judgement> = known_linearizable(history, model)?.into_iter().collect();
            let registers = registers.as_ref().map_err(String::as_str);
            Ok(report::consistency::all(&weak::survey(registers, &known, &weak::Budget::default())))
        }
    }
}

fn of_transactions(history: &History, asked: Option<transactions::Model>) -> Result<Checked, BadLine> {
    let history = transactions::transactions(history)?;
    let judged = transactions::judge(&history, transactions::Assume::default());
    Ok(report::transactions::checked(&history, &judged, asked))
}

/// What the search for an order of all operations says, where it can be made: it knows objects that the weaker models
/// do not, and what it finds to hold they all have.
fn known_linearizable(history: &History, model: Option<Model>) -> Result<Option<weak::Judgement>, BadLine> {
    let Some(model) = model.or_else(|| Model::of(history)) else { return Ok(None) };
    let judged = judge(&translate(history, model)?, Limits::PATIENT);
    let verdict = match judged.verdict {
        Verdict::Holds => weak::Verdict::Holds,
        Verdict::Undecided(_) => return Ok(None),
        Verdict::Violated(evidence) => {
            let of = |place: &u32| history.operations[*place as usize].line;
            let lines = evidence.conflicting.iter().map(of).collect();
            let story = vec!["no order of all operations agrees with their calls and returns".to_owned()];
            weak::Verdict::Violated(weak::Violation { pattern: weak::Pattern::NoOrder, story, lines })
        }
    };
    Ok(Some(weak::Judgement { model: weak::Model::Linearizable, verdict, follows_from: None }))
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
