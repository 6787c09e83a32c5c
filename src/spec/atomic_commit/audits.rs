//! What a transaction must find that reads all of a bank or of a ring.

use crate::node::{NodeId, RequestId};
use crate::spec::atomic_commit::{Key, Op, Step, Value};

/// The number of an account; nothing of other keys.
pub(super) fn account(key: Key) -> Option<u32> {
    match key {
        Key::Account(number) => Some(number),
        Key::List(_) | Key::Ring { .. } => None,
    }
}

/// What a number says; nothing is 0.
pub(super) fn number(value: &Value) -> i64 {
    match value {
        Value::Number(number) => *number,
        Value::List(_) => 0,
    }
}

/// Of a transaction that reads a whole ring and nothing else: whether it is one circle.
pub(super) fn one_cycle(node: NodeId, request: RequestId, op: &Op, told: &[Value]) -> Option<Result<(), String>> {
    let place = |step: &Step| match step {
        Step::Read(Key::Ring { place, length }) => Some((*place, *length)),
        Step::Read(_) | Step::Append(..) | Step::Add(..) | Step::Relink(..) => None,
    };
    let places: Vec<(u32, u32)> = op.steps.iter().map(place).collect::<Option<_>>()?;
    let length = places.first()?.1;
    if !places.iter().copied().eq((0..length).map(|place| (place, length))) || told.len() != places.len() {
        return None;
    }
    let next: Vec<i64> = told.iter().map(number).collect();
    let after = |at: usize| usize::try_from(next[at] - 1).ok().filter(|place| *place < next.len());
    // From the first place on, all others are met before it is met again.
    let mut met = 1;
    let mut at = after(0);
    while let Some(place) = at.filter(|place| *place != 0 && met < next.len()) {
        (met, at) = (met + 1, after(place));
    }
    Some(if at == Some(0) && met == next.len() {
        Ok(())
    } else {
        Err(format!("{node} told {request} of a ring that is not one circle through all places: {next:?}"))
    })
}
