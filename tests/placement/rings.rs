//! Rings: all small ones, held against a scan over all points; then large ones.

use splitbrain::node::NodeId;
use splitbrain::parts::placement::{Member, Point, Ring};
use std::collections::{BTreeMap, BTreeSet};

const PLACES: u64 = 16;

/// Members in zones, and where each has its points.
type Layout = Vec<(Member, Vec<u64>)>;

fn ring_of(layout: &[(Member, Vec<u64>)]) -> Ring {
    let mut ring = Ring::new(1, 4);
    layout.iter().for_each(|(member, tokens)| ring.join_at(*member, tokens.iter().copied()));
    ring
}

/// Who owns a position, by the definition: the point that is met first clockwise; at one token, the smaller id.
fn owner_by_scan(layout: &[(Member, Vec<u64>)], position: u64) -> Option<NodeId> {
    let points = layout.iter().flat_map(|(member, tokens)| tokens.iter().map(|token| (*token, member.node)));
    points.min_by_key(|(token, node)| ((token + PLACES - position) % PLACES, *node)).map(|(_, node)| node)
}

/// All ways to give `members` nodes `each` points, in a space of 16 places.
fn layouts(members: u32, each: u32, zones: &[u32], mut visit: impl FnMut(&Layout)) {
    let points = members * each;
    for code in 0..PLACES.pow(points) {
        let token = |place: u32| code / PLACES.pow(place) % PLACES;
        let layout: Layout = (0..members)
            .map(|member| {
                let tokens = (0..each).map(|point| token(member * each + point)).collect();
                (Member { node: NodeId::new(member), weight: 1, zone: zones[member as usize] }, tokens)
            })
            .collect();
        visit(&layout);
    }
}

fn lists(ring: &Ring, count: u32) -> Vec<Vec<NodeId>> {
    (0..PLACES).map(|position| ring.members().spread(ring.walk_from(position), count)).collect()
}

/// What must hold of one ring, and of all that it becomes by a leave; a join is the same, read backwards.
fn check(layout: &Layout) {
    check_owners(layout);
    check_replicas(layout);
}

fn check_owners(layout: &Layout) {
    let ring = ring_of(layout);
    let owners: Vec<_> = (0..PLACES).map(|position| ring.owner_at(position)).collect();
    for (position, owner) in (0..).zip(&owners) {
        assert_eq!(*owner, owner_by_scan(layout, position), "{layout:?} at {position}");
        assert_eq!(owner.is_none(), layout.is_empty());
    }
    let reversed: Layout = layout.iter().rev().cloned().collect();
    assert_eq!(ring_of(&reversed), ring, "{layout:?}: the order of the joins matters");
    for (left, (leaver, _)) in layout.iter().enumerate() {
        let mut without = layout.clone();
        without.remove(left);
        let smaller = ring_of(&without);
        let mut leaving = ring.clone();
        leaving.leave(leaver.node);
        assert_eq!(leaving, smaller, "{layout:?}: something of {} stays", leaver.node);
        for (position, owner) in (0..).zip(&owners) {
            let kept = smaller.owner_at(position) == *owner;
            assert!(kept || *owner == Some(leaver.node), "{layout:?} at {position}: a key of another moved");
        }
    }
}

fn check_replicas(layout: &Layout) {
    let ring = ring_of(layout);
    check_lists(layout, &ring);
    for (leaver, _) in layout {
        let mut smaller = ring.clone();
        smaller.leave(leaver.node);
        for count in 2..=3 {
            for (before, after) in lists(&ring, count).iter().zip(&lists(&smaller, count)) {
                one_for_one(before, after, leaver.node);
            }
        }
    }
}

/// Where a member leaves, one takes its place in a preference list, and nobody else moves out or in.
fn one_for_one(before: &[NodeId], after: &[NodeId], leaver: NodeId) {
    let gone: Vec<_> = before.iter().filter(|node| !after.contains(node)).collect();
    let came = after.iter().filter(|node| !before.contains(node)).count();
    assert!(gone.iter().all(|node| **node == leaver), "{before:?} became {after:?} as {leaver} left");
    assert!(came <= gone.len(), "{before:?} became {after:?} as {leaver} left");
}

/// Replicas are distinct nodes, the owner first, and lie in as many zones as there are.
fn check_lists(layout: &Layout, ring: &Ring) {
    let zone_of: BTreeMap<NodeId, u32> = layout.iter().map(|(member, _)| (member.node, member.zone)).collect();
    let zones = zone_of.values().collect::<BTreeSet<_>>().len();
    for count in 1..=4 {
        for (position, list) in (0..).zip(lists(ring, count)) {
            assert_eq!(list.len(), layout.len().min(count as usize), "{layout:?} at {position}: {list:?}");
            assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len(), "{layout:?}: {list:?}");
            assert_eq!(list.first().copied(), ring.owner_at(position));
            let met = list.iter().map(|node| zone_of[node]).collect::<BTreeSet<_>>().len();
            assert_eq!(met, zones.min(list.len()), "{layout:?} at {position}: {list:?}");
        }
    }
}

#[test]
fn every_ring_of_up_to_four_nodes_in_sixteen_places() {
    let mut seen = 0;
    for members in 0..=3 {
        for zones in [[0, 0, 0], [0, 1, 2], [0, 1, 1]] {
            layouts(members, 1, &zones, |layout| {
                check(layout);
                seen += 1;
            });
        }
    }
    layouts(4, 1, &[0, 1, 0, 1], |layout| {
        check_owners(layout);
        // Who replicates what looks the same from every place of the ring: it is enough to turn the first point to
        // the place where the ring begins.
        if layout[0].1[0] == 0 {
            check_replicas(layout);
        }
        seen += 1;
    });
    assert_eq!(seen, 3 * (1 + 16 + 256 + 4096) + 65536);
}

#[test]
fn every_ring_of_two_nodes_with_two_virtual_nodes_in_sixteen_places() {
    layouts(2, 2, &[0, 1], |layout| {
        check_owners(layout);
        if layout[0].1[0] == 0 {
            check_replicas(layout);
        }
    });
}

fn plain(nodes: u32) -> Vec<Member> {
    NodeId::all(nodes).map(Member::plain).collect()
}

/// Pinned: these points and owners are recorded in every run that has a ring.
#[test]
fn where_things_lie_is_pinned() {
    let ring = Ring::of(plain(3), 2, 64);
    let tokens: Vec<(u64, u32)> =
        ring.points().iter().map(|point| (point.token, point.node.index() as u32 + 1)).collect();
    let pinned = [
        (2454669706112845401, 2),
        (4683599927632329300, 3),
        (6896986136534737515, 2),
        (12889496435298721867, 1),
        (15771701412189207203, 3),
        (16662082316902813860, 1),
    ];
    assert_eq!(tokens, pinned);
    assert_eq!((ring.position(0), ring.position(1)), (9313164154874788883, 6676229981160887125));
    let places = Ring::of(plain(3), 2, 16);
    assert_eq!(places.points()[0].token, pinned[0].0 >> 48);
}

#[test]
fn a_ring_grows_and_shrinks_as_if_built_anew() {
    let members: Vec<Member> =
        (0..12).map(|n| Member { node: NodeId::new(n), weight: 1 + n % 3, zone: n % 4 }).collect();
    for bits in [8, 16, 64] {
        let mut ring = Ring::new(16, bits);
        // Every fifth place: an order that is neither up nor down.
        for step in 0..12 {
            ring.join(members[step * 5 % 12]);
            ring.join(members[0]);
        }
        assert_eq!(ring, Ring::of(members.iter().copied(), 16, bits));
        for leaver in [3, 7, 3] {
            ring.leave(NodeId::new(leaver));
        }
        let left = members.iter().filter(|member| ![3, 7].contains(&member.node.index()));
        assert_eq!(ring, Ring::of(left.copied(), 16, bits));
    }
}

/// A node whose points all collide with those of others owns nothing, and is still a replica.
#[test]
fn a_collision_takes_no_point_away() {
    let mut ring = Ring::new(1, 4);
    ring.join_at(Member::plain(NodeId::new(1)), [5]);
    ring.join_at(Member::plain(NodeId::new(0)), [5]);
    let (first, second) = (NodeId::new(0), NodeId::new(1));
    assert_eq!(ring.points(), [Point { token: 5, node: first }, Point { token: 5, node: second }]);
    assert_eq!(ring.preference_list(9, 2), [first, second]);
    ring.leave(first);
    assert_eq!(ring.owner(9), Some(second));
    ring.vacate(5);
    assert_eq!((ring.owner(9), ring.points().len()), (None, 0));
}

#[test]
fn replicas_lie_in_different_zones_and_then_in_turn() {
    let members: Vec<Member> = (0..9).map(|n| Member { node: NodeId::new(n), weight: 1, zone: n / 4 }).collect();
    let zone_of = |node: &NodeId| members[node.index()].zone as usize;
    let ring = Ring::of(members.iter().copied(), 16, 64);
    for key in 0..2000 {
        // Zones of 4, 4 and 1 members: by rounds 3, then 2, 2, 2.
        let full = ring.preference_list(key, 9);
        for (count, per_zone) in [(3, [1, 1, 1]), (5, [2, 2, 1]), (7, [3, 3, 1]), (9, [4, 4, 1])] {
            let list = ring.preference_list(key, count);
            assert_eq!(list, full[..count as usize], "a shorter list is the beginning of a longer one");
            let mut met = [0; 3];
            list.iter().for_each(|node| met[zone_of(node)] += 1);
            assert_eq!(met, per_zone, "key {key}: {list:?}");
        }
        assert_eq!(full.first().copied(), ring.owner(key));
    }
}

#[test]
fn a_member_that_comes_moves_only_what_becomes_its_own() {
    for bits in [12, 64] {
        let mut ring = Ring::of(plain(10), 32, bits);
        let before: Vec<_> = (0..5000).map(|key| ring.owner(key)).collect();
        let newcomer = NodeId::new(10);
        ring.join(Member { node: newcomer, weight: 2, zone: 0 });
        let moved = (0..5000).filter(|key| ring.owner(*key) != before[*key as usize]);
        let moved: Vec<u64> = moved.collect();
        assert!(moved.iter().all(|key| ring.owner(*key) == Some(newcomer)));
        // Two of twelve shares.
        assert!((500..1200).contains(&moved.len()), "{} of 5000 keys moved", moved.len());
    }
}
