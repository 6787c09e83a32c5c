//! A scenario on a protocol, without type parameters: what sweeps and commands run.

use crate::engine::record::Recording;
use crate::engine::summary::{Ending, Summary};
use crate::node::Protocol;
use crate::scenario::{Run, Scenario, Simulation, Verdict};
use crate::spec::history::{Event, Operation, json_line, operations};
use crate::spec::judged::Judged;
use crate::spec::placement::{Census, censuses};
use crate::spec::store;

/// A run without type parameters.
pub struct Finished {
    /// How it ended, against what the scenario expects.
    pub verdict: Verdict,
    /// What it did.
    pub summary: Summary,
    /// What its clients saw, a JSON object per line; only where a record was asked for.
    pub history: Vec<String>,
    /// What happened, where it was asked for.
    pub recording: Option<Recording>,
    /// When each operation was begun and done; only where it is to be measured.
    pub operations: Vec<Operation>,
    /// What clients of a store saw; only where it is to be measured.
    pub store: Vec<Event<store::Op, store::Reply>>,
    /// What clients were told of who owns which keys; only where it is to be measured.
    pub censuses: Vec<Census>,
}

impl Finished {
    /// Whether the run ended without a violation of any invariant.
    pub fn shows_no_violation(&self) -> bool {
        !matches!(self.summary.ending, Ending::Violated(_))
    }
}

/// A scenario on a protocol, ready to run from any seed.
pub trait Runnable: Send + Sync {
    /// Runs from `seed`, keeping a record where `record` says so.
    fn run(&self, seed: u64, record: bool) -> Finished;
    /// The same, with all operations. Such a run is to be measured.
    fn measure(&self, seed: u64, record: bool) -> Finished;
    /// The scenario, with the faults of its plan among the others.
    fn scenario(&self) -> &Scenario;
    /// The protocol's configuration as JSON, with all defaults.
    fn config(&self) -> serde_json::Value;
}

/// A simulation can be shared between threads: nothing in it changes.
impl<N: Protocol<Family: Judged>> Runnable for Simulation<N>
where
    Simulation<N>: Send + Sync,
{
    fn run(&self, seed: u64, record: bool) -> Finished {
        let run = self.run_from(seed, record);
        let history = if record { run.history.iter().map(json_line::<N::Family>).collect() } else { Vec::new() };
        let Run { verdict, summary, recording, .. } = run;
        Finished {
            verdict,
            summary,
            history,
            recording,
            operations: Vec::new(),
            store: Vec::new(),
            censuses: Vec::new(),
        }
    }

    fn measure(&self, seed: u64, record: bool) -> Finished {
        let Run { verdict, summary, recording, history } = self.run_from(seed, record);
        let operations = operations(&history, &summary.clients.unknown_reads);
        let store = N::Family::on_a_store(&history).map(<[_]>::to_vec).unwrap_or_default();
        let censuses = N::Family::as_placement(&history).map(censuses).unwrap_or_default();
        Finished { verdict, summary, history: Vec::new(), recording, operations, store, censuses }
    }

    fn scenario(&self) -> &Scenario {
        Simulation::scenario(self)
    }

    fn config(&self) -> serde_json::Value {
        serde_json::to_value(Simulation::config(self)).expect("a configuration is plain data")
    }
}
