//! Why there is no order: the shortest prefix of the history that has none, and the operations to blame.
//!
//! If a history can be linearized, so can each of its prefixes. The shortest prefix that cannot ends with a return, and
//! is found by halving. Then as many of its operations as possible are *let go*: a read is forgotten, and of a write
//! only its call is known, so that it may take effect at any later time, or never. Whatever was let go, there are
//! more orders than before; if there is none all the same, then the others are to blame.

use crate::consistency::linearizable::part::Part;
use crate::consistency::linearizable::search::Found;

/// Why an object's operations cannot be put in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The object, as the history names it; none where there is only one.
    pub key: Option<String>,
    /// The operation with whose return the shortest prefix ends that cannot be linearized: its place in the history.
    pub last: u32,
    /// The operations that cannot all stand in one order, whatever the others did, in the order of their calls.
    pub conflicting: Vec<u32>,
    /// Whether no shorter prefix is illegal. Else nobody knows: the search for it became too long.
    pub shortest: bool,
}

/// So many steps for one question, and for all of them.
const QUESTION: u64 = 200_000;
const ALL: u64 = 4_000_000;

/// Whether there certainly is no order; none where that is not known. To look at all operations once is some steps too.
fn illegal(part: &Part, steps: &mut u64) -> Option<bool> {
    *steps += part.operations.len() as u64 / 4;
    if *steps >= ALL {
        return None;
    }
    let mut search = part.search();
    let found = search.run(QUESTION.min(ALL.saturating_sub(*steps)));
    *steps += search.steps;
    match found {
        Found::NoOrder => Some(true),
        Found::Order => Some(false),
        Found::Unknown => None,
    }
}

/// The evidence against a part that has no order, and how many steps it took to find.
pub fn blame(part: &Part) -> (Evidence, u64) {
    let mut steps = 0;
    let prefix = |end: u32| part.loosened(|_, p| (p.span.call <= end, p.span.ret.is_some_and(|ret| ret <= end)));
    let mut returns: Vec<(u32, u32)> =
        part.operations.iter().filter_map(|placed| Some((placed.span.ret?, placed.operation))).collect();
    returns.sort_unstable();
    // The prefix up to `returns[bad]` is illegal; all below `good` are legal.
    let (mut good, mut bad, mut shortest) = (0, returns.len() - 1, true);
    while good < bad {
        let middle = good + (bad - good) / 2;
        match illegal(&prefix(returns[middle].0), &mut steps) {
            Some(true) => bad = middle,
            Some(false) => good = middle + 1,
            None => (good, shortest) = (middle + 1, false),
        }
    }
    let (end, last) = returns[bad];
    let conflicting = core(&prefix(end), last, &mut steps);
    (Evidence { key: part.key.clone(), last, conflicting, shortest }, steps)
}

/// The operations that cannot be let go: large groups are tried first, then smaller ones.
fn core(part: &Part, last: u32, steps: &mut u64) -> Vec<u32> {
    // What is of unknown outcome anyway is not to blame.
    let known = part.operations.iter().filter(|placed| placed.span.ret.is_some());
    let mut kept: Vec<u32> = known.map(|placed| placed.operation).collect();
    let mut part = part.clone();
    let mut size = kept.len().div_ceil(2).max(1);
    loop {
        let mut first = 0;
        while first < kept.len() && *steps < ALL {
            let end = kept.len().min(first + size);
            let group: Vec<u32> = kept[first..end].iter().copied().filter(|operation| *operation != last).collect();
            let rest = || part.loosened(|_, placed| (true, group.binary_search(&placed.operation).is_err()));
            match (!group.is_empty()).then(rest).filter(|rest| illegal(rest, steps) == Some(true)) {
                None => first = end,
                Some(rest) => {
                    kept.retain(|operation| group.binary_search(operation).is_err());
                    part = rest.without_idle();
                }
            }
        }
        if size == 1 || *steps >= ALL {
            return kept;
        }
        size = size.div_ceil(2);
    }
}
