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
use crate::scenario::load::section;
use crate::scenario::network::resolve_network;
use crate::scenario::plan::faults_of;
use crate::scenario::promise;
use crate::scenario::{Expect, Problem, Scenario, ScenarioError, ScenarioFile, Verdict};
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
        Self::of(Scenario::read_so_far(path.as_ref(), &[])?)
    }

    /// Reads a scenario from a text.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn from_text(text: &str) -> Result<Self, ScenarioError> {
        Self::of(Scenario::parse_so_far(text, "scenario", &[])?)
    }

    /// Holds a scenario against what `N` and its family allow.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn of(mut scenario: Scenario) -> Result<Self, ScenarioError> {
        let mut found = Vec::new();
        if !scenario.has_nodes() {
            return Err(scenario.error(found));
        }
        let config = checked_config::<N>(&scenario.file, &mut found);
        if let (Some(config), Some(plan)) = (&config, scenario.file.plan.take()) {
            let (nodes, run_for) = (scenario.file.nodes, scenario.file.run.length);
            match faults_of::<N>(&plan, config, nodes, run_for) {
                Ok(faults) => scenario.file.faults.extend(faults),
                Err(why) => found.push(Problem::at("plan", why)),
            }
        }
        let file = &scenario.file;
        check_names::<N>(&scenario, &mut found);
        if let Err(why) = file.run.core.check(file.nodes) {
            found.push(Problem::at("run.core", why));
        }
        let network = resolve_network(&file.network, &file.faults, file.nodes);
        let network = network.map_err(|problem| found.push(problem));
        for (place, fault) in file.faults.iter().enumerate() {
            if let Err((key, why)) = fault.check::<N::Family>(file.nodes, file.run.length) {
                found.push(Problem::at(format!("faults[{place}].{key}"), why));
            }
        }
        let schedule = file.schedule.as_ref().map(|lines| parse_lines::<N>(lines, file.nodes, &mut found));
        let (Some(config), Ok(network), true) = (config, network, found.is_empty() && scenario.is_whole()) else {
            return Err(scenario.error(found));
        };
        let except = left_out::<N>(&file.expect);
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
        let Outcome { mut summary, history, recording } = outcome;
        let may_stall = self.scenario.file.expect.stalls.is_some();
        promise::judge::<N::Family>(&mut summary, &history, &self.except, may_stall);
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
fn checked_config<N: Protocol<Family: Judged>>(file: &ScenarioFile, found: &mut Vec<Problem>) -> Option<N::Config> {
    let before = found.len();
    let config: N::Config = section("config", serde_json::Value::Object(file.config.clone()), found)?;
    if found.len() > before {
        return None;
    }
    if let Err((key, why)) = N::check_config(&config, file.nodes) {
        found.push(Problem::at(format!("config.{key}"), why));
        return None;
    }
    Some(config)
}

/// The lines of a schedule; of those that are wrong the first few.
fn parse_lines<N: Node<Family: Judged>>(lines: &[String], nodes: u32, found: &mut Vec<Problem>) -> Vec<Line<Op<N>>> {
    let (mut parsed, mut wrong) = (Vec::new(), Vec::new());
    for (place, line) in lines.iter().enumerate() {
        match schedule::parse::<N::Family>(line, nodes) {
            Ok(line) => parsed.push(line),
            Err(why) => wrong.push(Problem::at(format!("schedule[{place}]"), why)),
        }
    }
    const SHOWN: usize = 10;
    wrong.truncate(SHOWN);
    found.append(&mut wrong);
    parsed
}

/// The invariants that a protocol is judged by, its family's first.
fn invariant_names<N: Node<Family: Judged>>() -> impl Iterator<Item = &'static str> {
    let promises = <N::Family as Judged>::PROMISE.iter().chain(<N::Family as Judged>::BEYOND);
    let promises = promises.map(|promise| promise.invariant());
    <N::Family as Judged>::INVARIANTS.iter().chain(promises).chain(GENERIC).map(|invariant| invariant.name)
}

/// Those that do not count. What the family does not promise counts only where it is named.
fn left_out<N: Node<Family: Judged>>(expect: &Expect) -> Vec<String> {
    let mut left_out = expect.left_out(invariant_names::<N>());
    let beyond = <N::Family as Judged>::BEYOND.iter().map(|promise| promise.invariant().name.to_owned());
    left_out.extend(beyond.filter(|name| !expect.holds.contains(name)));
    left_out.sort();
    left_out.dedup();
    left_out
}

/// Names of invariants, facts and operations must be the family's.
fn check_names<N: Node<Family: Judged>>(scenario: &Scenario, found: &mut Vec<Problem>) {
    let expect = &scenario.file.expect;
    let invariants: Vec<&str> = invariant_names::<N>().collect();
    let with_all: Vec<&str> = invariants.iter().copied().chain(["all"]).collect();
    for (place, name) in expect.holds.iter().enumerate() {
        known(&format!("expect.holds[{place}]"), "invariant", name, &with_all, found);
    }
    for (place, name) in expect.except.iter().enumerate() {
        let key = format!("expect.except[{place}]");
        known(&key, "invariant", name, &invariants, found);
        if name == "no-panic" {
            found.push(Problem::at(key, "a panic cannot be left out: the run could not go on"));
        }
    }
    let left_out = left_out::<N>(expect);
    if left_out.len() == invariants.len() && !expect.holds.is_empty() && found.is_empty() {
        found.push(Problem::at("expect", "no check is left that counts: the run would show nothing"));
    }
    if let Some(name) = &expect.violates {
        let allowed: Vec<&str> = invariants.iter().copied().chain(expect.bounds()).collect();
        known("expect.violates", "invariant", name, &allowed, found);
        if left_out.contains(name) {
            let why = format!("{name} does not count here, so that it cannot be violated");
            found.push(Problem::at("expect.violates", why));
        }
    }
    check_expectations::<N>(scenario, found);
    let mix = &scenario.file.workload.mix;
    for name in mix.keys() {
        let key = format!("workload.mix.{name}");
        known(&key, "operation", name, <N::Family as Judged>::OPERATIONS, found);
    }
    if !mix.is_empty() && mix.values().all(|weight| *weight == 0) {
        found.push(Problem::at("workload.mix", "every weight is 0: no operation could be issued"));
    }
}

/// What is expected beyond invariants must be possible in this family and this scenario.
fn check_expectations<N: Node<Family: Judged>>(scenario: &Scenario, found: &mut Vec<Problem>) {
    let (file, expect) = (&scenario.file, &scenario.file.expect);
    for (key, patterns) in [("reaches", &expect.reaches), ("at-most", &expect.at_most)] {
        for (place, pattern) in patterns.iter().enumerate() {
            if let Err(why) = pattern.check::<N::Family>() {
                found.push(Problem::at(format!("expect.{key}[{place}]"), why));
            }
        }
    }
    if file.schedule.is_some() {
        let why = "stands beside `schedule`, in which no time passes";
        found.extend(expect.about_time().iter().map(|key| Problem::at(format!("expect.{key}"), why)));
    }
    if expect.stalls.is_some() && expect.violates.is_some() {
        let why = "stands beside `violates`: a run ends with the violation, and does not stall";
        found.push(Problem::at("expect.stalls", why));
    }
    if !<N::Family as Judged>::HAS_LEADERS {
        let given = [
            ("leader-within", expect.leader_within.is_some()),
            ("term-bumps-at-most", expect.term_bumps_at_most.is_some()),
        ];
        let given = given.iter().filter(|(_, given)| *given);
        found.extend(given.map(|(key, _)| Problem::at(format!("expect.{key}"), "this family has no leaders")));
    }
    if !<N::Family as Judged>::HAS_DOUBTS {
        let given = [
            ("in-doubt-at-most", expect.in_doubt_at_most.is_some()),
            ("in-doubt-at-least", expect.in_doubt_at_least.is_some()),
        ];
        let given = given.iter().filter(|(_, given)| *given);
        found.extend(given.map(|(key, _)| Problem::at(format!("expect.{key}"), "nobody is in doubt in this family")));
    }
    if let Some(blocks) = &expect.blocks {
        let names: Vec<&str> = file.faults.iter().filter_map(|fault| fault.timing().name).collect();
        known("expect.blocks.while", "fault named", &blocks.fault, &names, found);
    }
}

fn known(key: &str, what: &str, name: &str, allowed: &[&str], found: &mut Vec<Problem>) {
    if !allowed.contains(&name) {
        found.push(Problem::at(key, unknown(what, name, allowed)));
    }
}
