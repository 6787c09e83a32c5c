//! Placement by itself: every small ring, every join and leave, every key; and the laws of balance and movement.

#[path = "placement/rings.rs"]
mod rings;
