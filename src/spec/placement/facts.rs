//! What happens at nodes, and the table of what must hold.

use crate::node::{Family, NodeId, Stream};
use crate::spec::history::{Event, History};
use crate::spec::judged::{FactShape, Invariant, Judged, Leadership, Moments, fact};
use crate::spec::placement::load::OPERATIONS;
use crate::spec::placement::words::parse_op;
use crate::spec::placement::{Answer, Lookups, Op, PlacementLedger, Rules, Standing};
use serde::Serialize;

/// Something that happened at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum PlacementFact {
    /// The node has started, and says how keys are placed and what it is itself. Told by hand, at each start.
    Configured {
        /// How keys are placed.
        rules: Rules,
        /// Whether it is a member to begin with.
        member: bool,
        /// Its weight.
        weight: u32,
        /// Its zone.
        zone: u32,
    },
    /// The node has ordered a membership change, durably: an administrator has asked it to, it has taken a member for
    /// dead, or it comes back itself after it was taken for dead.
    Ordered {
        /// Of which node.
        about: NodeId,
        /// How that node stands from now on.
        standing: Standing,
    },
    /// The node has heard of a change that another has ordered, and noted it durably.
    Noted {
        /// Of which node.
        about: NodeId,
        /// How that node stands from now on.
        standing: Standing,
    },
    /// The node has not heard of a member for too long, and takes it for dead. Told by hand.
    Suspected {
        /// Whom.
        about: NodeId,
    },
}

/// The family of placements.
#[derive(Clone, Copy, Debug)]
pub struct Placement;

impl Family for Placement {
    type Op = Op;
    type Reply = Answer;
    type Fact = PlacementFact;
}

/// Places in [`Judged::INVARIANTS`].
pub(super) mod place {
    pub const ONE_OWNER: usize = 0;
    pub const TOTAL: usize = 1;
    pub const MONOTONE: usize = 2;
    pub const ORDER_INDEPENDENT: usize = 3;
    pub const DISTINCT_REPLICAS: usize = 4;
    pub const PREFERENCE_LIST: usize = 5;
    pub const BALANCED: usize = 6;
    pub const OWN_VIEW: usize = 7;
    pub const ORDERED_CHANGES: usize = 8;
    pub const VIEWS_GROW: usize = 9;
}

const fn invariant(name: &'static str, meaning: &'static str, source: &'static str) -> Invariant {
    Invariant { name, meaning, source }
}

impl Judged for Placement {
    const NAME: &'static str = "placement";
    const ABOUT: &'static str = "keys lie with members that come and go, and few move";
    const INVARIANTS: &'static [Invariant] = &[
        invariant(
            "one-owner",
            "the owner that a node names is the one that a scan over all points of the members in its view finds",
            "Karger et al. 1997, section 4; DeCandia et al. 2007, section 4.2",
        ),
        invariant(
            "total",
            "a node whose view has a member finds an owner for every key",
            "Karger et al. 1997, section 4: every item is mapped to a bucket of every non-empty view",
        ),
        invariant(
            "monotone",
            "of two sets of members that differ by one node, keys differ in their owner only to or from that node",
            "Karger et al. 1997, section 3 (monotonicity); Lamping & Veach 2014: for the last bucket only",
        ),
        invariant(
            "order-independent",
            "the same members give the same answer at every node, in whatever order they were heard of",
            "Karger et al. 1997, section 3: the mapping is a function of the view",
        ),
        invariant(
            "distinct-replicas",
            "the nodes that keep a key are distinct members, as many as there should be, in as many zones as there are",
            "DeCandia et al. 2007, section 4.3: the preference list contains only distinct physical nodes",
        ),
        invariant(
            "preference-list",
            "the nodes that keep a key are those which the oracle finds, in their order",
            "DeCandia et al. 2007, section 4.3",
        ),
        invariant(
            "balanced",
            "no member owns much more or much less than its weight says, within what the number of points makes likely",
            "Karger et al. 1997, section 4 (balance); Mirrokni, Thorup & Zadimoghaddam 2018: the bound is exact there",
        ),
        invariant(
            "own-view",
            "an answer names the view that its node has on disk, and a change that is done is in it",
            "DeCandia et al. 2007, section 4.8.1: the node writes the membership change to persistent store",
        ),
        invariant(
            "ordered-changes",
            "a membership change has one cause, at one node that knew of the change before it, and is heard of later",
            "DeCandia et al. 2007, section 4.8.1: an explicit mechanism; Das, Gupta & Motivala 2002, section 4.2",
        ),
        invariant(
            "views-grow",
            "a node's view only grows, restarts included",
            "DeCandia et al. 2007, section 4.8.1: membership changes form a history",
        ),
    ];
    const FACTS: &'static [FactShape] = &[
        fact("Configured", &["rules", "member", "weight", "zone"]),
        fact("Ordered", &["about", "standing"]),
        fact("Noted", &["about", "standing"]),
        fact("Suspected", &["about"]),
    ];
    const OPERATIONS: &'static [&'static str] = OPERATIONS;
    const HAS_LEADERS: bool = false;
    const MOMENTS: Moments = Moments { append: Some("Ordered"), promise: Some("Noted"), lead: None };

    type Ledger = PlacementLedger;
    type Generator = Lookups;

    fn fact_kind(fact: &PlacementFact) -> usize {
        match fact {
            PlacementFact::Configured { .. } => 0,
            PlacementFact::Ordered { .. } => 1,
            PlacementFact::Noted { .. } => 2,
            PlacementFact::Suspected { .. } => 3,
        }
    }

    fn presupposable(_: &PlacementFact) -> bool {
        false
    }

    fn leads(_: &PlacementFact) -> Option<Leadership> {
        None
    }

    /// Every node answers from its own view, so that one suffices; as many as are drawn. Where all are lost, none.
    fn core(_: &PlacementLedger, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        let size = 1 + draws.below(u64::from(nodes)) as usize;
        let mut left: Vec<NodeId> = NodeId::all(nodes).filter(|node| !lost[node.index()]).collect();
        for place in 0..left.len() {
            let other = place + draws.below((left.len() - place) as u64) as usize;
            left.swap(place, other);
        }
        left.truncate(size);
        left
    }

    fn as_placement(history: &History<Self>) -> Option<&[Event<Op, Answer>]> {
        Some(history)
    }

    fn reads_only(op: &Op) -> bool {
        match op {
            Op::Lookup(_) | Op::Survey => true,
            Op::Join(_) | Op::Leave(_) => false,
        }
    }

    fn parse_op(text: &str) -> Result<Op, String> {
        parse_op(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::placement::{Scheme, Status};

    /// What the table says of a fact is how the fact is written.
    #[test]
    fn the_table_of_facts_is_right() {
        let about = NodeId::new(0);
        let standing = Standing { incarnation: 1, status: Status::Left };
        let rules = Rules {
            scheme: Scheme::Ring,
            virtual_nodes: 1,
            hash_bits: 64,
            keys: 1,
            slack: 0,
            replicas: 1,
            evicts: false,
        };
        let one_of_each = [
            PlacementFact::Configured { rules, member: true, weight: 1, zone: 0 },
            PlacementFact::Ordered { about, standing },
            PlacementFact::Noted { about, standing },
            PlacementFact::Suspected { about },
        ];
        assert_eq!(one_of_each.len(), Placement::FACTS.len());
        for (kind, fact) in one_of_each.into_iter().enumerate() {
            assert_eq!(Placement::fact_kind(&fact), kind);
            let shape = &Placement::FACTS[kind];
            let written = serde_json::to_value(fact).unwrap();
            let mut fields: Vec<&str> = written[shape.name].as_object().unwrap().keys().map(String::as_str).collect();
            let mut listed = shape.fields.to_vec();
            fields.sort_unstable();
            listed.sort_unstable();
            assert_eq!(fields, listed, "{}", shape.name);
        }
    }
}
