//! One object of a history with the operations on it.

use crate::consistency::linearizable::cell::{self, Cell};
use crate::consistency::linearizable::lock::{self, Lock};
use crate::consistency::linearizable::model::{Object, Span, Traits};
use crate::consistency::linearizable::queue::{self, Queue};
use crate::consistency::linearizable::search::{self, Search};

/// What an operation did, or was to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// To a key of a store, or a register.
    Cell(cell::Action),
    /// To a queue.
    Queue(queue::Action),
    /// To a lock.
    Lock(lock::Action),
}

/// An operation on an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What it did.
    pub action: Action,
    /// When.
    pub span: Span,
    /// Its place in the history, by which evidence names it.
    pub operation: u32,
}

/// One object with all operations on it, in the order of their calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The object, as the history names it; none where there is only one.
    pub key: Option<String>,
    /// What was done to it. Operations that did not happen, and those of unknown outcome that change nothing, are not
    /// among them.
    pub operations: Vec<Placed>,
}

impl Action {
    /// The same operation, if its outcome were not known; none where it could have changed nothing.
    fn of_unknown_outcome(&self) -> Option<Action> {
        match self {
            Action::Cell(cell::Action::Read(_)) => None,
            Action::Cell(cell::Action::Cas(expected, new, _)) => {
                Some(Action::Cell(cell::Action::Cas(expected.clone(), new.clone(), None)))
            }
            Action::Cell(cell::Action::Put(_) | cell::Action::Append(_)) => Some(self.clone()),
            Action::Queue(queue::Action::Enqueue(_)) => Some(self.clone()),
            Action::Queue(queue::Action::Dequeued(_) | queue::Action::FoundEmpty | queue::Action::Dequeue) => {
                Some(Action::Queue(queue::Action::Dequeue))
            }
            Action::Lock(lock::Action::Acquire(process, _) | lock::Action::FoundHeld(process)) => {
                Some(Action::Lock(lock::Action::Acquire(*process, None)))
            }
            Action::Lock(lock::Action::Release(..) | lock::Action::Expire(_)) => Some(self.clone()),
        }
    }
}

impl Part {
    /// What is left of it where only so much is known: of each operation whether it was called, and whether its return
    /// was seen.
    pub fn loosened(&self, known: impl Fn(usize, &Placed) -> (bool, bool)) -> Part {
        let loosened = self.operations.iter().enumerate().filter_map(|(place, placed)| {
            let (called, returned) = known(place, placed);
            if !called {
                return None;
            }
            if returned || placed.span.ret.is_none() {
                return Some(placed.clone());
            }
            let action = placed.action.of_unknown_outcome()?;
            Some(Placed { action, span: Span { ret: None, ..placed.span }, ..*placed })
        });
        Part { key: self.key.clone(), operations: loosened.collect() }
    }

    /// The same without operations that no order needs.
    pub fn without_idle(mut self) -> Part {
        let idle = search::idle(self.object().traits(), &self.spans());
        let mut idle = idle.into_iter();
        self.operations.retain(|_| idle.next() == Some(false));
        self
    }

    /// A search for an order of its operations.
    pub fn search(&self) -> Search<Thing> {
        Search::new(self.object(), &self.spans())
    }

    fn spans(&self) -> Vec<Span> {
        self.operations.iter().map(|placed| placed.span).collect()
    }

    fn object(&self) -> Thing {
        let actions = || self.operations.iter().map(|placed| &placed.action);
        match self.operations.first().map(|placed| &placed.action) {
            Some(Action::Cell(_)) | None => {
                let own = |placed: &Placed| match &placed.action {
                    Action::Cell(action) => Some((action.clone(), placed.span)),
                    Action::Queue(_) | Action::Lock(_) => None,
                };
                let own: Vec<(cell::Action, Span)> = self.operations.iter().filter_map(own).collect();
                Thing::Cell(Cell::new(own.iter().map(|(action, span)| (action, *span))))
            }
            Some(Action::Queue(_)) => {
                let own = |action: &Action| match action {
                    Action::Queue(action) => Some(*action),
                    Action::Cell(_) | Action::Lock(_) => None,
                };
                Thing::Queue(Queue::new(actions().filter_map(own).collect()))
            }
            Some(Action::Lock(_)) => {
                let own = |action: &Action| match action {
                    Action::Lock(action) => Some(*action),
                    Action::Cell(_) | Action::Queue(_) => None,
                };
                Thing::Lock(Lock::new(actions().filter_map(own).collect()))
            }
        }
    }
}

/// Any of the objects. All operations of a part are on the same kind.
#[derive(Clone, Debug)]
pub enum Thing {
    /// A key of a store, or a register.
    Cell(Cell),
    /// A queue.
    Queue(Queue),
    /// A lock.
    Lock(Lock),
}

impl Object for Thing {
    fn traits(&self) -> &[Traits] {
        match self {
            Thing::Cell(cell) => cell.traits(),
            Thing::Queue(queue) => queue.traits(),
            Thing::Lock(lock) => lock.traits(),
        }
    }

    #[inline]
    fn step(&mut self, state: u32, operation: u32) -> Option<u32> {
        match self {
            Thing::Cell(cell) => cell.step(state, operation),
            Thing::Queue(queue) => queue.step(state, operation),
            Thing::Lock(lock) => lock.step(state, operation),
        }
    }

    fn size(&self) -> usize {
        match self {
            Thing::Cell(cell) => cell.size(),
            Thing::Queue(queue) => queue.size(),
            Thing::Lock(lock) => lock.size(),
        }
    }
}
