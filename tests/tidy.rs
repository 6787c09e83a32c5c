//! The rules of the house, checked over the source: floors, banned names, sizes, and what every protocol must have.

use splitbrain::registry::built_in;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, extension, files);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join(folder), extension, &mut found);
    found.sort();
    found
}

fn source() -> Vec<(String, String)> {
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    files("src", "rs").iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// A file's lines that are code, with their numbers: no comments, and nothing behind its `#[cfg(test)]`.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let product = text.split("#[cfg(test)]").next().unwrap_or(text);
    let numbered = product.lines().enumerate().map(|(place, line)| (place + 1, line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The floor of each folder below `src`, and of each file that stands there by itself.
const FLOORS: &[(&str, u32)] = &[
    ("node", 1),
    ("spec", 2),
    ("parts", 2),
    ("consistency", 2),
    ("engine", 3),
    ("protocols", 3),
    ("scenario", 4),
    ("search", 4),
    ("registry", 4),
    ("experiment", 4),
    ("report", 5),
    ("cli", 6),
];

/// Folders of one floor that may look at each other, and in which direction.
const SIDEWAYS: &[(&str, &str)] = &[
    ("parts", "spec"),
    ("consistency", "spec"),
    ("registry", "scenario"),
    ("registry", "search"),
    ("search", "scenario"),
    ("experiment", "scenario"),
    ("experiment", "registry"),
];

#[test]
fn arrows_point_down() {
    let floor = |name: &str| FLOORS.iter().find(|(folder, _)| *folder == name).map(|(_, floor)| *floor);
    for (file, text) in source() {
        let here = file.trim_start_matches("src/").split(['/', '.']).next().unwrap();
        if ["lib", "main"].contains(&here) {
            continue;
        }
        let own = floor(here).unwrap_or_else(|| panic!("{file} lies on no floor"));
        for (number, line) in code(&text) {
            // Without a folder's name there is no floor to tell.
            assert!(!line.contains("crate::{"), "{file}:{number}: name each module by itself");
            for used in line.split("crate::").skip(1) {
                let there = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let Some(other) = floor(there) else { continue };
                let sideways = here == there || SIDEWAYS.contains(&(here, there));
                assert!(other < own || sideways, "{file}:{number}: {here} (floor {own}) uses {there} (floor {other})");
            }
        }
    }
}

/// The engine names no protocol, whichever way its name is written: they meet in `node/` alone.
#[test]
fn the_engine_knows_no_protocol() {
    let source = source();
    for entry in built_in() {
        let module = entry.name.replace('-', "_");
        let written = [entry.name.to_owned(), module, entry.name.replace('-', "")];
        for (file, text) in source.iter().filter(|(file, _)| file.starts_with("src/engine/")) {
            for (number, line) in code(text) {
                let line = line.to_lowercase();
                assert!(!written.iter().any(|name| line.contains(name)), "{file}:{number}: names {}", entry.name);
            }
        }
    }
}

/// Clients, their retries and their histories belong to the engine, and quorums are counted in `parts/quorum`. (A
/// mistake that is switched on in the same line may count as it likes.)
#[test]
fn protocols_have_no_clients_and_count_no_quorums() {
    const OTHERS: [&str; 5] = ["ClientId", "Generator", "spec::history", "/ 2", "div_ceil(2)"];
    for (file, text) in source().into_iter().filter(|(file, _)| file.starts_with("src/protocols/")) {
        for (number, line) in code(&text).filter(|(_, line)| !line.contains("Bug::")) {
            for name in OTHERS {
                assert!(!line.contains(name), "{file}:{number}: `{name}` belongs to the engine or to parts/");
            }
        }
    }
}

/// What must not stand where decisions are made: names of types and functions, and why.
const BANNED: &[(&str, &str)] = &[
    ("HashMap", "its order is random: use BTreeMap"),
    ("HashSet", "its order is random: use BTreeSet"),
    ("std::time", "simulated time only"),
    ("Instant::", "simulated time only"),
    ("SystemTime", "simulated time only"),
    ("std::thread::", "one thread a run"),
    ("rayon", "one thread a run"),
    ("f32", "integers decide"),
    ("f64", "integers decide"),
    ("impl Hash for", "derive it: a field left out makes different states equal"),
];

#[test]
fn decisions_are_made_without_chance_clock_thread_or_float() {
    let below = ["src/node/", "src/spec/", "src/parts/", "src/consistency/", "src/engine/", "src/protocols/"];
    for (file, text) in source() {
        if !below.iter().any(|folder| file.starts_with(folder)) {
            continue;
        }
        for (number, line) in code(&text) {
            for (name, why) in BANNED {
                // A chance is written as a JSON number, which decides nothing.
                let written = file.ends_with("random.rs") && line.contains("parse::<f64>");
                assert!(!line.contains(name) || written, "{file}:{number}: {name}: {why}");
            }
        }
    }
}

#[test]
fn nothing_unfinished_is_left() {
    for (file, text) in source() {
        for (number, line) in text.lines().enumerate() {
            for word in ["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!", "#[allow("] {
                assert!(!line.contains(word), "{file}:{}: {word}", number + 1);
            }
        }
    }
}

const LINES_MAX: usize = 420;
const COLUMNS_MAX: usize = 120;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn files_lines_and_functions_are_short() {
    let tests = files("tests", "rs").into_iter().map(|path| {
        (path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap())
    });
    for (file, text) in source().into_iter().chain(tests) {
        assert!(text.lines().count() <= LINES_MAX, "{file} has {} lines", text.lines().count());
        let wide = text.lines().enumerate().filter(|(_, line)| line.chars().count() > COLUMNS_MAX);
        let wide: Vec<usize> = wide.map(|(place, _)| place + 1).collect();
        assert!(wide.is_empty(), "{file} is too wide in lines {wide:?}");
        for (name, lines) in functions(&text) {
            assert!(lines <= FUNCTION_LINES_MAX, "{file}: {name} has {lines} lines");
        }
    }
}

/// Each function's first line and its length, by its indentation: rustfmt closes it where it opened it.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let starts = ["fn ", "const fn ", "pub fn ", "pub const fn ", "pub(crate) fn ", "pub(super) fn ", "pub(in "];
        if !starts.iter().any(|start| trimmed.starts_with(start)) || !trimmed.contains("fn ") || line.ends_with(';') {
            continue;
        }
        let close = format!("{}}}", " ".repeat(line.len() - trimmed.len()));
        if let Some(length) = lines[place..].iter().position(|line| *line == close) {
            found.push((trimmed.to_owned(), length + 1));
        }
    }
    found
}

#[test]
fn modules_say_what_they_are_and_hold_no_logic() {
    for (file, text) in source() {
        assert!(text.starts_with("//! "), "{file} does not say what it is");
        if !file.ends_with("/mod.rs") || file == "src/protocols/echo/mod.rs" {
            continue;
        }
        for (number, line) in code(&text) {
            let plain = line.is_empty()
                || ["mod ", "pub mod ", "pub(crate) ", "pub use ", "}", "    "]
                    .iter()
                    .any(|start| line.starts_with(start));
            assert!(plain, "{file}:{number}: a mod.rs only names its modules: {line}");
        }
    }
}

#[test]
fn handlers_name_every_message() {
    for (file, text) in source().into_iter().filter(|(file, _)| file.starts_with("src/protocols/")) {
        for (number, line) in code(&text) {
            assert!(!line.trim_start().starts_with("_ =>"), "{file}:{number}: name what you ignore");
        }
    }
}

#[test]
fn every_protocol_has_prose_a_source_scenarios_goldens_and_bugs() {
    let source: BTreeMap<String, String> = source().into_iter().collect();
    for entry in built_in() {
        let name = entry.name;
        let prose = &source[&format!("{}mod.rs", folder_of(name))];
        let lines = prose.lines().filter(|line| line.starts_with("//!")).count();
        assert!(lines >= 10, "{name}: {lines} lines of prose are not enough");
        assert!(entry.source.len() > 10 && entry.about.len() > 20, "{name} says too little about itself");
        let count = |folder: &str, extension: &str| files(&format!("{folder}/{name}"), extension).len();
        assert!(count("scenarios", "json") >= 2, "{name} has too few scenarios");
        assert!(count("tests/golden", "txt") >= 2, "{name} has too few goldens");
        assert!(root().join(format!("scenarios/{name}/happy-path.json")).exists(), "{name} has no happy path");
        assert!(name == "echo" || !entry.bugs.is_empty(), "{name} has no planted bug");
        for bug in entry.bugs {
            one_line_per_bug(name, bug.name, &source);
            let invariant = entry.invariants().any(|known| known.name == bug.caught_by);
            assert!(invariant || SLOWNESS.contains(&bug.caught_by), "{} is caught by nothing", bug.name);
        }
    }
}

/// A module's name has no dash.
fn folder_of(protocol: &str) -> String {
    format!("src/protocols/{}/", protocol.replace('-', "_"))
}

/// What catches a mistake that makes a protocol slow, or stops it: expectations of a scenario.
const SLOWNESS: &[&str] =
    &["stalls", "leader-within", "unavailable-at-most", "term-bumps-at-most", "settles-within", "done-at-least"];

/// A planted bug is switched in exactly one line of its protocol.
fn one_line_per_bug(protocol: &str, bug: &str, source: &BTreeMap<String, String>) {
    let camel = |word: &str| word[..1].to_uppercase() + &word[1..];
    let variant = format!("Bug::{}", bug.split('-').map(camel).collect::<String>());
    let folder = folder_of(protocol);
    let own = source.iter().filter(|(file, _)| file.starts_with(&folder));
    let switches = own.flat_map(|(_, text)| code(text)).filter(|(_, line)| line.contains(&variant)).count();
    assert_eq!(switches, 1, "{protocol}: {variant} should be switched in one line");
}

/// The README's table is the registry's, so that it cannot drift.
#[test]
fn the_readme_names_every_protocol() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for entry in built_in() {
        let row = format!("| `{}` | {} | {} |", entry.name, entry.family.name, entry.about);
        assert!(readme.contains(&row), "README.md lacks the line: {row}");
    }
}

/// The scenario that the README explains is the one that its first command runs.
#[test]
fn the_readme_shows_the_scenario_that_it_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let file = std::fs::read_to_string(root().join("scenarios/raft/leader-crash.json")).unwrap();
    assert_eq!(shown.trim(), file.trim());
}

/// The protocol that the README shows is an example that is built, and whose own test runs.
#[test]
fn the_readme_shows_a_protocol_that_is_built() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let shown = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example = std::fs::read_to_string(root().join("examples/mirror.rs")).unwrap();
    assert_eq!(shown, &example[example.find("use serde").unwrap()..]);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lines: Vec<&str> = manifest.lines().collect();
    let mut inside = false;
    for (place, line) in lines.iter().enumerate() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if inside && line.contains(" = ") {
            assert!(lines[place - 1].starts_with("# "), "Cargo.toml: `{line}` does not say why");
        }
    }
}
