//! Which nodes suffice where any majority does.

use crate::node::{NodeId, Stream};

/// A majority, or more, as many as are drawn; without those that are `lost`, by place.
pub fn majority_or_more(nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
    let majority = nodes / 2 + 1;
    let size = majority + draws.below(u64::from(nodes - majority) + 1) as u32;
    let mut all: Vec<NodeId> = NodeId::all(nodes).collect();
    for place in 0..all.len() {
        let other = place + draws.below((all.len() - place) as u64) as usize;
        all.swap(place, other);
    }
    all.retain(|node| !lost[node.index()]);
    all.truncate(size as usize);
    all
}
