//! Rendezvous hashing, also called highest random weight (Thaler & Ravishankar 1998).
//!
//! Every member hashes the key with its own name, and the one with the highest hash owns it: "the client picks the
//! server that maps the request to the highest weight". Nothing is shared between members, so that a key moves only to
//! the one that comes or from the one that goes.
//!
//! A member of weight w draws w times and keeps its best: of W draws in all each is as likely to be the highest, so it
//! owns w of W keys, exactly. (Weights by logarithms, as Schindelhauer & Schomaker 2005 have them, take large weights
//! at no cost, and floating point.)

use crate::node::NodeId;
use crate::parts::placement::hash::hash_site;
use crate::parts::placement::{Member, Zones};
use std::cmp::Reverse;

/// The members, each with its own hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rendezvous {
    zones: Zones,
}

impl Rendezvous {
    /// A member joins. One that is there already stays as it is.
    pub fn join(&mut self, member: Member) {
        self.zones.insert(member);
    }

    /// A member leaves. Nothing happens where it is none.
    pub fn leave(&mut self, node: NodeId) {
        self.zones.remove(node);
    }

    /// How much a member wants a key, the most first; where two want it alike, the smaller id.
    fn wish(member: Member, key: u64) -> (Reverse<u64>, NodeId) {
        let highest = (0..member.weight).map(|site| hash_site(member.node, site, key)).max();
        (Reverse(highest.unwrap_or(0)), member.node)
    }

    /// The owner of a key; none without members.
    pub fn owner(&self, key: u64) -> Option<NodeId> {
        self.zones.iter().map(|member| Rendezvous::wish(member, key)).min().map(|(_, node)| node)
    }

    /// The members in the order in which they want a key.
    pub fn walk(&self, key: u64) -> impl Iterator<Item = NodeId> + use<> {
        let mut wishes: Vec<_> = self.zones.iter().map(|member| Rendezvous::wish(member, key)).collect();
        wishes.sort_unstable();
        wishes.into_iter().map(|(_, node)| node)
    }

    /// Who its members are.
    pub fn members(&self) -> &Zones {
        &self.zones
    }
}
