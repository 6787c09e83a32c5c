//! `run`, `trace` and `explore`: one run, or one search.

use crate::{HAPPY_PATH, LEADER_CRASH, TWO_LEADERS, VOTE_NOT_PERSISTED, file, folder, raft, splitbrain};
use serde_json::Value;

#[test]
fn the_same_run_is_the_same_to_the_byte() {
    for path in [LEADER_CRASH, HAPPY_PATH] {
        let args = ["run", path, "--seed", "42"];
        let (first, second) = (splitbrain(&args), splitbrain(&args));
        assert_eq!((first.code, first.err.as_str()), (0, ""), "{}", first.out);
        assert_eq!(first.out, second.out);
        assert_ne!(first.value("digest"), splitbrain(&["run", path, "--seed", "43"]).value("digest"));
        assert_eq!(splitbrain(&["run", path, "--seed", "0x2a"]).out, first.out);
    }
}

#[test]
fn the_first_and_the_last_line_say_how_to_repeat() {
    let ran = splitbrain(&["run", LEADER_CRASH, "--seed", "42", "--set", "about=it's \"here\""]);
    let command = r#"splitbrain run scenarios/raft/leader-crash.json --seed 42 --set 'about=it'\''s "here"'"#;
    assert_eq!(ran.out.lines().next(), Some(command));
    assert_eq!(ran.out.lines().last(), Some(format!("repeat     {command}").as_str()));
    // Also where the seed was found among several, and where something failed.
    let found = splitbrain(&["run", TWO_LEADERS]);
    let command = found.out.lines().next().unwrap();
    assert_eq!(found.out.lines().last(), Some(format!("repeat     {command}").as_str()));
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    assert_eq!(splitbrain(&args).value("digest"), found.value("digest"), "{command}");
    let failed = splitbrain(&["run", HAPPY_PATH, "--set", "expect.reaches=[\"Elected x9\"]"]);
    assert!(failed.out.lines().last().unwrap().starts_with("repeat     splitbrain run"), "{}", failed.out);
    assert!(failed.value("trace").starts_with("splitbrain trace scenarios/raft/happy-path.json --seed 0 --set '"));
}

#[test]
fn a_bug_is_found_and_without_it_the_violation_is_missed() {
    for (path, invariant) in [(VOTE_NOT_PERSISTED, "durable-before-send"), (TWO_LEADERS, "election-safety")] {
        let found = splitbrain(&["run", path]);
        assert_eq!((found.code, found.value("verdict")), (0, "pass"), "{}", found.out);
        assert!(found.out.contains(&format!("{invariant} was violated, as expected")), "{}", found.out);
        let correct = splitbrain(&["run", path, "--set", "config.bugs=[]"]);
        assert_eq!((correct.code, correct.value("verdict")), (1, "expectation not met"), "{}", correct.out);
        let missing = format!("a violation of {invariant} was expected, and none was found");
        assert!(correct.out.contains(&missing), "{}", correct.out);
    }
}

/// Each expectation is met by a run that it fits, and by no other.
#[test]
fn what_is_expected_must_come() {
    const TWO_NODES: &str = "scenarios/raft/two-nodes-one-crash.json";
    const QUORUM_CUT: &str = "scenarios/raft/quorum-cut.json";
    let isolate = r#"faults[0].partition.shape={"isolate":"n1"}"#;
    for (path, change, code, says) in [
        (LEADER_CRASH, "expect.leader-within=10s", 0, "pass"),
        (LEADER_CRASH, "expect.leader-within=1ms", 1, "without a leader from 0ns on: 237ms, with a bound of 1ms"),
        (LEADER_CRASH, "expect.unavailable-at-most=10s", 0, "pass"),
        (LEADER_CRASH, "expect.unavailable-at-most=1ms", 1, "no operation done from"),
        (LEADER_CRASH, "expect.term-bumps-at-most=100", 0, "pass"),
        (LEADER_CRASH, "expect.term-bumps-at-most=0", 1, "the highest term rose 2 times after the first election"),
        (LEADER_CRASH, "expect.settles-within=5s", 0, "pass"),
        (LEADER_CRASH, "expect.settles-within=1ns", 1, "settling took long"),
        (LEADER_CRASH, "expect.done-at-least=500", 0, "pass"),
        (LEADER_CRASH, "expect.done-at-least=1000000", 1, "and at least 1000000 should be"),
        (LEADER_CRASH, "expect.at-most=[\"Elected x100\"]", 0, "pass"),
        (LEADER_CRASH, "expect.at-most=[\"Elected x2\"]", 1, "Elected should be seen at most 2 times, and was 3"),
        (LEADER_CRASH, "expect.stalls=vote", 1, "a stall for a reason that contains `vote` was expected"),
        (TWO_NODES, "seed=0", 0, "stalled, as expected: n2: candidate of t57, waits for votes from n1"),
        (TWO_NODES, "expect.stalls=n7", 1, "stalled, and for no reason that contains `n7`"),
        (TWO_NODES, "expect={}", 3, "n2: candidate of t57, waits for votes from n1"),
        (QUORUM_CUT, "seed=0", 0, "pass"),
        (QUORUM_CUT, isolate, 1, "operations begun while nothing should be done"),
        (QUORUM_CUT, "workload.operations=1", 5, "no operation was begun while nothing should be done"),
    ] {
        let ran = splitbrain(&["run", path, "--set", change]);
        assert_eq!(ran.code, code, "{path} {change}: {}", ran.out);
        assert!(ran.out.contains(says), "{path} {change}: {}", ran.out);
    }
}

#[test]
fn several_seeds_are_run_until_one_shows_something() {
    let all = splitbrain(&["run", HAPPY_PATH, "--seeds", "5..8"]);
    assert_eq!((all.code, all.value("seeds")), (0, "3 of 3 were run, from 5 on; seed 7 is shown"));
    let failing = splitbrain(&["run", HAPPY_PATH, "--seeds", "5..8", "--set", "expect.reaches=[\"Elected x9\"]"]);
    assert_eq!((failing.code, failing.value("seeds")), (5, "1 of 3 were run, from 5 on; seed 5 is shown"));
    // The very last seeds, the last of which no range can name.
    let end = ["18446744073709551614..18446744073709551615", "18446744073709551610..0xffffffffffffffff"];
    for seeds in end {
        let ran = splitbrain(&["run", HAPPY_PATH, "--seeds", seeds]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("--seed 18446744073709551614\n"), "{}", ran.out);
    }
    for seed in ["18446744073709551615", "0xffffffffffffffff"] {
        assert_eq!(splitbrain(&["run", HAPPY_PATH, "--seed", seed]).code, 0);
    }
}

/// Every number whose name ends in `_ns` is a whole one; calls `seen` with each.
fn each_time<'v>(value: &'v Value, seen: &mut impl FnMut(&str, &'v Value)) {
    match value {
        Value::Object(keys) => keys.iter().for_each(|(key, value)| {
            if key.ends_with("_ns") && !value.is_object() {
                seen(key, value);
            }
            each_time(value, seen);
        }),
        Value::Array(items) => items.iter().for_each(|item| each_time(item, seen)),
        _ => {}
    }
}

#[test]
fn json_has_seeds_as_strings_and_times_in_nanoseconds() {
    let ran = splitbrain(&["run", LEADER_CRASH, "--seed", "18446744073709551615", "--json"]);
    let json = ran.json();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(json["seed"], "18446744073709551615");
    assert_eq!(json["verdict"]["kind"], "pass");
    assert!(json["repeat"].as_str().unwrap().ends_with("--seed 18446744073709551615"));
    let mut names = Vec::new();
    each_time(&json, &mut |name, time| {
        assert!(time.is_u64(), "{name}: {time}");
        names.push(name.to_owned());
    });
    assert!(
        ["time_ns", "settled_ns", "longest_gap_ns"].iter().all(|name| names.iter().any(|n| n == name)),
        "{names:?}"
    );
    assert!(json["clients"]["latency_ns"]["p99"].is_u64());
    let violated = splitbrain(&["run", VOTE_NOT_PERSISTED, "--json"]).json();
    assert!(violated["ending"]["violated"]["time_ns"].is_u64(), "{violated}");
}

#[test]
fn out_writes_four_files_and_the_schedule_is_the_same_run() {
    let out = folder("out");
    let ran = splitbrain(&["run", LEADER_CRASH, "--seed", "7", "--out", out.to_str().unwrap()]);
    let inside = out.join("raft/leader-crash/7");
    assert_eq!((ran.code, ran.err.as_str()), (0, format!("written to {}\n", inside.display()).as_str()));
    assert_eq!(ran.out, splitbrain(&["run", LEADER_CRASH, "--seed", "7"]).out, "recording changes nothing");
    let mut names: Vec<_> = std::fs::read_dir(&inside).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["history.jsonl", "schedule.json", "trace.txt", "verdict.json"]);
    let read = |name: &str| std::fs::read_to_string(inside.join(name)).unwrap();
    assert_eq!(read("verdict.json"), splitbrain(&["run", LEADER_CRASH, "--seed", "7", "--json"]).out);
    assert!(read("trace.txt").starts_with("       time      step  node\n"));
    assert!(read("history.jsonl").lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let played = splitbrain(&["run", inside.join("schedule.json").to_str().unwrap()]);
    assert_eq!((played.code, played.value("digest")), (0, ran.value("digest")), "{}", played.out);
}

#[test]
fn results_never_leave_the_folder_for_them() {
    let root = folder("escape");
    std::fs::create_dir_all(root.join("scenarios")).unwrap();
    std::fs::write(root.join("outside.json"), raft("\"seed\": 1")).unwrap();
    let path = root.join("scenarios/../outside.json");
    let out = root.join("a/b/out");
    let ran = splitbrain(&["run", "-q", path.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "nothing is said with --quiet");
    assert!(out.join("outside/1/verdict.json").exists());
}

#[test]
fn what_must_be_reached_and_is_not_is_vacuous() {
    let ran = splitbrain(&["run", HAPPY_PATH, "--set", "expect.reaches=[\"Elected x9\"]"]);
    assert_eq!((ran.code, ran.value("verdict")), (5, "vacuous"));
    assert!(ran.out.contains("Elected should be seen 9 times, and was 1"), "{}", ran.out);
}

/// Votes take longer than the election timeout, so that no candidate ever hears of them in time.
#[test]
fn a_run_that_never_ends_its_operations_is_stalled() {
    let path = file("stalled", raft(r#""network": { "latency": { "constant": "1s" } }, "run": { "for": "2s" }"#));
    let ran = splitbrain(&["run", &path]);
    assert_eq!((ran.code, ran.value("verdict")), (3, "stalled"), "{}", ran.out);
    assert!(
        ran.out.contains("c1 waits for `") && ran.out.contains("n1: candidate of t228, waits for votes from n2, n3"),
        "{}",
        ran.out
    );
    assert!(ran.value("ran").starts_with("2s, then not settled after "), "{}", ran.out);
}

/// What the README shows of a search is what the search prints.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let shown = readme.split("```console\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let printed = splitbrain(&["explore", TWO_LEADERS]).out;
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some(format!("$ splitbrain explore {TWO_LEADERS}").as_str()));
    assert_eq!(lines.next(), Some("..."));
    let rest: Vec<&str> = lines.collect();
    assert!(rest.len() > 8 && printed.contains(&rest.join("\n")), "{printed}");
}

#[test]
fn a_run_that_takes_too_much_is_given_up_as_undecided() {
    let ran = splitbrain(&["run", HAPPY_PATH, "--set", "run.events=1000"]);
    assert_eq!((ran.code, ran.value("verdict")), (4, "undecided"), "{}", ran.out);
    assert!(ran.out.contains("given up after 1000 events"), "{}", ran.out);
}

#[test]
fn a_trace_tells_what_changed_and_its_schedule_is_the_same_run() {
    let ran = splitbrain(&["trace", LEADER_CRASH, "--seed", "42"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.lines().any(|line| line.trim_start().ends_with("follower t0 -> candidate t1")));
    for path in [LEADER_CRASH, VOTE_NOT_PERSISTED] {
        let digest = splitbrain(&["run", path, "--seed", "3"]).value("digest").to_owned();
        let schedule = splitbrain(&["trace", path, "--seed", "3", "--format", "schedule"]);
        let played = splitbrain(&["run", &file("schedule", schedule.out)]);
        assert_eq!((played.code, played.value("digest")), (0, digest.as_str()), "{}", played.out);
    }
}

#[test]
fn exploration_finds_the_bug_and_a_scenario_that_plays_it() {
    let found = folder("explore").join("found.json");
    let small = ["explore", VOTE_NOT_PERSISTED, "--set", "nodes=3"];
    let ran = splitbrain(&[&small[..], &["--out", found.to_str().unwrap()]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(ran.value("verdict"), "pass: durable-before-send is violated, as expected");
    let played = splitbrain(&["run", found.to_str().unwrap()]);
    assert_eq!((played.code, played.value("verdict")), (0, "pass"), "{}", played.out);
    let undecided = splitbrain(&[&small[..], &["--states", "5"]].concat());
    assert_eq!((undecided.code, undecided.value("verdict")), (4, "undecided"), "{}", undecided.out);
    let correct = splitbrain(&["explore", HAPPY_PATH, "--out", folder("none").join("x.json").to_str().unwrap()]);
    assert_eq!(correct.value("verdict"), "pass: no violation within the horizon");
    assert!(correct.code == 0 && correct.err.ends_with("is not written: there is no violation to play\n"));
}
