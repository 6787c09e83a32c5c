//! splitbrain's exhaustive search beside stateright's: two-phase commit with seven resource managers, breadth first, one
//! thread each, 296,448 distinct states.
//!
//! `cargo bench --bench explore` builds the peer in `benches/peers`, runs the two in turns, and prints last how many
//! states per second the one looks at for one of the other.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock, outside of every run")]

#[path = "../../tests/models/mod.rs"]
mod models;
#[path = "../peer.rs"]
mod peer;

use models::two_phase::{Config, TwoPhase};
use peer::median;
use splitbrain::search::explore::{Search, explore};
use std::time::Instant;

/// How often each of the two is run, in turns.
const ROUNDS: usize = 5;
const MANAGERS: u32 = 7;

fn main() {
    let peer = peer::build().join("two_phase_stateright");
    let (mut ratios, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let report = explore(&Search::<TwoPhase>::new(MANAGERS + 1, Config::default()));
        let ours = begin.elapsed().as_secs_f64();
        let theirs = peer::run(&peer, [u64::from(MANAGERS), 0]);
        assert!(report.complete() && report.distinct as f64 == theirs[0], "{} and {}", report.distinct, theirs[0]);
        ratios.push(theirs[1] / ours);
        rates.push(report.distinct as f64 / ours);
    }
    println!("two-phase commit of {MANAGERS}: {:.0} distinct states per second", median(rates));
    println!("two-phase commit of {MANAGERS}: splitbrain/stateright = {:.1}", median(ratios));
}
