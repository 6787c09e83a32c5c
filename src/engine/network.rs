//! The network between nodes: fates, partitions, and an honest count of what they did.

use crate::engine::links::{Fate, Gone, Links};
use crate::engine::model::{LinkModel, NetworkModel};
use crate::engine::record::Sent;
use crate::node::{Nanos, NodeId, Purpose};

/// What became of all messages between nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traffic {
    /// Handed to the network.
    pub sent: u64,
    /// Handled by a node, second copies included.
    pub delivered: u64,
    /// Lost by a link.
    pub lost: u64,
    /// Damaged by a link, and dropped.
    pub corrupted: u64,
    /// Dropped because too much waited on a link.
    pub overflowed: u64,
    /// Copied by a link.
    pub duplicated: u64,
    /// Held back much longer than others.
    pub straggled: u64,
    /// On their way to arrive once more, long after.
    pub replayed: u64,
    /// Lost to a partition.
    pub cut: u64,
    /// Arrived at a node that was down.
    pub at_down_node: u64,
}

/// Links that are cut: from any of `from` to any of `to`.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Cut {
    /// The occurrence of the fault that cut them.
    pub by: usize,
    pub from: Vec<NodeId>,
    pub to: Vec<NodeId>,
    /// Whether it has cost a message yet.
    pub felt: bool,
}

/// Links that behave otherwise for a while.
struct Changed {
    /// The occurrence that changed them.
    by: usize,
    /// The declared fault, whose change it is.
    fault: usize,
    /// Which, one way each; none: all.
    sides: Option<Vec<(Vec<NodeId>, Vec<NodeId>)>>,
    /// Whether it has changed a fate yet.
    felt: bool,
}

impl Changed {
    fn concerns(&self, from: NodeId, to: NodeId) -> bool {
        let within = |sides: &Vec<(Vec<NodeId>, Vec<NodeId>)>| {
            sides.iter().any(|(senders, receivers)| senders.contains(&from) && receivers.contains(&to))
        };
        self.sides.as_ref().is_none_or(within)
    }
}

pub(in crate::engine) struct Network {
    pub model: NetworkModel,
    links: Links,
    cuts: Vec<Cut>,
    changed: Vec<Changed>,
    /// Whether any link has a bandwidth, so that sizes count.
    pub sizes_count: bool,
    /// Whether all links are plain, none is cut and none is changed: most of the time.
    quiet: bool,
    /// Occurrences that have cost or changed a message, to be credited to their faults.
    pub effective: Vec<usize>,
    pub traffic: Traffic,
}

impl Network {
    pub fn new(model: NetworkModel, nodes: u32, seed: u64) -> Self {
        let links = Links::new(seed, Purpose::Link, nodes as usize, nodes as usize);
        let narrow = model.models.iter().any(|model| model.bandwidth.is_some());
        let sizes_count = narrow || model.changes.iter().any(|change| change.bandwidth.is_some());
        let (cuts, changed, effective) = (Vec::new(), Vec::new(), Vec::new());
        let mut network =
            Network { model, links, cuts, changed, sizes_count, quiet: false, effective, traffic: Traffic::default() };
        network.look_whether_quiet();
        network
    }

    /// To be called whenever links are cut, changed or healed.
    fn look_whether_quiet(&mut self) {
        let plain = self.model.models.iter().all(LinkModel::is_plain) && !self.sizes_count;
        self.quiet = plain && self.cuts.is_empty() && self.changed.is_empty();
    }

    /// Whether a message meets one of two fates: it is lost, or it arrives once. Then [`Network::send_quietly`] says
    /// which, at less cost than [`Network::send`].
    #[inline]
    pub fn is_quiet(&self, from: NodeId, to: NodeId) -> bool {
        self.quiet && from != to
    }

    /// Hands a message to a quiet network: its number on its link, and when it arrives, unless it is lost.
    #[inline(always)]
    pub fn send_quietly(&mut self, now: Nanos, from: NodeId, to: NodeId) -> (u64, Option<Nanos>) {
        self.traffic.sent += 1;
        let model = self.model.link(from, to);
        let (number, arrives) = self.links.plain_fate(from.index(), to.index(), now, model);
        self.traffic.lost += u64::from(arrives.is_none());
        (number, arrives)
    }

    /// Hands a message of a size to the network: its fate, with what that means for the sender's record.
    #[inline(never)]
    pub fn send(&mut self, now: Nanos, from: NodeId, to: NodeId, size: u64) -> (Fate, Sent) {
        self.traffic.sent += 1;
        if from == to {
            // What a node sends itself never leaves it.
            let fate = self.links.fate(from.index(), to.index(), now, self.model.link(from, to), 0);
            return (
                Fate { arrives: Ok(now), copy_arrives: None, replayed: None, straggles: false, ..fate },
                Sent::OnItsWay,
            );
        }
        let cut = self.is_cut(from, to);
        // What is cut off anyway credits nothing that would have changed its fate.
        let fate = if cut || self.changed.is_empty() {
            self.links.fate(from.index(), to.index(), now, self.model.link(from, to), size)
        } else {
            self.changed_fate(now, from, to, size)
        };
        if cut {
            self.traffic.cut += 1;
            return (Fate { arrives: Err(Gone::Lost), copy_arrives: None, replayed: None, ..fate }, Sent::Cut);
        }
        let sent = self.count(&fate);
        (fate, sent)
    }

    #[inline]
    fn count(&mut self, fate: &Fate) -> Sent {
        let traffic = &mut self.traffic;
        match fate.arrives {
            Err(Gone::Lost) => {
                traffic.lost += 1;
                Sent::Lost
            }
            Err(Gone::Corrupted) => {
                traffic.corrupted += 1;
                Sent::Corrupted
            }
            Err(Gone::Overflowed) => {
                traffic.overflowed += 1;
                Sent::Overflowed
            }
            Ok(_) if fate.copy_arrives.is_none() && fate.replayed.is_none() && !fate.straggles => Sent::OnItsWay,
            Ok(_) => {
                traffic.straggled += u64::from(fate.straggles);
                traffic.replayed += u64::from(fate.replayed.is_some());
                traffic.duplicated += u64::from(fate.copy_arrives.is_some());
                match (fate.copy_arrives, fate.replayed) {
                    (Some(_), _) => Sent::Twice,
                    (None, Some(_)) => Sent::Again,
                    (None, None) => Sent::HeldBack,
                }
            }
        }
    }

    /// The fate on a link that behaves otherwise for a while. Each change that makes another fate of the message than
    /// it would have met without it is credited.
    #[cold]
    fn changed_fate(&mut self, now: Nanos, from: NodeId, to: NodeId, size: u64) -> Fate {
        let ends = (from.index(), to.index());
        let base = self.model.link(from, to).clone();
        let mut active = base.clone();
        for changed in self.changed.iter().filter(|changed| changed.concerns(from, to)) {
            active = active.with(&self.model.changes[changed.fault]);
        }
        for place in 0..self.changed.len() {
            let changed = &self.changed[place];
            if changed.felt || !changed.concerns(from, to) {
                continue;
            }
            let mut without = base.clone();
            for other in self.changed.iter().filter(|other| other.by != changed.by && other.concerns(from, to)) {
                without = without.with(&self.model.changes[other.fault]);
            }
            if self.links.differs(ends, now, [&active, &without], size) {
                self.effective.push(changed.by);
                self.changed[place].felt = true;
            }
        }
        self.links.fate(ends.0, ends.1, now, &active, size)
    }

    /// Whether the link is cut; the partitions that cut it are credited with the message that asked.
    #[inline]
    pub fn is_cut(&mut self, from: NodeId, to: NodeId) -> bool {
        if self.cuts.is_empty() { false } else { self.is_cut_by_any(from, to) }
    }

    #[cold]
    fn is_cut_by_any(&mut self, from: NodeId, to: NodeId) -> bool {
        let mut cut = false;
        for place in 0..self.cuts.len() {
            let active = &self.cuts[place];
            if active.from.contains(&from) && active.to.contains(&to) {
                cut = true;
                if !active.felt {
                    self.feel(active.by);
                }
            }
        }
        cut
    }

    /// An occurrence has cost its first message: it counts once, however many cuts it consists of.
    fn feel(&mut self, by: usize) {
        self.effective.push(by);
        self.cuts.iter_mut().filter(|cut| cut.by == by).for_each(|cut| cut.felt = true);
    }

    pub fn cut(&mut self, cut: Cut) {
        self.cuts.push(cut);
        self.look_whether_quiet();
    }

    /// Whether the link is cut. Nobody is credited with it.
    pub fn would_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.cuts.iter().any(|cut| cut.from.contains(&from) && cut.to.contains(&to))
    }

    /// Whether any link is cut.
    #[inline]
    pub fn cuts_any(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// Whether links of this node are cut.
    pub fn touches(&self, node: NodeId) -> bool {
        self.cuts.iter().any(|cut| cut.from.contains(&node) || cut.to.contains(&node))
    }

    /// Heals the links between these of what occurrence `by` has cut, and hands them back.
    pub fn heal_links(&mut self, by: usize, from: &[NodeId], to: &[NodeId]) -> Vec<Cut> {
        let healed = self.cuts.extract_if(.., |cut| cut.by == by && cut.from == from && cut.to == to).collect();
        self.look_whether_quiet();
        healed
    }

    /// Heals what occurrence `by` has cut, and hands it back. Links that another occurrence cut too stay cut.
    pub fn heal(&mut self, by: usize) -> Vec<Cut> {
        let healed = self.cuts.extract_if(.., |cut| cut.by == by).collect();
        self.look_whether_quiet();
        healed
    }

    /// Links behave otherwise: those given, one way each, or all.
    pub fn change(&mut self, by: usize, fault: usize, sides: Option<Vec<(Vec<NodeId>, Vec<NodeId>)>>) {
        self.changed.push(Changed { by, fault, sides, felt: false });
        self.look_whether_quiet();
    }

    /// They behave as before.
    pub fn unchange(&mut self, by: usize) {
        self.changed.retain(|changed| changed.by != by);
        self.look_whether_quiet();
    }

    /// Heals everything, and loses nothing from now on: the global stabilisation time of partial synchrony (Dwork,
    /// Lynch & Stockmeyer 1988).
    pub fn heal_all(&mut self) -> Vec<Cut> {
        self.model.heal();
        self.changed.clear();
        let healed = std::mem::take(&mut self.cuts);
        self.look_whether_quiet();
        healed
    }
}
