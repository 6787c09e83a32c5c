//! splitbrain
pub mod engine;
pub mod node;
pub mod parts;
pub mod protocols;
pub mod registry;
pub mod scenario;
pub mod search;
pub mod spec;
