//! Plain nodes for the tests of exhaustive search: models with published counts, and toys that each show one thing.
//! They are no products; what the registry holds pins its own counts.

pub mod commit;
pub mod toys;
pub mod two_phase;
