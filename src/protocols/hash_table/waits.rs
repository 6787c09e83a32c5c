//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::protocols::hash_table::{Disk, HashTable, Phase};

fn named(nodes: impl Iterator<Item = NodeId>) -> String {
    let names: Vec<String> = nodes.map(|node| node.to_string()).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

impl HashTable {
    /// `goes by v4; fetches p3, has it from n1; coordinates c1#7, has answers to its writes from n2`
    pub(super) fn waits(&self, _: NodeId, nodes: u32, _: &Disk) -> String {
        let mut waits = vec![format!("goes by {}", self.view.ring)];
        let heard = |tally: &crate::parts::quorum::Tally| named(NodeId::all(nodes).filter(|node| tally.has(*node)));
        if let Some((partition, from)) = self.pulled.first_key_value() {
            waits.push(format!("fetches {partition} and {} more, has it from {}", self.pulled.len() - 1, heard(from)));
        }
        if let Some((request, pending)) = self.pending.first_key_value() {
            let what = match pending.phase {
                Phase::Read => "copies",
                Phase::Write => "word that it is written",
            };
            waits.push(format!("coordinates {request}, has {what} from {}", heard(&pending.answers)));
        }
        if self.view.joining.is_some() && self.complete.count() > 0 {
            waits.push(format!("has heard that {} have all they gain", heard(&self.complete)));
        }
        if !self.dead.is_empty() {
            waits.push(format!("takes {} for dead", named(self.dead.iter().copied())));
        }
        waits.join("; ")
    }
}
