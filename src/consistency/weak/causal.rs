//! Causal consistency, causal convergence and causal memory by their bad patterns, and PRAM in the same manner.
//!
//! Bouajjani, Enea, Guerraoui & Hamza, *On verifying causal consistency* (POPL 2017), section 6 and table 2: a
//! differentiated history is
//!
//! - causally consistent (CC) if and only if it has no ThinAirRead, CyclicCO, WriteCOInitRead, WriteCORead;
//! - causally convergent (CCv) if and only if it has none of those and no CyclicCF;
//! - a causal memory (CM; Ahamad et al. 1995) if and only if it has none of the first four, no WriteHBInitRead and no
//!   CyclicHB.
//!
//! *co*, the causal order, is the transitive closure of session order and of a read following the write that it
//! returned. *cf*, the conflict relation: *w1* conflicts into *w2* if both write one key, and *w1* is *co*-before a
//! read that returned *w2*. *hb* of a process: what follows of *co* if all that the process read is to be explained by
//! one view (see [`saturate`]). The paper defines it for each operation; that of a session's last contains the others.
//!
//! PRAM (Lipton & Sandberg 1988) is causal memory without the middle man: a process' view keeps the order of each
//! session's writes, and knows nothing of what other processes had read before they wrote.

use super::judge::{Pattern, Verdict, Violation};
use super::order::Order;
use super::registers::{Registers, Source};
use super::saturate::{Conflict, Rules, overwritten, saturate, seen_writes};
use super::story::Story;

/// The causal order of a history.
///
/// # Errors
/// The first of CyclicCO, WriteCOInitRead and WriteCORead that it has.
pub(super) fn causal_order(history: &Registers) -> Result<Order, Violation> {
    let mut order = Order::of_sessions(history, |_| true);
    if let Err(cycle) = order.settle(history) {
        return Err(told_cycle(history, &order, &cycle, Pattern::CyclicCo));
    }
    for read in history.reads() {
        for write in seen_writes(history, &order, read) {
            match history.source[read] {
                Source::Initial => return Err(told_initial(history, &order, write, read, Pattern::WriteCoInitRead)),
                Source::Write(source) if source != write && order.precedes(history, source, write) => {
                    return Err(told_overwritten(history, &order, [source, write, read]));
                }
                Source::Write(_) | Source::ThinAir(_) | Source::None => {}
            }
        }
    }
    Ok(order)
}

/// Causal consistency (CC).
pub(super) fn causal(history: &Registers) -> Verdict {
    causal_order(history).map_or_else(Verdict::Violated, |_| Verdict::Holds)
}

/// Causal convergence (CCv).
pub(super) fn convergence(history: &Registers) -> Verdict {
    let mut order = match causal_order(history) {
        Ok(order) => order,
        Err(violation) => return Verdict::Violated(violation),
    };
    let reads: Vec<usize> = history.reads().collect();
    match overwritten(history, &mut order, &reads).and_then(|_| order.settle(history).map_err(Conflict::Cycle)) {
        Ok(()) => Verdict::Holds,
        Err(conflict) => told(history, &order, conflict, Pattern::CyclicCf),
    }
}

/// Causal memory (CM).
pub(super) fn memory(history: &Registers, work: &mut u64) -> Verdict {
    match causal_order(history) {
        Ok(order) => views(history, work, |_| order.clone()),
        Err(violation) => Verdict::Violated(violation),
    }
}

/// PRAM.
pub(super) fn pram(history: &Registers, work: &mut u64) -> Verdict {
    views(history, work, |session| Order::of_sessions(history, |read| history.ops[read].session == session))
}

/// Whether each session's reads are explained by one view that obeys an order.
fn views(history: &Registers, work: &mut u64, order_of: impl Fn(u32) -> Order) -> Verdict {
    let mut spent = None;
    for (session, ops) in history.sessions.iter().enumerate() {
        let reads: Vec<usize> = ops.iter().copied().filter(|op| !history.ops[*op].is_write).collect();
        if reads.is_empty() {
            continue;
        }
        let mut order = order_of(session as u32);
        if let Err(conflict) = saturate(history, &mut order, &reads, Rules::Overwritten, work) {
            match told(history, &order, conflict, Pattern::CyclicHb) {
                // Another session may be simple, and wrong.
                Verdict::Undecided(why) => spent = Some(why),
                verdict => return verdict,
            }
        }
    }
    spent.map_or(Verdict::Holds, Verdict::Undecided)
}

/// What a conflict means: the pattern that a cycle is, else WriteHBInitRead.
pub(super) fn told(history: &Registers, order: &Order, conflict: Conflict, cyclic: Pattern) -> Verdict {
    Verdict::Violated(match conflict {
        Conflict::Cycle(cycle) => told_cycle(history, order, &cycle, cyclic),
        Conflict::Initial { write, read } => told_initial(history, order, write, read, Pattern::WriteHbInitRead),
        Conflict::Spent => return Verdict::Undecided("what follows from the history is more than the budget".into()),
    })
}

fn told_cycle(history: &Registers, order: &Order, cycle: &[usize], pattern: Pattern) -> Violation {
    let mut story = Story::new(history);
    story.cycle(order, cycle);
    story.end(pattern)
}

fn told_initial(history: &Registers, order: &Order, write: usize, read: usize, pattern: Pattern) -> Violation {
    let mut story = Story::new(history);
    story.path(order, &order.path(write, read, order.edges.len()));
    story.say("so the key had been written before that read");
    story.end(pattern)
}

fn told_overwritten(history: &Registers, order: &Order, [source, write, read]: [usize; 3]) -> Violation {
    let mut story = Story::new(history);
    story.path(order, &order.path(source, write, order.edges.len()));
    story.path(order, &order.path(write, read, order.edges.len()));
    story.say("so what that read returned had been overwritten before it");
    story.end(Pattern::WriteCoRead)
}
