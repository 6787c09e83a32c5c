//! splitbrain's Raft, every check of every step on, beside TiKV's raft-rs in a bare loop: 10,000 commits of five nodes.
//! (What clients saw is not judged once more at the end: that is a search by itself.)
//!
//! `cargo bench --bench raft` builds the peer in `benches/peers`, a crate of its own, runs the two in turns, and prints
//! last how many commits per second the one reaches for one of the other.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock, outside of every run")]

#[path = "../peer.rs"]
mod peer;

use peer::median;
use splitbrain::protocols::raft::Raft;
use splitbrain::scenario::{Simulation, VerdictKind};
use std::path::Path;
use std::time::Instant;

/// How often each of the two is run, in turns.
const ROUNDS: usize = 9;
/// So many commits each.
const COMMITS: u64 = 10_000;
/// How many operations are open at a time, and in how many simulated seconds about so many are committed.
const LOADS: [(u64, u64); 2] = [(1, 206), (16, 14)];

fn simulation(outstanding: u64, seconds: u64) -> Simulation<Raft> {
    let text = format!(
        r#"{{ "about": "commits", "protocol": "raft", "nodes": 5,
        "config": {{ "election_timeout": ["150ms", "300ms"], "heartbeat": "50ms", "max_inflight": 1 }},
        "network": {{ "latency": {{ "uniform": ["1ms", "10ms"] }} }},
        "workload": {{ "clients": {outstanding}, "operations": 1000000, "mix": {{ "put": 1 }} }},
        "run": {{ "for": "{seconds}s" }}, "expect": {{ "except": ["linearizable"] }} }}"#
    );
    Simulation::from_text(&text).expect("the benchmark's scenario is in order")
}

/// Commits per second of ours.
fn ours(simulation: &Simulation<Raft>) -> f64 {
    let begin = Instant::now();
    let run = simulation.run();
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(run.verdict.kind, VerdictKind::Pass, "{:?}", run.verdict.reasons);
    let done = run.summary.clients.done;
    assert!((COMMITS * 9 / 10..COMMITS * 11 / 10).contains(&done), "{done} commits are not about {COMMITS}");
    done as f64 / seconds
}

/// Commits per second of raft-rs.
fn theirs(peer: &Path, outstanding: u64) -> f64 {
    let seconds = peer::run(peer, [outstanding, COMMITS])[0];
    COMMITS as f64 / seconds
}

/// `16 14`: so many operations open at a time for so many simulated seconds, once, by ourselves: for a profile.
fn run_only(what: &str) {
    let words: Vec<u64> = what.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [outstanding, seconds] = words[..] else { panic!("SPLITBRAIN_BENCH_ONLY is `16 14`, or the like") };
    let summary = simulation(outstanding, seconds).run().summary;
    println!("{} commits, {} messages", summary.clients.done, summary.traffic.sent);
}

fn main() {
    // What instructions are counted in runs only ours, once.
    if let Ok(only) = std::env::var("SPLITBRAIN_BENCH_ONLY") {
        return run_only(&only);
    }
    let peer = peer::build().join("raft_rs");
    let mut lines = Vec::new();
    for (outstanding, seconds) in LOADS {
        let simulation = simulation(outstanding, seconds);
        let (mut ratios, mut rates) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (ours, theirs) = (ours(&simulation), theirs(&peer, outstanding));
            ratios.push(ours / theirs);
            rates.push(ours);
        }
        println!("{outstanding} outstanding: {:.0} commits per second, checked", median(rates));
        lines.push(format!("{outstanding} outstanding: splitbrain/raft-rs = {:.2}", median(ratios)));
    }
    println!("{}", lines.join("\n"));
}
