//! What theory says, and what is claimed: a number for every place on a chart, computed from the place alone. Nothing
//! here sees what was measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where on a chart: all that a law may know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// The place on the x axis.
    pub x: f64,
    /// The place on the y axis, or 0.
    pub y: f64,
    /// How many nodes the scenario has there.
    pub nodes: u32,
}

/// A law. Here n is the number of nodes of the scenario, and x the place on the x axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Law {
    /// floor((n-1)/2): so many may fail while a majority is left (Lamport 1998; Fischer, Lynch & Paterson 1985 for why
    /// not more).
    Minority {},
    /// floor(n/3): what a protocol would tolerate whose quorums are two thirds.
    Third {},
    /// n/(2(n-1)), read as a number of nodes: a claim in circulation.
    ClaimedCount {},
    /// n/(2(n-1)), read as a share of the n nodes: the other reading of the claim.
    ClaimedShare {},
    /// The same everywhere.
    Constant {
        /// What it is.
        value: f64,
    },
    /// The probability that more than half of n nodes are up, where each is down with probability x by itself: the sum
    /// of the upper half of a binomial distribution.
    MajorityUp {},
    /// The probability that two thirds of n nodes are up.
    TwoThirdsUp {},
    /// n/2^n: the probability that of n fair coins exactly one shows heads.
    OneHead {},
    /// 1 - 1/2^n: the probability that of n fair coins at least one shows heads.
    AnyHead {},
    /// 1 - (n+1)/2^n: the probability that of n fair coins two or more show heads.
    SeveralHeads {},
    /// x (1 + 1/n): the expected shortest of n-1 election timeouts drawn between x and 2x, those of the followers of
    /// a leader that has crashed.
    ShortestTimeout {},
    /// The relative standard deviation of a member's load on a ring of `members` with x points each: a member's share
    /// is what n·x points drawn at random leave it (Dirichlet), sqrt((n-1)/(n·x+1)), and the draw of the keys adds
    /// (n-1)/k to its square.
    RingDeviation {
        /// How many members.
        members: u32,
        /// How many keys.
        keys: u32,
    },
    /// The same where every key is as likely at each member: sqrt((n-1)/k).
    EvenDeviation {
        /// How many members.
        members: u32,
        /// How many keys.
        keys: u32,
    },
    /// 1/(n+1): the share of the keys that goes to a node that joins `members` others, where nothing else moves.
    NewcomersShare {
        /// How many members, without the one that joins.
        members: u32,
    },
    /// n/(n+1): the share of the keys whose hash modulo n+1 is not their hash modulo n.
    Rehashed {
        /// How many members, without the one that joins.
        members: u32,
    },
    /// C(n-w,r)/C(n,r): the probability that r of n copies, drawn at random, are all among the n-w that a write has not
    /// reached. x is r.
    MissedByReads {
        /// n.
        copies: u32,
        /// w.
        writes: u32,
    },
    /// Something happens on one side of this place, and never on the other: a vertical line.
    Cliff {
        /// The place on the x axis.
        place: f64,
    },
}

/// What must come of comparing a law with what is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Promise {
    /// Every point is what the law says.
    Exactly,
    /// The law lies within the 99.9 % interval of every point. (The chart shows the 95 % interval, out of which one
    /// point in twenty lies by chance.)
    Agrees,
    /// Every point differs from the law by no more than this share of it.
    Within(f64),
    /// Something is measured above 0 somewhere below the cliff, and nothing from the cliff on.
    Falls,
    /// Nothing is measured above 0 up to the cliff, and something beyond it.
    Rises,
    /// It is a claim, and wrong: at least one point lies clearly off it.
    Refuted,
    /// It is drawn for comparison only.
    Nothing,
}

impl Law {
    /// What it says at a place; none for a vertical line.
    pub fn at(&self, spot: Spot) -> Option<f64> {
        let nodes = f64::from(spot.nodes);
        Some(match self {
            Law::Minority {} => f64::from(spot.nodes.saturating_sub(1) / 2),
            Law::Third {} => f64::from(spot.nodes / 3),
            // At n = 1 the claim divides by zero: it says nothing there.
            Law::ClaimedCount {} if spot.nodes > 1 => nodes / (2.0 * (nodes - 1.0)),
            Law::ClaimedShare {} if spot.nodes > 1 => nodes * nodes / (2.0 * (nodes - 1.0)),
            Law::ClaimedCount {} | Law::ClaimedShare {} => return None,
            Law::Constant { value } => *value,
            Law::MajorityUp {} => at_least_up(spot.nodes, spot.nodes / 2 + 1, spot.x),
            Law::TwoThirdsUp {} => at_least_up(spot.nodes, (2 * spot.nodes).div_ceil(3), spot.x),
            Law::OneHead {} => nodes / libm::exp2(nodes),
            Law::AnyHead {} => 1.0 - 1.0 / libm::exp2(nodes),
            Law::SeveralHeads {} => 1.0 - (nodes + 1.0) / libm::exp2(nodes),
            Law::ShortestTimeout {} => spot.x * (1.0 + 1.0 / nodes),
            Law::RingDeviation { members, keys } => {
                let n = f64::from(*members);
                ((n - 1.0) / (n * spot.x + 1.0) + (n - 1.0) / f64::from(*keys)).sqrt()
            }
            Law::EvenDeviation { members, keys } => ((f64::from(*members) - 1.0) / f64::from(*keys)).sqrt(),
            Law::NewcomersShare { members } => 1.0 / (f64::from(*members) + 1.0),
            Law::Rehashed { members } => f64::from(*members) / (f64::from(*members) + 1.0),
            Law::MissedByReads { copies, writes } => {
                // The i-th copy that is read is one of those that are left; a product of shares, no factorials.
                let (n, missed) = (f64::from(*copies), f64::from(copies.saturating_sub(*writes)));
                (0..spot.x as u32).map(f64::from).map(|i| ((missed - i) / (n - i)).max(0.0)).product()
            }
            Law::Cliff { .. } => return None,
        })
    }

    /// Where its vertical line stands.
    pub fn cliff(&self) -> Option<f64> {
        if let Law::Cliff { place } = self { Some(*place) } else { None }
    }
}

/// The probability that at least `needed` of `nodes` are up, where each is down with probability `down`.
fn at_least_up(nodes: u32, needed: u32, down: f64) -> f64 {
    // The distribution of the number of nodes that are up, node by node: nothing but sums and products.
    let mut up = vec![0.0; nodes as usize + 1];
    up[0] = 1.0;
    for count in 1..=nodes as usize {
        for k in (0..=count).rev() {
            let one_more = if k > 0 { up[k - 1] * (1.0 - down) } else { 0.0 };
            up[k] = up[k] * down + one_more;
        }
    }
    up[needed as usize..].iter().rev().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(law: &Law, nodes: u32, x: f64) -> Option<f64> {
        law.at(Spot { x, y: 0.0, nodes })
    }

    #[test]
    fn laws_are_as_textbooks_print_them() {
        let tolerated: Vec<_> = (1..=9).filter_map(|n| at(&Law::Minority {}, n, 0.0)).collect();
        assert_eq!(tolerated, [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0]);
        assert_eq!(at(&Law::ClaimedCount {}, 2, 0.0), Some(1.0));
        assert_eq!(at(&Law::ClaimedCount {}, 3, 0.0), Some(0.75));
        assert_eq!(at(&Law::ClaimedShare {}, 3, 0.0), Some(2.25));
        assert_eq!(at(&Law::ClaimedCount {}, 1, 0.0), None);
        assert_eq!(at(&Law::ShortestTimeout {}, 5, 150.0), Some(180.0));
    }

    #[test]
    fn coins_fall_as_in_every_textbook() {
        // Of three coins: one way to none, three to one, three to two, one to three.
        assert_eq!(at(&Law::OneHead {}, 3, 0.0), Some(0.375));
        assert_eq!(at(&Law::AnyHead {}, 3, 0.0), Some(0.875));
        assert_eq!(at(&Law::SeveralHeads {}, 3, 0.0), Some(0.5));
        assert_eq!(at(&Law::OneHead {}, 1, 0.0), Some(0.5));
        assert_eq!(at(&Law::SeveralHeads {}, 1, 0.0), Some(0.0));
    }

    #[test]
    fn laws_of_placement_and_quorums() {
        let near = |found: Option<f64>, right: f64| (found.unwrap() - right).abs() < 1e-12;
        // sqrt(9/161 + 9/4000)
        assert!((at(&Law::RingDeviation { members: 10, keys: 4000 }, 1, 16.0).unwrap() - 0.24114).abs() < 1e-5);
        assert!(near(at(&Law::EvenDeviation { members: 10, keys: 900 }, 1, 1.0), 0.1));
        assert!(near(at(&Law::NewcomersShare { members: 10 }, 1, 1.0), 1.0 / 11.0));
        assert!(near(at(&Law::Rehashed { members: 10 }, 1, 1.0), 10.0 / 11.0));
        let missed = |copies, writes, reads| at(&Law::MissedByReads { copies, writes }, 1, f64::from(reads));
        // C(2,1)/C(3,1), C(2,2)/C(3,2), C(3,2)/C(5,2); and nothing where R + W > N.
        assert!(near(missed(3, 1, 1), 2.0 / 3.0) && near(missed(3, 1, 2), 1.0 / 3.0) && near(missed(5, 2, 2), 0.3));
        assert_eq!([missed(3, 2, 2), missed(3, 3, 1), missed(5, 2, 4), missed(3, 1, 3)], [Some(0.0); 4]);
    }

    #[test]
    fn majorities_follow_the_binomial_distribution() {
        // 0.9^3 + 3 * 0.1 * 0.9^2
        let three = at(&Law::MajorityUp {}, 3, 0.1).unwrap();
        assert!((three - 0.972).abs() < 1e-12, "{three}");
        assert_eq!(at(&Law::MajorityUp {}, 5, 0.0), Some(1.0));
        assert_eq!(at(&Law::MajorityUp {}, 5, 1.0), Some(0.0));
        let half = at(&Law::MajorityUp {}, 7, 0.5).unwrap();
        assert!((half - 0.5).abs() < 1e-12, "an odd number is as likely to have a majority up as down: {half}");
        let five = at(&Law::MajorityUp {}, 5, 0.1).unwrap();
        assert!(at(&Law::TwoThirdsUp {}, 5, 0.1).unwrap() < five);
    }
}
