//! The same questions, answered by trying everything.

use splitbrain::consistency::transactions::{Builder, Ending, History, Model, Seen, Span, Step};
use std::collections::BTreeMap;

/// What a transaction does: a write of a value to a key, or a read of what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Write(u8, u32),
    Read(u8, Vec<u32>),
}

#[derive(Clone, Debug)]
pub struct Txn {
    pub process: u64,
    pub begin: u32,
    pub end: Option<u32>,
    pub ending: Ending,
    pub ops: Vec<Op>,
}

/// A small history, and whether its keys are lists.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    pub lists: bool,
    pub txns: Vec<Txn>,
}

impl Plain {
    /// The same for the checker.
    pub fn history(&self) -> History {
        let mut builder = Builder::default();
        for (txn, line) in self.txns.iter().zip(1..) {
            let step = |op: &Op| match op {
                Op::Write(key, value) if self.lists => Step::Append(key.to_string(), value.to_string()),
                Op::Write(key, value) => Step::Write(key.to_string(), value.to_string()),
                Op::Read(key, seen) => Step::Read(
                    key.to_string(),
                    match seen.as_slice() {
                        [] => Seen::Nil,
                        list if self.lists => Seen::List(list.iter().map(u32::to_string).collect()),
                        list => Seen::Value(list[0].to_string()),
                    },
                ),
            };
            let steps: Vec<Step> = txn.ops.iter().map(step).collect();
            let span = Span { begin: txn.begin, end: txn.end, begin_line: line, end_line: None };
            builder.add(txn.process, span, txn.ending, &steps).unwrap();
        }
        builder.finish()
    }

    /// Whether one transaction must come before another: not at all, in its session, in real time.
    fn precedes(&self, one: usize, other: usize, order: Ordering) -> bool {
        let [first, second] = [&self.txns[one], &self.txns[other]];
        let before = first.ending == Ending::Committed && first.end.is_some_and(|end| end < second.begin);
        match order {
            Ordering::None => false,
            Ordering::Session => before && first.process == second.process,
            Ordering::Time => before,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ordering {
    None,
    Session,
    Time,
}

type State = BTreeMap<u8, Vec<u32>>;

fn write(state: &mut State, lists: bool, key: u8, value: u32) {
    let values = state.entry(key).or_default();
    if !lists {
        values.clear();
    }
    values.push(value);
}

/// Runs a transaction by itself; false if it would have read something else. What it read where its outcome is unknown,
/// nobody knows.
fn run(state: &mut State, lists: bool, txn: &Txn) -> bool {
    txn.ops.iter().all(|op| match op {
        Op::Write(key, value) => {
            write(state, lists, *key, *value);
            true
        }
        Op::Read(key, seen) => {
            txn.ending == Ending::Unknown || state.get(key).map_or(seen.is_empty(), |now| now == seen)
        }
    })
}

/// Whether some order of all committed transactions, and of any of those of unknown outcome, explains all reads.
pub fn serializable(plain: &Plain, order: Ordering) -> bool {
    extend(plain, order, &mut Vec::new(), &State::new())
}

fn extend(plain: &Plain, order: Ordering, done: &mut Vec<usize>, state: &State) -> bool {
    let left = |id: &usize| !done.contains(id) && plain.txns[*id].ending != Ending::Aborted;
    let left: Vec<usize> = (0..plain.txns.len()).filter(left).collect();
    if left.iter().all(|id| plain.txns[*id].ending == Ending::Unknown) {
        return true;
    }
    left.iter().any(|id| {
        let free = |other: &usize| *other == *id || !plain.precedes(*other, *id, order);
        let mut next = state.clone();
        if !left.iter().all(free) || !run(&mut next, plain.lists, &plain.txns[*id]) {
            return false;
        }
        done.push(*id);
        let found = extend(plain, order, done, &next);
        done.pop();
        found
    })
}

/// Whether reads are of what was committed, and writes and reads of them close no circle (Adya's PL-2): some order of
/// all committed transactions, and of any of those of unknown outcome, in which each read shows what one of the earlier
/// ones left, and upon that what its own transaction wrote, or a part of it.
pub fn read_committed(plain: &Plain) -> bool {
    commit(plain, &mut Vec::new(), &mut vec![State::new()])
}

fn commit(plain: &Plain, done: &mut Vec<usize>, states: &mut Vec<State>) -> bool {
    let left = |id: &usize| !done.contains(id) && plain.txns[*id].ending != Ending::Aborted;
    let left: Vec<usize> = (0..plain.txns.len()).filter(left).collect();
    if left.iter().all(|id| plain.txns[*id].ending == Ending::Unknown) {
        return true;
    }
    left.iter().any(|id| {
        let txn = &plain.txns[*id];
        if txn.ending == Ending::Committed && !reads_what_was_left(plain.lists, txn, states) {
            return false;
        }
        let mut state = states.last().unwrap().clone();
        writes(txn).for_each(|(key, value)| write(&mut state, plain.lists, key, value));
        done.push(*id);
        states.push(state);
        let found = commit(plain, done, states);
        done.pop();
        states.pop();
        found
    })
}

fn reads_what_was_left(lists: bool, txn: &Txn, states: &[State]) -> bool {
    let mut own: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    txn.ops.iter().all(|op| match op {
        Op::Write(key, value) => {
            own.entry(*key).or_default().push(*value);
            true
        }
        Op::Read(key, seen) => {
            let own = own.get(key).map_or(&[][..], Vec::as_slice);
            let left = |state: &State| {
                let left = state.get(key).map_or(&[][..], Vec::as_slice);
                let rest = if lists { seen.strip_prefix(left) } else { (seen == left).then_some(&[][..]) };
                rest.is_some_and(|rest| own.starts_with(rest))
            };
            states.iter().any(left) || (!lists && own.iter().any(|value| *seen == [*value]))
        }
    })
}

/// Whether the axioms of Cerone, Bernardi & Gotsman (2015) can be met: some total order of all (committed)
/// transactions, and some choice of what each of them saw.
pub fn axioms(plain: &Plain, model: Model) -> bool {
    let order = match model {
        Model::StrongSessionSnapshotIsolation => Ordering::Session,
        Model::StrongSnapshotIsolation => Ordering::Time,
        Model::ReadAtomic | Model::ParallelSnapshotIsolation | Model::SnapshotIsolation => Ordering::None,
        other => panic!("no axioms for {other}"),
    };
    let committed = |id: &usize| plain.txns[*id].ending == Ending::Committed;
    let all: Vec<usize> = (0..plain.txns.len()).filter(committed).collect();
    arrange(plain, model, order, &all, &mut Vec::new())
}

fn arrange(plain: &Plain, model: Model, order: Ordering, all: &[usize], done: &mut Vec<usize>) -> bool {
    if done.len() == all.len() {
        return see(plain, model, order, done, &mut Vec::new());
    }
    all.iter().any(|id| {
        let blocked = |other: &usize| !done.contains(other) && plain.precedes(*other, *id, order);
        if done.contains(id) || all.iter().any(blocked) {
            return false;
        }
        done.push(*id);
        let found = arrange(plain, model, order, all, done);
        done.pop();
        found
    })
}

fn writes(txn: &Txn) -> impl Iterator<Item = (u8, u32)> + '_ {
    txn.ops.iter().filter_map(|op| match op {
        Op::Write(key, value) => Some((*key, *value)),
        Op::Read(..) => None,
    })
}

/// Chooses for each place of the order a set of earlier places, in bits, that it saw.
fn see(plain: &Plain, model: Model, order: Ordering, line: &[usize], sets: &mut Vec<u32>) -> bool {
    let here = sets.len();
    if here == line.len() {
        return true;
    }
    let prefix = !matches!(model, Model::ReadAtomic | Model::ParallelSnapshotIsolation);
    let conflicts = model != Model::ReadAtomic;
    let txn = |place: usize| &plain.txns[line[place]];
    (0..1_u32 << here).any(|set| {
        let sees = |place: usize| set >> place & 1 == 1;
        let clash = |place: usize| writes(txn(place)).any(|(key, _)| writes(txn(here)).any(|(other, _)| other == key));
        let fits = (0..here).all(|place| {
            let due = plain.precedes(line[place], line[here], order) || (conflicts && clash(place));
            // What is seen by who is seen, is seen; a snapshot is all that came before a moment.
            let whole = if prefix { (1 << place) - 1 } else { sets[place] };
            let closed = model == Model::ReadAtomic || !sees(place) || whole & !set == 0;
            closed && (sees(place) || !due)
        });
        if !fits || !reads_fit(plain, line, here, set) {
            return false;
        }
        sets.push(set);
        let found = see(plain, model, order, line, sets);
        sets.pop();
        found
    })
}

/// Each key shows the version of the last writer that was seen, and the transaction's own writes upon it.
fn reads_fit(plain: &Plain, line: &[usize], here: usize, set: u32) -> bool {
    let mut state = State::new();
    let keys: Vec<u8> = (0..8).collect();
    for key in keys {
        let writer = |place: &usize| writes(&plain.txns[line[*place]]).any(|(other, _)| other == key);
        let Some(last) = (0..here).filter(|place| set >> place & 1 == 1).rfind(writer) else { continue };
        for place in line.iter().take(last + 1) {
            let own = writes(&plain.txns[*place]).filter(|(other, _)| *other == key);
            own.for_each(|(_, value)| write(&mut state, plain.lists, key, value));
        }
    }
    run(&mut state, plain.lists, &plain.txns[line[here]])
}
