//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::protocols::paxos::{Disk, Paxos, Phase};

impl Paxos {
    /// `waits for promises of b3.n1 for d7, has them from n1, n2`
    pub(super) fn waits(&self, _: NodeId, nodes: u32, _: &Disk) -> String {
        let Some((decree, proposal)) = self.proposals.first_key_value() else {
            return "proposes nothing".to_owned();
        };
        let ballot = proposal.ballot;
        let more = self.proposals.len() - 1;
        let others = if more > 0 { format!("; {more} other decrees are open") } else { String::new() };
        let waits = match &proposal.phase {
            Phase::Preparing { promises, .. } => {
                let has = NodeId::all(nodes).filter(|node| promises.has(*node)).map(|node| node.to_string());
                let has: Vec<String> = has.collect();
                let has = if has.is_empty() { "nobody".to_owned() } else { has.join(", ") };
                format!("waits for promises of {ballot} for {decree}, has them from {has}")
            }
            Phase::Accepting => format!("waits for votes in {ballot} for {decree}"),
            Phase::BackingOff => format!("backs off from {decree}, preempted by {}", proposal.heard),
            Phase::Idle => format!("has nothing to propose for {decree}, and no vote was reported"),
        };
        waits + &others
    }
}
