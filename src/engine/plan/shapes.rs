//! The groups of nodes that a partition's shape stands for, drawn so that each arrangement is equally likely.

use crate::engine::fault::Shape;
use crate::node::{Nanos, NodeId, Stream};

/// One way: what any of the first says to any of the second.
type OneWay = (Vec<NodeId>, Vec<NodeId>);

/// Puts a random choice of `size` nodes in front, each choice equally likely.
fn draw_front(all: &mut [NodeId], size: usize, stream: &mut Stream) {
    for place in 0..size {
        let other = place + stream.below((all.len() - place) as u64) as usize;
        all.swap(place, other);
    }
}

pub(super) fn shuffled(nodes: u32, stream: &mut Stream) -> Vec<NodeId> {
    let mut all: Vec<NodeId> = NodeId::all(nodes).collect();
    let size = all.len();
    draw_front(&mut all, size, stream);
    all
}

/// A group of `size` nodes, each set of that size equally likely, and the rest.
pub(super) fn group_and_rest(nodes: u32, size: usize, stream: &mut Stream) -> Vec<Vec<NodeId>> {
    let mut all: Vec<NodeId> = NodeId::all(nodes).collect();
    draw_front(&mut all, size, stream);
    let mut rest = all.split_off(size);
    all.sort_unstable();
    rest.sort_unstable();
    vec![all, rest]
}

/// Two halves of all but the first, which stays in touch with both.
pub(super) fn bridge(order: &[NodeId]) -> Vec<Vec<NodeId>> {
    let others = &order[1..];
    let (one, other) = others.split_at(others.len() / 2);
    vec![one.to_vec(), other.to_vec()]
}

/// Everyone by itself but the first, which stays in touch with all.
pub(super) fn all_but_hub(order: &[NodeId]) -> Vec<Vec<NodeId>> {
    order[1..].iter().map(|node| vec![*node]).collect()
}

/// Around a ring each node hears the majority that it is the middle of. Where a majority is an even number, it hears
/// one node more on one side than on the other, so that some links are cut one way.
pub(super) fn majorities_ring(order: &[NodeId]) -> Vec<OneWay> {
    let nodes = order.len();
    let majority = nodes / 2 + 1;
    let unheard = |place: usize| {
        // From behind the window's end, around the ring, to before its beginning.
        let end = place + majority / 2;
        (1..=nodes - majority).map(|step| order[(end + step) % nodes]).collect()
    };
    (0..nodes).map(|place| (unheard(place), vec![order[place]])).collect()
}

/// In a line each node hears only its neighbours.
pub(super) fn chained(order: &[NodeId]) -> Vec<OneWay> {
    let unheard = |place: usize| {
        let far = order.iter().enumerate().filter(|(other, _)| other.abs_diff(place) > 1);
        far.map(|(_, node)| *node).collect::<Vec<_>>()
    };
    let all = (0..order.len()).map(|place| (unheard(place), vec![order[place]]));
    all.filter(|(from, _)| !from.is_empty()).collect()
}

/// When, counted from the fault's beginning, each of some nodes is cut off, and when it comes back.
pub(super) fn swizzle(nodes: u32, length: Nanos, stream: &mut Stream) -> Vec<(NodeId, Nanos, Nanos)> {
    let size = 1 + stream.below(u64::from(nodes) - 1) as usize;
    let mut leaving = shuffled(nodes, stream);
    leaving.truncate(size);
    let mut returning: Vec<usize> = (0..size).collect();
    for place in (1..size).rev() {
        returning.swap(place, stream.below(place as u64 + 1) as usize);
    }
    // All are gone half-way through; from there on they come back.
    let half = length.0 / 2;
    let step = (half / size as u64).max(1);
    let back = |rank: usize| Nanos((half + step * (rank as u64 + 1)).min(length.0));
    let left = leaving.iter().zip(returning).enumerate();
    left.map(|(place, (node, rank))| (*node, Nanos(step * place as u64), back(rank))).collect()
}

/// One of the shapes that a cluster of `nodes` is large enough for, by how often they are behind failures: most
/// need no more than one isolated node, and many a partition that is not complete.
/// (Alquraan et al. 2018, OSDI.)
pub(super) fn any(nodes: u32, has_leaders: bool, stream: &mut Stream) -> Shape {
    use crate::engine::fault::Target::{Leader, Random};
    let someone = |stream: &mut Stream| {
        // Drawn in any case, so that a family without leaders draws as much.
        let word = stream.below(2);
        if has_leaders && word == 0 { Leader } else { Random }
    };
    let whom = someone(stream);
    let weights: [(u64, Shape); 11] = [
        (25, Shape::Isolate(whom)),
        (15, Shape::MajorityMinority),
        (5, Shape::MinorityThird),
        (5, Shape::Split),
        (8, Shape::OneWayIn(whom)),
        (7, Shape::OneWayOut(whom)),
        (10, Shape::Bridge),
        (10, Shape::MajoritiesRing),
        (5, Shape::Chained),
        (5, Shape::QuorumLoss),
        (5, Shape::Swizzle),
    ];
    let possible = || weights.iter().filter(|(_, shape)| shape.nodes_min() <= nodes);
    let mut rest = stream.below(possible().map(|(weight, _)| weight).sum());
    for (weight, shape) in possible() {
        if rest < *weight {
            return shape.clone();
        }
        rest -= weight;
    }
    unreachable!("a number below the sum of the weights")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Purpose;

    #[test]
    fn a_minority_is_any_set_of_its_size() {
        let mut stream = Stream::new(1, Purpose::Fault, 0);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..300 {
            let groups = group_and_rest(5, 2, &mut stream);
            assert_eq!((groups[0].len(), groups[1].len()), (2, 3));
            seen.insert(groups[0].clone());
        }
        assert_eq!(seen.len(), 10, "all pairs of five");
    }

    /// Whom each node hears, itself included, once `links` are cut.
    fn heard(nodes: u32, links: &[(Vec<NodeId>, Vec<NodeId>)]) -> Vec<std::collections::BTreeSet<NodeId>> {
        let hears = |to: NodeId| {
            let cut = |from: &NodeId| links.iter().any(|(f, t)| f.contains(from) && t.contains(&to));
            NodeId::all(nodes).filter(|from| *from == to || !cut(from)).collect()
        };
        NodeId::all(nodes).map(hears).collect()
    }

    #[test]
    fn around_the_ring_everyone_hears_another_majority() {
        let mut stream = Stream::new(1, Purpose::Fault, 0);
        for nodes in 3..=9 {
            let heard = heard(nodes, &majorities_ring(&shuffled(nodes, &mut stream)));
            assert!(heard.iter().all(|heard| heard.len() as u32 == nodes / 2 + 1), "{nodes}: {heard:?}");
            let different: std::collections::BTreeSet<_> = heard.iter().collect();
            assert_eq!(different.len() as u32, nodes, "{heard:?}");
        }
    }

    #[test]
    fn in_a_line_everyone_hears_its_neighbours() {
        let mut stream = Stream::new(1, Purpose::Fault, 0);
        for nodes in 3..=9 {
            let mut heard: Vec<usize> =
                heard(nodes, &chained(&shuffled(nodes, &mut stream))).iter().map(|heard| heard.len()).collect();
            heard.sort_unstable();
            assert_eq!((heard[0], heard[1]), (2, 2), "the two ends");
            assert!(heard[2..].iter().all(|count| *count == 3));
        }
    }

    #[test]
    fn a_bridge_stays_in_touch_with_both_halves() {
        let order: Vec<NodeId> = NodeId::all(6).collect();
        let halves = bridge(&order);
        assert_eq!(halves.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3]);
        assert!(halves.iter().all(|half| !half.contains(&order[0])));
        assert_eq!(all_but_hub(&order).len(), 5);
    }

    #[test]
    fn a_swizzle_takes_nodes_away_and_brings_all_back_in_time() {
        let mut stream = Stream::new(1, Purpose::Fault, 0);
        let mut another_order = 0;
        for _ in 0..100 {
            let windows = swizzle(5, Nanos(1000), &mut stream);
            assert!((1..5).contains(&windows.len()));
            assert!(windows.iter().all(|(_, gone, back)| gone.0 < 500 && back.0 > 500 && back.0 <= 1000));
            another_order += u64::from(!windows.iter().map(|window| window.2).is_sorted());
        }
        assert!(another_order > 30, "{another_order} of 100 come back in another order");
    }

    #[test]
    fn any_shape_is_one_that_the_cluster_is_large_enough_for() {
        let mut stream = Stream::new(1, Purpose::Fault, 0);
        let mut kinds = std::collections::BTreeSet::new();
        for _ in 0..500 {
            assert!(any(2, true, &mut stream).nodes_min() <= 2);
            kinds.insert(any(5, true, &mut stream).to_string());
        }
        assert_eq!(kinds.len(), 14, "{kinds:?}");
    }
}
