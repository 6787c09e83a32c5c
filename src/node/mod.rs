//! Floor 1: what a protocol author sees. Ids, time, outcomes, random streams, [`Node`] and its [`Context`].

mod choices;
mod context;
mod digest;
mod id;
mod part;
mod protocol;
mod random;
mod time;
mod traits;

pub use choices::Choices;
pub use context::{Behind, Context, Effect, Surroundings};
pub use digest::Digest;
pub(crate) use id::debug_is_display;
pub use id::{ClientId, NodeId, RequestId};
pub use part::{Answers, Hosts};
pub use protocol::{Delays, PlantedBug, Protocol, schema_of};
pub use random::{Chance, Purpose, Stream, below, mix, within};
pub use time::{LONGEST, Nanos, Span};
pub use traits::{Fact, Family, Node, Op, Outcome, Presupposes, Record, Reply, Stable, Unbacked};
