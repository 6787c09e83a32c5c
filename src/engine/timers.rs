//! Named timers. Each has a random stream of its own and one queued event, which moves when it fires early: a timer
//! that is pushed back again and again (an election timeout under a steady heartbeat) costs one event per timeout, not
//! one per heartbeat.

use crate::engine::clocks::{Clock, NEVER};
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
    /// None while it is not set.
    due: Option<Due>,
    /// Its event in the queue, which is never later than `due`.
    queued: Option<Key>,
}

#[derive(Clone, Copy, Debug)]
struct Due {
    /// When, by the true time.
    at: Nanos,
    /// What the node's clock reads then.
    reads: Nanos,
    /// Its place in the order of events.
    sequence: u64,
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
    #[inline]
    fn place(&mut self, seed: u64, node: NodeId, timer: T) -> usize {
        // Timers are few and mostly the same: a search from the front beats anything clever.
        match self.named.iter().position(|named| named.timer == timer) {
            Some(place) => place,
            None => self.name(seed, node, timer),
        }
    }

    #[cold]
    fn name(&mut self, seed: u64, node: NodeId, timer: T) -> usize {
        // The stream is named by the timer's name, so that a new timer shifts no other.
        let mut entity = Digest::default();
        entity.write_u64(node.index() as u64);
        entity.write(format!("{timer:?}").as_bytes());
        let stream = Stream::new(seed, Purpose::Timer, entity.finish() >> 2);
        self.named.push(Named { timer, stream, due: None, queued: None });
        self.named.len() - 1
    }

    /// Sets a timer of the node whose streams `seed` and `node` name, due when a length drawn within `span` will have
    /// passed by its `clock`. Says when an event must be queued for it, under the number `sequence` in the order of
    /// events, and the timer's place; none where the queued one will do. Then [`Timers::queued_at`] takes its key.
    #[inline]
    pub fn set(
        &mut self,
        of: (u64, NodeId, T),
        span: Span,
        now: Nanos,
        clock: Clock,
        sequence: u64,
    ) -> Option<(Nanos, usize)> {
        let (seed, node, timer) = of;
        let place = self.place(seed, node, timer);
        let named = &mut self.named[place];
        let length = named.stream.within(span);
        let due = Due { at: clock.after(now, length), reads: clock.read(now) + length, sequence };
        named.due = Some(due);
        named.unqueued().map(|at| (at, place))
    }

    /// Notes the event that was queued for the timer at a place.
    #[inline]
    pub fn queued_at(&mut self, place: usize, key: Key) {
        self.named[place].queued = Some(key);
    }

    /// From now on the node's clock is another one. Says whether any timer moved, and which events must be queued,
    /// under which sequence numbers.
    pub fn retime(&mut self, now: Nanos, clock: Clock) -> (bool, Vec<(T, Nanos, u64)>) {
        let (mut moved, mut events) = (false, Vec::new());
        for named in &mut self.named {
            let Some(due) = &mut named.due else { continue };
            let at = clock.when(due.reads, now);
            moved |= at != due.at;
            due.at = at;
            let sequence = due.sequence;
            events.extend(named.unqueued().map(|at| (named.timer, at, sequence)));
        }
        (moved, events)
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

    /// What the event `key` of a timer means, now that it is looked at: as it is popped, or later where its node was
    /// paused or at work.
    pub fn popped(&mut self, timer: T, key: Key, now: Nanos) -> Popped {
        let named = self.named.iter_mut().find(|named| named.timer == timer).expect("an event of a known timer");
        if named.queued != Some(key) {
            return Popped::Stale;
        }
        named.queued = None;
        match named.due {
            None => Popped::Stale,
            Some(due) if due.at <= now => {
                // A timer that was set again for the very same moment fires in its first event's place; and so does
                // one that was set again, for a moment that has passed, while its event waited for the node.
                named.due = None;
                Popped::Fires
            }
            Some(due) if due.at == NEVER => Popped::Stale,
            Some(due) => Popped::Moves(due.at, due.sequence),
        }
    }
}

impl<T> Named<T> {
    /// When an event must be queued, where the queued one comes too late or there is none.
    #[inline]
    fn unqueued(&self) -> Option<Nanos> {
        let due = self.due?.at;
        let queued = self.queued.is_some_and(|key| key.time() <= due);
        (!queued && due != NEVER).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::queue::Queue;

    const NODE: NodeId = NodeId::new(0);

    fn exactly(millis: u64) -> Span {
        Span { min: Nanos::from_millis(millis), max: Nanos::from_millis(millis) }
    }

    /// A timer due at 10 ms whose event is queued, set again for 20 ms.
    fn set_again() -> (Timers<&'static str>, Key) {
        let mut timers = Timers::default();
        let (at, _) = timers.set((1, NODE, "tick"), exactly(10), Nanos::ZERO, Clock::TRUE, 7).unwrap();
        let key = Queue::default().push_as(at, 7, "tick");
        timers.queued("tick", key);
        assert_eq!(timers.set((1, NODE, "tick"), exactly(20), Nanos::ZERO, Clock::TRUE, 8), None, "its event will do");
        (timers, key)
    }

    #[test]
    fn a_timer_that_was_set_again_moves_its_event() {
        let (mut timers, key) = set_again();
        assert_eq!(timers.popped("tick", key, Nanos::from_millis(10)), Popped::Moves(Nanos::from_millis(20), 8));
    }

    /// The event waited for a slow node, which meanwhile set the timer again, for a moment that has passed when the
    /// event is looked at. It once went back into the queue at that moment, before the present one.
    #[test]
    fn a_timer_that_ran_out_while_its_event_waited_fires() {
        let (mut timers, key) = set_again();
        assert_eq!(timers.popped("tick", key, Nanos::from_millis(25)), Popped::Fires);
    }
}
