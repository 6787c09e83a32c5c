//! The files of a chart.

use crate::experiment::{ChartKind, Drawn, Experiment, Measured};
use crate::report::chart::{compose, csv, distribution, paint, picture::Picture, timeline};
use crate::report::json::ENGINE;
use crate::scenario::Finished;

/// What a chart consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Files {
    /// The picture for documents that scale.
    pub svg: String,
    /// The picture for everybody else.
    pub png: Vec<u8>,
    /// The numbers.
    pub csv: String,
}

/// The chart of an experiment, of the samples and the numbers that were made of them.
///
/// # Errors
/// When it cannot be painted.
pub fn of_measured(experiment: &Experiment, measured: &Measured, numbers: &[Drawn]) -> Result<Files, String> {
    let distributed = matches!(experiment.file.chart, ChartKind::Cumulative | ChartKind::Histogram);
    if distributed {
        let picture = distribution::distribution(experiment, measured, caption(experiment, "no interval"));
        return painted(&picture, csv::of_samples(experiment, measured));
    }
    let interval = match (experiment.file.metric.is_climb(), experiment.file.chart) {
        (true, _) | (_, ChartKind::Heat | ChartKind::Step) => "no interval",
        _ => "95 % intervals",
    };
    let picture = compose::compose(experiment, numbers, caption(experiment, interval));
    painted(&picture, csv::of_points(experiment, numbers))
}

/// The chart of one run.
///
/// # Errors
/// When it cannot be painted.
pub fn of_run(experiment: &Experiment, run: &Finished) -> Result<Files, String> {
    let length = experiment.points[0].ready.scenario().file.run.length;
    let picture = timeline::timeline(experiment, run, length, caption(experiment, "one run"));
    let events = run.recording.as_ref().map(|recording| timeline::events(recording, length)).unwrap_or_default();
    painted(&picture, csv::of_timeline(&timeline::intervals(run, length), &events))
}

fn painted(picture: &Picture, csv: String) -> Result<Files, String> {
    Ok(Files { svg: paint::svg(picture)?, png: paint::png(picture)?, csv })
}

/// Where the numbers come from.
fn caption(experiment: &Experiment, interval: &str) -> Vec<String> {
    let file = &experiment.file;
    let seeds = file.seeds.0.end - file.seeds.0.start;
    let runs = match file.chart {
        ChartKind::Timeline => format!("seed {}", file.seeds.0.start),
        _ => format!("{seeds} seeds a point ({})", file.seeds),
    };
    let (id, source) = (&experiment.id, &file.source);
    vec![format!("{id} · {runs} · {interval} · {ENGINE}"), source.clone()]
}
