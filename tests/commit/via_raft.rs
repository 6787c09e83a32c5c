//! A coordinator and sites that are Raft groups: whoever crashes, wherever it does, nobody waits until it is back.

use splitbrain::engine::summary::{Ending, Summary};
use splitbrain::node::Nanos;
use splitbrain::registry::{built_in, find};
use splitbrain::scenario::Scenario;

fn run(text: &str, seed: u64) -> Summary {
    let scenario = Scenario::parse(text, "via-raft", &[]).unwrap_or_else(|error| panic!("{error}"));
    let ready = find(&built_in(), &scenario).unwrap().load(scenario.clone()).unwrap_or_else(|e| panic!("{e}"));
    ready.run(seed, false).summary
}

fn seen(summary: &Summary, name: &str) -> u64 {
    summary.reached.iter().find(|(fact, _)| *fact == name).unwrap().1
}

/// Each node crashes after each of the effects that follow the beginning of a transaction. One of them leads the
/// coordinator, and some lead sites. Prints, with `--nocapture`, the longest doubt of each node's crashes.
#[test]
fn no_crash_of_any_member_blocks() {
    let down = Nanos::from_secs(3);
    for node in ["n1", "n2", "n3"] {
        let mut longest = Nanos::ZERO;
        for effect in 1..=30 {
            let text = format!(
                r#"{{ "about": "{node} crashes after effect {effect}", "protocol": "replicated-commit", "nodes": 3,
                "config": {{ "via": "raft" }}, "network": {{ "latency": {{ "uniform": ["1ms", "9ms"] }} }},
                "faults": [ {{ "crash": {{ "when": "Began x2", "target": "{node}",
                    "inside": {{ "after-effects": {effect} }}, "for": "{down}" }} }} ],
                "workload": {{ "clients": 2, "operations": 6, "keys": 3, "mix": {{ "transfer": 2, "audit": 1 }} }},
                "run": {{ "for": "8s" }} }}"#
            );
            let summary = run(&text, effect);
            assert_eq!(summary.ending, Ending::Completed, "{node} after effect {effect}");
            assert_eq!(summary.faults[0].effective, 1, "{node} never comes to effect {effect}");
            let doubt = summary.doubts.and_then(|doubts| doubts.longest()).unwrap_or(Nanos::ZERO);
            assert!(doubt < Nanos::from_millis(2500), "{node} after effect {effect}: {doubt}");
            longest = longest.max(doubt);
        }
        println!("{node}: {longest}");
    }
}

/// Where nothing is lost or overtaken, nobody crashes and nobody is in the way, everything commits.
#[test]
fn nothing_aborts_without_a_cause() {
    let text = r#"{ "about": "one client after another", "protocol": "replicated-commit", "nodes": 3,
        "config": { "via": "raft" }, "network": { "order": "fifo", "latency": { "constant": "2ms" } },
        "workload": { "clients": 1, "operations": 200, "mix": { "update": 1, "read": 1, "audit": 1, "walk": 1 } },
        "run": { "for": "30s" } }"#;
    for seed in 0..3 {
        let summary = run(text, seed);
        assert_eq!(summary.ending, Ending::Completed);
        assert!(summary.clients.done >= 200, "{}", summary.clients.done);
        let unwanted = ["TimedOut", "VotedNo", "InDoubt"].map(|name| seen(&summary, name));
        assert_eq!(unwanted, [0, 0, 0], "seed {seed}");
    }
}
