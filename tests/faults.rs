//! Each kind of fault does to a two-node echo what it says, and is credited for it. The golden traces of the same runs
//! show it to a reader: `golden/faults/`.

#[path = "common/golden.rs"]
mod common;

use common::Golden;
use splitbrain::engine::fault::{Fault, Shape};
use splitbrain::registry::{built_in, find};
use splitbrain::scenario::{Finished, Scenario, VerdictKind};
use std::collections::BTreeSet;
use std::path::Path;

/// The golden file, what its trace says through the fault, and what is said in its place without it.
const EFFECTS: &[(&str, &str, &str)] = &[
    ("crash", "0.030000000  n2 <x n1 Heard#1: the node is down", "0.040000000  c1#1 is done: 1"),
    ("crash-restart-at-once", "0.240000000  c1#1 is done: 1", "0.040000000  c1#1 is done: 1"),
    ("crash-inside-a-step", "0.140000000  c1#1 is done: 1", "0.040000000  c1#1 is done: 1"),
    ("crash-in-recovery", "0.120000000  n1 crashes", "0.040000000  c1#1 is done: 1"),
    ("crash-loses-unsynced", "0.025000000  n1 crashes and loses 1 unsynced record", "0.060000000  c1#1 is done: 1"),
    (
        "crash-keeps-a-part",
        "0.025000000  n1 crashes and finds 1 unsynced record on its disk all the same",
        "0.060000000  c1#1 is done: 1",
    ),
    (
        "crash-tears-a-record",
        "0.025000000  n1 crashes and loses 1 unsynced record, half written",
        "0.060000000  c1#1 is done: 1",
    ),
    ("pause", "0.045000000  n1 <- n2 Say#1 { request: c1#1, word: 1 }", "0.040000000  c1#1 is done: 1"),
    ("slow", "0.080000000  c2#1 is done: 2", "0.040000000  c2#1 is done: 2"),
    ("partition", "0.020000000  n1 <x n2 Say#1: the link is cut", "0.040000000  c1#1 is done: 1"),
    ("partition-one-way", "n1 -> n2 Heard#1 { request: c1#1 } (cut off)", "0.040000000  c1#1 is done: 1"),
    ("partition-swizzle", "0.050000000  links healed: n3 -> n1,n2", "0.040000000  c1#1 is done: 1"),
    ("hold", "0.045000000  n1 <- n2 Say#1 { request: c1#1, word: 1 }", "0.040000000  c1#1 is done: 1"),
    ("degrade-latency", "0.050000000  n1 <- n2 Say#1 { request: c1#1, word: 1 }", "0.040000000  c1#1 is done: 1"),
    ("degrade-loss", "n2 -> n1 Say#1 { request: c1#1, word: 1 } (lost)", "0.040000000  c1#1 is done: 1"),
    ("degrade-corruption", "n2 -> n1 Say#1 { request: c1#1, word: 1 } (corrupted)", "0.040000000  c1#1 is done: 1"),
    ("degrade-duplication", "0.030000000  n2 <- n1 Heard#2 { request: c1#1 }", "0.320000000  n1 <- n2 Say#2"),
    ("degrade-replay", "0.170000000  n1 <- n2 Say#1 { request: c1#1, word: 1 }", "0.320000000  n1 <- n2 Say#2"),
    ("degrade-straggle", "0.080000000  n1 <- n2 Say#1 { request: c1#1, word: 1 }", "0.040000000  c1#1 is done: 1"),
    ("degrade-bandwidth", "0.084000000  n1 <- n2 Say#2", "0.020000000  n1 <- n2 Say#2"),
    ("degrade-queue", "(dropped: the link's queue is full)", "0.020000000  n1 <- n2 Say#2"),
    ("disk-stall", "0.056000000  n1 disk has synced up to record 1", "0.021000000  n1 disk has synced up to record 1"),
    ("disk-slow", "0.070000000  n1 disk has synced up to record 1", "0.021000000  n1 disk has synced up to record 1"),
    ("disk-full", "0.056000000  n1 disk has synced up to record 1", "0.021000000  n1 disk has synced up to record 1"),
    ("disk-lie", "n1 crashes and loses 1 record that its disk had claimed", "n1 disk has synced up to record 2"),
    (
        "disk-corrupt",
        "n1 finds record 1 of its disk damaged, and recovers without it",
        "n1 disk has synced up to record 2",
    ),
    ("clock-jump", "0.060000000  n2 repeat(c1#1) timer fires", "0.040000000  c1#1 is done: 1"),
    ("clock-offset", "0.130000000  n2 repeat(c1#1) timer fires", "0.040000000  c1#1 is done: 1"),
    ("clock-drift", "0.076666667  n2 repeat(c1#1) timer fires", "0.040000000  c1#1 is done: 1"),
    ("clock-strobe", "0.050000000  n2 repeat(c1#1) timer fires", "0.040000000  c1#1 is done: 1"),
    ("clock-freeze", "0.170000000  n2 repeat(c1#1) timer fires", "0.040000000  c1#1 is done: 1"),
    ("when-a-fact-is-seen", "0.026000000  n2 crashes", "0.041000000  c1#1 is done: 1"),
    ("whenever-a-fact-is-seen", "0.170000000  n2 <x n1 Heard#3: the link is cut", "0.080000000  c1#2 is done: 2"),
];

/// A trace's lines without columns: time, two spaces, what happens.
fn lines(finished: &Finished) -> Vec<String> {
    let text = Golden::text(finished);
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.split_first() {
            Some((time, [_step, rest @ ..])) if time.len() == 11 && time.starts_with("0.") => {
                format!("{time}  {}", rest.join(" "))
            }
            _ => words.join(" "),
        }
    };
    text.lines().map(line).collect()
}

fn says(lines: &[String], text: &str) -> bool {
    lines.iter().any(|line| line.contains(text))
}

fn golden(name: &str) -> Golden {
    let path = Golden::files().into_iter().find(|path| path.ends_with(format!("faults/{name}.txt")));
    Golden::read(&path.unwrap_or_else(|| panic!("there is no golden/faults/{name}.txt")))
}

#[test]
fn every_fault_does_what_it_says_and_is_credited() {
    for (name, through, without) in EFFECTS {
        let golden = golden(name);
        let (hit, spared) = (golden.run(&[]), golden.run(&["faults=[]"]));
        let (hit_lines, spared_lines) = (lines(&hit), lines(&spared));
        assert!(says(&hit_lines, through) && !says(&spared_lines, through), "{name}: through the fault: {through}");
        assert!(says(&spared_lines, without), "{name}: without the fault: {without}\n{}", spared_lines.join("\n"));
        assert_ne!(hit.summary.digest, spared.summary.digest, "{name}");
        for fault in &hit.summary.faults {
            let counts = (fault.scheduled, fault.applied, fault.effective);
            assert!(
                counts.0 > 0 && counts.0 == counts.1 && counts.1 == counts.2,
                "{name}: {}: {counts:?}",
                fault.fault
            );
        }
    }
}

#[test]
fn no_kind_of_fault_is_without_its_trace() {
    let shown: BTreeSet<&str> = EFFECTS.iter().map(|(name, ..)| *name).collect();
    let files = Golden::files().into_iter().filter(|path| path.parent().unwrap().ends_with("faults"));
    let names: BTreeSet<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(shown, names.iter().map(String::as_str).collect(), "every trace has its effect tested");
    for (kind, ..) in Fault::KINDS {
        assert!(names.iter().any(|name| name.starts_with(kind)), "no golden/faults/{kind}*.txt shows {kind}");
    }
    for change in ["jump", "offset", "drift", "strobe", "freeze"] {
        assert!(names.contains(&format!("clock-{change}")), "{change}");
    }
    for change in ["latency", "loss", "corruption", "duplication", "replay", "straggle", "bandwidth", "queue"] {
        assert!(names.contains(&format!("degrade-{change}")), "{change}");
    }
}

/// Every shape of a partition cuts something that two or more nodes say to each other.
#[test]
fn every_shape_has_an_effect() {
    let base = golden("partition");
    for (word, _) in Shape::words() {
        let shape = match *word {
            "isolate" | "one-way-in" | "one-way-out" => format!(r#"{{ "{word}": "n1" }}"#),
            "groups" => r#"{ "groups": [["n1", "n2"], ["n3"]] }"#.to_owned(),
            "links" => r#"{ "links": [{ "from": ["n1", "n3"], "to": ["n2"] }] }"#.to_owned(),
            simple => format!("{simple:?}"),
        };
        let fault = format!(r#"faults=[{{ "partition": {{ "at": "0s", "shape": {shape}, "for": "250ms" }} }}]"#);
        let finished = base.run(&["nodes=5", "workload.clients=10", "workload.operations=10", &fault]);
        let counts = &finished.summary.faults[0];
        assert_eq!((counts.applied, counts.effective), (1, 1), "{word}");
        assert!(finished.summary.traffic.cut > 0, "{word}");
    }
}

/// The places of a crash inside a step are enumerated, not only drawn: after the first effect of a run, the second, and
/// so on, at each node, with syncs that take time and without, for every way in which unsynced records can end.
#[test]
fn a_crash_after_any_effect_is_survived() {
    let happy = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/raft/happy-path.json");
    let entries = built_in();
    let mut hit = 0;
    for (sync, unsynced) in [("0s", "lost"), ("2ms", "lost"), ("2ms", "torn")] {
        for place in 1.. {
            let mut reached = false;
            for node in ["n1", "n2", "n3"] {
                let inside = format!(r#""inside": {{ "after-effects": {place} }}, "unsynced": "{unsynced}""#);
                let fault = format!(r#"{{ "crash": {{ "at": "0s", "target": "{node}", {inside}, "for": "30ms" }} }}"#);
                let changes = [
                    "workload.operations=8".to_owned(),
                    "run.for=600ms".to_owned(),
                    format!("disk.sync={sync}"),
                    format!("faults=[{fault}]"),
                    "expect.reaches=[\"Elected\"]".to_owned(),
                ];
                let scenario = Scenario::read(&happy, &changes).unwrap();
                let ready = find(&entries, &scenario).unwrap().load(scenario).unwrap();
                let finished = ready.run(1, false);
                let verdict = &finished.verdict;
                assert_eq!(verdict.kind, VerdictKind::Pass, "{node} after effect {place}: {:?}", verdict.reasons);
                reached |= finished.summary.faults[0].effective > 0;
                hit += finished.summary.faults[0].effective;
            }
            if !reached {
                break;
            }
        }
    }
    assert!(hit > 500, "only {hit} places were reached");
}
