//! Forged and legal runs of the family of replicated stores.

use super::forger::{Act, Move, done, line, n, request, stage, step, violated};
use super::{Case, judged, names};
use splitbrain::node::RequestId;
use splitbrain::spec::judged::Judged;
use splitbrain::spec::replicated_store::{Partition, Placement, ReplicatedStore, RingVersion, StoreFact, Table};
use splitbrain::spec::store::{Element, Key, Reply};

type StoreMove = Move<ReplicatedStore>;
type StoreAct = Act<ReplicatedStore>;

const K: Key = Key(0);
const P: Partition = Partition(0);

/// Two copies, both of which a write needs.
fn configured() -> StoreAct {
    Act::Tell(StoreFact::Configured { copies: 2, reads: 1, writes: 2, master: n(1) })
}

/// The one partition lies on `owners`, and will on `next`.
fn adopts(ring: u64, owners: &[u32], next: &[u32]) -> StoreAct {
    let nodes = |ids: &[u32]| ids.iter().map(|id| n(*id)).collect();
    let table = Table::new(vec![Placement { owners: nodes(owners), next: nodes(next) }]);
    Act::Write(StoreFact::Adopted { ring: RingVersion(ring), table })
}

fn stores(writes: &[RequestId]) -> StoreAct {
    Act::Write(StoreFact::Stored { key: K, partition: P, writes: writes.to_vec() })
}

fn drops() -> StoreAct {
    Act::Write(StoreFact::Dropped { key: K, partition: P })
}

fn serves(ring: u64) -> StoreAct {
    Act::Tell(StoreFact::Served { key: K, partition: P, ring: RingVersion(ring) })
}

fn written(request: RequestId) -> StoreAct {
    done(request, Reply::Written)
}

/// n1 and n2 own the key and have a write to it, which is acknowledged.
fn acknowledged() -> Vec<StoreMove> {
    let write = request(1, 1);
    vec![
        step(1, [configured(), adopts(1, &[1, 2], &[])]),
        step(2, [adopts(1, &[1, 2], &[])]),
        step(3, [adopts(1, &[1, 2], &[])]),
        line("request n3 c1#1 put k1 5"),
        step(1, [serves(1), stores(&[write])]),
        step(2, [serves(1), stores(&[write])]),
        step(3, [written(write)]),
    ]
}

fn after_acknowledged(moves: impl IntoIterator<Item = StoreMove>) -> Vec<StoreMove> {
    acknowledged().into_iter().chain(moves).collect()
}

#[test]
fn every_invariant_of_the_replicated_store_is_violated_by_its_own_forgery() {
    let covered = judged(|| [rings(), copies()].into_iter().flatten().collect());
    assert_eq!(covered, names(ReplicatedStore::INVARIANTS));
}

fn rings() -> Vec<Case<ReplicatedStore>> {
    vec![
        Case::new(
            "one-table-per-version",
            &["v1", "p1: n1 n2", "n2", "p1: n2 n3"],
            vec![step(1, [configured(), adopts(1, &[1, 2], &[])]), step(2, [adopts(1, &[2, 3], &[])])],
        ),
        Case::new(
            "version-monotone",
            &["n2", "v1", "v2"],
            vec![
                step(1, [configured(), adopts(1, &[1, 2], &[])]),
                step(2, [adopts(2, &[1, 2], &[2, 3])]),
                line("crash n2"),
                line("restart n2"),
                step(2, [adopts(1, &[1, 2], &[])]),
            ],
        ),
        Case::new(
            "distinct-owners",
            &["p1", "n1 n1", "2 different"],
            vec![step(1, [configured(), adopts(1, &[1, 1], &[])])],
        ),
        Case::new("distinct-owners", &["p1", "v1", "`n1`"], vec![step(1, [configured(), adopts(1, &[1], &[])])]),
        Case::new("distinct-owners", &["n1 n2 -> n3 n3"], vec![step(1, [configured(), adopts(1, &[1, 2], &[3, 3])])]),
        Case::new("owners-serve", &["n3", "p1", "n1 n2"], after_acknowledged([step(3, [serves(1)])])),
        Case::new(
            "owners-serve",
            &["n2", "v1", "goes by v2"],
            after_acknowledged([step(2, [adopts(2, &[1, 2], &[1, 3]), serves(1)])]),
        ),
    ]
}

fn copies() -> Vec<Case<ReplicatedStore>> {
    let (first, second) = (request(1, 1), request(2, 1));
    let moved = |before: Vec<StoreAct>| {
        after_acknowledged([
            step(1, [adopts(2, &[1, 2], &[1, 3])]),
            step(3, before),
            step(1, [adopts(3, &[1, 3], &[])]),
        ])
    };
    vec![
        Case::new("validity", &["n1", "k1", "c2#1"], after_acknowledged([step(1, [stores(&[first, second])])])),
        Case::new(
            "validity",
            &["n1", "k1", "c2#1"],
            after_acknowledged([line("request n1 c2#1 get k1"), step(1, [stores(&[first, second])])]),
        ),
        Case::new(
            "acknowledged-is-durable",
            &["n1, n2", "k1", "n1 holds", "c2#1", "2 should"],
            after_acknowledged([
                line("request n3 c2#1 put k1 6"),
                step(1, [stores(&[first, second])]),
                step(3, [written(second)]),
            ]),
        ),
        // It lies on two nodes, one of which is no owner.
        Case::new(
            "acknowledged-is-durable",
            &["n1 holds", "c2#1"],
            after_acknowledged([
                line("request n3 c2#1 delete k1"),
                step(1, [stores(&[first, second])]),
                step(3, [stores(&[first, second]), written(second)]),
            ]),
        ),
        Case::new("handed-over-whole", &["p1", "v3", "n1, n3", "n1 holds", "c1#1"], moved(vec![])),
        // What the newcomer has is not what was acknowledged.
        Case::new("handed-over-whole", &["n1 holds", "c1#1"], moved(vec![stores(&[])])),
        Case::new("no-lost-key", &["n2 dropped", "n1 holds", "c1#1"], after_acknowledged([step(2, [drops()])])),
        Case::new(
            "no-lost-key",
            &["n2 dropped", "n1 holds"],
            after_acknowledged([
                step(1, [adopts(2, &[1, 2], &[1, 3])]),
                step(3, [stores(&[first])]),
                step(2, [drops()]),
            ]),
        ),
    ]
}

fn holds(moves: Vec<StoreMove>) {
    assert_eq!(violated(&stage(3, true, moves, &[])), None);
}

/// A partition moves: the newcomer fetches, the master goes on, the old owner drops.
#[test]
fn a_partition_may_change_hands() {
    let write = request(1, 1);
    holds(after_acknowledged([
        step(1, [adopts(2, &[1, 2], &[1, 3])]),
        step(2, [adopts(2, &[1, 2], &[1, 3]), serves(2)]),
        step(3, [adopts(2, &[1, 2], &[1, 3]), serves(2), stores(&[write])]),
        step(1, [adopts(3, &[1, 3], &[])]),
        step(2, [adopts(3, &[1, 3], &[]), drops()]),
        step(3, [adopts(3, &[1, 3], &[]), serves(3)]),
    ]));
}

/// A change is turned into another one: the newcomer of the first may drop what it has fetched.
#[test]
fn a_change_may_be_given_up() {
    let write = request(1, 1);
    holds(after_acknowledged([
        step(1, [adopts(2, &[1, 2], &[1, 3])]),
        step(3, [adopts(2, &[1, 2], &[1, 3]), stores(&[write])]),
        step(1, [adopts(3, &[1, 2], &[])]),
        step(3, [adopts(3, &[1, 2], &[]), drops()]),
    ]));
}

/// Its coordinator goes by an old ring and hears of it late, when the old owners have dropped the key.
#[test]
fn a_write_may_be_acknowledged_when_others_own_it() {
    let (first, second) = (request(1, 1), request(2, 1));
    holds(after_acknowledged([
        line("request n3 c2#1 put k1 6"),
        step(1, [stores(&[first, second]), adopts(2, &[1, 2], &[1, 3])]),
        step(2, [stores(&[first, second]), adopts(2, &[1, 2], &[1, 3])]),
        step(3, [stores(&[first, second])]),
        step(1, [adopts(3, &[1, 3], &[])]),
        step(2, [adopts(3, &[1, 3], &[]), drops()]),
        step(3, [written(second)]),
    ]));
}

/// A client's later write takes the place of its earlier one, and an acknowledged one that of those before it.
#[test]
fn what_is_superseded_need_not_be_held() {
    let (first, second, other) = (request(1, 1), request(1, 2), request(2, 1));
    holds(after_acknowledged([
        line("request n3 c1#2 put k1 6"),
        step(1, [stores(&[second])]),
        step(2, [stores(&[second])]),
        step(3, [written(second)]),
        line("request n3 c2#1 put k1 7"),
        step(1, [stores(&[second, other])]),
        step(2, [stores(&[second, other])]),
        step(3, [written(other), done(first, Reply::Value(vec![Element(5)]))]),
        step(1, [adopts(2, &[1, 2], &[1, 3])]),
        step(3, [stores(&[second, other])]),
        step(1, [adopts(3, &[1, 3], &[])]),
        step(2, [drops()]),
    ]));
}

/// An honest story asks every invariant.
#[test]
fn an_honest_story_asks_every_invariant_of_the_store() {
    let write = request(1, 1);
    let summary = stage::<ReplicatedStore>(
        3,
        true,
        after_acknowledged([
            step(1, [adopts(2, &[1, 2], &[1, 3])]),
            step(3, [stores(&[write])]),
            step(1, [adopts(3, &[1, 3], &[])]),
            step(2, [drops()]),
        ]),
        &[],
    );
    assert_eq!(violated(&summary), None);
    let idle: Vec<_> = summary.checked.iter().filter(|(name, times)| *times == 0 && *name != "unannounced").collect();
    assert!(idle.iter().all(|(name, _)| *name == "durable-before-send"), "never asked: {idle:?}");
}
