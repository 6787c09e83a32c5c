//! The session guarantees: read your writes, monotonic reads, monotonic writes, writes follow reads.
//!
//! Terry, Demers, Petersen, Spreitzer, Theimer & Welch, *Session guarantees for weakly consistent replicated data*
//! (PDIS 1994). A read is answered by a server that has received some writes, in some order; it returns the last of
//! them to its key. The paper's guarantees speak of these sets of writes, which clients do not see. So a history has a
//! guarantee if *there are* sets *V(r)*, and orders of them, for all reads *r*, such that each read returned the last
//! write to its key in its *V(r)*, and
//!
//! - read your writes: *V(r)* holds all that the session wrote before *r*;
//! - monotonic reads: *V(r)* holds *V(r')* for each earlier read *r'* of the session;
//! - monotonic writes: with a write, *V(r)* holds all that its session wrote before it, in that order;
//! - writes follow reads: with a write, *V(r)* holds *V(r')* for each read *r'* that its session did before, before
//!   that write.
//!
//! Two things are taken for granted. A server never lets a client's older write to a key replace its newer one: clients
//! number their writes. (Else a session could read its own older write again and still have read its writes.) And
//! whether writes come in order is seen by sessions whose reads are monotonic: a session that may turn to an ever older
//! server sees nothing wrong with any order, so by single reads the last two guarantees would say nothing of their own.
//! **Monotonic writes and writes follow reads therefore include monotonic reads.**
//!
//! Each is judged alone, with the smallest sets that it allows: smaller sets make no read wrong. All four at once, with
//! the same sets, are exactly causal consistency: *V(r)* is then what is *co*-before *r* (Brzezinski, Sobaniec &
//! Wawrzyniak 2004). Each by itself is less: a chain may need two of them in turn.

use super::judge::{Pattern, Verdict};
use super::order::{Counted, Order, Why};
use super::registers::{Registers, Source};
use super::saturate::last_before;
use super::story::Story;

fn old(history: &Registers, read: usize, newer: usize, why: &str) -> Verdict {
    let mut story = Story::new(history);
    let (newer, read_clause) = (story.clause(newer), story.clause(read));
    let pattern = match history.source[read] {
        Source::Write(source) => {
            let source = story.clause(source);
            story.say(format!("{source}; later came this: {newer}"));
            Pattern::OldRead
        }
        Source::Initial | Source::ThinAir(_) | Source::None => {
            story.say(newer);
            Pattern::InitialRead
        }
    };
    story.say(format!("{why}; but {read_clause}"));
    Verdict::Violated(story.end(pattern))
}

/// Read your writes: a session never reads, of a key that it has written, the initial value or an older write of its
/// own than the last.
pub(super) fn read_your_writes(history: &Registers) -> Verdict {
    for read in history.reads() {
        let own = &history.ops[read];
        let writer = history.writers[own.key as usize].iter().find(|writer| writer.session == own.session);
        let Some(last) = writer.and_then(|writer| last_before(history, writer, own.place)) else { continue };
        let is_older = match history.source[read] {
            Source::Write(source) => history.is_later(source, last),
            Source::Initial => true,
            Source::ThinAir(_) | Source::None => false,
        };
        if is_older {
            return old(history, read, last, "the session must read what it wrote");
        }
    }
    Verdict::Holds
}

/// Monotonic reads: once a session has read a write, it never reads the initial value of that key, or an older write
/// of the same writer.
pub(super) fn monotonic_reads(history: &Registers) -> Verdict {
    for ops in &history.sessions {
        // The newest write seen, by key and writer.
        let mut seen = std::collections::BTreeMap::new();
        for read in ops.iter().copied() {
            let key = history.ops[read].key;
            match history.source[read] {
                Source::Write(source) => {
                    let newest = seen.entry((key, history.ops[source].session)).or_insert(source);
                    if history.is_later(source, *newest) {
                        return old(history, read, *newest, "the session had read that before");
                    }
                    *newest = source;
                }
                Source::Initial => {
                    if let Some((_, newest)) = seen.range((key, 0)..=(key, u32::MAX)).next() {
                        return old(history, read, *newest, "the session had read that before");
                    }
                }
                Source::ThinAir(_) | Source::None => {}
            }
        }
    }
    Verdict::Holds
}

/// Monotonic writes: once a session has read a write, it has seen all that the writer wrote before.
pub(super) fn monotonic_writes(history: &Registers) -> Verdict {
    for ops in &history.sessions {
        // How far each session's writes have been seen: a count of its operations.
        let mut seen = vec![0_u32; history.sessions.len()];
        for read in ops.iter().copied() {
            if let Source::Write(source) = history.source[read] {
                let (writer, place) = (history.ops[source].session, history.ops[source].place);
                seen[writer as usize] = seen[writer as usize].max(place + 1);
            }
            let why = "the session had read that, or something that the same process wrote later";
            let newest_of = |session: u32| {
                let writers = &history.writers[history.ops[read].key as usize];
                let writer = writers.iter().find(|writer| writer.session == session)?;
                last_before(history, writer, seen[session as usize])
            };
            match history.source[read] {
                Source::Write(source) => {
                    if let Some(newest) =
                        newest_of(history.ops[source].session).filter(|n| history.is_later(source, *n))
                    {
                        return old(history, read, newest, why);
                    }
                }
                Source::Initial => {
                    let writers = &history.writers[history.ops[read].key as usize];
                    if let Some(newest) = writers.iter().find_map(|writer| newest_of(writer.session)) {
                        return old(history, read, newest, why);
                    }
                }
                Source::ThinAir(_) | Source::None => {}
            }
        }
    }
    Verdict::Holds
}

/// Writes follow reads.
///
/// An order of reads is kept: *r'* comes before *r* if *V(r)* must hold *V(r')*. It goes along a session's reads, and
/// from a session's last read before a write to all who read that write. So *V(r)* is what the reads before *r*
/// returned, *r* itself included.
///
/// A read of *w* is wrong if *V(r)* holds another write *w'* to the key that must come after *w*. That is so where the
/// writer of *w'* had before it read something that brought *w* along, or wrote *w* itself. No longer way needs to be
/// looked at: two such steps in a row are one, and so is a step to a write and from it to a later one of its session.
pub(super) fn writes_follow_reads(history: &Registers) -> Verdict {
    let mut order = Order::new(history, Counted::Reads);
    for ops in &history.sessions {
        let mut last_read = None;
        for op in ops.iter().copied() {
            if let Some(before) = last_read {
                order.add(before, op, Why::Session);
            }
            if !history.ops[op].is_write {
                order.add_source(history, op);
                last_read = Some(op);
            }
        }
    }
    if let Err(cycle) = order.settle(history) {
        let mut story = Story::new(history);
        story.cycle(&order, &cycle);
        return Verdict::Violated(story.end(Pattern::CyclicCo));
    }
    let newest = NewestRead::new(history);
    for read in history.reads() {
        for write in newest.among(history, &order, read) {
            let must_follow = match history.source[read] {
                Source::Write(source) => source != write && follows(history, &order, source, write),
                Source::Initial => true,
                Source::ThinAir(_) | Source::None => false,
            };
            if must_follow {
                return told(history, &order, write, read);
            }
        }
    }
    Verdict::Holds
}

fn told(history: &Registers, order: &Order, write: usize, read: usize) -> Verdict {
    let mut story = Story::new(history);
    let all = order.edges.len();
    if let Source::Write(source) = history.source[read] {
        let path = order.path(source, write, all);
        if path.is_empty() {
            let clauses = (story.clause(source), story.clause(write));
            story.say(format!("{}, then {}", clauses.0, clauses.1));
        }
        story.path(order, &path);
    }
    story.path(order, &order.path(write, read, all));
    story.say("so what that read returned had been overwritten before it");
    Verdict::Violated(story.end(Pattern::OldRead))
}

/// Whether `write` must come after `source` wherever both are.
fn follows(history: &Registers, order: &Order, source: usize, write: usize) -> bool {
    let brought = || history.readers[source].iter().any(|reader| order.precedes(history, *reader, write));
    history.is_later(source, write) || brought()
}

/// For each read, the newest write of each session that was read from its key, by its session, up to it.
struct NewestRead {
    /// One row a read, one column a writing session: the write's number and one, or nought.
    newest: Vec<u32>,
    /// For each session, its reads by key and place.
    reads: Vec<std::collections::BTreeMap<(u32, u32), usize>>,
    width: usize,
}

impl NewestRead {
    fn new(history: &Registers) -> Self {
        let width = history.sessions.len();
        let mut newest = vec![0; history.ops.len() * width];
        let mut reads = Vec::with_capacity(width);
        for ops in &history.sessions {
            let mut own = std::collections::BTreeMap::new();
            for read in ops.iter().copied().filter(|op| !history.ops[*op].is_write) {
                let (key, place) = (history.ops[read].key, history.ops[read].place);
                let before: Option<(_, &usize)> = own.range((key, 0)..(key, place)).next_back();
                if let Some((_, before)) = before {
                    newest.copy_within(before * width..(before + 1) * width, read * width);
                }
                if let Source::Write(source) = history.source[read] {
                    let cell = &mut newest[read * width + history.ops[source].session as usize];
                    // Operations are numbered by their calls, so a session's later write has the greater number.
                    *cell = (*cell).max(source as u32 + 1);
                }
                own.insert((key, place), read);
            }
            reads.push(own);
        }
        NewestRead { newest, reads, width }
    }

    /// The newest writes of each session to the key of `read` that *V(read)* holds. Of one session more than one may
    /// come, if different readers have read them.
    fn among(&self, history: &Registers, order: &Order, read: usize) -> Vec<usize> {
        let (key, clock) = (history.ops[read].key, order.clock(read));
        let last = |(session, reads): (usize, &std::collections::BTreeMap<(u32, u32), usize>)| {
            reads.range((key, 0)..(key, clock[session])).next_back().map(|(_, last)| *last)
        };
        let rows = self.reads.iter().enumerate().filter_map(last);
        rows.flat_map(|row| &self.newest[row * self.width..(row + 1) * self.width])
            .filter_map(|cell| cell.checked_sub(1).map(|write| write as usize))
            .collect()
    }
}
