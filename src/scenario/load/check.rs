//! What can be checked of a scenario without knowing its protocol.

use crate::engine::config::WorkloadConfig;
use crate::node::Nanos;
use crate::scenario::{Problem, ScenarioFile};
use std::collections::BTreeSet;

/// The most nodes a scenario may have.
const NODES_MAX: u32 = 10_000;
/// The most clients a scenario may have.
const CLIENTS_MAX: u32 = 10_000;
/// The most keys that may be in use at a time.
const KEYS_MAX: u32 = 1_000_000;

/// Everything that is wrong whatever the protocol.
pub(super) fn check(file: &ScenarioFile) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut bad = |key: &str, message: String| found.push(Problem::at(key, message));
    if file.nodes == 0 || file.nodes > NODES_MAX {
        bad("nodes", format!("a cluster of {} is not possible: 1 to {NODES_MAX} nodes are", file.nodes));
    }
    if file.seed.is_some() && file.seeds.is_some() {
        bad("seeds", "stands beside `seed`: a scenario has one of the two".to_owned());
    }
    if file.expect.holds.is_empty() {
        bad("expect.holds", "is empty: nothing would be checked; `all` stands for every invariant".to_owned());
    }
    let Some(schedule) = &file.schedule else {
        if file.run.length == Nanos::ZERO {
            bad("run.for", "0s is no run: it must be longer".to_owned());
        }
        names_of_faults(file, &mut found);
        check_workload(&file.workload, &mut found);
        return found;
    };
    if schedule.is_empty() {
        bad("schedule", "is empty: nothing would happen".to_owned());
    }
    for (key, given) in [("faults", !file.faults.is_empty()), ("plan", file.plan.is_some())] {
        if given {
            bad(key, "stands beside `schedule`, which says itself what goes wrong".to_owned());
        }
    }
    found
}

fn names_of_faults(file: &ScenarioFile, found: &mut Vec<Problem>) {
    let mut names = BTreeSet::new();
    for (place, fault) in file.faults.iter().enumerate() {
        if let Some(name) = fault.timing().name
            && !names.insert(name)
        {
            let key = format!("faults[{place}].{}.name", fault.kind());
            found.push(Problem::at(key, format!("`{name}` stands there twice: a name is of one fault")));
        }
    }
}

fn check_workload(workload: &WorkloadConfig, found: &mut Vec<Problem>) {
    let mut bad = |key: &str, message: String| found.push(Problem::at(format!("workload.{key}"), message));
    if workload.clients == 0 || workload.clients > CLIENTS_MAX {
        bad("clients", format!("{} clients are not possible: 1 to {CLIENTS_MAX} are", workload.clients));
    }
    if workload.keys == 0 {
        bad("keys", "no operation is possible without a key: at least 1 is needed".to_owned());
    }
    if workload.keys > KEYS_MAX {
        bad("keys", format!("{} keys are not possible: 1 to {KEYS_MAX} are", workload.keys));
    }
    if workload.operations == 0 {
        bad("operations", "0 operations would show nothing: at least 1 is needed".to_owned());
    }
    if workload.timeout == Nanos::ZERO || workload.deadline < workload.timeout {
        let (timeout, deadline) = (workload.timeout, workload.deadline);
        bad("timeout", format!("{timeout} is not possible: above 0s and up to the deadline, {deadline}"));
    }
    if workload.backoff.max == Nanos::ZERO {
        bad("backoff", "0s would ask again without end: it must be longer".to_owned());
    }
}
