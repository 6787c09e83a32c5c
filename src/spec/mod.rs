//! Floor 2: the problems that protocols solve. A family owns its operations, facts, invariants, workload and
//! reference model; nothing here knows a protocol or the engine.

pub mod atomic_commit;
pub mod consensus;
pub mod echo;
pub mod history;
pub mod judged;
pub mod names;
pub mod pattern;
pub mod placement;
pub mod quorum_core;
pub mod replicated_log;
pub mod replicated_store;
pub mod scoped;
pub mod store;
