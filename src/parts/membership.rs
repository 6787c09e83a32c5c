//! Who wants the cluster's members changed: the administrator, as protocols whose members change are configured with.
//!
//! Nobody outside asks for a change. Whoever leads decides on one by itself, from time to time, from sets of voters
//! that the configuration lists; how the cluster gets there is the protocol's business.

use crate::node::{Nanos, NodeId, Span};
use crate::spec::replicated_log::{Configuration, NodeSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The administrator: whoever leads, from time to time, makes one of the listed sets of voters the cluster's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// After such a time each.
    pub every: Span,
    /// The sets of voters, one of which is chosen each time.
    pub sets: Vec<Vec<NodeId>>,
    /// One voter is added or removed at a time, without joint configurations (Ongaro's thesis 2014, section 4.1).
    #[serde(default)]
    pub single: bool,
}

/// The key that is wrong, and a sentence: what was found and what is allowed.
pub type Wrong = (&'static str, String);

/// The first configuration, where it stands in the log: of the given voters, or of all nodes; none where all nodes are
/// members for ever.
pub fn first_members(voters: Option<&[NodeId]>, membership: Option<&Membership>, nodes: u32) -> Option<Configuration> {
    match (voters, membership) {
        (Some(voters), _) => Some(Configuration::of(voters.iter().copied().collect())),
        (None, Some(_)) => Some(Configuration::of(NodeId::all(nodes).collect())),
        (None, None) => None,
    }
}

/// One voter more, or one less, on the way from a set of voters to another; none where that is reached. Majorities of
/// two sets that differ by one voter overlap (Ongaro's thesis 2014, section 4.1).
pub fn one_step(voters: NodeSet, wanted: NodeSet) -> Option<NodeSet> {
    let added = wanted.without(voters).nodes().next().map(|node| voters.with(node));
    let removed = || voters.without(wanted).nodes().next().map(|node| voters.without(NodeSet::from_iter([node])));
    added.or_else(removed)
}

/// Whether `voters` and `membership` make sense for a cluster of `nodes`.
///
/// # Errors
/// The key that is wrong, and a sentence.
pub fn check_members(voters: Option<&[NodeId]>, membership: Option<&Membership>, nodes: u32) -> Result<(), Wrong> {
    if (voters.is_some() || membership.is_some()) && nodes > NodeSet::NODES_MAX {
        let key = if voters.is_some() { "voters" } else { "membership" };
        return Err((key, format!("a cluster of {nodes} cannot change: up to {} nodes can", NodeSet::NODES_MAX)));
    }
    if let Some(voters) = voters {
        check_set(voters, nodes).map_err(|why| ("voters", why))?;
    }
    let Some(membership) = membership else { return Ok(()) };
    if membership.every.min == Nanos::ZERO {
        return Err(("membership.every", "0s would never let time pass: it must be longer".to_owned()));
    }
    if membership.sets.is_empty() {
        return Err(("membership.sets", "names no set: at least one is needed".to_owned()));
    }
    membership.sets.iter().try_for_each(|set| check_set(set, nodes)).map_err(|why| ("membership.sets", why))
}

fn check_set(set: &[NodeId], nodes: u32) -> Result<(), String> {
    if set.is_empty() {
        return Err("nobody would vote: at least one node is needed".to_owned());
    }
    for (place, node) in set.iter().enumerate() {
        if node.index() >= nodes as usize {
            return Err(format!("there is no {node}: nodes are n1 to n{nodes}"));
        }
        if set[..place].contains(node) {
            return Err(format!("{node} stands there twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(nodes: &[u32]) -> NodeSet {
        nodes.iter().map(|node| NodeId::new(node - 1)).collect()
    }

    #[test]
    fn newcomers_come_before_anybody_goes() {
        let mut voters = set(&[1, 2, 3]);
        let mut steps = Vec::new();
        while let Some(next) = one_step(voters, set(&[3, 4, 5])) {
            steps.push(next.to_string());
            voters = next;
        }
        assert_eq!(steps, ["{n1,n2,n3,n4}", "{n1,n2,n3,n4,n5}", "{n2,n3,n4,n5}", "{n3,n4,n5}"]);
    }
}
