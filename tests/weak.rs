//! The consistency models below linearizability: the hierarchy by histories that separate it, bad patterns, unknown
//! outcomes, and brute force by the definitions.

#[path = "weak/brute.rs"]
mod brute;
#[path = "weak/causality.rs"]
mod causality;
#[path = "weak/formats.rs"]
mod formats;
#[path = "weak/hierarchy.rs"]
mod hierarchy;
#[path = "weak/patterns.rs"]
mod patterns;
#[path = "weak/random.rs"]
mod random;
#[path = "weak/small.rs"]
mod small;
#[path = "weak/unknown.rs"]
mod unknown;
