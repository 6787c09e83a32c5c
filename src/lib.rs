//! splitbrain
pub mod engine;
pub mod node;
pub mod parts;
pub mod spec;
pub mod protocols;
