//! The floor: the ping workload as a loop that does nothing else. One random generator, a heap of events, handlers
//! that are inlined; no faults, no digest, no checks, no way to see what happened.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::hint::black_box;

/// How many nodes throw balls at each other.
pub const NODES: usize = 5;
/// How often a node looks at how many balls came, in nanoseconds.
pub const LOOK: u64 = 20_000_000;

#[derive(Clone, Copy)]
enum Event {
    Ball { from: u32, to: u32, ball: (u64, u64) },
    Look { node: u32 },
}

struct Entry {
    at: u64,
    sequence: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.sequence) == (other.at, other.sequence)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

struct Floor {
    draws: ChaCha8Rng,
    queue: BinaryHeap<Entry>,
    sequence: u64,
    now: u64,
}

impl Floor {
    #[inline]
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.draws.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    #[inline]
    fn push(&mut self, at: u64, event: Event) {
        self.queue.push(Entry { at, sequence: self.sequence, event });
        self.sequence += 1;
    }

    /// To a random other node, in 1 to 10 ms; one in a hundred is lost.
    #[inline]
    fn throw(&mut self, from: u32, ball: (u64, u64)) {
        let mut to = self.below(NODES as u64 - 1) as u32;
        if to >= from {
            to += 1;
        }
        if self.draws.next_u64() >= u64::MAX / 100 {
            let takes = 1_000_000 + self.below(9_000_000);
            self.push(self.now + takes, Event::Ball { from, to, ball });
        }
    }
}

/// Delivers `deliveries` balls. Each node throws one for each that comes, and enough to see `threshold` in 20 ms.
pub fn run(threshold: u64, deliveries: u64) {
    let mut floor =
        Floor { draws: ChaCha8Rng::seed_from_u64(1), queue: BinaryHeap::with_capacity(4096), sequence: 0, now: 0 };
    let mut seen = [0u64; NODES];
    let (mut sum, mut delivered) = (0u64, 0);
    for node in 0..NODES as u32 {
        for _ in 0..(threshold * 5).div_ceil(4).max(1) {
            floor.throw(node, (u64::from(node), 0));
        }
        floor.push(LOOK, Event::Look { node });
    }
    while let Some(Entry { at, event, .. }) = floor.queue.pop() {
        floor.now = at;
        match event {
            Event::Ball { from, to, ball } => {
                seen[to as usize] += 1;
                sum ^= ball.0.wrapping_add(u64::from(from));
                delivered += 1;
                floor.throw(to, (sum, ball.1 + 1));
                if delivered >= deliveries {
                    break;
                }
            }
            Event::Look { node } => {
                for _ in std::mem::take(&mut seen[node as usize])..threshold {
                    floor.throw(node, (sum, 0));
                }
                floor.push(at + LOOK, Event::Look { node });
            }
        }
    }
    black_box(sum);
}
