//! `chart`: experiments, measured and drawn.

use crate::cli::args::ChartArgs;
use crate::cli::main::interrupted;
use crate::cli::output::{Failure, Progress, instead, print, write_file};
use crate::experiment::{ChartKind, Experiment, Finding, Kept, Measured, Unmeasured, drawn, judge, measure};
use crate::registry::Entry;
use crate::report::chart::{Files, of_measured, of_run};
use crate::report::{charted as text, table::number};
use crate::scenario::VerdictKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where `--all` looks.
const ALL: &str = "scenarios/charts";

pub(in crate::cli) fn run(entries: &[Entry], args: &ChartArgs, quiet: bool) -> Result<u8, Failure> {
    let jobs = args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), |n| n as usize);
    let paths = if args.all { all()? } else { args.experiments.clone() };
    let folder =
        args.out.clone().unwrap_or_else(|| PathBuf::from(if args.all { "output/gallery" } else { "output/charts" }));
    // All are read before the first is run: an error in the last is not found after an hour.
    let read = |path: &PathBuf| {
        let found = Experiment::read(entries, path, args.seeds.clone());
        found.map_err(|error| {
            instead(&error, ("protocol", "question"), "a scenario", "run").unwrap_or(Failure::Scenario(error))
        })
    };
    let experiments = paths.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut worst = 0;
    for (place, experiment) in experiments.iter().enumerate() {
        let (files, findings) = match one(experiment, &folder, jobs, quiet) {
            Ok(found) => found,
            Err(Unmeasured::Interrupted) => {
                eprintln!("interrupted: what was measured is kept, and the same command goes on from there");
                return Ok(130);
            }
            Err(Unmeasured::Failed(why)) => return Err(Failure::Internal(why)),
            Err(Unmeasured::Wrong(why)) => {
                eprintln!("error: {}: {why}", experiment.origin);
                worst = worst.max(VerdictKind::Violated.exit_code());
                continue;
            }
        };
        let written = write(experiment, &folder, &files)?;
        let gap = if place > 0 && !args.json { "\n" } else { "" };
        let shown = if args.json {
            text::json(experiment, &findings, &written)
        } else {
            text::text(experiment, &findings, &written)
        };
        print(&format!("{gap}{shown}"))?;
        if findings.iter().any(|finding| !finding.kept) {
            worst = worst.max(VerdictKind::Unmet.exit_code());
        }
    }
    Ok(worst)
}

/// Every experiment below the working directory, in the order of their names.
fn all() -> Result<Vec<PathBuf>, Failure> {
    let none = || Failure::Bad(format!("there is no experiment in {ALL}: --all looks below the working directory"));
    let found = std::fs::read_dir(ALL).map_err(|_| none())?;
    let mut paths: Vec<PathBuf> = found.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    if paths.is_empty() { Err(none()) } else { Ok(paths) }
}

fn one(experiment: &Experiment, folder: &Path, jobs: usize, quiet: bool) -> Result<(Files, Vec<Finding>), Unmeasured> {
    if experiment.file.chart == ChartKind::Timeline {
        let run = experiment.points[0].ready.measure(experiment.file.seeds.0.start, true);
        let files = of_run(experiment, &run).map_err(Unmeasured::Failed)?;
        return Ok((files, Vec::new()));
    }
    let mut kept = Kept::in_file(&folder.join(format!(".{}.partial", stem(experiment))));
    let mut progress = Progress::new(quiet);
    let mut clock = Clock::new();
    let shown = |done, all| progress.say(&format!("{}: {}", experiment.id, clock.say(done, all)));
    let measured: Measured = measure(experiment, &mut kept, jobs, interrupted(), shown)?;
    progress.clear();
    let numbers = drawn(experiment, &measured);
    let findings = judge(experiment, &numbers);
    let files = of_measured(experiment, &measured, &numbers).map_err(Unmeasured::Failed)?;
    kept.done();
    Ok((files, findings))
}

/// Tells how far a measurement is, and how long the rest may take.
#[expect(clippy::disallowed_types, reason = "a person waits, outside of every run")]
struct Clock {
    begun: std::time::Instant,
    /// Runs that were done before this command began to measure.
    before: Option<u64>,
}

impl Clock {
    #[expect(clippy::disallowed_types, reason = "a person waits, outside of every run")]
    fn new() -> Self {
        Clock { begun: std::time::Instant::now(), before: None }
    }

    fn say(&mut self, done: u64, all: u64) -> String {
        let before = *self.before.get_or_insert(done);
        let told = format!("{} of {} runs", number(done), number(all));
        let fresh = done.saturating_sub(before);
        if fresh == 0 {
            return told;
        }
        let left = self.begun.elapsed().as_millis() as u64 * (all - done) / fresh;
        format!("{told}, about {} s left", Duration::from_millis(left).as_secs() + 1)
    }
}

/// The last part of an experiment's id: what its files are called.
fn stem(experiment: &Experiment) -> &str {
    experiment.id.rsplit('/').next().unwrap_or(&experiment.id)
}

fn write(experiment: &Experiment, folder: &Path, files: &Files) -> Result<Vec<PathBuf>, Failure> {
    let parts: [(&str, &[u8]); 3] = [("svg", files.svg.as_bytes()), ("png", &files.png), ("csv", files.csv.as_bytes())];
    let mut written = Vec::new();
    for (extension, bytes) in parts {
        let path = folder.join(format!("{}.{extension}", stem(experiment)));
        write_file(&path, bytes)?;
        written.push(path);
    }
    Ok(written)
}
