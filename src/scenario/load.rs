//! Reading scenarios: text, overrides, and the checks that need no protocol.

use crate::node::Nanos;
use crate::scenario::{ScenarioError, ScenarioFile};
use serde_json::Value;
use std::path::Path;

/// A scenario that was read, with the overrides that were applied to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its path under `scenarios/`, else its stem, without `.json`.
    pub id: String,
    /// As it was named to us: for the commands that repeat a run.
    pub origin: String,
    /// What was overridden, as `path=value`.
    pub overrides: Vec<String>,
    /// What it says.
    pub file: ScenarioFile,
}

/// The most nodes a scenario may have.
const NODES_MAX: u32 = 10_000;
/// The most clients a scenario may have.
const CLIENTS_MAX: u32 = 10_000;

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// When it cannot be read or says something that is not allowed.
    pub fn read(path: &Path, overrides: &[String]) -> Result<Self, ScenarioError> {
        let origin = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            ScenarioError::at("", format!("the scenario cannot be read: {}", plain(&error))).in_file(&origin)
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            ScenarioError::at("", format!("the file is not UTF-8: byte {place} is where it ends to be"))
                .in_file(&origin)
        })?;
        Self::parse(&text, &origin, overrides)
    }

    /// Reads a scenario from a text. `origin` names it in errors.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Self, ScenarioError> {
        let parsed = if overrides.is_empty() { parse_text(text) } else { parse_overridden(text, overrides) };
        let file = parsed.and_then(|file| check(&file).map(|()| file)).map_err(|error| error.in_file(origin))?;
        let (origin, overrides) = (origin.to_owned(), overrides.to_vec());
        Ok(Scenario { id: id_of(Path::new(&origin)), origin, overrides, file })
    }
}

/// An input error without the number that the system gives it.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn parse_text(text: &str) -> Result<ScenarioFile, ScenarioError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let file =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| ScenarioError::from_serde(&error))?;
    deserializer.end().map_err(|error| ScenarioError {
        position: Some((error.line(), error.column())),
        ..ScenarioError::at("", "something stands behind the scenario: a file holds one JSON object")
    })?;
    Ok(file)
}

fn parse_overridden(text: &str, overrides: &[String]) -> Result<ScenarioFile, ScenarioError> {
    // The file must be right by itself, so that its errors keep their places.
    parse_text(text)?;
    let mut value: Value = serde_json::from_str(text).map_err(|error| ScenarioError::at("", error.to_string()))?;
    for change in overrides {
        apply_override(&mut value, change)?;
    }
    let file = serde_path_to_error::deserialize(&value);
    file.map_err(|error| {
        let error: serde_path_to_error::Error<serde_json::Error> = error;
        let found = ScenarioError::from_serde(&error);
        ScenarioError { position: None, message: format!("{} (after --set)", found.message), ..found }
    })
}

/// Applies `path=value` to a scenario: `config.bugs=[]`, `faults[0].crash.at=3s`. The value is JSON, else a string.
///
/// # Errors
/// When the text is no override, or its path leads nowhere.
pub fn apply_override(scenario: &mut Value, change: &str) -> Result<(), ScenarioError> {
    let wrong = || format!("`{change}` is no override: expected a path and a value, such as `network.loss=0.2`");
    let (path, text) = change.split_once('=').ok_or_else(|| ScenarioError::at("--set", wrong()))?;
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let path_text = path.replace('[', ".").replace(']', "");
    let mut here = scenario;
    for key in path_text.split('.') {
        if key.is_empty() {
            return Err(ScenarioError::at("--set", wrong()));
        }
        here = match here {
            Value::Object(map) => map.entry(key.to_owned()).or_insert(Value::Object(serde_json::Map::new())),
            Value::Array(list) => {
                let count = list.len();
                let place = key.parse::<usize>().ok().filter(|place| *place < count);
                let nowhere = || format!("`{path}` leads nowhere: there are {count} elements, from 0, and no `{key}`");
                &mut list[place.ok_or_else(|| ScenarioError::at("--set", nowhere()))?]
            }
            _ => {
                return Err(ScenarioError::at(
                    "--set",
                    format!("`{path}` leads nowhere: nothing lies under a plain value"),
                ));
            }
        };
    }
    *here = value;
    Ok(())
}

/// A scenario's id: its path under `scenarios/`, else its stem.
pub fn id_of(path: &Path) -> String {
    let parts: Vec<String> = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.iter().rposition(|part| part == "scenarios") {
        Some(place) if place + 1 < parts.len() => parts[place + 1..].join("/"),
        Some(_) | None => parts.last().cloned().unwrap_or_default(),
    }
}

/// What can be checked without knowing the protocol.
fn check(file: &ScenarioFile) -> Result<(), ScenarioError> {
    let bad = |key: &str, message: String| Err(ScenarioError::at(key, message));
    if file.nodes == 0 || file.nodes > NODES_MAX {
        return bad("nodes", format!("a cluster of {} is not possible: 1 to {NODES_MAX} nodes are", file.nodes));
    }
    if file.seed.is_some() && file.seeds.is_some() {
        return bad("seeds", "stands beside `seed`: a scenario has one of the two".to_owned());
    }
    if let Some(schedule) = &file.schedule {
        if schedule.is_empty() {
            return bad("schedule", "is empty: nothing would happen".to_owned());
        }
        if !file.faults.is_empty() {
            return bad("faults", "stands beside `schedule`, which says itself what goes wrong".to_owned());
        }
        return Ok(());
    }
    if file.run.length == Nanos::ZERO {
        return bad("run.for", "0s is no run: it must be longer".to_owned());
    }
    let workload = &file.workload;
    if workload.clients == 0 || workload.clients > CLIENTS_MAX {
        let found = workload.clients;
        return bad("workload.clients", format!("{found} clients are not possible: 1 to {CLIENTS_MAX} are"));
    }
    if workload.keys == 0 {
        return bad("workload.keys", "no operation is possible without a key: at least 1 is needed".to_owned());
    }
    if workload.operations == 0 {
        return bad("workload.operations", "0 operations would show nothing: at least 1 is needed".to_owned());
    }
    if workload.timeout == Nanos::ZERO || workload.deadline < workload.timeout {
        let (timeout, deadline) = (workload.timeout, workload.deadline);
        return bad(
            "workload.timeout",
            format!("{timeout} is not possible: above 0s and up to the deadline, {deadline}"),
        );
    }
    if workload.backoff.max == Nanos::ZERO {
        return bad("workload.backoff", "0s would ask again without end: it must be longer".to_owned());
    }
    Ok(())
}
