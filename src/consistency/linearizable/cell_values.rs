//! The values of one object as lists of symbols.
//!
//! A store whose `append` adds to strings is one of lists too, if strings come apart in one way only: if none of the
//! strings that were written begins with another one, each string that a read returned is made of them in one way at
//! most. Else each character is a symbol.

use crate::consistency::history::{End, Operation, Value};
use std::collections::BTreeMap;
use std::ops::Bound;

/// The symbols of one object.
#[derive(Debug)]
pub struct Symbols {
    numbers: BTreeMap<Value, u64>,
    strings: Strings,
}

/// How a string is taken apart.
#[derive(Debug)]
enum Strings {
    /// Not at all: it is one element.
    Whole,
    /// Into these pieces, in the one way there is.
    Pieces(BTreeMap<String, u64>),
    /// Into characters.
    Characters,
}

impl Symbols {
    /// For the values of these operations.
    pub fn new<'a>(operations: impl Iterator<Item = &'a Operation> + Clone) -> Self {
        let adds_strings = |operation: &Operation| operation.f == "append" && matches!(operation.asked, Value::Text(_));
        let reads_lists = |operation: &Operation| matches!(operation.end, End::Done(Value::List(_)));
        let strings = if operations.clone().any(adds_strings) && !operations.clone().any(reads_lists) {
            pieces(operations).map_or(Strings::Characters, Strings::Pieces)
        } else {
            Strings::Whole
        };
        Symbols { numbers: BTreeMap::new(), strings }
    }

    /// A value as a list. No value, an empty string and an empty list are all the empty list.
    pub fn of(&mut self, value: &Value) -> Vec<u64> {
        match value {
            Value::Nil => Vec::new(),
            Value::List(elements) => elements.iter().map(|element| self.one(element)).collect(),
            Value::Text(text) => match &self.strings {
                _ if text.is_empty() => Vec::new(),
                Strings::Whole => vec![self.one(value)],
                Strings::Characters => text.chars().map(u64::from).collect(),
                Strings::Pieces(pieces) => apart(text, pieces).expect("every string was tried"),
            },
            Value::Bool(_) | Value::Int(_) | Value::Word(_) | Value::Map(_) | Value::Other(_) => vec![self.one(value)],
        }
    }

    /// A value as one symbol.
    pub fn one(&mut self, value: &Value) -> u64 {
        // Above all characters and pieces, which may stand beside values that are no strings.
        const FIRST: u64 = 1 << 32;
        let fresh = FIRST + self.numbers.len() as u64;
        match self.numbers.get(value) {
            Some(number) => *number,
            None => *self.numbers.entry(value.clone()).or_insert(fresh),
        }
    }
}

/// The strings that were written, where all strings come apart into them in one way.
fn pieces<'a>(operations: impl Iterator<Item = &'a Operation> + Clone) -> Option<BTreeMap<String, u64>> {
    let mut pieces: BTreeMap<String, u64> = BTreeMap::new();
    for operation in operations.clone() {
        let fresh = pieces.len() as u64;
        match &operation.asked {
            Value::Text(text) if !text.is_empty() => drop(pieces.entry(text.clone()).or_insert(fresh)),
            // A compare-and-set names strings that need not have been written.
            Value::List(_) => return None,
            Value::Text(_)
            | Value::Nil
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Word(_)
            | Value::Map(_)
            | Value::Other(_) => {}
        }
    }
    let neighbours = pieces.keys().zip(pieces.keys().skip(1));
    if neighbours.into_iter().any(|(piece, next)| next.starts_with(piece.as_str())) {
        return None;
    }
    let mut read = operations.filter_map(|operation| match &operation.end {
        End::Done(Value::Text(text)) => Some(text),
        End::Done(_) | End::Failed(_) | End::Unknown => None,
    });
    read.all(|text| apart(text, &pieces).is_some()).then_some(pieces)
}

/// The pieces of a string. Of all pieces that are not greater than the string only the greatest can be its beginning:
/// one that is smaller and is its beginning would be the beginning of the greatest too.
fn apart(mut text: &str, pieces: &BTreeMap<String, u64>) -> Option<Vec<u64>> {
    let mut symbols = Vec::new();
    while !text.is_empty() {
        let (piece, symbol) = pieces.range::<str, _>((Bound::Unbounded, Bound::Included(text))).next_back()?;
        text = text.strip_prefix(piece.as_str())?;
        symbols.push(*symbol);
    }
    Some(symbols)
}
