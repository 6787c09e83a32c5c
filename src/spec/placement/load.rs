//! The workload: lookups of keys, surveys, and an administrator who lets nodes join and leave.

use crate::node::{ClientId, NodeId, Stream};
use crate::spec::judged::Generator;
use crate::spec::placement::{Answer, Op, Placement, Said};
use crate::spec::store::Key;
use std::collections::BTreeSet;

/// The names of the operations, in the order of the kinds that [`Lookups`] draws.
pub(super) const OPERATIONS: &[&str] = &["lookup", "survey", "join", "leave"];

/// So many members an administrator leaves at least.
const MEMBERS_MIN: usize = 2;

/// What clients know of the cluster is what they were told. An administrator removes members that it has heard of, and
/// lets those join that it has removed or that a survey has shown to stand outside. Where there is nobody for that, a
/// key is looked up. A node is let alone while a change of it is under way: else an administrator who removes it, and
/// asks again and again, might have it removed after another has let it in.
#[derive(Clone, Debug)]
pub struct Lookups {
    keys: u32,
    members: BTreeSet<NodeId>,
    outside: BTreeSet<NodeId>,
    changing: BTreeSet<NodeId>,
}

/// One of them, and not there any more.
fn take(nodes: &mut BTreeSet<NodeId>, draws: &mut Stream) -> NodeId {
    let place = draws.below(nodes.len() as u64) as usize;
    let node = *nodes.iter().nth(place).expect("a place below their number");
    nodes.remove(&node);
    node
}

impl Generator<Placement> for Lookups {
    fn new(keys: u32) -> Self {
        Lookups { keys, members: BTreeSet::new(), outside: BTreeSet::new(), changing: BTreeSet::new() }
    }

    fn draw(&mut self, kind: usize, _client: ClientId, draws: &mut Stream) -> Op {
        match OPERATIONS[kind] {
            "survey" => Op::Survey,
            "join" if !self.outside.is_empty() => {
                let node = take(&mut self.outside, draws);
                self.changing.insert(node);
                Op::Join(node)
            }
            "leave" if self.members.len() > MEMBERS_MIN => {
                let node = take(&mut self.members, draws);
                self.changing.insert(node);
                Op::Leave(node)
            }
            _ => Op::Lookup(Key(draws.below(u64::from(self.keys)) as u32)),
        }
    }

    /// A change whose outcome is unknown is counted as one that has made the node leave. A survey will tell.
    fn learn(&mut self, op: &Op, reply: Option<&Answer>) {
        match (op, reply.is_some()) {
            (Op::Join(node), true) => self.settle(*node, true),
            (Op::Leave(node), _) | (Op::Join(node), false) => self.settle(*node, false),
            (Op::Lookup(_) | Op::Survey, _) => {}
        }
        let Some(answer) = reply else { return };
        let (members, strangers): (Vec<NodeId>, &[NodeId]) = match &answer.said {
            Said::Replicas(replicas) => (replicas.clone(), &[]),
            Said::Owners { owners, outside } => (owners.iter().flatten().copied().collect(), outside),
            Said::Changed => (Vec::new(), &[]),
        };
        // What is told of a node that was changed meanwhile may be old.
        let open = |node: &&NodeId| !self.changing.contains(node);
        self.members.extend(members.iter().filter(open).filter(|node| !self.outside.contains(node)));
        self.outside.extend(strangers.iter().filter(open).filter(|node| !self.members.contains(node)));
    }
}

impl Lookups {
    fn settle(&mut self, node: NodeId, member: bool) {
        self.changing.remove(&node);
        if member {
            self.members.insert(node)
        } else {
            self.outside.insert(node)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Purpose;
    use crate::spec::placement::View;

    #[test]
    fn an_administrator_removes_whom_it_knows_and_lets_them_back() {
        let mut draws = Stream::new(1, Purpose::Client, 0);
        let mut load = Lookups::new(8);
        let [survey, join, leave] = [1, 2, 3];
        let mut draw = |load: &mut Lookups, kind| load.draw(kind, ClientId::new(0), &mut draws);
        assert!(matches!(draw(&mut load, join), Op::Lookup(_)), "nobody is known");
        assert!(matches!(draw(&mut load, leave), Op::Lookup(_)), "nobody is known");
        assert_eq!(draw(&mut load, survey), Op::Survey);
        let said = Said::Replicas(NodeId::all(3).collect());
        load.learn(&Op::Survey, Some(&Answer { view: View::default(), said: said.clone() }));
        let Op::Leave(node) = draw(&mut load, leave) else { panic!("three are known") };
        load.learn(&Op::Survey, Some(&Answer { view: View::default(), said }));
        assert!(matches!(draw(&mut load, leave), Op::Lookup(_)), "two must stay");
        assert!(matches!(draw(&mut load, join), Op::Lookup(_)), "the one outside is still on its way there");
        load.learn(&Op::Leave(node), None);
        assert_eq!(draw(&mut load, join), Op::Join(node));
        assert!(matches!(draw(&mut load, join), Op::Lookup(_)), "nobody is outside");
        load.learn(&Op::Join(node), Some(&Answer { view: View::default(), said: Said::Changed }));
        assert!(matches!(draw(&mut load, leave), Op::Leave(_)), "three are in again");
    }
}
