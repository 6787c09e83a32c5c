//! Searching a scenario: its cluster, its configuration and its expectations, without its faults and its time.

use crate::node::{ClientId, NodeId, Op, Protocol, Purpose, RequestId, Stream};
use crate::scenario::{Problem, Scenario, ScenarioError, Simulation};
use crate::search::explore::{Explorable, Messages, Report, Search, explore};
use crate::spec::judged::{Generator, Judged};

/// What is asked of a search from outside.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The deepest worlds to look at; none: as deep as it goes.
    pub depth: Option<u32>,
    /// How many distinct worlds to look at, at most.
    pub states: usize,
    /// How many crashes there may be.
    pub crashes: u32,
    /// How many requests clients make, each of a client of its own, and each to any one node.
    pub requests: u32,
    /// How far the protocol is followed, by name; none: its first horizon.
    pub horizon: Option<String>,
    /// Whether messages are delivered once at most, in place of any number of times.
    pub bag: bool,
}

/// How far a protocol is followed, so that the search ends.
pub struct Horizon<N: Explorable> {
    /// What it is called on the command line.
    pub name: &'static str,
    /// In words: `terms up to t2`.
    pub text: &'static str,
    /// Whether a local state lies within.
    pub within: fn(&N, &N::Stable) -> bool,
}

/// What came of searching a scenario.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// What came of it.
    pub report: Report,
    /// How far the protocol was followed, in words.
    pub horizon: &'static str,
    /// The violation that the scenario expects.
    pub expects: Option<String>,
}

/// Searches the cluster of a scenario. The requests are the first that its workload would draw, a kind after another.
///
/// # Errors
/// When the scenario says something that is not allowed.
pub fn explore_scenario<N: Protocol<Family: Judged> + Explorable>(
    scenario: Scenario,
    limits: &Limits,
    horizons: &[Horizon<N>],
) -> Result<Exploration, ScenarioError> {
    let simulation = Simulation::<N>::of(scenario)?;
    let horizon = find_horizon(horizons, limits.horizon.as_deref());
    let horizon = horizon.map_err(|problem| simulation.scenario().error(vec![problem]))?;
    let file = &simulation.scenario().file;
    let search = Search::<N> {
        messages: if limits.bag { Messages::Bag } else { Messages::Set },
        crashes: limits.crashes,
        requests: requests::<N>(limits.requests, file.nodes, file.workload.keys),
        depth: limits.depth.unwrap_or(u32::MAX),
        states: limits.states,
        limit: horizon.within,
        except: simulation.except().to_vec(),
        ..Search::new(file.nodes, simulation.config().clone())
    };
    let expects = file.expect.violates.clone();
    Ok(Exploration { report: explore(&search), horizon: horizon.text, expects })
}

fn find_horizon<'h, N: Explorable>(horizons: &'h [Horizon<N>], name: Option<&str>) -> Result<&'h Horizon<N>, Problem> {
    let Some(name) = name else { return Ok(horizons.first().expect("an explorable protocol has a horizon")) };
    horizons.iter().find(|horizon| horizon.name == name).ok_or_else(|| {
        let names: Vec<&str> = horizons.iter().map(|horizon| horizon.name).collect();
        Problem::at("--horizon", format!("there is no horizon `{name}`, expected one of {}", names.join(", ")))
    })
}

fn requests<N: Protocol<Family: Judged>>(count: u32, nodes: u32, keys: u32) -> Vec<(NodeId, RequestId, Op<N>)> {
    let mut generator = <N::Family as Judged>::Generator::new(keys);
    let kinds = <N::Family as Judged>::OPERATIONS.len();
    let mut all = Vec::new();
    for number in 0..count {
        let client = ClientId::new(number);
        let mut draws = Stream::new(0, Purpose::Client, u64::from(number));
        // Writes first: a store in which nothing was written shows little.
        let op = generator.draw((number as usize + 1) % kinds, client, &mut draws);
        let request = RequestId { client, sequence: 1 };
        all.extend(NodeId::all(nodes).map(|node| (node, request, op.clone())));
    }
    all
}
