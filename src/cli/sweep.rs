//! `sweep`: many seeds, in parallel.

use crate::cli::args::{ScenarioArgs, SweepArgs};
use crate::cli::main::interrupted;
use crate::cli::output::{Failure, Progress, print};
use crate::cli::run::open;
use crate::registry::Entry;
use crate::report::{json::ENGINE, sweep as text, table::number};
use crate::scenario::{SeedRange, VerdictKind};
use crate::search::sweep::sweep;
use serde_json::json;
use std::sync::atomic::Ordering;

pub(in crate::cli) fn run(entries: &[Entry], args: &SweepArgs, quiet: bool) -> Result<u8, Failure> {
    let jobs = args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), |n| n as usize);
    // All scenarios are read before the first is run: an error in the last is not found after an hour.
    let open =
        |path: &std::path::PathBuf| open(entries, &ScenarioArgs { scenario: path.clone(), set: args.set.clone() });
    let ready = args.scenarios.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let mut worst = VerdictKind::Pass;
    for (place, (entry, scenario, ready)) in ready.iter().enumerate() {
        let file = &scenario.file;
        let SeedRange(seeds) = args.seeds.clone().or(file.seeds.clone()).unwrap_or(SeedRange(0..1000));
        let seeds = if file.schedule.is_some() { 0..1 } else { seeds };
        let total = seeds.end - seeds.start;
        let mut progress = Progress::new(quiet);
        let shown = |done| progress.say(&format!("{}: {} of {} seeds", scenario.id, number(done), number(total)));
        let report =
            sweep(ready.as_ref(), &file.expect, seeds, jobs, interrupted(), shown).map_err(Failure::Internal)?;
        progress.clear();
        if args.json {
            let line =
                json!({ "engine": ENGINE, "scenario": scenario.id, "overrides": scenario.overrides, "sweep": report });
            print(&format!("{line}\n"))?;
        } else {
            let gap = if place > 0 { "\n" } else { "" };
            print(&format!("{gap}{}", text::text(entry, scenario, &report)))?;
        }
        if report.verdict.badness() > worst.badness() {
            worst = report.verdict;
        }
        if interrupted().load(Ordering::Relaxed) {
            return Ok(130);
        }
    }
    Ok(worst.exit_code())
}
