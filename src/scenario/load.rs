//! Reading scenarios: text, overrides, and the checks that need no protocol.

mod place;

use crate::node::Nanos;
use crate::scenario::{ScenarioError, ScenarioFile};
use place::{Tree, line_and_column};
use serde::Deserialize;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
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
    /// The text that says it, for the places of errors.
    pub text: String,
}

/// The most nodes a scenario may have.
const NODES_MAX: u32 = 10_000;
/// The most clients a scenario may have.
const CLIENTS_MAX: u32 = 10_000;
/// The most keys that may be in use at a time.
const KEYS_MAX: u32 = 1_000_000;
/// The longest scenario file, in bytes; the schedule of a long run makes it long.
const FILE_MAX: u64 = 1 << 28;
/// The deepest path that an override may have.
const OVERRIDE_DEPTH_MAX: usize = 64;

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// When it cannot be read or says something that is not allowed.
    pub fn read(path: &Path, overrides: &[String]) -> Result<Self, ScenarioError> {
        let origin = path.display().to_string();
        let bytes = bytes_of(path).map_err(|why| ScenarioError::at("", why).in_file(&origin))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(&error.as_bytes()[..place]);
            let position = Some(line_and_column(&text, place));
            ScenarioError { position, ..ScenarioError::at("", "the file is not UTF-8 from here on") }.in_file(&origin)
        })?;
        Self::parse(&text, &origin, overrides)
    }

    /// Reads a scenario from a text. `origin` names it in errors.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Self, ScenarioError> {
        let parsed = if overrides.is_empty() { parse_text(text) } else { parse_overridden(text, overrides) };
        let file = parsed.map_err(|error| error.in_file(origin))?;
        let (origin, overrides) = (origin.to_owned(), overrides.to_vec());
        let scenario = Scenario { id: id_of(Path::new(&origin)), origin, overrides, file, text: text.to_owned() };
        check(&scenario.file).map_err(|error| scenario.place(error))?;
        Ok(scenario)
    }

    /// The same error, with the place in the file where its key stands.
    ///
    /// With overrides no place is told: what was wrong may stand in them.
    pub fn place(&self, error: ScenarioError) -> ScenarioError {
        let mut error = error.in_file(&self.origin);
        if error.position.is_none() && self.overrides.is_empty() && !error.key.starts_with("--") {
            error.position = Tree::of(&self.text).map(|(tree, _)| position_in(&self.text, &tree, &error));
        }
        error
    }
}

/// Where the key of an error stands: a key that is unknown itself, else the value.
fn position_in(text: &str, tree: &Tree, error: &ScenarioError) -> (usize, usize) {
    line_and_column(text, tree.find(&error.key, error.message.starts_with("unknown key")))
}

/// What a file holds; a device without an end is not read to its end.
fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("the scenario cannot be read: {}", plain(&error))),
        Ok(count) if count as u64 > FILE_MAX => Err(format!("is too long: a scenario has at most {FILE_MAX} bytes")),
        Ok(_) => Ok(bytes),
    }
}

/// An input error without the number that the system gives it.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn parse_text(text: &str) -> Result<ScenarioFile, ScenarioError> {
    check_syntax(text)?;
    let too_deep = || ScenarioError::at("", "nested too deep");
    let (tree, twice) = Tree::of(text).ok_or_else(too_deep)?;
    let at_byte = |at, error: ScenarioError| ScenarioError { position: Some(line_and_column(text, at)), ..error };
    if let Some(twice) = twice.into_iter().next() {
        let (line, _) = line_and_column(text, twice.first);
        let message = format!("stands there twice; the first is in line {line}");
        return Err(at_byte(twice.second, ScenarioError::at(twice.key, message)));
    }
    if let Some(key) = tree.list_for_object() {
        return Err(at_byte(tree.find(&key, false), ScenarioError::at(key, "found a list, expected an object")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let error = ScenarioError::from_serde(&error);
        ScenarioError { position: Some(position_in(text, &tree, &error)), ..error }
    })
}

/// Whether a text is JSON at all: where it is not, the place is where reading stopped.
fn check_syntax(text: &str) -> Result<(), ScenarioError> {
    let at =
        |position, message: &str| Err(ScenarioError { position: Some(position), ..ScenarioError::at("", message) });
    if text.starts_with('\u{feff}') {
        return at((1, 1), "the file begins with a byte order mark: save it as UTF-8 without one");
    }
    if text.trim().is_empty() {
        return at((1, 1), "the file is empty: a scenario is a JSON object");
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    if let Err(error) = Value::deserialize(tracked) {
        let message = error.to_string();
        let error = ScenarioError::from_serde(&serde_path_to_error::Error::new(track.path(), error));
        // Where no name can be expected, because this is not yet a scenario, serde_json means any value.
        let message = if message.starts_with("expected value") { "expected a value".to_owned() } else { error.message };
        let key = if message.starts_with("nested too deep") { String::new() } else { error.key.clone() };
        return Err(ScenarioError { message, key, ..error });
    }
    match deserializer.end() {
        Ok(()) => Ok(()),
        Err(error) => {
            at((error.line(), error.column()), "something stands behind the scenario: a file holds one JSON object")
        }
    }
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
    let nowhere = |why: String| ScenarioError::at("--set", format!("`{path}` leads nowhere: {why}"));
    if path_text.split('.').count() > OVERRIDE_DEPTH_MAX {
        return Err(nowhere(format!("nothing lies deeper than {OVERRIDE_DEPTH_MAX} keys")));
    }
    let mut here = scenario;
    for key in path_text.split('.') {
        if key.is_empty() {
            return Err(ScenarioError::at("--set", wrong()));
        }
        let place = key.parse::<usize>().ok();
        here = match here {
            Value::Object(_) if place.is_some() => {
                return Err(nowhere(format!("there is no list to take element {key} of")));
            }
            Value::Object(map) => map.entry(key.to_owned()).or_insert(Value::Object(serde_json::Map::new())),
            Value::Array(list) => {
                let count = list.len();
                let missing = || nowhere(format!("there are {count} elements, from 0, and no `{key}`"));
                list.get_mut(place.unwrap_or(count)).ok_or_else(missing)?
            }
            _ => return Err(nowhere("nothing lies under a plain value".to_owned())),
        };
    }
    *here = value;
    Ok(())
}

/// A scenario's id: its path under `scenarios/`, else its stem.
pub fn id_of(path: &Path) -> String {
    let parts: Vec<String> = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.iter().rposition(|part| part == "scenarios") {
        // An id names a folder for results too, which must not lead out of where results go.
        Some(place) if place + 1 < parts.len() && parts[place..].iter().all(|part| part != "..") => {
            parts[place + 1..].join("/")
        }
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
    if file.expect.holds.is_empty() {
        return bad("expect.holds", "is empty: nothing would be checked; `all` stands for every invariant".to_owned());
    }
    if let Some(schedule) = &file.schedule {
        if schedule.is_empty() {
            return bad("schedule", "is empty: nothing would happen".to_owned());
        }
        if !file.faults.is_empty() {
            return bad("faults", "stands beside `schedule`, which says itself what goes wrong".to_owned());
        }
        if file.plan.is_some() {
            return bad("plan", "stands beside `schedule`, which says itself what goes wrong".to_owned());
        }
        return Ok(());
    }
    let mut names = std::collections::BTreeSet::new();
    for (place, fault) in file.faults.iter().enumerate() {
        if let Some(name) = fault.timing().name
            && !names.insert(name)
        {
            let key = format!("faults[{place}].{}.name", fault.kind());
            return bad(&key, format!("`{name}` stands there twice: a name is of one fault"));
        }
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
    if workload.keys > KEYS_MAX {
        return bad("workload.keys", format!("{} keys are not possible: 1 to {KEYS_MAX} are", workload.keys));
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
