//! Floor 4: the scenario file as types, its errors, and what it expects. It composes the engine's own types, so that
//! one configuration serves the file, the library and the flags.

mod error;
mod expect;
mod file;
mod load;
mod network;
mod plan;
mod promise;
mod quantiles;
mod runnable;
pub mod schema;
mod simulation;
mod verdict;

pub use error::{Problem, ScenarioError};
pub use expect::{Blocks, Expect};
pub use file::{RunConfig, ScenarioFile, Seed, SeedRange};
pub use load::{Scenario, Strict, apply_override, apply_value, id_of};
pub use plan::{Plan, plans};
pub use runnable::{Finished, Runnable};
pub use simulation::{Run, Simulation};
pub use verdict::{Verdict, VerdictKind};
