//! Which nodes suffice where any majority does.

use crate::node::{NodeId, Stream};

/// A majority, or more, as many as are drawn, and the rest; without those that are `lost`, by place.
pub fn majority_and_rest(nodes: u32, lost: &[bool], draws: &mut Stream) -> (Vec<NodeId>, Vec<NodeId>) {
    let majority = nodes / 2 + 1;
    let size = majority + draws.below(u64::from(nodes - majority) + 1) as u32;
    let mut all: Vec<NodeId> = NodeId::all(nodes).collect();
    for place in 0..all.len() {
        let other = place + draws.below((all.len() - place) as u64) as usize;
        all.swap(place, other);
    }
    all.retain(|node| !lost[node.index()]);
    let rest = all.split_off(all.len().min(size as usize));
    (all, rest)
}
