//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::parts::quorum::Tally;
use crate::protocols::multi_paxos::{Disk, MultiPaxos, Role};
use crate::spec::replicated_log::Index;

impl MultiPaxos {
    /// `candidate of t9, waits for promises from n1, n4`
    pub(super) fn waits(&self, id: NodeId, nodes: u32, disk: &Disk) -> String {
        let term = disk.promised;
        let silent = |slot: Index, tally: &Tally| {
            let decides = |node: &NodeId| match &self.members {
                Some(members) => members.at(slot).is_some_and(|members| members.votes(*node)),
                None => true,
            };
            let silent =
                NodeId::all(nodes).filter(decides).filter(|node| !tally.has(*node)).map(|node| node.to_string());
            silent.collect::<Vec<_>>().join(", ")
        };
        match &self.role {
            Role::Follower if !self.belongs(id) => {
                format!("outsider of {term}, knows {} chosen and does not decide behind it", self.commit)
            }
            Role::Follower => match self.leader {
                None => format!("follower of {term}, has heard of no leader"),
                Some(leader) => format!("follower of {term}, hears {leader}, knows {} chosen", self.commit),
            },
            Role::Candidate { phase1 } => {
                let silent = silent(self.commit.next(), &phase1.promises);
                format!("candidate of {term}, waits for promises from {silent}")
            }
            Role::Leader { votes, phase1, next, waiting, .. } => match votes.first_key_value() {
                Some((index, tally)) => {
                    format!("leader of {term}, waits for {} to accept {index}", silent(*index, tally))
                }
                None if !waiting.is_empty() || !phase1.reported.is_empty() => {
                    let silent = silent(*next, &phase1.promises);
                    format!("leader of {term}, may not fill {next}, waits for promises from {silent}")
                }
                None => format!("leader of {term}, has nothing to propose, knows {} chosen", self.commit),
            },
        }
    }
}
