//! `explore`: every interleaving of a small cluster.

use crate::cli::args::ExploreArgs;
use crate::cli::output::{Failure, print, write_file};
use crate::registry::{Entry, find};
use crate::report::explored::{counterexample, text};
use crate::scenario::Scenario;
use crate::search::explore::{Ended, Exploration, Limits};

pub(in crate::cli) fn run(entries: &[Entry], args: &ExploreArgs) -> Result<u8, Failure> {
    let scenario = Scenario::read_so_far(&args.scenario.scenario, &args.scenario.set)?;
    let entry = find(entries, &scenario)?;
    let limits = Limits {
        depth: args.depth,
        states: usize::try_from(args.states).unwrap_or(usize::MAX),
        crashes: args.crashes,
        requests: args.requests,
        horizon: args.horizon.clone(),
        bag: args.bag,
    };
    let cannot = || Failure::Bad(format!("{} cannot be searched: its nodes are not comparable", entry.name));
    let exploration = entry.explore(scenario.clone(), &limits).ok_or_else(cannot)?;
    let exploration = exploration?;
    print(&text(&scenario, &exploration))?;
    if let Some(path) = &args.out {
        match counterexample(&scenario, &exploration) {
            Some(found) => write_file(path, format!("{found:#}\n"))?,
            None => eprintln!("{} is not written: there is no violation to play", path.display()),
        }
    }
    let (code, verdict) = verdict(&exploration);
    print(&format!("\nverdict    {verdict}\n"))?;
    Ok(code)
}

/// The exit code and its reason. Nothing that was skipped ever exits 0.
fn verdict(exploration: &Exploration) -> (u8, String) {
    let report = &exploration.report;
    match (&report.violation, &exploration.expects) {
        (Some(found), Some(expected)) if found.invariant == *expected => {
            (0, format!("pass: {expected} is violated, as expected"))
        }
        (Some(found), _) => (1, format!("violated: {}", found.invariant)),
        (None, _) if matches!(report.ended, Ended::States | Ended::Choices) => (4, "undecided".to_owned()),
        (None, Some(expected)) => {
            (1, format!("violated: a violation of {expected} was expected, and there is none within the horizon"))
        }
        (None, None) if report.reached.is_empty() => {
            (5, "vacuous: no fact was reached; `--requests 1` lets a client ask".to_owned())
        }
        (None, None) => (0, "pass: no violation within the horizon".to_owned()),
    }
}
