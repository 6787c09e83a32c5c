//! The checkers of histories, judged themselves: formats, recorded histories of other people's systems, a brute-force
//! checker on random small ones, and mutated ones.

#[path = "checkers/brute.rs"]
mod brute;
#[path = "checkers/formats.rs"]
mod formats;
#[path = "checkers/plain.rs"]
mod plain;
#[path = "checkers/random.rs"]
mod random;
#[path = "checkers/recorded.rs"]
mod recorded;
#[path = "checkers/separating.rs"]
mod separating;
