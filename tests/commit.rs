//! Atomic commitment beyond its scenarios: where a crash of the coordinator makes sites wait, and exhaustive search.

#[path = "commit/crash_points.rs"]
mod crash_points;
#[path = "commit/search.rs"]
mod search;
#[path = "commit/via_raft.rs"]
mod via_raft;
