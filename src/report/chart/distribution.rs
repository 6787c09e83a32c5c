//! Pictures of how samples are distributed: cumulative shares and histograms.

use crate::experiment::{ChartKind, Experiment, Measured, Sample};
use crate::report::chart::compose::look_of;
use crate::report::chart::picture::{Entry, Layer, Look, Panel, Picture, Ruler, Stroke};
use crate::report::chart::scale::{linear, logarithm, logarithmic, percent, short};

/// So many bars a histogram has.
const BARS: usize = 24;

/// The samples of a series as numbers in ascending order, in the unit that is drawn.
pub fn sorted(experiment: &Experiment, measured: &Measured, series: usize) -> Vec<f64> {
    let mine = experiment.points.iter().zip(&measured.samples).filter(|(point, _)| point.series == series);
    let mut values: Vec<f64> = mine
        .flat_map(|(_, samples)| samples)
        .filter_map(|sample| match sample {
            Sample::Amount(amount) => Some(experiment.file.shown(*amount as f64)),
            Sample::Share(of, all) => Some(experiment.file.shown(*of as f64 / *all as f64)),
            Sample::Nothing => None,
        })
        .collect();
    values.sort_by(f64::total_cmp);
    values
}

/// How many runs of a series there were, with such as gave nothing to be measured.
pub fn runs(experiment: &Experiment, measured: &Measured, series: usize) -> usize {
    let mine = experiment.points.iter().zip(&measured.samples).filter(|(point, _)| point.series == series);
    mine.map(|(_, samples)| samples.len()).sum()
}

/// The picture.
pub fn distribution(experiment: &Experiment, measured: &Measured, caption: Vec<String>) -> Picture {
    let by_series: Vec<Vec<f64>> =
        (0..experiment.file.series.len()).map(|series| sorted(experiment, measured, series)).collect();
    match experiment.file.chart {
        ChartKind::Histogram => histogram(experiment, &by_series, caption),
        _ => cumulative(experiment, measured, &by_series, caption),
    }
}

fn cumulative(experiment: &Experiment, measured: &Measured, by_series: &[Vec<f64>], caption: Vec<String>) -> Picture {
    let all = || by_series.iter().flatten().copied();
    let (lowest, highest) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
    // Times that differ by more than an order of magnitude are told apart on a logarithmic axis only.
    let log = lowest > 0.0 && lowest < f64::MAX && highest > 10.0 * lowest;
    let on_axis = |value: f64| if log { logarithm(value) } else { value };
    let x = if log {
        logarithmic(experiment.file.measured_title(), lowest, highest, short)
    } else {
        linear(experiment.file.measured_title(), highest, short)
    };
    let mut layers = Vec::new();
    let mut legend = Vec::new();
    for (series, values) in by_series.iter().enumerate() {
        let (colour, mark) = look_of(series);
        // Runs in which there was nothing to be measured count: the line does not reach the top then.
        let count = runs(experiment, measured, series) as f64;
        let mut line = Vec::new();
        let mut share = 0.0;
        for (place, value) in values.iter().enumerate() {
            line.push((on_axis(*value), share));
            share = (place + 1) as f64 / count;
            line.push((on_axis(*value), share));
        }
        line.push((x.high, share));
        if values.is_empty() {
            line.clear();
        }
        // A mark at every quarter, so that lines can be told apart without colours.
        let at = |percent: usize| {
            let rank = (count as usize * percent).div_ceil(100).max(1) - 1;
            values.get(rank).map(|value| (on_axis(*value), (rank + 1) as f64 / count))
        };
        layers.push(Layer::Line(line, colour, Stroke::Solid));
        layers.push(Layer::Marks([25, 50, 75].into_iter().filter_map(at).collect(), colour, mark));
        let name = experiment.file.series[series].name.clone();
        legend.push(Entry { name, colour, sample: Look::Line(Stroke::Solid, Some(mark)) });
    }
    let y = linear("share of the runs".to_owned(), 1.0, percent);
    Picture { title: experiment.file.question.clone(), x, panels: vec![Panel { y, layers }], legend, caption }
}

fn histogram(experiment: &Experiment, by_series: &[Vec<f64>], caption: Vec<String>) -> Picture {
    let highest = by_series.iter().flatten().copied().fold(0.0, f64::max);
    let x = linear(experiment.file.measured_title(), highest, short);
    let width = (x.high - x.low) / BARS as f64;
    let mut layers = Vec::new();
    let mut legend = Vec::new();
    let mut most = 0.0;
    for (series, values) in by_series.iter().enumerate() {
        let (colour, _) = look_of(series);
        let mut counts = [0u32; BARS];
        for value in values {
            counts[((value / width) as usize).min(BARS - 1)] += 1;
        }
        for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let left = place as f64 * width;
            layers.push(Layer::Field((left, 0.0), (left + width, f64::from(*count)), colour, 50));
            most = f64::max(most, f64::from(*count));
        }
        let name = experiment.file.series[series].name.clone();
        legend.push(Entry { name, colour, sample: Look::Field(50) });
    }
    let y: Ruler = linear("runs".to_owned(), most, short);
    Picture { title: experiment.file.question.clone(), x, panels: vec![Panel { y, layers }], legend, caption }
}
