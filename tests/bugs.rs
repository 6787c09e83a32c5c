//! Every planted bug is caught by the named check, from three disjoint blocks of seeds, and without it the protocol is
//! not accused.

mod common;

use common::{load, scenario_files};
use splitbrain::engine::summary::Ending;
use splitbrain::registry::{built_in, find};
use splitbrain::scenario::{Scenario, VerdictKind};
use std::collections::BTreeSet;

/// Where the three blocks of seeds begin, and how many seeds each has.
const BLOCKS: [u64; 3] = [0, 1_000_000, 2_000_000_000];
const BLOCK: u64 = 400;

fn bug_scenarios() -> Vec<std::path::PathBuf> {
    scenario_files().into_iter().filter(|path| path.components().any(|part| part.as_os_str() == "bugs")).collect()
}

#[test]
fn every_bug_is_found_by_its_check_from_three_blocks_of_seeds() {
    let entries = built_in();
    let mut expected_by_bug = BTreeSet::new();
    for path in bug_scenarios() {
        let (scenario, ready) = load(&entries, &path);
        let expected = scenario.file.expect.violates.clone().expect("a bug's scenario says what it violates");
        for start in BLOCKS {
            let found = (start..start + BLOCK).find(|seed| {
                let finished = ready.run(*seed, false);
                match finished.summary.ending {
                    Ending::Violated(violation) => {
                        // Never another check first: that would be a finding about the checks.
                        assert_eq!(violation.invariant, expected, "{} seed {seed}", scenario.id);
                        true
                    }
                    Ending::Completed => false,
                    other => panic!("{} seed {seed}: {other:?}", scenario.id),
                }
            });
            assert!(found.is_some(), "{}: not found in {start}..{}", scenario.id, start + BLOCK);
        }
        for bug in scenario.file.config["bugs"].as_array().expect("a bug's scenario switches it on") {
            let bug = bug.as_str().unwrap().to_owned();
            expected_by_bug.insert((scenario.file.protocol.clone(), bug, expected.clone()));
        }
    }
    for entry in entries {
        for bug in entry.bugs {
            let key = (entry.name.to_owned(), bug.name.to_owned(), bug.caught_by.to_owned());
            assert!(
                expected_by_bug.contains(&key),
                "no scenario expects {} to be caught by {}",
                bug.name,
                bug.caught_by
            );
        }
    }
}

#[test]
fn without_the_bug_nobody_is_accused() {
    let entries = built_in();
    for path in bug_scenarios() {
        let scenario = Scenario::read(&path, &["config.bugs=[]".to_owned()]).unwrap();
        let ready = find(&entries, &scenario).unwrap().load(scenario.clone()).unwrap();
        for seed in 0..30 {
            let finished = ready.run(seed, false);
            // The violation that the scenario expects is missing, which is an expectation not met.
            assert_eq!(finished.verdict.kind, VerdictKind::Unmet, "{} seed {seed}", scenario.id);
            assert!(finished.shows_no_violation(), "{} seed {seed}: {:?}", scenario.id, finished.verdict);
        }
    }
}

/// A bug that needs faults survives without them; else the faults in its scenario would be for show.
#[test]
fn a_bug_that_needs_faults_survives_without_them() {
    let entries = built_in();
    let path = bug_scenarios().into_iter().find(|path| path.ends_with("vote-not-persisted-two-leaders.json")).unwrap();
    let scenario = Scenario::read(&path, &["faults=[]".to_owned()]).unwrap();
    let ready = find(&entries, &scenario).unwrap().load(scenario.clone()).unwrap();
    assert!((0..100).all(|seed| ready.run(seed, false).shows_no_violation()));
}
