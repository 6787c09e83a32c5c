//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::parts::quorum::Tally;
use crate::protocols::multi_paxos::{Disk, MultiPaxos, Role};

impl MultiPaxos {
    /// `candidate of t9, waits for promises from n1, n4`
    pub(super) fn waits(&self, _: NodeId, nodes: u32, disk: &Disk) -> String {
        let term = disk.promised;
        let silent = |tally: &Tally| {
            let silent = NodeId::all(nodes).filter(|node| !tally.has(*node)).map(|node| node.to_string());
            silent.collect::<Vec<_>>().join(", ")
        };
        match &self.role {
            Role::Follower => match self.leader {
                None => format!("follower of {term}, has heard of no leader"),
                Some(leader) => format!("follower of {term}, hears {leader}, knows {} chosen", self.commit),
            },
            Role::Candidate { promises, .. } => {
                format!("candidate of {term}, waits for promises from {}", silent(promises))
            }
            Role::Leader { votes, .. } => match votes.first_key_value() {
                Some((index, tally)) => {
                    format!("leader of {term}, waits for {} to accept {index}", silent(tally))
                }
                None => format!("leader of {term}, has nothing to propose, knows {} chosen", self.commit),
            },
        }
    }
}
