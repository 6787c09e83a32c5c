//! Lists of symbols as small numbers: equal lists have equal numbers.

use crate::node::mix;
use hashbrown::HashTable;

/// The number of the empty list.
pub const EMPTY: u32 = 0;

/// A tree of all lists met so far. A hash table with a fixed hash finds children; its order is never looked at.
#[derive(Clone, Debug)]
pub struct Sequences {
    /// By number: the list without its last symbol, and that symbol.
    lists: Vec<(u32, u64)>,
    children: HashTable<u32>,
}

fn hash(list: (u32, u64)) -> u64 {
    mix(list.1.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(list.0))
}

impl Default for Sequences {
    fn default() -> Self {
        Sequences { lists: vec![(EMPTY, 0)], children: HashTable::new() }
    }
}

impl Sequences {
    /// The number of `list` with `symbol` at its end.
    pub fn push(&mut self, list: u32, symbol: u64) -> u32 {
        let wanted = (list, symbol);
        let Sequences { lists, children } = self;
        if let Some(found) = children.find(hash(wanted), |child| lists[*child as usize] == wanted) {
            return *found;
        }
        let new = lists.len() as u32;
        lists.push(wanted);
        children.insert_unique(hash(wanted), new, |child| hash(lists[*child as usize]));
        new
    }

    /// The number of `list` with more symbols at its end.
    pub fn extend(&mut self, list: u32, symbols: &[u64]) -> u32 {
        symbols.iter().fold(list, |list, symbol| self.push(list, *symbol))
    }

    /// How many lists there are.
    pub fn count(&self) -> usize {
        self.lists.len()
    }
}
