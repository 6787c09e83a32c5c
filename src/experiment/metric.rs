//! What is measured in a run: an integer, or a share as two integers, so that it is the same on every platform.

use crate::engine::summary::{DoubtTimes, Ending, Summary};
use crate::experiment::seen;
use crate::node::Nanos;
use crate::scenario::Finished;
use crate::spec::history::Operation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is measured in each run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Metric {
    /// The share of the operations begun from a time on, and before the faults end, that were done before the faults
    /// ended. Operations that were begun in the last `grace` do not count.
    Availability {
        /// From when on.
        #[serde(default)]
        from: Nanos,
        /// How long an operation may take.
        #[serde(default)]
        grace: Nanos,
    },
    /// The share of the runs in which all these operations were done.
    AllDone {
        /// From when on.
        #[serde(default)]
        from: Nanos,
        /// How long an operation may take.
        #[serde(default)]
        grace: Nanos,
    },
    /// The largest y at which, as at every smaller one, all these operations were done in every run.
    Tolerated {
        /// From when on.
        #[serde(default)]
        from: Nanos,
        /// How long an operation may take.
        #[serde(default)]
        grace: Nanos,
    },
    /// The share of the windows of time, before the faults end, in which an operation was done.
    Windows {
        /// How long a window is.
        length: Nanos,
    },
    /// How long operations took: the time that a share of those that were done did not exceed.
    Latency {
        /// Of 100.
        percentile: u64,
    },
    /// How many operations were done in a second.
    Throughput {},
    /// The longest time without an operation done while one was open.
    Unavailable {},
    /// The longest time without a leader that began from a time on, and ended.
    Leaderless {
        /// From when on.
        #[serde(default)]
        from: Nanos,
    },
    /// The longest time that a site was in doubt; what still is when the run ends counts until then.
    InDoubt {},
    /// How long it took, after the faults had ended, until everything was done.
    Recovery {},
    /// How often the highest term rose after the first election.
    TermBumps {},
    /// How often another node was elected than the time before.
    LeaderChanges {},
    /// How many messages nodes sent for an operation that was done.
    Messages {},
    /// How often a fact was seen.
    Facts {
        /// Its name.
        fact: String,
    },
    /// The share of the runs that violate no invariant, and end with everything done.
    Flawless {},
    /// How uneven the load of the members is, as surveys and lookups tell: the standard deviation of the keys that a
    /// member owns, beside their mean.
    Imbalance {},
    /// The share of the keys that have another owner after a node has joined, as surveys and lookups tell.
    Moved {},
    /// The share of the reads that missed a write that had been done before they began.
    StaleReads {
        /// Only reads that began from this time on count, of keys that were written to before it, and not since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written_before: Option<Nanos>,
    },
    /// The share of the acknowledged writes that nothing overwrote, and that the last read of their key did not find.
    LostWrites {},
    /// The share of the runs in which an invariant was violated.
    Violations {
        /// Which; without it, any.
        #[serde(default)]
        invariant: Option<String>,
    },
}

/// What the number of a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share, from 0 to 1.
    Share,
    /// A time, in nanoseconds; shown in milliseconds.
    Time,
    /// A number of something.
    Number,
}

/// What one run gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sample {
    /// So many of so many.
    Share(u64, u64),
    /// A number, or a time in nanoseconds.
    Amount(u64),
    /// Nothing to be measured: no operation was done, no leader was missed.
    Nothing,
}

impl Metric {
    /// What its number is.
    pub fn unit(&self) -> Unit {
        match self {
            Metric::Availability { .. }
            | Metric::AllDone { .. }
            | Metric::Windows { .. }
            | Metric::Flawless {}
            | Metric::Moved {}
            | Metric::StaleReads { .. }
            | Metric::LostWrites {}
            | Metric::Violations { .. } => Unit::Share,
            Metric::Latency { .. }
            | Metric::Unavailable {}
            | Metric::Leaderless { .. }
            | Metric::InDoubt {}
            | Metric::Recovery {} => Unit::Time,
            Metric::Tolerated { .. }
            | Metric::Throughput {}
            | Metric::TermBumps {}
            | Metric::LeaderChanges {}
            | Metric::Messages {}
            | Metric::Imbalance {}
            | Metric::Facts { .. } => Unit::Number,
        }
    }

    /// As the axis shows it.
    pub fn title(&self) -> String {
        match self {
            Metric::Availability { .. } => "operations done".to_owned(),
            Metric::AllDone { .. } => "runs in which everything was done".to_owned(),
            Metric::Tolerated { .. } => "most that is tolerated".to_owned(),
            Metric::Windows { length } => format!("windows of {length} in which something was done"),
            Metric::Latency { percentile: 50 } => "latency, median".to_owned(),
            Metric::Latency { percentile } => format!("latency, {percentile} % of operations"),
            Metric::Throughput {} => "operations done in a second".to_owned(),
            Metric::Unavailable {} => "longest outage".to_owned(),
            Metric::Leaderless { .. } => "time without a leader".to_owned(),
            Metric::InDoubt {} => "longest time in doubt".to_owned(),
            Metric::Recovery {} => "time to recover".to_owned(),
            Metric::TermBumps {} => "times that the term rose".to_owned(),
            Metric::LeaderChanges {} => "changes of the leader".to_owned(),
            Metric::Messages {} => "messages for an operation".to_owned(),
            Metric::Facts { fact } => format!("times that {fact} was seen"),
            Metric::Flawless {} => "runs without a flaw".to_owned(),
            Metric::Imbalance {} => "standard deviation of a node's load / mean".to_owned(),
            Metric::Moved {} => "keys moved".to_owned(),
            Metric::StaleReads { .. } => "stale reads".to_owned(),
            Metric::LostWrites {} => "acknowledged writes lost".to_owned(),
            Metric::Violations { invariant: Some(name) } => format!("runs that violate {name}"),
            Metric::Violations { invariant: None } => "runs with a violation".to_owned(),
        }
    }

    /// Whether it looks for the largest place of the second axis.
    pub fn is_climb(&self) -> bool {
        matches!(self, Metric::Tolerated { .. })
    }

    /// Whether the number is the square root of what samples give: a deviation, of variances.
    pub fn is_root(&self) -> bool {
        matches!(self, Metric::Imbalance {})
    }

    /// Whether runs that end in a violation are what is measured; otherwise there must be none.
    pub fn counts_violations(&self) -> bool {
        matches!(self, Metric::Violations { .. } | Metric::Flawless {})
    }

    /// What a run of so many nodes, and of `length` of simulated time, gave.
    pub fn sample(&self, run: &Finished, nodes: u32, length: Nanos) -> Sample {
        let summary = &run.summary;
        match self {
            Metric::Availability { from, grace } => availability(&run.operations, *from, *grace, length),
            Metric::AllDone { from, grace } | Metric::Tolerated { from, grace } => {
                match availability(&run.operations, *from, *grace, length) {
                    Sample::Share(done, all) => Sample::Share(u64::from(done == all), 1),
                    nothing => nothing,
                }
            }
            Metric::Windows { length: window } => windows(&run.operations, *window, length),
            Metric::Latency { percentile } => time(summary.clients.percentile(*percentile)),
            Metric::Throughput {} => {
                let done = run.operations.iter().filter(|operation| done_before(operation, length)).count() as u64;
                Sample::Share(done * 1_000_000_000, length.0)
            }
            Metric::Unavailable {} => Sample::Amount(summary.clients.longest_gap.0.0),
            Metric::Leaderless { from } => {
                let late = summary.leaderless_spells.iter().filter(|(begun, _)| begun >= from);
                time(late.map(|(begun, ended)| ended.saturating_sub(*begun)).max())
            }
            Metric::InDoubt {} => time(summary.doubts.as_ref().and_then(DoubtTimes::longest)),
            Metric::Recovery {} => time(summary.settled.map(|(took, _)| took)),
            Metric::TermBumps {} => summary.term_bumps.map_or(Sample::Nothing, Sample::Amount),
            Metric::LeaderChanges {} => summary.leader_changes.map_or(Sample::Nothing, Sample::Amount),
            Metric::Messages {} if summary.clients.done == 0 => Sample::Nothing,
            Metric::Messages {} => Sample::Share(summary.traffic.sent, summary.clients.done),
            Metric::Facts { fact } => facts(summary, fact),
            Metric::Flawless {} => Sample::Share(u64::from(summary.ending == Ending::Completed), 1),
            Metric::Imbalance {} => seen::imbalance(&run.censuses, nodes),
            Metric::Moved {} => seen::moved(&run.censuses),
            Metric::StaleReads { written_before } => seen::stale_reads(&run.store, *written_before),
            Metric::LostWrites {} => seen::lost_writes(&run.store),
            Metric::Violations { invariant } => Sample::Share(u64::from(violates(summary, invariant.as_deref())), 1),
        }
    }
}

fn time(found: Option<Nanos>) -> Sample {
    found.map_or(Sample::Nothing, |time| Sample::Amount(time.0))
}

fn facts(summary: &Summary, fact: &str) -> Sample {
    let found = summary.reached.iter().find(|(name, _)| *name == fact);
    found.map_or(Sample::Nothing, |(_, count)| Sample::Amount(*count))
}

/// Whether a run violated this invariant, or any.
fn violates(summary: &Summary, invariant: Option<&str>) -> bool {
    match &summary.ending {
        Ending::Violated(violation) => invariant.is_none_or(|name| name == violation.invariant),
        Ending::Completed | Ending::Stalled(_) | Ending::Undecided(_) | Ending::Unplayable(_) => false,
    }
}

fn done_before(operation: &Operation, end: Nanos) -> bool {
    operation.done.is_some_and(|done| done < end)
}

fn availability(operations: &[Operation], from: Nanos, grace: Nanos, end: Nanos) -> Sample {
    let counts = |operation: &&Operation| operation.begun >= from && operation.begun + grace < end;
    let (done, all) = operations
        .iter()
        .filter(counts)
        .fold((0, 0), |(done, all), operation| (done + u64::from(done_before(operation, end)), all + 1));
    if all == 0 { Sample::Nothing } else { Sample::Share(done, all) }
}

fn windows(operations: &[Operation], window: Nanos, end: Nanos) -> Sample {
    let count = end.0 / window.0.max(1);
    let mut seen = vec![false; count as usize];
    for done in operations.iter().filter_map(|operation| operation.done) {
        if let Some(seen) = seen.get_mut((done.0 / window.0.max(1)) as usize) {
            *seen = true;
        }
    }
    Sample::Share(seen.iter().filter(|seen| **seen).count() as u64, count)
}
