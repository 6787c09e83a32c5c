//! A lock with tokens: each holder is given a number greater than all before, so that a resource can refuse a holder
//! whose time has passed (Kleppmann 2016; Burrows 2006, section 2.4: sequencers).
//!
//! That the service takes the lock away from a holder is an event of its own, `expire`: without it a lock that was
//! granted and not released cannot be granted again.

use crate::consistency::linearizable::model::{Object, Traits};
use std::collections::BTreeMap;

/// What an operation on a lock did, or was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The process was granted the lock; with this token, where there are tokens and it is known.
    Acquire(u64, Option<u64>),
    /// The process was told that another one holds it.
    FoundHeld(u64),
    /// The process gave it back.
    Release(u64, Option<u64>),
    /// The service took it away from the holder of this token; without one, from whoever held it.
    Expire(Option<u64>),
}

/// What the lock is like: the greatest token so far, and who holds it, with which token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    greatest: Option<u64>,
    holder: Option<(u64, Option<u64>)>,
}

/// A lock with the operations of a history.
#[derive(Clone, Debug)]
pub struct Lock {
    states: Vec<State>,
    known: BTreeMap<State, u32>,
    actions: Vec<Action>,
    traits: Vec<Traits>,
}

impl Lock {
    /// A lock, free at first, with these operations on it.
    pub fn new(actions: Vec<Action>) -> Self {
        let mut classes: BTreeMap<Action, u32> = BTreeMap::new();
        let mut traits = Vec::with_capacity(actions.len());
        for action in &actions {
            let fresh = classes.len() as u32;
            let class = *classes.entry(*action).or_insert(fresh);
            traits.push(Traits { class, pure: matches!(action, Action::FoundHeld(_)), ..Traits::default() });
        }
        let known = BTreeMap::from([(State::default(), 0)]);
        Lock { states: vec![State::default()], known, actions, traits }
    }
}

/// Whether the holder's token may be this one: where the holder's is not known, one greater than all that are.
fn may_be(state: &State, held: Option<u64>, token: Option<u64>) -> bool {
    match (held, token) {
        (Some(held), Some(token)) => held == token,
        (None, Some(token)) => Some(token) > state.greatest,
        (_, None) => true,
    }
}

fn after(state: &State, action: Action) -> Option<State> {
    match (action, state.holder) {
        (Action::Acquire(process, token), None) => {
            let grows = token.is_none() || token > state.greatest;
            grows.then_some(State { greatest: state.greatest.max(token), holder: Some((process, token)) })
        }
        (Action::FoundHeld(_), Some(_)) => Some(*state),
        (Action::Release(process, token), Some((holder, held))) => {
            let own = process == holder && may_be(state, held, token);
            own.then_some(State { greatest: state.greatest.max(token), holder: None })
        }
        (Action::Expire(token), Some((_, held))) if may_be(state, held, token) => {
            Some(State { greatest: state.greatest.max(token), holder: None })
        }
        // The time of a token that is not held any more has passed: nothing changes.
        (Action::Expire(token), _) => (token.is_none() || token <= state.greatest).then_some(*state),
        (Action::Acquire(..), Some(_)) | (Action::FoundHeld(_) | Action::Release(..), None) => None,
    }
}

impl Object for Lock {
    fn traits(&self) -> &[Traits] {
        &self.traits
    }

    fn step(&mut self, state: u32, operation: u32) -> Option<u32> {
        let after = after(&self.states[state as usize], self.actions[operation as usize])?;
        let fresh = self.states.len() as u32;
        let number = *self.known.entry(after).or_insert(fresh);
        if number == fresh {
            self.states.push(after);
        }
        Some(number)
    }

    fn size(&self) -> usize {
        self.states.len()
    }
}
