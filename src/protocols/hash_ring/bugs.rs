//! Mistakes that implementers made or could make. Each is one line of the protocol.

use crate::node::PlantedBug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// K1: the first point in ascending order that does not lie behind the key.
    ToyLookup,
    /// K2: a key behind the last point has no owner.
    NoWraparound,
    /// K3: a point takes the place of another one at the same token.
    CollisionOverwrites,
    /// K4: the label of a virtual node has no mark between the node and the number.
    LabelWithoutSeparator,
    /// K5: a preference list counts points, not nodes.
    PointsCounted,
    /// K8: the hash modulo the number of members, behind a ring's interface.
    ModuloBehindRing,
}

/// A row of the table.
const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// The table that `list bugs` prints.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "toy-lookup",
        "K1: of the points in ascending order the first that the key's hash is not below is taken: nearly all keys go \
         to the node of the lowest point",
        "one-owner",
        "a lookup in circulation in tutorials; Karger et al. 1997, section 4: the closest point clockwise",
    ),
    bug(
        "no-wraparound",
        "K2: a key behind the last point of the ring has no owner, where the first point should have it",
        "total",
        "dakatsuka/node-consistent-hashing PR 1; Kong 14958 and carbon-c-relay 260 went wrong at the last position",
    ),
    bug(
        "collision-overwrites",
        "K3: a virtual node whose token is taken drives the other one off, so that the ring depends on who came last",
        "order-independent",
        "apache/pekko 3279; pragmatica 1324; ringpop-node 317",
    ),
    bug(
        "label-without-separator",
        "K4: labels are a node's name and a number without a mark between: `n1` and `11` collide with `n11` and `1`",
        "balanced",
        "ringpop-node 241",
    ),
    bug(
        "points-counted",
        "K5: the next points clockwise make the preference list, though several of them belong to one node",
        "distinct-replicas",
        "DeCandia et al. 2007, section 4.3: skipping positions, to contain only distinct physical nodes",
    ),
    bug(
        "modulo-behind-ring",
        "K8: the owner is the hash modulo the number of members: a member that comes moves n of n+1 keys",
        "monotone",
        "Karger et al. 1997, section 1.3: a linear hash function moves nearly every item",
    ),
];
