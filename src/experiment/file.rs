//! The experiment file as types. Strict: unknown keys, duplicate keys and wrong types are errors.

use crate::experiment::law::{Law, Promise};
use crate::experiment::metric::{Metric, Unit};
use crate::node::Nanos;
use crate::scenario::SeedRange;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What an experiment file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExperimentFile {
    /// Where an editor finds the schema.
    #[serde(default, rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The question that the chart answers: its title.
    pub question: String,
    /// What is to be seen, and why.
    pub about: String,
    /// The paper, incident or text that the laws and claims come from.
    pub source: String,
    /// The scenario that is varied.
    pub scenario: Map<String, Value>,
    /// What is drawn side by side: protocols, settings.
    pub series: Vec<Series>,
    /// What is varied along the chart. Distributions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<Axis>,
    /// What is varied up the chart, in heat maps and where `tolerated` looks for the largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<Axis>,
    /// The seeds of each point.
    pub seeds: SeedRange,
    /// What is measured in each run.
    pub metric: Metric,
    /// As its axis shows it, in place of what the metric is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// Which number stands for the amounts of many runs.
    #[serde(default)]
    pub statistic: Statistic,
    /// Times are drawn as multiples of another, in place of milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Multiple>,
    /// How the measured is drawn.
    pub chart: ChartKind,
    /// Whether the axis of the measured is logarithmic, in charts of lines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub log: bool,
    /// What theory says, and what is claimed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<LawLine>,
}

/// Points that belong together: drawn in one colour, with one mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// As the legend shows it.
    pub name: String,
    /// What is set in the scenario: paths and values.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// Where on the x axis it begins; smaller places are left out, for what makes no sense there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Nodes that are drawn anew in each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<Draw>,
}

/// So many of the scenario's nodes, drawn anew by each seed, are set at a path: where a result depends on the names of
/// nodes, one set of names is one sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Where.
    pub path: String,
    /// How many.
    pub nodes: u32,
}

/// What is varied. Exactly one of `path`, `crashes`, `down` and `points` says how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// As the axis shows it.
    pub name: String,
    /// The unit that the axis shows, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether the axis is logarithmic.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub log: bool,
    /// The values are set at this path of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// So many nodes, the last ones first, crash at this time and stay down. A point with more than there are nodes is
    /// left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crashes: Option<Nanos>,
    /// Each node is down from this time on with this probability, independently of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<Nanos>,
    /// The values: numbers, or times such as `150ms`, which the axis shows in milliseconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// Points that set several paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<PointAt>,
}

/// One place on an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointAt {
    /// Where on the axis.
    pub at: f64,
    /// What the axis shows there, in place of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What is set in the scenario: paths and values.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// What is set for some series only: by the name of the series, paths and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Map<String, Value>>,
}

/// Which number stands for many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// The one in the middle.
    #[default]
    Median,
    /// The sum divided by their number.
    Mean,
}

/// What times are multiples of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Multiple {
    /// How long it is.
    pub of: Nanos,
    /// What it is called, in the plural.
    pub name: String,
}

/// How the measured is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChartKind {
    /// A line with marks, and a band for its interval.
    Line,
    /// A line of steps, for numbers that jump.
    Step,
    /// The share of the samples that do not exceed a value.
    Cumulative,
    /// How many samples lie in each of equal intervals.
    Histogram,
    /// A field for each pair of x and y.
    Heat,
    /// A bar for each series at each place, with its interval.
    Bars,
    /// One run over simulated time: throughput and latency, with the windows of faults and the leaders.
    Timeline,
}

/// A law beside the measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LawLine {
    /// As the legend shows it.
    pub name: String,
    /// What it says.
    pub law: Law,
    /// The series that it is about; without it, every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<String>,
    /// What must come of comparing it with what is measured.
    pub holds: Promise,
}

impl LawLine {
    /// Whether it is about a series.
    pub fn is_about(&self, series: &str) -> bool {
        self.series.is_empty() || self.series.iter().any(|name| name == series)
    }
}

impl ExperimentFile {
    /// What the measured is divided by to be drawn.
    pub fn scale(&self) -> f64 {
        match (self.metric.unit(), &self.times) {
            (Unit::Time, Some(multiple)) => multiple.of.0 as f64,
            (Unit::Time, None) => 1e6,
            (Unit::Share | Unit::Number, _) => 1.0,
        }
    }

    /// A number of samples as it is drawn.
    pub fn shown(&self, number: f64) -> f64 {
        let scaled = number / self.scale();
        if self.metric.is_root() { scaled.sqrt() } else { scaled }
    }

    /// What the axis of the measured shows.
    pub fn measured_title(&self) -> String {
        let title = match (&self.measured, &self.y) {
            (Some(title), _) => title.clone(),
            (None, Some(axis)) if self.metric.is_climb() => format!("{} tolerated", axis.name),
            (None, _) => self.metric.title(),
        };
        match (self.metric.unit(), &self.times) {
            (Unit::Time, Some(multiple)) => format!("{title} [{}]", multiple.name),
            (Unit::Time, None) => format!("{title} [ms]"),
            (Unit::Share | Unit::Number, _) => title,
        }
    }
}
