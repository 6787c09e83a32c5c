//! How even a placement is, in integers.

use crate::node::NodeId;
use crate::spec::placement::Scheme;
use crate::spec::placement::oracle::Oracle;
use std::collections::BTreeMap;

/// With fewer points a member can own nearly nothing or several shares: there is no bound to speak of.
const POINTS_MIN: u32 = 16;
/// On a ring with fewer places for each point many points lie on top of each other, and the smaller ids have them all.
const PLACES_MIN: u128 = 64;
/// So many standard deviations above the mean nobody lies by chance: with 16 points, two in a billion.
const ABOVE: u128 = 10;
/// And below it: with 64 points or more, fewer still.
const BELOW: u128 = 6;

/// Whether a survey is as even as its scheme makes it.
///
/// A member's share of a ring is that of `v` out of many points drawn at random: its relative variance is 1/v. The keys
/// of a survey are drawn too, which adds 1/e where a member expects e of them. The other schemes have only the second.
/// Under bounded load no member owns more than it may, exactly.
pub(super) fn balanced(oracle: &Oracle, members: &[NodeId], owners: &[NodeId]) -> Result<(), String> {
    let rules = oracle.rules();
    let mut counts: BTreeMap<NodeId, u64> = members.iter().map(|node| (*node, 0)).collect();
    for owner in owners {
        let Some(count) = counts.get_mut(owner) else { return Err(format!("{owner} owns a key and is no member")) };
        *count += 1;
    }
    if owners.len() != rules.keys as usize {
        return Err(format!("{} of {} keys have an owner", owners.len(), rules.keys));
    }
    let all = members.iter().map(|node| u64::from(oracle.of(*node).weight)).sum::<u64>();
    let crowded = u128::from(all) * u128::from(rules.virtual_nodes) * PLACES_MIN > 1 << rules.hash_bits;
    if rules.scheme == Scheme::Ring && crowded {
        return Ok(());
    }
    for (node, count) in counts {
        let weight = oracle.of(node).weight;
        if rules.scheme == Scheme::BoundedLoad {
            let most = oracle.most(members, node);
            if count > most {
                return Err(format!("{node} owns {count} keys, and may own {most}"));
            }
            continue;
        }
        let points = match rules.scheme {
            Scheme::Ring => Some(rules.virtual_nodes.saturating_mul(weight)),
            Scheme::Jump | Scheme::Rendezvous | Scheme::BoundedLoad | Scheme::Modulo => None,
        };
        if points.is_none_or(|points| points >= POINTS_MIN) && !likely(count, all, weight, rules.keys, points) {
            let expected = u64::from(rules.keys) * u64::from(weight) / all;
            return Err(format!("{node} owns {count} of {} keys, where about {expected} were due", rules.keys));
        }
    }
    Ok(())
}

/// Whether a count lies within so many standard deviations of the mean. Everything is multiplied by the sum of all
/// weights, so that no division rounds.
fn likely(count: u64, all: u64, weight: u32, keys: u32, points: Option<u32>) -> bool {
    let all = u128::from(all);
    let (count, mean) = (u128::from(count) * all, u128::from(keys) * u128::from(weight));
    let by_points = points.map_or(0, |points| mean * mean / u128::from(points));
    let variance = by_points + mean * all;
    let bound = if count > mean { ABOVE } else { BELOW };
    let off = count.abs_diff(mean);
    off * off <= bound * bound * variance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_likely() {
        // 10 members, 10,000 keys, 100 points: the mean is 1,000, the standard deviation 105.
        let at = |count| likely(count, 10, 1, 10_000, Some(100));
        assert!(at(1000) && at(2000) && at(400));
        assert!(!at(2100) && !at(360) && !at(0));
        // Without points 32 keys.
        let at = |count| likely(count, 10, 1, 10_000, None);
        assert!(at(1300) && at(820) && !at(1320) && !at(805));
        // Twice the weight, twice the mean.
        assert!(likely(2000, 11, 2, 11_000, None) && !likely(1000, 11, 2, 11_000, None));
    }
}
