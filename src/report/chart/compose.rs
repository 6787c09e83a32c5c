//! From the numbers of an experiment to a picture: lines, steps, bars, fields.

use crate::experiment::{Axis, ChartKind, Drawn, Estimate, Experiment, LawLine, Promise, Unit, law_at};
use crate::report::chart::picture::{
    CLAIM, Colour, Entry, LAW, Layer, Look, MARKS, PALETTE, Panel, Picture, Ruler, Stroke,
};
use crate::report::chart::scale::{linear, logarithm, logarithmic, percent, short, whole};

/// The picture of an experiment whose points lie on axes.
pub fn compose(experiment: &Experiment, numbers: &[Drawn], caption: Vec<String>) -> Picture {
    match experiment.file.chart {
        ChartKind::Heat => heat(experiment, numbers, caption),
        ChartKind::Bars => bars(experiment, numbers, caption),
        _ => lines(experiment, numbers, caption),
    }
}

/// The axis of what was measured.
pub fn measured_axis(experiment: &Experiment, highest: f64) -> Ruler {
    let title = experiment.file.measured_title();
    match experiment.file.metric.unit() {
        _ if experiment.file.metric.is_climb() => whole(title, highest),
        Unit::Share => linear(title, highest.min(1.0), percent),
        Unit::Time | Unit::Number => linear(title, highest, short),
    }
}

fn title_of(axis: &Axis) -> String {
    axis.unit.as_ref().map_or_else(|| axis.name.clone(), |unit| format!("{} [{unit}]", axis.name))
}

/// The x axis, and where each of its places stands on it.
fn x_axis(experiment: &Experiment, axis: &Axis) -> (Ruler, Vec<f64>) {
    let at: Vec<f64> = experiment.xs.iter().map(|(at, _)| *at).collect();
    let (lowest, highest) = at.iter().fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(*at), high.max(*at)));
    if axis.log && lowest > 0.0 {
        let ruler = around(title_of(axis), lowest, highest, short);
        return (ruler, at.into_iter().map(logarithm).collect());
    }
    let margin = 0.04 * (highest - lowest).max(1e-9);
    let mut ticks: Vec<(f64, String)> = experiment.xs.iter().map(|(at, label)| (*at, label.clone())).collect();
    ticks.sort_by(|one, other| one.0.total_cmp(&other.0));
    // Where there are many, only every so many are named.
    let every = ticks.len().div_ceil(11);
    let ticks = ticks.into_iter().step_by(every).collect();
    (Ruler { title: title_of(axis), low: lowest - margin, high: highest + margin, ticks }, at)
}

/// A logarithmic axis that ends a little outside of what is on it.
fn around(title: String, lowest: f64, highest: f64, show: impl Fn(f64) -> String) -> Ruler {
    let ruler = logarithmic(title, lowest, highest, show);
    let margin = 0.04 * (logarithm(highest) - logarithm(lowest)).max(0.1);
    let (low, high) = (logarithm(lowest) - margin, logarithm(highest) + margin);
    let ticks = ruler.ticks.into_iter().filter(|(place, _)| (low..=high).contains(place)).collect();
    Ruler { low, high, ticks, ..ruler }
}

/// The axis of what was measured, logarithmic where the file says so, and where a number stands on it: what is 0 lies
/// at the lower end of a logarithmic one.
fn y_axis(experiment: &Experiment, numbers: &[Drawn], highest: f64) -> (Ruler, impl Fn(f64) -> f64) {
    let log = experiment.file.log;
    let found = numbers.iter().filter_map(|number| number.estimate);
    let laws =
        experiment.file.laws.iter().flat_map(|line| numbers.iter().filter_map(|at| law_at(experiment, line, at)));
    let all = found.flat_map(|found| [found.value, found.interval.0]).chain(laws).filter(|value| *value > 0.0);
    let lowest = all.fold(f64::MAX, f64::min);
    let ruler = match experiment.file.metric.unit() {
        _ if !log || lowest == f64::MAX => measured_axis(experiment, highest),
        Unit::Share => around(experiment.file.measured_title(), lowest, highest, percent),
        Unit::Time | Unit::Number => around(experiment.file.measured_title(), lowest, highest, short),
    };
    let low = ruler.low;
    (ruler, move |value: f64| match (log, value > 0.0) {
        (false, _) => value,
        (true, true) => logarithm(value).max(low),
        (true, false) => low,
    })
}

/// The colour and the mark of a series.
pub fn look_of(series: usize) -> (Colour, crate::report::chart::picture::Mark) {
    (PALETTE[series % PALETTE.len()], MARKS[series % MARKS.len()])
}

fn lines(experiment: &Experiment, numbers: &[Drawn], caption: Vec<String>) -> Picture {
    let axis = experiment.file.x.as_ref().expect("a chart of lines has an x axis");
    let (x, places) = x_axis(experiment, axis);
    let step = experiment.file.chart == ChartKind::Step;
    let laws: Vec<(&LawLine, Vec<(f64, f64)>)> = experiment
        .file
        .laws
        .iter()
        .flat_map(|line| law_lines(experiment, line, numbers, &places).into_iter().map(move |law| (line, law)))
        .collect();
    let of_laws = laws.iter().flat_map(|(_, law)| law).map(|(_, value)| *value);
    let (y, up) = y_axis(experiment, numbers, of_laws.fold(highest_of(numbers), f64::max));
    let mut layers = Vec::new();
    let mut legend = Vec::new();
    for (series, each) in experiment.file.series.iter().enumerate() {
        let (colour, mark) = look_of(series);
        let mine: Vec<&Drawn> = numbers.iter().filter(|number| number.series == series).collect();
        // Series that measure the same lie side by side, not one above the other.
        let aside = if step { shift(&x, series, experiment.file.series.len()) } else { 0.0 };
        for run in unbroken(&mine) {
            let at = |number: &Drawn| places[number.x] + aside;
            let ends = |found: &Estimate| (up(found.interval.0), up(found.interval.1));
            let band = run.iter().map(|(number, found)| (at(number), ends(found).0, ends(found).1));
            let middle: Vec<(f64, f64)> = run.iter().map(|(number, found)| (at(number), up(found.value))).collect();
            if !step {
                layers.push(Layer::Band(band.collect(), colour));
            }
            let line = if step { stairs(&middle) } else { middle.clone() };
            layers.push(Layer::Line(line, colour, Stroke::Solid));
            layers.push(Layer::Marks(middle, colour, mark));
        }
        legend.push(Entry { name: each.name.clone(), colour, sample: Look::Line(Stroke::Solid, Some(mark)) });
    }
    for line in &experiment.file.laws {
        let (stroke, colour) = stroke_of(&experiment.file.laws, line);
        for (_, law) in laws.iter().filter(|(of, _)| *of == line) {
            let law: Vec<(f64, f64)> = law.iter().map(|(x, value)| (*x, up(*value))).collect();
            layers.push(Layer::Line(if step { stairs(&law) } else { law }, colour, stroke));
        }
        // Laws of one name, of a series each, are one to the reader.
        if !legend.iter().any(|entry: &Entry| entry.name == line.name) {
            legend.push(Entry { name: line.name.clone(), colour, sample: Look::Line(stroke, None) });
        }
    }
    for line in &experiment.file.laws {
        if let Some(cliff) = line.law.cliff() {
            let at = if axis.log { logarithm(cliff) } else { cliff };
            let (stroke, colour) = stroke_of(&experiment.file.laws, line);
            layers.push(Layer::Line(vec![(at, y.low), (at, y.high)], colour, stroke));
        }
    }
    Picture { title: experiment.file.question.clone(), x, panels: vec![Panel { y, layers }], legend, caption }
}

/// How far to the side a series of steps stands.
fn shift(x: &Ruler, series: usize, count: usize) -> f64 {
    let narrowest = x.ticks.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(f64::MAX, f64::min);
    let narrowest = if narrowest == f64::MAX { 0.0 } else { narrowest };
    (series as f64 - (count as f64 - 1.0) / 2.0) * narrowest * 0.12
}

/// The numbers of a series that lie side by side, without gaps for what could not be measured.
fn unbroken<'a>(numbers: &[&'a Drawn]) -> Vec<Vec<(&'a Drawn, Estimate)>> {
    let mut runs = vec![Vec::new()];
    for number in numbers {
        match number.estimate {
            Some(found) => runs.last_mut().expect("there is a run").push((*number, found)),
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// A line of steps: level around each place, and upright halfway to the next.
fn stairs(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut line = Vec::new();
    for (place, (x, y)) in places.iter().enumerate() {
        let before = place.checked_sub(1).map_or(*x, |before| (places[before].0 + x) / 2.0);
        let after = places.get(place + 1).map_or(*x, |after| (after.0 + x) / 2.0);
        line.extend([(before, *y), (after, *y)]);
    }
    line
}

fn highest_of(numbers: &[Drawn]) -> f64 {
    numbers.iter().filter_map(|number| number.estimate).map(|found| found.interval.1).fold(0.0, f64::max)
}

/// Laws are dashed and black, claims that are wrong dotted and red; those after the first have wider gaps.
fn stroke_of(laws: &[LawLine], line: &LawLine) -> (Stroke, Colour) {
    if line.holds != Promise::Refuted {
        return (Stroke::Dashed, LAW);
    }
    let first = laws.iter().find(|each| each.holds == Promise::Refuted) == Some(line);
    (if first { Stroke::Dotted } else { Stroke::Sparse }, CLAIM)
}

/// A law as lines: one where it says the same for every series, else one for each.
fn law_lines(experiment: &Experiment, line: &LawLine, numbers: &[Drawn], places: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let mut found: Vec<Vec<(f64, f64)>> = Vec::new();
    for (series, each) in experiment.file.series.iter().enumerate() {
        if !line.is_about(&each.name) {
            continue;
        }
        let mine = numbers.iter().filter(|number| number.series == series);
        let law: Vec<(f64, f64)> =
            mine.filter_map(|number| Some((places[number.x], law_at(experiment, line, number)?))).collect();
        if !law.is_empty() && !found.contains(&law) {
            found.push(law);
        }
    }
    found
}

fn bars(experiment: &Experiment, numbers: &[Drawn], caption: Vec<String>) -> Picture {
    let axis = experiment.file.x.as_ref().expect("a chart of bars has an x axis");
    let series = experiment.file.series.len();
    let width = 0.8 / series as f64;
    let ticks = experiment.xs.iter().enumerate().map(|(place, (_, label))| (place as f64, label.clone())).collect();
    let x = Ruler { title: title_of(axis), low: -0.5, high: experiment.xs.len() as f64 - 0.5, ticks };
    let y = measured_axis(experiment, highest_of(numbers));
    let mut layers = Vec::new();
    for number in numbers {
        let Some(found) = number.estimate else { continue };
        let left = number.x as f64 - 0.4 + width * number.series as f64;
        let (colour, _) = look_of(number.series);
        layers.push(Layer::Field((left, 0.0), (left + width * 0.92, found.value), colour, 85));
        layers.push(Layer::Whisker(left + width * 0.46, found.interval.0, found.interval.1, LAW));
    }
    let mut legend: Vec<Entry> = experiment.file.series.iter().enumerate().map(field_entry).collect();
    for line in &experiment.file.laws {
        let (stroke, colour) = stroke_of(&experiment.file.laws, line);
        for number in numbers {
            let mine = line.is_about(&experiment.file.series[number.series].name);
            let Some(law) = law_at(experiment, line, number).filter(|_| mine) else { continue };
            let left = number.x as f64 - 0.4 + width * number.series as f64;
            layers.push(Layer::Line(vec![(left, law), (left + width * 0.92, law)], colour, stroke));
        }
        legend.push(Entry { name: line.name.clone(), colour, sample: Look::Line(stroke, None) });
    }
    Picture { title: experiment.file.question.clone(), x, panels: vec![Panel { y, layers }], legend, caption }
}

fn field_entry((series, each): (usize, &crate::experiment::Series)) -> Entry {
    Entry { name: each.name.clone(), colour: look_of(series).0, sample: Look::Field(85) }
}

/// A field for each pair: the darker, the more, with the number in it.
fn heat(experiment: &Experiment, numbers: &[Drawn], caption: Vec<String>) -> Picture {
    let along = experiment.file.x.as_ref().expect("a heat map has an x axis");
    let up = experiment.file.y.as_ref().expect("a heat map has a y axis");
    let ruler = |axis: &Axis, places: &[(f64, String)]| Ruler {
        title: title_of(axis),
        low: -0.5,
        high: places.len() as f64 - 0.5,
        ticks: places.iter().enumerate().map(|(place, (_, label))| (place as f64, label.clone())).collect(),
    };
    let highest = numbers.iter().filter_map(|number| number.estimate).map(|found| found.value).fold(0.0, f64::max);
    let show = |value: f64| match experiment.file.metric.unit() {
        Unit::Share => percent(value),
        Unit::Time | Unit::Number => short(value),
    };
    let mut layers = Vec::new();
    for number in numbers {
        let Some(found) = number.estimate else { continue };
        let (x, y) = (number.x as f64, number.y as f64);
        let share = if highest > 0.0 { found.value / highest } else { 0.0 };
        // Zero is white, so that it can be told from little.
        let opaque = if found.value > 0.0 { 12 + (share * 83.0) as u8 } else { 0 };
        layers.push(Layer::Field((x - 0.48, y - 0.46), (x + 0.48, y + 0.46), PALETTE[0], opaque));
        let ink = if opaque > 55 { (255, 255, 255) } else { LAW };
        layers.push(Layer::Label((x, y), show(found.value), ink));
    }
    let legend = vec![Entry { name: experiment.file.measured_title(), colour: PALETTE[0], sample: Look::Field(85) }];
    let (x, y) = (ruler(along, &experiment.xs), ruler(up, &experiment.ys));
    Picture { title: experiment.file.question.clone(), x, panels: vec![Panel { y, layers }], legend, caption }
}
