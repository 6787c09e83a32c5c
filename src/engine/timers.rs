//! Named timers. Each has a random stream of its own and one queued event, which moves when it fires early: a timer
//! that is pushed back again and again (an election timeout under a steady heartbeat) costs one event per timeout, not
//! one per heartbeat.

use crate::engine::queue::Key;
use crate::node::{Digest, Nanos, NodeId, Purpose, Span, Stream};
use std::fmt::Debug;
use std::hash::Hasher;

/// One node's timers.
#[derive(Debug)]
pub struct Timers<T> {
    named: Vec<Named<T>>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers { named: Vec::new() }
    }
}

#[derive(Debug)]
struct Named<T> {
    timer: T,
    stream: Stream,
    /// When it is due, and its place in the order of events; none while it is not set.
    due: Option<(Nanos, u64)>,
    /// Its event in the queue, which is never later than `due`.
    queued: Option<Key>,
}

/// What a popped timer event means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Popped {
    /// The timer runs out now.
    Fires,
    /// It was set again meanwhile: its event goes back into the queue, under this time and sequence number.
    Moves(Nanos, u64),
    /// It was cancelled, or another event stands for it.
    Stale,
}

impl<T: Copy + Ord + Debug> Timers<T> {
    fn place(&mut self, seed: u64, node: NodeId, timer: T) -> usize {
        // Timers are few and mostly the same: a search from the front beats anything clever.
        if let Some(place) = self.named.iter().position(|named| named.timer == timer) {
            return place;
        }
        // The stream is named by the timer's name, so that a new timer shifts no other.
        let mut entity = Digest::default();
        entity.write_u64(node.index() as u64);
        entity.write(format!("{timer:?}").as_bytes());
        let stream = Stream::new(seed, Purpose::Timer, entity.finish() >> 2);
        self.named.push(Named { timer, stream, due: None, queued: None });
        self.named.len() - 1
    }

    /// Sets a timer, due at a time drawn within `span` from `now`, as number `sequence` in the order of events. Says
    /// when an event must be queued for it; none where the queued one will do. Then [`Timers::queued`] takes its key.
    pub fn set(&mut self, seed: u64, node: NodeId, timer: T, span: Span, now: Nanos, sequence: u64) -> Option<Nanos> {
        let place = self.place(seed, node, timer);
        let named = &mut self.named[place];
        let due = now + named.stream.within(span);
        named.due = Some((due, sequence));
        match named.queued {
            Some(key) if key.time() <= due => None,
            Some(_) | None => Some(due),
        }
    }

    /// Notes the event that was queued for a timer.
    pub fn queued(&mut self, timer: T, key: Key) {
        if let Some(named) = self.named.iter_mut().find(|named| named.timer == timer) {
            named.queued = Some(key);
        }
    }

    /// Takes a timer back.
    pub fn cancel(&mut self, timer: T) {
        if let Some(named) = self.named.iter_mut().find(|named| named.timer == timer) {
            named.due = None;
        }
    }

    /// Takes all timers back.
    pub fn cancel_all(&mut self) {
        for named in &mut self.named {
            named.due = None;
        }
    }

    /// What the event `key` of a timer means, now that it was popped.
    pub fn popped(&mut self, timer: T, key: Key) -> Popped {
        let named = self.named.iter_mut().find(|named| named.timer == timer).expect("an event of a known timer");
        if named.queued != Some(key) {
            return Popped::Stale;
        }
        named.queued = None;
        match named.due {
            None => Popped::Stale,
            Some((due, _)) if due == key.time() => {
                // A timer that was set again for the very same moment fires in its first event's place.
                named.due = None;
                Popped::Fires
            }
            Some((due, sequence)) => Popped::Moves(due, sequence),
        }
    }
}
