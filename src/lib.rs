//! A deterministic simulator for distributed systems.
//!
//! A whole cluster runs in one process, on one thread: simulated nodes exchange messages over a simulated network,
//! write to simulated disks, crash, and are checked after every step. A run is a pure function of (scenario, seed,
//! version): whatever goes wrong once goes wrong again.
//!
//! A scenario is a JSON file: which protocol, how many nodes, what network, which faults, what clients do, and what
//! must come of it.
//!
//! ```
//! use splitbrain::protocols::raft::Raft;
//! use splitbrain::scenario::{Simulation, VerdictKind};
//!
//! let simulation = Simulation::<Raft>::from_text(
//!     r#"{
//!         "about": "Five nodes lose their leader",
//!         "protocol": "raft",
//!         "nodes": 5,
//!         "network": { "latency": { "uniform": ["1ms", "10ms"] }, "loss": 0.01 },
//!         "faults": [ { "crash": { "at": "2s", "target": "leader", "for": "1s" } } ],
//!         "workload": { "clients": 4, "operations": 200, "mix": { "put": 1, "get": 1 } },
//!         "run": { "for": "5s" },
//!         "expect": { "reaches": ["Elected x2"] }
//!     }"#,
//! )?
//! .seed(7);
//!
//! let run = simulation.run();
//! assert_eq!(run.verdict.kind, VerdictKind::Pass, "{:?}", run.verdict.reasons);
//! assert_eq!(run.summary.digest, simulation.run().summary.digest);
//! # Ok::<(), splitbrain::scenario::ScenarioError>(())
//! ```
//!
//! # Where things are
//!
//! Floors, from the bottom; an arrow only ever points down.
//!
//! 1. [`node`]: what a protocol author sees. [`node::Node`], its [`node::Context`], ids, time, random streams.
//! 2. [`spec`]: the problems that protocols solve: operations, facts, invariants, reference models. [`parts`]: pure
//!    pieces that protocols share. [`consistency`]: histories of clients, and what they are judged by.
//! 3. [`engine`]: queue, network, disks, faults, clients, schedules. [`protocols`]: one folder each. The two never see
//!    each other.
//! 4. [`scenario`]: the file as types. [`search`]: sweeps and exhaustive search. [`registry`]: protocols by name.
//!    [`experiment`]: many runs that answer one question.
//! 5. [`report`]: what people and programs read of a run.
//! 6. [`cli`]: the command line.
//!
//! To write a protocol of one's own, begin with [`protocols::echo`]; [`main`] gives it every command.

pub mod cli;
pub mod consistency;
pub mod engine;
pub mod experiment;
pub mod node;
pub mod parts;
pub mod protocols;
pub mod registry;
pub mod report;
pub mod scenario;
pub mod search;
pub mod spec;

pub use cli::main;
