//! Drawing occurrences of faults: when, whom, which links, how long.

use crate::engine::doom::Doom;
use crate::engine::fault::{ClockChange, Crash, Fault, Length, Shape, Target, Unsynced};
use crate::engine::plan::shapes;
use crate::node::{Chance, Nanos, NodeId, Purpose, Stream};

/// One occurrence of a declared fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The declared fault, by its place in the scenario.
    pub fault: usize,
    /// When.
    pub at: Nanos,
    /// How long.
    pub length: Window,
    /// What happens.
    pub action: Action,
    /// Who told the fact that it reacts to.
    pub teller: Option<NodeId>,
    /// Whether it has changed anything yet.
    pub effective: bool,
}

/// How long an occurrence lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// So long, or until the faults end.
    For(Nanos),
    /// Until the faults end.
    UntilSettling,
    /// Longer than the faults.
    Forever,
}

/// What an occurrence does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Crashes nodes.
    Crash {
        /// Whom.
        whom: Whom,
        /// Inside a step.
        inside: Option<Doom>,
        /// Once more, inside the recovery.
        again: Option<Doom>,
        /// What becomes of records that were not synced.
        remains: Remains,
    },
    /// Nodes stop and go on later.
    Pause(Whom),
    /// Every step of nodes takes its time.
    Slow(Whom),
    /// Cuts links.
    Cut(Links),
    /// Holds links up.
    Hold(Links),
    /// Changes what links are like; none: all of them.
    Degrade(Option<Links>),
    /// Something is wrong with nodes' disks.
    Disk(Whom, DiskTrouble),
    /// Something is wrong with nodes' clocks: how much, in nanoseconds or parts per million.
    Clock(Whom, i64),
}

/// What is wrong with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskTrouble {
    /// No sync completes.
    Stall,
    /// Syncs take longer.
    Slow,
    /// No sync begins.
    Full,
    /// Syncs are claimed and do not happen.
    Lie,
    /// A record rots: the one that this word stands for.
    Corrupt(u64),
}

/// What a crash leaves of the records that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remains {
    /// Nothing.
    Nothing,
    /// The first so many.
    Exactly(u64),
    /// The first few: as many as the word stands for, all included.
    First(u64),
    /// The first few, not all, and half of the next.
    Torn(u64),
}

/// Targets, as far as they are known before the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// These nodes.
    Nodes(Vec<NodeId>),
    /// Whoever leads then.
    Leader,
    /// The first in this order that does not lead then.
    Follower(Vec<NodeId>),
    /// The node at which the fact was seen that the fault reacts to.
    Teller,
}

/// Which links are hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Links {
    /// Those between any two of the groups.
    Between(Vec<Vec<NodeId>>),
    /// These, one way each: what any of the first says to any of the second.
    OneWay(Vec<(Vec<NodeId>, Vec<NodeId>)>),
    /// All of one node each, from and until a time counted from the beginning.
    Swizzled(Vec<(NodeId, Nanos, Nanos)>),
    /// Those between some nodes and the others.
    Of {
        /// Whose.
        whom: Whom,
        /// What they would hear.
        inbound: bool,
        /// What they would say.
        outbound: bool,
    },
}

/// How long a swizzle takes that has no length of its own.
const SWIZZLE: Nanos = Nanos::from_secs(1);

/// Draws occurrences. Each declared fault has a stream of its own, so that adding one shifts no other.
#[derive(Clone, Debug)]
pub struct Draws {
    nodes: u32,
    has_leaders: bool,
    run_for: Nanos,
    streams: Vec<Stream>,
    /// By fault: how many occurrences were drawn, for targets that go around.
    drawn: Vec<u64>,
    /// By fault: whether this seed is without it.
    absent: Vec<bool>,
}

impl Draws {
    /// Nothing is drawn yet.
    pub fn new(faults: usize, nodes: u32, has_leaders: bool, run_for: Nanos, seed: u64) -> Self {
        let streams = (0..faults).map(|place| Stream::new(seed, Purpose::Fault, place as u64)).collect();
        Draws { nodes, has_leaders, run_for, streams, drawn: vec![0; faults], absent: vec![false; faults] }
    }

    /// All occurrences that are known before the run, in order.
    pub fn ahead(&mut self, faults: &[Fault]) -> Vec<Planned> {
        let mut planned = Vec::new();
        for (place, fault) in faults.iter().enumerate() {
            let timing = fault.timing();
            if let Some(share) = timing.seeds {
                self.absent[place] = !happens(share, &mut self.streams[place]);
            }
            if self.absent[place] {
                continue;
            }
            if let Some(once) = timing.at {
                let at = self.streams[place].within(once);
                planned.extend(self.occurrence(place, fault, at));
            }
            if let Some(every) = timing.every {
                let mut at = self.streams[place].within(every);
                while at < self.run_for {
                    planned.extend(self.occurrence(place, fault, at));
                    at += self.streams[place].within(every);
                }
            }
        }
        planned.retain(|planned| planned.at < self.run_for);
        planned.sort_by_key(|planned| (planned.at, planned.fault));
        planned
    }

    /// Whether this seed is without a declared fault.
    pub fn is_absent(&self, place: usize) -> bool {
        self.absent[place]
    }

    /// An occurrence that reacts to a fact seen now; none where chance or the end of the faults prevents it.
    pub fn reacting(&mut self, place: usize, fault: &Fault, now: Nanos, teller: NodeId) -> Option<Planned> {
        if self.absent[place] {
            return None;
        }
        let after = fault.timing().after.map_or(Nanos::ZERO, |after| self.streams[place].within(after));
        let planned = self.occurrence(place, fault, now + after).filter(|planned| planned.at < self.run_for)?;
        Some(Planned { teller: Some(teller), ..planned })
    }

    fn occurrence(&mut self, place: usize, fault: &Fault, at: Nanos) -> Option<Planned> {
        let Draws { nodes, has_leaders, .. } = *self;
        let number = self.drawn[place];
        self.drawn[place] += 1;
        let stream = &mut self.streams[place];
        let takes_place = fault.timing().chance.is_none_or(|chance| happens(chance, stream));
        let length = match fault.timing().length {
            None => Window::UntilSettling,
            Some(Length::Forever) => Window::Forever,
            Some(Length::For(span)) => Window::For(stream.within(span)),
        };
        let mut cluster = Cluster { nodes, has_leaders, number, length };
        let action = match fault {
            Fault::Crash(crash) => cluster.crash(crash, stream),
            Fault::Pause(pause) => Action::Pause(cluster.whom(pause.target, stream)),
            Fault::Slow(slow) => Action::Slow(cluster.whom(slow.target, stream)),
            Fault::Partition(partition) => Action::Cut(cluster.links(&partition.shape, stream)),
            Fault::Hold(hold) => Action::Hold(cluster.links(&hold.shape, stream)),
            Fault::Degrade(degrade) => {
                Action::Degrade(degrade.shape.as_ref().map(|shape| cluster.links(shape, stream)))
            }
            Fault::DiskStall(disk) => Action::Disk(cluster.whom(disk.target, stream), DiskTrouble::Stall),
            Fault::DiskSlow(disk) => Action::Disk(cluster.whom(disk.target, stream), DiskTrouble::Slow),
            Fault::DiskFull(disk) => Action::Disk(cluster.whom(disk.target, stream), DiskTrouble::Full),
            Fault::DiskLie(disk) => Action::Disk(cluster.whom(disk.target, stream), DiskTrouble::Lie),
            Fault::DiskCorrupt(disk) => {
                let whom = cluster.whom(disk.target, stream);
                Action::Disk(whom, DiskTrouble::Corrupt(stream.next_word()))
            }
            Fault::Clock(clock) => {
                let whom = cluster.whom(clock.target, stream);
                let by = match &clock.change {
                    ClockChange::Offset(shift) | ClockChange::Jump(shift) => shift.draw(stream),
                    ClockChange::Drift(ppm) => ppm.draw(stream),
                    ClockChange::Strobe(strobe) => strobe.by.draw(stream),
                    ClockChange::Freeze => 0,
                };
                Action::Clock(whom, by)
            }
        };
        takes_place.then_some(Planned {
            fault: place,
            at,
            length: cluster.length,
            action,
            teller: None,
            effective: false,
        })
    }
}

fn happens(chance: Chance, stream: &mut Stream) -> bool {
    chance.happens((stream.next_word() >> 32) as u32)
}

/// What an occurrence is drawn for.
struct Cluster {
    nodes: u32,
    has_leaders: bool,
    /// How many occurrences of the fault came before.
    number: u64,
    length: Window,
}

impl Cluster {
    fn crash(&self, crash: &Crash, stream: &mut Stream) -> Action {
        let whom = self.whom(crash.target, stream);
        let inside = crash.inside.map(|inside| inside.draw(stream));
        let again = crash.again.map(|again| again.draw(stream));
        let (which, word) = (stream.below(3), stream.next_word());
        let remains = match (crash.unsynced, which) {
            (Unsynced::Lost, _) | (Unsynced::Any, 0) => Remains::Nothing,
            (Unsynced::Partly, _) | (Unsynced::Any, 1) => Remains::First(word),
            (Unsynced::Torn, _) | (Unsynced::Any, _) => Remains::Torn(word),
        };
        Action::Crash { whom, inside, again, remains }
    }

    fn whom(&self, target: Target, stream: &mut Stream) -> Whom {
        let nodes = self.nodes;
        match target {
            Target::Leader => Whom::Leader,
            Target::Teller => Whom::Teller,
            Target::Follower => Whom::Follower(shapes::shuffled(nodes, stream)),
            Target::Node(node) => Whom::Nodes(vec![node]),
            Target::Random => Whom::Nodes(vec![NodeId::new(stream.below(u64::from(nodes)) as u32)]),
            Target::Next => Whom::Nodes(vec![NodeId::new((self.number % u64::from(nodes)) as u32)]),
            Target::All => Whom::Nodes(NodeId::all(nodes).collect()),
            Target::Minority => {
                Whom::Nodes(shapes::group_and_rest(nodes, (nodes as usize - 1) / 2, stream).swap_remove(0))
            }
        }
    }

    fn links(&mut self, shape: &Shape, stream: &mut Stream) -> Links {
        let nodes = self.nodes;
        let of = |target, inbound, outbound, stream: &mut Stream| {
            let whom = self.whom(target, stream);
            Links::Of { whom, inbound, outbound }
        };
        match shape {
            Shape::Isolate(target) => of(*target, true, true, stream),
            Shape::OneWayIn(target) => of(*target, true, false, stream),
            Shape::OneWayOut(target) => of(*target, false, true, stream),
            Shape::Groups(groups) => Links::Between(groups.clone()),
            Shape::Links(links) => {
                Links::OneWay(links.iter().map(|link| (link.from.clone(), link.to.clone())).collect())
            }
            Shape::MajorityMinority => Links::Between(shapes::group_and_rest(nodes, (nodes as usize - 1) / 2, stream)),
            Shape::Split => Links::Between(shapes::group_and_rest(nodes, nodes as usize / 2, stream)),
            Shape::MinorityThird => {
                let size = ((nodes as usize - 1) / 3).max(1);
                Links::Between(shapes::group_and_rest(nodes, size, stream))
            }
            Shape::Bridge => Links::Between(shapes::bridge(&shapes::shuffled(nodes, stream))),
            Shape::MajoritiesRing => Links::OneWay(shapes::majorities_ring(&shapes::shuffled(nodes, stream))),
            Shape::Chained => Links::OneWay(shapes::chained(&shapes::shuffled(nodes, stream))),
            Shape::QuorumLoss => Links::Between(shapes::all_but_hub(&shapes::shuffled(nodes, stream))),
            Shape::Swizzle => {
                // Without a length it would never be seen to come back.
                let Window::For(length) = self.length else {
                    self.length = Window::For(SWIZZLE);
                    return Links::Swizzled(shapes::swizzle(nodes, SWIZZLE, stream));
                };
                Links::Swizzled(shapes::swizzle(nodes, length, stream))
            }
            Shape::Any => {
                let shape = shapes::any(nodes, self.has_leaders, stream);
                self.links(&shape, stream)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fault::{Crash, Partition};
    use crate::node::Span;

    fn draw(faults: &[Fault]) -> Vec<Planned> {
        Draws::new(faults.len(), 5, true, Nanos(10_000), 3).ahead(faults)
    }

    fn crash(target: Target) -> Fault {
        let every = Some(Span::new(Nanos(1), Nanos(50)));
        Fault::Crash(Crash { every, target, length: Some(Length::For(Nanos(5).into())), ..Crash::default() })
    }

    #[test]
    fn a_new_fault_shifts_no_other() {
        let span = Span::new(Nanos(100), Nanos(200));
        let partition =
            Fault::Partition(Partition { every: Some(span), length: Some(Length::For(span)), ..Partition::default() });
        let alone = draw(std::slice::from_ref(&partition));
        let mut both = draw(&[partition, crash(Target::Random)]);
        both.retain(|planned| planned.fault == 0);
        assert_eq!(alone, both);
        assert!(alone.len() > 40 && alone.iter().all(|planned| planned.at < Nanos(10_000)));
    }

    #[test]
    fn targets_go_around_and_minorities_are_small() {
        let nodes_of = |target| {
            let hit = |planned: Planned| match planned.action {
                Action::Crash { whom: Whom::Nodes(nodes), .. } => nodes,
                other => panic!("{other:?} names no nodes"),
            };
            draw(&[crash(target)]).into_iter().map(hit).collect::<Vec<_>>()
        };
        let next = nodes_of(Target::Next);
        assert!(next.len() > 100 && next.iter().enumerate().all(|(place, hit)| hit[0].index() == place % 5));
        assert!(nodes_of(Target::Minority).iter().all(|hit| hit.len() == 2));
        assert!(nodes_of(Target::All).iter().all(|hit| hit.len() == 5));
    }
}
