//! The verdict on a run: how it ended, against what its scenario expects.

use crate::engine::summary::{Ending, Summary};
use crate::node::Nanos;
use crate::scenario::Expect;
use serde::Serialize;
use std::fmt;

/// How a run ended, against what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// As expected.
    Pass,
    /// An invariant was violated.
    Violated,
    /// Something that was expected did not come: a violation, a stall, a bound that is kept.
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
    /// What expectation was not met, by its key, so that many runs can be grouped by it.
    #[serde(skip)]
    pub unmet: Option<&'static str>,
}

impl Verdict {
    fn new(kind: VerdictKind, reasons: impl IntoIterator<Item = String>) -> Self {
        Verdict { kind, reasons: reasons.into_iter().collect(), unmet: None }
    }

    fn unmet(key: &'static str, reasons: impl IntoIterator<Item = String>) -> Self {
        Verdict { unmet: Some(key), ..Verdict::new(VerdictKind::Unmet, reasons) }
    }

    /// Holds a run against what was expected of it.
    pub fn on(summary: &Summary, expect: &Expect) -> Self {
        let broken = broken_bounds(summary, expect);
        let expected = broken.iter().find(|(key, _)| expect.violates.as_deref() == Some(key));
        let met = match (Self::on_ending(&summary.ending, expect), expected) {
            (Ok(met), _) => met,
            // No invariant was violated, and what was to be broken is a bound.
            (Err(verdict), Some((key, why))) if verdict.unmet == Some("violates") => {
                Some(format!("{key} was broken, as expected: {why}"))
            }
            (Err(verdict), _) => return verdict,
        };
        if let (Some((key, why)), None) = (broken.first(), expected) {
            return Verdict::unmet(key, [why.clone()]);
        }
        let seen = expect.reaches.iter().zip(&summary.watched);
        let mut missing: Vec<String> = seen
            .filter(|(pattern, seen)| **seen < pattern.times)
            .map(|(pattern, seen)| {
                let wanted = pattern.times;
                format!("{} should be seen {wanted} times, and was {seen}", pattern.one())
            })
            .collect();
        if summary.blocked.is_some_and(|blocked| blocked.begun == 0) {
            missing.push("no operation was begun while nothing should be done".to_owned());
        }
        if missing.is_empty() {
            Verdict::new(VerdictKind::Pass, met)
        } else {
            Verdict::new(VerdictKind::Vacuous, missing)
        }
    }

    /// Whether a run ended as it should, and in which way that is worth saying.
    fn on_ending(ending: &Ending, expect: &Expect) -> Result<Option<String>, Verdict> {
        Err(match (ending, &expect.violates, &expect.stalls) {
            (Ending::Unplayable(why), ..) => Verdict::new(VerdictKind::Unplayable, [why.clone()]),
            (Ending::Undecided(why), ..) => Verdict::new(VerdictKind::Undecided, [why.clone()]),
            (Ending::Violated(violation), Some(expected), _) if violation.invariant == expected => {
                return Ok(Some(format!("{expected} was violated, as expected")));
            }
            (Ending::Violated(violation), Some(expected), _) => {
                let found = format!("{} was violated; a violation of {expected} was expected", violation.invariant);
                Verdict::new(VerdictKind::Violated, [found])
            }
            (Ending::Violated(violation), None, _) => {
                Verdict::new(VerdictKind::Violated, [format!("{} was violated", violation.invariant)])
            }
            (Ending::Stalled(reasons), None, Some(expected)) => {
                if let Some(reason) = reasons.iter().find(|reason| reason.contains(expected)) {
                    return Ok(Some(format!("stalled, as expected: {reason}")));
                }
                let missing = format!("stalled, and for no reason that contains `{expected}`:");
                Verdict::unmet("stalls", [missing].into_iter().chain(reasons.iter().cloned()))
            }
            // It ended otherwise than expected, as a run that shows nothing does.
            (Ending::Stalled(reasons), Some(expected), _) => {
                let missing = format!("a violation of {expected} was expected, and the run stalled:");
                Verdict::unmet("violates", [missing].into_iter().chain(reasons.iter().cloned()))
            }
            (Ending::Stalled(reasons), None, None) => Verdict::new(VerdictKind::Stalled, reasons.iter().cloned()),
            (Ending::Completed, Some(expected), _) => {
                let missing = format!("a violation of {expected} was expected, and none was found");
                Verdict::unmet("violates", [missing])
            }
            (Ending::Completed, None, Some(expected)) => {
                let missing = format!("a stall for a reason that contains `{expected}` was expected, and all settled");
                Verdict::unmet("stalls", [missing])
            }
            (Ending::Completed, None, None) => return Ok(None),
        })
    }
}

/// The expectations about amounts that were not met: the key, and what was found.
fn broken_bounds(summary: &Summary, expect: &Expect) -> Vec<(&'static str, String)> {
    let mut broken = Vec::new();
    let limits = expect.at_most.iter().zip(summary.watched.iter().skip(expect.reaches.len()));
    for (pattern, seen) in limits.filter(|(pattern, seen)| **seen > pattern.times) {
        let most = pattern.times;
        broken.push(("at-most", format!("{} should be seen at most {most} times, and was {seen}", pattern.one())));
    }
    if let Some(blocked) = summary.blocked.filter(|blocked| blocked.done > 0) {
        let (begun, done) = (blocked.begun, blocked.done);
        broken.push(("blocks", format!("of {begun} operations begun while nothing should be done, {done} were done")));
    }
    let mut time = |key, bound: Option<Nanos>, found: Option<(Nanos, String)>| {
        if let (Some(bound), Some((found, what))) = (bound, found)
            && found > bound
        {
            broken.push((key, format!("{what}: {}, with a bound of {bound}", found.rounded())));
        }
    };
    let leaderless =
        summary.leaderless.map(|(long, from)| (long, format!("without a leader from {} on", from.rounded())));
    time("leader-within", expect.leader_within, leaderless);
    let (gap, from) = summary.clients.longest_gap;
    time(
        "unavailable-at-most",
        expect.unavailable_at_most,
        Some((gap, format!("no operation done from {} on", from.rounded()))),
    );
    let longest = summary.doubts.as_ref().and_then(|doubts| doubts.longest()).unwrap_or(Nanos::ZERO);
    time("in-doubt-at-most", expect.in_doubt_at_most, Some((longest, "the longest doubt".to_owned())));
    let settled = summary.settled.map(|(took, _)| (took, "settling took long".to_owned()));
    time("settles-within", expect.settles_within, settled);
    if let Some(bound) = expect.in_doubt_at_least.filter(|bound| longest < *bound) {
        let longest = longest.rounded();
        broken.push(("in-doubt-at-least", format!("nobody was in doubt for {bound}, and the longest doubt {longest}")));
    }
    if let (Some(bound), Some(bumps)) = (expect.term_bumps_at_most, summary.term_bumps)
        && bumps > bound
    {
        let why = format!("the highest term rose {bumps} times after the first election, with a bound of {bound}");
        broken.push(("term-bumps-at-most", why));
    }
    if let Some(bound) = expect.done_at_least.filter(|bound| summary.clients.done < *bound) {
        let done = summary.clients.done;
        broken.push(("done-at-least", format!("{done} operations were done, and at least {bound} should be")));
    }
    broken
}
