//! Eventual convergence: once writes to a key have ceased for long enough, all reads of it return one value, and one
//! that was written.
//!
//! Terry et al. 1994 (and Vogels 2009): if no new updates are made, all replicas come to the same state. That is a
//! promise about the end of time, which no finite history breaks; so a time is given within which the system promises
//! to have converged. A read is *quiet* if it was called more than that after the last write to its key had returned.
//! Quiet reads of a key must agree; and as some write reached the store, what they agree on must have been written.
//!
//! An open write that was read is over, at the latest, when the first that read it returned; from then on the time
//! runs. One that nobody read may still be on its way: a key that has one and whose reads do not agree is not accused.
//! What happened before and between is not looked at: stale reads and reads that go back are allowed.
//!
//! A history without a quiet read of a key that was written shows nothing, and is *undecided*.

use super::judge::{Pattern, Verdict, Violation};
use super::registers::{Moment, Registers, Source};
use super::staleness::untimed;
use super::story::Story;
use crate::node::Nanos;

/// Convergence within a time.
pub(super) fn eventual(history: &Registers, within: Nanos) -> Verdict {
    if within > Nanos::ZERO
        && let Some(why) = untimed(history)
    {
        return Verdict::Undecided(why);
    }
    let ends = last_ends(history);
    let mut quiet: Vec<Vec<usize>> = vec![Vec::new(); history.keys.len()];
    for read in history.reads() {
        let op = &history.ops[read];
        if ends[op.key as usize].is_some_and(|end| is_quiet(op.call, end, within)) {
            quiet[op.key as usize].push(read);
        }
    }
    let mut agreed = false;
    for (key, reads) in quiet.iter().enumerate() {
        match disagreement(history, reads) {
            Some(violation) if !history.has_unread_open[key] => return Verdict::Violated(violation),
            Some(_) => {}
            None => agreed |= !reads.is_empty(),
        }
    }
    if agreed {
        Verdict::Holds
    } else {
        Verdict::Undecided("no key was read once its writes had ended for long enough: nothing was to converge".into())
    }
}

/// How quiet reads of one key do not agree on something written.
fn disagreement(history: &Registers, reads: &[usize]) -> Option<Violation> {
    let mut story = Story::new(history);
    if let Some(read) = reads.iter().find(|read| history.source[**read] == Source::Initial) {
        let clause = story.clause(*read);
        story.say(format!("{clause} after all writes to it had ended: what was written is lost"));
        return Some(story.end(Pattern::LostWrites));
    }
    let first = *reads.first()?;
    let other = *reads.iter().find(|read| history.ops[**read].value != history.ops[first].value)?;
    let (one, other) = (story.clause(first), story.clause(other));
    story.say(format!("after all writes to the key had ended {one}, but {other}"));
    Some(story.end(Pattern::Disagreement))
}

fn is_quiet(call: Moment, end: Moment, within: Nanos) -> bool {
    let apart = || i128::from(call.time.unwrap_or_default()) - i128::from(end.time.unwrap_or_default());
    call.place > end.place && (within == Nanos::ZERO || apart() > i128::from(within.0))
}

/// For each key that was written, when its last write was over. None where that is unknown, or there was none.
fn last_ends(history: &Registers) -> Vec<Option<Moment>> {
    let mut ends: Vec<Option<Moment>> = vec![None; history.keys.len()];
    for (write, op) in history.ops.iter().enumerate().filter(|(_, op)| op.is_write) {
        // An open write takes part because it was read.
        let seen = history.readers[write].iter().filter_map(|read| history.ops[*read].ret);
        let Some(end) = op.ret.or_else(|| seen.min_by_key(|ret| ret.place)) else { continue };
        let last = ends[op.key as usize].get_or_insert(end);
        if end.place > last.place {
            *last = end;
        }
    }
    ends
}
