//! Every protocol by name: one line each. Type erasure happens here and nowhere else.

use crate::engine::judge::GENERIC;
use crate::node::{PlantedBug, Protocol};
use crate::protocols::{
    echo, hash_ring, hash_table, multi_paxos, paxos, raft, replicated_commit, three_phase_commit, two_phase_commit,
};
use crate::scenario::{Problem, Runnable, Scenario, ScenarioError, Simulation};
use crate::search::explore::{Explorable, Exploration, Horizon, Limits, explore_scenario};
use crate::spec::consensus::Decree;
use crate::spec::judged::{FactShape, Invariant, Judged, Promise};
use crate::spec::names::unknown;
use std::sync::Arc;

/// The protocols that ship with splitbrain.
pub fn built_in() -> Vec<Entry> {
    vec![
        entry::<echo::Echo>("echo").explorable::<echo::Echo>(echo_horizons()),
        entry::<hash_ring::HashRing>("hash-ring"),
        entry::<hash_table::HashTable>("hash-table"),
        entry::<multi_paxos::MultiPaxos>("multi-paxos").explorable::<multi_paxos::MultiPaxos>(multi_paxos_horizons()),
        entry::<paxos::Paxos>("paxos").explorable::<paxos::Paxos>(paxos_horizons()),
        entry::<raft::Raft>("raft").explorable::<raft::Raft>(raft_horizons()),
        entry::<replicated_commit::ReplicatedCommit>("replicated-commit").explorable(replicated_commit_horizons()),
        entry::<three_phase_commit::ThreePhaseCommit>("three-phase-commit").explorable(three_phase_commit_horizons()),
        entry::<two_phase_commit::TwoPhaseCommit>("two-phase-commit").explorable(two_phase_commit_horizons()),
    ]
}

fn echo_horizons() -> Vec<Horizon<echo::Echo>> {
    vec![Horizon { name: "words", text: "up to 4 words heard by a node", within: |node, _| node.heard() <= 4 }]
}

fn multi_paxos_horizons() -> Vec<Horizon<multi_paxos::MultiPaxos>> {
    vec![
        Horizon {
            name: "elections",
            text: "terms up to t3, 1 slot",
            within: |_, disk| disk.promised.0 <= 3 && disk.last_index().0 <= 1,
        },
        Horizon {
            name: "two-terms",
            text: "terms up to t2, 1 slot",
            within: |_, disk| disk.promised.0 <= 2 && disk.last_index().0 <= 1,
        },
        Horizon {
            name: "two-slots",
            text: "terms up to t2, 2 slots",
            within: |_, disk| disk.promised.0 <= 2 && disk.last_index().0 <= 2,
        },
    ]
}

fn paxos_horizons() -> Vec<Horizon<paxos::Paxos>> {
    vec![
        Horizon {
            name: "votes",
            text: "ballots of round 1, until a learner counts votes",
            within: |node, disk| disk.highest_round() <= 1 && !node.counts_votes() && disk.learnt(Decree(0)).is_none(),
        },
        Horizon { name: "one-round", text: "ballots of round 1", within: |_, disk| disk.highest_round() <= 1 },
        Horizon { name: "two-rounds", text: "ballots of rounds 1 and 2", within: |_, disk| disk.highest_round() <= 2 },
    ]
}

fn raft_horizons() -> Vec<Horizon<raft::Raft>> {
    vec![
        Horizon {
            name: "elections",
            text: "term t1, logs of up to 1 entry",
            within: |_, disk| disk.term.0 <= 1 && disk.last_index().0 <= 1,
        },
        Horizon {
            name: "replication",
            text: "terms up to t2, logs of up to 2 entries",
            within: |_, disk| disk.term.0 <= 2 && disk.last_index().0 <= 2,
        },
    ]
}

fn replicated_commit_horizons() -> Vec<Horizon<replicated_commit::ReplicatedCommit>> {
    vec![Horizon {
        name: "one-ballot",
        text: "first lives, and ballots of round 1",
        within: |_, disk| disk.life() <= 1 && disk.highest_round() <= 1,
    }]
}

fn three_phase_commit_horizons() -> Vec<Horizon<three_phase_commit::ThreePhaseCommit>> {
    vec![Horizon { name: "two-epochs", text: "epochs up to 2", within: |_, disk| disk.epoch() <= 2 }]
}

fn two_phase_commit_horizons() -> Vec<Horizon<two_phase_commit::TwoPhaseCommit>> {
    vec![Horizon { name: "two-epochs", text: "epochs up to 2", within: |_, disk| disk.epoch() <= 2 }]
}

/// What the tool knows of a family.
#[derive(Clone, Copy, Debug)]
pub struct FamilyInfo {
    /// Kebab-case.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// Its own invariants.
    pub invariants: &'static [Invariant],
    /// The check of what it promises of all that clients see, where it promises anything.
    pub promise: Option<&'static Invariant>,
    /// The checks that can be asked for by name beyond that.
    pub beyond: &'static [Promise],
    /// Its facts.
    pub facts: &'static [FactShape],
    /// The operations that a workload can mix.
    pub operations: &'static [&'static str],
}

impl FamilyInfo {
    /// Its own invariants, and what clients see can be held against.
    pub fn checks(&self) -> impl Iterator<Item = &'static Invariant> {
        self.invariants.iter().chain(self.promise).chain(self.beyond.iter().map(|promise| promise.invariant()))
    }
}

type Load = fn(Scenario) -> Result<Box<dyn Runnable>, ScenarioError>;
type Explore = Arc<dyn Fn(Scenario, &Limits) -> Result<Exploration, ScenarioError> + Send + Sync>;

/// A protocol by name.
#[derive(Clone)]
pub struct Entry {
    /// What a scenario's `protocol` says.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// Its paper.
    pub source: &'static str,
    /// Its family.
    pub family: FamilyInfo,
    /// Its planted bugs.
    pub bugs: &'static [PlantedBug],
    /// The JSON Schema of its configuration, where it has one.
    pub config_schema: fn() -> Option<serde_json::Value>,
    load: Load,
    explore: Option<Explore>,
}

/// The entry of a protocol.
pub fn entry<N: Protocol<Family: Judged>>(name: &'static str) -> Entry
where
    Simulation<N>: Runnable,
{
    Entry {
        name,
        about: N::ABOUT,
        source: N::SOURCE,
        family: FamilyInfo {
            name: N::Family::NAME,
            about: N::Family::ABOUT,
            invariants: N::Family::INVARIANTS,
            promise: N::Family::PROMISE.map(|promise| promise.invariant()),
            beyond: N::Family::BEYOND,
            facts: N::Family::FACTS,
            operations: N::Family::OPERATIONS,
        },
        bugs: N::BUGS,
        config_schema: N::config_schema,
        load: |scenario| Ok(Box::new(Simulation::<N>::of(scenario)?)),
        explore: None,
    }
}

impl Entry {
    /// The same entry, for a node that exhaustive search can handle too.
    ///
    /// `horizons` say which local states to follow further, so that the search ends; the first is the default.
    pub fn explorable<N: Protocol<Family: Judged> + Explorable>(mut self, horizons: Vec<Horizon<N>>) -> Self {
        self.explore = Some(Arc::new(move |scenario, limits| explore_scenario(scenario, limits, &horizons)));
        self
    }

    /// Holds a scenario against what the protocol allows.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn load(&self, scenario: Scenario) -> Result<Box<dyn Runnable>, ScenarioError> {
        (self.load)(scenario)
    }

    /// Searches every interleaving of a small cluster; none where the protocol cannot be searched.
    ///
    /// # Errors
    /// When the scenario says something that is not allowed.
    pub fn explore(&self, scenario: Scenario, limits: &Limits) -> Option<Result<Exploration, ScenarioError>> {
        self.explore.as_ref().map(|explore| explore(scenario, limits))
    }

    /// All invariants that the protocol is judged by.
    pub fn invariants(&self) -> impl Iterator<Item = &'static Invariant> {
        self.family.checks().chain(GENERIC)
    }
}

/// Finds a protocol by name.
///
/// # Errors
/// When there is none: names what there is.
pub fn find<'e>(entries: &'e [Entry], scenario: &Scenario) -> Result<&'e Entry, ScenarioError> {
    let name = scenario.file.protocol.as_str();
    entries.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        scenario.error(vec![Problem::at("protocol", unknown("protocol", name, &names))])
    })
}
