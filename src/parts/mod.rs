//! Floor 2: pure pieces that protocols share. They know the words of `spec/`, but no protocol and no engine.

pub mod attempts;
pub mod intake;
pub mod locks;
pub mod machine;
pub mod membership;
pub mod participant;
pub mod placement;
pub mod quorum;
pub mod reads;
pub mod register;
pub mod resource;
pub mod session;
pub mod snapshot;
