//! The checkers of histories, judged themselves: formats, recorded histories of other people's systems, a brute-force
//! checker on random small ones, and mutated ones.

#[path = "checkers/formats.rs"]
mod formats;
