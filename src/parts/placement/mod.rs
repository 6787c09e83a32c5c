//! Which member of a cluster keeps which key: placement that moves little when members come and go.
//!
//! - [`Ring`]: consistent hashing. David Karger et al., *Consistent Hashing and Random Trees* (STOC 1997); virtual nodes
//!   and preference lists as in Giuseppe DeCandia et al., *Dynamo* (SOSP 2007), sections 4.2 and 4.3.
//!
//! Everything is a pure function of who the members are, in integers alone. [`hash`] is the same for ever: the tests
//! pin it. Members stand in zones, and the nodes that keep a key are spread over them ([`Zones::spread`]).

mod hash;
mod ring;
mod zones;

pub use hash::{hash, hash_key, hash_virtual_node};
pub use ring::{Point, Ring};
pub use zones::{Member, Zones};
