//! The words of the family: decrees, ballots, values, operations.

use crate::node::{NodeId, debug_is_display};
use serde::{Serialize, Serializer};
use std::fmt;

/// One instance of the problem: `d1`, `d2`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decree(pub u32);

/// What can be chosen. Every proposal of a run has a value of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Value(pub u64);

/// A proposal's number: `b3.n2`. Rounds are compared first, then nodes, so that two nodes never have the same ballot.
/// Rounds count from 1; round 0 is before every ballot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ballot {
    /// The proposer's how-many-eth attempt, or more: it leaps over the rounds that it has heard of.
    pub round: u64,
    /// Whose ballot it is.
    pub node: NodeId,
}

/// A vote: an acceptor has accepted this value in this ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vote {
    /// In which ballot.
    pub ballot: Ballot,
    /// For which value.
    pub value: Value,
}

/// What a client asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Has this value proposed, and wants to know which one is chosen.
    Propose(Decree, Value),
    /// Wants to know which value is chosen. Where nothing is proposed it waits.
    Learn(Decree),
}

/// What a client is told: this value is chosen for this decree.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decided {
    /// For which decree.
    pub decree: Decree,
    /// Which value.
    pub value: Value,
}

impl Op {
    /// The decree it is about.
    pub fn decree(&self) -> Decree {
        match self {
            Op::Propose(decree, _) | Op::Learn(decree) => *decree,
        }
    }
}

impl Decree {
    /// The decree after this one.
    pub fn next(self) -> Decree {
        Decree(self.0 + 1)
    }
}

impl fmt::Display for Decree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d{}", u64::from(self.0) + 1)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.round == 0 { f.write_str("b0") } else { write!(f, "b{}.{}", self.round, self.node) }
    }
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.decree, self.value)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Propose(decree, value) => write!(f, "propose {decree} {value}"),
            Op::Learn(decree) => write!(f, "learn {decree}"),
        }
    }
}

debug_is_display!(Decree, Value, Ballot, Op, Decided);

macro_rules! serialised_as_text {
    ($($name:ty),*) => { $(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )* };
}
serialised_as_text!(Decree, Ballot, Op, Decided);

/// Reads an operation as its `Display` writes it.
///
/// # Errors
/// A sentence that says what was found and what is allowed.
pub fn parse_op(text: &str) -> Result<Op, String> {
    let wrong = || format!("`{text}` is no operation: expected `propose d1 5` or `learn d1`");
    let words: Vec<&str> = text.split_whitespace().collect();
    let decree = |word: &str| {
        let number = word.strip_prefix('d').and_then(|number| number.parse::<u32>().ok());
        number.and_then(|number| number.checked_sub(1)).map(Decree).ok_or_else(wrong)
    };
    match words.as_slice() {
        ["propose", name, value] => Ok(Op::Propose(decree(name)?, Value(value.parse().map_err(|_| wrong())?))),
        ["learn", name] => Ok(Op::Learn(decree(name)?)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_read_as_it_is_written() {
        for text in ["propose d1 5", "propose d30 0", "learn d2"] {
            assert_eq!(parse_op(text).map(|op| op.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "propose", "propose d1", "propose d0 5", "propose k1 5", "learn", "learn d1 5", "learn d-1"] {
            assert!(parse_op(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ballots_are_ordered_by_round_then_by_node() {
        let ballot = |round, node| Ballot { round, node: NodeId::new(node) };
        assert!(ballot(1, 2) < ballot(2, 0) && ballot(2, 0) < ballot(2, 1));
        assert!(Ballot::default() < ballot(1, 0), "before every ballot");
        assert_eq!((Ballot::default().to_string(), ballot(3, 1).to_string()), ("b0".to_owned(), "b3.n2".to_owned()));
    }
}
