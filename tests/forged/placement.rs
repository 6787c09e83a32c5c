//! Forged and legal runs of the placement family.

use super::forger::{Act, Move, done, line, n, request, stage, step, violated};
use super::{Case, judged, names};
use splitbrain::node::{NodeId, Outcome};
use splitbrain::parts::placement::{Member, Placed};
use splitbrain::spec::judged::Judged;
use splitbrain::spec::placement::{Answer, Placement, PlacementFact, Rules, Said, Scheme, Standing, Status, View};

type PlacementMove = Move<Placement>;
type PlacementAct = Act<Placement>;

const KEYS: u32 = 2048;
/// The oracle looks at every 64th key of a survey, and not at this one.
const UNSEEN: usize = 1;

const RULES: Rules =
    Rules { scheme: Scheme::Ring, virtual_nodes: 200, hash_bits: 64, keys: KEYS, slack: 0, replicas: 2, evicts: false };

fn placed(members: &[u32]) -> Placed {
    Placed::of(&RULES, members.iter().map(|number| Member::plain(n(*number))))
}

fn replicas(members: &[u32]) -> Vec<NodeId> {
    placed(members).preference_list(0, RULES.replicas)
}

fn owners(members: &[u32]) -> Vec<NodeId> {
    let placed = placed(members);
    (0..u64::from(KEYS)).map(|key| placed.owner(key).unwrap()).collect()
}

/// All are members, and then n3 leaves.
fn left() -> (NodeId, Standing) {
    (n(3), Standing { incarnation: 1, status: Status::Left })
}

fn view(changes: &[(NodeId, Standing)]) -> View {
    View(changes.iter().copied().collect())
}

fn configured() -> PlacementMove {
    let fact = PlacementFact::Configured { rules: RULES, member: true, weight: 1, zone: 0 };
    step(1, [Act::Tell(fact)])
}

/// From now on the silent are taken for dead.
fn evicting() -> PlacementMove {
    let rules = Rules { evicts: true, ..RULES };
    step(1, [Act::Tell(PlacementFact::Configured { rules, member: true, weight: 1, zone: 0 })])
}

fn orders((about, standing): (NodeId, Standing)) -> PlacementAct {
    Act::Write(PlacementFact::Ordered { about, standing })
}

fn notes((about, standing): (NodeId, Standing)) -> PlacementAct {
    Act::Write(PlacementFact::Noted { about, standing })
}

fn keepers(client: u32, changes: &[(NodeId, Standing)], replicas: Vec<NodeId>) -> PlacementAct {
    done(request(client, 1), Answer { view: view(changes), said: Said::Replicas(replicas) })
}

fn survey(client: u32, changes: &[(NodeId, Standing)], owners: Vec<NodeId>) -> PlacementAct {
    done(
        request(client, 1),
        Answer {
            view: view(changes),
            said: Said::Owners { owners: owners.into_iter().map(Some).collect(), outside: Vec::new() },
        },
    )
}

fn changed(client: u32, changes: &[(NodeId, Standing)]) -> PlacementAct {
    done(request(client, 1), Answer { view: view(changes), said: Said::Changed })
}

/// Clients look up a key at n1 and n2, want two surveys and that n3 leaves.
fn asked(moves: impl IntoIterator<Item = PlacementMove>) -> Vec<PlacementMove> {
    let lines = [
        "request n1 c1#1 lookup k1",
        "request n2 c2#1 lookup k1",
        "request n1 c3#1 survey",
        "request n2 c4#1 survey",
        "request n1 c5#1 leave n3",
    ];
    let asks = lines.into_iter().map(line).chain([configured()]);
    asks.chain(moves).collect()
}

/// With the owner of the key that the oracle does not look at exchanged for another.
fn forged_owners(members: &[u32]) -> Vec<NodeId> {
    let mut owners = owners(members);
    owners[UNSEEN] = if owners[UNSEEN] == n(1) { n(2) } else { n(1) };
    owners
}

#[test]
fn every_invariant_of_placement_is_violated_by_its_own_forgery() {
    let covered = judged(|| [lookups(), surveys(), views()].into_iter().flatten().collect());
    assert_eq!(covered, names(Placement::INVARIANTS));
}

fn lookups() -> Vec<Case<Placement>> {
    let right = replicas(&[1, 2, 3]);
    let (first, second) = (right[0], right[1]);
    let third = [n(1), n(2), n(3)].into_iter().find(|node| !right.contains(node)).unwrap();
    let lookup = |invariant, says, replicas| Case::new(invariant, says, asked([step(1, [keepers(1, &[], replicas)])]));
    vec![
        lookup("one-owner", &["k1", "[n1, n2, n3]"], vec![second, first]),
        lookup("preference-list", &["k1"], vec![first, third]),
        lookup("distinct-replicas", &["k1", "2 nodes should keep it"], vec![first, first]),
        lookup("distinct-replicas", &["k1", "2 nodes should keep it"], vec![first]),
        lookup("total", &["n1", "names nobody"], vec![]),
        Case::new(
            "total",
            &["n1", "lookup k1", "has members"],
            asked([step(1, [Act::Answer(request(1, 1), Outcome::Refused("nobody"))])]),
        ),
        Case::new(
            "own-view",
            &["n1", "v{n3 left 1}", "v{}"],
            asked([step(1, [keepers(1, &[left()], replicas(&[1, 2]))])]),
        ),
        Case::new("own-view", &["n1", "leave n3", "v{}"], asked([step(1, [changed(5, &[])])])),
    ]
}

fn surveys() -> Vec<Case<Placement>> {
    // Right where the oracle looks.
    let mut uneven = owners(&[1, 2, 3]);
    uneven.iter_mut().enumerate().filter(|(key, _)| key % 64 != 0).for_each(|(_, owner)| *owner = n(1));
    vec![
        Case::new("balanced", &["n1", "2048"], asked([step(1, [survey(3, &[], uneven)])])),
        Case::new(
            "balanced",
            &["1 of 2048 keys"],
            asked([step(1, [survey(3, &[], owners(&[1, 2, 3]).into_iter().take(1).collect())])]),
        ),
        Case::new(
            "order-independent",
            &["k2", "n1", "n2"],
            asked([
                step(1, [survey(3, &[], owners(&[1, 2, 3]))]),
                step(2, [survey(4, &[], forged_owners(&[1, 2, 3]))]),
            ]),
        ),
        Case::new(
            "monotone",
            &["k2", "n3", "moves between"],
            asked([
                step(1, [survey(3, &[], forged_among_first_two())]),
                step(2, [orders(left()), survey(4, &[left()], owners(&[1, 2]))]),
            ]),
        ),
    ]
}

/// The key that nobody looks at is one of n1's or n2's, and is said to be the other's.
fn forged_among_first_two() -> Vec<NodeId> {
    let mut all = owners(&[1, 2, 3]);
    let of_two = owners(&[1, 2])[UNSEEN];
    all[UNSEEN] = if of_two == n(1) { n(2) } else { n(1) };
    all
}

fn views() -> Vec<Case<Placement>> {
    let back = (n(3), Standing { incarnation: 2, status: Status::In });
    let evicted = (n(3), Standing { incarnation: 1, status: Status::Evicted });
    let second = (n(3), Standing { incarnation: 2, status: Status::Left });
    vec![
        Case::new("ordered-changes", &["n2", "n3 is left 1", "nobody has ordered"], asked([step(2, [notes(left())])])),
        Case::new("ordered-changes", &["n1", "left 1", "nobody wanted"], vec![step(1, [orders(left())])]),
        Case::new("ordered-changes", &["n1", "evicted 1", "nobody wanted"], asked([step(1, [orders(evicted)])])),
        Case::new(
            "ordered-changes",
            &["n3", "evicted 1", "nobody wanted"],
            asked([evicting(), step(3, [orders(evicted)])]),
        ),
        Case::new(
            "ordered-changes",
            &["n1", "in 2", "nobody wanted"],
            asked([step(1, [orders(left()), orders(back)])]),
        ),
        Case::new(
            "ordered-changes",
            &["n1", "left 2", "next change of it would be 1"],
            asked([step(1, [orders(second)])]),
        ),
        Case::new(
            "views-grow",
            &["n2", "left 1", "knew already"],
            asked([
                step(1, [orders(left())]),
                step(2, [notes(left())]),
                line("crash n2"),
                line("restart n2"),
                step(2, [notes(left())]),
            ]),
        ),
    ]
}

/// What looks suspicious and is legal: an answer from an old view after a change is done elsewhere, two nodes that
/// order the same change, a node that was taken for dead and is back, and a lookup when nobody is left.
#[test]
fn legal_stories_accuse_nobody() {
    let evicted = (n(3), Standing { incarnation: 1, status: Status::Evicted });
    let back = (n(3), Standing { incarnation: 2, status: Status::In });
    let old_view = asked([
        step(1, [orders(left()), changed(5, &[left()])]),
        step(2, [keepers(2, &[], replicas(&[1, 2, 3]))]),
        step(1, [keepers(1, &[left()], replicas(&[1, 2])), survey(3, &[left()], owners(&[1, 2]))]),
        step(2, [orders(left()), survey(4, &[left()], owners(&[1, 2]))]),
    ]);
    let refuted = asked([
        evicting(),
        step(1, [survey(3, &[], owners(&[1, 2, 3]))]),
        step(1, [Act::Tell(PlacementFact::Suspected { about: n(3) }), orders(evicted)]),
        step(3, [notes(evicted), orders(back)]),
        step(1, [orders_of_the_administrator(), keepers(1, &[(n(3), graver())], replicas(&[1, 2]))]),
        step(2, [notes(back), survey(4, &[back], owners(&[1, 2, 3]))]),
    ]);
    let lines = [
        "request n1 c1#1 leave n1",
        "request n1 c2#1 leave n2",
        "request n1 c3#1 leave n3",
        "request n1 c4#1 lookup k1",
    ];
    let leaves = [1, 2, 3].map(|number| orders((n(number), left().1)));
    let nobody_keeps_it = keepers(4, &[1, 2, 3].map(|number| (n(number), left().1)), vec![]);
    let alone = [configured(), step(1, leaves.into_iter().chain([nobody_keeps_it]))];
    let nobody = lines.into_iter().map(line).chain(alone).collect();
    for story in [old_view, refuted, nobody] {
        let summary = stage(3, true, story, &[]);
        assert_eq!(violated(&summary), None);
    }
}

/// n1 takes n3 for dead, and an administrator wants it out: the graver prevails, in a later incarnation.
fn graver() -> Standing {
    Standing { incarnation: 2, status: Status::Left }
}

fn orders_of_the_administrator() -> PlacementAct {
    orders((n(3), graver()))
}
