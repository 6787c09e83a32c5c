//! Every scenario meets its own expectations, reaches what it names, and completes at least 90 % of its operations.

mod common;

use common::{load, scenario_files};
use splitbrain::registry::built_in;
use splitbrain::scenario::VerdictKind;

/// From a few seeds each; a sweep over many is `.ci/run`'s and the nightly's business.
const SEEDS: u64 = 12;

#[test]
fn correct_scenarios_pass_from_every_seed() {
    let entries = built_in();
    let mut correct = 0;
    for path in scenario_files() {
        let (scenario, ready) = load(&entries, &path);
        // A bug's scenario may expect that nothing gets done.
        let of_a_bug = scenario.id.contains("/bugs/");
        if of_a_bug || scenario.file.expect.violates.is_some() {
            continue;
        }
        correct += 1;
        let (mut begun, mut done) = (0, 0);
        for seed in 0..SEEDS {
            let finished = ready.run(seed, false);
            let verdict = &finished.verdict;
            assert_eq!(verdict.kind, VerdictKind::Pass, "{} seed {seed}: {:?}", scenario.id, verdict.reasons);
            begun += finished.summary.clients.begun;
            done += finished.summary.clients.done;
        }
        assert!(done * 10 >= begun * 9, "{}: only {done} of {begun} operations are done", scenario.id);
    }
    assert!(correct >= 10, "only {correct} correct scenarios");
}

#[test]
fn every_declared_fault_has_an_effect() {
    let entries = built_in();
    for path in scenario_files() {
        let (scenario, ready) = load(&entries, &path);
        let declared = &ready.scenario().file.faults;
        let mut effective = vec![0; declared.len()];
        // What is in a share of the seeds only needs more of them to be seen.
        let rare = declared.iter().any(|fault| fault.timing().seeds.is_some());
        for seed in 0..if rare { SEEDS * 5 } else { SEEDS } {
            let faults = ready.run(seed, false).summary.faults;
            effective.iter_mut().zip(&faults).for_each(|(sum, fault)| *sum += fault.effective);
        }
        assert!(effective.iter().all(|count| *count > 0), "{}: {effective:?}", scenario.id);
    }
}

/// Each fault is counted as often as it changed something, and no more often than it took place.
#[test]
fn a_partition_of_a_silent_link_has_no_effect() {
    let entries = built_in();
    let text = r#"{
        "about": "n1 to n3 exchange nothing while the cut lasts", "protocol": "echo", "nodes": 3,
        "network": { "latency": { "constant": "1ms" } },
        "faults": [ { "partition": { "at": "5s", "shape": { "groups": [["n1"], ["n2", "n3"]] }, "for": "1s" } } ],
        "workload": { "clients": 1, "operations": 10 }, "run": { "for": "10s" }
    }"#;
    let scenario = splitbrain::scenario::Scenario::parse(text, "silent", &[]).unwrap();
    let ready = splitbrain::registry::find(&entries, &scenario).unwrap().load(scenario.clone()).unwrap();
    let summary = ready.run(1, false).summary;
    let fault = &summary.faults[0];
    assert_eq!((fault.scheduled, fault.applied, fault.effective), (1, 1, 0));
    assert_eq!(summary.traffic.cut, 0);
}

/// A reader wants to know where a scenario comes from.
#[test]
fn a_scenario_file_names_a_source() {
    let entries = built_in();
    for path in scenario_files() {
        let (scenario, _) = load(&entries, &path);
        let source = scenario.file.source.as_deref().unwrap_or_default();
        assert!(source.len() > 10, "{} names no source", scenario.id);
        assert!(scenario.file.about.len() > 30, "{} says too little about itself", scenario.id);
    }
}

/// The library's front door and the command line run the same.
#[test]
fn a_simulation_from_a_file_is_the_run_of_the_command_line() {
    use splitbrain::protocols::raft::Raft;
    use splitbrain::scenario::Simulation;
    let path = scenario_files().into_iter().find(|path| path.ends_with("raft/leader-crash.json")).unwrap();
    let run = Simulation::<Raft>::from_file(&path).unwrap().seed(7).run();
    let (_, ready) = load(&built_in(), &path);
    assert_eq!(run.verdict.kind, VerdictKind::Pass);
    assert_eq!(run.summary.digest, ready.run(7, false).summary.digest);
    assert!(run.history.len() > 100 && run.recording.is_none());
}
