//! Planned faults as they take place, and the credit for what they changed.

use crate::engine::network::Cut;
use crate::engine::plan::{Action, Links, Planned, Whom};
use crate::engine::wire::{Blow, Event};
use crate::engine::world::World;
use crate::node::{Nanos, Node, NodeId};
use crate::spec::judged::Judged;

impl<N: Node<Family: Judged>> World<'_, N> {
    /// A planned fault takes place, or waits for a leader.
    #[cold]
    pub fn strike(&mut self, planned: usize) {
        let Planned { fault, length, action, .. } = self.plan[planned].clone();
        let whom = match &action {
            Action::Crash(whom, _) | Action::Cut(Links::Of { whom, .. }) => Some(*whom),
            Action::Cut(Links::Between(_) | Links::OneWay(_)) => None,
        };
        let leader = self.wire.leader();
        if whom == Some(Whom::Leader) && leader.is_none() {
            self.faults[fault].deferred += 1;
            self.wire.awaiting_leader.push(planned);
            return;
        }
        let node_of = |whom: Whom| match whom {
            Whom::Node(node) => node,
            Whom::Leader => leader.expect("a leader, or the fault would wait"),
        };
        self.faults[fault].applied += 1;
        match action {
            Action::Crash(whom, doom) => {
                let node = node_of(whom);
                if !self.cluster.is_up(node) {
                    return;
                }
                self.wire.strike(node, Blow { fault, length });
                match doom {
                    Some(doom) => self.cluster.doom(node, doom),
                    None => self.cluster.crash(node, &mut self.wire),
                }
            }
            Action::Cut(links) => self.cut(planned, length, links, node_of),
        }
    }

    fn cut(&mut self, by: usize, length: Option<Nanos>, links: Links, node_of: impl Fn(Whom) -> NodeId) {
        let mut cuts = Vec::new();
        let mut one_way = |from: Vec<NodeId>, to: Vec<NodeId>| cuts.push(Cut { by, from, to, felt: false });
        match links {
            Links::Between(groups) => {
                for (place, group) in groups.iter().enumerate() {
                    let others = groups.iter().enumerate().filter(|(other, _)| *other != place);
                    one_way(group.clone(), others.flat_map(|(_, group)| group.iter().copied()).collect());
                }
            }
            Links::OneWay(links) => links.into_iter().for_each(|(from, to)| one_way(from, to)),
            Links::Of { whom, inbound, outbound } => {
                let node = node_of(whom);
                let others: Vec<NodeId> = NodeId::all(self.setup.nodes).filter(|other| *other != node).collect();
                if inbound {
                    one_way(others.clone(), vec![node]);
                }
                if outbound {
                    one_way(vec![node], others);
                }
            }
        }
        for cut in cuts {
            self.cluster.links(false, &cut.from, &cut.to);
            self.wire.network.cut(cut);
        }
        if let Some(length) = length {
            self.wire.queue.push(self.cluster.now + length, Event::Heal { planned: by });
        }
    }

    pub fn healed(&mut self, cuts: Vec<Cut>) {
        for cut in cuts {
            self.cluster.links(true, &cut.from, &cut.to);
        }
    }

    /// Credits faults with what they changed.
    #[cold]
    pub fn credit(&mut self) {
        for fault in self.wire.struck.drain(..) {
            self.faults[fault].effective += 1;
        }
        for planned in self.wire.network.effective.drain(..) {
            self.faults[self.plan[planned].fault].effective += 1;
        }
    }
}
