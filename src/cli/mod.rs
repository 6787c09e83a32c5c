//! Floor 6: the command line. Arguments and printing; one file per command, and no logic.

mod args;
mod chart;
mod check;
mod explain;
mod explore;
mod list;
mod main;
mod new;
mod output;
mod run;
mod sweep;
mod trace;
mod validate;

pub use main::main;
