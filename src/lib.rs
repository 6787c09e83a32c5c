//! splitbrain
pub mod cli;
pub mod engine;
pub mod node;
pub mod parts;
pub mod protocols;
pub mod registry;
pub mod report;
pub mod scenario;
pub mod search;
pub mod spec;
pub use cli::main;
