//! What a scenario expects of its runs.

use crate::node::Nanos;
use crate::spec::pattern::Pattern;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What must come of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Expect {
    /// The invariants that count: `all`, or names.
    pub holds: Vec<String>,
    /// Invariants that do not count.
    pub except: Vec<String>,
    /// The first violation must be of this invariant; or the bound of this name, given beside it, must be broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violates: Option<String>,
    /// The run must stall, and one of the reasons must contain this text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalls: Option<String>,
    /// While a fault is in force, no operation that was begun under it may be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Blocks>,
    /// Facts that must be seen, or the run means nothing.
    pub reaches: Vec<Pattern>,
    /// Facts that may be seen so often at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_most: Vec<Pattern>,
    /// The longest time without a leader, while faults are at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_within: Option<Nanos>,
    /// The longest time without an operation done while one was open, while faults are at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable_at_most: Option<Nanos>,
    /// The longest time that anybody may be in doubt, until the run ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_doubt_at_most: Option<Nanos>,
    /// How long somebody must be in doubt at least, where theory says that a protocol blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_doubt_at_least: Option<Nanos>,
    /// How often the highest term may rise after the first election, while faults are at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term_bumps_at_most: Option<u64>,
    /// The longest time that settling may take, where that is to be less than the protocol's own bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settles_within: Option<Nanos>,
    /// How many operations must be done at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_at_least: Option<u64>,
}

/// Nothing may be done under a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blocks {
    /// The fault's name.
    #[serde(rename = "while")]
    pub fault: String,
}

impl Default for Expect {
    fn default() -> Self {
        Expect {
            holds: vec!["all".to_owned()],
            except: Vec::new(),
            violates: None,
            stalls: None,
            blocks: None,
            reaches: Vec::new(),
            at_most: Vec::new(),
            leader_within: None,
            unavailable_at_most: None,
            in_doubt_at_most: None,
            in_doubt_at_least: None,
            term_bumps_at_most: None,
            settles_within: None,
            done_at_least: None,
        }
    }
}

impl Expect {
    /// The invariants of a family that do not count.
    pub fn left_out(&self, invariants: impl Iterator<Item = &'static str>) -> Vec<String> {
        let counts = |name: &str| self.holds.iter().any(|held| held == "all" || held == name);
        let excepted = |name: &str| self.except.iter().any(|excepted| excepted == name);
        invariants.filter(|name| !counts(name) || excepted(name)).map(str::to_owned).collect()
    }

    /// The facts that a run counts for it: those to be reached first, then those with a limit.
    pub fn watched(&self) -> Vec<Pattern> {
        self.reaches.iter().chain(&self.at_most).cloned().collect()
    }

    /// The bounds that are given, by name. `violates` may name one of them: what makes a protocol slow breaks no
    /// invariant.
    pub fn bounds(&self) -> Vec<&'static str> {
        let given = [
            ("at-most", !self.at_most.is_empty()),
            ("leader-within", self.leader_within.is_some()),
            ("unavailable-at-most", self.unavailable_at_most.is_some()),
            ("in-doubt-at-most", self.in_doubt_at_most.is_some()),
            ("in-doubt-at-least", self.in_doubt_at_least.is_some()),
            ("term-bumps-at-most", self.term_bumps_at_most.is_some()),
            ("settles-within", self.settles_within.is_some()),
            ("done-at-least", self.done_at_least.is_some()),
        ];
        given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect()
    }

    /// Drops the expectations about time, and about what must be reached.
    pub(in crate::scenario) fn forget_time(&mut self) {
        let about_time = self.about_time();
        let Expect { holds, except, violates, at_most, .. } = std::mem::take(self);
        let violates = violates.filter(|name| !about_time.contains(&name.as_str()));
        *self = Expect { holds, except, violates, at_most, ..Expect::default() };
    }

    /// The keys of expectations about time, which a schedule has none of.
    pub fn about_time(&self) -> Vec<&'static str> {
        let given = [
            ("stalls", self.stalls.is_some()),
            ("blocks", self.blocks.is_some()),
            ("leader-within", self.leader_within.is_some()),
            ("unavailable-at-most", self.unavailable_at_most.is_some()),
            ("in-doubt-at-most", self.in_doubt_at_most.is_some()),
            ("in-doubt-at-least", self.in_doubt_at_least.is_some()),
            ("term-bumps-at-most", self.term_bumps_at_most.is_some()),
            ("settles-within", self.settles_within.is_some()),
            ("done-at-least", self.done_at_least.is_some()),
        ];
        given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect()
    }
}
