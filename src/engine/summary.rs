//! What a run did, as data without type parameters: reports, sweeps and expectations read it.

use crate::engine::judge::Violation;
use crate::engine::network::Traffic;
use crate::node::Nanos;
use serde::Serialize;

/// How a run ended, before its scenario's expectations are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every check held, and after the faults everything ended within the bound.
    Completed,
    /// A check failed.
    Violated(Violation),
    /// Something did not end within the bound: what, and how each node stands.
    Stalled(Vec<String>),
    /// The run was given up before its end: why.
    Undecided(String),
    /// The schedule asked for something that could not happen: the line, and why not.
    Unplayable(String),
}

/// What one declared fault really did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FaultCount {
    /// As summaries show it.
    pub fault: String,
    /// Occurrences that were planned.
    pub scheduled: u64,
    /// Occurrences that took place.
    pub applied: u64,
    /// Occurrences that changed a delivery or a state.
    pub effective: u64,
    /// Occurrences that had to wait for a leader.
    pub deferred: u64,
    /// Runs that were without it, where only a share of the seeds has it.
    pub absent: u64,
    /// Disks that were spared because as many as may lose what was synced had been hit already.
    pub withheld: u64,
}

/// Records that crashes and disks took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordsLost {
    /// Not synced yet.
    pub unsynced: u64,
    /// Of those: written half.
    pub torn: u64,
    /// Claimed to be synced, and not.
    pub claimed: u64,
}

/// Operations under a fault that nothing should be done under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// Begun while it was in force.
    pub begun: u64,
    /// Of these: done while it was still in force.
    pub done: u64,
}

/// What the clients saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientCount {
    /// Operations begun.
    pub begun: u64,
    /// Operations done.
    pub done: u64,
    /// Operations of which every attempt was refused.
    pub refused: u64,
    /// Operations of unknown outcome.
    pub unknown: u64,
    /// Attempts beyond the first of an operation.
    pub retries: u64,
    /// Attempts that were redirected.
    pub redirects: u64,
    /// How long the done operations took, in ascending order.
    #[serde(skip)]
    pub latencies: Vec<Nanos>,
    /// When each read of unknown outcome was begun. Such reads leave the history.
    #[serde(skip)]
    pub unknown_reads: Vec<Nanos>,
    /// The longest time without an operation done while one was open, before the faults ended, and when it began.
    #[serde(skip)]
    pub longest_gap: (Nanos, Nanos),
}

impl ClientCount {
    /// The latency that a share of the done operations did not exceed, by the nearest-rank method.
    pub fn percentile(&self, percent: u64) -> Option<Nanos> {
        let rank = (self.latencies.len() as u64 * percent).div_ceil(100).max(1);
        self.latencies.get(rank as usize - 1).copied()
    }
}

/// How long those who must wait for others to decide were in doubt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoubtTimes {
    /// How many still were when the run ended.
    pub lasting: u64,
    /// How long each lasted, in ascending order; those that still last, until the end of the run.
    pub times: Vec<Nanos>,
}

impl DoubtTimes {
    /// The shortest.
    pub fn shortest(&self) -> Option<Nanos> {
        self.times.first().copied()
    }

    /// The one in the middle; of two the shorter.
    pub fn median(&self) -> Option<Nanos> {
        self.times.get(self.times.len().saturating_sub(1) / 2).copied()
    }

    /// The longest.
    pub fn longest(&self) -> Option<Nanos> {
        self.times.last().copied()
    }
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How it ended.
    pub ending: Ending,
    /// `d3:` and 32 hexadecimal digits.
    pub digest: String,
    /// Handler calls and applied faults.
    pub steps: u64,
    /// When the last step was.
    pub time: Nanos,
    /// How long settling took, after the faults had ended, and the bound on it; none where the run ended before.
    pub settled: Option<(Nanos, Nanos)>,
    /// Messages between nodes.
    pub traffic: Traffic,
    /// Nodes that did not heal when the faults ended, and what they suffered from.
    pub outside: Vec<String>,
    /// Records that crashes took.
    pub records_lost: RecordsLost,
    /// Each declared fault, in order.
    pub faults: Vec<FaultCount>,
    /// What the clients saw.
    pub clients: ClientCount,
    /// The patterns that expectations are about, in their order: how often each was seen.
    pub watched: Vec<u64>,
    /// Operations under a fault that nothing should be done under; none where there is no such fault.
    pub blocked: Option<Blocked>,
    /// The longest time without a leader before the faults ended, and when it began; none in families without leaders.
    pub leaderless: Option<(Nanos, Nanos)>,
    /// Every time without a leader that ended before the faults did: when it began, and when it ended.
    pub leaderless_spells: Vec<(Nanos, Nanos)>,
    /// How often the highest term rose after the first election and before the faults ended; none in families without
    /// leaders.
    pub term_bumps: Option<u64>,
    /// How often another node was elected than the time before, before the faults ended; none in families without
    /// leaders.
    pub leader_changes: Option<u64>,
    /// How long sites and the like were in doubt; none where nobody ever was.
    pub doubts: Option<DoubtTimes>,
    /// Each kind of fact, in the family's order, and how often it was seen.
    pub reached: Vec<(&'static str, u64)>,
    /// Each invariant in force, and how often it was checked.
    pub checked: Vec<(&'static str, u64)>,
}
