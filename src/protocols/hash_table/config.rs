//! What the whole cluster is told.

use crate::node::{Nanos, NodeId, Span};
use crate::parts::placement::{Member, Ring};
use crate::protocols::hash_table::Bug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// N: how many nodes keep a key.
    pub copies: u32,
    /// R: how many of them a read asks.
    pub reads: u32,
    /// W: how many of them must have a write before it is acknowledged.
    pub writes: u32,
    /// Allows R + W <= N. Reads may be stale then.
    pub allow_stale_reads: bool,
    /// A read writes back what it returns, to W owners, before it answers.
    pub write_back: bool,
    /// A read sends the owners that it has found behind what they lack, after it has answered.
    pub read_repair: bool,
    /// Into how many parts the keys are divided; each moves as a whole.
    pub partitions: u32,
    /// How many points each member has on the ring.
    pub virtual_nodes: u32,
    /// Which nodes fail together. A key's copies lie in as many zones as there are. Who is named in none is in a zone
    /// with all others that are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Vec<NodeId>>,
    /// Who is on the ring at first; all nodes, where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<NodeId>>,
    /// The node that decides on the ring.
    pub master: NodeId,
    /// Who wants other members, and which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrator: Option<Administrator>,
    /// How often a node gossips.
    pub gossip: Nanos,
    /// After so many of its own rounds of gossip without news of a node the master takes it for dead.
    pub suspect_after: u32,
    /// How long a node gives those that it has asked for something.
    pub patience: Nanos,
    /// How often a node compares what it keeps with another owner. Without: never.
    pub anti_entropy: Option<Nanos>,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

/// The administrator: at the master, from time to time, one of the listed sets is made the cluster's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Administrator {
    /// After such a time each.
    pub every: Span,
    /// The sets of members, one of which is chosen each time.
    pub sets: Vec<Vec<NodeId>>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            copies: 3,
            reads: 2,
            writes: 2,
            allow_stale_reads: false,
            write_back: false,
            read_repair: true,
            partitions: 16,
            virtual_nodes: 16,
            zones: Vec::new(),
            members: None,
            master: NodeId::new(0),
            administrator: None,
            gossip: Nanos::from_millis(50),
            suspect_after: 20,
            patience: Nanos::from_millis(100),
            anti_entropy: Some(Nanos::from_millis(200)),
            bugs: Vec::new(),
        }
    }
}

type Wrong = (&'static str, String);

impl Config {
    /// Whether the mistake is to be made.
    pub fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    /// Who is on the ring at first.
    pub(super) fn first_members(&self, nodes: u32) -> BTreeSet<NodeId> {
        match &self.members {
            Some(members) => members.iter().copied().collect(),
            None => NodeId::all(nodes).collect(),
        }
    }

    /// From so many owners of a partition must be fetched what they have, before it changes hands: every write that
    /// was done is at one of them, and those that are left are too few to read or write among themselves.
    pub(super) fn fence(&self) -> u32 {
        self.copies - self.reads.min(self.writes) + 1
    }

    /// The ring of these members.
    pub(super) fn ring(&self, members: &BTreeSet<NodeId>) -> Ring {
        let zone_of = |node: &NodeId| self.zones.iter().position(|zone| zone.contains(node)).map_or(0, |zone| zone + 1);
        let member = |node: &NodeId| Member { node: *node, weight: 1, zone: zone_of(node) as u32 };
        Ring::of(members.iter().map(member), self.virtual_nodes, u64::BITS)
    }

    /// Whether the configuration makes sense for a cluster of `nodes`.
    ///
    /// # Errors
    /// The key that is wrong, and a sentence: what was found and what is allowed.
    pub(super) fn check(&self, nodes: u32) -> Result<(), Wrong> {
        let never = |key, time: Nanos| {
            if time > Nanos::ZERO {
                return Ok(());
            }
            Err((key, "0s would never let time pass: it must be longer".to_owned()))
        };
        never("gossip", self.gossip)?;
        never("patience", self.patience)?;
        never("anti_entropy", self.anti_entropy.unwrap_or(self.patience))?;
        self.check_quorums(nodes)?;
        for (key, number) in [("partitions", self.partitions), ("virtual_nodes", self.virtual_nodes)] {
            if number == 0 || number > MOST {
                return Err((key, format!("{number} is out of range: expected from 1 to {MOST}")));
            }
        }
        let rounds = 2 * rounds_to_all(nodes);
        if u64::from(self.suspect_after) < rounds {
            let found = self.suspect_after;
            let why =
                format!("news takes up to {rounds} rounds among {nodes} nodes, so {found} would accuse the living");
            return Err(("suspect_after", why));
        }
        if self.master.index() >= nodes as usize {
            return Err(("master", format!("there is no {}: nodes are n1 to n{nodes}", self.master)));
        }
        self.check_sets(nodes)
    }

    fn check_quorums(&self, nodes: u32) -> Result<(), Wrong> {
        let Config { copies, reads, writes, .. } = *self;
        if copies == 0 || copies > nodes {
            return Err(("copies", format!("{copies} copies do not fit on {nodes} nodes: expected from 1 to {nodes}")));
        }
        for (key, quorum) in [("reads", reads), ("writes", writes)] {
            if quorum == 0 || quorum > copies {
                return Err((key, format!("{quorum} of {copies} copies is no quorum: expected from 1 to {copies}")));
            }
        }
        if reads + writes <= copies && !self.allow_stale_reads {
            let why = format!(
                "{reads} copies read and {writes} written need not meet among {copies}: their sum must be above \
                 {copies}, or `allow_stale_reads` true"
            );
            return Err(("reads", why));
        }
        Ok(())
    }

    fn check_sets(&self, nodes: u32) -> Result<(), Wrong> {
        for zone in &self.zones {
            check_nodes(zone, nodes).map_err(|why| ("zones", why))?;
        }
        let zoned: Vec<NodeId> = self.zones.iter().flatten().copied().collect();
        check_nodes(&zoned, nodes).map_err(|why| ("zones", why))?;
        let enough = |set: &Vec<NodeId>| {
            check_nodes(set, nodes)?;
            let (members, copies) = (set.len(), self.copies);
            if members >= copies as usize {
                return Ok(());
            }
            Err(format!("{members} members cannot keep {copies} copies: at least {copies} are needed"))
        };
        self.members.iter().try_for_each(enough).map_err(|why| ("members", why))?;
        let Some(administrator) = &self.administrator else { return Ok(()) };
        if administrator.every.min == Nanos::ZERO {
            return Err(("administrator.every", "0s would never let time pass: it must be longer".to_owned()));
        }
        if administrator.sets.is_empty() {
            return Err(("administrator.sets", "names no set: at least one is needed".to_owned()));
        }
        administrator.sets.iter().try_for_each(enough).map_err(|why| ("administrator.sets", why))
    }
}

/// The most partitions, and the most points of a member: more would only take time.
const MOST: u32 = 4096;

fn check_nodes(set: &[NodeId], nodes: u32) -> Result<(), String> {
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

/// After so many rounds of gossip nearly surely everyone has news: each round, those who have it about double.
pub(super) fn rounds_to_all(nodes: u32) -> u64 {
    u64::from(u32::BITS - nodes.leading_zeros()) + 3
}
