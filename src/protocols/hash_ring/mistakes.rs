//! What the planted mistakes of a ring do. `lookup` has the lines that switch them.

use crate::node::NodeId;
use crate::parts::placement::{Member, Ring, hash};

/// K1: "the first node whose hash is not greater than the key's", in ascending order.
pub(super) fn toy_lookup(ring: &Ring, position: u64) -> Vec<NodeId> {
    let point = ring.points().iter().find(|point| position >= point.token);
    point.map(|point| point.node).into_iter().collect()
}

/// K2: the walk ends where the numbers do.
pub(super) fn without_wraparound(ring: &Ring, position: u64, count: u32) -> Vec<NodeId> {
    let points = ring.clockwise(position).take_while(|point| point.token >= position);
    let mut nodes: Vec<NodeId> = Vec::new();
    for point in points {
        if !nodes.contains(&point.node) {
            nodes.push(point.node);
        }
    }
    ring.members().spread(nodes.into_iter(), count)
}

/// K4: tokens of the labels `n1`+`11`.
pub(super) fn tokens_run_together(member: Member, virtual_nodes: u32, bits: u32) -> impl Iterator<Item = u64> {
    let label = move |number: u32| format!("{}{number}", member.node);
    (0..virtual_nodes.saturating_mul(member.weight)).map(move |number| hash(label(number).as_bytes()) >> (64 - bits))
}

/// K5: so many points, whosever they are.
pub(super) fn points_counted(ring: &Ring, position: u64, count: u32) -> Vec<NodeId> {
    ring.clockwise(position).take(count as usize).map(|point| point.node).collect()
}
