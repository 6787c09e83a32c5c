//! All schemes: what each promises, exactly, over random small clusters; weights; zones; the order of joins.

use splitbrain::node::{NodeId, Purpose, Stream};
use splitbrain::parts::placement::{Member, Placed};
use splitbrain::spec::placement::{Rules, Scheme};
use std::collections::BTreeSet;

const SCHEMES: [Scheme; 5] = [Scheme::Ring, Scheme::Jump, Scheme::Rendezvous, Scheme::BoundedLoad, Scheme::Modulo];
const KEYS: u32 = 400;

fn rules(scheme: Scheme) -> Rules {
    Rules { scheme, virtual_nodes: 8, hash_bits: 10, keys: KEYS, slack: 10, replicas: 3, evicts: false }
}

/// Different nodes with weights and zones, in no order.
fn cluster(draws: &mut Stream) -> Vec<Member> {
    let count = 1 + draws.below(7);
    let mut met = BTreeSet::new();
    let node = |draws: &mut Stream| NodeId::new(draws.below(20) as u32);
    (0..count)
        .map(|_| Member { node: node(draws), weight: 1 + draws.below(3) as u32, zone: draws.below(3) as u32 })
        .filter(|member| met.insert(member.node))
        .collect()
}

fn owners(placed: &Placed) -> Vec<NodeId> {
    (0..u64::from(KEYS)).map(|key| placed.owner(key).expect("there are members")).collect()
}

#[test]
fn who_comes_or_goes_moves_what_its_scheme_says() {
    let mut draws = Stream::new(7, Purpose::Choices, 0);
    for round in 0..200 {
        let members = cluster(&mut draws);
        for scheme in SCHEMES {
            let whole = Placed::of(&rules(scheme), members.iter().copied());
            let before = owners(&whole);
            for leaver in &members[..members.len().min(if members.len() > 1 { 7 } else { 0 })] {
                let mut rest = whole.clone();
                rest.leave(leaver.node);
                let last = members.iter().all(|member| member.node <= leaver.node);
                let promised = match scheme {
                    Scheme::Ring | Scheme::Rendezvous => true,
                    Scheme::Jump => last,
                    Scheme::BoundedLoad | Scheme::Modulo => false,
                };
                let moved = before.iter().zip(owners(&rest)).filter(|(was, is)| *was != is && **was != leaver.node);
                assert!(!promised || moved.count() == 0, "{scheme:?}, round {round}: {members:?} without {leaver:?}");
                rest.join(*leaver);
                assert_eq!(rest, whole, "{scheme:?}, round {round}: who comes back is where it was");
            }
        }
    }
}

#[test]
fn the_order_of_joins_does_not_matter() {
    let mut draws = Stream::new(8, Purpose::Choices, 0);
    for _ in 0..100 {
        let members = cluster(&mut draws);
        for scheme in SCHEMES {
            let mut reversed = Placed::of(&rules(scheme), []);
            members.iter().rev().for_each(|member| reversed.join(*member));
            assert_eq!(reversed, Placed::of(&rules(scheme), members.iter().copied()), "{scheme:?}: {members:?}");
        }
    }
}

#[test]
fn replicas_are_distinct_and_lie_in_as_many_zones_as_there_are() {
    let mut draws = Stream::new(9, Purpose::Choices, 0);
    for _ in 0..100 {
        let members = cluster(&mut draws);
        let zone = |node: &NodeId| members.iter().find(|member| member.node == *node).unwrap().zone;
        let zones: BTreeSet<u32> = members.iter().map(|member| member.zone).collect();
        for scheme in SCHEMES {
            let placed = Placed::of(&rules(scheme), members.iter().copied());
            for key in 0..50 {
                let list = placed.preference_list(key, 3);
                assert_eq!(list.first().copied(), placed.owner(key));
                assert_eq!(list.len(), members.len().min(3), "{scheme:?}");
                assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len(), "{scheme:?}");
                let met = list.iter().map(zone).collect::<BTreeSet<_>>().len();
                assert_eq!(met, zones.len().min(list.len()), "{scheme:?}: {list:?} of {members:?}");
            }
        }
    }
}

#[test]
fn nobody_owns_anything_without_members() {
    for scheme in SCHEMES {
        let mut placed = Placed::of(&rules(scheme), []);
        assert_eq!((placed.owner(5), placed.preference_list(5, 3)), (None, vec![]), "{scheme:?}");
        placed.join(Member::plain(NodeId::new(3)));
        assert_eq!(placed.preference_list(5, 3), [NodeId::new(3)], "{scheme:?}");
        placed.leave(NodeId::new(3));
        assert_eq!(placed.owner(5), None, "{scheme:?}");
    }
}

/// Of 1 + 2 + 5 shares each owns its own. A ring needs many points for that.
#[test]
fn weights_are_kept() {
    let members = [1, 2, 5].into_iter().enumerate().map(|(node, weight)| Member {
        node: NodeId::new(node as u32),
        weight,
        zone: 0,
    });
    for scheme in SCHEMES {
        let rules = Rules { virtual_nodes: 400, hash_bits: 64, keys: 8000, ..rules(scheme) };
        let placed = Placed::of(&rules, members.clone());
        let mut load = [0i64; 3];
        (0..8000).for_each(|key| load[placed.owner(key).unwrap().index()] += 1);
        for (count, due) in load.iter().zip([1000, 2000, 5000]) {
            assert!((count - due).abs() * 100 <= due * 15, "{scheme:?}: {load:?}");
        }
    }
}

#[test]
fn bounded_loads_keep_their_bound_exactly() {
    let mut draws = Stream::new(10, Purpose::Choices, 0);
    for slack in [0, 1, 25, 300] {
        for _ in 0..50 {
            let members = cluster(&mut draws);
            let placed = Placed::of(&Rules { slack, ..rules(Scheme::BoundedLoad) }, members.iter().copied());
            let all: u32 = members.iter().map(|member| member.weight).sum();
            for member in &members {
                let owned = owners(&placed).iter().filter(|owner| **owner == member.node).count() as u32;
                let most = (KEYS * member.weight * (100 + slack)).div_ceil(100 * all);
                assert!(owned <= most, "{member:?} owns {owned}, and may own {most}");
            }
        }
    }
}
