//! What a scenario expects of its runs, and the verdict on one.

use crate::engine::summary::{Ending, Summary};
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use std::fmt;

/// What must come of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The invariants that count: `all`, or names.
    pub holds: Vec<String>,
    /// Invariants that do not count.
    pub except: Vec<String>,
    /// The first violation must be of this invariant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violates: Option<String>,
    /// Facts that must be seen, or the run means nothing.
    pub reaches: Vec<Reach>,
}

impl Default for Expect {
    fn default() -> Self {
        Expect { holds: vec!["all".to_owned()], except: Vec::new(), violates: None, reaches: Vec::new() }
    }
}

impl Expect {
    /// The invariants of a family that do not count.
    pub fn left_out(&self, invariants: impl Iterator<Item = &'static str>) -> Vec<String> {
        let counts = |name: &str| self.holds.iter().any(|held| held == "all" || held == name);
        let excepted = |name: &str| self.except.iter().any(|excepted| excepted == name);
        invariants.filter(|name| !counts(name) || excepted(name)).map(str::to_owned).collect()
    }
}

/// A fact that must be seen, so many times: `Elected`, `Elected x2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The fact's name.
    pub fact: String,
    /// How often at least.
    pub times: u64,
}

impl std::str::FromStr for Reach {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no fact to reach: expected a name and how often, such as `Elected x2`");
        let (fact, times) = match text.rsplit_once(" x") {
            None => (text, 1),
            Some((fact, times)) => (fact, times.parse().map_err(|_| wrong())?),
        };
        let plain = !fact.is_empty() && fact.chars().all(char::is_alphanumeric);
        if !plain || times == 0 {
            return Err(wrong());
        }
        Ok(Reach { fact: fact.to_owned(), times })
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.times == 1 { f.write_str(&self.fact) } else { write!(f, "{} x{}", self.fact, self.times) }
    }
}

impl Serialize for Reach {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// How a run ended, against what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// As expected.
    Pass,
    /// An invariant was violated.
    Violated,
    /// A violation that was expected did not come.
    Unmet,
    /// Something did not end within its bound.
    Stalled,
    /// The run was given up before its end.
    Undecided,
    /// Something that must be reached was not: the run means nothing.
    Vacuous,
    /// The schedule asks for what cannot happen.
    Unplayable,
}

impl VerdictKind {
    /// The exit code of a command that ends with it.
    pub fn exit_code(self) -> u8 {
        match self {
            VerdictKind::Pass => 0,
            VerdictKind::Violated | VerdictKind::Unmet => 1,
            VerdictKind::Unplayable => 2,
            VerdictKind::Stalled => 3,
            VerdictKind::Undecided => 4,
            VerdictKind::Vacuous => 5,
        }
    }

    /// The place in the order of badness: the worst of several wins.
    pub fn badness(self) -> u8 {
        match self {
            VerdictKind::Pass => 0,
            VerdictKind::Vacuous => 1,
            VerdictKind::Undecided => 2,
            VerdictKind::Stalled => 3,
            VerdictKind::Violated | VerdictKind::Unmet => 4,
            VerdictKind::Unplayable => 5,
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VerdictKind::Pass => "pass",
            VerdictKind::Violated => "violated",
            VerdictKind::Unmet => "expectation not met",
            VerdictKind::Stalled => "stalled",
            VerdictKind::Undecided => "undecided",
            VerdictKind::Vacuous => "vacuous",
            VerdictKind::Unplayable => "unplayable",
        })
    }
}

/// The verdict on a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Which.
    pub kind: VerdictKind,
    /// Why, in sentences; empty for a plain pass.
    pub reasons: Vec<String>,
}

impl Verdict {
    fn new(kind: VerdictKind, reasons: impl IntoIterator<Item = String>) -> Self {
        Verdict { kind, reasons: reasons.into_iter().collect() }
    }

    /// Holds a run against what was expected of it.
    pub fn on(summary: &Summary, expect: &Expect) -> Self {
        let met = match (&summary.ending, &expect.violates) {
            (Ending::Unplayable(why), _) => return Verdict::new(VerdictKind::Unplayable, [why.clone()]),
            (Ending::Violated(violation), Some(expected)) if violation.invariant == expected => {
                Some(format!("{expected} was violated, as expected"))
            }
            (Ending::Violated(violation), Some(expected)) => {
                let found = format!("{} was violated; a violation of {expected} was expected", violation.invariant);
                return Verdict::new(VerdictKind::Violated, [found]);
            }
            (Ending::Violated(violation), None) => {
                return Verdict::new(VerdictKind::Violated, [format!("{} was violated", violation.invariant)]);
            }
            (Ending::Completed, Some(expected)) => {
                let missing = format!("a violation of {expected} was expected, and none was found");
                return Verdict::new(VerdictKind::Unmet, [missing]);
            }
            (Ending::Stalled(reasons), _) => return Verdict::new(VerdictKind::Stalled, reasons.iter().cloned()),
            (Ending::Undecided(why), _) => return Verdict::new(VerdictKind::Undecided, [why.clone()]),
            (Ending::Completed, None) => None,
        };
        let missing = expect.reaches.iter().filter_map(|reach| {
            let seen = times_seen(summary, &reach.fact);
            (seen < reach.times).then(|| format!("{} should be seen {} times, and was {seen}", reach.fact, reach.times))
        });
        let missing: Vec<String> = missing.collect();
        if missing.is_empty() {
            Verdict::new(VerdictKind::Pass, met)
        } else {
            Verdict::new(VerdictKind::Vacuous, missing)
        }
    }
}

/// How often a fact was seen in a run.
pub(crate) fn times_seen(summary: &Summary, fact: &str) -> u64 {
    summary.reached.iter().find(|(name, _)| *name == fact).map_or(0, |(_, times)| *times)
}
