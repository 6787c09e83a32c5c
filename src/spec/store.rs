//! A store of many keys: operations, replies, the reference model, and the workload that loads it.
//!
//! A value is a list of elements. `put` writes a list of one, `append` adds to it, `delete` leaves none;
//! compare-and-set replaces a list of exactly the expected element. Every element written in a run is unique, so that a
//! history tells which write a read has seen.
//!
//! The model is deliberately the plainest thing that could be right: replicas are judged against it, so it shares no
//! code with them.

use crate::node::{ClientId, Family, RequestId, Stream, debug_is_display};
use crate::spec::judged::Generator;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// A key: `k1`, `k2`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

/// What values are made of. Unique within a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Element(pub u64);

/// What a client asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Reads the value.
    Get(Key),
    /// Replaces the value by one element.
    Put(Key, Element),
    /// Leaves no value.
    Delete(Key),
    /// Adds an element at the end.
    Append(Key, Element),
    /// Where the value is exactly the first element, replaces it by the second.
    Cas(Key, Element, Element),
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// The value that was read: empty where there is none.
    Value(Vec<Element>),
    /// Written.
    Written,
    /// Whether compare-and-set found what it expected.
    Swapped(bool),
}

impl Op {
    /// The key it is about.
    #[inline]
    pub fn key(&self) -> Key {
        match self {
            Op::Get(key) | Op::Put(key, _) | Op::Delete(key) | Op::Append(key, _) | Op::Cas(key, ..) => *key,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k{}", u64::from(self.0) + 1)
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Get(key) => write!(f, "get {key}"),
            Op::Put(key, element) => write!(f, "put {key} {element}"),
            Op::Delete(key) => write!(f, "delete {key}"),
            Op::Append(key, element) => write!(f, "append {key} {element}"),
            Op::Cas(key, expected, new) => write!(f, "cas {key} {expected} {new}"),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Value(elements) => write!(f, "{elements:?}"),
            Reply::Written => f.write_str("written"),
            Reply::Swapped(true) => f.write_str("swapped"),
            Reply::Swapped(false) => f.write_str("not swapped"),
        }
    }
}

debug_is_display!(Key, Element, Op);

impl Serialize for Op {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Reply::Value(elements) => elements.serialize(serializer),
            Reply::Written => serializer.serialize_unit(),
            Reply::Swapped(swapped) => serializer.serialize_bool(*swapped),
        }
    }
}

/// Reads an operation as its `Display` writes it.
///
/// # Errors
/// A sentence that says what was found and what is allowed.
pub fn parse_op(text: &str) -> Result<Op, String> {
    let wrong = || {
        format!("`{text}` is no operation: expected `get k1`, `put k1 5`, `delete k1`, `append k1 5` or `cas k1 5 6`")
    };
    let mut words = text.split_whitespace();
    let (verb, key) = (words.next().ok_or_else(wrong)?, words.next().ok_or_else(wrong)?);
    let number = key.strip_prefix('k').and_then(|k| k.parse::<u32>().ok()).and_then(|k| k.checked_sub(1));
    let key = Key(number.ok_or_else(wrong)?);
    let elements: Option<Vec<Element>> = words.map(|w| w.parse().ok().map(Element)).collect();
    match (verb, elements.ok_or_else(wrong)?.as_slice()) {
        ("get", []) => Ok(Op::Get(key)),
        ("put", [element]) => Ok(Op::Put(key, *element)),
        ("delete", []) => Ok(Op::Delete(key)),
        ("append", [element]) => Ok(Op::Append(key, *element)),
        ("cas", [expected, new]) => Ok(Op::Cas(key, *expected, *new)),
        _ => Err(wrong()),
    }
}

/// The store as a sequential object, sessions included: the n-th request of a session is executed once, a repetition
/// is answered as before, and what a session has left behind is not executed at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Model {
    values: BTreeMap<Key, Vec<Element>>,
    sessions: BTreeMap<ClientId, (u32, Reply)>,
}

impl Model {
    /// Executes a request, or finds that it has been executed. `None`: the session has gone on to a later request.
    pub fn execute(&mut self, request: RequestId, op: &Op) -> Option<Reply> {
        if let Some((sequence, reply)) = self.sessions.get(&request.client)
            && *sequence >= request.sequence
        {
            return (*sequence == request.sequence).then(|| reply.clone());
        }
        let reply = self.step(op);
        self.sessions.insert(request.client, (request.sequence, reply.clone()));
        Some(reply)
    }

    /// The value of a key.
    pub fn value(&self, key: Key) -> &[Element] {
        self.values.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Executes an operation without a session.
    pub fn step(&mut self, op: &Op) -> Reply {
        let value = self.values.entry(op.key()).or_default();
        match op {
            Op::Get(_) => return Reply::Value(value.clone()),
            Op::Put(_, element) => *value = vec![*element],
            Op::Delete(_) => value.clear(),
            Op::Append(_, element) => value.push(*element),
            Op::Cas(_, expected, new) => {
                let found = value.as_slice() == [*expected];
                if found {
                    *value = vec![*new];
                }
                return Reply::Swapped(found);
            }
        }
        Reply::Written
    }
}

/// The names of the operations, in the order of the kinds that [`Load`] draws.
pub const OPERATIONS: &[&str] = &["get", "put", "delete", "append", "cas"];

/// After so many writes of unknown outcome a key is retired: each stays open for ever, and histories must stay
/// decidable.
pub const UNKNOWN_WRITES_MAX: u32 = 8;

/// A load over a fixed number of keys in use.
#[derive(Clone, Debug)]
pub struct Load {
    slots: Vec<Slot>,
    /// The next element: unique over all keys and clients.
    next_element: u64,
    /// The next key, for a slot whose key is retired.
    next_key: u32,
}

#[derive(Clone, Debug)]
struct Slot {
    key: Key,
    unknown_writes: u32,
    /// The last single element known to have been the key's value: what compare-and-set expects.
    last_seen: Element,
}

impl Load {
    fn slot_of(&mut self, key: Key) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.key == key)
    }
}

impl<F: Family<Op = Op, Reply = Reply>> Generator<F> for Load {
    fn new(keys: u32) -> Self {
        let slots = (0..keys).map(|k| Slot { key: Key(k), unknown_writes: 0, last_seen: Element(0) }).collect();
        Load { slots, next_element: 1, next_key: keys }
    }

    fn draw(&mut self, kind: usize, _client: ClientId, draws: &mut Stream) -> Op {
        let slot = &self.slots[draws.below(self.slots.len() as u64) as usize];
        let (key, expected, element) = (slot.key, slot.last_seen, Element(self.next_element));
        self.next_element += 1;
        match OPERATIONS[kind] {
            "get" => Op::Get(key),
            "put" => Op::Put(key, element),
            "delete" => Op::Delete(key),
            "append" => Op::Append(key, element),
            "cas" => Op::Cas(key, expected, element),
            other => unreachable!("the store has no operation {other}"),
        }
    }

    fn learn(&mut self, op: &Op, reply: Option<&Reply>) {
        let fresh = Key(self.next_key);
        let Some(slot) = self.slot_of(op.key()) else { return };
        match (op, reply) {
            (Op::Get(_), None) => {}
            (Op::Get(_), Some(Reply::Value(value))) if value.len() == 1 => slot.last_seen = value[0],
            (Op::Put(_, element), Some(_)) => slot.last_seen = *element,
            (Op::Cas(_, _, new), Some(Reply::Swapped(true))) => slot.last_seen = *new,
            (_, Some(_)) => {}
            (_, None) => {
                slot.unknown_writes += 1;
                if slot.unknown_writes == UNKNOWN_WRITES_MAX {
                    *slot = Slot { key: fresh, unknown_writes: 0, last_seen: Element(0) };
                    self.next_key += 1;
                }
            }
        }
    }
}
