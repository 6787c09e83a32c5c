//! What a node may count on: the order of its effects, the disk between them and the world, what a restart finds, how
//! its messages are held against its disk, and that it may be made of nodes.

mod models;

#[path = "node/crashes.rs"]
mod crashes;
#[path = "node/effects.rs"]
mod effects;
#[path = "node/honesty.rs"]
mod honesty;
#[path = "node/panics.rs"]
mod panics;
#[path = "node/parts.rs"]
mod parts;

use models::puppet::{Disk, Do, perform, seen};
use splitbrain::engine::summary::Ending;
use splitbrain::engine::world::Outcome;
use splitbrain::node::Node;

/// What happens at the first of two puppets while a schedule is played.
fn effects_of(disk: Disk, programs: &[&[Do]], schedule: &[&str]) -> Vec<String> {
    seen(&perform(disk, programs, schedule, &[]))
}

/// The invariant that was violated, and the evidence.
fn violation<N: Node>(run: &Outcome<N>) -> Option<(&'static str, &str)> {
    match &run.summary.ending {
        Ending::Violated(violation) => Some((violation.invariant, &violation.evidence)),
        Ending::Completed | Ending::Stalled(_) | Ending::Undecided(_) | Ending::Unplayable(_) => None,
    }
}
