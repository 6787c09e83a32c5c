//! How long transactions take to judge, and whether ten times as many take ten times as long.
//!
//! An absolute time says nothing of another machine; the ratio of times per transaction does.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock, outside of every run")]

mod long;

use splitbrain::consistency::transactions::{Assume, History, judge};
use std::time::Instant;

/// The best of some turns, in nanoseconds a transaction.
fn pace(history: &History) -> f64 {
    let turn = || {
        let begin = Instant::now();
        let report = judge(history, Assume::default());
        assert!(!report.findings.is_empty() || !report.strongest().is_empty());
        begin.elapsed().as_nanos() as f64 / history.len() as f64
    };
    (0..5).map(|_| turn()).fold(f64::MAX, f64::min)
}

/// Makes a history of so many transactions.
type Make = fn(u32) -> History;

fn main() {
    println!("nanoseconds a transaction       10,000   100,000   ratio");
    let make: [(&str, Make); 3] = [
        ("a good store", |count| long::history(count, 20, 0)),
        ("one stale read in 1,000", |count| long::history(count, 20, 1_000)),
        ("everything is forgotten", long::forgetful),
    ];
    for (name, history) in make {
        let [few, many] = [10_000, 100_000].map(|count| pace(&history(count)));
        println!("{name:<30} {few:>8.0} {many:>9.0} {:>7.2}", many / few);
    }
}
