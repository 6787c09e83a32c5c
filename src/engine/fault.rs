//! Faults as a scenario declares them: a trigger, a target, a duration. They are data; [`plan`](crate::engine::plan)
//! draws when and whom before the run.

use crate::engine::doom::Doom;
use crate::node::{Nanos, NodeId, Span, Stream};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// One declared fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A node loses all but what is on its disk, and starts again.
    Crash(Crash),
    /// Links are cut: what is on them or handed to them is lost.
    Partition(Partition),
}

/// A crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// Once, at this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
    /// Again and again, after such a time each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// Whom.
    pub target: Target,
    /// How long the node is down; without it, until the faults end.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub length: Option<Span>,
    /// Inside a step, instead of between two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// Once, at this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
    /// Again and again, after such a time each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// Which links.
    pub shape: Shape,
    /// How long; without it, until the faults end.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub length: Option<Span>,
}

/// Whom a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The live node that was elected in the highest term, while it leads. While there is none, the fault waits for
    /// the next.
    Leader,
    /// Any node, up or down, drawn before the run.
    Random,
    /// This node.
    Node(NodeId),
}

/// Which links a partition cuts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// floor((n-1)/2) nodes, drawn before the run, against the others.
    MajorityMinority,
    /// Two halves, drawn before the run; of an odd number, one has a node more.
    Split,
    /// Less than a third of the nodes, but at least one, drawn before the run, against the others.
    MinorityThird,
    /// Two halves that hear each other only through one node, which hears all. (Jepsen's bridge; the shape of the
    /// Cloudflare outage of 2 November 2020.)
    Bridge,
    /// Every node hears a majority, and no two hear the same. (Jepsen's majorities-ring.)
    MajoritiesRing,
    /// The nodes stand in a line, and each hears only its neighbours. (Omni-Paxos 2023, section 2.)
    Chained,
    /// One node hears all others, who do not hear each other: only it has a quorum. (Omni-Paxos 2023, section 2.)
    QuorumLoss,
    /// One node against the others.
    Isolate(Target),
    /// One node hears nothing from the others, who still hear it.
    OneWayIn(Target),
    /// Nobody hears one node, which still hears the others.
    OneWayOut(Target),
    /// These groups against each other. A node that stands in no group keeps all its links.
    Groups(Vec<Vec<NodeId>>),
}

/// Where inside a step: counted from the fault's time on, over as many steps as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inside {
    /// After so many records became durable: what stood behind the last of them is lost.
    AfterWrites(Count),
    /// After so many messages left: a broadcast reaches only some.
    AfterSends(Count),
    /// After so many effects of any kind were carried out. (Where syncs take time, one that must wait for its records
    /// counts as it is handed to the disk, and again as it leaves: a crash may fall before either.)
    AfterEffects(Count),
}

/// A number to be drawn, both ends included: `2`, or `[1, 8]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    min: u32,
    max: u32,
}

impl Inside {
    /// The point that the stream's next word stands for.
    pub fn draw(self, stream: &mut Stream) -> Doom {
        let mut number =
            |count: Count| count.min + stream.below(u64::from(count.max) - u64::from(count.min) + 1) as u32;
        match self {
            Inside::AfterWrites(count) => Doom::Writes(number(count)),
            Inside::AfterSends(count) => Doom::Sends(number(count)),
            Inside::AfterEffects(count) => Doom::Effects(number(count)),
        }
    }
}

/// The most occurrences that a repeated fault may have in a run.
const OCCURRENCES_MAX: u64 = 1_000_000;

impl Fault {
    /// `crash leader`, `partition majority-minority`: as summaries show it.
    pub fn headline(&self) -> String {
        match self {
            Fault::Crash(crash) => match crash.inside {
                None => format!("crash {}", crash.target),
                Some(_) => format!("crash {} inside a step", crash.target),
            },
            Fault::Partition(partition) => format!("partition {}", partition.shape),
        }
    }

    /// When it starts: `at` once, or `every` so often.
    pub fn trigger(&self) -> (Option<Span>, Option<Span>) {
        match self {
            Fault::Crash(crash) => (crash.at, crash.every),
            Fault::Partition(partition) => (partition.at, partition.every),
        }
    }

    /// Whom it hits, and the key that says so.
    fn target(&self) -> Option<(Target, &'static str)> {
        match self {
            Fault::Crash(crash) => Some((crash.target, "target")),
            Fault::Partition(partition) => match &partition.shape {
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
                | Shape::Groups(_) => None,
            },
        }
    }

    /// Whether the fault makes sense for a cluster of `nodes`, in a run whose faults last `run_for`.
    ///
    /// # Errors
    /// The key within the fault that is wrong, and a sentence: what was found and what is allowed.
    pub fn check(&self, nodes: u32, has_leaders: bool, run_for: Nanos) -> Result<(), (String, String)> {
        let kind = match self {
            Fault::Crash(_) => "crash",
            Fault::Partition(_) => "partition",
        };
        let at = |key: &str| format!("{kind}.{key}");
        match self.trigger() {
            (None, None) => return Err((kind.into(), "says neither when (`at`) nor how often (`every`)".into())),
            (Some(_), Some(_)) => return Err((at("every"), "stands beside `at`: a fault has one of the two".into())),
            (Some(once), None) if once.max >= run_for => {
                return Err((at("at"), format!("{} is not before the faults end, at {run_for}", once.max)));
            }
            (None, Some(every)) if every.min == Nanos::ZERO => {
                return Err((at("every"), "0s is no interval: it must be longer".into()));
            }
            (None, Some(every)) if run_for.0 / every.min.0 > OCCURRENCES_MAX => {
                return Err((at("every"), format!("would occur more than {OCCURRENCES_MAX} times in {run_for}")));
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
        match self.target() {
            Some((Target::Leader, key)) if !has_leaders => {
                return Err((at(key), "this family has no leaders: name a node or `random`".into()));
            }
            Some((Target::Node(node), key)) if node.index() >= nodes as usize => {
                return Err((at(key), format!("there is no {node}: nodes are n1 to n{nodes}")));
            }
            Some(_) | None => {}
        }
        match self {
            Fault::Partition(Partition { shape: Shape::Groups(groups), .. }) => {
                check_groups(groups, nodes).map_err(|why| (at("shape.groups"), why))
            }
            Fault::Partition(_) if nodes < 2 => Err((at("shape"), "a cluster of one has no links to cut".into())),
            Fault::Partition(Partition { shape, .. }) if nodes < shape.nodes_min() => {
                let (found, needed) = (format!("{shape} in a cluster of {nodes}"), shape.nodes_min());
                Err((at("shape"), format!("{found} is not possible: at least {needed} nodes are needed")))
            }
            Fault::Crash(_) | Fault::Partition(_) => Ok(()),
        }
    }
}

impl Shape {
    /// The smallest cluster in which the shape is what its name says.
    fn nodes_min(&self) -> u32 {
        match self {
            Shape::Split
            | Shape::MinorityThird
            | Shape::Isolate(_)
            | Shape::OneWayIn(_)
            | Shape::OneWayOut(_)
            | Shape::Groups(_) => 2,
            Shape::MajorityMinority | Shape::Bridge | Shape::MajoritiesRing | Shape::Chained | Shape::QuorumLoss => 3,
        }
    }
}

fn check_groups(groups: &[Vec<NodeId>], nodes: u32) -> Result<(), String> {
    if groups.len() < 2 || groups.iter().any(Vec::is_empty) {
        return Err("a partition needs at least two groups, none of them empty".to_owned());
    }
    let mut seen = std::collections::BTreeSet::new();
    for node in groups.iter().flatten() {
        if node.index() >= nodes as usize {
            return Err(format!("there is no {node}: nodes are n1 to n{nodes}"));
        }
        if !seen.insert(node) {
            return Err(format!("{node} stands there twice"));
        }
    }
    Ok(())
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Leader => f.write_str("leader"),
            Target::Random => f.write_str("random"),
            Target::Node(node) => write!(f, "{node}"),
        }
    }
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
            Shape::Isolate(target) => write!(f, "isolate {target}"),
            Shape::OneWayIn(target) => write!(f, "one-way-in {target}"),
            Shape::OneWayOut(target) => write!(f, "one-way-out {target}"),
            Shape::Groups(groups) => {
                let names = groups.iter().map(|g| g.iter().map(NodeId::to_string).collect::<Vec<_>>().join(","));
                f.write_str(&names.collect::<Vec<_>>().join(" | "))
            }
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
        match text.as_str() {
            "leader" => Ok(Target::Leader),
            "random" => Ok(Target::Random),
            other => other.parse().map(Target::Node).map_err(|_| {
                de::Error::custom(format!("`{other}` is no target: expected `leader`, `random` or a node such as `n3`"))
            }),
        }
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.min == self.max { self.min.serialize(serializer) } else { [self.min, self.max].serialize(serializer) }
    }
}

struct CountText;
impl<'de> Visitor<'de> for CountText {
    type Value = Count;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1, or two of them as an interval: [1, 8]")
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
        let exactly = u32::try_from(number).ok().filter(|n| *n > 0);
        let exactly = exactly.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))?;
        Ok(Count { min: exactly, max: exactly })
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Count, A::Error> {
        let (min, max) = (seq.next_element::<u32>()?, seq.next_element::<u32>()?);
        match (min, max, seq.next_element::<de::IgnoredAny>()?) {
            (Some(min), Some(max), None) if 0 < min && min <= max => Ok(Count { min, max }),
            _ => Err(de::Error::custom("expected two whole numbers from 1, the smaller first: [1, 8]")),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountText)
    }
}
