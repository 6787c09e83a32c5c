//! Which links a partition cuts, a hold-up holds, a degradation worsens.

use crate::engine::fault::Target;
use crate::node::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which links a partition cuts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// floor((n-1)/2) nodes, drawn before the run, against the others.
    #[default]
    MajorityMinority,
    /// Two halves, drawn before the run; of an odd number, one has a node more.
    Split,
    /// Less than a third of the nodes, but at least one, drawn before the run, against the others.
    MinorityThird,
    /// Two halves that hear each other only through one node, which hears all. (Jepsen's bridge.)
    Bridge,
    /// Every node hears a majority, and no two hear the same. (Jepsen's majorities-ring.)
    MajoritiesRing,
    /// The nodes stand in a line, and each hears only its neighbours. (Omni-Paxos 2023, section 2.)
    Chained,
    /// One node hears all others, who do not hear each other: only it has a quorum. (Omni-Paxos 2023, section 2.)
    QuorumLoss,
    /// Some nodes are cut off from all others one after the other, and come back one after the other in another
    /// order, all within the fault's length. (FoundationDB's swizzle.)
    Swizzle,
    /// At each occurrence one of the shapes that the cluster is large enough for, drawn by how often such partitions
    /// are behind real failures. (Alquraan et al. 2018.)
    Any,
    /// One node, or the nodes of the target, against the others.
    Isolate(Target),
    /// Nodes hear nothing from the others, who still hear them.
    OneWayIn(Target),
    /// Nobody else hears the nodes, which still hear the others.
    OneWayOut(Target),
    /// These groups against each other. A node that stands in no group keeps all its links.
    Groups(Vec<Vec<NodeId>>),
    /// These links, one way each.
    Links(Vec<OneWay>),
}

/// What a scenario writes, and which links it cuts.
const WORDS: [(&str, &str); 14] = [
    ("majority-minority", "floor((n-1)/2) nodes against the others"),
    ("split", "two halves"),
    ("minority-third", "less than a third of the nodes, but at least one, against the others"),
    ("bridge", "two halves that hear each other only through one node, which hears all"),
    ("majorities-ring", "every node hears a majority, and no two hear the same"),
    ("chained", "in a line, each node hears only its neighbours"),
    ("quorum-loss", "one node hears all others, who do not hear each other"),
    ("swizzle", "some nodes go one after the other, and come back in another order"),
    ("any", "one of the shapes above or below, by how often such are behind real failures"),
    ("isolate", "the target against the others"),
    ("one-way-in", "the target hears nothing, and is heard"),
    ("one-way-out", "nobody hears the target, which hears all"),
    ("groups", "listed groups against each other"),
    ("links", "listed links, one way each"),
];

/// Links in one direction: what any of `from` says to any of `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneWay {
    /// Those who are not heard.
    pub from: Vec<NodeId>,
    /// Those who do not hear them.
    pub to: Vec<NodeId>,
}

impl Shape {
    /// Every word, and which links it cuts.
    pub fn words() -> &'static [(&'static str, &'static str)] {
        &WORDS
    }

    /// Whom it is about, and the key that says so; none where its nodes are drawn or listed.
    pub fn target(&self) -> Option<(Target, &'static str)> {
        match self {
            Shape::Isolate(target) => Some((*target, "shape.isolate")),
            Shape::OneWayIn(target) => Some((*target, "shape.one-way-in")),
            Shape::OneWayOut(target) => Some((*target, "shape.one-way-out")),
            Shape::MajorityMinority
            | Shape::Split
            | Shape::MinorityThird
            | Shape::Bridge
            | Shape::MajoritiesRing
            | Shape::Chained
            | Shape::QuorumLoss
            | Shape::Swizzle
            | Shape::Any
            | Shape::Groups(_)
            | Shape::Links(_) => None,
        }
    }

    /// The smallest cluster in which the shape is what its name says.
    pub fn nodes_min(&self) -> u32 {
        match self {
            Shape::Split
            | Shape::MinorityThird
            | Shape::Swizzle
            | Shape::Any
            | Shape::Isolate(_)
            | Shape::OneWayIn(_)
            | Shape::OneWayOut(_)
            | Shape::Groups(_)
            | Shape::Links(_) => 2,
            Shape::MajorityMinority | Shape::Bridge | Shape::MajoritiesRing | Shape::Chained | Shape::QuorumLoss => 3,
        }
    }

    /// Whether what a scenario lists makes sense in a cluster of `nodes`.
    ///
    /// # Errors
    /// The key below `shape` that is wrong, and why.
    pub fn check(&self, nodes: u32) -> Result<(), (&'static str, String)> {
        if let Shape::Groups(groups) = self {
            return check_groups(groups, nodes).map_err(|why| ("shape.groups", why));
        }
        if let Shape::Links(links) = self {
            return check_links(links, nodes).map_err(|why| ("shape.links", why));
        }
        if nodes < 2 {
            return Err(("shape", "a cluster of one has no links".to_owned()));
        }
        if nodes < self.nodes_min() {
            let (found, needed) = (format!("{self} in a cluster of {nodes}"), self.nodes_min());
            return Err(("shape", format!("{found} is not possible: at least {needed} nodes are needed")));
        }
        Ok(())
    }
}

fn check_groups(groups: &[Vec<NodeId>], nodes: u32) -> Result<(), String> {
    if groups.len() < 2 || groups.iter().any(Vec::is_empty) {
        return Err("a partition needs at least two groups, none of them empty".to_owned());
    }
    let mut seen = std::collections::BTreeSet::new();
    for node in groups.iter().flatten() {
        exists(*node, nodes)?;
        if !seen.insert(node) {
            return Err(format!("{node} stands there twice"));
        }
    }
    Ok(())
}

fn check_links(links: &[OneWay], nodes: u32) -> Result<(), String> {
    if links.is_empty() || links.iter().any(|link| link.from.is_empty() || link.to.is_empty()) {
        return Err("each needs at least one node in `from` and one in `to`".to_owned());
    }
    links.iter().flat_map(|link| link.from.iter().chain(&link.to)).try_for_each(|node| exists(*node, nodes))
}

fn exists(node: NodeId, nodes: u32) -> Result<(), String> {
    if node.index() < nodes as usize { Ok(()) } else { Err(format!("there is no {node}: nodes are n1 to n{nodes}")) }
}

fn names(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::MajorityMinority => f.write_str("majority-minority"),
            Shape::Split => f.write_str("split"),
            Shape::MinorityThird => f.write_str("minority-third"),
            Shape::Bridge => f.write_str("bridge"),
            Shape::MajoritiesRing => f.write_str("majorities-ring"),
            Shape::Chained => f.write_str("chained"),
            Shape::QuorumLoss => f.write_str("quorum-loss"),
            Shape::Swizzle => f.write_str("swizzle"),
            Shape::Any => f.write_str("any"),
            Shape::Isolate(target) => write!(f, "isolate {target}"),
            Shape::OneWayIn(target) => write!(f, "one-way-in {target}"),
            Shape::OneWayOut(target) => write!(f, "one-way-out {target}"),
            Shape::Groups(groups) => f.write_str(&groups.iter().map(|g| names(g)).collect::<Vec<_>>().join(" | ")),
            Shape::Links(links) => {
                let each = links.iter().map(|link| format!("{}->{}", names(&link.from), names(&link.to)));
                f.write_str(&each.collect::<Vec<_>>().join(" "))
            }
        }
    }
}
