//! The ring of consistent hashing (Karger et al. 1997), with virtual nodes, weights and zones.
//!
//! "Each data item identified by a key is assigned to a node by hashing the data item's key to yield its position on
//! the ring, and then walking the ring clockwise to find the first node with a position larger than the item's
//! position" (DeCandia et al. 2007, section 4.2), where we take "no smaller". "Each node gets assigned to multiple
//! points in the ring": its virtual nodes, as many times as its weight says.

use crate::node::NodeId;
use crate::parts::placement::{Member, Zones, hash_key, hash_virtual_node};
use std::collections::BTreeSet;

/// A point of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Where it lies, from 0 to the largest number of the ring's bits.
    pub token: u64,
    /// Whose it is.
    pub node: NodeId,
}

/// A ring of 2^`bits` places.
///
/// Its points are a set in order, by token and then by node. Two nodes may lie at the same token, since hashes collide:
/// both points stay, and the node with the smaller id is the first of them. So the ring depends on who its members are
/// and not on the order in which they came, and who leaves takes away nothing but what is his.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ring {
    bits: u32,
    virtual_nodes: u32,
    points: Vec<Point>,
    zones: Zones,
}

impl Ring {
    /// A ring of 2^`bits` places without members. A member of weight 1 will have `virtual_nodes` points.
    ///
    /// # Panics
    /// When `bits` is not from 1 to 64, or there are no virtual nodes.
    pub fn new(virtual_nodes: u32, bits: u32) -> Self {
        assert!((1..=64).contains(&bits), "a ring of 2^{bits} places");
        assert!(virtual_nodes > 0, "a member must have a point on the ring");
        Ring { bits, virtual_nodes, points: Vec::new(), zones: Zones::default() }
    }

    /// The ring of these members. Their order does not matter.
    ///
    /// # Panics
    /// As [`Ring::new`].
    pub fn of(members: impl IntoIterator<Item = Member>, virtual_nodes: u32, bits: u32) -> Self {
        let mut ring = Ring::new(virtual_nodes, bits);
        members.into_iter().for_each(|member| ring.extend(member));
        ring.order();
        ring
    }

    /// A member joins. One that is there already stays as it is.
    pub fn join(&mut self, member: Member) {
        self.extend(member);
        self.order();
    }

    /// A member leaves, with all its points. Nothing happens where it is none.
    pub fn leave(&mut self, node: NodeId) {
        if self.zones.remove(node) {
            self.points.retain(|point| point.node != node);
        }
    }

    fn extend(&mut self, member: Member) {
        if self.zones.insert(member) {
            let tokens = self.tokens_of(member);
            self.points.extend(tokens.map(|token| Point { token, node: member.node }));
        }
    }

    /// Sorting is quick where one sorted run follows another. Virtual nodes of one member may lie at one token.
    fn order(&mut self) {
        self.points.sort();
        self.points.dedup();
    }

    /// The tokens of a member: one for each of its virtual nodes.
    pub fn tokens_of(&self, member: Member) -> impl Iterator<Item = u64> + use<> {
        let spare = 64 - self.bits;
        let number = self.virtual_nodes.saturating_mul(member.weight);
        (0..number).map(move |number| hash_virtual_node(member.node, number) >> spare)
    }

    /// Adds a member that chooses its points by itself.
    pub fn join_at(&mut self, member: Member, tokens: impl IntoIterator<Item = u64>) {
        self.zones.insert(member);
        self.points.extend(tokens.into_iter().map(|token| Point { token, node: member.node }));
        self.order();
    }

    /// Clears a place: whoever has a point there loses it.
    pub fn vacate(&mut self, token: u64) {
        let first = self.points.partition_point(|point| point.token < token);
        let behind = self.points.partition_point(|point| point.token <= token);
        self.points.drain(first..behind);
    }

    /// Where a key lies.
    pub fn position(&self, key: u64) -> u64 {
        hash_key(key) >> (64 - self.bits)
    }

    /// All points, in the order of the ring.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// All points clockwise from a position, which itself counts, once around.
    pub fn clockwise(&self, position: u64) -> impl Iterator<Item = Point> + '_ {
        let first = self.points.partition_point(|point| point.token < position);
        let (before, from) = self.points.split_at(first);
        from.iter().chain(before).copied()
    }

    /// The owner of a key; none on an empty ring.
    pub fn owner(&self, key: u64) -> Option<NodeId> {
        self.owner_at(self.position(key))
    }

    /// The owner of a position; none on an empty ring.
    pub fn owner_at(&self, position: u64) -> Option<NodeId> {
        self.clockwise(position).next().map(|point| point.node)
    }

    /// The members in the order in which a key prefers them, each once.
    pub fn walk(&self, key: u64) -> impl Iterator<Item = NodeId> + '_ {
        self.walk_from(self.position(key))
    }

    /// The members in the order in which they are met clockwise from a position, each once.
    pub fn walk_from(&self, position: u64) -> impl Iterator<Item = NodeId> + '_ {
        let mut met = BTreeSet::new();
        self.clockwise(position).map(|point| point.node).filter(move |node| met.insert(*node))
    }

    /// The nodes that keep a key: its owner first, `count` of them or all members if there are fewer, as far apart as
    /// [`Zones::spread`] says.
    pub fn preference_list(&self, key: u64, count: u32) -> Vec<NodeId> {
        self.zones.spread(self.walk(key), count)
    }

    /// Who its members are.
    pub fn members(&self) -> &Zones {
        &self.zones
    }
}
