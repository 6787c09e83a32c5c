//! Charts of experiments: an SVG, a PNG and a CSV each.
//!
//! `compose.rs`, `distribution.rs` and `timeline.rs` make a picture, as data, of what was measured; `paint.rs` paints
//! it with plotters and fonts of our own; `csv.rs` writes the numbers. The same numbers give the same bytes: the CSV on
//! every platform, the pictures on the same one.

mod compose;
mod csv;
mod distribution;
mod files;
mod paint;
mod picture;
mod scale;
mod timeline;

pub use files::{Files, of_measured, of_run};
