//! The record of a run: what happened, line by line, as data that reports read. Kept only when asked for.

use crate::engine::disk::Loss;
use crate::engine::doom::Doom;
use crate::node::{Nanos, NodeId, RequestId};
use std::collections::BTreeMap;

/// A message as people name it: its kind, and its number among those of its kind on its directed link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageName {
    /// The message enum's variant.
    pub kind: String,
    /// From 1, in the order in which the messages were sent.
    pub number: u64,
}

/// What became of a message as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// On its way.
    OnItsWay,
    /// On its way twice.
    Twice,
    /// On its way, and to arrive once more long after.
    Again,
    /// On its way, but held back.
    HeldBack,
    /// The network lost it.
    Lost,
    /// The network damaged it.
    Corrupted,
    /// Too much waited on the link.
    Overflowed,
    /// A partition cut the link.
    Cut,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A step begins: the node started, for the first time or after a crash.
    Started,
    /// A step begins: a message arrived.
    Delivered {
        /// From whom.
        from: NodeId,
        /// Which.
        name: MessageName,
        /// What it says.
        text: String,
    },
    /// A step begins: a timer ran out.
    Fired {
        /// Its name.
        timer: String,
    },
    /// A step begins: a client's request arrived.
    Requested {
        /// Which.
        request: RequestId,
        /// What it asks.
        op: String,
    },
    /// A step begins: the disk has synced up to this record of the node's.
    Synced {
        /// Its number, from 1 since the node started.
        upto: u64,
        /// Whether the disk only says so.
        lie: bool,
    },
    /// A step: the node crashed.
    Crashed {
        /// What it lost.
        loss: Loss,
        /// How many records that were not synced reached the disk by chance.
        kept: u64,
        /// Whether it was in for it: see [`What::Doomed`].
        doomed: bool,
    },
    /// A step: a synced record on the node's disk rots.
    Rotted {
        /// Its number, from 1 since the beginning.
        record: u64,
    },
    /// Within a step: the node has found a rotten record as it started.
    FoundRot {
        /// Its number, from 1 since the beginning.
        record: u64,
        /// Whether it goes on without what it lost; else it stays down.
        recovered: bool,
    },
    /// A step: the node's clock was put.
    ClockPut {
        /// What it reads now.
        reads: Nanos,
        /// By how many parts per million it runs too fast.
        ppm: i64,
    },
    /// Not a step: a fault begins or ends.
    Fault {
        /// Which.
        text: String,
    },
    /// A step: the node was spared the crash that it was in for.
    Spared,
    /// A step: the node will crash inside a step, after so many things of a kind.
    Doomed {
        /// Of which kind, and how many.
        doom: Doom,
    },
    /// A step: links were cut, or healed.
    Links {
        /// Which of the two.
        healed: bool,
        /// Those who are not heard.
        from: Vec<NodeId>,
        /// Those who do not hear them.
        to: Vec<NodeId>,
    },
    /// Within a step: a record was written.
    Wrote {
        /// The record.
        record: String,
        /// Whether what follows waits for it.
        barrier: bool,
    },
    /// A message left.
    Sent {
        /// For whom.
        to: NodeId,
        /// Which.
        name: MessageName,
        /// What it says.
        text: String,
        /// What became of it.
        fate: Sent,
    },
    /// A reply left.
    Replied {
        /// To what.
        request: RequestId,
        /// How the attempt ended.
        outcome: String,
    },
    /// A fact left.
    Fact {
        /// The fact.
        fact: String,
    },
    /// The node chose.
    Chose {
        /// What.
        answer: u64,
    },
    /// What people look at changed.
    Changed {
        /// Before the step.
        before: String,
        /// After it.
        after: String,
    },
    /// Not a step: a message arrived at a cut link or a node that was down.
    Undelivered {
        /// From whom.
        from: NodeId,
        /// Which.
        name: MessageName,
        /// Why not.
        why: &'static str,
    },
    /// Not a step: a client's request did not arrive, or an operation ended.
    Client {
        /// A sentence.
        text: String,
    },
    /// An invariant was violated.
    Violated {
        /// Its name.
        invariant: &'static str,
        /// What was seen.
        evidence: String,
    },
}

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub time: Nanos,
    /// In which step, from 1; 0 before the first.
    pub step: u64,
    /// Where; none for what happens to no node.
    pub node: Option<NodeId>,
    /// What.
    pub what: What,
}

/// The record of a run so far.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// In order.
    pub lines: Vec<Line>,
    /// How many messages of each kind each link has carried.
    counts: BTreeMap<(NodeId, NodeId, String), u64>,
    /// The names of all messages, by link and number on the link.
    names: BTreeMap<(NodeId, NodeId, u64), MessageName>,
}

/// The variant's name at the front of a message's debug text, with the scope that a host has put before it: `Vote`,
/// `g1:Vote`.
pub fn kind_of(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(text.len());
    &text[..end]
}

impl Recording {
    /// Adds a line.
    pub fn add(&mut self, time: Nanos, step: u64, node: impl Into<Option<NodeId>>, what: What) {
        self.lines.push(Line { time, step, node: node.into(), what });
    }

    /// Names the message that its link carries as number `number`.
    pub fn name(&mut self, from: NodeId, to: NodeId, number: u64, text: &str) -> MessageName {
        let kind = kind_of(text).to_owned();
        let count = self.counts.entry((from, to, kind.clone())).or_default();
        *count += 1;
        let name = MessageName { kind, number: *count };
        self.names.insert((from, to, number), name.clone());
        name
    }

    /// The name of a message that was sent before.
    pub fn named(&self, from: NodeId, to: NodeId, number: u64) -> MessageName {
        let unknown = || MessageName { kind: "?".to_owned(), number };
        self.names.get(&(from, to, number)).cloned().unwrap_or_else(unknown)
    }
}
