//! The words of the family: schemes, views, operations, answers.

use crate::node::{NodeId, debug_is_display};
use crate::spec::store::Key;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// A way to place keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Consistent hashing: the first point clockwise (Karger et al. 1997).
    #[default]
    Ring,
    /// Jump consistent hash over the members in the order of their ids (Lamping & Veach 2014).
    Jump,
    /// The member whose hash with the key is highest (Thaler & Ravishankar 1998).
    Rendezvous,
    /// A ring on which no member takes more than its share and a little (Mirrokni, Thorup & Zadimoghaddam 2018).
    BoundedLoad,
    /// The hash modulo the number of members.
    Modulo,
}

/// How keys are placed: the same for the whole cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Rules {
    /// Which way.
    pub scheme: Scheme,
    /// How many points a member of weight 1 has on the ring.
    pub virtual_nodes: u32,
    /// The ring has 2^`hash_bits` places.
    pub hash_bits: u32,
    /// How many keys there are: a survey lists the owners of these, and bounded loads are shares of them.
    pub keys: u32,
    /// How much more than its share a member may take under bounded load, in percent.
    pub slack: u32,
    /// How many nodes keep a key.
    pub replicas: u32,
    /// Whether who is silent is taken for dead.
    pub evicts: bool,
}

/// Whether a node is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Status {
    /// It is.
    In,
    /// It was taken for dead. If it is not, it comes back by itself.
    Evicted,
    /// An administrator has removed it.
    Left,
}

/// How a node stands with the cluster. Of two standings the one with the higher incarnation is the later; of changes
/// that were ordered at two places in one incarnation the graver prevails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing {
    /// How many changes of this node there were. 0: as the configuration says.
    pub incarnation: u32,
    /// What the last one made it.
    pub status: Status,
}

/// A view, named by the changes that it knows of: the last of each node that has changed at all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct View(pub BTreeMap<NodeId, Standing>);

/// What a client asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Which nodes keep the key?
    Lookup(Key),
    /// Who owns each key?
    Survey,
    /// An administrator: this node joins.
    Join(NodeId),
    /// An administrator: this node leaves.
    Leave(NodeId),
}

/// What a client is told.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Answer {
    /// The view that it was found in, or that the change has led to.
    pub view: View,
    /// What was found.
    pub said: Said,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// These nodes keep the key, its owner first. Nobody, where there are no members.
    Replicas(Vec<NodeId>),
    /// These own the keys, from the first to the last; and these nodes are no members.
    Owners {
        /// By key; none for a key that nobody owns.
        owners: Vec<Option<NodeId>>,
        /// Who could join.
        outside: Vec<NodeId>,
    },
    /// The node stands as the administrator wants it.
    Changed,
}

impl View {
    /// How the node stands, where it has changed at all.
    pub fn standing(&self, node: NodeId) -> Option<Standing> {
        self.0.get(&node).copied()
    }

    /// Whether the node is a member, given whether it was one to begin with.
    pub fn has(&self, node: NodeId, initially: bool) -> bool {
        self.standing(node).map_or(initially, |standing| standing.status == Status::In)
    }

    /// The number of the next change of the node.
    pub fn next_incarnation(&self, node: NodeId) -> u32 {
        self.standing(node).map_or(0, |standing| standing.incarnation) + 1
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::In => "in",
            Status::Evicted => "evicted",
            Status::Left => "left",
        };
        write!(f, "{status} {}", self.incarnation)
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<String> = self.0.iter().map(|(node, standing)| format!("{node} {standing}")).collect();
        write!(f, "v{{{}}}", changes.join(", "))
    }
}

/// Names, with commas between them.
fn names(nodes: &[NodeId]) -> String {
    if nodes.is_empty() {
        return "nobody".to_owned();
    }
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.said {
            Said::Replicas(replicas) => f.write_str(&names(replicas))?,
            Said::Owners { owners, outside } => {
                let mut shares: BTreeMap<NodeId, u32> = BTreeMap::new();
                owners.iter().flatten().for_each(|owner| *shares.entry(*owner).or_default() += 1);
                let mut shares: Vec<String> = shares.iter().map(|(node, share)| format!("{node} {share}")).collect();
                let without = owners.iter().filter(|owner| owner.is_none()).count();
                if without > 0 && without < owners.len() {
                    shares.push(format!("nobody {without}"));
                }
                let shares = shares.join(", ");
                f.write_str(if shares.is_empty() { "nobody" } else { &shares })?;
                if !outside.is_empty() {
                    write!(f, "; outside {}", names(outside))?;
                }
            }
            Said::Changed => f.write_str("done")?,
        }
        write!(f, " in {}", self.view)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Lookup(key) => write!(f, "lookup {key}"),
            Op::Survey => f.write_str("survey"),
            Op::Join(node) => write!(f, "join {node}"),
            Op::Leave(node) => write!(f, "leave {node}"),
        }
    }
}

debug_is_display!(Standing, View, Op, Answer);

macro_rules! serialised_as_text {
    ($($name:ty),*) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )* };
}
serialised_as_text!(Standing, View, Op, Answer);

/// Reads an operation as its `Display` writes it.
///
/// # Errors
/// A sentence that says what was found and what is allowed.
pub(super) fn parse_op(text: &str) -> Result<Op, String> {
    let wrong = || format!("`{text}` is no operation: expected `lookup k3`, `survey`, `join n4` or `leave n4`");
    let words: Vec<&str> = text.split_whitespace().collect();
    let node = |word: &str| word.parse::<NodeId>().map_err(|_| wrong());
    match words.as_slice() {
        ["lookup", key] => {
            let number = key.strip_prefix('k').and_then(|number| number.parse::<u32>().ok());
            number.and_then(|number| number.checked_sub(1)).map(|number| Op::Lookup(Key(number))).ok_or_else(wrong)
        }
        ["survey"] => Ok(Op::Survey),
        ["join", name] => Ok(Op::Join(node(name)?)),
        ["leave", name] => Ok(Op::Leave(node(name)?)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_read_as_it_is_written() {
        for text in ["lookup k1", "lookup k30", "survey", "join n4", "leave n1"] {
            assert_eq!(parse_op(text).map(|op| op.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "lookup", "lookup 3", "lookup k0", "survey k1", "join", "join 4", "leave n0", "leave n1 n2"] {
            assert!(parse_op(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_later_change_prevails_and_of_two_at_once_the_graver() {
        let standing = |incarnation, status| Standing { incarnation, status };
        assert!(standing(1, Status::Left) < standing(2, Status::In));
        assert!(standing(1, Status::Evicted) < standing(1, Status::Left));
        assert!(standing(1, Status::In) < standing(1, Status::Evicted));
    }
}
