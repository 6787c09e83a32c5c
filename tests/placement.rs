//! Placement by itself: every small ring, every join and leave, every key; what each scheme promises; and the laws of
//! balance and movement.

#[path = "placement/laws.rs"]
mod laws;
#[path = "placement/rings.rs"]
mod rings;
#[path = "placement/schemes.rs"]
mod schemes;
