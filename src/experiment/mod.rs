//! Experiments: one question about how much a system tolerates, answered by many runs.
//!
//! An experiment file (`scenarios/charts/*.json`) names a scenario, what to vary in it (the axes and the series), the
//! seeds of each point, what to measure, and the laws that theory gives for it. [`Experiment::read`] makes a scenario
//! of every point and holds each against its protocol before the first is run; [`measure()`] runs them; [`estimate()`]
//! makes a number with an interval of the samples of a point; [`judge()`] holds the numbers against the laws.
//!
//! Laws (`law.rs`) are computed from a point's place alone and cannot see what was measured. Everything here is a
//! function of the file and the version: the samples are integers, and what is computed from them uses additions,
//! multiplications, divisions and square roots only, which give the same bits on every platform.

mod estimate;
mod file;
mod judge;
mod law;
mod load;
mod measure;
mod metric;
mod resume;
mod schema;
mod seen;
mod vary;

pub use estimate::{Estimate, estimate, quantile};
pub use file::{Axis, ChartKind, Draw, ExperimentFile, LawLine, Multiple, PointAt, Series, Statistic};
pub use judge::{Drawn, Finding, drawn, judge, law_at};
pub use law::{Law, Promise, Spot};
pub use load::{Experiment, Point};
pub use measure::{Measured, Unmeasured, measure};
pub use metric::{Metric, Sample, Unit};
pub use resume::Kept;
pub use schema::schema;
