//! What an axis changes in a scenario, and where its points lie.

use crate::experiment::file::{Axis, PointAt};
use crate::node::Nanos;
use crate::scenario::{Problem, apply_value};
use serde_json::{Value, json};

/// A place on an axis: where, what the axis shows there, and what to change.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Where on the axis.
    pub at: f64,
    /// As the axis shows it.
    pub label: String,
    change: Change,
}

#[derive(Clone, Debug, PartialEq)]
enum Change {
    Set(PointAt),
    Path(String, Value),
    Crash(u64, Nanos),
    Down(Value, Nanos),
}

impl Place {
    /// The one place of an axis that is not there.
    pub fn only() -> Self {
        Place { at: 0.0, label: String::new(), change: Change::Crash(0, Nanos::ZERO) }
    }

    /// Changes the scenario of a series; false where the scenario has no such point.
    ///
    /// # Errors
    /// When a path leads nowhere.
    pub fn apply(&self, scenario: &mut Value, series: &str) -> Result<bool, Problem> {
        let mut set =
            |path: &str, value: &Value| apply_value(scenario, path, value.clone()).map_err(|why| Problem::at("", why));
        match &self.change {
            Change::Path(path, value) => set(path, value)?,
            Change::Set(point) => {
                let only = point.only.get(series).into_iter().flatten();
                point.set.iter().chain(only).try_for_each(|(path, value)| set(path, value))?;
            }
            Change::Crash(count, at) => {
                let nodes = scenario["nodes"].as_u64().unwrap_or(0);
                if *count > nodes {
                    return Ok(false);
                }
                let crash = |node| json!({ "crash": { "at": at, "target": format!("n{node}"), "for": "forever" } });
                add_faults(scenario, (nodes - count + 1..=nodes).map(crash))?;
            }
            Change::Down(share, at) => {
                let nodes = scenario["nodes"].as_u64().unwrap_or(0);
                let crash = |node: u64| {
                    let target = format!("n{node}");
                    json!({ "crash": { "at": at, "target": target, "for": "forever", "seeds": share } })
                };
                if share.as_f64() != Some(0.0) {
                    add_faults(scenario, (1..=nodes).map(crash))?;
                }
            }
        }
        Ok(true)
    }
}

fn add_faults(scenario: &mut Value, more: impl Iterator<Item = Value>) -> Result<(), Problem> {
    let whole = scenario.as_object_mut().ok_or_else(|| Problem::at("scenario", "found no object"))?;
    let faults = whole.entry("faults").or_insert_with(|| json!([]));
    let list = faults.as_array_mut().ok_or_else(|| Problem::at("scenario.faults", "found no list"))?;
    list.extend(more);
    Ok(())
}

/// The places of an axis, in the order of the file.
///
/// # Errors
/// When the axis does not say exactly one way to vary, or has no or a wrong value.
pub fn places(key: &str, axis: &Axis) -> Result<Vec<Place>, Problem> {
    let wrong = |inner: &str, why: &str| Err(Problem::at(format!("{key}{inner}"), why));
    let ways = [axis.path.is_some(), axis.crashes.is_some(), axis.down.is_some(), !axis.points.is_empty()];
    if ways.iter().filter(|way| **way).count() != 1 {
        return wrong("", "expected exactly one of `path`, `crashes`, `down` and `points`");
    }
    if !axis.points.is_empty() {
        if !axis.values.is_empty() {
            return wrong(".values", "expected none beside `points`");
        }
        return Ok(axis.points.iter().map(of_point).collect());
    }
    if axis.values.is_empty() {
        return wrong("", "there is no key `values`, or no value in it");
    }
    let places = axis.values.iter().enumerate().map(|(place, value)| {
        let found = of_value(axis, value);
        found.ok_or_else(|| {
            let what = if axis.crashes.is_some() {
                "a whole number"
            } else if axis.down.is_some() {
                "a probability"
            } else {
                "a number or a time such as `150ms`"
            };
            Problem::at(format!("{key}.values[{place}]"), format!("found {value}, expected {what}"))
        })
    });
    places.collect()
}

fn of_point(point: &PointAt) -> Place {
    let label = point.label.clone().unwrap_or_else(|| point.at.to_string());
    Place { at: point.at, label, change: Change::Set(point.clone()) }
}

fn of_value(axis: &Axis, value: &Value) -> Option<Place> {
    let at = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.parse::<Nanos>().ok()?.0 as f64 / 1e6,
        _ => return None,
    };
    let change = match (&axis.path, axis.crashes, axis.down) {
        (Some(path), ..) => Change::Path(path.clone(), value.clone()),
        (_, Some(time), _) => Change::Crash(value.as_u64()?, time),
        (_, _, Some(time)) => Change::Down(Some(value.clone()).filter(|_| (0.0..=1.0).contains(&at))?, time),
        (None, None, None) => return None,
    };
    Some(Place { at, label: at.to_string(), change })
}
