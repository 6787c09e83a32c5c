//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::protocols::hash_ring::HashRing;
use crate::spec::placement::Status;

impl HashRing {
    /// `has v{n4 left 1}, is evicted 3; to tell in this round: n2, n5`
    pub(super) fn waits(&self, id: NodeId) -> String {
        let mut to_tell: Vec<NodeId> = self.turns.clone();
        to_tell.sort_unstable();
        let names: Vec<String> = to_tell.iter().map(NodeId::to_string).collect();
        let out = match self.view.standing(id) {
            Some(standing) if standing.status != Status::In => format!(", is {standing}"),
            Some(_) | None => String::new(),
        };
        let rest = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        format!("has {}{out}; to tell in this round: {rest}", self.view)
    }
}
