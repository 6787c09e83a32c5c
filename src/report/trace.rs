//! The trace: one line an event, in fixed columns.
//!
//! ```text
//!        time      step  node
//! 0.151204331        12  n3    election timer fires
//!                        n3     follower t0 -> candidate t1
//!                        n3     writes Term(t1)
//!                        n3   -> n1  RequestVote#1 { term: t1, last_index: i0, last_term: t0 }
//! 0.155000120        13  n1   <- n3  RequestVote#1 { term: t1, last_index: i0, last_term: t0 }
//! ```

use crate::engine::disk::Loss;
use crate::engine::record::{Line, MessageName, Recording, Sent, What};
use crate::engine::schedule::timer_name;
use crate::node::{Nanos, NodeId};
use crate::report::table::count;

/// The trace of a recorded run.
pub fn text(recording: &Recording) -> String {
    let mut text = String::from("       time      step  node\n");
    for line in &recording.lines {
        text.push_str(&one(line));
        text.push('\n');
    }
    text
}

/// Seconds with all nine digits, so that columns line up.
pub(in crate::report) fn seconds(time: Nanos) -> String {
    format!("{}.{:09}", time.0 / 1_000_000_000, time.0 % 1_000_000_000)
}

/// One event.
fn one(line: &Line) -> String {
    let node = line.node.map_or(String::new(), |node| node.to_string());
    let (begins_step, what) = words(&line.what);
    let (time, step) = match begins_step {
        true => (seconds(line.time), line.step.to_string()),
        false => (String::new(), String::new()),
    };
    format!("{time:>11}  {step:>8}  {node:<4} {what}").trim_end().to_owned()
}

fn message(name: &MessageName, text: &str) -> String {
    // The number stands behind the kind: `Vote#2 { … }`.
    match text.strip_prefix(name.kind.as_str()) {
        Some(rest) => format!("{}#{}{rest}", name.kind, name.number),
        None => format!("{}#{} {text}", name.kind, name.number),
    }
}

fn list(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(",")
}

/// What a crash took, and what reached the disk by chance.
fn losses(loss: &Loss, kept: u64) -> String {
    let mut parts = Vec::new();
    if loss.unsynced > 0 {
        let torn = match (loss.torn, loss.unsynced) {
            (false, _) => "",
            (true, 1) => ", half written",
            (true, _) => ", the first of them half written",
        };
        parts.push(format!("loses {}{torn}", count(loss.unsynced, "unsynced record")));
    }
    if kept > 0 {
        parts.push(format!("finds {} on its disk all the same", count(kept, "unsynced record")));
    }
    if loss.claimed > 0 {
        parts.push(format!("loses {} that its disk had claimed", count(loss.claimed, "record")));
    }
    if parts.is_empty() { String::new() } else { format!(" and {}", parts.join(", ")) }
}

/// What happened, and whether the line carries a time and a step: what follows from a step stands below it.
fn words(what: &What) -> (bool, String) {
    let begins = |text: String| (true, text);
    let within = |text: String| (false, format!("  {text}"));
    match what {
        What::Started => begins(" starts".to_owned()),
        What::Delivered { from, name, text } => begins(format!("<- {from}  {}", message(name, text))),
        What::Fired { timer } => begins(format!(" {} timer fires", timer_name(timer))),
        What::Requested { request, op } => begins(format!(" {request} asks: {op}")),
        What::Synced { upto, lie: false } => begins(format!(" disk has synced up to record {upto}")),
        What::Synced { upto, lie: true } => begins(format!(" disk says that it has synced up to record {upto}")),
        What::Crashed { loss, kept, .. } => begins(format!(" crashes{}", losses(loss, *kept))),
        What::Rotted { record } => begins(format!(" disk: record {record} rots")),
        What::FoundRot { record, recovered: true } => {
            within(format!("finds record {record} of its disk damaged, and recovers without it"))
        }
        What::FoundRot { record, recovered: false } => {
            within(format!("finds record {record} of its disk damaged, and stays down"))
        }
        What::ClockPut { reads, ppm: 0 } => begins(format!(" clock is put to {reads}")),
        What::ClockPut { reads, ppm: -1_000_000 } => begins(format!(" clock stands still at {reads}")),
        What::ClockPut { reads, ppm } => begins(format!(" clock reads {reads} and runs {ppm:+}ppm off")),
        What::Fault { text } => begins(format!(" {text}")),
        What::Doomed { doom } => begins(format!(" will crash after {doom}")),
        What::Spared => begins(" is spared its crash".to_owned()),
        What::Links { healed, from, to } => {
            let change = if *healed { "healed" } else { "cut" };
            begins(format!(" links {change}: {} -> {}", list(from), list(to)))
        }
        What::Wrote { record, barrier: true } => within(format!("writes {record}")),
        What::Wrote { record, barrier: false } => within(format!("writes {record}, lazily")),
        What::Sent { to, name, text, fate } => {
            let fate = match fate {
                Sent::OnItsWay => "",
                Sent::Twice => "  (duplicated)",
                Sent::Again => "  (to be replayed)",
                Sent::HeldBack => "  (held back)",
                Sent::Lost => "  (lost)",
                Sent::Corrupted => "  (corrupted)",
                Sent::Overflowed => "  (dropped: the link's queue is full)",
                Sent::Cut => "  (cut off)",
            };
            (false, format!("-> {to}  {}{fate}", message(name, text)))
        }
        What::Replied { request, outcome } => within(format!("answers {request}: {outcome}")),
        What::Fact { fact } => within(format!("fact {fact}")),
        What::Chose { answer } => within(format!("chooses {answer}")),
        What::Changed { before, after } => within(format!("{before} -> {after}")),
        What::Undelivered { from, name, why } => (true, format!("<x {from}  {}#{}: {why}", name.kind, name.number)),
        What::Client { text } => (true, format!(" {text}")),
        What::Violated { invariant, evidence } => begins(format!(" VIOLATED {invariant}: {evidence}")),
    }
}
