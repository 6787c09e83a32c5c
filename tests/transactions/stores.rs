//! Random small histories of stores that keep what they promise, and of stores that do not, held against brute force.

use crate::brute::{Op, Ordering, Plain, Txn, axioms, read_committed, serializable};
use splitbrain::consistency::transactions::{Assume, Ending, MODELS, Model, Standing, judge};
use std::collections::BTreeMap;

/// How a store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// Each transaction happens at one moment of its life.
    Serial,
    /// A snapshot as of its beginning; of two writers of a key the second aborts.
    StrongSnapshot,
    /// The same with a snapshot that may be older.
    OldSnapshot,
    /// Each read shows what is committed at that moment; writes are applied together at the end.
    ReadCommitted,
    /// Every word happens at once, and stays if the transaction aborts.
    Dirty,
    /// A snapshot of any age, and no look at who else wrote.
    Stale,
}

/// A small generator (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What runs in a session.
struct Running {
    begin: u32,
    /// Which state of the store it reads, by the number of commits before.
    snapshot: usize,
    /// What is left to do: a key, and whether it is written.
    plan: Vec<(u8, bool)>,
    done: Vec<Op>,
}

struct World {
    store: Store,
    lists: bool,
    random: Random,
    /// All states, by the number of commits, and which keys each commit wrote.
    states: Vec<BTreeMap<u8, Vec<u32>>>,
    wrote: Vec<Vec<u8>>,
    value: u32,
    clock: u32,
    txns: Vec<Txn>,
    /// In percent, how many transactions abort, and of how many the outcome is unknown.
    mishaps: u64,
}

fn write(state: &mut BTreeMap<u8, Vec<u32>>, lists: bool, key: u8, value: u32) {
    let values = state.entry(key).or_default();
    if !lists {
        values.clear();
    }
    values.push(value);
}

/// Plays some sessions against a store.
pub fn play(store: Store, lists: bool, seed: u64, count: usize, mishaps: u64) -> Plain {
    let random = Random(seed);
    let states = vec![BTreeMap::new()];
    let wrote = vec![Vec::new()];
    let mut world = World { store, lists, random, states, wrote, value: 0, clock: 0, txns: Vec::new(), mishaps };
    let mut sessions: BTreeMap<u64, Option<Running>> = (0..2 + world.random.below(3)).map(|id| (id, None)).collect();
    let keys = 1 + world.random.below(3);
    let mut begun = 0;
    while begun < count || sessions.values().any(Option::is_some) {
        let place = world.random.below(sessions.len() as u64) as usize;
        let id = *sessions.keys().nth(place).unwrap();
        world.clock += 1;
        match sessions.remove(&id).unwrap() {
            None if begun < count => {
                begun += 1;
                sessions.insert(id, Some(world.begin(keys)));
            }
            None => {
                sessions.insert(id, None);
            }
            Some(mut running) => {
                if world.step(&mut running) {
                    sessions.insert(id, Some(running));
                } else if world.end(id, running) {
                    sessions.insert(id, None);
                } else {
                    // Nobody knows how it ended: the session goes on under another name.
                    sessions.insert(id + 100, None);
                }
            }
        }
    }
    world.txns.sort_by_key(|txn| txn.begin);
    Plain { lists, txns: world.txns }
}

impl World {
    fn begin(&mut self, keys: u64) -> Running {
        let plan = (0..1 + self.random.below(4)).map(|_| (self.random.below(keys) as u8, self.random.chance(50)));
        let plan = plan.collect::<Vec<_>>();
        let latest = self.states.len() - 1;
        let snapshot = match self.store {
            Store::OldSnapshot | Store::Stale => latest - self.random.below(latest.min(3) as u64 + 1) as usize,
            Store::Serial | Store::StrongSnapshot | Store::ReadCommitted | Store::Dirty => latest,
        };
        Running { begin: self.clock, snapshot, plan, done: Vec::new() }
    }

    /// Does the next word; false if none is left.
    fn step(&mut self, running: &mut Running) -> bool {
        if running.plan.is_empty() {
            return false;
        }
        if self.store == Store::Serial && running.done.is_empty() {
            running.snapshot = self.states.len() - 1;
            while !running.plan.is_empty() {
                self.word(running);
            }
            self.commit(running);
            return true;
        }
        self.word(running);
        true
    }

    fn word(&mut self, running: &mut Running) {
        let (key, writes) = running.plan.remove(0);
        if writes {
            self.value += 1;
            running.done.push(Op::Write(key, self.value));
            if self.store == Store::Dirty {
                let (lists, value) = (self.lists, self.value);
                write(self.states.last_mut().unwrap(), lists, key, value);
            }
            return;
        }
        let base = match self.store {
            Store::Dirty | Store::ReadCommitted => self.states.len() - 1,
            Store::Serial | Store::StrongSnapshot | Store::OldSnapshot | Store::Stale => running.snapshot,
        };
        let mut state = self.states[base].clone();
        if self.store != Store::Dirty {
            for op in &running.done {
                if let Op::Write(key, value) = op {
                    write(&mut state, self.lists, *key, *value);
                }
            }
        }
        running.done.push(Op::Read(key, state.remove(&key).unwrap_or_default()));
    }

    fn commit(&mut self, running: &Running) {
        let mut state = self.states.last().unwrap().clone();
        let mut wrote = Vec::new();
        for op in &running.done {
            if let Op::Write(key, value) = op {
                write(&mut state, self.lists, *key, *value);
                wrote.push(*key);
            }
        }
        self.states.push(state);
        self.wrote.push(wrote);
    }

    /// Ends a transaction; false if its outcome is unknown.
    fn end(&mut self, process: u64, running: Running) -> bool {
        let snapshots = matches!(self.store, Store::StrongSnapshot | Store::OldSnapshot);
        let mine = |key: &u8| running.done.iter().any(|op| matches!(op, Op::Write(own, _) if own == key));
        let late = self.wrote[running.snapshot + 1..].iter().flatten().any(mine);
        let aborts = (snapshots && late) || (self.store != Store::Serial && self.random.chance(self.mishaps));
        if !aborts && !matches!(self.store, Store::Serial | Store::Dirty) {
            self.commit(&running);
        }
        let unknown = self.random.chance(self.mishaps);
        let ending = match (unknown, aborts) {
            (true, _) => Ending::Unknown,
            (false, true) => Ending::Aborted,
            (false, false) => Ending::Committed,
        };
        let end = (!unknown).then_some(self.clock);
        self.txns.push(Txn { process, begin: running.begin, end, ending, ops: running.done });
        !unknown
    }
}

const STORES: [Store; 6] =
    [Store::Serial, Store::StrongSnapshot, Store::OldSnapshot, Store::ReadCommitted, Store::Dirty, Store::Stale];

/// How often the checker and brute force said what.
#[derive(Default, Debug)]
struct Count {
    holds: u32,
    violated: u32,
    undecided: u32,
    /// Undecided, though brute force found that the model holds, or that it does not.
    undecided_good: u32,
    undecided_bad: u32,
}

impl Count {
    fn add(&mut self, standing: Standing, truth: bool, about: impl std::fmt::Display, plain: &Plain) {
        match standing {
            Standing::Holds => {
                assert!(truth, "{about} is said to hold: {plain:#?}");
                self.holds += 1;
            }
            Standing::Violated => {
                let findings = judge(&plain.history(), Assume::default()).findings;
                assert!(!truth, "{about} is said to be violated: {plain:#?}\n{findings:#?}");
                self.violated += 1;
            }
            Standing::Undecided => {
                self.undecided += 1;
                if truth {
                    self.undecided_good += 1;
                } else {
                    self.undecided_bad += 1;
                }
            }
        }
    }
}

const SERIALIZABLE: [(Model, Ordering); 3] = [
    (Model::Serializable, Ordering::None),
    (Model::StrongSessionSerializable, Ordering::Session),
    (Model::StrictSerializable, Ordering::Time),
];

#[test]
fn lists_are_judged_exactly_as_by_all_orders() {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for seed in 0..30_000 {
        let store = STORES[seed as usize % STORES.len()];
        let plain = play(store, true, seed, 3 + seed as usize % 4, seed / 6 % 3 * 10);
        let report = judge(&plain.history(), Assume::default());
        for (model, order) in SERIALIZABLE {
            let truth = serializable(&plain, order);
            assert!(truth || store != Store::Serial, "the serial store is not: {plain:#?}");
            counts.entry(model.name()).or_default().add(report.standing(model), truth, model, &plain);
        }
    }
    println!("{counts:#?}");
    for count in counts.values() {
        assert_eq!(count.undecided, 0);
        assert!(count.holds > 5_000 && count.violated > 5_000, "{count:?}");
    }
}

#[test]
fn registers_are_judged_as_by_all_orders_or_not_at_all() {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for seed in 100_000..130_000 {
        let store = STORES[seed as usize % STORES.len()];
        let plain = play(store, false, seed, 3 + seed as usize % 4, seed / 6 % 3 * 10);
        let report = judge(&plain.history(), Assume::default());
        for (model, order) in SERIALIZABLE {
            counts.entry(model.name()).or_default().add(
                report.standing(model),
                serializable(&plain, order),
                model,
                &plain,
            );
        }
    }
    println!("{counts:#?}");
    for count in counts.values() {
        assert!(count.holds > 5_000 && count.violated > 2_000, "{count:?}");
    }
}

#[test]
fn weaker_models_are_judged_as_by_their_axioms() {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for seed in 200_000..212_000_u64 {
        let store = STORES[seed as usize % STORES.len()];
        let lists = seed / 6 % 3 > 0;
        let plain = play(store, lists, seed, 3 + seed as usize / 18 % 2, 0);
        let report = judge(&plain.history(), Assume::default());
        for model in [
            Model::ReadAtomic,
            Model::ParallelSnapshotIsolation,
            Model::SnapshotIsolation,
            Model::StrongSessionSnapshotIsolation,
            Model::StrongSnapshotIsolation,
        ] {
            let truth = axioms(&plain, model);
            let about = format!("{model} of {}", if lists { "lists" } else { "registers" });
            counts.entry(about.clone()).or_default().add(report.standing(model), truth, about, &plain);
        }
    }
    println!("{counts:#?}");
    for (about, count) in &counts {
        assert!(count.holds > 500 && count.violated > 100, "{about}: {count:?}");
    }
}

#[test]
fn read_committed_is_judged_as_by_all_orders() {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for seed in 400_000..412_000_u64 {
        let store = STORES[seed as usize % STORES.len()];
        let lists = seed / 6 % 3 > 0;
        let plain = play(store, lists, seed, 3 + seed as usize / 18 % 4, seed / 72 % 3 * 10);
        let report = judge(&plain.history(), Assume::default());
        let about = if lists { "read-committed of lists" } else { "read-committed of registers" };
        let truth = read_committed(&plain);
        counts.entry(about.to_owned()).or_default().add(report.standing(Model::ReadCommitted), truth, about, &plain);
        // What holds in a strong model holds in a weak one, and what a weak one forbids a strong one does.
        for model in MODELS {
            for weaker in model.weaker() {
                let pair = (report.standing(model), report.standing(*weaker));
                let holds = pair.0 != Standing::Holds || pair.1 == Standing::Holds;
                let violated = pair.1 != Standing::Violated || pair.0 == Standing::Violated;
                assert!(holds && violated, "{model} and {weaker}: {pair:?}: {plain:#?}");
            }
        }
    }
    println!("{counts:#?}");
    for (about, count) in &counts {
        assert!(count.holds > 3_000 && count.violated > 150, "{about}: {count:?}");
        assert!(count.undecided * 50 < count.holds, "{about}: {count:?}");
    }
}

#[test]
fn a_store_is_never_accused_of_what_it_keeps() {
    let keeps = [
        (Store::Serial, Model::StrictSerializable),
        (Store::StrongSnapshot, Model::StrongSnapshotIsolation),
        (Store::OldSnapshot, Model::SnapshotIsolation),
        (Store::ReadCommitted, Model::ReadCommitted),
    ];
    let mut weaker = 0;
    for seed in 300_000..304_000_u64 {
        for (store, model) in keeps {
            let plain = play(store, seed % 2 == 0, seed, 20 + seed as usize % 30, seed % 3 * 8);
            let report = judge(&plain.history(), Assume::default());
            let standing = report.standing(model);
            assert!(standing != Standing::Violated, "{store:?}: {plain:?}\n{:#?}", report.findings);
            weaker += u32::from(report.standing(Model::Serializable) == Standing::Violated);
        }
    }
    assert!(weaker > 2_000, "only {weaker} of these histories show how weak their stores are");
}
