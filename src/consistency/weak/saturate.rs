//! What every explanation of a history must obey, added to an order until nothing follows any more.
//!
//! A read returned the write *w2*. Another write *w1* to the key that precedes the read must then precede *w2*, or it
//! would have been read. Where one view must explain all reads that are looked at (a process' view in causal memory and
//! PRAM, the one order of all in sequential consistency), what follows makes more follow: the rule is repeated.

use super::order::{Order, Why};
use super::registers::{Registers, Source, Writer};

/// Why no explanation exists, or why it was not found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    /// Edges that go round.
    Cycle(Vec<usize>),
    /// The write precedes the read, which returned the value before any write.
    Initial { write: usize, read: usize },
    /// The budget is spent.
    Spent,
}

/// How much is to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// What is overwritten was written before: for views of single processes.
    Overwritten,
    /// That, and what overwrites a value comes after all its reads: for one order of everything.
    Both,
}

/// The last write to a key by a session among its first `count` operations.
pub(super) fn last_before(history: &Registers, writer: &Writer, count: u32) -> Option<usize> {
    let among = writer.writes.partition_point(|write| history.ops[*write].place < count);
    among.checked_sub(1).map(|place| writer.writes[place])
}

/// For each session that wrote the key of a read, its last write to it that precedes the read.
///
/// Earlier ones precede that one, so what the rule says of them follows.
pub(super) fn seen_writes<'a>(
    history: &'a Registers,
    order: &'a Order,
    read: usize,
) -> impl Iterator<Item = usize> + 'a {
    let clock = order.clock(read);
    let writers = &history.writers[history.ops[read].key as usize];
    writers.iter().filter_map(move |writer| last_before(history, writer, clock[writer.session as usize]))
}

/// Adds, for these reads, that what each had seen overwritten was written before what it returned. The order must be
/// settled, and is not afterwards. How many edges were added.
///
/// # Errors
/// A write that precedes a read of the initial value.
pub(super) fn overwritten(history: &Registers, order: &mut Order, reads: &[usize]) -> Result<usize, Conflict> {
    let known = order.edges.len();
    for read in reads.iter().copied() {
        let seen: Vec<usize> = seen_writes(history, order, read).collect();
        for write in seen {
            match history.source[read] {
                Source::Write(source) if source != write && !order.precedes(history, write, source) => {
                    order.add(write, source, Why::Overwritten { read, known });
                }
                Source::Initial => return Err(Conflict::Initial { write, read }),
                Source::Write(_) | Source::ThinAir(_) | Source::None => {}
            }
        }
    }
    Ok(order.edges.len() - known)
}

/// Adds, for these reads, that what overwrites a value comes after its reads. How many edges were added.
fn outlived(history: &Registers, order: &mut Order, reads: &[usize], known: usize) -> usize {
    let before = order.edges.len();
    for read in reads.iter().copied() {
        for writer in &history.writers[history.ops[read].key as usize] {
            let (first, why) = match history.source[read] {
                Source::Write(source) => {
                    // Once a session has come after the source, all that it writes from then on has.
                    let until = |write: &usize| *write == source || !order.precedes(history, source, *write);
                    (writer.writes.partition_point(until), Why::Outlived { known })
                }
                Source::Initial => (0, Why::BeforeAny),
                Source::ThinAir(_) | Source::None => continue,
            };
            if let Some(write) = writer.writes.get(first).copied()
                && !order.precedes(history, read, write)
            {
                order.add(read, write, why);
            }
        }
    }
    order.edges.len() - before
}

/// Settles an order, with all that follows for one view that explains `reads`.
///
/// # Errors
/// Why there is no such view. With [`Rules::Overwritten`] and reads of one session, none means that there is one: let
/// the reads come in their order, each with what precedes it just before it. What precedes a read contains all that
/// precedes the reads before it, and in it what the read returned is the last write to its key.
pub(super) fn saturate(
    history: &Registers,
    order: &mut Order,
    reads: &[usize],
    rules: Rules,
    work: &mut u64,
) -> Result<(), Conflict> {
    loop {
        let cost = order.cost(history);
        if *work < cost {
            return Err(Conflict::Spent);
        }
        *work -= cost;
        order.settle(history).map_err(Conflict::Cycle)?;
        let known = order.edges.len();
        let mut added = overwritten(history, order, reads)?;
        if rules == Rules::Both {
            added += outlived(history, order, reads, known);
        }
        if added == 0 {
            return Ok(());
        }
    }
}
