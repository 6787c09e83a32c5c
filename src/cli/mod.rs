//! Floor 6: the command line. Arguments and printing; one file per command, and no logic.

mod args;
mod explore;
mod list;
mod main;
mod output;
mod run;
mod sweep;
mod trace;

pub use main::main;
