//! Reading an experiment: every point becomes a scenario that is held against its protocol before the first is run.

use crate::experiment::file::{Axis, ChartKind, Draw, ExperimentFile, Series};
use crate::experiment::vary::{Place, places};
use crate::node::{NodeId, Purpose, Stream};
use crate::registry::{Entry, find};
use crate::scenario::{Problem, Runnable, Scenario, ScenarioError, SeedRange, Strict, apply_value, id_of};
use crate::spec::names::unknown;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// An experiment, ready to run.
pub struct Experiment {
    /// Its path under `scenarios/`, without `.json`.
    pub id: String,
    /// As it was named to us: for the command that repeats it.
    pub origin: String,
    /// What it says.
    pub file: ExperimentFile,
    /// The places of the x axis, each with what the axis shows there.
    pub xs: Vec<(f64, String)>,
    /// The places of the y axis.
    pub ys: Vec<(f64, String)>,
    /// By series, then along x, then along y.
    pub points: Vec<Point>,
    entries: Vec<Entry>,
}

/// One point: a scenario, to be run from every seed.
pub struct Point {
    /// Which series.
    pub series: usize,
    /// Which place of the x axis.
    pub x: usize,
    /// Which place of the y axis.
    pub y: usize,
    /// Ready to run.
    pub ready: Box<dyn Runnable>,
    /// The scenario as text: two points with the same text are the same.
    pub text: String,
}

/// So many points are drawn at most.
const POINTS_MAX: usize = 10_000;

impl Experiment {
    /// Reads an experiment file. `seeds` takes the place of the file's.
    ///
    /// # Errors
    /// When it, or the scenario of one of its points, says something that is not allowed.
    pub fn read(entries: &[Entry], path: &Path, seeds: Option<SeedRange>) -> Result<Self, ScenarioError> {
        Self::of(entries, Strict::read(path)?, seeds)
    }

    /// Makes an experiment of a file that was read.
    ///
    /// # Errors
    /// When the scenario of one of its points says something that is not allowed.
    pub fn of(
        entries: &[Entry],
        mut strict: Strict<ExperimentFile>,
        seeds: Option<SeedRange>,
    ) -> Result<Self, ScenarioError> {
        let problems = check(&strict.file);
        if !problems.is_empty() {
            return Err(strict.error(problems));
        }
        // The scenario is one by itself, so that its mistakes are told where they stand.
        let base = Value::Object(strict.file.scenario.clone()).to_string();
        ready(entries, &base, &strict.origin).map_err(|error| {
            strict.error(
                error.problems.into_iter().map(|found| Problem { at: None, ..found }.under("scenario")).collect(),
            )
        })?;
        let axis = |key: &str, axis: &Option<Axis>| match axis {
            Some(axis) => places(key, axis),
            None => Ok(vec![Place::only()]),
        };
        let xs = axis("x", &strict.file.x).map_err(|problem| strict.error(vec![problem]))?;
        let ys = axis("y", &strict.file.y).map_err(|problem| strict.error(vec![problem]))?;
        let series = strict.file.series.len();
        if series.saturating_mul(xs.len()).saturating_mul(ys.len()) > POINTS_MAX {
            let why = format!("more than {POINTS_MAX} points");
            return Err(strict.error(vec![Problem::at("x", why)]));
        }
        let mut points = Vec::new();
        for (series, each) in strict.file.series.iter().enumerate() {
            for (x, x_place) in xs.iter().enumerate() {
                for (y, y_place) in ys.iter().enumerate() {
                    let where_it_is = || format!("series `{}`{}{}", each.name, spot("x", x_place), spot("y", y_place));
                    let made = scenario_of(&strict.file.scenario, each, [x_place, y_place]);
                    let made =
                        made.map_err(|problem| strict.error(vec![at_point(&problem, series, &where_it_is())]))?;
                    let Some(text) = made else { continue };
                    let first = strict.file.seeds.0.start;
                    let checked = each.draw.as_ref().map_or(Ok(text.clone()), |draw| drawn(&text, draw, first));
                    let checked = checked
                        .map_err(|why| strict.error(vec![Problem::at(format!("series[{series}].draw"), why)]))?;
                    let ready = ready(entries, &checked, &strict.origin)
                        .map_err(|error| strict.error(at_points(&error, series, &where_it_is())))?;
                    points.push(Point { series, x, y, ready, text });
                }
            }
            if let Some(from) = each.from.filter(|from| xs.iter().all(|place| place.at < *from)) {
                let why = format!("no place of the x axis is {from} or more: nothing would be drawn");
                return Err(strict.error(vec![Problem::at(format!("series[{series}].from"), why)]));
            }
        }
        if let Some(seeds) = seeds {
            strict.file.seeds = seeds;
        }
        let shown = |places: Vec<Place>| places.into_iter().map(|place| (place.at, place.label)).collect();
        let (id, origin) = (id_of(Path::new(&strict.origin)), strict.origin.clone());
        Ok(Experiment {
            id,
            origin,
            file: strict.file,
            xs: shown(xs),
            ys: shown(ys),
            points,
            entries: entries.to_vec(),
        })
    }

    /// The scenario of a point as it is run from a seed, where nodes are drawn for it; none where they are not.
    ///
    /// # Errors
    /// When it says something that is not allowed, which it did not with the nodes of the first seed.
    pub fn with_drawn(&self, point: &Point, seed: u64) -> Result<Option<Box<dyn Runnable>>, String> {
        let Some(draw) = &self.file.series[point.series].draw else { return Ok(None) };
        let text = drawn(&point.text, draw, seed)?;
        ready(&self.entries, &text, &self.origin).map(Some).map_err(|error| error.to_string())
    }

    /// The nodes of a point's scenario.
    pub fn nodes(&self, point: &Point) -> u32 {
        point.ready.scenario().file.nodes
    }
}

fn spot(axis: &str, place: &Place) -> String {
    if place.label.is_empty() { String::new() } else { format!(", {axis} = {}", place.label) }
}

fn ready(entries: &[Entry], text: &str, origin: &str) -> Result<Box<dyn Runnable>, ScenarioError> {
    let scenario = Scenario::parse(text, origin, &[])?;
    find(entries, &scenario)?.load(scenario)
}

/// The scenario of a point, as text; none where the scenario has no such point.
fn scenario_of(base: &Map<String, Value>, series: &Series, places: [&Place; 2]) -> Result<Option<String>, Problem> {
    if series.from.is_some_and(|from| places[0].at < from) {
        return Ok(None);
    }
    let mut scenario = Value::Object(base.clone());
    for (path, value) in &series.set {
        apply_value(&mut scenario, path, value.clone()).map_err(|why| Problem::at("", why))?;
    }
    for place in places {
        if !place.apply(&mut scenario, &series.name)? {
            return Ok(None);
        }
    }
    Ok(Some(scenario.to_string()))
}

/// The scenario with the nodes that a seed draws.
fn drawn(text: &str, draw: &Draw, seed: u64) -> Result<String, String> {
    let mut scenario: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let nodes = scenario["nodes"].as_u64().unwrap_or(0) as u32;
    let count = draw.nodes;
    if count > nodes {
        return Err(format!("{count} of {nodes} nodes cannot be drawn"));
    }
    let mut draws = Stream::new(seed, Purpose::Members, 0);
    let mut chosen = BTreeSet::new();
    while (chosen.len() as u32) < count {
        chosen.insert(NodeId::new(draws.below(u64::from(nodes)) as u32));
    }
    let names: Vec<Value> = chosen.into_iter().map(|node| Value::from(node.to_string())).collect();
    apply_value(&mut scenario, &draw.path, Value::from(names))?;
    Ok(scenario.to_string())
}

/// What is wrong with the scenario of a point: at the scenario, or at the series where that is what sets it.
fn at_point(problem: &Problem, series: usize, where_it_is: &str) -> Problem {
    let key = if problem.key.is_empty() { format!("series[{series}]") } else { format!("scenario.{}", problem.key) };
    Problem::at(key, format!("{} ({where_it_is})", problem.message))
}

fn at_points(error: &ScenarioError, series: usize, where_it_is: &str) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        error.problems.iter().map(|problem| at_point(problem, series, where_it_is)).collect();
    problems.iter_mut().filter(|problem| problem.key.starts_with("series")).for_each(|problem| {
        problem.key = "scenario".to_owned();
    });
    problems
}

/// What no type can tell.
fn check(file: &ExperimentFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |key: String, why: String| problems.push(Problem::at(key, why));
    if file.series.is_empty() {
        wrong("series".to_owned(), "found none, expected at least one".to_owned());
    }
    let distribution = matches!(file.chart, ChartKind::Cumulative | ChartKind::Histogram | ChartKind::Timeline);
    match (&file.x, distribution) {
        (Some(_), true) => wrong("x".to_owned(), "a chart of a distribution, or of one run, has no x axis".to_owned()),
        (None, false) => wrong(String::new(), "there is no key `x`: only distributions have none".to_owned()),
        (Some(_), false) | (None, true) => {}
    }
    let climbs = file.metric.is_climb();
    match (&file.y, file.chart == ChartKind::Heat || climbs) {
        (Some(_), false) => wrong("y".to_owned(), "only heat maps and `tolerated` have a second axis".to_owned()),
        (None, true) => wrong(String::new(), "there is no key `y`: heat maps and `tolerated` need it".to_owned()),
        (Some(_), true) | (None, false) => {}
    }
    if file.chart == ChartKind::Timeline && file.series.len() > 1 {
        wrong("series".to_owned(), "a timeline shows one run: expected one series".to_owned());
    }
    for (place, series) in file.series.iter().enumerate() {
        if file.series[..place].iter().any(|other| other.name == series.name) {
            wrong(format!("series[{place}].name"), format!("`{}` stands there twice", series.name));
        }
    }
    let names: Vec<&str> = file.series.iter().map(|series| series.name.as_str()).collect();
    let of_laws = file.laws.iter().enumerate().flat_map(|(place, law)| {
        let named = law.series.iter().enumerate();
        named.map(move |(which, name)| (format!("laws[{place}].series[{which}]"), name.as_str()))
    });
    let of_points = [("x", &file.x), ("y", &file.y)].into_iter().flat_map(|(axis, found)| {
        let points = found.iter().flat_map(|axis| axis.points.iter().enumerate());
        points.flat_map(move |(place, point)| {
            point.only.keys().map(move |name| (format!("{axis}.points[{place}].only"), name.as_str()))
        })
    });
    for (key, name) in of_laws.chain(of_points).filter(|(_, name)| !names.contains(name)) {
        wrong(key, unknown("series", name, &names));
    }
    problems
}
