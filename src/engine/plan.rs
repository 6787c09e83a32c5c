//! The plan of a run: declared faults, drawn into explicit occurrences before it begins. Only a `leader` is left open.

use crate::engine::doom::Doom;
use crate::engine::fault::{Fault, Shape, Target};
use crate::node::{Nanos, NodeId, Purpose, Span, Stream};

/// One occurrence of a declared fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The declared fault, by its place in the scenario.
    pub fault: usize,
    /// When.
    pub at: Nanos,
    /// How long; none: until the faults end.
    pub length: Option<Nanos>,
    /// What happens.
    pub action: Action,
}

/// What an occurrence does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Crashes a node, inside a step where a point is given.
    Crash(Whom, Option<Doom>),
    /// Cuts links.
    Cut(Links),
}

/// A target, as far as it is known before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// This node.
    Node(NodeId),
    /// Whoever leads then.
    Leader,
}

/// Which links are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Links {
    /// Those between any two of the groups.
    Between(Vec<Vec<NodeId>>),
    /// These, one way each: what any of the first says to any of the second.
    OneWay(Vec<(Vec<NodeId>, Vec<NodeId>)>),
    /// Those of one node: to it, from it, or both.
    Of {
        /// Whose.
        whom: Whom,
        /// What it would hear.
        inbound: bool,
        /// What it would say.
        outbound: bool,
    },
}

/// Draws the plan. Each declared fault has a stream of its own, so that adding one shifts no other.
pub fn draw(faults: &[Fault], nodes: u32, run_for: Nanos, seed: u64) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (place, fault) in faults.iter().enumerate() {
        let mut stream = Stream::new(seed, Purpose::Fault, place as u64);
        match fault.trigger() {
            (Some(once), _) => {
                let at = stream.within(once);
                planned.push(occurrence(place, fault, at, nodes, &mut stream));
            }
            (None, Some(every)) => {
                let mut at = stream.within(every);
                while at < run_for {
                    planned.push(occurrence(place, fault, at, nodes, &mut stream));
                    at += stream.within(every);
                }
            }
            (None, None) => unreachable!("checked when the scenario was loaded"),
        }
    }
    planned.retain(|planned| planned.at < run_for);
    planned.sort_by_key(|planned| (planned.at, planned.fault));
    planned
}

fn occurrence(place: usize, fault: &Fault, at: Nanos, nodes: u32, stream: &mut Stream) -> Planned {
    let length = |span: Option<Span>, stream: &mut Stream| span.map(|span| stream.within(span));
    match fault {
        Fault::Crash(crash) => {
            let length = length(crash.length, stream);
            let whom = whom(crash.target, nodes, stream);
            let doom = crash.inside.map(|inside| inside.draw(stream));
            Planned { fault: place, at, length, action: Action::Crash(whom, doom) }
        }
        Fault::Partition(partition) => {
            let length = length(partition.length, stream);
            let mut of = |target, inbound, outbound| Links::Of { whom: whom(target, nodes, stream), inbound, outbound };
            let links = match &partition.shape {
                Shape::Isolate(target) => of(*target, true, true),
                Shape::OneWayIn(target) => of(*target, true, false),
                Shape::OneWayOut(target) => of(*target, false, true),
                Shape::Groups(groups) => Links::Between(groups.clone()),
                Shape::MajorityMinority => Links::Between(group_and_rest(nodes, (nodes as usize - 1) / 2, stream)),
                Shape::Split => Links::Between(group_and_rest(nodes, nodes as usize / 2, stream)),
                Shape::MinorityThird => {
                    let size = ((nodes as usize - 1) / 3).max(1);
                    Links::Between(group_and_rest(nodes, size, stream))
                }
                Shape::Bridge => Links::Between(bridge(&shuffled(nodes, stream))),
                Shape::MajoritiesRing => Links::OneWay(majorities_ring(&shuffled(nodes, stream))),
                Shape::Chained => Links::OneWay(chained(&shuffled(nodes, stream))),
                Shape::QuorumLoss => Links::Between(all_but_hub(&shuffled(nodes, stream))),
            };
            Planned { fault: place, at, length, action: Action::Cut(links) }
        }
    }
}

fn whom(target: Target, nodes: u32, stream: &mut Stream) -> Whom {
    match target {
        Target::Leader => Whom::Leader,
        Target::Node(node) => Whom::Node(node),
        Target::Random => Whom::Node(NodeId::new(stream.below(u64::from(nodes)) as u32)),
    }
}

/// Puts a random choice of `size` nodes in front, each choice equally likely.
fn draw_front(all: &mut [NodeId], size: usize, stream: &mut Stream) {
    for place in 0..size {
        let other = place + stream.below((all.len() - place) as u64) as usize;
        all.swap(place, other);
    }
}

fn shuffled(nodes: u32, stream: &mut Stream) -> Vec<NodeId> {
    let mut all: Vec<NodeId> = NodeId::all(nodes).collect();
    let size = all.len();
    draw_front(&mut all, size, stream);
    all
}

/// A group of `size` nodes, each set of that size equally likely, and the rest.
fn group_and_rest(nodes: u32, size: usize, stream: &mut Stream) -> Vec<Vec<NodeId>> {
    let mut all: Vec<NodeId> = NodeId::all(nodes).collect();
    draw_front(&mut all, size, stream);
    let mut rest = all.split_off(size);
    all.sort_unstable();
    rest.sort_unstable();
    vec![all, rest]
}

/// Two halves of all but the first, which stays in touch with both.
fn bridge(order: &[NodeId]) -> Vec<Vec<NodeId>> {
    let others = &order[1..];
    let (one, other) = others.split_at(others.len() / 2);
    vec![one.to_vec(), other.to_vec()]
}

/// Everyone by itself but the first, which stays in touch with all.
fn all_but_hub(order: &[NodeId]) -> Vec<Vec<NodeId>> {
    order[1..].iter().map(|node| vec![*node]).collect()
}

/// Around a ring each node hears the majority that it is the middle of. Where a majority is an even number, it hears
/// one node more on one side than on the other, so that some links are cut one way.
fn majorities_ring(order: &[NodeId]) -> Vec<(Vec<NodeId>, Vec<NodeId>)> {
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
fn chained(order: &[NodeId]) -> Vec<(Vec<NodeId>, Vec<NodeId>)> {
    let unheard = |place: usize| {
        let far = order.iter().enumerate().filter(|(other, _)| other.abs_diff(place) > 1);
        far.map(|(_, node)| *node).collect::<Vec<_>>()
    };
    let all = (0..order.len()).map(|place| (unheard(place), vec![order[place]]));
    all.filter(|(from, _)| !from.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fault::{Crash, Partition};

    fn crash(every: u64) -> Fault {
        Fault::Crash(Crash {
            at: None,
            every: Some(Span::new(Nanos(1), Nanos(every))),
            target: Target::Random,
            length: Some(Nanos(5).into()),
            inside: None,
        })
    }

    fn partition() -> Fault {
        let span = Some(Span::new(Nanos(100), Nanos(200)));
        Fault::Partition(Partition { at: None, every: span, shape: Shape::MajorityMinority, length: span })
    }

    #[test]
    fn a_new_fault_shifts_no_other() {
        let alone = draw(&[partition()], 5, Nanos(10_000), 3);
        let mut both = draw(&[partition(), crash(50)], 5, Nanos(10_000), 3);
        both.retain(|planned| planned.fault == 0);
        assert_eq!(alone, both);
        assert!(alone.len() > 40 && alone.iter().all(|planned| planned.at < Nanos(10_000)));
    }

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
}
