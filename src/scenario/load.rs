//! Reading scenarios: text, overrides, and the checks that need no protocol.

mod check;
mod place;
mod strict;
mod understand;

use crate::scenario::error::line_and_column;
use crate::scenario::{Problem, ScenarioError, ScenarioFile};
use check::check;
use place::{Tree, Twice};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
pub use strict::Strict;
pub(in crate::scenario) use understand::section;
use understand::{Understood, lies_in, take_away, understand};

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
    /// What was found wrong so far.
    problems: Vec<Problem>,
    /// The keys of the parts that could not be understood.
    broken: BTreeSet<String>,
}

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
        Self::read_so_far(path, overrides)?.whole()
    }

    /// Reads a scenario from a text. `origin` names it in errors.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Self, ScenarioError> {
        Self::parse_so_far(text, origin, overrides)?.whole()
    }

    /// Reads a scenario file, as far as it can be understood: what is wrong with the rest is said when it is held
    /// against its protocol, together with what is wrong there.
    ///
    /// # Errors
    /// When it cannot be read or is no JSON.
    pub fn read_so_far(path: &Path, overrides: &[String]) -> Result<Self, ScenarioError> {
        let origin = path.display().to_string();
        let text = text_of(path, &origin)?;
        Self::parse_so_far(&text, &origin, overrides)
    }

    pub(crate) fn parse_so_far(text: &str, origin: &str, overrides: &[String]) -> Result<Self, ScenarioError> {
        let error = |problems| ScenarioError { origin: origin.to_owned(), problems, text: Some(text.to_owned()) };
        let (tree, mut understood) = parse_text(text).map_err(|problem| error(vec![problem]))?;
        if !overrides.is_empty() {
            // The file must be right by itself, so that its errors keep their places.
            if !understood.problems.is_empty() {
                return Err(error(placed(understood.problems, &tree)));
            }
            understood = overridden(text, overrides).map_err(|problem| error(vec![problem]))?;
        }
        let Understood { file, mut problems, mut broken } = understood;
        let found: Vec<Problem> = check(&file).into_iter().filter(|problem| counts(problem, &broken)).collect();
        broken.extend(found.iter().map(|problem| problem.key.clone()).filter(|key| key == "nodes"));
        problems.extend(found);
        let id = id_of(Path::new(origin));
        let (origin, overrides, text) = (origin.to_owned(), overrides.to_vec(), text.to_owned());
        Ok(Scenario { id, origin, overrides, file, text, problems, broken })
    }

    fn whole(self) -> Result<Self, ScenarioError> {
        if self.problems.is_empty() { Ok(self) } else { Err(self.error(Vec::new())) }
    }

    /// Whether nothing was found wrong so far.
    pub(crate) fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether it can be held against a protocol: most depends on the number of nodes.
    pub(crate) fn has_nodes(&self) -> bool {
        !self.broken.contains("nodes")
    }

    /// Everything that is wrong: what was found so far, and more. With overrides no place is told, because what is
    /// wrong may stand in them.
    pub(crate) fn error(&self, more: Vec<Problem>) -> ScenarioError {
        let more = more.into_iter().filter(|problem| counts(problem, &self.broken));
        let mut problems: Vec<Problem> = self.problems.iter().cloned().chain(more).collect();
        if self.overrides.is_empty()
            && let Some((tree, _)) = Tree::of(&self.text)
        {
            problems = placed(problems, &tree);
        }
        problems.sort_by_key(|problem| problem.at.as_ref().map(|at| at.start));
        problems.dedup();
        ScenarioError { origin: self.origin.clone(), problems, text: Some(self.text.clone()) }
    }
}

/// Whether a problem is one by itself, and does not come of something that was not understood.
fn counts(problem: &Problem, broken: &BTreeSet<String>) -> bool {
    let key = problem.key.as_str();
    if broken.iter().any(|part| lies_in(key, part)) {
        return false;
    }
    let rests_on = match key.split(['.', '[']).next().unwrap_or_default() {
        "faults" => &["run"][..],
        "plan" => &["config", "run"],
        "expect" if key.starts_with("expect.blocks") => &["faults"],
        _ => &[],
    };
    !broken.iter().any(|part| rests_on.iter().any(|other| lies_in(part, other)))
}

/// Says where each problem stands: at a key that is wrong itself, else at the value.
fn placed(mut problems: Vec<Problem>, tree: &Tree) -> Vec<Problem> {
    for Problem { at, key, message } in problems.iter_mut().filter(|problem| problem.at.is_none()) {
        // The name that the message speaks of may be the key itself, or stand under it.
        let named = message.split('`').nth(1).unwrap_or_default();
        *at = Some(if message.starts_with("unknown name") && tree.has(&format!("{key}.{named}")) {
            tree.find(&format!("{key}.{named}"), true)
        } else {
            let of_key = message.starts_with("unknown key") || message.starts_with("there is no ");
            tree.find(key, of_key && key.rsplit('.').next() == Some(named))
        });
    }
    problems
}

/// What a file holds, as text.
fn text_of(path: &Path, origin: &str) -> Result<String, ScenarioError> {
    let bytes = bytes_of(path).map_err(|why| ScenarioError::unread(origin, why))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let problem = Problem { at: Some(at..at + 1), ..Problem::at("", "the file is not UTF-8 from here on") };
        ScenarioError { origin: origin.to_owned(), problems: vec![problem], text: Some(text) }
    })
}

/// What a file holds; a device without an end is not read to its end.
fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("the file cannot be read: {}", plain(&error))),
        Ok(count) if count as u64 > FILE_MAX => Err(format!("is too long: a scenario has at most {FILE_MAX} bytes")),
        Ok(_) => Ok(bytes),
    }
}

/// An input error without the number that the system gives it.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// A text as places, and as a scenario so far as it can be understood.
fn parse_text(text: &str) -> Result<(Tree, Understood), Problem> {
    check_syntax(text)?;
    let (tree, twice) = Tree::of(text).ok_or_else(|| Problem::at("", "nested too deep"))?;
    let mut problems = stands_twice(text, twice);
    let mut value: Value = serde_json::from_str(text).map_err(|error| Problem::at("", error.to_string()))?;
    let mut spoiled = BTreeSet::new();
    let mut broken = BTreeSet::new();
    for key in tree.lists_for_objects() {
        match key.strip_prefix("faults[").and_then(|rest| rest.split(']').next()) {
            Some(place) => spoiled.extend(place.parse::<usize>()),
            None => {
                take_away(&mut value, &key);
                broken.insert(key.clone());
            }
        }
        problems.push(Problem::at(key, "found a list, expected an object"));
    }
    if problems.iter().any(|problem| problem.key.is_empty()) {
        return Err(Problem { at: Some(tree.find("", false)), ..problems.swap_remove(0) });
    }
    let mut understood = understand(value.clone(), &spoiled);
    if understood.problems.is_empty() {
        let meant = serde_json::to_value(&understood.file).map_err(|error| Problem::at("", error.to_string()))?;
        lists_for_objects(&value, &meant, String::new(), &mut problems);
    }
    understood.problems = problems.into_iter().chain(understood.problems).collect();
    understood.broken.extend(broken);
    Ok((tree, understood))
}

/// The keys that stand twice, as problems.
fn stands_twice(text: &str, twice: Vec<Twice>) -> Vec<Problem> {
    let problem = |twice: Twice| {
        let (line, _) = line_and_column(text, twice.first);
        let message = format!("stands there twice; the first is in line {line}");
        Problem { at: Some(twice.second), ..Problem::at(twice.key, message) }
    };
    twice.into_iter().map(problem).collect()
}

/// Finds the lists that were taken for objects: serde would take their items for the values of the keys.
fn lists_for_objects(said: &Value, meant: &Value, path: String, problems: &mut Vec<Problem>) {
    match (said, meant) {
        (Value::Object(said), Value::Object(meant)) => {
            for (key, value) in said {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                meant.get(key).into_iter().for_each(|meant| lists_for_objects(value, meant, path.clone(), problems));
            }
        }
        (Value::Array(said), Value::Array(meant)) => {
            for (place, (said, meant)) in said.iter().zip(meant).enumerate() {
                lists_for_objects(said, meant, format!("{path}[{place}]"), problems);
            }
        }
        (Value::Array(_), Value::Object(_)) => problems.push(Problem::at(path, "found a list, expected an object")),
        _ => {}
    }
}

/// Whether a text is JSON at all: where it is not, the place is where reading stopped.
fn check_syntax(text: &str) -> Result<(), Problem> {
    let at = |at: usize, message: &str| Err(Problem { at: Some(at..at + 1), ..Problem::at("", message) });
    if text.starts_with('\u{feff}') {
        return at(0, "the file begins with a byte order mark: save it as UTF-8 without one");
    }
    if text.trim().is_empty() {
        return at(0, "the file is empty: a scenario is a JSON object");
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    if let Err(error) = Value::deserialize(tracked) {
        let error = serde_path_to_error::Error::new(track.path(), error);
        let (problem, (line, column)) = Problem::from_serde(&error);
        // Where no name can be expected, because this is not yet a scenario, serde_json means any value.
        let message =
            if problem.message.starts_with("expected value") || problem.message.starts_with("expected a name, or") {
                "expected a value".to_owned()
            } else {
                problem.message
            };
        let key = if message.starts_with("nested too deep") { String::new() } else { problem.key };
        let at = byte_at(text, line, column);
        return Err(Problem { at: Some(at..at + 1), key, message });
    }
    match deserializer.end() {
        Ok(()) => Ok(()),
        Err(error) => at(
            byte_at(text, error.line(), error.column()),
            "something stands behind the scenario: a file holds one JSON object",
        ),
    }
}

/// The place of a line and a column, both from 1; serde_json's columns count bytes.
fn byte_at(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn overridden(text: &str, overrides: &[String]) -> Result<Understood, Problem> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| Problem::at("", error.to_string()))?;
    for change in overrides {
        apply_override(&mut value, change)?;
    }
    let mut understood = understand(value, &BTreeSet::new());
    for problem in &mut understood.problems {
        problem.message.push_str(" (after --set)");
    }
    Ok(understood)
}

/// Applies `path=value` to a scenario: `config.bugs=[]`, `faults[0].crash.at=3s`. The value is JSON, else a string.
///
/// # Errors
/// When the text is no override, or its path leads nowhere.
pub fn apply_override(scenario: &mut Value, change: &str) -> Result<(), Problem> {
    let wrong = || format!("`{change}` is no override: expected a path and a value, such as `network.loss=0.2`");
    let (path, text) = change.split_once('=').ok_or_else(|| Problem::at("--set", wrong()))?;
    if path.split(['.', '[']).any(str::is_empty) {
        return Err(Problem::at("--set", wrong()));
    }
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    apply_value(scenario, path, value).map_err(|why| Problem::at("--set", why))
}

/// Sets what stands at a path of a scenario.
///
/// # Errors
/// When the path leads nowhere: why.
pub fn apply_value(scenario: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let path_text = path.replace('[', ".").replace(']', "");
    let nowhere = |why: String| format!("`{path}` leads nowhere: {why}");
    if path_text.split('.').count() > OVERRIDE_DEPTH_MAX {
        return Err(nowhere(format!("nothing lies deeper than {OVERRIDE_DEPTH_MAX} keys")));
    }
    let mut here = scenario;
    for key in path_text.split('.') {
        if key.is_empty() {
            return Err(nowhere("a key is empty".to_owned()));
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
