//! The definition itself, word for word: some subset of the operations of unknown outcome and all others, in some order
//! that keeps what returned before another was called, each of them legal. All permutations are tried.

use super::plain::{State, step};
use splitbrain::consistency::linearizable::part::{Part, Placed};

/// Whether there is such an order.
pub fn linearizable(part: &Part) -> bool {
    let mut order: Vec<&Placed> = Vec::new();
    extend(&part.operations.iter().collect::<Vec<_>>(), &mut order, &State::default())
}

fn extend<'a>(left: &[&'a Placed], order: &mut Vec<&'a Placed>, state: &State) -> bool {
    if left.iter().all(|placed| placed.span.ret.is_none()) {
        return true;
    }
    for (place, next) in left.iter().enumerate() {
        let precedes = |other: &&Placed| other.span.ret.is_some_and(|ret| ret < next.span.call);
        if left.iter().any(precedes) {
            continue;
        }
        let Some(after) = step(state, &next.action, next.span.ret.is_some()) else { continue };
        let rest: Vec<&Placed> =
            left.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, p)| *p).collect();
        order.push(next);
        if extend(&rest, order, &after) {
            return true;
        }
        order.pop();
    }
    false
}
