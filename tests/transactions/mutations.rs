//! Good histories of lists, each with one thing changed or added so that one kind of anomaly is in it: it must be found
//! by its name. Nothing may be found in the unchanged ones.

use crate::brute::{Op, Plain, Txn};
use crate::stores::{Store, play};
use splitbrain::consistency::transactions::{Assume, Ending, MODELS, Model, Report, Standing, judge};
use std::collections::BTreeMap;

const SEEDS: std::ops::Range<u64> = 500_000..500_300;

fn report(plain: &Plain) -> Report {
    judge(&plain.history(), Assume::default())
}

fn names(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| finding.anomaly.to_string()).collect()
}

/// What a store whose transactions happen one by one has shown.
fn good(seed: u64) -> Plain {
    play(Store::Serial, true, seed, 14, 0)
}

/// Where an operation stands: which transaction, and which of its operations.
type Place = (usize, usize);

impl Plain {
    fn seen(&self, (txn, op): Place) -> &[u32] {
        match &self.txns[txn].ops[op] {
            Op::Read(_, seen) => seen,
            Op::Write(..) => &[],
        }
    }

    fn seen_mut(&mut self, (txn, op): Place) -> &mut Vec<u32> {
        match &mut self.txns[txn].ops[op] {
            Op::Read(_, seen) => seen,
            Op::Write(..) => panic!("a write shows nothing"),
        }
    }

    /// Reads of a key by transactions that do nothing else to it.
    fn outside(&self) -> Vec<(u8, Place)> {
        let mut found = Vec::new();
        for (number, txn) in self.txns.iter().enumerate() {
            for (place, op) in txn.ops.iter().enumerate() {
                let Op::Read(key, _) = op else { continue };
                if txn.on(*key).count() == 1 {
                    found.push((*key, (number, place)));
                }
            }
        }
        found
    }

    /// Of each key, the outside read that shows most.
    fn longest(&self) -> BTreeMap<u8, Place> {
        let mut longest: BTreeMap<u8, Place> = BTreeMap::new();
        for (key, place) in self.outside() {
            let best = longest.entry(key).or_insert(place);
            if self.seen(place).len() > self.seen(*best).len() {
                *best = place;
            }
        }
        // Unless a transaction that writes the key has seen more.
        longest.retain(|key, place| {
            let others = self.txns.iter().flat_map(|txn| txn.on(*key));
            let most = others.map(|(_, op)| if let Op::Read(_, seen) = op { seen.len() } else { 0 }).max();
            most == Some(self.seen(*place).len())
        });
        longest
    }

    fn writer(&self, value: u32) -> usize {
        let wrote = |txn: &Txn| txn.ops.iter().any(|op| matches!(op, Op::Write(_, other) if *other == value));
        self.txns.iter().position(wrote).unwrap()
    }

    /// Lets two elements change places wherever they were read.
    fn exchange(&mut self, one: u32, other: u32) {
        for op in self.txns.iter_mut().flat_map(|txn| &mut txn.ops) {
            let Op::Read(_, seen) = op else { continue };
            for value in seen {
                *value = if *value == one {
                    other
                } else if *value == other {
                    one
                } else {
                    *value
                };
            }
        }
    }
}

impl Txn {
    /// What it does to a key, with the places of that.
    fn on(&self, key: u8) -> impl Iterator<Item = (usize, &Op)> {
        let about = move |op: &Op| matches!(op, Op::Write(other, _) | Op::Read(other, _) if *other == key);
        self.ops.iter().enumerate().filter(move |(_, op)| about(op))
    }

    fn wrote(&self, key: u8) -> Vec<u32> {
        let written = |(_, op): (usize, &Op)| if let Op::Write(_, value) = op { Some(*value) } else { None };
        self.on(key).filter_map(written).collect()
    }

    /// What it read of a key before it did anything else to it.
    fn first_read(&self, key: u8) -> Option<(usize, &[u32])> {
        match self.on(key).next()? {
            (place, Op::Read(_, seen)) => Some((place, seen)),
            (_, Op::Write(..)) => None,
        }
    }
}

/// A mutation: none where the history has no place for it.
type Mutation = fn(&mut Plain) -> Option<()>;

/// The writer of what another one has read aborts.
fn aborted_read(plain: &mut Plain) -> Option<()> {
    let (_, read) = plain.outside().into_iter().find(|(_, read)| !plain.seen(*read).is_empty())?;
    let writer = plain.writer(plain.seen(read)[0]);
    plain.txns[writer].ending = Ending::Aborted;
    Some(())
}

/// The same where another's element stands behind it.
fn dirty_update(plain: &mut Plain) -> Option<()> {
    let longest = plain.longest();
    let pairs = longest.values().flat_map(|read| plain.seen(*read).windows(2));
    let writers = pairs.map(|pair| [plain.writer(pair[0]), plain.writer(pair[1])]);
    let [under, _] = writers.into_iter().find(|[under, over]| under != over)?;
    plain.txns[under].ending = Ending::Aborted;
    Some(())
}

fn thin_air(plain: &mut Plain) -> Option<()> {
    let read = *plain.longest().values().next()?;
    plain.seen_mut(read).push(9_999);
    Some(())
}

fn duplicate(plain: &mut Plain) -> Option<()> {
    let read = *plain.longest().values().find(|read| !plain.seen(**read).is_empty())?;
    let first = plain.seen(read)[0];
    plain.seen_mut(read).push(first);
    Some(())
}

fn incompatible(plain: &mut Plain) -> Option<()> {
    let reads = plain.outside();
    let longer = |key: u8, read: Place| {
        reads.iter().any(|(other, place)| {
            *other == key && place.0 != read.0 && plain.seen(*place).len() >= plain.seen(read).len()
        })
    };
    let found = reads.iter().find(|(key, read)| plain.seen(*read).len() > 1 && longer(*key, *read));
    let seen = plain.seen_mut(found?.1);
    let length = seen.len();
    seen.swap(length - 2, length - 1);
    Some(())
}

/// Two appends of one transaction change places wherever they were read.
fn scrambled(plain: &mut Plain) -> Option<()> {
    let longest = plain.longest();
    let pairs = longest.values().flat_map(|read| plain.seen(*read).windows(2));
    let pair = pairs.into_iter().find(|pair| plain.writer(pair[0]) == plain.writer(pair[1]))?;
    let [one, other] = [pair[0], pair[1]];
    plain.exchange(one, other);
    Some(())
}

/// A read misses the last of two appends of one transaction.
fn intermediate(plain: &mut Plain) -> Option<()> {
    let last_two_are_ones = |read: &Place| match plain.seen(*read) {
        [.., one, other] => plain.writer(*one) == plain.writer(*other),
        _ => false,
    };
    let read = plain.outside().into_iter().map(|(_, read)| read).find(last_two_are_ones)?;
    plain.seen_mut(read).pop();
    Some(())
}

/// A transaction's later read of a key shows less than it must.
fn internal(plain: &mut Plain) -> Option<()> {
    let (number, place) = plain.txns.iter().enumerate().find_map(|(number, txn)| {
        let later = txn.ops.iter().enumerate().find(|(place, op)| match op {
            Op::Read(key, seen) => !seen.is_empty() && txn.on(*key).next().is_some_and(|(first, _)| first < *place),
            Op::Write(..) => false,
        });
        later.map(|(place, _)| (number, place))
    })?;
    plain.seen_mut((number, place)).pop();
    Some(())
}

/// A transaction reads its own append before it makes it.
fn future(plain: &mut Plain) -> Option<()> {
    for txn in &mut plain.txns {
        let found = txn.ops.windows(2).position(|pair| match pair {
            [Op::Write(key, value), Op::Read(other, seen)] => key == other && seen.last() == Some(value),
            _ => false,
        });
        if let Some(place) = found {
            txn.ops.swap(place, place + 1);
            return Some(());
        }
    }
    None
}

/// Two transactions that wrote to two keys: in one of them their elements change places.
fn dirty_write(plain: &mut Plain) -> Option<()> {
    let longest = plain.longest();
    let once = |key: u8, txn: usize| match plain.txns[txn].wrote(key).as_slice() {
        [value] if plain.seen(longest[&key]).contains(value) => Some(*value),
        _ => None,
    };
    let keys: Vec<u8> = longest.keys().copied().collect();
    let txns = 0..plain.txns.len();
    let pairs = txns.clone().flat_map(|one| txns.clone().map(move |other| (one, other)));
    let (one, other) = pairs.filter(|(one, other)| one < other).find_map(|(one, other)| {
        let both: Vec<u8> =
            keys.iter().copied().filter(|key| once(*key, one).is_some() && once(*key, other).is_some()).collect();
        let key = *both.first().filter(|_| both.len() > 1)?;
        Some((once(key, one)?, once(key, other)?))
    })?;
    plain.exchange(one, other);
    Some(())
}

/// A transaction also reads what one wrote that has read it.
fn circle(plain: &mut Plain) -> Option<()> {
    let longest = plain.longest();
    let (writer, read) = plain.outside().into_iter().find_map(|(_, place)| {
        let writer = plain.writer(*plain.seen(place).last()?);
        longest.iter().find_map(|(key, read)| {
            let last = *plain.txns[place.0].wrote(*key).last()?;
            let end = plain.seen(*read).iter().position(|value| *value == last)?;
            let untouched = plain.txns[writer].on(*key).next().is_none();
            let seen = plain.seen(*read)[..=end].to_vec();
            untouched.then_some((writer, Op::Read(*key, seen)))
        })
    })?;
    plain.txns[writer].ops.insert(0, read);
    Some(())
}

/// Of a transaction that wrote to two keys a reader saw one write, and now misses the other.
fn fractured(plain: &mut Plain) -> Option<()> {
    let reads = plain.outside();
    let (read, length) = reads.iter().find_map(|(_, shows)| {
        let writer = plain.writer(*plain.seen(*shows).last()?);
        reads.iter().filter(|(_, misses)| misses.0 == shows.0 && misses != shows).find_map(|(key, misses)| {
            let first = *plain.txns[writer].wrote(*key).first()?;
            let place = plain.seen(*misses).iter().position(|value| *value == first)?;
            Some((*misses, place))
        })
    })?;
    plain.seen_mut(read).truncate(length);
    Some(())
}

/// Of two that read a key and wrote to it, the second missed the first.
fn lost_update(plain: &mut Plain) -> Option<()> {
    let keys: Vec<u8> = plain.longest().keys().copied().collect();
    let (read, seen) = keys.into_iter().find_map(|key| {
        plain.txns.iter().enumerate().find_map(|(number, txn)| {
            let (place, seen) = txn.first_read(key).filter(|_| !txn.wrote(key).is_empty())?;
            let before = &plain.txns[plain.writer(*seen.last()?)];
            let (_, less) = before.first_read(key)?;
            Some(((number, place), less.to_vec()))
        })
    })?;
    *plain.seen_mut(read) = seen;
    Some(())
}

const MUTATIONS: &[(&str, Mutation)] = &[
    ("G1a", aborted_read),
    ("dirty-update", dirty_update),
    ("thin-air-read", thin_air),
    ("duplicate-elements", duplicate),
    ("incompatible-order", incompatible),
    ("scrambled-appends", scrambled),
    ("G1b", intermediate),
    ("internal", internal),
    ("future-read", future),
    ("G0", dirty_write),
    ("G1c", circle),
    ("fractured-read", fractured),
    ("G-single", fractured),
    ("lost-update", lost_update),
];

#[test]
fn nothing_is_found_in_good_histories() {
    for seed in SEEDS {
        let report = report(&good(seed));
        assert!(report.findings.is_empty(), "seed {seed}: {:#?}", report.findings);
        assert_eq!(report.strongest(), [Model::StrictSerializable], "seed {seed}");
    }
}

#[test]
fn every_mutation_is_named() {
    for (name, mutation) in MUTATIONS {
        let mut count = 0;
        for seed in SEEDS {
            let mut plain = good(seed);
            if mutation(&mut plain).is_none() {
                continue;
            }
            count += 1;
            let report = report(&plain);
            assert!(names(&report).iter().any(|found| found == name), "seed {seed}: {name}: {report:#?}\n{plain:#?}");
            assert_eq!(report.standing(Model::StrictSerializable), Standing::Violated, "seed {seed}: {name}");
        }
        println!("{name}: {count}");
        assert!(count > 20, "{name} found a place in {count} histories only");
    }
}

/// Transactions on keys of their own, 6 to 8, to be added to a good history: `process begin-end word, word`. Times
/// count from the end of the history, and `*` takes from its beginning to its end. Beside each its name, and the
/// strongest models that are left.
const ADDED: &[(&str, &str, &[&str])] = &[
    ("G-single", "read-atomic", &["0 * a6", "1 * r6+, a7", "2 * r7+, r6-"]),
    ("G-nonadjacent", "parallel-snapshot-isolation", &["0 * a6", "1 * a7", "2 * r6+, r7-", "3 * r6-, r7+"]),
    ("G2-item", "strong-snapshot-isolation", &["0 * r6-, a7", "1 * r7-, a6"]),
    ("G0-process", "serializable", &["0 0-1 a6", "0 2-3 a6", "1 * r6<"]),
    ("G0-realtime", "strong-session-serializable", &["0 0-1 a6", "1 2-3 a6", "2 * r6<"]),
    ("G1c-process", "serializable", &["0 0-1 r6+", "0 2-3 a6"]),
    ("G1c-realtime", "strong-session-serializable", &["0 0-1 r6+", "1 2-3 a6"]),
    ("G-single-process", "serializable", &["0 0-1 a6", "0 2-3 r6-"]),
    ("G-single-realtime", "strong-session-serializable", &["0 0-1 a6", "1 2-3 r6-"]),
    ("G-nonadjacent-process", "serializable", &["0 0-1 a6", "0 2-9 r7-", "1 0-5 a7", "1 6-9 r6-"]),
    ("G-nonadjacent-realtime", "strong-session-serializable", &["0 * a6", "1 * r6+, r7-", "2 0-1 a7", "3 2-3 r6-"]),
    ("G2-item-process", "serializable strong-snapshot-isolation", &["0 0-1 a6", "1 * r6-, a7", "0 2-3 r7-, a8"]),
    (
        "G2-item-realtime",
        "strong-snapshot-isolation strong-session-serializable",
        &["0 0-1 a6", "1 * r6-, a7", "2 2-3 r7-, a8"],
    ),
];

/// Adds transactions: `a6` appends to key 6; `r6+` shows all that was appended to it, `r6-` nothing, `r6<` all of it
/// backwards.
fn add(plain: &mut Plain, txns: &[&str]) {
    let end = plain.txns.iter().filter_map(|txn| txn.end).max().unwrap_or(0);
    let words = |text: &&str| text.splitn(3, ' ').nth(2).unwrap().split(", ").map(str::to_owned).collect::<Vec<_>>();
    let appends = txns.iter().flat_map(words).filter(|word| word.starts_with('a'));
    let mut shown: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    let mut fresh = 10_000;
    for word in appends {
        fresh += 1;
        shown.entry(word[1..2].parse().unwrap()).or_default().push(fresh);
    }
    let mut left = shown.clone();
    for text in txns {
        let mut parts = text.split(' ');
        let process = 1_000 + parts.next().unwrap().parse::<u64>().unwrap();
        let (begin, until) = match parts.next().unwrap().split_once('-') {
            None => (0, end + 100),
            Some((from, to)) => (end + 10 + from.parse::<u32>().unwrap(), end + 10 + to.parse::<u32>().unwrap()),
        };
        let op = |word: String| {
            let key = word[1..2].parse().unwrap();
            let all = || shown.get(&key).cloned().unwrap_or_default();
            match (&word[..1], &word[2..]) {
                ("a", "") => Op::Write(key, left.get_mut(&key).unwrap().remove(0)),
                ("r", "+") => Op::Read(key, all()),
                ("r", "<") => Op::Read(key, all().into_iter().rev().collect()),
                ("r", "-") => Op::Read(key, Vec::new()),
                _ => panic!("{word}"),
            }
        };
        let ops = words(text).into_iter().map(op).collect();
        plain.txns.push(Txn { process, begin, end: Some(until), ending: Ending::Committed, ops });
    }
}

/// Alone in a good history, an anomaly is named, costs the models that forbid it, and no other.
#[test]
fn every_circle_is_named_and_costs_no_more_than_it_must() {
    for (name, strongest, txns) in ADDED {
        for seed in SEEDS.step_by(10) {
            let mut plain = good(seed);
            add(&mut plain, txns);
            let report = report(&plain);
            assert!(names(&report).iter().any(|found| found == name), "seed {seed}: {name}: {report:#?}");
            let stands = |model: &Model| report.standing(*model) != Standing::Violated;
            let below = |model: &Model| MODELS.iter().any(|m| m != model && stands(m) && m.implies(*model));
            let left = MODELS.into_iter().filter(|model| stands(model) && !below(model));
            let left: Vec<&str> = left.map(Model::name).collect();
            assert_eq!(left.join(" "), *strongest, "seed {seed}: {name}: {report:#?}");
        }
    }
}
