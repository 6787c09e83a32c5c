//! Floor 2: pure pieces that protocols share. They know the words of `spec/`, but no protocol and no engine.

pub mod machine;
pub mod placement;
pub mod quorum;
pub mod register;
pub mod session;
pub mod snapshot;
