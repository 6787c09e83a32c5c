//! Floor 3: the protocols, one folder each. They know `node/`, `spec/` and `parts/`, and never the engine.

pub mod echo;
pub mod hash_ring;
pub mod hash_table;
pub mod multi_paxos;
pub mod paxos;
pub mod raft;
pub mod replicated_commit;
pub mod three_phase_commit;
pub mod two_phase_commit;
