//! Regular registers: a read returns the last write that was done before it, or one that was under way beside it.
//!
//! Leslie Lamport, *On Interprocess Communication, part II* (1986), section 2, for one writer. With many there are
//! several ways to say it; here it is the weakest of Cheng Shao, Jennifer Welch, Evelyn Pierce & Hyunyoung Lee,
//! *Multiwriter Consistency Conditions for Shared Memory Registers* (2011), section 3: for each read by itself there is
//! an order of all writes and this read that keeps what came before what, and in which the read returns the write just
//! before it. Two reads may have different orders in mind, so the first may return the newer value and the second the
//! older one: that is the *new/old inversion* which tells regular from linearizable registers.
//!
//! **How it is decided.** A write *w* explains a read *r* unless *r* had returned when *w* was called, or another write
//! was called after *w* had returned, and had itself returned when *r* was called. Of the writes that were done before
//! *r*, only the one that was called last matters for that. So each read takes a look at the writes of its value. What
//! is of unknown outcome may have happened at any time after its call, and overwrites nothing for certain. Values may
//! be written more than once, deletions among them: one write that explains the read is enough.
//!
//! [`crate::consistency::weak`] decides the same where no value is written twice: as staleness of no versions.

use crate::consistency::stores::{Broken, end_of, words};
use crate::spec::history::{Event, Stage};
use crate::spec::store::{Element, Key, Op, Reply};
use std::collections::BTreeMap;

type StoreEvent = Event<Op, Reply>;

/// A history, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regularity {
    /// How many reads were judged.
    pub reads: u64,
    /// The reads that no write explains: the places of the events that invoked them, in order.
    pub stale: Vec<usize>,
    /// Why the first of them is stale, in a sentence.
    evidence: Option<(String, usize)>,
}

impl Regularity {
    /// Whether the history is regular.
    ///
    /// # Errors
    /// A sentence of evidence about the first read that is not, and the place of the event with which it shows.
    pub fn verdict(self) -> Result<(), Broken> {
        let Some((why, last)) = self.evidence else { return Ok(()) };
        let (stale, reads) = (self.stale.len(), self.reads);
        Err(Broken::Violated(format!("{why}; {stale} of {reads} reads are stale"), last))
    }
}

/// A write: places in the history.
#[derive(Clone, Copy)]
struct Write {
    call: usize,
    /// None: of unknown outcome.
    ret: Option<usize>,
    /// None: it deletes.
    value: Option<Element>,
}

/// The writes to one key.
#[derive(Default)]
struct Writes {
    all: Vec<Write>,
    /// The same by value.
    by_value: BTreeMap<Option<Element>, Vec<Write>>,
    /// In the order of their returns: the return, and of those up to it the one that was called last.
    last_called: Vec<(usize, Write)>,
}

impl Writes {
    fn finish(&mut self) {
        for write in &self.all {
            self.by_value.entry(write.value).or_default().push(*write);
        }
        let mut done: Vec<(usize, Write)> = self.all.iter().filter_map(|write| Some((write.ret?, *write))).collect();
        done.sort_by_key(|(ret, _)| *ret);
        for (ret, write) in done {
            let last = self.last_called.last().map(|(_, last)| *last);
            let last = last.filter(|last| last.call > write.call).unwrap_or(write);
            self.last_called.push((ret, last));
        }
    }

    /// Of the writes that were done before this place, the one that was called last.
    fn last_before(&self, place: usize) -> Option<Write> {
        let done = self.last_called.partition_point(|(ret, _)| *ret < place);
        self.last_called[..done].last().map(|(_, write)| *write)
    }

    /// Whether a write of the value explains a read from `call` to `ret`.
    fn explain(&self, value: Option<Element>, call: usize, ret: usize) -> bool {
        let last = self.last_before(call);
        let overwritten = |write: &Write| match (write.ret, last) {
            (Some(done), Some(last)) => done < last.call,
            (None, _) | (_, None) => false,
        };
        let mut of_value = self.by_value.get(&value).into_iter().flatten();
        value.is_none() && last.is_none() || of_value.any(|write| write.call < ret && !overwritten(write))
    }
}

/// How each operation ended: the place of the event that says so, by the place of the one that invoked it.
fn endings(history: &[StoreEvent]) -> BTreeMap<usize, usize> {
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    let mut ends = BTreeMap::new();
    for (place, event) in history.iter().enumerate() {
        match event.stage {
            Stage::Invoke => drop(open.insert(event.process, place)),
            Stage::Ok(_) | Stage::Fail | Stage::Info => {
                ends.extend(open.remove(&event.process).map(|invoked| (invoked, place)));
            }
        }
    }
    ends
}

/// Whether each read of the history returned what a regular register may.
///
/// # Panics
/// When an operation both reads and writes: what that means for a regular register nobody has said.
pub fn regular(history: &[StoreEvent]) -> Regularity {
    let ends = endings(history);
    let mut keys: BTreeMap<Key, Writes> = BTreeMap::new();
    let mut reads: Vec<(usize, usize, Option<Element>)> = Vec::new();
    for (call, event) in history.iter().enumerate().filter(|(_, event)| event.stage == Stage::Invoke) {
        let end = ends.get(&call).map(|end| (*end, &history[*end].stage));
        let ret = match end {
            Some((_, Stage::Fail)) => continue,
            Some((ret, Stage::Ok(_))) => Some(ret),
            Some((_, Stage::Info | Stage::Invoke)) | None => None,
        };
        let mut write = |value| keys.entry(event.op.key()).or_default().all.push(Write { call, ret, value });
        match (&event.op, end) {
            (Op::Get(_), Some((ret, Stage::Ok(Reply::Value(seen))))) => reads.push((call, ret, seen.first().copied())),
            (Op::Get(_), _) => {}
            (Op::Put(_, element), _) => write(Some(*element)),
            (Op::Delete(_), _) => write(None),
            (Op::Append(..) | Op::Cas(..), _) => panic!("{} is neither a read nor a write", event.op),
        }
    }
    keys.values_mut().for_each(Writes::finish);
    let nothing = Writes::default();
    let of = |call: usize| keys.get(&history[call].op.key()).unwrap_or(&nothing);
    let is_stale = |(call, ret, value): &&(usize, usize, Option<Element>)| !of(*call).explain(*value, *call, *ret);
    let stale: Vec<(usize, usize, Option<Element>)> = reads.iter().filter(is_stale).copied().collect();
    let evidence = stale.iter().min_by_key(|(_, ret, _)| *ret).map(|(call, ret, value)| {
        let last = of(*call).last_before(*call);
        (told(history, (*call, *ret), *value, of(*call), last), end_of(history, *call).unwrap_or(*ret))
    });
    Regularity { reads: reads.len() as u64, stale: stale.iter().map(|(call, ..)| *call).collect(), evidence }
}

/// Why no write explains a read from one place to another.
fn told(
    history: &[StoreEvent],
    (call, ret): (usize, usize),
    value: Option<Element>,
    writes: &Writes,
    last: Option<Write>,
) -> String {
    let read = words(history, call);
    let of_value = writes.by_value.get(&value).map_or(&[][..], Vec::as_slice);
    let before = of_value.iter().rfind(|write| write.call < ret);
    let later = of_value.first().filter(|_| value.is_some());
    match (before, later, last) {
        (Some(write), _, Some(last)) => format!(
            "{read}; but {} had overwritten {}, and was done before",
            words(history, last.call),
            words(history, write.call)
        ),
        (Some(_), _, None) => unreachable!("a write that nothing overwrote explains the read"),
        (None, Some(write), _) => format!("{read}; but {} was asked for only later", words(history, write.call)),
        (None, None, Some(last)) if value.is_none() => {
            format!("{read}; but {} was done before", words(history, last.call))
        }
        (None, None, _) => format!("{read}; but nobody wrote that"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consistency::stores::linearizable;
    use crate::consistency::weak::{self, Action, Bound, Budget, Ending, Model, Moment, Record, Registers, Verdict};
    use crate::node::{ClientId, Nanos, Purpose, RequestId, Stream};

    const K: Key = Key(0);

    /// `(process, op, its reply)`: none is the invocation.
    fn history(lines: &[(u32, Op, Option<Stage<Reply>>)]) -> Vec<StoreEvent> {
        let mut sequences = BTreeMap::new();
        let event = |(place, (process, op, end)): (usize, &(u32, Op, Option<Stage<Reply>>))| {
            let sequence = sequences.entry(*process).or_insert(0);
            *sequence += u32::from(end.is_none());
            let request = RequestId { client: ClientId::new(*process), sequence: *sequence };
            let stage = end.clone().unwrap_or(Stage::Invoke);
            Event { time: Nanos(place as u64), process: *process, request, op: *op, stage }
        };
        lines.iter().enumerate().map(event).collect()
    }

    fn put(element: u64) -> Op {
        Op::Put(K, Element(element))
    }

    fn read(elements: &[u64]) -> Option<Stage<Reply>> {
        Some(Stage::Ok(Reply::Value(elements.iter().map(|element| Element(*element)).collect())))
    }

    fn written() -> Option<Stage<Reply>> {
        Some(Stage::Ok(Reply::Written))
    }

    fn is_regular(lines: &[(u32, Op, Option<Stage<Reply>>)]) -> bool {
        regular(&history(lines)).verdict().is_ok()
    }

    #[test]
    fn new_then_old_is_regular_and_not_linearizable() {
        let get = Op::Get(K);
        let inversion = [
            (0, put(1), None),
            (1, get, None),
            (1, get, read(&[1])),
            (2, get, None),
            (2, get, read(&[])),
            (0, put(1), written()),
        ];
        assert!(is_regular(&inversion));
        assert!(linearizable(&history(&inversion)).verdict.is_err());
    }

    #[test]
    fn what_was_overwritten_before_the_read_is_stale() {
        let get = Op::Get(K);
        let twice = [(0, put(1), None), (0, put(1), written()), (1, put(2), None), (1, put(2), written())];
        let with = |seen: &[u64]| [&twice[..], &[(2, get, None), (2, get, read(seen))]].concat();
        assert!(is_regular(&with(&[2])));
        for stale in [&[1][..], &[]] {
            let judged = regular(&history(&with(stale)));
            assert_eq!((judged.reads, judged.stale.as_slice()), (1, &[4][..]));
            let Err(Broken::Violated(evidence, 5)) = judged.verdict() else { panic!("{stale:?} is stale") };
            assert!(evidence.contains("put k1 2") && evidence.contains("1 of 1"), "{evidence}");
        }
        assert!(!is_regular(&with(&[3])), "nobody wrote that");
    }

    #[test]
    fn writes_of_unknown_outcome_may_have_happened_at_any_time_or_never() {
        let get = Op::Get(K);
        let open = [(0, put(1), None), (0, put(1), Some(Stage::Info)), (3, put(2), None), (3, put(2), written())];
        for seen in [1, 2] {
            assert!(is_regular(&[&open[..], &[(2, get, None), (2, get, read(&[seen]))]].concat()));
        }
        let failed = [(0, put(1), None), (0, put(1), Some(Stage::Fail)), (2, get, None), (2, get, read(&[1]))];
        assert!(!is_regular(&failed));
        let later = [(2, get, None), (2, get, read(&[1])), (0, put(1), None), (0, put(1), written())];
        assert!(!is_regular(&later), "a read knows no future");
        let first = [(1, put(2), None), (1, put(2), written())];
        let Err(Broken::Violated(evidence, _)) = regular(&history(&[&first[..], &later].concat())).verdict() else {
            panic!("neither beside another write")
        };
        assert!(evidence.contains("asked for only later"), "{evidence}");
    }

    #[test]
    fn a_deletion_explains_an_empty_read() {
        let (get, delete) = (Op::Get(K), Op::Delete(K));
        let deleted = [(0, put(1), None), (0, put(1), written()), (1, delete, None), (1, delete, written())];
        assert!(is_regular(&[&deleted[..], &[(2, get, None), (2, get, read(&[]))]].concat()));
        assert!(!is_regular(&[&deleted[..], &[(2, get, None), (2, get, read(&[1]))]].concat()));
    }

    /// Staleness of no versions is the same condition, decided by other code.
    #[test]
    fn the_same_as_staleness_of_no_versions_on_random_histories() {
        let (mut good, mut bad) = (0, 0);
        for seed in 0..3000 {
            let lines = random(&mut Stream::new(seed, Purpose::Client, 0));
            let events = history(&lines);
            let ours = regular(&events).verdict().is_ok();
            let model = Model::BoundedStaleness(Bound::Versions(0));
            let theirs = weak::check(model, &as_registers(&events), &Budget::default());
            assert_eq!(ours, theirs == Verdict::Holds, "seed {seed}: {lines:?}");
            if ours { good += 1 } else { bad += 1 }
        }
        assert!(good > 300 && bad > 300, "{good} good and {bad} bad histories are no test");
    }

    /// Three processes write and read; reads return anything that is written somewhere, or nothing.
    fn random(draws: &mut Stream) -> Vec<(u32, Op, Option<Stage<Reply>>)> {
        let mut lines = Vec::new();
        let mut open: [Option<Op>; 3] = [None; 3];
        let mut element = 0;
        for _ in 0..4 + draws.below(12) {
            let process = draws.below(3) as usize;
            let Some(op) = open[process].take() else {
                element += 1;
                let op = if draws.below(2) == 0 { Op::Get(K) } else { put(element) };
                open[process] = Some(op);
                lines.push((process as u32, op, None));
                continue;
            };
            let seen = draws.below(element + 1);
            let end = match op {
                Op::Get(_) if seen == 0 => read(&[]),
                Op::Get(_) => read(&[seen]),
                Op::Put(..) | Op::Delete(_) | Op::Append(..) | Op::Cas(..) => written(),
            };
            lines.push((process as u32, op, end));
        }
        lines
    }

    fn as_registers(events: &[StoreEvent]) -> Registers {
        let ends = endings(events);
        let moment = |place: usize| Moment { place: place as u64, time: None };
        let record = |(call, event): (usize, &StoreEvent)| {
            let end = ends.get(&call);
            let text = |element: Element| Some(element.to_string());
            let action = match (&event.op, end.map(|end| &events[*end].stage)) {
                (Op::Put(_, element), _) => Action::Write(text(*element)),
                (_, Some(Stage::Ok(Reply::Value(seen)))) => Action::Read(seen.first().copied().and_then(text)),
                (..) => Action::Read(None),
            };
            Record {
                process: u64::from(event.process),
                key: "k1".to_owned(),
                action,
                call: moment(call),
                end: end.map_or(Ending::Open, |end| Ending::Returned(moment(*end))),
                line: call as u32 + 1,
            }
        };
        let invoked = events.iter().enumerate().filter(|(_, event)| event.stage == Stage::Invoke);
        Registers::new(&invoked.map(record).collect::<Vec<_>>())
    }
}
