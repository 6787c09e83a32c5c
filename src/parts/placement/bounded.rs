//! Consistent hashing with bounded loads (Mirrokni, Thorup & Zadimoghaddam 2018).
//!
//! Keys are balls and members bins on a ring; no bin takes more than its share and a little: ⌈(1+ε)·m/n⌉ of m balls.
//! A ball goes to the first bin clockwise that has room. Balls are placed in the order of their numbers, so that the
//! outcome is a function of who the members are. A key beyond the balls shares the ball that it is congruent to.

use crate::node::NodeId;
use crate::parts::placement::{Member, Ring, Zones};
use std::collections::BTreeMap;

/// A ring on which nobody owns more than he may.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BoundedLoad {
    ring: Ring,
    /// How much more than its share a member may take, in percent: 100·ε.
    slack: u32,
    /// By ball: its owner. Empty without members.
    owners: Vec<NodeId>,
    balls: u32,
}

impl BoundedLoad {
    /// The members of a ring take `balls` keys between them.
    ///
    /// # Panics
    /// When there is no ball.
    pub fn new(ring: Ring, balls: u32, slack: u32) -> Self {
        assert!(balls > 0, "without balls there is no load to bound");
        let mut bounded = BoundedLoad { ring, slack, owners: Vec::new(), balls };
        bounded.place();
        bounded
    }

    /// A member joins. One that is there already stays as it is.
    pub fn join(&mut self, member: Member) {
        self.ring.join(member);
        self.place();
    }

    /// A member leaves. Nothing happens where it is none.
    pub fn leave(&mut self, node: NodeId) {
        self.ring.leave(node);
        self.place();
    }

    fn place(&mut self) {
        self.owners.clear();
        let mut room = self.capacities();
        if room.is_empty() {
            return;
        }
        for ball in 0..self.balls {
            let mut bins = self.ring.clockwise(self.ring.position(u64::from(ball))).map(|point| point.node);
            let owner = bins.find(|node| room[node] > 0).expect("there is room for more than all balls");
            *room.get_mut(&owner).expect("every point belongs to a member") -= 1;
            self.owners.push(owner);
        }
    }

    /// How many balls each member may take: its share by weight and the slack, rounded up.
    pub fn capacities(&self) -> BTreeMap<NodeId, u64> {
        let weights: u64 = self.ring.members().iter().map(|member| u64::from(member.weight)).sum();
        let with_slack = u64::from(self.balls) * (100 + u64::from(self.slack));
        let capacity = |member: Member| (with_slack * u64::from(member.weight)).div_ceil(100 * weights);
        self.ring.members().iter().map(|member| (member.node, capacity(member))).collect()
    }

    fn ball_of(&self, key: u64) -> u64 {
        key % u64::from(self.balls)
    }

    /// The owner of a key; none without members.
    pub fn owner(&self, key: u64) -> Option<NodeId> {
        self.owners.get(self.ball_of(key) as usize).copied()
    }

    /// The owner of a key, and then the others in the order of the ring.
    pub fn walk(&self, key: u64) -> impl Iterator<Item = NodeId> + '_ {
        let owner = self.owner(key);
        let others = self.ring.walk(self.ball_of(key)).filter(move |node| Some(*node) != owner);
        owner.into_iter().chain(others)
    }

    /// Who its members are.
    pub fn members(&self) -> &Zones {
        self.ring.members()
    }
}
