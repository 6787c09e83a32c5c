//! One node's disk: the durable image, the records on their way to it, and the effects that wait for them.

use crate::node::{Node, NodeId, Outcome, Record, Reply, RequestId};
use std::collections::VecDeque;

/// Something that leaves the node, once the barrier writes ahead of it are durable.
pub(in crate::engine) enum Leaving<N: Node> {
    Send { to: NodeId, message: N::Message },
    Reply { request: RequestId, outcome: Outcome<Reply<N>> },
    Fact(crate::node::Fact<N>),
}

struct Held<N: Node> {
    /// The record that must be durable first: the last barrier ahead of it.
    needs: u64,
    /// How many records were written ahead of it, lazy ones included: the image it is judged against holds no more.
    place: u64,
    what: Leaving<N>,
}

/// Records are numbered from 1 within a boot of the node.
pub(in crate::engine) struct Disk<N: Node> {
    /// What a restart would find.
    pub durable: N::Stable,
    tail: VecDeque<Record<N>>,
    held: VecDeque<Held<N>>,
    written: u64,
    barrier: u64,
    synced: u64,
    /// Up to which record the sync under way reaches, if one is.
    pub syncing: Option<u64>,
}

/// What becomes durable or leaves next, as a sync completes.
pub(in crate::engine) enum Released<N: Node> {
    Record(Record<N>),
    Leaving(Leaving<N>),
}

impl<N: Node> Disk<N> {
    pub fn new() -> Self {
        Disk {
            durable: N::Stable::default(),
            tail: VecDeque::new(),
            held: VecDeque::new(),
            written: 0,
            barrier: 0,
            synced: 0,
            syncing: None,
        }
    }

    /// Takes a record that is not durable yet.
    pub fn write(&mut self, record: Record<N>, barrier: bool) {
        self.tail.push_back(record);
        self.written += 1;
        if barrier {
            self.barrier = self.written;
        }
    }

    /// Whether what leaves now must wait.
    #[inline]
    pub fn waits(&self) -> bool {
        self.barrier > self.synced
    }

    /// Holds something back behind the barrier writes ahead of it.
    pub fn hold(&mut self, what: Leaving<N>) {
        self.held.push_back(Held { needs: self.barrier, place: self.written, what });
    }

    /// The last record that a sync started now would make durable; none where there is nothing to sync.
    pub fn wants_sync(&self) -> Option<u64> {
        (self.syncing.is_none() && self.written > self.synced).then_some(self.written)
    }

    /// The next thing that a sync up to record `upto` lets happen. Records come one by one, and what waits leaves
    /// between them, each exactly at its place: folding a whole group first would accuse honest messages.
    pub fn release(&mut self, upto: u64) -> Option<Released<N>> {
        if let Some(held) = self.held.front()
            && held.needs <= upto
            && held.place.min(upto) <= self.synced
        {
            return self.held.pop_front().map(|held| Released::Leaving(held.what));
        }
        if self.synced < upto {
            self.synced += 1;
            return self.tail.pop_front().map(Released::Record);
        }
        self.syncing = None;
        None
    }

    /// How many records and effects wait for a sync.
    pub fn waiting(&self) -> usize {
        self.tail.len() + self.held.len()
    }

    /// A crash: the records that were not durable are lost, and so is what waited for them. Says how many records.
    pub fn crash(&mut self) -> u64 {
        let lost = self.tail.len() as u64;
        self.tail.clear();
        self.held.clear();
        (self.written, self.barrier, self.synced, self.syncing) = (0, 0, 0, None);
        lost
    }
}
