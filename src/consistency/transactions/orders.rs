//! What is known of the order of each key's versions.

use super::finding::Findings;
use super::history::Shape;
use super::index::{Index, Source};
use super::{lists, registers};

/// What the caller vouches for. Nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assume {
    /// Each process meets later and later versions of a register. (Elle: `sequential-keys`)
    pub sequential_keys: bool,
    /// So do transactions of which one ended before the other began. (Elle: `linearizable-keys`)
    pub linearizable_keys: bool,
}

/// Why the versions of a key have no order that could be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Two transactions wrote the same value.
    Ambiguous,
    /// What was read contradicts itself.
    Broken,
}

/// Each of these readers missed each of these writes.
#[derive(Clone, Debug)]
pub(super) struct Fan {
    /// The version that was read, by its writer.
    pub version: u32,
    pub readers: Vec<u32>,
    pub writers: Vec<u32>,
}

/// The versions of one key. Transactions go by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    pub key: u32,
    pub register: bool,
    /// Who wrote version 1, 2, …: nobody, where it was an aborted transaction. Version 0 is the initial one.
    pub chain: Vec<u32>,
    /// (version, who read it), of versions 0 to the last of the chain.
    pub readers: Vec<(u32, u32)>,
    /// The list that shows the chain, and who read it.
    pub values: Vec<u32>,
    pub witness: Option<u32>,
    /// Who wrote versions behind the chain, in an unknown order.
    pub tail: Vec<u32>,
    /// Further known pairs of versions: who read the first, and who wrote the second.
    pub fans: Vec<Fan>,
    /// Further known pairs of versions: who wrote the first, and who wrote the second.
    pub links: Vec<(u32, u32)>,
    /// Of a register: who read the version of whom; the initial one has no number.
    pub read: Vec<(u32, u32)>,
    pub doubt: Option<Doubt>,
    /// Some read of a list, one that contradicts its own transaction, fits no version: nothing is proved.
    pub is_contradicted: bool,
}

impl Order {
    /// Whether all that was read fits what is known of the order.
    pub fn is_sound(&self) -> bool {
        self.doubt.is_none() && !self.is_contradicted
    }

    /// Whether there is only one way in which the versions can follow each other.
    pub fn is_total(&self) -> bool {
        self.is_sound() && self.tail.len() < 2
    }
}

/// One read that shows the write of another transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub writer: u32,
    pub reader: u32,
}

/// The orders of all keys. What speaks against there being one is noted.
pub(super) fn orders(index: &Index, assume: Assume, findings: &mut Findings) -> Vec<Order> {
    let order = |key| match index.shape(key) {
        Shape::List => lists::order(index, key, findings),
        Shape::Register => registers::order(index, key, assume, findings),
    };
    (0..index.keys()).map(order).collect()
}

/// Who read whose writes, be it in a read that contradicts an earlier one.
pub(super) fn shown(index: &Index) -> Vec<Shown> {
    let shown = index.reads.iter().filter_map(|read| match index.source(read.key, read.seen) {
        Source::Write(write) => {
            let writer = index.writes[write as usize].transaction;
            Some(Shown { writer, reader: read.transaction }).filter(|_| index.committed[writer as usize])
        }
        Source::Initial | Source::Unknown => None,
    });
    shown.filter(|shown| shown.writer != shown.reader).collect()
}
