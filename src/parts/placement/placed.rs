//! All schemes behind one interface.

use crate::node::NodeId;
use crate::parts::placement::{BoundedLoad, Buckets, Member, Rendezvous, Ring, Row, Zones};
use crate::spec::placement::{Rules, Scheme};

/// The members of a cluster, and which of them keep which key, by one scheme or another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Placed {
    /// [`Scheme::Ring`].
    Ring(Ring),
    /// [`Scheme::Jump`] and [`Scheme::Modulo`].
    Buckets(Buckets),
    /// [`Scheme::Rendezvous`].
    Rendezvous(Rendezvous),
    /// [`Scheme::BoundedLoad`].
    BoundedLoad(BoundedLoad),
}

impl Placed {
    /// These members, in any order, by these rules.
    ///
    /// # Panics
    /// When the rules leave no virtual node, no key, or no place on the ring.
    pub fn of(rules: &Rules, members: impl IntoIterator<Item = Member>) -> Self {
        let mut placed = match rules.scheme {
            Scheme::Ring => return Placed::Ring(Ring::of(members, rules.virtual_nodes, rules.hash_bits)),
            Scheme::BoundedLoad => {
                let ring = Ring::of(members, rules.virtual_nodes, rules.hash_bits);
                return Placed::BoundedLoad(BoundedLoad::new(ring, rules.keys, rules.slack));
            }
            Scheme::Jump => Placed::Buckets(Buckets::new(Row::Jump)),
            Scheme::Modulo => Placed::Buckets(Buckets::new(Row::Modulo)),
            Scheme::Rendezvous => Placed::Rendezvous(Rendezvous::default()),
        };
        members.into_iter().for_each(|member| placed.join(member));
        placed
    }

    /// A member joins. One that is there already stays as it is.
    pub fn join(&mut self, member: Member) {
        match self {
            Placed::Ring(ring) => ring.join(member),
            Placed::Buckets(buckets) => buckets.join(member),
            Placed::Rendezvous(rendezvous) => rendezvous.join(member),
            Placed::BoundedLoad(bounded) => bounded.join(member),
        }
    }

    /// A member leaves. Nothing happens where it is none.
    pub fn leave(&mut self, node: NodeId) {
        match self {
            Placed::Ring(ring) => ring.leave(node),
            Placed::Buckets(buckets) => buckets.leave(node),
            Placed::Rendezvous(rendezvous) => rendezvous.leave(node),
            Placed::BoundedLoad(bounded) => bounded.leave(node),
        }
    }

    /// The owner of a key; none without members.
    pub fn owner(&self, key: u64) -> Option<NodeId> {
        match self {
            Placed::Ring(ring) => ring.owner(key),
            Placed::Buckets(buckets) => buckets.walk(key).next(),
            Placed::Rendezvous(rendezvous) => rendezvous.owner(key),
            Placed::BoundedLoad(bounded) => bounded.owner(key),
        }
    }

    /// The nodes that keep a key: its owner first, `count` of them or all members if there are fewer, as far apart as
    /// [`Zones::spread`] says.
    pub fn preference_list(&self, key: u64, count: u32) -> Vec<NodeId> {
        match self {
            Placed::Ring(ring) => ring.preference_list(key, count),
            Placed::Buckets(buckets) => buckets.members().spread(buckets.walk(key), count),
            Placed::Rendezvous(rendezvous) => rendezvous.members().spread(rendezvous.walk(key), count),
            Placed::BoundedLoad(bounded) => bounded.members().spread(bounded.walk(key), count),
        }
    }

    /// Who its members are.
    pub fn members(&self) -> &Zones {
        match self {
            Placed::Ring(ring) => ring.members(),
            Placed::Buckets(buckets) => buckets.members(),
            Placed::Rendezvous(rendezvous) => rendezvous.members(),
            Placed::BoundedLoad(bounded) => bounded.members(),
        }
    }
}
