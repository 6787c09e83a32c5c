//! From JSON to a scenario, as far as it goes: every part by itself, so that one mistake hides no other.

use crate::engine::fault::Fault;
use crate::scenario::{Problem, ScenarioFile};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A scenario with what is wrong with it. Parts that were not understood have their defaults.
pub(super) struct Understood {
    pub file: ScenarioFile,
    pub problems: Vec<Problem>,
    /// The keys of those parts.
    pub broken: BTreeSet<String>,
}

/// So many things that are wrong with one part are looked for.
const PROBLEMS_MAX: usize = 20;

/// Understands what it can. `spoiled` names faults, by place, of which it is known already that they are wrong.
pub(super) fn understand(value: Value, spoiled: &BTreeSet<usize>) -> Understood {
    let mut parts = Parts { keys: Map::new(), problems: Vec::new(), broken: BTreeSet::new() };
    match value {
        Value::Object(keys) => parts.keys = keys,
        other => parts.problems.extend(wrong::<ScenarioFile>(&other)),
    }
    let unknown = |parts: &Parts| parts.keys.keys().find(|key| !KEYS.contains(&key.as_str())).cloned();
    while let Some(key) = unknown(&parts) {
        let alone = Value::Object(parts.keys.remove_entry(&key).into_iter().collect());
        parts.problems.extend(wrong::<ScenarioFile>(&alone));
    }
    let faults = parts.faults(spoiled);
    let file = ScenarioFile {
        schema: parts.part("$schema"),
        about: parts.needed("about").unwrap_or_default(),
        source: parts.part("source"),
        protocol: parts.needed("protocol").unwrap_or_default(),
        nodes: parts.needed("nodes").unwrap_or(1),
        config: parts.part("config"),
        network: parts.part("network"),
        disk: parts.part("disk"),
        faults,
        plan: parts.part("plan"),
        workload: parts.part("workload"),
        schedule: parts.part("schedule"),
        run: parts.part("run"),
        seed: parts.part("seed"),
        seeds: parts.part("seeds"),
        expect: parts.part("expect"),
    };
    Understood { file, problems: parts.problems, broken: parts.broken }
}

/// The keys of a scenario, as its type has them.
const KEYS: [&str; 16] = [
    "$schema", "about", "source", "protocol", "nodes", "config", "network", "disk", "faults", "plan", "workload",
    "schedule", "run", "seed", "seeds", "expect",
];

struct Parts {
    keys: Map<String, Value>,
    problems: Vec<Problem>,
    broken: BTreeSet<String>,
}

impl Parts {
    fn read<T: DeserializeOwned>(&mut self, key: &str, value: Value) -> Option<T> {
        let part = section(key, value, &mut self.problems);
        if part.is_none() {
            self.broken.insert(key.to_owned());
        }
        part
    }

    fn part<T: DeserializeOwned + Default>(&mut self, key: &str) -> T {
        let value = self.keys.remove(key);
        value.and_then(|value| self.read(key, value)).unwrap_or_default()
    }

    fn needed<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let Some(value) = self.keys.remove(key) else {
            self.problems.push(Problem::at("", format!("there is no key `{key}`")));
            self.broken.insert(key.to_owned());
            return None;
        };
        self.read(key, value)
    }

    fn faults(&mut self, spoiled: &BTreeSet<usize>) -> Vec<Fault> {
        let list = match self.keys.remove("faults") {
            None => return Vec::new(),
            Some(Value::Array(list)) => list,
            Some(other) => return self.read("faults", other).unwrap_or_default(),
        };
        let mut faults = Vec::new();
        for (place, fault) in list.into_iter().enumerate() {
            let key = format!("faults[{place}]");
            let before = self.problems.len();
            let read = if spoiled.contains(&place) { None } else { section(&key, fault, &mut self.problems) };
            // A fault from which more than an unknown key was taken away is not what was meant.
            let whole = self.problems[before..].iter().all(|problem| problem.message.starts_with("unknown key"));
            let understood = read.filter(|_| whole);
            faults.push(understood.unwrap_or_else(|| {
                self.broken.insert(key);
                stand_in()
            }));
        }
        faults
    }
}

/// Stands for a fault that was not understood, so that the others keep their places.
fn stand_in() -> Fault {
    serde_json::from_str(r#"{"pause": {"at": "1ns", "target": "n1"}}"#).expect("a fault as scenarios write it")
}

/// What is wrong with a value that should be a `T`, first of all.
fn wrong<T: DeserializeOwned>(value: &Value) -> Option<Problem> {
    let read: Result<T, serde_path_to_error::Error<serde_json::Error>> = serde_path_to_error::deserialize(value);
    read.err().map(|error| Problem::from_serde(&error).0)
}

/// Reads a value that stands under `key`. What is wrong is noted and taken away, and the rest is looked at again: some
/// of it may be wrong too. None: it cannot be understood.
pub(in crate::scenario) fn section<T: DeserializeOwned>(
    key: &str,
    mut value: Value,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let mut taken: Vec<String> = Vec::new();
    for _ in 0..PROBLEMS_MAX {
        let read: Result<T, serde_path_to_error::Error<serde_json::Error>> = serde_path_to_error::deserialize(&value);
        let error = match read {
            // Without the wrong keys it can be understood, and so the rest of it can be checked.
            Ok(part) => return Some(part),
            Err(error) => error,
        };
        let (problem, _) = Problem::from_serde(&error);
        let missing = problem.message.strip_prefix("there is no key `").and_then(|rest| rest.split('`').next());
        if let Some(missing) = missing {
            let path = format!("{}.{missing}", problem.key);
            // Where it was taken away, it is not missing, but wrong.
            if !taken.iter().any(|taken| taken == path.trim_start_matches('.')) {
                problems.push(problem.under(key));
            }
            return None;
        }
        if taken.iter().any(|taken| lies_in(taken, &problem.key)) {
            // It is wrong because something was taken away from it: then it goes too.
            if !take_away(&mut value, &problem.key) {
                return None;
            }
            taken.push(problem.key);
            continue;
        }
        let path = problem.key.clone();
        problems.push(problem.under(key));
        if !take_away(&mut value, &path) {
            return None;
        }
        taken.push(path);
    }
    None
}

/// Whether a path leads to a part, or into it.
pub(super) fn lies_in(path: &str, part: &str) -> bool {
    let rest = path.strip_prefix(part);
    rest.is_some_and(|rest| part.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Takes away what stands at a path, or the whole list that it is in; false where there is no such key.
pub(super) fn take_away(value: &mut Value, path: &str) -> bool {
    let keys_only = path.trim_end_matches(|c: char| c == ']' || c == '[' || c.is_ascii_digit());
    let path = if path.ends_with(']') { keys_only } else { path };
    let steps: Vec<&str> = path.split(['.', '[', ']']).filter(|step| !step.is_empty()).collect();
    let Some((last, before)) = steps.split_last() else { return false };
    let mut here = value;
    for step in before {
        let next = match here {
            Value::Object(keys) => keys.get_mut(*step),
            Value::Array(list) => step.parse::<usize>().ok().and_then(|place| list.get_mut(place)),
            _ => None,
        };
        let Some(next) = next else { return false };
        here = next;
    }
    here.as_object_mut().is_some_and(|keys| keys.remove(*last).is_some())
}
