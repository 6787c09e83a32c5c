//! Breadth-first search over every interleaving of the same node code that seeded runs use.
//!
//! A seeded run samples long executions with time, faults and load; this search looks at *all* short ones, with time
//! left out: a set timer may fire whenever it likes, a message may arrive whenever it likes or never. Both are needed.
//! Some mistakes hide from a million random seeds and show within ten steps, others need thousands of steps and show
//! on the first seed.
//!
//! **A world** is what the cluster is between two steps: each node's local state (volatile part, stable image, set
//! timers), what is in flight, how many crashes are left, and what the invariants remember. What one node does depends
//! on its own local state and the event alone, so each distinct (local state, event) is executed once, for every way
//! its choices can fall, and remembered. Local states, messages, ledgers and what a step told them are interned, so
//! that a world is a few small numbers and a step to a world seen before copies nothing: the two-phase commit of seven
//! resource managers takes about two thousand handler runs for four million steps.
//!
//! **Worlds seen** are kept as fingerprints of 128 bits: the sum of the digests of a world's parts, which neither the
//! order of the parts nor the order of discovery changes and which a step corrects by what it changed. Two worlds
//! with one fingerprint would be taken for one; among a billion worlds that has a chance of about 10^-21.
//!
//! **What is simplified.** The disk is immediate: a record is durable as soon as its step is done, and a crash falls
//! between steps. `now()` is always zero. A first boot is not a restart: all nodes have been started, in order, before
//! the first step of a schedule.
//!
//! Where to read on: [`Search`] says what to search, [`Report`] what came of it; `step` runs a handler and carries out
//! its effects, `memory` remembers each, `judge` feeds the invariants, `breadth` is the search itself, and `path`
//! writes a counterexample as a schedule.

mod breadth;
mod intern;
mod judge;
mod layer;
mod memory;
mod path;
mod plan;
mod report;
mod scenario;
mod step;
mod table;

pub use breadth::explore;
pub use plan::{Explorable, Messages, Search};
pub use report::{Ended, Report, Violation};
pub use scenario::{Exploration, Horizon, Limits, explore_scenario};
