//! Running an experiment: point by point, the seeds of a point in parallel.

use crate::engine::summary::Ending;
use crate::experiment::load::{Experiment, Point};
use crate::experiment::metric::Sample;
use crate::experiment::resume::Kept;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// What was measured at each point, in the order of the points: a sample for each seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// By point, then by seed.
    pub samples: Vec<Vec<Sample>>,
}

/// Why an experiment ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmeasured {
    /// The user wanted it to stop.
    Interrupted,
    /// A run of a protocol that should be right was not.
    Wrong(String),
    /// Something in our surroundings failed.
    Failed(String),
}

/// Runs every point from every seed, on `jobs` workers. `progress` is told how many of how many runs are done.
///
/// # Errors
/// When it is interrupted, or a run violates an invariant where violations are not what is measured.
pub fn measure(
    experiment: &Experiment,
    kept: &mut Kept,
    jobs: usize,
    interrupted: &AtomicBool,
    mut progress: impl FnMut(u64, u64),
) -> Result<Measured, Unmeasured> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let pool = pool.map_err(|error| Unmeasured::Failed(error.to_string()))?;
    let seeds = experiment.file.seeds.0.clone();
    let each = seeds.end - seeds.start;
    let all = each * experiment.points.len() as u64;
    let mut samples = Vec::new();
    for point in &experiment.points {
        progress(each * samples.len() as u64, all);
        if let Some(found) = kept.get(experiment, point) {
            samples.push(found);
            continue;
        }
        let one = |seed| match interrupted.load(Ordering::Relaxed) {
            true => Err(Unmeasured::Interrupted),
            false => run(experiment, point, seed),
        };
        let found: Result<Vec<Sample>, Unmeasured> = pool.install(|| seeds.clone().into_par_iter().map(one).collect());
        let found = found?;
        kept.keep(experiment, point, &found).map_err(|error| Unmeasured::Failed(error.to_string()))?;
        samples.push(found);
    }
    progress(all, all);
    Ok(Measured { samples })
}

fn run(experiment: &Experiment, point: &Point, seed: u64) -> Result<Sample, Unmeasured> {
    let metric = &experiment.file.metric;
    let name = &experiment.file.series[point.series].name;
    let drawn = experiment.with_drawn(point, seed).map_err(Unmeasured::Failed)?;
    let ready = drawn.as_ref().unwrap_or(&point.ready);
    let finished = ready.measure(seed, false);
    let spot = format!("series `{name}`, x = {}, seed {seed}", experiment.xs[point.x].1);
    match &finished.summary.ending {
        Ending::Violated(violation) if !metric.counts_violations() => {
            let (invariant, evidence) = (violation.invariant, &violation.evidence);
            return Err(Unmeasured::Wrong(format!("{spot}: {invariant} is violated: {evidence}")));
        }
        Ending::Undecided(why) | Ending::Unplayable(why) => return Err(Unmeasured::Wrong(format!("{spot}: {why}"))),
        Ending::Violated(_) | Ending::Completed | Ending::Stalled(_) => {}
    }
    let file = &point.ready.scenario().file;
    Ok(metric.sample(&finished, file.nodes, file.run.length))
}
