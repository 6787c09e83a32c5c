//! A first-in, first-out queue.

use crate::consistency::linearizable::model::{Object, Traits};
use crate::consistency::linearizable::sequences::{EMPTY, Sequences};
use std::collections::BTreeMap;

/// What an operation on a queue did, or was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Adds this at the end.
    Enqueue(u64),
    /// Took this from the front.
    Dequeued(u64),
    /// Found nothing to take.
    FoundEmpty,
    /// Took what was in front, or found nothing: nobody knows.
    Dequeue,
}

/// A queue with the operations of a history. A state is what is in it, as the number of a list.
#[derive(Clone, Debug)]
pub struct Queue {
    lists: Sequences,
    actions: Vec<Action>,
    traits: Vec<Traits>,
}

impl Queue {
    /// A queue, empty at first, with these operations on it.
    pub fn new(actions: Vec<Action>) -> Self {
        let mut classes: BTreeMap<Action, u32> = BTreeMap::new();
        let mut traits = Vec::with_capacity(actions.len());
        for action in &actions {
            let fresh = classes.len() as u32;
            let class = *classes.entry(*action).or_insert(fresh);
            traits.push(Traits { class, pure: *action == Action::FoundEmpty, ..Traits::default() });
        }
        Queue { lists: Sequences::default(), actions, traits }
    }
}

impl Object for Queue {
    fn traits(&self) -> &[Traits] {
        &self.traits
    }

    fn step(&mut self, state: u32, operation: u32) -> Option<u32> {
        let action = self.actions[operation as usize];
        if let Action::Enqueue(element) = action {
            return Some(self.lists.push(state, element));
        }
        let content = self.lists.symbols(state);
        match (action, content.split_first()) {
            (Action::FoundEmpty, None) => Some(EMPTY),
            (Action::Dequeued(element), Some((first, rest))) if *first == element => {
                Some(self.lists.extend(EMPTY, rest))
            }
            (Action::Dequeue, Some((_, rest))) => Some(self.lists.extend(EMPTY, rest)),
            (Action::Dequeued(_) | Action::Dequeue, _) | (Action::FoundEmpty, Some(_)) | (Action::Enqueue(_), _) => {
                None
            }
        }
    }

    fn size(&self) -> usize {
        self.lists.count()
    }
}
