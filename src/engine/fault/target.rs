//! Whom a fault hits.

use crate::node::NodeId;
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use std::fmt;

/// Whom a fault hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The live node that was elected in the highest term, while it leads. While there is none, the fault waits for
    /// the next.
    Leader,
    /// A node that is not the leader at that time.
    Follower,
    /// Any node, up or down, drawn before the run.
    #[default]
    Random,
    /// floor((n-1)/2) nodes, drawn before the run.
    Minority,
    /// Every node.
    All,
    /// n1, then n2, and so on around, one at each occurrence.
    Next,
    /// The node at which the fact of `when` or `whenever` was seen.
    Teller,
    /// This node.
    Node(NodeId),
}

/// What a scenario writes, what it stands for, and whom it hits.
const WORDS: [(&str, Target, &str); 7] = [
    ("leader", Target::Leader, "who was elected in the highest term and leads; while nobody does, the fault waits"),
    ("follower", Target::Follower, "a node that is not the leader at that time"),
    ("random", Target::Random, "any node, drawn before the run"),
    ("minority", Target::Minority, "floor((n-1)/2) nodes, drawn before the run"),
    ("all", Target::All, "every node"),
    ("next", Target::Next, "n1, then n2, and so on around"),
    ("teller", Target::Teller, "the node at which the fact of `when` or `whenever` was seen"),
];

impl Target {
    /// Every word but a node's name, and whom it hits.
    pub fn words() -> impl Iterator<Item = (&'static str, &'static str)> {
        WORDS.iter().map(|(word, _, about)| (*word, *about))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, WORDS.iter().find(|(_, target, _)| target == self)) {
            (Target::Node(node), _) => write!(f, "{node}"),
            (_, Some((word, ..))) => f.write_str(word),
            (_, None) => unreachable!("every target but a node has a word"),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some((_, target, _)) = WORDS.iter().find(|(word, ..)| *word == text) {
            return Ok(*target);
        }
        text.parse().map(Target::Node).map_err(|_| {
            let words = WORDS.map(|(word, ..)| format!("`{word}`")).join(", ");
            de::Error::custom(format!("`{text}` is no target: expected {words} or a node such as `n3`"))
        })
    }
}
