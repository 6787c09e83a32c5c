//! `run`: one run, or several until the first failure.

use crate::cli::args::{RunArgs, ScenarioArgs};
use crate::cli::main::{doing, interrupted};
use crate::cli::output::{Failure, instead, print, write_file};
use crate::engine::schedule;
use crate::registry::{Entry, find};
use crate::report::{json, run as text, trace};
use crate::scenario::{Finished, Runnable, Scenario, ScenarioFile, Seed, SeedRange, VerdictKind};
use serde_json::json;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Reads a scenario and finds its protocol.
pub(in crate::cli) fn open<'e>(
    entries: &'e [Entry],
    args: &ScenarioArgs,
) -> Result<(&'e Entry, Scenario, Box<dyn Runnable>), Failure> {
    let read = || {
        let scenario = Scenario::read_so_far(&args.scenario, &args.set)?;
        let entry = find(entries, &scenario)?;
        let ready = entry.load(scenario)?;
        Ok((entry, ready.scenario().clone(), ready))
    };
    read().map_err(|error| {
        instead(&error, ("question", "protocol"), "an experiment", "chart").unwrap_or(Failure::Scenario(error))
    })
}

pub(in crate::cli) fn run(entries: &[Entry], args: &RunArgs, quiet: bool) -> Result<u8, Failure> {
    let (entry, scenario, ready) = open(entries, &args.scenario)?;
    no_seed_for_a_schedule(&scenario, args.seed.is_some() || args.seeds.is_some())?;
    let seeds = seeds(args, &scenario.file);
    let expects_violation = scenario.file.expect.violates.is_some();
    let (first, last) = (*seeds.start(), *seeds.end());
    let several = first < last;
    let record = args.out.is_some();
    for seed in seeds {
        if several && interrupted().load(Ordering::Relaxed) {
            // To standard error, because the results, which may be JSON, end here.
            eprintln!("interrupted: none of the seeds {first}..{seed} showed what is looked for");
            return Ok(130);
        }
        let command = text::command("run", &scenario, seed);
        // Said first, so that it is known even after a crash of ours.
        if !args.json && !several {
            print(&format!("{command}\n\n"))?;
        }
        doing(command.clone());
        let finished = ready.run(seed, record);
        // Among several seeds the first that shows what is looked for is the one to see: a failure, or the violation
        // that the scenario expects.
        let found = match finished.verdict.kind {
            VerdictKind::Pass => expects_violation,
            // A bug need not show in every seed; any other expectation must be met in each.
            VerdictKind::Unmet => finished.verdict.unmet != Some("violates"),
            VerdictKind::Violated
            | VerdictKind::Stalled
            | VerdictKind::Undecided
            | VerdictKind::Vacuous
            | VerdictKind::Unplayable => true,
        };
        if !several || found || seed == last {
            if several && !args.json {
                print(&format!("{command}\n\n"))?;
            }
            if let Some(folder) = &args.out {
                let folder = write_all(folder, &scenario, seed, &finished)?;
                if !quiet {
                    eprintln!("written to {}", folder.display());
                }
            }
            return show(entry, &scenario, seed, &finished, args.json, several.then_some((first, last)));
        }
    }
    unreachable!("a range of seeds is not empty")
}

/// A schedule leaves nothing to chance.
pub(in crate::cli) fn no_seed_for_a_schedule(scenario: &Scenario, given: bool) -> Result<(), Failure> {
    if given && scenario.file.schedule.is_some() {
        return Err(Failure::Bad(format!("{} is a schedule: it takes no seed", scenario.origin)));
    }
    Ok(())
}

/// The seeds to run, both ends included: the last of all seeds has none behind it.
fn seeds(args: &RunArgs, file: &ScenarioFile) -> RangeInclusive<u64> {
    let several = |seeds: &SeedRange| seeds.0.start..=seeds.0.end - 1;
    match (&args.seed, &args.seeds, &file.seed, &file.seeds) {
        _ if file.schedule.is_some() => 0..=0,
        (Some(Seed(seed)), ..) => *seed..=*seed,
        (None, Some(seeds), ..) => several(seeds),
        (None, None, Some(Seed(seed)), _) => *seed..=*seed,
        (None, None, None, Some(seeds)) => several(seeds),
        (None, None, None, None) => 0..=0,
    }
}

fn show(
    entry: &Entry,
    scenario: &Scenario,
    seed: u64,
    finished: &Finished,
    as_json: bool,
    seeds: Option<(u64, u64)>,
) -> Result<u8, Failure> {
    if as_json {
        print(&format!("{:#}\n", json::run(scenario, seed, finished)))?;
    } else {
        print(&text::text(entry, scenario, seed, finished, seeds))?;
    }
    Ok(finished.verdict.kind.exit_code())
}

/// Writes all files about a run, and says where.
fn write_all(folder: &Path, scenario: &Scenario, seed: u64, finished: &Finished) -> Result<PathBuf, Failure> {
    let folder = folder.join(&scenario.id).join(seed.to_string());
    write_file(&folder.join("verdict.json"), format!("{:#}\n", json::run(scenario, seed, finished)))?;
    let history: String = finished.history.iter().map(|line| format!("{line}\n")).collect();
    write_file(&folder.join("history.jsonl"), &history)?;
    if let Some(recording) = &finished.recording {
        write_file(&folder.join("trace.txt"), trace::text(recording))?;
        write_file(&folder.join("schedule.json"), as_schedule(scenario, seed, finished))?;
    }
    Ok(folder)
}

/// A scenario whose schedule is this very run: played, it has the same digest.
pub(in crate::cli) fn as_schedule(scenario: &Scenario, seed: u64, finished: &Finished) -> String {
    let recording = finished.recording.as_ref().expect("the run was recorded");
    let file = scenario.file.clone().played(schedule::of_recording(recording, scenario.file.nodes));
    let played = json!({
        "about": format!("The run of {} from seed {seed}, step by step. {}", scenario.id, file.about),
        "protocol": file.protocol,
        "nodes": file.nodes,
        "config": file.config,
        "disk": file.disk,
        "schedule": file.schedule,
        "expect": file.expect,
    });
    format!("{played:#}\n")
}
