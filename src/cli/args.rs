//! What can be typed.

use crate::consistency::format::Format;
use crate::consistency::linearizable::translate::Model;
use crate::consistency::{transactions, weak};
use crate::spec::names::unknown;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Stands below the help of every command.
const EXIT_CODES: &str = "Exit codes: 0 as expected, 1 violated or an expectation not met, 2 bad usage or scenario, \
    3 stalled, 4 undecided, 5 vacuous, 70 internal error, 130 interrupted.";

/// Runs a whole distributed system in one process, under seeded faults, and checks it after every step.
#[derive(Debug, Parser)]
#[command(name = "splitbrain", version, arg_required_else_help = true, propagate_version = true)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Print no progress
    #[arg(long, short, global = true, display_order = 900)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Run a scenario once, or from several seeds until the first failure
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Run a scenario from many seeds, in parallel, and group the failures
    #[command(after_help = EXIT_CODES)]
    Sweep(SweepArgs),
    /// Measure an experiment and draw it: an SVG, a PNG and a CSV, with the law beside the measurement
    #[command(after_help = EXIT_CODES)]
    Chart(ChartArgs),
    /// Print what happens in a run, one line an event
    #[command(after_help = EXIT_CODES)]
    Trace(TraceArgs),
    /// Search every interleaving of a small cluster, breadth first
    #[command(after_help = EXIT_CODES)]
    Explore(ExploreArgs),
    /// Judge histories that were recorded, here or elsewhere, by a consistency model
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Check scenarios without running them; or write one out with every default
    #[command(after_help = EXIT_CODES)]
    Validate(ValidateArgs),
    /// Write a scenario to begin with
    New(NewArgs),
    /// List what there is
    #[command(after_help = EXIT_CODES)]
    List(ListArgs),
    /// Say what a name means: a check, a fact, a fault, a plan, a protocol, a bug, an exit code
    Explain(ExplainArgs),
    /// Print the JSON Schema of scenarios, or of experiments, for editors
    Schema(SchemaArgs),
    /// Print a script that completes commands, for a shell
    Completions(CompletionsArgs),
}

/// A scenario and what to change in it.
#[derive(Debug, Args)]
pub(in crate::cli) struct ScenarioArgs {
    /// The scenario file
    pub scenario: PathBuf,
    /// Override a value: a path and JSON, or else a string (`network.loss=0.2`, `config.bugs=[]`)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// The seed, decimal or 0x hexadecimal [default: the scenario's, else 0]
    #[arg(long, conflicts_with = "seeds", allow_negative_numbers = true)]
    pub seed: Option<crate::scenario::Seed>,
    /// Run from each of these seeds until one fails; B is left out
    #[arg(long, value_name = "A..B")]
    pub seeds: Option<crate::scenario::SeedRange>,
    /// Print JSON in place of text
    #[arg(long)]
    pub json: bool,
    /// Write verdict.json, trace.txt, history.jsonl and schedule.json to DIR/SCENARIO/SEED/
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SweepArgs {
    /// The scenario files
    #[arg(required = true)]
    pub scenarios: Vec<PathBuf>,
    /// Override a value: a path and JSON, or else a string (`network.loss=0.2`, `config.bugs=[]`)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Which seeds; B is left out [default: the scenario's, else 0..1000]
    #[arg(long, value_name = "A..B")]
    pub seeds: Option<crate::scenario::SeedRange>,
    /// How many workers [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub jobs: Option<u32>,
    /// Print JSON in place of text
    #[arg(long)]
    pub json: bool,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Described {
    /// What `run` and `sweep` take
    Scenarios,
    /// What `chart` takes
    Experiments,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SchemaArgs {
    /// What of
    #[arg(value_enum, default_value = "scenarios")]
    pub of: Described,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ChartArgs {
    /// The experiment files
    #[arg(required_unless_present = "all", value_name = "EXPERIMENT")]
    pub experiments: Vec<PathBuf>,
    /// Every experiment below ./scenarios/charts
    #[arg(long, conflicts_with = "experiments")]
    pub all: bool,
    /// Where the files go [default: output/charts, with --all output/gallery]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The seeds of each point, in place of the experiment's; B is left out
    #[arg(long, value_name = "A..B")]
    pub seeds: Option<crate::scenario::SeedRange>,
    /// How many workers [default: one per core]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub jobs: Option<u32>,
    /// Print JSON in place of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum TraceFormat {
    /// One line an event
    Text,
    /// A scenario whose schedule is this very run
    Schedule,
    /// What clients saw, as EDN maps that Jepsen's checkers read, and `check`
    Jepsen,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TraceArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// The seed, decimal or 0x hexadecimal [default: the scenario's, else 0]
    #[arg(long, allow_negative_numbers = true)]
    pub seed: Option<crate::scenario::Seed>,
    /// What to print
    #[arg(long, value_enum, default_value = "text")]
    pub format: TraceFormat,
}

/// What a history is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Consistency {
    /// One order of all operations, each between its call and its return.
    Linearizable,
    /// A model below it.
    Weak(weak::Model),
    /// A model of transactions.
    Transactions(transactions::Model),
    /// All of them: which hold?
    All,
}

impl std::str::FromStr for Consistency {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        if word == "all" {
            return Ok(Consistency::All);
        }
        if let Some(model) = transactions::Model::named(word) {
            return Ok(Consistency::Transactions(model));
        }
        let weak = weak::Model::all(crate::node::Nanos::ZERO, 0);
        let names = weak.iter().map(|model| model.name()).chain(transactions::MODELS.map(transactions::Model::name));
        let mut names: Vec<&str> = names.chain(["all"]).collect();
        names.dedup();
        let name = word.split('=').next().unwrap_or_default();
        if !names.contains(&name) {
            return Err(unknown("consistency model", name, &names));
        }
        Ok(match weak::Model::parse(word)? {
            weak::Model::Linearizable => Consistency::Linearizable,
            model => Consistency::Weak(model),
        })
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// The histories
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The format: jepsen-log, edn or jsonl [default: as it looks]
    #[arg(long, value_parser = |word: &str| named("format", word, Format::ALL))]
    pub format: Option<Format>,
    /// The object: register, key-value, queue or lock [default: the first that has all operations]
    #[arg(long, value_parser = |word: &str| named("model", word, Model::ALL))]
    pub model: Option<Model>,
    /// The consistency model, or `all`: which hold? Of operations: linearizable, sequential, causal-convergence,
    /// causal-memory, causal, pram, read-your-writes, monotonic-reads, monotonic-writes, writes-follow-reads,
    /// bounded-staleness=10ms (or =2 versions), eventual=1s. Of transactions: strict-serializable, serializable,
    /// snapshot-isolation, repeatable-read, read-atomic, read-committed, read-uncommitted, and more
    /// [default: linearizable, or strict-serializable]
    #[arg(long, value_name = "MODEL")]
    pub consistency: Option<Consistency>,
    /// Print JSON in place of text
    #[arg(long)]
    pub json: bool,
}

/// What a word names.
fn named<T: Copy>(what: &str, word: &str, all: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let found = all.iter().find(|(name, _)| *name == word);
    found.map(|(_, named)| *named).ok_or_else(|| unknown(what, word, &names))
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExploreArgs {
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// The deepest states to look at
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub depth: Option<u32>,
    /// How many distinct states to look at, at most
    #[arg(long, value_name = "N", default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub states: u64,
    /// How many crashes there may be
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(..=1000))]
    pub crashes: u32,
    /// How many requests clients make
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1000))]
    pub requests: u32,
    /// How far to follow the protocol, by name [default: its first horizon]
    #[arg(long, value_name = "NAME")]
    pub horizon: Option<String>,
    /// Deliver a message once at most, in place of any number of times
    #[arg(long)]
    pub bag: bool,
    /// Write a scenario that plays the violation that was found
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Listed {
    /// Protocols, by family
    Protocols,
    /// Faults that a scenario can declare
    Faults,
    /// Named plans: ready-made faults
    Plans,
    /// Facts, by family
    Facts,
    /// Invariants, by family
    Invariants,
    /// Planted bugs, by protocol
    Bugs,
    /// Scenarios below ./scenarios
    Scenarios,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// What to list [default: all but scenarios]
    #[arg(value_enum)]
    pub what: Option<Listed>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ValidateArgs {
    /// The files: scenarios and experiments
    #[arg(required = true)]
    pub scenarios: Vec<PathBuf>,
    /// Override a value: a path and JSON, or else a string (`network.loss=0.2`, `config.bugs=[]`)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Print the scenario with every default written out: a scenario with the same digest
    #[arg(long)]
    pub resolved: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NewArgs {
    /// The protocol
    #[arg(default_value = "raft")]
    pub protocol: String,
    /// Write it to this file, which must not exist, in place of printing it
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    /// The name
    pub name: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
