//! The numbers of a chart as text: the same bytes on every platform.

use crate::experiment::Measured;
use crate::experiment::{Drawn, Experiment, law_at};
use crate::node::Nanos;
use crate::report::chart::distribution::{runs, sorted};
use crate::report::chart::timeline::{Events, Interval};

/// A number with at most nine decimal places: what lies behind is rounding.
fn number(value: f64) -> String {
    let text = format!("{value:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A name as a field: in quotes where it holds what ends a field.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// A line for each number, then one for each place of each law.
pub fn of_points(experiment: &Experiment, numbers: &[Drawn]) -> String {
    let mut text = "kind,name,x,y,samples,value,low,high\n".to_owned();
    let spot = |drawn: &Drawn| (&experiment.xs[drawn.x].1, &experiment.ys[drawn.y].1);
    for drawn in numbers {
        let (x, y) = spot(drawn);
        let name = field(&experiment.file.series[drawn.series].name);
        let rest = drawn.estimate.map_or_else(
            || "0,,,".to_owned(),
            |found| {
                let (low, high) = found.interval;
                format!("{},{},{},{}", found.samples, number(found.value), number(low), number(high))
            },
        );
        text.push_str(&format!("measured,{name},{},{},{rest}\n", field(x), field(y)));
    }
    for line in &experiment.file.laws {
        if let Some(cliff) = line.law.cliff() {
            text.push_str(&format!("law,{},{},,,,,\n", field(&line.name), number(cliff)));
        }
        let mut said = Vec::new();
        for drawn in numbers {
            if !line.is_about(&experiment.file.series[drawn.series].name) {
                continue;
            }
            let Some(law) = law_at(experiment, line, drawn) else { continue };
            let (x, y) = spot(drawn);
            let row = format!("law,{},{},{},,{},,\n", field(&line.name), field(x), field(y), number(law));
            // A law that says the same for several series stands there once.
            if !said.contains(&row) {
                text.push_str(&row);
                said.push(row);
            }
        }
    }
    text
}

/// A line for each sample, in ascending order, with the share of the samples that do not exceed it.
pub fn of_samples(experiment: &Experiment, measured: &Measured) -> String {
    let mut text = "name,value,share\n".to_owned();
    for (series, each) in experiment.file.series.iter().enumerate() {
        let values = sorted(experiment, measured, series);
        let runs = runs(experiment, measured, series);
        for (place, value) in values.iter().enumerate() {
            let share = (place + 1) as f64 / runs as f64;
            text.push_str(&format!("{},{},{}\n", field(&each.name), number(*value), number(share)));
        }
    }
    text
}

/// A line for each interval of time, then one for each window of a fault, and one for each election.
pub fn of_timeline(intervals: &[Interval], events: &Events) -> String {
    let mut text = "kind,from_ns,to_ns,done,median_ns,node\n".to_owned();
    let mut from = Nanos::ZERO;
    for interval in intervals {
        let median = interval.median.map_or_else(String::new, |median| median.0.to_string());
        text.push_str(&format!("interval,{},{},{},{median},\n", from.0, interval.end.0, interval.done));
        from = interval.end;
    }
    for (from, to) in &events.faults {
        text.push_str(&format!("fault,{},{},,,\n", from.0, to.0));
    }
    for (at, node) in &events.elected {
        text.push_str(&format!("elected,{0},{0},,,{node}\n", at.0));
    }
    text
}
