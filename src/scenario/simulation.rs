//! One scenario and one kind of node: ready to run. This is the library's front door.

use crate::engine::judge::GENERIC;
use crate::engine::play::{Script, play};
use crate::engine::record::Recording;
use crate::engine::schedule::{self, Line};
use crate::engine::summary::Summary;
use crate::engine::world::{Outcome, Setup, run};
use crate::node::{Delays, Nanos, Node, Op, Protocol};
use crate::scenario::file::Seed;
use crate::scenario::nearest;
use crate::scenario::{Scenario, ScenarioError, Verdict};
use crate::spec::history::History;
use crate::spec::judged::Judged;
use std::path::Path;

/// A scenario on nodes of type `N`.
pub struct Simulation<N: Node<Family: Judged>> {
    scenario: Scenario,
    config: N::Config,
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

    fn checked(scenario: Scenario) -> Result<Self, ScenarioError> {
        let file = &scenario.file;
        let config = serde_json::Value::Object(file.config.clone());
        let config: N::Config = serde_path_to_error::deserialize(&config)
            .map_err(|error| ScenarioError { position: None, ..ScenarioError::from_serde(&error) }.under("config"))?;
        N::check_config(&config, file.nodes).map_err(|(key, why)| ScenarioError::at(format!("config.{key}"), why))?;
        check_names::<N>(&scenario)?;
        let has_leaders = <N::Family as Judged>::HAS_LEADERS;
        for (place, fault) in file.faults.iter().enumerate() {
            let checked = fault.check(file.nodes, has_leaders, file.run.length);
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
        Ok(Simulation { config, schedule, except, seed, record: false, scenario })
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

    /// The scenario.
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
            immediate: file.disk.sync.max == Nanos::ZERO,
            lines: lines.to_vec(),
            except: self.except.clone(),
            record,
        }
    }

    fn setup(&self, seed: u64, record: bool) -> Setup {
        let file = &self.scenario.file;
        let delays = Delays {
            message_max: file.network.latency.max(),
            sync_max: file.disk.sync.max,
            retry_max: file.workload.timeout + file.workload.backoff.max + file.workload.think.max,
        };
        Setup {
            nodes: file.nodes,
            network: file.network.clone(),
            disk: file.disk.clone(),
            faults: file.faults.clone(),
            workload: file.workload.clone(),
            run_for: file.run.length,
            events_max: file.run.events,
            liveness_bound: N::liveness_bound(&self.config, file.nodes, &delays),
            except: self.except.clone(),
            seed,
            record,
        }
    }
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
    for (place, reach) in expect.reaches.iter().enumerate() {
        known(&format!("expect.reaches[{place}]"), "fact", &reach.fact, <N::Family as Judged>::FACTS)?;
    }
    let mix = &scenario.file.workload.mix;
    for name in mix.keys() {
        known(&format!("workload.mix.{name}"), "operation", name, <N::Family as Judged>::OPERATIONS)?;
    }
    if !mix.is_empty() && mix.values().all(|weight| *weight == 0) {
        return Err(ScenarioError::at("workload.mix", "every weight is 0: no operation could be issued"));
    }
    Ok(())
}

fn known(key: &str, what: &str, name: &str, allowed: &[&str]) -> Result<(), ScenarioError> {
    if allowed.contains(&name) {
        return Ok(());
    }
    let hint = nearest(name, allowed).map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
    let message = format!("there is no {what} `{name}`, expected one of {}{hint}", allowed.join(", "));
    Err(ScenarioError::at(key, message))
}
