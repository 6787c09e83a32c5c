//! The words of the family: transactions, sites, keys, and what a transaction does.

use crate::node::debug_is_display;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt;

pub use crate::spec::store::Element;

/// A transaction: `t2.5` is the fifth of epoch 2. Epochs are told apart by whoever coordinates: each life of a
/// coordinator is one, or each leader of a group. An operation that a client asks for again may become another
/// transaction, but only one of them commits. Earlier transactions are *older*.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Txn {
    /// The epoch, from 1.
    pub epoch: u32,
    /// The number within it, from 1.
    pub number: u32,
}

/// Who holds a part of the keys and takes part in transactions on them: `s1`, `s2`, …: a node, or a group of nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Site(pub u32);

/// What is read and written. Numbers count from 0 here, and from 1 where people read them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A list: `k1`.
    List(u32),
    /// An account: `a1`.
    Account(u32),
    /// A place of a ring of so many: `r1/8`. A ring's length is part of its name, so that everybody knows how it began.
    Ring {
        /// Which place.
        place: u32,
        /// How many places there are.
        length: u32,
    },
}

/// What a key holds.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// What was appended to a list.
    List(Vec<Element>),
    /// The money of an account; the place after this one, from 1.
    Number(i64),
}

/// What is in an account at first.
pub const OPENING_BALANCE: i64 = 100;

/// One thing that a transaction does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Reads a key.
    Read(Key),
    /// Adds an element, unique within the run, at the end of a list.
    Append(Key, Element),
    /// Adds to an account, or takes from it. A site that would be left with less than nothing votes no.
    Add(Key, i64),
    /// Lets a place of a ring name another one as the next, where it names the expected one now; else its site votes
    /// no. Places count from 1.
    Relink(Key, u32, u32),
}

/// A transaction as a client asks for it: all of its steps, or none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Op {
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// What a client is told.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Reply {
    /// It took effect, and its reads, in order, gave this.
    Committed(Vec<Value>),
    /// It had no effect and never will: a site could not do its part.
    Aborted,
}

/// What is decided of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Every site does its part.
    Commit,
    /// None does.
    Abort,
}

impl Key {
    /// Who holds it, of so many sites.
    pub fn site(self, sites: u32) -> Site {
        match self {
            Key::List(number) | Key::Account(number) | Key::Ring { place: number, .. } => Site(number % sites),
        }
    }

    /// What it holds at first.
    pub fn initial(self) -> Value {
        match self {
            Key::List(_) => Value::List(Vec::new()),
            Key::Account(_) => Value::Number(OPENING_BALANCE),
            Key::Ring { place, length } => Value::Number(i64::from((place + 1) % length) + 1),
        }
    }
}

impl Step {
    /// What it is about.
    pub fn key(self) -> Key {
        match self {
            Step::Read(key) | Step::Append(key, _) | Step::Add(key, _) | Step::Relink(key, ..) => key,
        }
    }

    /// Whether it changes nothing.
    pub fn only_reads(self) -> bool {
        match self {
            Step::Read(_) => true,
            Step::Append(..) | Step::Add(..) | Step::Relink(..) => false,
        }
    }
}

impl Op {
    /// The sites that it touches, of so many.
    pub fn sites(&self, sites: u32) -> BTreeSet<Site> {
        self.steps.iter().map(|step| step.key().site(sites)).collect()
    }

    /// The part of one site, of so many.
    pub fn part(&self, site: Site, sites: u32) -> Vec<Step> {
        self.steps.iter().copied().filter(|step| step.key().site(sites) == site).collect()
    }
}

impl fmt::Display for Txn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}.{}", self.epoch, self.number)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", u64::from(self.0) + 1)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::List(number) => write!(f, "k{}", u64::from(*number) + 1),
            Key::Account(number) => write!(f, "a{}", u64::from(*number) + 1),
            Key::Ring { place, length } => write!(f, "r{}/{length}", u64::from(*place) + 1),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::List(elements) => write!(f, "{elements:?}"),
            Value::Number(number) => fmt::Display::fmt(number, f),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Read(key) => write!(f, "read {key}"),
            Step::Append(key, element) => write!(f, "append {key} {element}"),
            Step::Add(key, amount) => write!(f, "add {key} {amount}"),
            Step::Relink(key, expected, next) => write!(f, "relink {key} {expected} {next}"),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<String> = self.steps.iter().map(Step::to_string).collect();
        f.write_str(&steps.join("; "))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Committed(values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                write!(f, "committed{}{}", if values.is_empty() { "" } else { ", read " }, values.join(" "))
            }
            Reply::Aborted => f.write_str("aborted"),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Decision::Commit => "commit",
            Decision::Abort => "abort",
        })
    }
}

debug_is_display!(Txn, Site, Key, Value, Step, Op, Reply, Decision);

macro_rules! serialised_as_text {
    ($($name:ty),*) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )* };
}
serialised_as_text!(Txn, Site, Key, Step, Op);

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::List(elements) => elements.serialize(serializer),
            Value::Number(number) => serializer.serialize_i64(*number),
        }
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Reply::Committed(values) => values.serialize(serializer),
            Reply::Aborted => serializer.serialize_str("aborted"),
        }
    }
}

fn counted(word: &str) -> Option<u32> {
    word.parse::<u32>().ok()?.checked_sub(1)
}

fn key(word: &str) -> Option<Key> {
    let (kind, number) = (word.get(..1)?, word.get(1..)?);
    match (kind, number.split_once('/')) {
        ("k", None) => counted(number).map(Key::List),
        ("a", None) => counted(number).map(Key::Account),
        ("r", Some((place, length))) => {
            let (place, length) = (counted(place)?, length.parse().ok()?);
            (place < length).then_some(Key::Ring { place, length })
        }
        _ => None,
    }
}

fn step(text: &str) -> Option<Step> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let place = |word: &str| counted(word).map(|place| place + 1);
    match words.as_slice() {
        ["read", name] => Some(Step::Read(key(name)?)),
        ["append", name, element] => {
            { key(name).filter(|key| matches!(key, Key::List(_))).zip(element.parse().ok().map(Element)) }
                .map(|(key, element)| Step::Append(key, element))
        }
        ["add", name, amount] => key(name)
            .filter(|key| matches!(key, Key::Account(_)))
            .zip(amount.parse().ok())
            .map(|(key, amount)| Step::Add(key, amount)),
        ["relink", name, expected, next] => {
            let key = key(name)?;
            let (expected, next) = (place(expected)?, place(next)?);
            let fits = matches!(key, Key::Ring { length, .. } if expected <= length && next <= length);
            fits.then_some(Step::Relink(key, expected, next))
        }
        _ => None,
    }
}

/// Reads a transaction as its `Display` writes it.
///
/// # Errors
/// A sentence that says what was found and what is allowed.
pub fn parse_op(text: &str) -> Result<Op, String> {
    let read = |part: &str| {
        step(part).ok_or_else(|| {
            format!(
                "`{}` is no step of a transaction: expected `read k1`, `append k1 5`, `add a1 -5` or \
                 `relink r1/8 2 3`, joined by `; `",
                part.trim()
            )
        })
    };
    let steps = text.split(';').map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Op { steps })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_read_as_it_is_written() {
        for text in [
            "read k1",
            "append k1 5; read k2",
            "add a1 -5; add a2 5",
            "relink r1/8 2 3; relink r8/8 1 2; read r3/8; read a4",
        ] {
            assert_eq!(parse_op(text).map(|op| op.to_string()), Ok(text.to_owned()));
        }
        for wrong in [
            "",
            "read",
            "read k0",
            "read r9/8",
            "read r1",
            "append a1 5",
            "append k1",
            "add k1 5",
            "add a1 x",
            "relink r1/8 9 1",
            "relink k1 1 2",
            "read k1;",
            "get k1",
            "rééad k1",
            "read é1",
        ] {
            assert!(parse_op(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_lie_at_sites() {
        let op = parse_op("append k1 5; read k2; read k3; read r2/4").unwrap();
        assert_eq!(op.sites(2).into_iter().collect::<Vec<_>>(), [Site(0), Site(1)]);
        assert_eq!(op.part(Site(1), 2), parse_op("read k2; read r2/4").unwrap().steps);
    }

    #[test]
    fn a_ring_begins_as_a_circle() {
        let next = |place| Key::Ring { place, length: 3 }.initial();
        assert_eq!([next(0), next(1), next(2)], [Value::Number(2), Value::Number(3), Value::Number(1)]);
        assert_eq!(Key::Account(7).initial(), Value::Number(100));
    }
}
