//! `sweep`: many seeds at once.

use crate::{HAPPY_PATH, LEADER_CRASH, TWO_LEADERS, VOTE_NOT_PERSISTED, file, splitbrain};

#[test]
fn the_number_of_workers_changes_no_byte() {
    for more in [&[][..], &["--json"]] {
        let with = |jobs: &str| {
            splitbrain(&[&["sweep", LEADER_CRASH, TWO_LEADERS, "--seeds", "0..40", "--jobs", jobs], more].concat())
        };
        let (one, three) = (with("1"), with("3"));
        assert_eq!((one.code, one.err.as_str()), (0, ""), "{}", one.out);
        assert_eq!(one.out, three.out);
    }
}

#[test]
fn json_is_a_line_for_each_scenario() {
    let ran = splitbrain(&["sweep", LEADER_CRASH, HAPPY_PATH, "--seeds", "0..5", "--json"]);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = lines.iter().map(|line| line["scenario"].as_str().unwrap()).collect();
    assert_eq!(names, ["raft/leader-crash", "raft/happy-path"]);
    assert!(lines.iter().all(|line| line["sweep"]["verdict"] == "pass" && line["sweep"]["count"] == 5));
}

#[test]
fn unexpected_violations_are_grouped_with_the_shortest_seed_and_its_command() {
    let ran = splitbrain(&["sweep", VOTE_NOT_PERSISTED, "--seeds", "0..20", "--set", "expect={}"]);
    assert_eq!((ran.code, ran.value("verdict")), (1, "violated"), "{}", ran.out);
    assert!(ran.out.contains("violated durable-before-send: 20 seeds (seeds 0, 1, 2, 3, 4, …)"), "{}", ran.out);
    let (command, _) = ran.value("  shortest").rsplit_once(", in ").unwrap();
    let seed = command.split_once("--seed ").unwrap().1.split(' ').next().unwrap();
    let alone = splitbrain(&["run", VOTE_NOT_PERSISTED, "--seed", seed, "--set", "expect={}"]);
    assert_eq!((alone.code, alone.value("verdict")), (1, "violated"));
    assert_eq!(alone.out.lines().next(), Some(command));
    // Where the bug is switched off, the violation that was expected is missed.
    let missed = splitbrain(&["sweep", TWO_LEADERS, "--seeds", "0..5", "--set", "config.bugs=[]"]);
    assert_eq!(missed.code, 1);
    assert!(missed.out.contains("a violation of election-safety was expected, and none was found"), "{}", missed.out);
}

#[test]
fn the_last_line_repeats_the_sweep() {
    let ran = splitbrain(&["sweep", VOTE_NOT_PERSISTED, "--seeds", "3..9", "--set", "nodes=3"]);
    let command = "splitbrain sweep scenarios/raft/bugs/vote-not-persisted.json --seeds 3..9 --set nodes=3";
    assert_eq!((ran.code, ran.out.lines().last().unwrap()), (0, format!("repeat     {command}").as_str()));
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    assert_eq!(splitbrain(&args).out, ran.out);
}

#[test]
fn what_never_happens_in_any_seed_is_vacuous() {
    // Nobody says anything at the time of the cut.
    let silent = r#"{
        "about": "x", "protocol": "echo", "nodes": 3, "workload": { "clients": 1, "operations": 5 },
        "faults": [ { "partition": { "at": "9999999999ns", "shape": { "isolate": "n1" } } } ]
    }"#;
    let ran = splitbrain(&["sweep", &file("silent", silent), "--seeds", "0..5"]);
    assert_eq!((ran.code, ran.value("verdict")), (5, "vacuous"), "{}", ran.out);
    assert!(ran.out.contains("the fault `partition isolate n1` had no effect in any seed"), "{}", ran.out);
    let unreached = splitbrain(&["sweep", HAPPY_PATH, "--seeds", "0..5", "--set", "expect.reaches=[\"Elected x9\"]"]);
    assert_eq!((unreached.code, unreached.value("verdict")), (5, "vacuous"), "{}", unreached.out);
    assert!(unreached.out.contains("`Elected x9` was not reached in any seed"), "{}", unreached.out);
}

#[test]
fn an_error_in_the_last_scenario_comes_before_the_first_is_run() {
    let ran = splitbrain(&["sweep", HAPPY_PATH, "scenarios/raft/nowhere.json", "--seeds", "0..5"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(ran.err, "error: scenarios/raft/nowhere.json: the file cannot be read: no such file or directory\n");
}
