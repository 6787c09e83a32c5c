//! Plain nodes for the tests of exhaustive search and of the node's own rules: models with published counts, and toys
//! that each show one thing. They are no products; what the registry holds pins its own counts.

// Every test binary takes the models it needs.
#![allow(dead_code)]

pub mod commit;
pub mod puppet;
pub mod sharded;
pub mod toys;
pub mod two_phase;
