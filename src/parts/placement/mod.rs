//! Which member of a cluster keeps which key: placement that moves little when members come and go.
//!
//! - [`Ring`]: consistent hashing. David Karger et al., *Consistent Hashing and Random Trees* (STOC 1997); virtual
//!   nodes and preference lists as in Giuseppe DeCandia et al., *Dynamo* (SOSP 2007), sections 4.2 and 4.3.
//! - [`BoundedLoad`]: a ring on which nobody takes more than his share and a little. Vahab Mirrokni, Mikkel Thorup and
//!   Morteza Zadimoghaddam, *Consistent Hashing with Bounded Loads* (SODA 2018).
//! - [`Buckets`]: jump, by John Lamping and Eric Veach, *A Fast, Minimal Memory, Consistent Hash Algorithm* (2014); and
//!   the modulo, which all others are better than.
//! - [`Rendezvous`]: David Thaler and Chinya Ravishankar, *Using Name-Based Mappings to Increase Hit Rates* (1998).
//! - [`Placed`]: any of them, behind one interface.
//!
//! Everything is a pure function of who the members are, in integers alone. [`hash()`] is the same for ever: the tests
//! pin it. Members stand in zones, and the nodes that keep a key are spread over them ([`Zones::spread`]).

mod bounded;
mod buckets;
mod hash;
mod placed;
mod rendezvous;
mod ring;
mod zones;

pub use bounded::BoundedLoad;
pub use buckets::{Buckets, Row, jump};
pub use hash::{hash, hash_key, hash_virtual_node};
pub use placed::Placed;
pub use rendezvous::Rendezvous;
pub use ring::{Point, Ring};
pub use zones::{Member, Zones};
