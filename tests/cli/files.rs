//! Commands about scenario files: `validate`, `schema`, `new`, `list`, `explain`, `completions`.

use crate::{HAPPY_PATH, LEADER_CRASH, file, folder, program, raft, splitbrain};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Every scenario that ships.
fn scenarios() -> Vec<String> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("the scenarios are there") {
            let path = entry.expect("a readable folder").path();
            if path.ends_with("charts") {
                // Experiments, not scenarios.
            } else if path.is_dir() {
                collect(&path, files)
            } else {
                files.push(path)
            }
        }
    }
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    collect(&root.join("scenarios"), &mut files);
    files.sort();
    let relative = |path: &PathBuf| path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    files.iter().map(relative).collect()
}

#[test]
fn every_scenario_is_valid_and_one_that_is_not_hides_no_other() {
    let scenarios = scenarios();
    assert!(scenarios.len() > 50, "{} scenarios", scenarios.len());
    let args: Vec<&str> = ["validate"].into_iter().chain(scenarios.iter().map(String::as_str)).collect();
    let ran = splitbrain(&args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out.lines().count(), scenarios.len(), "{}", ran.out);
    let (one, other) = (file("one", raft(r#""seed": -1"#)), file("other", raft(r#""latancy": 1"#)));
    let ran = splitbrain(&["validate", &one, HAPPY_PATH, &other]);
    assert_eq!((ran.code, ran.out.as_str()), (2, format!("{HAPPY_PATH}: valid: raft, 3 nodes\n").as_str()));
    assert!(ran.err.contains(&one) && ran.err.contains(&other), "{}", ran.err);
}

#[test]
fn an_experiment_is_validated_too() {
    let chart = "scenarios/charts/tolerated-crashes.json";
    let ran = splitbrain(&["validate", HAPPY_PATH, chart]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!((ran.code, lines.len()), (0, 2), "{}", ran.err);
    assert!(lines[1].starts_with(&format!("{chart}: valid: an experiment of ")), "{}", lines[1]);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(chart)).unwrap();
    let wrong = file("wrong-experiment", text.replace("\"step\"", "\"stairs\""));
    let ran = splitbrain(&["validate", &wrong]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("stairs") && ran.err.contains("`step`"), "{}", ran.err);
}

/// With all defaults and the faults of its plan written out, a scenario says the same: its runs have the same digest.
#[test]
fn a_resolved_scenario_is_the_same_scenario() {
    for (place, path) in scenarios().iter().enumerate() {
        let resolved = splitbrain(&["validate", "--resolved", path]);
        assert_eq!((resolved.code, resolved.err.as_str()), (0, ""), "{path}");
        let again = file(&format!("resolved-{place}"), &resolved.out);
        assert_eq!(splitbrain(&["validate", "--resolved", &again]).out, resolved.out, "{path}");
        // Running each would take long; every eighth is some of every kind.
        if place % 8 == 0 {
            let (plain, written_out) = (splitbrain(&["run", path]), splitbrain(&["run", &again]));
            assert_eq!(plain.value("digest"), written_out.value("digest"), "{path}");
        }
    }
    let changed = splitbrain(&["validate", "--resolved", LEADER_CRASH, "--set", "network.loss=0.25"]);
    assert_eq!(changed.json()["network"]["loss"], 0.25);
}

#[test]
fn the_schema_accepts_every_scenario_and_refuses_what_is_refused() {
    let schema = splitbrain(&["schema"]);
    assert_eq!((schema.code, schema.err.as_str()), (0, ""));
    let schema = schema.json();
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in scenarios() {
        let text = std::fs::read_to_string(root.join(&path)).expect("a readable scenario");
        let scenario: Value = serde_json::from_str(&text).expect("a scenario is JSON");
        let errors: Vec<String> = validator.iter_errors(&scenario).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
        let resolved = splitbrain(&["validate", "--resolved", &path]).json();
        let errors: Vec<String> = validator.iter_errors(&resolved).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{path}, resolved: {errors:?}");
    }
    for wrong in [
        r#""latancy": 1"#,
        r#""network": {"loss": 1.5}"#,
        r#""run": {"for": 10}"#,
        r#""faults": [{"crsh": {}}]"#,
        r#""faults": [{"crash": {"at": "1s", "target": "leeder"}}]"#,
        r#""config": {"hartbeat": "1ms"}"#,
        r#""config": {"bugs": ["no-such-bug"]}"#,
        r#""workload": {"clients": -1}"#,
    ] {
        let scenario: Value = serde_json::from_str(&raft(wrong)).expect("JSON");
        assert!(!validator.is_valid(&scenario), "{wrong}");
    }
    let described = schema["$defs"].as_object().expect("definitions").values();
    assert!(described.filter(|part| part["description"].is_string()).count() > 30);
}

#[test]
fn a_new_scenario_runs() {
    for protocol in ["raft", "echo"] {
        let path = folder(&format!("new-{protocol}")).join("deep/scenario.json");
        let path = path.to_str().unwrap();
        let made = splitbrain(&["new", protocol, "--out", path]);
        assert_eq!((made.code, made.err.as_str()), (0, ""), "{}", made.out);
        assert!(made.out.ends_with(&format!("splitbrain run {path}\n")), "{}", made.out);
        assert_eq!(splitbrain(&["new", protocol]).out, std::fs::read_to_string(path).unwrap());
        let ran = splitbrain(&["run", path]);
        assert_eq!((ran.code, ran.value("verdict")), (0, "pass"), "{}", ran.out);
        let again = splitbrain(&["new", protocol, "--out", path]);
        assert_eq!(again.code, 2);
        assert!(again.err.contains("is there already: it is not written over"), "{}", again.err);
    }
    let ran = splitbrain(&["new", "rafft"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `raft`?"), "{}", ran.err);
}

#[test]
fn every_name_that_is_listed_is_explained() {
    let listed = splitbrain(&["list"]).out;
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let mut count = 0;
    for line in names {
        let name = line.split([' ', '{']).next().unwrap();
        // What all faults have in common is explained with them.
        if ["at", "every", "when", "whenever", "after", "chance", "seeds", "for", "name"].contains(&name) {
            continue;
        }
        let ran = splitbrain(&["explain", name]);
        assert!(ran.code == 0 && ran.out.contains(&format!("{name}: ")), "{name}: {}", ran.err);
        count += 1;
    }
    assert!(count > 70, "{count}");
    let ran = splitbrain(&["explain", "elekted"]);
    assert!(ran.code == 2 && ran.err.contains("nothing is called `elekted`"), "{}", ran.err);
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = splitbrain(&["completions", shell]);
        assert!(ran.code == 0 && ran.out.contains("explore"), "{shell}: {}", ran.err);
    }
    assert_eq!(program().args(["completions", "tcl"]).output().unwrap().status.code(), Some(2));
}
