//! The replicated log: nodes agree on a growing sequence of commands, of which every replica applies the same prefix
//! to the same store. Raft and Multi-Paxos solve it; real libraries are judged by the same predicates.
//!
//! **Where the predicates stand.** Ongaro & Ousterhout, *In Search of an Understandable Consensus Algorithm* (2014),
//! figure 3 (election safety, leader append-only, log matching, leader completeness, state machine safety), section
//! 5.4; Ongaro's thesis (2014), chapter 3 and section 6.3 (sessions); raft.tla by the same author.
//!
//! **How they are judged.** The ledger folds the facts derived from durable records into a copy of every node's log,
//! so it knows what lies on which disk without asking a node. It is split by topic: [`logs`](self) (what lies where),
//! elections, commitment, application, reads. Logs are of one of two forms: they are cut and appended to (Raft), or
//! their slots are filled and replaced by themselves (Multi-Paxos; see `slots`). Every check costs the same however
//! long the run is.
//!
//! **Compaction and membership.** A log that was compacted is still a log: the ledger keeps what the snapshot stands
//! for, holds the snapshot against what is committed, and its state against that of everybody who applied as much.
//! Configurations are entries of the log; the ledger reads them there.

mod applied;
mod committed;
mod configuration;
mod elections;
mod facts;
mod invariants;
mod ledger;
mod logs;
mod reads;
mod slots;

pub use configuration::{Configuration, NodeSet};
pub use facts::{Command, Entry, Index, LogFact, ReplicatedLog, Term};
pub use ledger::LogLedger;
