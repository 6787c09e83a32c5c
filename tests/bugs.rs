//! Every planted bug is caught by the named check, from three disjoint blocks of seeds, and without it the protocol is
//! not accused.

mod common;

use common::{load, scenario_files};
use splitbrain::engine::summary::Ending;
use splitbrain::registry::{built_in, find};
use splitbrain::scenario::{Expect, Scenario, VerdictKind};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the three blocks of seeds begin, and how many seeds each has.
const BLOCKS: [u64; 3] = [0, 1_000_000, 2_000_000_000];
const BLOCK: u64 = 400;

fn bug_scenarios() -> Vec<PathBuf> {
    scenario_files().into_iter().filter(|path| path.components().any(|part| part.as_os_str() == "bugs")).collect()
}

/// The check that a bug's scenario says must catch it: an invariant, a bound, or that the run comes to its end.
fn catcher(expect: &Expect) -> Option<String> {
    expect.violates.clone().or(expect.stalls.as_ref().map(|_| "stalls".to_owned()))
}

/// The seeds needed from the beginning of each block. Never another check first: that would be a finding about the
/// checks.
fn seeds_needed(path: &Path) -> Vec<u64> {
    let entries = built_in();
    let (scenario, ready) = load(&entries, path);
    let hunt = |start: u64| {
        let found = (start..start + BLOCK).find(|seed| {
            let verdict = ready.run(*seed, false).verdict;
            let missing = verdict.unmet == Some("violates") || verdict.unmet == Some("stalls");
            let fine = matches!(verdict.kind, VerdictKind::Pass | VerdictKind::Vacuous) || missing;
            assert!(fine, "{} seed {seed}: {:?}", scenario.id, verdict.reasons);
            verdict.kind == VerdictKind::Pass
        });
        let found = found.unwrap_or_else(|| panic!("{}: not found in {start}..{}", scenario.id, start + BLOCK));
        found - start + 1
    };
    BLOCKS.into_iter().map(hunt).collect()
}

/// Prints, with `--nocapture`, a table: the scenario, the check, the seeds needed.
#[test]
fn every_bug_is_found_by_its_check_from_three_blocks_of_seeds() {
    let mut caught = BTreeSet::new();
    for path in bug_scenarios() {
        let scenario = Scenario::read(&path, &[]).unwrap();
        let catcher = catcher(&scenario.file.expect).expect("a bug's scenario says what catches it");
        let seeds = seeds_needed(&path);
        println!("| {} | {catcher} | {} | {} | {} |", scenario.id, seeds[0], seeds[1], seeds[2]);
        for bug in scenario.file.config["bugs"].as_array().expect("a bug's scenario switches it on") {
            let bug = bug.as_str().unwrap().to_owned();
            caught.insert((scenario.file.protocol.clone(), bug, catcher.clone()));
        }
    }
    for entry in built_in() {
        for bug in entry.bugs {
            let (name, catcher) = (bug.name, bug.caught_by);
            let key = (entry.name.to_owned(), name.to_owned(), catcher.to_owned());
            assert!(caught.contains(&key), "no scenario expects {name} to be caught by {catcher}");
        }
    }
}

#[test]
fn without_the_bug_nobody_is_accused() {
    let entries = built_in();
    for path in bug_scenarios() {
        let scenario = Scenario::read(&path, &["config.bugs=[]".to_owned()]).unwrap();
        let ready = find(&entries, &scenario).unwrap().load(scenario.clone()).unwrap();
        for seed in 0..20 {
            let finished = ready.run(seed, false);
            // The violation or the stall that the scenario expects is missing, which is an expectation not met.
            assert_eq!(finished.verdict.kind, VerdictKind::Unmet, "{} seed {seed}", scenario.id);
            assert_eq!(finished.summary.ending, Ending::Completed, "{} seed {seed}", scenario.id);
        }
    }
}

/// The scenarios whose bug shows without any fault: on the ordinary way, or at a network that is slow anyway.
const NEEDS_NO_FAULT: &[&str] = &[
    // Voters that were left out are told nothing, and elect one of themselves by the configuration that they know.
    "raft/bugs/direct-switch",
    // Snapshots are sent again, overtaken and replayed on this network, whoever is cut off.
    "raft/bugs/old-snapshot-accepted",
    // Messages take as long as an election timeout there, so that several campaign in one term as it is.
    "raft/bugs/vote-cleared-on-step-down",
    // An acceptor has a vote on its disk before the site that sent it, which need not crash for that.
    "replicated-commit/bugs/vote-sent-first-not-prepared",
];

/// A bug that needs faults survives without them; else the faults in its scenario would be for show.
#[test]
fn a_bug_that_needs_faults_survives_without_them() {
    let entries = built_in();
    for path in bug_scenarios() {
        let plain = Scenario::read(&path, &[]).unwrap();
        if plain.file.faults.is_empty() || NEEDS_NO_FAULT.contains(&plain.id.as_str()) {
            continue;
        }
        let scenario = Scenario::read(&path, &["faults=[]".to_owned()]).unwrap();
        let ready = find(&entries, &scenario).unwrap().load(scenario.clone()).unwrap();
        for seed in 0..40 {
            let finished = ready.run(seed, false);
            assert_eq!(finished.verdict.kind, VerdictKind::Unmet, "{} seed {seed}", plain.id);
        }
    }
}
