//! The queue of events: the earliest first, and of those at one time the one that was queued first.
//!
//! Time, sequence number and the event's place in the slab are packed into one 128-bit key; keys are moved and
//! compared, events stay where they are. While little is pending, all keys stand in one short sorted list, which stays
//! in the cache. What finds no room there goes into a timing wheel (Varghese & Lauck 1987), whose slots are sorted
//! only when their time comes; and what lies beyond the wheel waits in a heap. The next key is the least of the three
//! ends, so that the order is exact wherever a key stands.

use crate::node::Nanos;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// time (64 bits) | sequence (40) | place in the slab (24)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u128);

const PLACE_BITS: u32 = 24;
const SEQUENCE_BITS: u32 = 40;

impl Key {
    /// Later than any event.
    const NONE: Key = Key(u128::MAX);

    #[inline]
    fn new(at: Nanos, sequence: u64, place: u32) -> Self {
        assert!(sequence < 1 << SEQUENCE_BITS, "more than 2^{SEQUENCE_BITS} events in one run");
        Key(u128::from(at.0) << 64 | u128::from(sequence << PLACE_BITS | u64::from(place)))
    }

    /// When the event is due.
    #[inline]
    pub fn time(self) -> Nanos {
        Nanos((self.0 >> 64) as u64)
    }

    /// Its place in the order of events.
    pub fn sequence(self) -> u64 {
        self.0 as u64 >> PLACE_BITS
    }

    #[inline]
    fn place(self) -> usize {
        (self.0 as u64 & ((1 << PLACE_BITS) - 1)) as usize
    }

    /// The turn of the wheel that it belongs to.
    #[inline]
    fn turn(self) -> u64 {
        self.time().0 >> SLOT_BITS
    }
}

/// How many keys the sorted list holds.
const SHORT: usize = 24;
/// A slot of the wheel is 2^14 ns long.
const SLOT_BITS: u32 = 14;
/// The wheel reaches 1024 slots ahead: 17 ms, longer than most messages take.
const SLOTS: usize = 1024;
const WORDS: usize = SLOTS / 64;

/// The short list lies in a ring: a power of two, so that a place in it is a mask away, and no less than `SHORT`.
const RING: usize = 32;

/// A few keys, sorted, the earliest first. A key is inserted from the end to which it is likely to be nearer, so that
/// few others make room for it; where it comes to stand does not depend on that.
#[derive(Debug)]
struct Short {
    keys: [Key; RING],
    /// Where the earliest key stands.
    head: usize,
    len: usize,
}

impl Short {
    const EMPTY: Short = Short { keys: [Key::NONE; RING], head: 0, len: 0 };

    /// The earliest key.
    #[inline(always)]
    fn first(&self) -> Option<Key> {
        (self.len > 0).then(|| self.keys[self.head % RING])
    }

    #[inline(always)]
    fn pop_first(&mut self) {
        self.head = self.head.wrapping_add(1);
        self.len -= 1;
    }

    /// Takes a key that comes soon, a message's: those before it make room. There is room for it.
    #[inline(always)]
    fn insert_early(&mut self, key: Key) {
        let mut hole = self.head.wrapping_sub(1);
        self.head = hole;
        for _ in 0..self.len {
            let earlier = self.keys[hole.wrapping_add(1) % RING];
            if earlier > key {
                break;
            }
            self.keys[hole % RING] = earlier;
            hole = hole.wrapping_add(1);
        }
        self.keys[hole % RING] = key;
        self.len += 1;
    }

    /// Takes a key that comes late, a timer's: those behind it make room. There is room for it.
    #[inline(always)]
    fn insert_late(&mut self, key: Key) {
        let mut hole = self.head.wrapping_add(self.len);
        for _ in 0..self.len {
            let later = self.keys[hole.wrapping_sub(1) % RING];
            if later < key {
                break;
            }
            self.keys[hole % RING] = later;
            hole = hole.wrapping_sub(1);
        }
        self.keys[hole % RING] = key;
        self.len += 1;
    }
}

/// The keys of what comes soon, by the slot of 2^14 ns in which it comes.
#[derive(Debug)]
struct Wheel {
    slots: Vec<Vec<Key>>,
    /// Which slots hold keys, a bit each.
    occupied: [u64; WORDS],
    /// The slot that comes first, as a number of slots since the beginning. It alone is sorted, latest first.
    cursor: u64,
    keys: usize,
}

impl Wheel {
    fn new() -> Self {
        Wheel { slots: vec![Vec::new(); SLOTS], occupied: [0; WORDS], cursor: 0, keys: 0 }
    }

    /// Takes a key; false where it lies beyond the wheel.
    #[inline]
    fn push(&mut self, key: Key) -> bool {
        let ahead = key.turn().wrapping_sub(self.cursor);
        if ahead >= SLOTS as u64 {
            return false;
        }
        let place = key.turn() as usize % SLOTS;
        let slot = &mut self.slots[place];
        if ahead == 0 {
            let earlier = slot.iter().rposition(|other| *other > key).map_or(0, |later| later + 1);
            slot.insert(earlier, key);
        } else {
            slot.push(key);
        }
        self.occupied[place / 64] |= 1 << (place % 64);
        self.keys += 1;
        true
    }

    /// The earliest key. Turns the wheel to it.
    #[inline]
    fn first(&mut self) -> Key {
        if self.keys == 0 {
            return Key::NONE;
        }
        let turn = self.next_occupied();
        let slot = &mut self.slots[turn as usize % SLOTS];
        if turn != self.cursor {
            slot.sort_unstable_by(|one, other| other.cmp(one));
            self.cursor = turn;
        }
        slot.last().copied().unwrap_or(Key::NONE)
    }

    /// The first slot from the cursor on that holds keys. Some slot does.
    #[inline]
    fn next_occupied(&self) -> u64 {
        let start = self.cursor as usize % SLOTS;
        let (word, bit) = (start / 64, start % 64);
        let rest = self.occupied[word] & (!0 << bit);
        if rest != 0 {
            return self.cursor + u64::from(rest.trailing_zeros()) - bit as u64;
        }
        for step in 1..=WORDS {
            let keys = self.occupied[(word + step) % WORDS];
            if keys != 0 {
                return self.cursor - bit as u64 + (step * 64) as u64 + u64::from(keys.trailing_zeros());
            }
        }
        unreachable!("a wheel that holds keys has a slot that does")
    }

    /// Takes the earliest key away, after [`Wheel::first`] has found it.
    #[inline]
    fn pop_first(&mut self) {
        let place = self.cursor as usize % SLOTS;
        self.slots[place].pop();
        if self.slots[place].is_empty() {
            self.occupied[place / 64] &= !(1 << (place % 64));
        }
        self.keys -= 1;
    }
}

/// Events to come. Their places are used again, so that a steady run allocates nothing.
#[derive(Debug)]
pub struct Queue<E> {
    short: Short,
    wheel: Wheel,
    far: BinaryHeap<Reverse<Key>>,
    slab: Vec<Option<E>>,
    free: Vec<u32>,
    sequence: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue {
            short: Short::EMPTY,
            wheel: Wheel::new(),
            far: BinaryHeap::new(),
            slab: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }
}

impl<E> Queue<E> {
    /// The next sequence number, for an event that may be queued later under it.
    #[inline]
    pub fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Queues an event that comes soon, as most do.
    #[inline(always)]
    pub fn push(&mut self, at: Nanos, event: E) -> Key {
        let sequence = self.next_sequence();
        let key = Key::new(at, sequence, self.put(event));
        if self.len() < SHORT {
            self.short.insert_early(key);
        } else {
            self.push_long(key);
        }
        key
    }

    /// Queues an event under a sequence number that was taken before: a timer, which mostly comes later than what is
    /// pending.
    #[inline(never)]
    pub fn push_as(&mut self, at: Nanos, sequence: u64, event: E) -> Key {
        let key = Key::new(at, sequence, self.put(event));
        if self.len() < SHORT {
            self.short.insert_late(key);
        } else {
            self.push_long(key);
        }
        key
    }

    #[inline(never)]
    fn push_long(&mut self, key: Key) {
        if !self.wheel.push(key) {
            self.far.push(Reverse(key));
        }
    }

    #[inline(always)]
    fn put(&mut self, event: E) -> u32 {
        let Some(place) = self.free.pop() else { return self.put_anew(event) };
        // The place is empty, so that nothing is left to drop: forgetting that spares a look at it.
        std::mem::forget(self.slab[place as usize].replace(event));
        place
    }

    #[cold]
    fn put_anew(&mut self, event: E) -> u32 {
        assert!(self.slab.len() < 1 << PLACE_BITS, "more than 2^{PLACE_BITS} events are pending");
        self.slab.push(Some(event));
        // Room for all places to become free, so that giving one back never allocates.
        self.free.reserve(self.slab.len());
        (self.slab.len() - 1) as u32
    }

    /// How many events are pending.
    #[inline]
    pub fn len(&self) -> usize {
        self.short.len + self.wheel.keys + self.far.len()
    }

    /// Takes the next event, where it is due before `end`.
    #[inline(always)]
    pub fn pop_before(&mut self, end: Nanos) -> Option<(Key, E)> {
        let key = if self.wheel.keys + self.far.len() == 0 {
            let key = self.short.first()?;
            if key.time() >= end {
                return None;
            }
            self.short.pop_first();
            key
        } else {
            self.pop_least(end)?
        };
        let event = self.slab[key.place()].take().expect("a queued key has an event");
        self.free.push(key.place() as u32);
        Some((key, event))
    }

    /// Takes the least of the three ends away, where it is due before `end`.
    #[inline(never)]
    fn pop_least(&mut self, end: Nanos) -> Option<Key> {
        let short = self.short.first().unwrap_or(Key::NONE);
        let far = self.far.peek().map_or(Key::NONE, |key| key.0);
        let near = self.wheel.first();
        let least = short.min(far).min(near);
        if least == Key::NONE || least.time() >= end {
            return None;
        }
        if least == near {
            self.wheel.pop_first();
        } else if least == short {
            self.short.pop_first();
        } else {
            self.far.pop();
        }
        if self.wheel.keys == 0 {
            self.wheel.cursor = least.turn();
        }
        Some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Purpose, Stream};

    const END: Nanos = Nanos(u64::MAX);

    #[test]
    fn events_come_in_order_of_time_then_of_queueing() {
        let mut queue = Queue::default();
        let mut draws = Stream::new(1, Purpose::Choices, 0);
        let mut expected = Vec::new();
        for number in 0..2000u64 {
            let at = Nanos(draws.below(300));
            queue.push(at, number);
            expected.push((at, number));
        }
        expected.sort_unstable();
        let events = std::iter::from_fn(|| queue.pop_before(END));
        let popped: Vec<_> = events.map(|(key, number)| (key.time(), number)).collect();
        assert_eq!(popped, expected);
        assert_eq!(queue.slab.len(), queue.free.len(), "every place is free again");
    }

    /// A million pushes and pops in turns, at every density and reach, against a set that is simply sorted.
    #[test]
    fn the_order_is_that_of_a_sorted_set_whatever_is_pending() {
        let mut draws = Stream::new(2, Purpose::Choices, 0);
        for round in 0..60 {
            let mut queue = Queue::default();
            let mut sorted = std::collections::BTreeSet::new();
            let mut now = 0;
            // From a handful to thousands that are pending, from one slot to far beyond the wheel.
            let (pending, reach) = (1 << (round % 12), 1u64 << (8 + round % 23));
            for number in 1..=16_000u64 {
                let fills = sorted.len() < 2 || draws.below(2 * pending) >= sorted.len() as u64;
                if fills && sorted.len() < 4 * pending as usize {
                    let at = now + draws.below(reach) * draws.below(2);
                    queue.push(Nanos(at), number);
                    sorted.insert((at, number));
                }
                if draws.below(3) > 0 {
                    let end = now + draws.below(reach);
                    let expected = sorted.first().copied().filter(|(at, _)| *at < end);
                    let popped = queue.pop_before(Nanos(end)).map(|(key, event)| (key.time().0, event));
                    assert_eq!(popped, expected, "round {round}, number {number}");
                    if let Some(first) = expected {
                        sorted.remove(&first);
                        now = first.0;
                    } else {
                        // Time passes without an event, as between two phases of a run.
                        now = now.max(sorted.first().map_or(now, |(at, _)| (*at).min(end)));
                    }
                }
                assert_eq!(queue.len(), sorted.len());
            }
        }
    }
}
