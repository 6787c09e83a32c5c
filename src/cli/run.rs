//! `run`: one run, or several until the first failure.

use crate::cli::args::{RunArgs, ScenarioArgs};
use crate::cli::main::interrupted;
use crate::cli::output::{Failure, print, write_file};
use crate::engine::schedule;
use crate::registry::{Entry, find};
use crate::report::{json, run as text, trace};
use crate::scenario::{Finished, Runnable, Scenario, ScenarioFile, Seed, SeedRange, VerdictKind};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Reads a scenario and finds its protocol.
pub(in crate::cli) fn open<'e>(
    entries: &'e [Entry],
    args: &ScenarioArgs,
) -> Result<(&'e Entry, Scenario, Box<dyn Runnable>), Failure> {
    let scenario = Scenario::read(&args.scenario, &args.set)?;
    let entry = find(entries, &scenario)?;
    let ready = entry.load(scenario.clone())?;
    Ok((entry, scenario, ready))
}

pub(in crate::cli) fn run(entries: &[Entry], args: &RunArgs) -> Result<u8, Failure> {
    let (entry, scenario, ready) = open(entries, &args.scenario)?;
    let seeds = seeds(args, &scenario.file);
    let expects_violation = scenario.file.expect.violates.is_some();
    let several = seeds.end - seeds.start > 1;
    let record = args.out.is_some();
    for seed in seeds.clone() {
        if several && interrupted().load(Ordering::Relaxed) {
            return Ok(130);
        }
        // Said first, so that it is known even after a crash of ours.
        if !args.json && !several {
            print(&format!("{}\n\n", text::command("run", &scenario, seed)))?;
        }
        let finished = ready.run(seed, record);
        let last = seed + 1 == seeds.end;
        // Among several seeds the first that shows what is looked for is the one to see: a failure, or the violation
        // that the scenario expects.
        let found = match finished.verdict.kind {
            VerdictKind::Pass => expects_violation,
            VerdictKind::Violated => !(expects_violation && finished.shows_no_violation()),
            VerdictKind::Stalled | VerdictKind::Vacuous | VerdictKind::Unplayable => true,
        };
        if !several || found || last {
            if several && !args.json {
                print(&format!("{}\n\n", text::command("run", &scenario, seed)))?;
            }
            return show(entry, &scenario, seed, &finished, args, several.then_some(&seeds));
        }
    }
    unreachable!("a range of seeds is not empty")
}

fn seeds(args: &RunArgs, file: &ScenarioFile) -> std::ops::Range<u64> {
    let one = |seed: u64| seed..seed.saturating_add(1);
    match (&args.seed, &args.seeds, &file.seed, &file.seeds) {
        _ if file.schedule.is_some() => one(0),
        (Some(Seed(seed)), ..) => one(*seed),
        (None, Some(SeedRange(seeds)), ..) => seeds.clone(),
        (None, None, Some(Seed(seed)), _) => one(*seed),
        (None, None, None, Some(SeedRange(seeds))) => seeds.clone(),
        (None, None, None, None) => one(0),
    }
}

fn show(
    entry: &Entry,
    scenario: &Scenario,
    seed: u64,
    finished: &Finished,
    args: &RunArgs,
    seeds: Option<&std::ops::Range<u64>>,
) -> Result<u8, Failure> {
    let verdict = json::run(scenario, seed, finished);
    if let Some(folder) = &args.out {
        write_all(folder, scenario, seed, finished, &verdict)?;
    }
    if args.json {
        print(&format!("{verdict:#}\n"))?;
    } else {
        print(&text::text(entry, scenario, seed, finished))?;
        if let Some(seeds) = seeds {
            print(&format!("seeds      {} of {}..{} were run\n", seed - seeds.start + 1, seeds.start, seeds.end))?;
        }
    }
    Ok(finished.verdict.kind.exit_code())
}

fn write_all(
    folder: &Path,
    scenario: &Scenario,
    seed: u64,
    finished: &Finished,
    verdict: &serde_json::Value,
) -> Result<(), Failure> {
    let folder = folder.join(&scenario.id).join(seed.to_string());
    write_file(&folder.join("verdict.json"), &format!("{verdict:#}\n"))?;
    write_file(
        &folder.join("history.jsonl"),
        &finished.history.iter().map(|line| format!("{line}\n")).collect::<String>(),
    )?;
    if let Some(recording) = &finished.recording {
        write_file(&folder.join("trace.txt"), &trace::text(recording))?;
        write_file(&folder.join("schedule.json"), &as_schedule(scenario, seed, finished))?;
    }
    Ok(())
}

/// A scenario whose schedule is this very run: played, it has the same digest.
pub(in crate::cli) fn as_schedule(scenario: &Scenario, seed: u64, finished: &Finished) -> String {
    let file = &scenario.file;
    let recording = finished.recording.as_ref().expect("the run was recorded");
    let mut expect = file.expect.clone();
    expect.reaches.clear();
    let played = json!({
        "about": format!("The run of {} from seed {seed}, step by step. {}", scenario.id, file.about),
        "protocol": file.protocol,
        "nodes": file.nodes,
        "config": file.config,
        "disk": file.disk,
        "schedule": schedule::of_recording(recording, file.nodes),
        "expect": expect,
    });
    format!("{played:#}\n")
}
