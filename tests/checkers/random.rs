//! Random small histories of each object: ours says what the definition says. Of each history that is legal one
//! answer is changed, and the verdict must change where the definition's does.

use super::brute;
use splitbrain::consistency::linearizable::model::Span;
use splitbrain::consistency::linearizable::part::{Action, Part, Placed};
use splitbrain::consistency::linearizable::search::Found;
use splitbrain::consistency::linearizable::{cell, lock, queue};
use splitbrain::node::{Purpose, Stream};

/// How many histories of each object.
const HISTORIES: u64 = 12_000;

fn ours(part: &Part) -> bool {
    match part.search().run(1_000_000) {
        Found::Order => true,
        Found::NoOrder => false,
        Found::Unknown => panic!("a million steps do not tell of {part:?}"),
    }
}

/// Draws an action of a process: `open` where its outcome is not known.
type Draw = fn(&mut Stream, u64, bool) -> Option<Action>;

/// A history of up to eight operations by up to four processes, of which every fifth is never known to have happened.
fn history(draws: &mut Stream, draw: Draw) -> Part {
    let processes = 2 + draws.below(3);
    let mut busy: Vec<Option<usize>> = vec![None; processes as usize];
    let mut operations: Vec<Placed> = Vec::new();
    let (mut place, mut fresh) = (0, processes);
    let mut names: Vec<u64> = (0..processes).collect();
    let length = 3 + draws.below(6) as usize;
    while operations.len() < length || busy.iter().any(Option::is_some) {
        let process = draws.below(processes) as usize;
        place += 1;
        match busy[process].take() {
            Some(open) => operations[open].span.ret = Some(place),
            None if operations.len() < length => {
                let open = draws.below(5) == 0;
                let Some(action) = draw(draws, names[process], open) else { continue };
                let operation = operations.len();
                operations.push(Placed { action, span: Span { call: place, ret: None }, operation: operation as u32 });
                if open {
                    (names[process], fresh) = (fresh, fresh + 1);
                } else {
                    busy[process] = Some(operation);
                }
            }
            None => {}
        }
    }
    Part { key: None, operations }
}

fn some_list(draws: &mut Stream) -> Vec<u64> {
    (0..draws.below(3)).map(|_| 1 + draws.below(3)).collect()
}

fn on_register(draws: &mut Stream, _: u64, open: bool) -> Option<Action> {
    let value = |draws: &mut Stream| vec![1 + draws.below(3)];
    Some(Action::Cell(match draws.below(4) {
        0 | 1 if open => return None,
        0 => cell::Action::Read(if draws.below(4) == 0 { Vec::new() } else { value(draws) }),
        1 => cell::Action::Read(value(draws)),
        2 => cell::Action::Put(value(draws)),
        _ => cell::Action::Cas(value(draws), value(draws), (!open).then(|| draws.below(2) == 0)),
    }))
}

fn on_key(draws: &mut Stream, _: u64, open: bool) -> Option<Action> {
    Some(Action::Cell(match draws.below(6) {
        0 | 1 if open => return None,
        0 | 1 => cell::Action::Read(some_list(draws)),
        2 => cell::Action::Put(vec![1 + draws.below(3)]),
        3 => cell::Action::Append(vec![1 + draws.below(3)]),
        4 => cell::Action::Put(Vec::new()),
        _ => {
            let swapped = (!open).then(|| draws.below(2) == 0);
            cell::Action::Cas(vec![1 + draws.below(3)], vec![1 + draws.below(3)], swapped)
        }
    }))
}

fn on_queue(draws: &mut Stream, _: u64, open: bool) -> Option<Action> {
    Some(Action::Queue(match draws.below(5) {
        0..=1 => queue::Action::Enqueue(1 + draws.below(3)),
        2 if !open => queue::Action::FoundEmpty,
        _ if open => queue::Action::Dequeue,
        _ => queue::Action::Dequeued(1 + draws.below(3)),
    }))
}

fn on_lock(draws: &mut Stream, process: u64, open: bool) -> Option<Action> {
    let token = |draws: &mut Stream| (draws.below(3) > 0).then(|| 1 + draws.below(4));
    Some(Action::Lock(match draws.below(6) {
        0..=2 if open => lock::Action::Acquire(process, None),
        0..=2 => lock::Action::Acquire(process, token(draws)),
        3 if !open => lock::Action::FoundHeld(process),
        3 | 4 => lock::Action::Release(process, token(draws)),
        _ => lock::Action::Expire(token(draws)),
    }))
}

/// Changes what one operation was told, where any was told anything.
fn mutated(part: &Part, draws: &mut Stream) -> Part {
    let mut part = part.clone();
    let place = draws.below(part.operations.len() as u64) as usize;
    for placed in &mut part.operations[place..] {
        match &mut placed.action {
            Action::Cell(cell::Action::Read(seen)) => *seen = vec![1 + draws.below(3)],
            Action::Cell(cell::Action::Cas(_, _, Some(swapped))) => *swapped = !*swapped,
            Action::Queue(queue::Action::Dequeued(seen)) => *seen = 1 + draws.below(3),
            Action::Lock(lock::Action::Acquire(_, Some(token))) => *token = 1 + draws.below(4),
            Action::Cell(_) | Action::Queue(_) | Action::Lock(_) => continue,
        }
        break;
    }
    part
}

/// Compares both checkers on many histories and on what mutations make of them.
fn compare(number: u64, draw: Draw) {
    let mut draws = Stream::new(number, Purpose::Client, 0);
    let (mut legal, mut changed) = (0, 0);
    for _ in 0..HISTORIES {
        let part = history(&mut draws, draw);
        let expected = brute::linearizable(&part);
        assert_eq!(ours(&part), expected, "{part:#?}");
        let other = mutated(&part, &mut draws);
        let expected_of_other = brute::linearizable(&other);
        assert_eq!(ours(&other), expected_of_other, "{other:#?}");
        legal += u64::from(expected);
        changed += u64::from(expected != expected_of_other);
    }
    // Else they would all be of one kind, and agreement would say little.
    assert!(legal > HISTORIES / 20 && legal < HISTORIES * 19 / 20, "{legal} are legal");
    assert!(changed > HISTORIES / 100, "only {changed} mutations changed anything");
}

#[test]
fn registers_are_judged_as_the_definition_says() {
    compare(1, on_register);
}

#[test]
fn keys_of_a_store_are_judged_as_the_definition_says() {
    compare(2, on_key);
}

#[test]
fn queues_are_judged_as_the_definition_says() {
    compare(3, on_queue);
}

#[test]
fn locks_are_judged_as_the_definition_says() {
    compare(4, on_lock);
}

/// Values that are written once are where ours leaves out most.
#[test]
fn histories_of_unique_elements_are_judged_as_the_definition_says() {
    let mut draws = Stream::new(5, Purpose::Client, 0);
    let mut legal = 0;
    for _ in 0..HISTORIES {
        let mut part = history(&mut draws, on_key);
        let mut fresh = 0;
        for placed in &mut part.operations {
            if let Action::Cell(cell::Action::Put(new) | cell::Action::Append(new) | cell::Action::Cas(_, new, _)) =
                &mut placed.action
            {
                for symbol in new {
                    fresh += 1;
                    *symbol = fresh;
                }
            }
        }
        let expected = brute::linearizable(&part);
        assert_eq!(ours(&part), expected, "{part:#?}");
        legal += u64::from(expected);
    }
    assert!(legal > HISTORIES / 20, "{legal} are legal");
}
