//! Whether what was measured is as the laws say. The numbers come from one side, the laws from the other; they meet
//! here.

use crate::experiment::estimate::{Estimate, estimate};
use crate::experiment::file::{ExperimentFile, LawLine};
use crate::experiment::law::{Promise, Spot};
use crate::experiment::load::{Experiment, Point};
use crate::experiment::measure::Measured;
use crate::experiment::metric::Sample;

/// A number that is drawn: of a series, at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Which series.
    pub series: usize,
    /// Which place of the x axis.
    pub x: usize,
    /// Which place of the y axis; 0 where there is none.
    pub y: usize,
    /// The nodes of the scenario there.
    pub nodes: u32,
    /// The number, in the unit that is drawn; none where there was nothing to be measured.
    pub estimate: Option<Estimate>,
}

/// What came of holding a law against the measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The law, as the legend shows it.
    pub law: String,
    /// Whether its promise is kept.
    pub kept: bool,
    /// What was seen.
    pub evidence: String,
}

/// The numbers to draw, by series, then along x, then along y.
pub fn drawn(experiment: &Experiment, measured: &Measured) -> Vec<Drawn> {
    let points: Vec<(&Point, &Vec<Sample>)> = experiment.points.iter().zip(&measured.samples).collect();
    if experiment.file.metric.is_climb() {
        return climbed(experiment, &points);
    }
    let one = |(point, samples): &(&Point, &Vec<Sample>)| Drawn {
        series: point.series,
        x: point.x,
        y: point.y,
        nodes: experiment.nodes(point),
        estimate: estimate(samples, experiment.file.statistic).map(|found| shown(&experiment.file, found)),
    };
    points.iter().map(one).collect()
}

fn shown(file: &ExperimentFile, found: Estimate) -> Estimate {
    let both = |(low, high): (f64, f64)| (file.shown(low), file.shown(high));
    Estimate { value: file.shown(found.value), interval: both(found.interval), wide: both(found.wide), ..found }
}

/// For each series and place of x: the largest y up to which everything was done in every run.
fn climbed(experiment: &Experiment, points: &[(&Point, &Vec<Sample>)]) -> Vec<Drawn> {
    let mut drawn = Vec::new();
    for series in 0..experiment.file.series.len() {
        for x in 0..experiment.xs.len() {
            let column: Vec<_> = points.iter().filter(|(point, _)| point.series == series && point.x == x).collect();
            let Some((first, _)) = column.first() else { continue };
            let holds = |(_, samples): &&&(&Point, &Vec<Sample>)| {
                !samples.is_empty() && samples.iter().all(|sample| matches!(sample, Sample::Share(1, 1)))
            };
            let highest = column.iter().take_while(holds).last();
            let value = highest.map(|(point, _)| experiment.ys[point.y].0);
            let samples = column.iter().map(|(_, samples)| samples.len()).sum();
            let sure = |value| Estimate { value, interval: (value, value), wide: (value, value), samples };
            drawn.push(Drawn { series, x, y: 0, nodes: experiment.nodes(first), estimate: value.map(sure) });
        }
    }
    drawn
}

/// What a law says at the place of a number.
pub fn law_at(experiment: &Experiment, line: &LawLine, drawn: &Drawn) -> Option<f64> {
    let (x, y) = (experiment.xs[drawn.x].0, experiment.ys[drawn.y].0);
    line.law.at(Spot { x, y, nodes: drawn.nodes })
}

/// Holds every law against the numbers.
pub fn judge(experiment: &Experiment, numbers: &[Drawn]) -> Vec<Finding> {
    experiment.file.laws.iter().map(|line| one(experiment, line, numbers)).collect()
}

fn one(experiment: &Experiment, line: &LawLine, numbers: &[Drawn]) -> Finding {
    let about = |number: &&Drawn| line.is_about(&experiment.file.series[number.series].name);
    let finding = |kept, evidence| Finding { law: line.name.clone(), kept, evidence };
    if let Some(place) = line.law.cliff() {
        let (kept, evidence) = cliff(experiment, place, line.holds == Promise::Rises, numbers.iter().filter(about));
        // A claim that is refuted is a cliff that is not there.
        return match line.holds {
            Promise::Falls | Promise::Rises => finding(kept, evidence),
            Promise::Refuted => finding(!kept, evidence),
            _ => finding(true, "for comparison".to_owned()),
        };
    }
    let mut compared = 0;
    let mut off = Vec::new();
    for number in numbers.iter().filter(about) {
        let (Some(found), Some(law)) = (number.estimate, law_at(experiment, line, number)) else { continue };
        compared += 1;
        if !agrees(line.holds, found, law) {
            let (series, x) = (&experiment.file.series[number.series].name, &experiment.xs[number.x].1);
            off.push(format!("{series} at {x}: {:.4} for {law:.4}", found.value));
        }
    }
    let evidence = match off.first() {
        None => format!("all of {compared} points agree"),
        Some(first) => format!("{} of {compared} points do not agree: {first}", off.len()),
    };
    match line.holds {
        Promise::Nothing => finding(true, evidence),
        Promise::Refuted => finding(!off.is_empty(), evidence),
        // A law that was compared with nothing says nothing.
        _ => finding(off.is_empty() && compared > 0, evidence),
    }
}

fn agrees(promise: Promise, found: Estimate, law: f64) -> bool {
    const ROUNDING: f64 = 1e-9;
    let within = |(low, high): (f64, f64)| low - ROUNDING <= law && law <= high + ROUNDING;
    match promise {
        Promise::Exactly => (found.value - law).abs() <= ROUNDING,
        Promise::Within(share) => (found.value - law).abs() <= share * law.abs(),
        Promise::Agrees | Promise::Refuted | Promise::Falls | Promise::Rises | Promise::Nothing => within(found.wide),
    }
}

/// Whether something is seen on one side of a place, and nothing on the other: below it and not from it on, or
/// beyond it and not up to it where it `rises`.
fn cliff<'a>(
    experiment: &Experiment,
    place: f64,
    rises: bool,
    numbers: impl Iterator<Item = &'a Drawn>,
) -> (bool, String) {
    let (mut most, mut wrong) = (0.0, None);
    for number in numbers {
        let (at, value) = (experiment.xs[number.x].0, number.estimate.map_or(0.0, |found| found.value));
        let may_be = if rises { at > place } else { at < place };
        if may_be {
            most = f64::max(most, value);
        } else if value > 0.0 && wrong.is_none() {
            wrong = Some((at, value));
        }
    }
    let (one, other) = if rises { ("beyond", "up to") } else { ("below", "from") };
    match wrong {
        Some((at, value)) => (false, format!("{value:.4} at {at}, where there should be nothing ({other} {place})")),
        None => (most > 0.0, format!("as much as {most:.4} {one} {place}, and nothing {other} {place}")),
    }
}
