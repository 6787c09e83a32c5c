//! Named plans: faults that are made to a protocol's measure.
//!
//! A plan is a list of faults as a scenario would write them, with two liberties: a duration may be a multiple of T,
//! the protocol's own [pace](crate::node::Protocol::pace) (`"0.5T"`), and `{append}`, `{promise}` and `{lead}` stand
//! for the facts that are such a thing in its family ([`Moments`]). `"plan": "swarm"` puts its faults behind those
//! that the scenario declares.
//!
//! The magnitudes are those that simulators of the trade have found useful: TigerBeetle's VOPR, FoundationDB's
//! simulation (Zhou et al. 2021), the tests of MIT 6.5840, Jepsen's nemeses; each plan names what it is after.

use crate::engine::fault::Fault;
use crate::node::{Nanos, Protocol};
use crate::spec::judged::{Judged, Moments};
use crate::spec::names::unknown;
use serde::Deserialize;
use serde_json::Value;

macro_rules! plans {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("plans/", $name, ".json")))),*] };
}

/// By name, the mildest first, then those that are after one thing.
const TEXTS: &[(&str, &str)] = plans![
    "calm",
    "default",
    "swarm",
    "leader-assassin",
    "vote-crash-vote",
    "stale-mail",
    "split-then-swap",
    "rejoin-storm",
    "lag-one",
    "holder-pause",
    "skew-one",
    "window-sweep",
    "double-failover",
    "churn",
    "rolling-restart",
    "straggler",
    "slow-disk-one",
    "duplicate-everything",
];

/// A named plan, to the measure of no protocol yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Kebab-case.
    #[serde(skip)]
    pub name: &'static str,
    /// One sentence: what goes wrong.
    pub about: String,
    /// Where it comes from.
    pub source: String,
    faults: Vec<Value>,
}

/// All of them.
pub fn plans() -> Vec<Plan> {
    let parse = |(name, text): &(&'static str, &str)| {
        let plan: Plan = serde_json::from_str(text).unwrap_or_else(|error| panic!("the plan `{name}`: {error}"));
        Plan { name, ..plan }
    };
    TEXTS.iter().map(parse).collect()
}

/// The faults of a plan, to the measure of `N` with this configuration, in a cluster of `nodes` whose faults last
/// `run_for`.
///
/// # Errors
/// Why there are none: there is no such plan, or it asks for what the family or the cluster has not.
pub fn faults_of<N: Protocol<Family: Judged>>(
    name: &str,
    config: &N::Config,
    nodes: u32,
    run_for: Nanos,
) -> Result<Vec<Fault>, String> {
    let plans = plans();
    let names: Vec<&str> = plans.iter().map(|plan| plan.name).collect();
    let plan = plans.iter().find(|plan| plan.name == name).ok_or_else(|| unknown("plan", name, &names))?;
    let usual = N::Family::MOMENTS;
    let moments = Moments { append: N::APPEND.or(usual.append), ..usual };
    let measure = Measure { pace: N::pace(config), moments };
    let unfit = |why: String| format!("the plan `{name}` does not fit here: {why}");
    let fault = |written: &Value| {
        let written = measure.fit(written).map_err(unfit)?;
        let fault: Fault = serde_json::from_value(written).map_err(|error| unfit(error.to_string()))?;
        fault.check::<N::Family>(nodes, run_for).map_err(|(key, why)| unfit(format!("{key}: {why}")))?;
        Ok(fault)
    };
    plan.faults.iter().map(fault).collect()
}

/// What a plan is made to.
struct Measure {
    /// T.
    pace: Nanos,
    moments: Moments,
}

impl Measure {
    /// The same, with T and the moments replaced.
    fn fit(&self, written: &Value) -> Result<Value, String> {
        Ok(match written {
            Value::String(text) => Value::String(self.fit_text(text)?),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.fit(item)).collect::<Result<_, _>>()?),
            Value::Object(map) => {
                let fitted = map.iter().map(|(key, value)| Ok((key.clone(), self.fit(value)?)));
                Value::Object(fitted.collect::<Result<_, String>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => written.clone(),
        })
    }

    fn fit_text(&self, text: &str) -> Result<String, String> {
        if let Some(multiple) = text.strip_suffix('T')
            && let Some(nanos) = times(multiple, self.pace)
        {
            return Ok(nanos);
        }
        let Moments { append, promise, lead } = self.moments;
        for (word, fact) in [("append", append), ("promise", promise), ("lead", lead)] {
            let place = format!("{{{word}}}");
            if text.contains(&place) {
                let fact = fact.ok_or_else(|| format!("this family has no fact that is a `{word}`"))?;
                return Ok(text.replace(&place, fact));
            }
        }
        Ok(text.to_owned())
    }
}

/// `-0.5` times a duration, as a text; none where that is no decimal number.
fn times(multiple: &str, pace: Nanos) -> Option<String> {
    let (sign, digits) = multiple.strip_prefix('-').map_or(("", multiple), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let number: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let nanos = u128::from(pace.0).checked_mul(number)? / scale;
    Some(format!("{sign}{nanos}ns"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::{echo, raft};

    const RUN: Nanos = Nanos::from_secs(100);

    #[test]
    fn every_plan_fits_raft() {
        for plan in plans() {
            let faults = faults_of::<raft::Raft>(plan.name, &raft::Config::default(), 5, RUN).unwrap();
            assert!(!faults.is_empty() && !plan.about.is_empty() && !plan.source.is_empty(), "{}", plan.name);
            assert!(plan.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", plan.name);
        }
        assert_eq!(plans().len(), 18, "three magnitudes and fifteen nemeses");
    }

    /// The shortest election timeout is 150 ms: half of it, one and a half.
    #[test]
    fn durations_are_multiples_of_the_pace() {
        let faults = faults_of::<raft::Raft>("split-then-swap", &raft::Config::default(), 3, RUN).unwrap();
        assert_eq!(faults[0].timing().every, Some(Nanos::from_millis(225).into()));
        for (multiple, found) in [("0.5", "75ns"), ("-10", "-1500ns"), ("0.033", "4ns"), ("0", "0ns")] {
            assert_eq!(times(multiple, Nanos(150)).as_deref(), Some(found));
        }
        for bad in ["", "x", "1.5.", "--1", "1e3"] {
            assert_eq!(times(bad, Nanos(150)), None, "{bad}");
        }
    }

    #[test]
    fn a_plan_that_does_not_fit_says_why() {
        let echo = |name, nodes| faults_of::<echo::Echo>(name, &echo::Config::default(), nodes, RUN);
        for (name, nodes, why) in [
            ("defualt", 3, "did you mean `default`?"),
            ("holder-pause", 3, "this family has no leaders"),
            ("double-failover", 3, "this family has no leaders"),
            ("split-then-swap", 2, "at least 3 nodes are needed"),
            ("skew-two", 3, "did you mean `skew-one`?"),
        ] {
            let found = echo(name, nodes).unwrap_err();
            assert!(found.contains(why), "{name}: {found}");
        }
        for name in ["calm", "default", "swarm", "churn", "duplicate-everything"] {
            assert_eq!(echo(name, 2).map(|faults| faults.is_empty()), Ok(false), "{name}");
        }
    }
}
