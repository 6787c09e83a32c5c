//! The engine beside a floor: the same workload, as many deliveries, in turns, in one process.
//!
//! `cargo bench --bench engine` prints, last, how the engine's rate compares with the floor's: above 1 the engine is
//! faster. With `-- peers` it runs beside other simulators instead, which are built first. An absolute time says nothing
//! on a shared machine; ratios of neighbouring rounds do.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock, outside of every run")]

mod floor;
#[path = "../peer.rs"]
mod peer;
mod ping;

use peer::median;
use ping::Ping;
use splitbrain::scenario::{Simulation, VerdictKind};
use std::process::Command;
use std::time::Instant;

/// How often each of the two is run, in turns.
const ROUNDS: usize = 9;

/// About so many deliveries, in a round.
const DELIVERIES: u64 = 2_000_000;

/// A load: its name, and the balls that a node wants to see in 20 ms.
const LOADS: [(&str, u64); 2] = [("light", 1), ("heavy", 200)];

struct Measured {
    ratio: f64,
    engine: f64,
    floor: f64,
    facts: u64,
    faults: u64,
    deliveries: u64,
}

fn simulation(nodes: u32, threshold: u64, seconds: u64) -> Simulation<Ping> {
    let text = format!(
        r#"{{ "about": "balls", "protocol": "ping", "nodes": {nodes}, "config": {{ "threshold": {threshold} }},
        "network": {{ "latency": {{ "uniform": ["1ms", "10ms"] }}, "loss": 0.01 }},
        "faults": [
            {{ "crash": {{ "every": ["5s", "10s"], "target": "random", "for": ["10ms", "100ms"] }} }},
            {{ "partition": {{ "every": ["5s", "10s"], "shape": "majority-minority", "for": ["10ms", "100ms"] }} }},
            {{ "pause": {{ "every": ["5s", "10s"], "target": "random", "for": ["1ms", "20ms"] }} }} ],
        "workload": {{ "clients": 1, "operations": 1 }},
        "run": {{ "for": "{seconds}s", "events": 1000000000 }} }}"#
    );
    Simulation::from_text(&text).expect("the benchmark's scenario is in order")
}

/// How long a run must be, in simulated seconds, for about as many deliveries.
fn seconds_for(threshold: u64) -> u64 {
    let probe = simulation(5, threshold, 20).run().summary.traffic.delivered;
    (DELIVERIES * 20 / probe).max(1)
}

fn measure(threshold: u64) -> Measured {
    let simulation = simulation(5, threshold, seconds_for(threshold));
    let (mut ratios, mut engines, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let run = simulation.run();
        let engine = begin.elapsed().as_secs_f64();
        assert_eq!(run.verdict.kind, VerdictKind::Pass, "{:?}", run.verdict.reasons);
        let deliveries = run.summary.traffic.delivered;
        let begin = Instant::now();
        floor::run(threshold, deliveries);
        let floor = begin.elapsed().as_secs_f64();
        ratios.push(floor / engine);
        engines.push(engine / deliveries as f64 * 1e9);
        floors.push(floor / deliveries as f64 * 1e9);
        last = Some(run.summary);
    }
    let summary = last.expect("there are rounds");
    Measured {
        ratio: median(ratios),
        engine: median(engines),
        floor: median(floors),
        facts: summary.reached.iter().map(|(_, count)| count).sum(),
        faults: summary.faults.iter().map(|fault| fault.effective).sum(),
        deliveries: summary.traffic.delivered,
    }
}

fn main() {
    // What instructions are counted in runs only one of the two, once.
    if let Ok(only) = std::env::var("SPLITBRAIN_BENCH_ONLY") {
        return run_only(&only);
    }
    if std::env::args().any(|word| word == "peers") {
        return beside_peers();
    }
    wide();
    let measured = LOADS.map(|(name, threshold)| (name, measure(threshold)));
    for (name, Measured { engine, floor, facts, faults, deliveries, .. }) in &measured {
        println!("{name}: engine {engine:.1} ns, floor {floor:.1} ns a delivery, of {deliveries}");
        println!("{name}: {facts} facts fed, {faults} faults effective");
    }
    for (name, _) in LOADS {
        if let Some(instructions) = instructions(name) {
            println!("{name}: {instructions:.0} instructions a delivery");
        }
    }
    for (name, Measured { ratio, .. }) in &measured {
        println!("{name}: engine/floor = {ratio:.2}");
    }
}

/// A thousand nodes gossip for a minute: each sends a ball on to a random other one as it comes.
fn wide() {
    let simulation = simulation(1000, 4, 60);
    let begin = Instant::now();
    let summary = simulation.run().summary;
    let (took, delivered) = (begin.elapsed().as_secs_f64(), summary.traffic.delivered);
    println!("wide: 1,000 nodes for 60 simulated seconds: {took:.1} s, {delivered} deliveries");
}

/// How many instructions the engine takes for a delivery: the difference of two runs, so that starting does not count.
/// None where callgrind is not present.
fn instructions(load: &str) -> Option<f64> {
    let run = |seconds: u32| -> Option<(f64, f64)> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?)
            .env("SPLITBRAIN_BENCH_ONLY", format!("engine {load} {seconds}"))
            .output()
            .ok()?;
        let (printed, said) = (String::from_utf8(output.stdout).ok()?, String::from_utf8(output.stderr).ok()?);
        let deliveries = printed.split_whitespace().next()?.parse().ok()?;
        let collected = said.lines().find_map(|line| line.split("Collected : ").nth(1))?.trim().parse().ok()?;
        Some((deliveries, collected))
    };
    let (few, many) = (run(20)?, run(60)?);
    Some((many.1 - few.1) / (many.0 - few.0))
}

/// Other simulators with the same workload, and how many times as many deliveries per second the engine reaches.
fn beside_peers() {
    let programs = peer::build();
    for (load, threshold) in LOADS {
        let simulation = simulation(5, threshold, seconds_for(threshold) / 4);
        for name in ["nexosim", "madsim", "turmoil"] {
            let program = programs.join(format!("ping_{name}"));
            let ratio = |_| {
                let begin = Instant::now();
                let deliveries = simulation.run().summary.traffic.delivered as f64;
                let rate = deliveries / begin.elapsed().as_secs_f64();
                let printed = peer::run(&program, [threshold, 200_000]);
                rate / (printed[0] / printed[1])
            };
            println!("{load}: engine/{name} = {:.1}", median((0..ROUNDS).map(ratio).collect()));
        }
    }
}

/// `engine light 10` or `floor heavy 10`: so many simulated seconds' worth, for a profile.
fn run_only(what: &str) {
    let words: Vec<&str> = what.split_whitespace().collect();
    let [who, load, seconds] = words[..] else { panic!("SPLITBRAIN_BENCH_ONLY is `engine light 10`, or the like") };
    let (_, threshold) = LOADS.iter().find(|(name, _)| *name == load).expect("light or heavy");
    let seconds: u64 = seconds.parse().expect("so many simulated seconds");
    match who {
        "engine" => {
            let delivered = simulation(5, *threshold, seconds).run().summary.traffic.delivered;
            println!("{delivered} deliveries");
        }
        "floor" => floor::run(*threshold, seconds),
        other => panic!("`{other}` is neither `engine` nor `floor`"),
    }
}
