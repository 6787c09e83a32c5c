//! A transaction that touches every site, and a coordinator that crashes at each point of it: who waits, and for how
//! long. Theory says of two-phase commit that sites wait for the coordinator exactly where all have voted yes and none
//! has heard the decision (Bernstein, Hadzilacos & Goodman 1987, section 7.4), and of three-phase commit that they
//! never do (section 7.5).

use splitbrain::engine::summary::Ending;
use splitbrain::node::Nanos;
use splitbrain::registry::{built_in, find};
use splitbrain::scenario::Scenario;

/// How long the coordinator is down.
const DOWN: Nanos = Nanos::from_secs(2);
/// Messages take this long, and syncs no time.
const DELAY: Nanos = Nanos::from_millis(5);

/// One line of the table.
struct Row {
    /// Where the coordinator crashes: `after send 3`.
    point: String,
    /// How long sites were in doubt; none where none ever was.
    longest: Option<Nanos>,
}

impl Row {
    /// Whether somebody waited until the coordinator was back.
    fn blocked(&self) -> bool {
        self.longest.is_some_and(|longest| longest + DELAY * 10 > DOWN)
    }
}

/// Crashes `coordinator` after each of its first messages and records, counted from the moment at which the transaction
/// begins, in a cluster of `protocol` with `nodes` nodes, `sites` of them or as many groups hold the keys.
fn crash_points(protocol: &str, nodes: u32, sites: u32, coordinator: &str, sends: u32, writes: u32) -> Vec<Row> {
    let points = (1..=writes).map(|n| ("write", n)).chain((1..=sends).map(|n| ("send", n)));
    let row = |(kind, number): (&str, u32)| {
        let text = format!(
            r#"{{
            "about": "the coordinator crashes within one transaction", "protocol": "{protocol}", "nodes": {nodes},
            "network": {{ "latency": {{ "constant": "{DELAY}" }} }},
            "faults": [ {{ "crash": {{ "at": "0s", "target": "{coordinator}", "inside": {{ "after-{kind}s": {number} }},
                "for": "{DOWN}" }} }} ],
            "workload": {{ "clients": 1, "operations": 1, "keys": {sites}, "mix": {{ "audit": 1 }} }},
            "run": {{ "for": "5s" }} }}"#
        );
        let scenario = Scenario::parse(&text, "crash-points", &[]).unwrap_or_else(|error| panic!("{error}"));
        let ready = find(&built_in(), &scenario).unwrap().load(scenario.clone()).unwrap_or_else(|e| panic!("{e}"));
        let summary = ready.run(1, false).summary;
        assert_eq!(summary.ending, Ending::Completed, "{protocol}, after {kind} {number}");
        assert_eq!(summary.faults[0].effective, 1, "{protocol} never comes to {kind} {number}");
        let longest = summary.doubts.and_then(|doubts| doubts.longest());
        Row { point: format!("after {kind} {number}"), longest }
    };
    points.map(row).collect()
}

/// Prints, with `--nocapture`: the point, whether sites are blocked, and for how long.
fn show(protocol: &str, rows: &[Row]) {
    for Row { point, longest } in rows {
        let longest = longest.map_or("nobody in doubt".to_owned(), Nanos::rounded);
        let blocked = rows.iter().find(|row| row.point == *point).is_some_and(Row::blocked);
        println!("| {protocol} | {point} | {} | {longest} |", if blocked { "blocked" } else { "decided" });
    }
}

/// Three sites: the coordinator sends three times `Prepare`, and three times the commit, which is its first record.
#[test]
fn two_phase_commit_blocks_exactly_while_all_are_in_doubt() {
    let rows = crash_points("two-phase-commit", 4, 3, "n1", 6, 1);
    show("two-phase-commit", &rows);
    let blocked: Vec<&str> = rows.iter().filter(|row| row.blocked()).map(|row| row.point.as_str()).collect();
    assert_eq!(blocked, ["after write 1", "after send 3"]);
    let config_timeout = Nanos::from_millis(150);
    for row in &rows {
        let longest = row.longest.expect("every site that is asked prepares");
        // Who is blocked asks again and again: it hears within a question and its answer after the coordinator is back.
        let bound = if row.blocked() { DOWN + config_timeout } else { config_timeout } + DELAY * 4;
        assert!(longest <= bound, "{}: {longest}", row.point);
    }
}

/// Three times `Prepare`, `PreCommit` and the commit; a record before the second and one before the third.
#[test]
fn three_phase_commit_never_blocks() {
    let rows = crash_points("three-phase-commit", 4, 3, "n1", 9, 2);
    show("three-phase-commit", &rows);
    assert!(rows.iter().all(|row| !row.blocked()));
    // A vote and a wait for answers, then a round: nobody but the coordinator has failed, so all answer at once.
    let (vote_timeout, timeout) = (Nanos::from_millis(100), Nanos::from_millis(150));
    for row in &rows {
        let longest = row.longest.expect("every site that is asked prepares");
        assert!(longest <= vote_timeout + timeout * 2 + DELAY * 10, "{}: {longest}", row.point);
    }
}

/// Whoever crashes, after whatever it does: in the end everything is decided, and all the money is there.
#[test]
fn a_crash_after_any_effect_of_any_node_is_survived() {
    for protocol in ["two-phase-commit", "three-phase-commit"] {
        for node in ["n1", "n2", "n3"] {
            let survived = (1..).take_while(|number| {
                let text = format!(
                    r#"{{ "about": "{node} crashes after effect {number}", "protocol": "{protocol}", "nodes": 3,
                    "network": {{ "latency": {{ "uniform": ["1ms", "9ms"] }} }}, "disk": {{ "sync": "2ms" }},
                    "faults": [ {{ "crash": {{ "at": "0s", "target": "{node}", "for": "300ms",
                        "inside": {{ "after-effects": {number} }} }} }} ],
                    "workload": {{ "clients": 2, "operations": 6, "keys": 2, "mix": {{ "transfer": 2, "audit": 1 }} }},
                    "run": {{ "for": "3s" }} }}"#
                );
                let scenario = Scenario::parse(&text, "effects", &[]).unwrap();
                let ready = find(&built_in(), &scenario).unwrap().load(scenario.clone()).unwrap();
                let summary = ready.run(*number, false).summary;
                assert_eq!(summary.ending, Ending::Completed, "{protocol}: {node} after effect {number}");
                summary.faults[0].effective > 0
            });
            let survived = survived.count();
            assert!(survived >= 20, "{protocol}: {node} crashed at {survived} points only");
        }
    }
}

/// Without cooperation a site waits for the coordinator wherever it is in doubt.
#[test]
fn without_cooperation_more_points_block() {
    let text = |cooperative: bool| {
        format!(
            r#"{{
            "about": "one of three sites has heard of the commit", "protocol": "two-phase-commit", "nodes": 4,
            "config": {{ "cooperative": {cooperative} }}, "network": {{ "latency": {{ "constant": "{DELAY}" }} }},
            "faults": [ {{ "crash": {{ "at": "0s", "target": "n1", "for": "{DOWN}",
                "inside": {{ "after-sends": 4 }} }} }} ],
            "workload": {{ "clients": 1, "operations": 1, "keys": 3, "mix": {{ "audit": 1 }} }} }}"#
        )
    };
    let longest = |cooperative| {
        let scenario = Scenario::parse(&text(cooperative), "cooperation", &[]).unwrap();
        let ready = find(&built_in(), &scenario).unwrap().load(scenario.clone()).unwrap();
        ready.run(1, false).summary.doubts.and_then(|doubts| doubts.longest()).unwrap()
    };
    assert!(longest(true) < Nanos::from_millis(200) && longest(false) > Nanos::from_millis(1900));
}

/// Where nothing is lost or overtaken, nobody crashes and nobody is in the way, everything commits: an abort has a
/// cause.
#[test]
fn nothing_aborts_without_a_cause() {
    for protocol in ["two-phase-commit", "three-phase-commit"] {
        let text = format!(
            r#"{{ "about": "one client after another", "protocol": "{protocol}", "nodes": 5,
            "network": {{ "order": "fifo" }},
            "workload": {{ "clients": 1, "operations": 200,
                "mix": {{ "update": 1, "read": 1, "audit": 1, "walk": 1 }} }},
            "run": {{ "for": "30s" }} }}"#
        );
        let scenario = Scenario::parse(&text, "calm", &[]).unwrap();
        let ready = find(&built_in(), &scenario).unwrap().load(scenario.clone()).unwrap();
        for seed in 0..3 {
            let summary = ready.run(seed, false).summary;
            let seen = |name: &str| summary.reached.iter().find(|(fact, _)| *fact == name).unwrap().1;
            assert_eq!(summary.ending, Ending::Completed);
            assert!(summary.clients.done >= 200, "{}", summary.clients.done);
            assert_eq!((seen("TimedOut"), seen("VotedNo"), seen("InDoubt")), (0, 0, 0), "{protocol} seed {seed}");
            assert_eq!(seen("Decided"), seen("Began"));
        }
    }
}
