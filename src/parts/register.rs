//! A register with many writers, made of one for each of them.
//!
//! A copy of the register is a table: of each client the last write that is known, under a *version*. The value is the
//! write of the highest version. Who writes collects copies first and takes a version above all that are in them. Built
//! so since Paul Vitányi & Baruch Awerbuch, *Atomic Shared Register Access by Asynchronous Hardware* (1986); over
//! messages and quorums: Hagit Attiya, Amotz Bar-Noy & Danny Dolev, *Sharing Memory Robustly in Message-Passing
//! Systems* (1995), and Nancy Lynch & Alexander Shvartsman, *Robust Emulation of Shared Memory Using Dynamic
//! Quorum-Acknowledged Broadcasts* (1997).
//!
//! **A request that is asked for again.** A client that hears nothing asks another node, and so one write may be
//! prepared twice, under two versions. The lower one counts, wherever both are known. Else an attempt that comes late,
//! when the write is long done and overwritten, would come with a version above that of what has overwritten it, and
//! bring it back. The table is a session table at the same time: a request that is in it is not prepared again.
//!
//! **Why no old write comes back.** Copies are only ever merged whole, so a copy that knows a write *w* under a version
//! knows all that was collected for *w* when it got that version. If *r* was done before *w* was asked for, then *r*
//! was among that, or a later request of its client; so each copy that knows *w* holds *r* under a lower version than
//! *w*, or not at all. Whoever reads after *w* is done knows *w* (quorums meet), or a later write of its client, of
//! which the same is true. So *r* is not the value.
//!
//! Merging is a join: it does not matter in which order copies are merged, in which groups, or how often.

use crate::node::{ClientId, RequestId};
use std::collections::BTreeMap;

/// A client's last write, as a copy knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Write<V> {
    /// Which of the client's requests.
    pub sequence: u32,
    /// The lowest version that it is known under.
    pub version: u64,
    /// What was written.
    pub value: V,
}

/// A copy of the register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Register<V> {
    last: BTreeMap<ClientId, Write<V>>,
}

impl<V> Default for Register<V> {
    fn default() -> Self {
        Register { last: BTreeMap::new() }
    }
}

impl<V: Copy + Eq> Register<V> {
    /// Whether nothing was ever written.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// Whether the request is in the copy, or a later one of its client.
    pub fn has(&self, request: RequestId) -> bool {
        self.last.get(&request.client).is_some_and(|write| write.sequence >= request.sequence)
    }

    /// Whether a later request of the same client is in the copy: nobody waits for this one any more.
    pub fn has_later(&self, request: RequestId) -> bool {
        self.last.get(&request.client).is_some_and(|write| write.sequence > request.sequence)
    }

    /// The value: of the highest version, and among equals of the client with the higher number.
    pub fn value(&self) -> Option<V> {
        self.last.iter().max_by_key(|(client, write)| (write.version, **client)).map(|(_, write)| write.value)
    }

    /// A version above all in the copy.
    pub fn next_version(&self) -> u64 {
        self.last.values().map(|write| write.version).max().unwrap_or(0) + 1
    }

    /// Takes in a write.
    pub fn write(&mut self, request: RequestId, version: u64, value: V) {
        self.take_in(request.client, Write { sequence: request.sequence, version, value });
    }

    /// Takes in another copy.
    pub fn merge(&mut self, other: &Register<V>) {
        other.last.iter().for_each(|(client, write)| self.take_in(*client, *write));
    }

    /// The same with another copy taken in.
    #[must_use]
    pub fn merged(&self, other: &Register<V>) -> Self {
        let mut merged = self.clone();
        merged.merge(other);
        merged
    }

    fn take_in(&mut self, client: ClientId, write: Write<V>) {
        let own = self.last.entry(client).or_insert(write);
        if write.sequence > own.sequence {
            *own = write;
        } else if write.sequence == own.sequence {
            own.version = own.version.min(write.version);
        }
    }

    /// The writes that are in the copy: of each client the last.
    pub fn writes(&self) -> impl Iterator<Item = RequestId> + '_ {
        self.last.iter().map(|(client, write)| RequestId { client: *client, sequence: write.sequence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(client: u32, sequence: u32) -> RequestId {
        RequestId { client: ClientId::new(client), sequence }
    }

    fn with(base: &Register<u32>, client: u32, sequence: u32, version: u64) -> Register<u32> {
        let mut copy = base.clone();
        copy.write(request(client, sequence), version, client * 10 + sequence);
        copy
    }

    #[test]
    fn the_highest_version_is_the_value() {
        let first = with(&Register::default(), 1, 1, 1);
        let second = with(&first, 2, 1, first.next_version());
        assert_eq!((second.value(), second.next_version()), (Some(21), 3));
        assert!(second.has(request(1, 1)) && !second.has(request(1, 2)));
        let third = with(&second, 1, 2, 3);
        assert_eq!((third.value(), third.has_later(request(1, 1))), (Some(12), true));
        assert_eq!(third.merged(&first), third, "what it has taken in already changes nothing");
        assert_eq!(with(&first, 2, 1, 1).value(), Some(21), "of equal versions the later client's");
    }

    /// A write is prepared twice, done under its first version, and overwritten; then the second attempt arrives.
    #[test]
    fn an_attempt_that_comes_late_brings_nothing_back() {
        let done = with(&Register::default(), 1, 1, 7);
        let over = with(&done, 2, 1, 8);
        let late = with(&Register::default(), 1, 1, 9);
        assert_eq!(late.merged(&over).value(), Some(21));
        assert_eq!(late.merged(&done), done);
    }

    #[test]
    fn merging_is_a_join() {
        let empty = Register::default();
        let mut copies = vec![empty.clone()];
        for (client, sequence, version) in [(1, 1, 1), (1, 1, 3), (1, 2, 2), (2, 1, 1), (2, 1, 4), (3, 1, 2)] {
            let more: Vec<_> = copies.iter().map(|copy| with(copy, client, sequence, version)).collect();
            copies.extend(more);
        }
        for a in &copies {
            for b in &copies {
                let both = a.merged(b);
                assert_eq!(both, b.merged(a));
                assert_eq!(both.merged(a), both);
                for c in copies.iter().step_by(5) {
                    assert_eq!(both.merged(c), a.merged(&b.merged(c)));
                }
            }
        }
    }
}
