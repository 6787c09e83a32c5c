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
                Shape::MajorityMinority => Links::Between(minority_and_rest(nodes, stream)),
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

/// A minority of floor((n-1)/2) nodes, each set of that size equally likely, and the rest.
fn minority_and_rest(nodes: u32, stream: &mut Stream) -> Vec<Vec<NodeId>> {
    let mut all: Vec<NodeId> = NodeId::all(nodes).collect();
    let size = (nodes as usize - 1) / 2;
    for place in 0..size {
        let other = place + stream.below((all.len() - place) as u64) as usize;
        all.swap(place, other);
    }
    let mut rest = all.split_off(size);
    all.sort_unstable();
    rest.sort_unstable();
    vec![all, rest]
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
            let groups = minority_and_rest(5, &mut stream);
            assert_eq!((groups[0].len(), groups[1].len()), (2, 3));
            seen.insert(groups[0].clone());
        }
        assert_eq!(seen.len(), 10, "all pairs of five");
    }
}
