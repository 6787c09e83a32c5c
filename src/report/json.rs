//! The same as JSON: what `--json` prints and `verdict.json` holds. Times are whole nanoseconds, named `…_ns`; seeds
//! are strings, because a number above 2^53 is not safe in every reader.

use crate::engine::summary::Summary;
use crate::node::Nanos;
use crate::report::run::command;
use crate::scenario::{Finished, Scenario};
use serde_json::{Value, json};

/// The version of the engine that made a record.
pub const ENGINE: &str = concat!("splitbrain ", env!("CARGO_PKG_VERSION"));

/// One run.
pub fn run(scenario: &Scenario, seed: u64, finished: &Finished) -> Value {
    let Summary {
        ending,
        digest,
        steps,
        time,
        settled,
        traffic,
        outside,
        records_lost,
        faults,
        clients,
        reached,
        checked,
        watched,
        blocked,
        leaderless,
        leaderless_spells: _,
        term_bumps,
        leader_changes: _,
        doubts,
    } = &finished.summary;
    let pairs = |pairs: &[(&'static str, u64)]| -> Value {
        pairs.iter().map(|(name, times)| ((*name).to_owned(), json!(times))).collect::<serde_json::Map<_, _>>().into()
    };
    let patterns = scenario.file.expect.watched();
    let watch: serde_json::Map<String, Value> =
        patterns.iter().zip(watched).map(|(pattern, seen)| (pattern.one().to_string(), json!(seen))).collect();
    let at = |percent| clients.percentile(percent).map(|time: Nanos| time.0);
    let mut client_json = json!(clients);
    client_json["latency_ns"] = json!({ "p50": at(50), "p90": at(90), "p99": at(99), "max": at(100) });
    client_json["longest_gap_ns"] = json!(clients.longest_gap.0.0);
    client_json["longest_gap_from_ns"] = json!(clients.longest_gap.1.0);
    json!({
        "engine": ENGINE,
        "scenario": scenario.id,
        "overrides": scenario.overrides,
        "seed": seed.to_string(),
        "verdict": finished.verdict,
        "ending": ending,
        "digest": digest,
        "steps": steps,
        "time_ns": time.0,
        "settled_ns": settled.map(|(took, _)| took.0),
        "liveness_bound_ns": settled.map(|(_, bound)| bound.0),
        "messages": traffic,
        "outside_core": outside,
        "records_lost": records_lost,
        "faults": faults,
        "clients": client_json,
        "reached": pairs(reached),
        "watched": watch,
        "blocked": blocked,
        "longest_leaderless_ns": leaderless.map(|(long, _)| long.0),
        "longest_leaderless_from_ns": leaderless.map(|(_, from)| from.0),
        "term_bumps": term_bumps,
        "in_doubt": doubts.as_ref().map(|doubts| json!({
            "count": doubts.times.len(),
            "lasting": doubts.lasting,
            "min_ns": doubts.shortest().map(|time| time.0),
            "median_ns": doubts.median().map(|time| time.0),
            "max_ns": doubts.longest().map(|time| time.0),
        })),
        "checked": pairs(checked),
        "repeat": command("run", scenario, seed),
    })
}
