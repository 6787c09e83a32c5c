//! One scenario and one kind of node: ready to run. This is the library's front door.

use crate::engine::judge::GENERIC;
use crate::engine::model::NetworkModel;
use crate::engine::play::{Script, play};
use crate::engine::record::Recording;
use crate::engine::schedule::{self, Happening, Line};
use crate::engine::summary::Summary;
use crate::engine::world::{Outcome, Setup, run};
use crate::node::{Delays, Nanos, Node, Op, Protocol};
use crate::scenario::file::Seed;
use crate::scenario::network::resolve_network;
use crate::scenario::plan::faults_of;
use crate::scenario::{Scenario, ScenarioError, ScenarioFile, Verdict};
use crate::spec::history::History;
use crate::spec::judged::Judged;
use crate::spec::names::unknown;
use std::path::Path;

/// A scenario on nodes of type `N`.
pub struct Simulation<N: Node<Family: Judged>> {
    scenario: Scenario,
    config: N::Config,
    network: NetworkModel,
    schedule: Option<Vec<Line<Op<N>>>>,
    except: Vec<String>,
    seed: u64,
    record: bool,
}

/// A run that has ended.
pub struct Run<N: Node<Family: Judged>> {
    /// How it ended, against what the scenario expects.
    pub verdict: Verdict,
    /// What it did.
    pub summary: Summary,
    /// What its clients saw.
    pub history: History<N::Family>,
    /// What happened, where it was recorded.
    pub recording: Option<Recording>,
}

impl<N: Protocol<Family: Judged>> Simulation<N> {
    /// Reads a scenario file. Its `protocol` is not looked at: `N` says which it is.
    ///
    /// # Errors
    /// When the file cannot be read or says something that is not allowed.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        Self::of(Scenario::read(path.as_ref(), &[])?)
    }

    /// Reads a scenario from a text.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn from_text(text: &str) -> Result<Self, ScenarioError> {
        Self::of(Scenario::parse(text, "scenario", &[])?)
    }

    /// Holds a scenario against what `N` and its family allow.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn of(scenario: Scenario) -> Result<Self, ScenarioError> {
        let source = scenario.clone();
        Self::checked(scenario).map_err(|error| source.place(error))
    }

    fn checked(mut scenario: Scenario) -> Result<Self, ScenarioError> {
        let config = checked_config::<N>(&scenario.file)?;
        if let Some(plan) = scenario.file.plan.take() {
            let (nodes, run_for) = (scenario.file.nodes, scenario.file.run.length);
            let faults =
                faults_of::<N>(&plan, &config, nodes, run_for).map_err(|why| ScenarioError::at("plan", why))?;
            scenario.file.faults.extend(faults);
        }
        let file = &scenario.file;
        check_names::<N>(&scenario)?;
        file.run.core.check(file.nodes).map_err(|why| ScenarioError::at("run.core", why))?;
        let network = resolve_network(&file.network, &file.faults, file.nodes)?;
        for (place, fault) in file.faults.iter().enumerate() {
            let checked = fault.check::<N::Family>(file.nodes, file.run.length);
            checked.map_err(|(key, why)| ScenarioError::at(format!("faults[{place}].{key}"), why))?;
        }
        let lines = |lines: &Vec<String>| {
            let parsed = lines.iter().enumerate().map(|(place, line)| {
                let wrong = |why| ScenarioError::at(format!("schedule[{place}]"), why);
                schedule::parse::<N::Family>(line, file.nodes).map_err(wrong)
            });
            parsed.collect::<Result<Vec<_>, _>>()
        };
        let schedule = file.schedule.as_ref().map(lines).transpose()?;
        let except = file.expect.left_out(invariant_names::<N>());
        let seed = file.seed.unwrap_or(Seed(0)).0;
        Ok(Simulation { config, network, schedule, except, seed, record: false, scenario })
    }

    /// Runs from this seed; without it, from the scenario's, else from 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Keeps a record of what happens. It changes nothing else.
    pub fn record(mut self) -> Self {
        self.record = true;
        self
    }

    /// The configuration, with all defaults.
    pub fn config(&self) -> &N::Config {
        &self.config
    }

    /// Replaces the configuration.
    pub fn with_config(mut self, config: N::Config) -> Self {
        self.config = config;
        self
    }

    /// The scenario, with the faults of its plan among the others.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The invariants that do not count here.
    pub fn except(&self) -> &[String] {
        &self.except
    }

    /// Runs. A pure function of the scenario, the seed and the version.
    pub fn run(&self) -> Run<N> {
        self.run_from(self.seed, self.record)
    }

    /// Runs from a seed, keeping a record where `record` says so.
    pub fn run_from(&self, seed: u64, record: bool) -> Run<N> {
        let outcome = match &self.schedule {
            Some(lines) => play::<N>(&self.script(lines, record), self.config.clone()),
            None => run::<N>(&self.setup(seed, record), self.config.clone()),
        };
        let Outcome { summary, history, recording } = outcome;
        Run { verdict: Verdict::on(&summary, &self.scenario.file.expect), summary, history, recording }
    }

    fn script(&self, lines: &[Line<Op<N>>], record: bool) -> Script<Op<N>> {
        let file = &self.scenario.file;
        Script {
            nodes: file.nodes,
            // A recorded run in which syncs were steps says when each of them was.
            immediate: file.disk.sync.max == Nanos::ZERO
                && !lines.iter().any(|line| matches!(line.what, Happening::Sync(..))),
            lines: lines.to_vec(),
            except: self.except.clone(),
            watched: self.scenario.file.expect.watched(),
            record,
        }
    }

    fn setup(&self, seed: u64, record: bool) -> Setup {
        let file = &self.scenario.file;
        let delays = Delays {
            message_max: self.network.message_max(),
            sync_max: file.disk.sync.max,
            retry_max: file.workload.timeout + file.workload.backoff.max + file.workload.think.max,
        };
        Setup {
            nodes: file.nodes,
            network: self.network.clone(),
            disk: file.disk.clone(),
            faults: file.faults.clone(),
            workload: file.workload.clone(),
            run_for: file.run.length,
            events_max: file.run.events,
            liveness_bound: N::liveness_bound(&self.config, file.nodes, &delays),
            disk_budget: file.disk.budget.unwrap_or((file.nodes - 1) / 2),
            core: file.run.core.clone(),
            watched: file.expect.watched(),
            blocks: file.expect.blocks.as_ref().and_then(|blocks| {
                file.faults.iter().position(|fault| fault.timing().name == Some(blocks.fault.as_str()))
            }),
            except: self.except.clone(),
            seed,
            record,
        }
    }
}

/// The protocol's configuration, held against what the protocol allows.
fn checked_config<N: Protocol<Family: Judged>>(file: &ScenarioFile) -> Result<N::Config, ScenarioError> {
    let config = serde_json::Value::Object(file.config.clone());
    let config: N::Config = serde_path_to_error::deserialize(&config)
        .map_err(|error| ScenarioError { position: None, ..ScenarioError::from_serde(&error) }.under("config"))?;
    N::check_config(&config, file.nodes).map_err(|(key, why)| ScenarioError::at(format!("config.{key}"), why))?;
    Ok(config)
}

/// The invariants that a protocol is judged by, its family's first.
fn invariant_names<N: Node<Family: Judged>>() -> impl Iterator<Item = &'static str> {
    <N::Family as Judged>::INVARIANTS.iter().chain(GENERIC).map(|invariant| invariant.name)
}

/// Names of invariants, facts and operations must be the family's.
fn check_names<N: Node<Family: Judged>>(scenario: &Scenario) -> Result<(), ScenarioError> {
    let expect = &scenario.file.expect;
    let invariants: Vec<&str> = invariant_names::<N>().collect();
    let with_all: Vec<&str> = invariants.iter().copied().chain(["all"]).collect();
    for (place, name) in expect.holds.iter().enumerate() {
        known(&format!("expect.holds[{place}]"), "invariant", name, &with_all)?;
    }
    for (place, name) in expect.except.iter().enumerate() {
        known(&format!("expect.except[{place}]"), "invariant", name, &invariants)?;
        if name == "no-panic" {
            let why = "a panic cannot be left out: the run could not go on";
            return Err(ScenarioError::at(format!("expect.except[{place}]"), why));
        }
    }
    if expect.left_out(invariants.iter().copied()).len() == invariants.len() {
        return Err(ScenarioError::at("expect", "no check is left that counts: the run would show nothing"));
    }
    if let Some(name) = &expect.violates {
        known("expect.violates", "invariant", name, &invariants)?;
        if expect.left_out(invariants.iter().copied()).contains(name) {
            let why = format!("{name} does not count here, so that it cannot be violated");
            return Err(ScenarioError::at("expect.violates", why));
        }
    }
    check_expectations::<N>(scenario)?;
    let mix = &scenario.file.workload.mix;
    for name in mix.keys() {
        known(&format!("workload.mix.{name}"), "operation", name, <N::Family as Judged>::OPERATIONS)?;
    }
    if !mix.is_empty() && mix.values().all(|weight| *weight == 0) {
        return Err(ScenarioError::at("workload.mix", "every weight is 0: no operation could be issued"));
    }
    Ok(())
}

/// What is expected beyond invariants must be possible in this family and this scenario.
fn check_expectations<N: Node<Family: Judged>>(scenario: &Scenario) -> Result<(), ScenarioError> {
    let (file, expect) = (&scenario.file, &scenario.file.expect);
    for (key, patterns) in [("reaches", &expect.reaches), ("at-most", &expect.at_most)] {
        for (place, pattern) in patterns.iter().enumerate() {
            let wrong = |why| ScenarioError::at(format!("expect.{key}[{place}]"), why);
            pattern.check::<N::Family>().map_err(wrong)?;
        }
    }
    if let (true, Some(key)) = (file.schedule.is_some(), expect.about_time().first()) {
        return Err(ScenarioError::at(format!("expect.{key}"), "stands beside `schedule`, in which no time passes"));
    }
    if expect.stalls.is_some() && expect.violates.is_some() {
        let why = "stands beside `violates`: a run ends with the violation, and does not stall";
        return Err(ScenarioError::at("expect.stalls", why));
    }
    if !<N::Family as Judged>::HAS_LEADERS {
        let given = [
            ("leader-within", expect.leader_within.is_some()),
            ("term-bumps-at-most", expect.term_bumps_at_most.is_some()),
        ];
        if let Some((key, _)) = given.iter().find(|(_, given)| *given) {
            return Err(ScenarioError::at(format!("expect.{key}"), "this family has no leaders"));
        }
    }
    if let Some(blocks) = &expect.blocks {
        let names: Vec<&str> = file.faults.iter().filter_map(|fault| fault.timing().name).collect();
        known("expect.blocks.while", "fault named", &blocks.fault, &names)?;
    }
    Ok(())
}

fn known(key: &str, what: &str, name: &str, allowed: &[&str]) -> Result<(), ScenarioError> {
    if allowed.contains(&name) {
        return Ok(());
    }
    Err(ScenarioError::at(key, unknown(what, name, allowed)))
}
