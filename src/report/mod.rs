//! Floor 5: what people and programs read of a run. Reports read records and summaries, and decide nothing.

pub mod chart;
pub mod charted;
pub mod check;
pub mod consistency;
pub mod explored;
pub mod json;
pub mod problems;
pub mod run;
pub mod sweep;
pub mod table;
pub mod trace;
pub mod transactions;
