//! What clients were told, as samples: who owns which keys, and which reads missed what had been written.

use crate::consistency::regular::regular;
use crate::experiment::metric::Sample;
use crate::node::{Nanos, NodeId, RequestId};
use crate::spec::history::{Event, Stage};
use crate::spec::placement::Census;
use crate::spec::store::{Element, Key, Op, Reply};
use std::collections::{BTreeMap, BTreeSet};

/// The relative variance of a member's load, of the keys that have an owner: the sum of (n·c - k)² over the members,
/// beside n·k². All censuses of the run count, each as much as it has keys and members.
pub(super) fn imbalance(censuses: &[Census], nodes: u32) -> Sample {
    let (mut part, mut whole) = (0, 0);
    for census in censuses {
        let mut load: BTreeMap<NodeId, u64> = BTreeMap::new();
        census.owners.values().flatten().for_each(|owner| *load.entry(*owner).or_default() += 1);
        let (n, k) = (u64::from(nodes) - census.outside.len() as u64, load.values().sum::<u64>());
        let idle = n.saturating_sub(load.len() as u64) * k * k;
        part += load.values().map(|count| (n * count).abs_diff(k).pow(2)).sum::<u64>() + idle;
        whole += n * k * k;
    }
    if whole == 0 { Sample::Nothing } else { Sample::Share(part, whole) }
}

/// Of the keys that were asked for before and after the first change, which is a join, those whose owner is another.
pub(super) fn moved(censuses: &[Census]) -> Sample {
    let by_changes = |changed| censuses.iter().find(|census| census.changed == changed);
    let (Some(before), Some(after)) = (by_changes(0), by_changes(1)) else { return Sample::Nothing };
    if after.outside.len() + 1 != before.outside.len() {
        return Sample::Nothing;
    }
    let both = before.owners.iter().filter_map(|(key, owner)| Some((owner, after.owners.get(key)?)));
    let (moved, all) = both.fold((0, 0), |(moved, all), (owner, now)| (moved + u64::from(owner != now), all + 1));
    if all == 0 { Sample::Nothing } else { Sample::Share(moved, all) }
}

type StoreEvent = Event<Op, Reply>;

/// What is read where one of these stands: other operations read and write at once.
fn is_plain(history: &[StoreEvent]) -> bool {
    history.iter().all(|event| matches!(event.op, Op::Get(_) | Op::Put(..) | Op::Delete(_)))
}

/// Of the reads that were done, those that missed a write that had been done before they began. With `written_before`
/// only reads of keys count that somebody wrote to before that time, and nobody since; and only such as began later.
pub(super) fn stale_reads(history: &[StoreEvent], written_before: Option<Nanos>) -> Sample {
    if !is_plain(history) {
        return Sample::Nothing;
    }
    let stale = regular(history).stale;
    let done: BTreeMap<_, _> = history
        .iter()
        .filter(|event| matches!(event.stage, Stage::Ok(_)))
        .map(|event| (event.request, event.time))
        .collect();
    // Of each key that was written to: whether the last write was done before the time given.
    let mut in_time: BTreeMap<Key, bool> = BTreeMap::new();
    for event in history.iter().filter(|event| event.stage == Stage::Invoke && !matches!(event.op, Op::Get(_))) {
        let before = done.get(&event.request).is_some_and(|done| written_before.is_none_or(|end| *done < end));
        in_time.insert(event.op.key(), before);
    }
    let counts = |event: &StoreEvent| match written_before {
        None => true,
        Some(end) => event.time >= end && in_time.get(&event.op.key()) == Some(&true),
    };
    let (mut missed, mut reads) = (0, 0);
    for (place, event) in history.iter().enumerate() {
        let is_read = event.stage == Stage::Invoke && matches!(event.op, Op::Get(_));
        if is_read && done.contains_key(&event.request) && counts(event) {
            missed += u64::from(stale.binary_search(&place).is_ok());
            reads += 1;
        }
    }
    if reads == 0 { Sample::Nothing } else { Sample::Share(missed, reads) }
}

/// What is known of the write to a key that was called last.
#[derive(Default)]
struct Last {
    /// Which it is, and what it wrote; none was called yet.
    write: Option<(RequestId, Option<Element>)>,
    /// How many writes are open, of unknown outcome too: those may still overwrite.
    open: u32,
    /// Whether no other was open as it was called.
    alone: bool,
    /// Whether it was done, and so is what must be found.
    acknowledged: bool,
    /// The reads that were called since, and are open.
    reads: BTreeSet<RequestId>,
    /// Whether the last of them found it.
    found: Option<bool>,
}

impl Last {
    fn see(&mut self, event: &StoreEvent) {
        let written = match event.op {
            Op::Get(_) => return self.see_read(event),
            Op::Put(_, element) => Some(element),
            Op::Delete(_) | Op::Append(..) | Op::Cas(..) => None,
        };
        match event.stage {
            Stage::Invoke => {
                let (alone, open) = (self.open == 0, self.open + 1);
                *self = Last { write: Some((event.request, written)), open, alone, ..Last::default() };
            }
            Stage::Ok(_) => {
                let last = self.write.is_some_and(|(request, _)| request == event.request);
                self.acknowledged |= last && self.alone;
                self.open -= 1;
            }
            Stage::Fail => self.open -= 1,
            Stage::Info => {}
        }
    }

    fn see_read(&mut self, event: &StoreEvent) {
        match &event.stage {
            Stage::Invoke if self.acknowledged => drop(self.reads.insert(event.request)),
            Stage::Ok(Reply::Value(read)) if self.reads.remove(&event.request) => {
                let written = self.write.and_then(|(_, value)| value);
                self.found = Some(read.as_slice() == written.as_slice());
            }
            Stage::Invoke | Stage::Ok(_) | Stage::Fail | Stage::Info => {}
        }
    }
}

/// Of the writes that were done, that nothing was called after which could have overwritten them, and whose key was
/// read later: those that the last such read did not return.
pub(super) fn lost_writes(history: &[StoreEvent]) -> Sample {
    if !is_plain(history) {
        return Sample::Nothing;
    }
    let mut keys: BTreeMap<Key, Last> = BTreeMap::new();
    for event in history {
        keys.entry(event.op.key()).or_default().see(event);
    }
    let found: Vec<bool> = keys.values().filter_map(|last| last.found).collect();
    let lost = found.iter().filter(|found| !**found).count() as u64;
    if found.is_empty() { Sample::Nothing } else { Sample::Share(lost, found.len() as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::ClientId;

    fn census(changed: usize, outside: &[u32], owners: &[Option<u32>]) -> Census {
        let outside = outside.iter().map(|node| NodeId::new(*node)).collect();
        Census { changed, outside, owners: (0..).zip(owners.iter().map(|owner| owner.map(NodeId::new))).collect() }
    }

    #[test]
    fn imbalance_is_the_relative_variance() {
        let even = census(0, &[2], &[Some(0), Some(1), Some(0), Some(1)]);
        assert_eq!(imbalance(&[even], 3), Sample::Share(0, 32));
        // All on one of two: the deviation is as large as the mean. Who owns nothing counts, keys of nobody do not.
        let uneven = census(0, &[2], &[Some(0), Some(0), None]);
        assert_eq!(imbalance(&[uneven], 3), Sample::Share(8, 8));
        assert_eq!(imbalance(&[census(0, &[], &[None])], 1), Sample::Nothing);
    }

    #[test]
    fn what_moves_is_counted_for_the_first_join_only() {
        let before = census(0, &[2, 3], &[Some(0), Some(1), Some(0), None]);
        let after = census(1, &[3], &[Some(0), Some(2), Some(2), Some(2)]);
        let later = census(2, &[], &[Some(3); 4]);
        assert_eq!(moved(&[before.clone(), after.clone(), later.clone()]), Sample::Share(3, 4));
        assert_eq!(moved(&[before.clone(), census(1, &[2], &[Some(0)])]), Sample::Share(0, 1), "one key was asked for");
        assert_eq!(moved(&[before.clone(), later]), Sample::Nothing, "nobody looked in between");
        assert_eq!(moved(&[before, census(1, &[1, 2, 3], &[Some(0); 4])]), Sample::Nothing, "a node left");
    }

    /// Operations one after the other, each of one millisecond: `r` reads what it returned, `w` writes.
    fn history(steps: &[(char, u32, u64)]) -> Vec<StoreEvent> {
        let mut events = Vec::new();
        for (number, (kind, key, element)) in (1..).zip(steps) {
            let (key, element) = (Key(*key), Element(*element));
            let read = Reply::Value(if element.0 > 0 { vec![element] } else { Vec::new() });
            let (op, reply) = if *kind == 'r' { (Op::Get(key), read) } else { (Op::Put(key, element), Reply::Written) };
            let request = RequestId { client: ClientId::new(0), sequence: number };
            let stage = if *kind == '?' { Stage::Info } else { Stage::Ok(reply) };
            for (time, stage) in [(number * 2, Stage::Invoke), (number * 2 + 1, stage)] {
                let time = Nanos::from_millis(u64::from(time));
                events.push(Event { time, process: number, request, op, stage });
            }
        }
        events
    }

    #[test]
    fn stale_is_what_misses_a_write_that_was_done() {
        let seen = history(&[('w', 0, 1), ('r', 0, 1), ('w', 0, 2), ('r', 0, 1), ('r', 0, 2), ('r', 1, 0)]);
        assert_eq!(stale_reads(&seen, None), Sample::Share(1, 4));
        // The last write is done at 7 ms, and the key that nobody wrote to does not count.
        assert_eq!(stale_reads(&seen, Some(Nanos::from_millis(8))), Sample::Share(1, 2));
        assert_eq!(stale_reads(&seen, Some(Nanos::from_millis(5))), Sample::Nothing, "it was written to since");
        assert_eq!(stale_reads(&[], None), Sample::Nothing);
    }

    #[test]
    fn lost_is_what_the_last_read_does_not_find() {
        let found = |steps: &[(char, u32, u64)]| lost_writes(&history(steps));
        assert_eq!(found(&[('w', 0, 1), ('r', 0, 0), ('r', 0, 1)]), Sample::Share(0, 1), "it was late, not lost");
        assert_eq!(found(&[('w', 0, 1), ('r', 0, 1), ('r', 0, 0), ('w', 1, 2), ('r', 1, 2)]), Sample::Share(1, 2));
        assert_eq!(found(&[('w', 0, 1)]), Sample::Nothing, "nobody looked");
        assert_eq!(found(&[('?', 0, 1), ('r', 0, 0)]), Sample::Nothing, "it was not acknowledged");
        assert_eq!(found(&[('?', 0, 1), ('w', 0, 2), ('r', 0, 1)]), Sample::Nothing, "the other may have come later");
    }
}
