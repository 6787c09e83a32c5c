//! Formats of histories, recognised or named: Jepsen's log lines, EDN maps, our own JSON lines.
//!
//! All of them become the same events. A line that cannot be understood is an error that names it; lines about what is
//! no client (Jepsen's nemesis) are left out.

mod brackets;
pub mod edn;
mod independent;
pub mod jepsen_log;
pub mod json_lines;
mod read;
mod write;

pub use read::{Format, read};
pub use write::edn as write_edn;
