//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::protocols::raft::{Disk, Raft, Role};

fn names(nodes: impl Iterator<Item = NodeId>) -> String {
    nodes.map(|node| node.to_string()).collect::<Vec<_>>().join(", ")
}

impl Raft {
    /// `candidate of t9, waits for votes from n1, n4`
    pub(super) fn waits(&self, id: NodeId, nodes: u32, disk: &Disk) -> String {
        let (term, last) = (disk.term, disk.last_index());
        match &self.role {
            Role::Follower => match self.leader {
                None if !self.may_campaign(id) => format!("follower of {term}, is no voter, has heard of no leader"),
                None => format!("follower of {term}, has heard of no leader"),
                Some(leader) if self.commit < last => {
                    format!("follower of {term}, waits for {leader} to say that {last} is committed")
                }
                Some(leader) => format!("follower of {term}, hears {leader}"),
            },
            Role::Candidate { votes } => {
                let silent = NodeId::all(nodes).filter(|node| self.may_vote(*node) && !votes.has(*node));
                format!("candidate of {term}, waits for votes from {}", names(silent))
            }
            Role::PreCandidate { votes } => {
                let silent = NodeId::all(nodes).filter(|node| self.may_vote(*node) && !votes.has(*node));
                format!("in {term}, asks whether it would win, waits for {}", names(silent))
            }
            Role::Leader { progress, .. } => {
                let behind = NodeId::all(nodes)
                    .filter(|node| *node != id && self.is_member(*node) && progress[node.index()].matched < last);
                let behind = names(behind);
                let rest = if behind.is_empty() {
                    "is acknowledged by all".to_owned()
                } else {
                    format!("waits for {behind} to acknowledge {last}, has committed {}", self.commit)
                };
                format!("leader of {term}, {rest}")
            }
        }
    }
}
