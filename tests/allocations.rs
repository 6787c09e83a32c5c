//! The hot loop allocates nothing per step: counted on the benchmark's workload.

#[expect(dead_code, reason = "the benchmark's load is given by its scenario")]
#[path = "../benches/engine/floor.rs"]
mod floor;
#[path = "../benches/engine/ping.rs"]
mod ping;

use allocation_counter::measure;
use ping::Ping;
use splitbrain::scenario::Simulation;

/// How many messages are delivered, and how many allocations that takes.
fn counted(threshold: u64, seconds: u64) -> (u64, u64) {
    let text = format!(
        r#"{{ "about": "balls", "protocol": "ping", "nodes": 5, "config": {{ "threshold": {threshold} }},
        "network": {{ "latency": {{ "uniform": ["1ms", "10ms"] }}, "loss": 0.01 }},
        "workload": {{ "clients": 1, "operations": 1 }}, "run": {{ "for": "{seconds}s" }} }}"#
    );
    let simulation = Simulation::<Ping>::from_text(&text).expect("the scenario is in order");
    let mut delivered = 0;
    let allocations = measure(|| delivered = simulation.run().summary.traffic.delivered);
    (delivered, allocations.count_total)
}

#[test]
fn a_step_allocates_nothing() {
    for (threshold, longer_by) in [(1, 10_000), (200, 200_000)] {
        let (few, before) = counted(threshold, 20);
        let (many, after) = counted(threshold, 40);
        assert!(many > few + longer_by, "{few} deliveries, then {many}");
        // A slot of the queue's wheel may grow once more, where more fell into it than ever before.
        let more = after.saturating_sub(before);
        assert!(more < (many - few) / 1000, "{more} allocations more for {} deliveries more", many - few);
    }
}
