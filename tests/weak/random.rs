//! Random small histories, and one read of each changed: the checkers and brute force must agree on every model.

use crate::brute::Brute;
use crate::causality::{Causality, Guarantees, causal_orders};
use crate::small::{End, Small, records, registers};
use splitbrain::consistency::weak::{Bound, Budget, Model, Registers, Verdict, check, smallest_delay, smallest_lag};
use splitbrain::node::Nanos;
use std::collections::BTreeMap;

const DELAY: u64 = 3;
const QUIET: u64 = 2;

/// splitmix64 (Steele, Lea & Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// A history of 2 or 3 processes, at most 6 operations and 2 keys. Half of them a store could have shown, if it kept
/// each session's order or real time; in the others reads return anything.
fn draw(dice: &mut Dice) -> Vec<Small> {
    let processes = 2 + dice.below(2) as usize;
    let keys = 1 + dice.below(2);
    let count = 3 + dice.below(4) as usize;
    let mut times = vec![0_i64; processes];
    let mut ended = vec![false; processes];
    let mut written: BTreeMap<char, u8> = BTreeMap::new();
    let mut history = Vec::new();
    for place in 0..count {
        // Every process has an operation if there are enough.
        let process = if place < processes { place } else { dice.below(processes as u64) as usize };
        if ended[process] {
            continue;
        }
        let key = if dice.below(keys) == 0 { 'x' } else { 'y' };
        let is_write = dice.one_in(2);
        let call = times[process] + dice.below(4) as i64;
        let ret = call + dice.below(6) as i64;
        times[process] = ret + 1;
        let end = match (is_write, dice.below(10)) {
            (_, 0) => End::Open,
            (true, 1) => End::Failed,
            _ => End::At(ret),
        };
        ended[process] = end == End::Open;
        let value = if is_write { written.entry(key).and_modify(|last| *last += 1).or_insert(1) } else { &mut 0 };
        history.push(Small { process, key, is_write, value: *value, call, end });
    }
    let mode = dice.below(4);
    for read in (0..history.len()).filter(|op| !history[*op].is_write).collect::<Vec<_>>() {
        let most = written.get(&history[read].key).copied().unwrap_or(0);
        // Once in a while a value that nobody wrote.
        let most = most + u8::from(dice.one_in(60));
        history[read].value = dice.below(u64::from(most) + 1) as u8;
    }
    if mode >= 2 {
        execute(dice, &mut history, mode == 2);
    }
    history
}

/// Lets the operations happen, in real time or only in the order of each session, and reads return what they find.
fn execute(dice: &mut Dice, history: &mut [Small], in_real_time: bool) {
    let mut moments: Vec<(i64, u64, usize)> = Vec::new();
    let mut last = BTreeMap::new();
    for (number, op) in history.iter().enumerate() {
        let span = if op.end == End::Open { 20 } else { (op.ret() - op.call).clamp(0, 20) as u64 };
        let real = op.call + dice.below(span + 1) as i64;
        let any = last.get(&op.process).copied().unwrap_or(0) + 1 + dice.below(5) as i64;
        last.insert(op.process, any);
        moments.push((if in_real_time { real } else { any }, dice.next(), number));
    }
    moments.sort_unstable();
    let mut held = BTreeMap::new();
    for (_, _, number) in moments {
        let op = &mut history[number];
        match (op.is_write, op.end) {
            (_, End::Failed) => {}
            (true, _) => drop(held.insert(op.key, op.value)),
            (false, _) => op.value = held.get(&op.key).copied().unwrap_or(0),
        }
    }
}

/// The same history with one read changed, where it has a read that may return something else.
fn mutate(dice: &mut Dice, history: &[Small]) -> Option<Vec<Small>> {
    let is_read = |op: &usize| !history[*op].is_write && history[*op].end != End::Open;
    let reads: Vec<usize> = (0..history.len()).filter(is_read).collect();
    let read = *reads.get(dice.below(reads.len().max(1) as u64) as usize)?;
    let most = history.iter().filter(|op| op.is_write && op.key == history[read].key).count() as u64;
    if most == 0 {
        return None;
    }
    // Any value but the one that it is.
    let other = dice.below(most) as u8;
    let mut changed = history.to_vec();
    changed[read].value = other + u8::from(other >= history[read].value);
    Some(changed)
}

fn models() -> [Model; 15] {
    [
        Model::Linearizable,
        Model::Sequential,
        Model::CausalMemory,
        Model::CausalConvergence,
        Model::Causal,
        Model::Pram,
        Model::ReadYourWrites,
        Model::MonotonicReads,
        Model::MonotonicWrites,
        Model::WritesFollowReads,
        Model::BoundedStaleness(Bound::Time(Nanos(DELAY))),
        Model::BoundedStaleness(Bound::Versions(0)),
        Model::BoundedStaleness(Bound::Versions(1)),
        Model::Eventual(Nanos::ZERO),
        Model::Eventual(Nanos(QUIET)),
    ]
}

/// The causal orders of each shape, made once.
#[derive(Default)]
struct Shapes(BTreeMap<Vec<usize>, Vec<Causality>>);

impl Shapes {
    fn of(&mut self, world: &Brute) -> &[Causality] {
        let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
        for op in &world.ops {
            *lengths.entry(op.process).or_default() += 1;
        }
        let lengths: Vec<usize> = lengths.into_values().collect();
        self.0.entry(lengths.clone()).or_insert_with(|| causal_orders(&lengths))
    }
}

/// What the definitions say, in the order of [`models`]. None: there is nothing that had to converge.
fn by_definition(history: &[Small], shapes: &mut Shapes) -> Vec<Option<bool>> {
    let worlds = Brute::worlds(history);
    let any = |holds: &dyn Fn(&Brute) -> bool| Some(worlds.iter().any(holds));
    let session = |letters: &str| {
        let has = |letter| letters.contains(letter);
        let asked = Guarantees {
            read_your_writes: has('y'),
            monotonic_reads: has('r'),
            monotonic_writes: has('w'),
            writes_follow_reads: has('f'),
        };
        worlds.iter().any(|world| world.session(asked))
    };
    let mut causal = [false; 3];
    for world in &worlds {
        for (found, own) in causal.iter_mut().zip(world.causal(shapes.of(world))) {
            *found |= own;
        }
    }
    assert_eq!(session("yrwf"), causal[0], "all four guarantees at once are causal consistency: {history:?}");
    let is_thin = |world: &Brute| {
        world.reads().any(|read| {
            let own = &world.ops[read];
            let wrote = |op: &Small| op.is_write && op.key == own.key && op.value == own.value;
            own.value > 0 && !world.ops.iter().any(wrote)
        })
    };
    let eventual = |within: i64| {
        let found: Vec<Option<bool>> =
            worlds.iter().map(|world| if is_thin(world) { Some(false) } else { world.eventual(within) }).collect();
        if found.contains(&Some(true)) {
            Some(true)
        } else {
            found.iter().find(|one| one.is_none()).map_or(Some(false), |_| None)
        }
    };
    vec![
        any(&|world| world.linearizable(0)),
        any(&Brute::sequential),
        Some(causal[1]),
        Some(causal[2]),
        Some(causal[0]),
        any(&Brute::pram),
        Some(session("y")),
        Some(session("r")),
        Some(session("rw")),
        Some(session("rf")),
        any(&|world| world.linearizable(DELAY as i64)),
        any(&|world| world.behind(0)),
        any(&|world| world.behind(1)),
        eventual(0),
        eventual(QUIET as i64),
    ]
}

fn by_checkers(history: &Registers) -> Vec<Option<bool>> {
    let decided = |verdict: Verdict| match verdict {
        Verdict::Holds => Some(true),
        Verdict::Violated(_) => Some(false),
        Verdict::Undecided(_) => None,
    };
    models().iter().map(|model| decided(check(*model, history, &Budget::default()))).collect()
}

/// How often a model held, was violated, and how often a change of one read made it the one or the other.
#[derive(Clone, Copy, Default, Debug)]
struct Count {
    holds: u32,
    violated: u32,
    repaired: u32,
    broken: u32,
}

fn compare(seed: u64, histories: u32) -> Vec<Count> {
    let (mut dice, mut shapes) = (Dice(seed), Shapes::default());
    let mut counts = vec![Count::default(); models().len()];
    for _ in 0..histories {
        let history = draw(&mut dice);
        let rows = agree(&history, &mut shapes);
        count(&mut counts, &rows);
        if let Some(changed) = mutate(&mut dice, &history) {
            let after = agree(&changed, &mut shapes);
            count(&mut counts, &after);
            for ((count, before), after) in counts.iter_mut().zip(&rows).zip(&after) {
                count.broken += u32::from((*before, *after) == (Some(true), Some(false)));
                count.repaired += u32::from((*before, *after) == (Some(false), Some(true)));
            }
        }
    }
    counts
}

fn agree(history: &[Small], shapes: &mut Shapes) -> Vec<Option<bool>> {
    let expected = by_definition(history, shapes);
    let found = by_checkers(&registers(history));
    for ((model, expected), found) in models().iter().zip(&expected).zip(&found) {
        assert_eq!(
            found,
            expected,
            "{model}: {history:#?}\n{:?}",
            check(*model, &registers(history), &Budget::default())
        );
    }
    expected
}

fn count(counts: &mut [Count], row: &[Option<bool>]) {
    for (count, verdict) in counts.iter_mut().zip(row) {
        count.holds += u32::from(*verdict == Some(true));
        count.violated += u32::from(*verdict == Some(false));
    }
}

/// 12,000 histories, and those of them that have a read once more with one read changed, each judged by 15 models.
#[test]
fn checkers_agree_with_the_definitions() {
    let counts = compare(1, 12_000);
    println!("{:<24}{:>8}{:>10}{:>8}{:>10}", "model", "holds", "violated", "broken", "repaired");
    for (model, count) in models().iter().zip(&counts) {
        let name = model.to_string();
        println!("{name:<24}{:>8}{:>10}{:>8}{:>10}", count.holds, count.violated, count.broken, count.repaired);
    }
    for (model, count) in models().iter().zip(&counts) {
        // Both verdicts are well represented, and a changed read turns the one into the other and back.
        assert!(count.holds >= 500 && count.violated >= 500, "{model}: {count:?}");
        assert!(count.broken >= 100 && count.repaired >= 100, "{model}: {count:?}");
    }
}

/// The models that an order explains, from strong to weak, and the arrows between them.
const ARROWS: [(Model, Model); 12] = [
    (Model::Sequential, Model::CausalMemory),
    (Model::Sequential, Model::CausalConvergence),
    (Model::CausalMemory, Model::Causal),
    (Model::CausalMemory, Model::Pram),
    (Model::CausalConvergence, Model::Causal),
    (Model::Causal, Model::ReadYourWrites),
    (Model::Causal, Model::MonotonicWrites),
    (Model::Causal, Model::WritesFollowReads),
    (Model::Pram, Model::ReadYourWrites),
    (Model::Pram, Model::MonotonicWrites),
    (Model::MonotonicWrites, Model::MonotonicReads),
    (Model::WritesFollowReads, Model::MonotonicReads),
];

/// Three sessions of two operations or two of three, all of which returned, and no order of everything.
fn draw_hard(dice: &mut Dice) -> Vec<Small> {
    let (processes, keys) = (2 + dice.below(2) as usize, 1 + dice.below(2));
    let mut written = BTreeMap::new();
    let mut history = Vec::new();
    for place in 0..6 {
        let key = if dice.below(keys) == 0 { 'x' } else { 'y' };
        let is_write = dice.one_in(2);
        let last = written.entry(key).or_insert(0_u8);
        *last += u8::from(is_write);
        let call = 10 * (place / processes) as i64;
        // Sometimes one session has more than its share.
        let process = if dice.one_in(4) { dice.below(processes as u64) as usize } else { place % processes };
        let call = call + 100 * place as i64;
        history.push(Small { process, key, is_write, value: *last, call, end: End::At(call + 9) });
    }
    for op in history.iter_mut().filter(|op| !op.is_write) {
        op.value = dice.below(u64::from(written[&op.key]) + 1) as u8;
    }
    history
}

/// Histories on which the models disagree, so that each arrow is crossed often. Those on which all agree are few here
/// and many in the other test.
#[test]
fn checkers_agree_with_the_definitions_where_models_part() {
    let (mut dice, mut shapes) = (Dice(4), Shapes::default());
    let place = |model: Model| models().iter().position(|known| *known == model).unwrap();
    let mut crossed = [0_u32; ARROWS.len()];
    let mut kept = 0;
    for _ in 0..20_000 {
        let history = draw_hard(&mut dice);
        let row = by_checkers(&registers(&history));
        let parted = &row[place(Model::Sequential)..=place(Model::WritesFollowReads)];
        if parted.iter().all(|verdict| *verdict == parted[0]) {
            continue;
        }
        kept += 1;
        let row = agree(&history, &mut shapes);
        for (count, (strong, weak)) in crossed.iter_mut().zip(ARROWS) {
            assert!(row[place(strong)] != Some(true) || row[place(weak)] == Some(true), "{strong}, {weak}");
            *count += u32::from(row[place(strong)] == Some(false) && row[place(weak)] == Some(true));
        }
    }
    println!("{kept} histories on which models part");
    for ((strong, weak), count) in ARROWS.iter().zip(crossed) {
        println!("{weak} and not {strong}: {count}");
        assert!(count >= 20, "{weak} and not {strong}: only {count}");
    }
}

/// The smallest staleness is the smallest one that holds.
#[test]
fn the_smallest_staleness_is_the_smallest() {
    let mut dice = Dice(2);
    let (mut some, mut none) = (0, 0);
    for _ in 0..3_000 {
        let history = registers(&draw(&mut dice));
        let holds = |bound| check(Model::BoundedStaleness(bound), &history, &Budget::default()) == Verdict::Holds;
        match smallest_delay(&history) {
            Some(Nanos(delay)) => {
                some += 1;
                assert!(holds(Bound::Time(Nanos(delay))) && (delay == 0 || !holds(Bound::Time(Nanos(delay - 1)))));
            }
            None => {
                none += 1;
                assert!(!holds(Bound::Time(Nanos(u64::MAX))));
            }
        }
        match smallest_lag(&history) {
            Some(lag) => {
                assert!(holds(Bound::Versions(lag)) && (lag == 0 || !holds(Bound::Versions(lag - 1))));
            }
            None => assert!(!holds(Bound::Versions(u32::MAX))),
        }
    }
    assert!(some > 500 && none > 100, "{some} explained, {none} not");
}

/// A long history, each process asking some store that is linearizable: found without search or nearly so. The same
/// with one read changed to an old value is accused.
#[test]
fn long_histories_are_judged() {
    let mut dice = Dice(3);
    let mut held = [0_u8; 4];
    let mut last = [0_u8; 4];
    let mut history = Vec::new();
    for place in 0..1_000_i64 {
        let (process, key) = (dice.below(5) as usize, dice.below(4) as usize);
        let is_write = dice.one_in(3) && last[key] < u8::MAX;
        if is_write {
            last[key] += 1;
            held[key] = last[key];
        }
        let name = ['v', 'w', 'x', 'y'][key];
        let (call, end) = (place * 10, End::At(place * 10 + 5));
        history.push(Small { process, key: name, is_write, value: held[key], call, end });
    }
    let small = Budget { frontiers: 2_000, ..Budget::default() };
    let judged = Registers::new(&records(&history));
    for model in Model::all(Nanos(1), 0) {
        let verdict = check(model, &judged, &small);
        // Nothing is read long after the last write here.
        let is_vacuous = matches!((model, &verdict), (Model::Eventual(_), Verdict::Undecided(_)));
        assert!(verdict == Verdict::Holds || is_vacuous, "{model}: {verdict:?}");
    }
    let late = (0..history.len()).rev().find(|op| !history[*op].is_write && history[*op].value > 20).unwrap();
    history[late].value = 1;
    let judged = Registers::new(&records(&history));
    for model in [Model::Linearizable, Model::Sequential, Model::CausalMemory, Model::CausalConvergence] {
        assert!(matches!(check(model, &judged, &small), Verdict::Violated(_)), "{model}");
    }
}
