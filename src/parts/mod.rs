//! Floor 2: pure pieces that protocols share. They know the words of `spec/`, but no protocol and no engine.

pub mod machine;
pub mod membership;
pub mod quorum;
pub mod reads;
pub mod session;
pub mod snapshot;
