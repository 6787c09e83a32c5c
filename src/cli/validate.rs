//! `validate`: whether scenarios and experiments are in order, and what scenarios say with every default written out.

use crate::cli::args::{ScenarioArgs, ValidateArgs};
use crate::cli::output::{Failure, print, print_error};
use crate::cli::run::open;
use crate::experiment::Experiment;
use crate::registry::Entry;
use crate::scenario::Runnable;
use std::path::Path;

pub(in crate::cli) fn run(entries: &[Entry], args: &ValidateArgs) -> Result<u8, Failure> {
    let mut code = 0;
    for path in &args.scenarios {
        if is_experiment(path) && args.set.is_empty() && !args.resolved {
            match Experiment::read(entries, path, None) {
                Ok(experiment) => {
                    let points = experiment.points.len();
                    print(&format!("{}: valid: an experiment of {points} points\n", path.display()))?;
                }
                Err(error) => {
                    print_error(&error);
                    code = 2;
                }
            }
            continue;
        }
        let scenario = ScenarioArgs { scenario: path.clone(), set: args.set.clone() };
        match open(entries, &scenario) {
            Ok((_, _, ready)) if args.resolved => print(&resolved(ready.as_ref()))?,
            Ok((entry, scenario, _)) => {
                print(&format!("{}: valid: {}, {} nodes\n", path.display(), entry.name, scenario.file.nodes))?
            }
            // All files are looked at, whatever is wrong with the first.
            Err(Failure::Scenario(error)) => {
                print_error(&error);
                code = 2;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(code)
}

/// Whether a file asks a question, as only experiments do. What cannot be read is looked at as a scenario is.
fn is_experiment(path: &Path) -> bool {
    let read = std::fs::read(path).ok();
    let value: Option<serde_json::Value> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    value.is_some_and(|value| value.get("question").is_some())
}

/// The scenario with every default and every key of the protocol written out, and the faults of its plan. It is itself
/// a scenario, and its runs have the same digests.
fn resolved(ready: &dyn Runnable) -> String {
    let mut file = ready.scenario().file.clone();
    if let serde_json::Value::Object(config) = ready.config() {
        file.config = config;
    }
    let text = serde_json::to_string_pretty(&file).expect("a scenario is plain data");
    format!("{text}\n")
}
