//! How stale reads are: linearizability and bounded staleness, in time and in versions.
//!
//! **In time.** Golab, Li & Shah, *Analyzing consistency properties for fun and profit* (PODC 2011): a history is
//! Δ-atomic if it is linearizable once every read may have begun Δ earlier. So a read returns a value that was current
//! at some moment from Δ before its call to its return; concurrency accuses nobody. With Δ = 0 that is
//! linearizability. Both are decided by the zones of Gibbons & Korach, *Testing shared memories* (1997): a write and
//! its
//! reads must have a moment in common, or a stretch, from the first return among them to the last call, in which the
//! key surely held that value. Two such stretches must not overlap, and no value may have had its only moments within
//! another's stretch. Key by key, since Δ-atomicity is local as linearizability is.
//!
//! Calls and returns are compared by their places in the history for linearizability, and by their times for
//! staleness; what happened at the same time counts as concurrent.
//!
//! **In versions.** A read that returned *w* is more than *k* versions old if more than *k* other writes to the key
//! surely lie between: each called after *w* had returned, and returned before the read was called. Each read is judged
//! by itself: some order of the writes that agrees with real time puts no more than that many between. (*k*-atomicity,
//! Aiyer, Alvisi & Bazzi 2005, asks for one order for all reads, and is not known to be decidable in polynomial time. A
//! history that has it is not accused here.)
//!
//! In both, no read returns what was called only after the read had returned.

use super::judge::{Pattern, Verdict, Violation};
use super::registers::{Moment, Registers, Source};
use super::story::Story;
use crate::node::Nanos;

/// A moment as a number. `i128` has room for all times, less any delay, and for before and after all of them.
type Instant128 = i128;

/// How moments are compared.
#[derive(Clone, Copy)]
enum Measure {
    /// By place.
    Place,
    /// By time, and reads begin so much earlier.
    Time(u64),
}

impl Measure {
    fn at(self, moment: Moment) -> Instant128 {
        match self {
            Measure::Place => i128::from(moment.place),
            Measure::Time(_) => i128::from(moment.time.unwrap_or_default()),
        }
    }

    fn span(self, history: &Registers, op: usize) -> (Instant128, Instant128) {
        let own = &history.ops[op];
        let earlier = match self {
            Measure::Time(delay) if !own.is_write => i128::from(delay),
            Measure::Time(_) | Measure::Place => 0,
        };
        (self.at(own.call) - earlier, own.ret.map_or(Instant128::MAX, |ret| self.at(ret)))
    }
}

/// A value's write and its reads.
#[derive(Clone, Copy)]
struct Zone {
    /// The first return among them, and whose.
    first_return: (Instant128, Option<usize>),
    /// The last call among them, and whose.
    last_call: (Instant128, Option<usize>),
}

impl Zone {
    /// Whether the key surely held the value from the first return to the last call.
    fn is_stretch(&self) -> bool {
        self.first_return.0 < self.last_call.0
    }

    /// Whether each must come before the other.
    fn conflicts(&self, other: &Zone) -> bool {
        self.first_return.0 < other.last_call.0 && other.first_return.0 < self.last_call.0
    }
}

/// Linearizability of registers (Herlihy & Wing 1990).
pub(super) fn linearizable(history: &Registers) -> Verdict {
    by_zones(history, Measure::Place)
}

/// Staleness of at most `delay`.
pub(super) fn within(history: &Registers, delay: Nanos) -> Verdict {
    match untimed(history) {
        Some(why) => Verdict::Undecided(why),
        None => by_zones(history, Measure::Time(delay.0)),
    }
}

/// Why times cannot be compared, if they cannot.
pub(super) fn untimed(history: &Registers) -> Option<String> {
    let is_timed = |moment: Moment| moment.time.is_some();
    let op = history.ops.iter().find(|op| !is_timed(op.call) || op.ret.is_some_and(|ret| !is_timed(ret)))?;
    Some(format!("the operation on line {} has no time", op.line))
}

fn by_zones(history: &Registers, measure: Measure) -> Verdict {
    if let Some(verdict) = from_the_future(history, measure) {
        return verdict;
    }
    for (key, writers) in history.writers.iter().enumerate() {
        let mut zones: Vec<Zone> = vec![initial_zone(history, key, measure)];
        zones.extend(writers.iter().flat_map(|writer| &writer.writes).map(|write| zone(history, *write, measure)));
        if let Some((a, b)) = conflict(&zones) {
            return Verdict::Violated(told(history, &a, &b, measure));
        }
    }
    Verdict::Holds
}

/// A read that had returned before what it returned was written.
fn from_the_future(history: &Registers, measure: Measure) -> Option<Verdict> {
    let (read, write) = history.reads().find_map(|read| match history.source[read] {
        Source::Write(write) => {
            (measure.span(history, read).1 < measure.span(history, write).0).then_some((read, write))
        }
        Source::Initial | Source::ThinAir(_) | Source::None => None,
    })?;
    let mut story = Story::new(history);
    let (read, write) = (story.clause(read), story.clause(write));
    story.say(format!("{read}, and had returned before this was called: {write}"));
    Some(Verdict::Violated(story.end(Pattern::FutureRead)))
}

fn zone(history: &Registers, write: usize, measure: Measure) -> Zone {
    let (call, ret) = measure.span(history, write);
    let zone = Zone { first_return: (ret, Some(write)), last_call: (call, Some(write)) };
    history.readers[write].iter().fold(zone, |zone, read| widened(history, zone, *read, measure))
}

/// The value before any write was current from the beginning.
fn initial_zone(history: &Registers, key: usize, measure: Measure) -> Zone {
    let zone = Zone { first_return: (Instant128::MIN, None), last_call: (Instant128::MIN, None) };
    history.initial_readers[key].iter().fold(zone, |zone, read| widened(history, zone, *read, measure))
}

fn widened(history: &Registers, mut zone: Zone, read: usize, measure: Measure) -> Zone {
    let (call, ret) = measure.span(history, read);
    if ret < zone.first_return.0 {
        zone.first_return = (ret, Some(read));
    }
    if call > zone.last_call.0 {
        zone.last_call = (call, Some(read));
    }
    zone
}

/// Two zones each of which must come before the other.
fn conflict(zones: &[Zone]) -> Option<(Zone, Zone)> {
    let mut stretches: Vec<&Zone> = zones.iter().filter(|zone| zone.is_stretch()).collect();
    stretches.sort_by_key(|zone| zone.first_return.0);
    // Sorted by their beginnings, two overlap only if two neighbours do.
    if let Some(pair) = stretches.windows(2).find(|pair| pair[0].conflicts(pair[1])) {
        return Some((*pair[0], *pair[1]));
    }
    // No two overlap: the last that begins before a value's last call is the only one that could enclose it.
    zones.iter().filter(|zone| !zone.is_stretch()).find_map(|zone| {
        let before = stretches.partition_point(|stretch| stretch.first_return.0 < zone.last_call.0);
        let stretch = stretches[..before].last()?;
        stretch.conflicts(zone).then_some((**stretch, *zone))
    })
}

fn told(history: &Registers, a: &Zone, b: &Zone, measure: Measure) -> Violation {
    let mut story = Story::new(history);
    for (this, other) in [(a, b), (b, a)] {
        let first = this.first_return.1.map(|op| story.clause(op));
        let last = other.last_call.1.map(|op| story.clause(op));
        let (Some(first), Some(last)) = (first, last) else { continue };
        let delay = match measure {
            Measure::Time(delay) if delay > 0 => format!(" (by more than {}, if it is a read)", Nanos(delay)),
            Measure::Time(_) | Measure::Place => String::new(),
        };
        story.say(format!("{first}, and had returned before this was called{delay}: {last}"));
    }
    story.say(match (a.first_return.1, b.first_return.1) {
        (Some(_), Some(_)) => "so each of two values was the key's before the other; but each was written once",
        _ => "but the initial value comes before all that is written",
    });
    story.end(Pattern::CrossedValues)
}

/// The smallest staleness in time that a history has; none if no staleness explains it, or it has no times.
pub fn smallest_delay(history: &Registers) -> Option<Nanos> {
    if history.ambiguous.is_some() || untimed(history).is_some() || history.reads().any(|read| thin(history, read)) {
        return None;
    }
    let holds = |delay: u64| by_zones(history, Measure::Time(delay)) == Verdict::Holds;
    if !holds(u64::MAX) {
        return None;
    }
    let (mut least, mut most) = (0, u64::MAX);
    while least < most {
        let middle = least + (most - least) / 2;
        if holds(middle) { most = middle } else { least = middle + 1 }
    }
    Some(Nanos(least))
}

fn thin(history: &Registers, read: usize) -> bool {
    matches!(history.source[read], Source::ThinAir(_))
}

/// Staleness of at most `versions` writes.
pub(super) fn behind(history: &Registers, versions: u32) -> Verdict {
    if let Some(verdict) = from_the_future(history, Measure::Place) {
        return verdict;
    }
    let writes = by_return(history);
    for read in history.reads() {
        let between = between(history, &writes, read);
        if between.len() as u64 > u64::from(versions) {
            let mut story = Story::new(history);
            if let Source::Write(source) = history.source[read] {
                let clause = story.clause(source);
                story.say(format!("{clause}; after it had returned, and before the read was called, came"));
            } else {
                story.say("before the read was called, came");
            }
            for write in between.iter().rev().take(versions as usize + 1) {
                let clause = story.clause(*write);
                story.say(format!("  {clause}"));
            }
            let clause = story.clause(read);
            story.say(format!("but {clause}, which is {} versions old", between.len()));
            return Verdict::Violated(story.end(Pattern::TooOld));
        }
    }
    Verdict::Holds
}

/// The smallest staleness in versions that a history has; none if no staleness explains it.
pub fn smallest_lag(history: &Registers) -> Option<u32> {
    let wrong = history.ambiguous.is_some() || history.reads().any(|read| thin(history, read));
    if wrong || from_the_future(history, Measure::Place).is_some() {
        return None;
    }
    let writes = by_return(history);
    Some(history.reads().map(|read| between(history, &writes, read).len() as u32).max().unwrap_or(0))
}

/// The writes to each key that returned, in the order in which they did.
fn by_return(history: &Registers) -> Vec<Vec<(u64, usize)>> {
    let mut writes: Vec<Vec<(u64, usize)>> = vec![Vec::new(); history.keys.len()];
    for (number, op) in history.ops.iter().enumerate().filter(|(_, op)| op.is_write) {
        writes[op.key as usize].extend(op.ret.map(|ret| (ret.place, number)));
    }
    for own in &mut writes {
        own.sort_unstable();
    }
    writes
}

/// The writes that surely lie between what a read returned and the read, the last to return first.
fn between(history: &Registers, writes: &[Vec<(u64, usize)>], read: usize) -> Vec<usize> {
    let op = &history.ops[read];
    let after = match history.source[read] {
        // What is open may be ordered behind anything.
        Source::Write(source) => history.ops[source].ret.map_or(u64::MAX, |ret| ret.place),
        Source::Initial | Source::ThinAir(_) | Source::None => 0,
    };
    let is_initial = history.source[read] == Source::Initial;
    let own = &writes[op.key as usize];
    let returned = own.partition_point(|(ret, _)| *ret < op.call.place);
    let later = own[..returned].iter().rev().take_while(|(ret, _)| is_initial || *ret > after);
    later.map(|(_, write)| *write).filter(|write| is_initial || history.ops[*write].call.place > after).collect()
}
