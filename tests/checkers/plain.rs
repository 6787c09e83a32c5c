//! The search as Lowe published it and Porcupine has it, without anything that ours leaves out: a linked list of calls
//! and returns, and a set of what was tried, in full. Its objects are written down once more, as plainly as they can
//! be.

use splitbrain::consistency::linearizable::part::{Action, Part};
use splitbrain::consistency::linearizable::{cell, lock, queue};
use std::collections::BTreeSet;

/// The state of any object: a list, or a lock's greatest token, holder and holder's token.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    list: Vec<u64>,
    lock: (Option<u64>, Option<(u64, Option<u64>)>),
}

/// The states behind an operation with this outcome; none where it is not legal.
pub fn step(state: &State, action: &Action, returned: bool) -> Option<State> {
    let list = |list: Vec<u64>| Some(State { list, ..state.clone() });
    match action {
        Action::Cell(cell::Action::Read(seen)) => (state.list == *seen).then(|| state.clone()),
        Action::Cell(cell::Action::Put(new)) => list(new.clone()),
        Action::Cell(cell::Action::Append(new)) => list([state.list.as_slice(), new].concat()),
        Action::Cell(cell::Action::Cas(expected, new, swapped)) => {
            let found = state.list == *expected;
            match swapped.filter(|_| returned) {
                Some(swapped) if swapped != found => None,
                Some(_) | None => list(if found { new.clone() } else { state.list.clone() }),
            }
        }
        Action::Queue(queue::Action::Enqueue(new)) => list([state.list.as_slice(), &[*new]].concat()),
        Action::Queue(queue::Action::FoundEmpty) => state.list.is_empty().then(|| state.clone()),
        Action::Queue(queue::Action::Dequeued(seen)) => match state.list.split_first() {
            Some((first, rest)) if first == seen => list(rest.to_vec()),
            _ => None,
        },
        Action::Queue(queue::Action::Dequeue) => list(state.list.iter().skip(1).copied().collect()),
        Action::Lock(action) => on_lock(state, action),
    }
}

fn on_lock(state: &State, action: &lock::Action) -> Option<State> {
    let (greatest, holder) = state.lock;
    let to = |lock| Some(State { list: Vec::new(), lock });
    let fits = |held: Option<u64>, token: Option<u64>| match (held, token) {
        (_, None) => true,
        (Some(held), Some(token)) => held == token,
        (None, Some(token)) => Some(token) > greatest,
    };
    match (action, holder) {
        (lock::Action::Acquire(process, None), None) => to((greatest, Some((*process, None)))),
        (lock::Action::Acquire(process, Some(token)), None) if greatest.is_none_or(|most| *token > most) => {
            to((Some(*token), Some((*process, Some(*token)))))
        }
        (lock::Action::FoundHeld(_), Some(_)) => Some(state.clone()),
        (lock::Action::Release(process, token), Some((owner, held))) if owner == *process && fits(held, *token) => {
            to((greatest.max(*token), None))
        }
        (lock::Action::Expire(token), Some((_, held))) if fits(held, *token) => to((greatest.max(*token), None)),
        (lock::Action::Expire(None), None) => Some(state.clone()),
        (lock::Action::Expire(Some(token)), _) if greatest.is_some_and(|most| *token <= most) => Some(state.clone()),
        _ => None,
    }
}

/// Whether there is an order; none where so many steps do not tell. And how many steps it took.
pub fn search(part: &Part, limit: u64) -> (Option<bool>, u64) {
    let operations = &part.operations;
    let mut entries: Vec<(u32, usize, bool)> = Vec::new();
    for (number, placed) in operations.iter().enumerate() {
        entries.push((placed.span.call, number, true));
        entries.push((placed.span.ret.unwrap_or(u32::MAX), number, false));
    }
    entries.sort();
    let count = entries.len();
    let mut next: Vec<usize> = (1..=count + 1).collect();
    let mut before: Vec<usize> = (0..=count).map(|place| place.wrapping_sub(1)).collect();
    before.push(count);
    let mut returns = vec![0; operations.len()];
    for (place, (_, number, calls)) in entries.iter().enumerate() {
        if !calls {
            returns[*number] = place + 1;
        }
    }
    let mut set = vec![0u64; operations.len().div_ceil(64)];
    let mut tried: BTreeSet<(Box<[u64]>, State)> = BTreeSet::new();
    let mut stack: Vec<(usize, State)> = Vec::new();
    let (mut state, mut place, mut steps) = (State::default(), next[0], 0);
    while next[0] <= count {
        if place <= count && entries[place - 1].2 {
            let number = entries[place - 1].1;
            let placed = &operations[number];
            steps += 1;
            if steps > limit {
                return (None, steps);
            }
            if let Some(after) = step(&state, &placed.action, placed.span.ret.is_some()) {
                set[number / 64] |= 1 << (number % 64);
                if tried.insert((set.clone().into_boxed_slice(), after.clone())) {
                    stack.push((place, std::mem::replace(&mut state, after)));
                    for gone in [place, returns[number]] {
                        next[before[gone]] = next[gone];
                        before[next[gone]] = before[gone];
                    }
                    place = next[0];
                    continue;
                }
                set[number / 64] &= !(1 << (number % 64));
            }
            place = next[place];
        } else if place <= count && operations[entries[place - 1].1].span.ret.is_none() {
            // Only operations of unknown outcome are left: they need not have happened.
            return (Some(true), steps);
        } else {
            let Some((last, earlier)) = stack.pop() else { return (Some(false), steps) };
            let number = entries[last - 1].1;
            state = earlier;
            set[number / 64] &= !(1 << (number % 64));
            for back in [returns[number], last] {
                next[before[back]] = back;
                before[next[back]] = back;
            }
            place = next[last];
        }
    }
    (Some(true), steps)
}
