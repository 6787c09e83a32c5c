//! One key of a store: a list of symbols that is read, replaced, added to, taken away, compared and set.
//!
//! A register is a cell whose lists have one symbol at most. Where an element is added by one operation only and some
//! read has seen it, that read says behind what it was added: in any other state the operation is not legal.

use crate::consistency::linearizable::model::{Object, Span, Traits};
use crate::consistency::linearizable::sequences::{EMPTY, Sequences};
use std::collections::BTreeMap;

/// What an operation on a cell did, or was to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It read this.
    Read(Vec<u64>),
    /// It replaces whatever is there; by nothing, to delete it.
    Put(Vec<u64>),
    /// It adds to the end.
    Append(Vec<u64>),
    /// Where it finds the first it puts the second; whether it found it, where that is known.
    Cas(Vec<u64>, Vec<u64>, Option<bool>),
}

/// The same, with numbers for lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Code {
    Read(u32),
    Put(u32),
    /// What to add, and the one list that it can be added to, where there is only one.
    Append(Vec<u64>, Option<u32>),
    Swapped(u32, u32),
    NotSwapped(u32),
    /// Nobody knows whether it swapped.
    MaySwap(u32, u32),
}

/// A cell with the operations of a history.
#[derive(Clone, Debug)]
pub struct Cell {
    lists: Sequences,
    codes: Vec<Code>,
    traits: Vec<Traits>,
}

impl Cell {
    /// A cell with these operations on it. A read of unknown outcome must be left out.
    pub fn new<'a>(operations: impl Iterator<Item = (&'a Action, Span)> + Clone) -> Self {
        let mut lists = Sequences::default();
        let behind = behind_what(operations.clone(), &mut lists);
        let mut known = |symbols: &[u64]| lists.extend(EMPTY, symbols);
        let code = |(action, span): (&Action, Span)| match action {
            Action::Read(seen) => Code::Read(known(seen)),
            Action::Put(new) => Code::Put(known(new)),
            Action::Append(new) => {
                let only = if let [symbol] = new.as_slice() { behind.get(symbol) } else { None };
                Code::Append(new.clone(), only.copied().flatten())
            }
            Action::Cas(expected, new, swapped) => {
                let (expected, new) = (known(expected), known(new));
                match (swapped, span.ret) {
                    (Some(true), Some(_)) => Code::Swapped(expected, new),
                    (Some(false), Some(_)) => Code::NotSwapped(expected),
                    (None, _) | (_, None) => Code::MaySwap(expected, new),
                }
            }
        };
        let codes: Vec<Code> = operations.map(code).collect();
        let mut classes: BTreeMap<&Code, u32> = BTreeMap::new();
        let mut traits = Vec::with_capacity(codes.len());
        for code in &codes {
            let fresh = classes.len() as u32;
            let class = *classes.entry(code).or_insert(fresh);
            traits.push(Traits { class, ..traits_of(code, &behind, &mut lists) });
        }
        Cell { lists, codes, traits }
    }
}

/// For each element that one operation adds and no other: the list that it was added to, where an operation that was
/// done has seen it in its list. Elements that several operations add are left out.
fn behind_what<'a>(
    operations: impl Iterator<Item = (&'a Action, Span)> + Clone,
    lists: &mut Sequences,
) -> BTreeMap<u64, Option<u32>> {
    let mut adders: BTreeMap<u64, u32> = BTreeMap::new();
    for (action, _) in operations.clone() {
        let added: &[u64] = match action {
            Action::Read(_) => &[],
            Action::Put(new) | Action::Append(new) | Action::Cas(_, new, _) => new,
        };
        added.iter().for_each(|symbol| *adders.entry(*symbol).or_default() += 1);
    }
    let mut behind: BTreeMap<u64, Option<u32>> =
        adders.into_iter().filter(|(_, count)| *count == 1).map(|(symbol, _)| (symbol, None)).collect();
    for (action, span) in operations {
        let seen = match (action, span.ret) {
            (Action::Read(seen), _) | (Action::Cas(seen, _, Some(true)), Some(_)) => seen,
            (Action::Put(_) | Action::Append(_) | Action::Cas(..), _) => continue,
        };
        let mut list = EMPTY;
        for symbol in seen {
            if let Some(place) = behind.get_mut(symbol) {
                place.get_or_insert(list);
            }
            list = lists.push(list, *symbol);
        }
    }
    behind
}

fn traits_of(code: &Code, behind: &BTreeMap<u64, Option<u32>>, lists: &mut Sequences) -> Traits {
    match code {
        Code::Read(seen) => Traits { pure: true, needs: Some(*seen), ..Traits::default() },
        Code::Put(new) => Traits { blind: true, makes: Some(*new), ..Traits::default() },
        // A swap of something for itself needs a state, and does not lead to it.
        Code::Swapped(expected, new) if expected == new => {
            Traits { pure: true, needs: Some(*expected), ..Traits::default() }
        }
        Code::Swapped(expected, new) => Traits { needs: Some(*expected), makes: Some(*new), ..Traits::default() },
        Code::NotSwapped(_) => Traits { pure: true, ..Traits::default() },
        Code::MaySwap(expected, new) => Traits { tries: Some(*expected), makes: Some(*new), ..Traits::default() },
        Code::Append(new, Some(list)) => {
            let made = lists.extend(*list, new);
            Traits { needs: Some(*list), makes: Some(made), ..Traits::default() }
        }
        // Nobody has seen an element that nothing else adds: whatever list it makes, nobody needs it.
        Code::Append(new, None) => {
            let unseen = matches!(new.as_slice(), [symbol] if behind.contains_key(symbol));
            Traits { makes_any: !unseen, ..Traits::default() }
        }
    }
}

impl Object for Cell {
    fn traits(&self) -> &[Traits] {
        &self.traits
    }

    #[inline]
    fn step(&mut self, state: u32, operation: u32) -> Option<u32> {
        match &self.codes[operation as usize] {
            Code::Read(seen) => (state == *seen).then_some(state),
            Code::Put(new) => Some(*new),
            Code::Append(new, None) => Some(self.lists.extend(state, new)),
            Code::Append(new, Some(list)) => (state == *list).then(|| self.lists.extend(state, new)),
            Code::Swapped(expected, new) => (state == *expected).then_some(*new),
            Code::NotSwapped(expected) => (state != *expected).then_some(state),
            Code::MaySwap(expected, new) => (state == *expected && expected != new).then_some(*new),
        }
    }

    fn size(&self) -> usize {
        self.lists.count()
    }
}
