//! A first-in, first-out queue.
//!
//! What is in it is the end of a sequence of all that was added on some way to it. Sequences are a tree, in which a
//! queue is a node and a length, so that neither end costs more the more there is between. Two ways may lead to the
//! same content, which is one state: it is known by a fingerprint of 122 bits, two polynomials over the field of
//! 2^61 - 1 (Karp & Rabin 1987) whose coefficients are words of the elements.

use crate::consistency::linearizable::model::{Object, Traits};
use crate::node::mix;
use hashbrown::HashTable;
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

/// The field of the fingerprints, and where the two polynomials are evaluated.
const PRIME: u64 = (1 << 61) - 1;
const AT: [u64; 2] = [0x0F1B_BCDC_BFA5_3E0B, 0x1B87_3593_CC9E_2D51];

type Print = [u64; 2];

fn times(one: u64, other: u64) -> u64 {
    (u128::from(one) * u128::from(other) % u128::from(PRIME)) as u64
}

/// A word of an element for each polynomial; never nought, so that no element is like none.
fn words(element: u64) -> Print {
    let low = mix(element.wrapping_mul(2) + 1);
    [low, mix(low ^ 0x9E37_79B9_7F4A_7C15)].map(|word| word % (PRIME - 1) + 1)
}

/// The last element of a sequence, the sequence before it, and one that is further back, for a way of few steps to any
/// (Myers 1983).
#[derive(Clone, Copy, Debug)]
struct Node {
    element: u64,
    before: u32,
    jump: u32,
    depth: u32,
}

/// What is in the queue: so many of the last elements of a sequence.
#[derive(Clone, Copy, Debug)]
struct State {
    node: u32,
    length: u32,
    print: Print,
}

/// A queue with the operations of a history.
#[derive(Clone, Debug)]
pub struct Queue {
    nodes: Vec<Node>,
    states: Vec<State>,
    /// By fingerprint and length. Its order is never looked at.
    known: HashTable<u32>,
    /// The powers of the places where the polynomials are evaluated, as far as they were needed.
    powers: Vec<Print>,
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
        let mut queue = Queue {
            nodes: vec![Node { element: 0, before: 0, jump: 0, depth: 0 }],
            states: Vec::new(),
            known: HashTable::new(),
            powers: vec![[1, 1]],
            actions,
            traits,
        };
        queue.state(State { node: 0, length: 0, print: [0, 0] });
        queue
    }

    fn add(&mut self, state: State, element: u64) -> u32 {
        let words = words(element);
        let print = [0, 1].map(|lane| (times(state.print[lane], AT[lane]) + words[lane]) % PRIME);
        let length = state.length + 1;
        if let Some(known) = self.find(print, length) {
            return known;
        }
        let before = self.nodes[state.node as usize];
        let far = self.nodes[before.jump as usize];
        // Two jumps of one length in a row become one.
        let alike = before.depth - far.depth == far.depth - self.nodes[far.jump as usize].depth;
        let jump = if alike { far.jump } else { state.node };
        self.nodes.push(Node { element, before: state.node, jump, depth: before.depth + 1 });
        self.state(State { node: self.nodes.len() as u32 - 1, length, print })
    }

    /// The queue without its first element.
    fn take(&mut self, state: State, first: u64) -> u32 {
        let length = state.length - 1;
        while self.powers.len() <= length as usize {
            let last = self.powers[self.powers.len() - 1];
            self.powers.push([0, 1].map(|lane| times(last[lane], AT[lane])));
        }
        let (words, power) = (words(first), self.powers[length as usize]);
        let print = [0, 1].map(|lane| (state.print[lane] + PRIME - times(words[lane], power[lane])) % PRIME);
        self.find(print, length).unwrap_or_else(|| self.state(State { node: state.node, length, print }))
    }

    fn find(&self, print: Print, length: u32) -> Option<u32> {
        let is_it = |state: &State| (state.print, state.length) == (print, length);
        self.known.find(print[0], |number| is_it(&self.states[*number as usize])).copied()
    }

    fn state(&mut self, state: State) -> u32 {
        let number = self.states.len() as u32;
        self.states.push(state);
        self.known.insert_unique(state.print[0], number, |number| self.states[*number as usize].print[0]);
        number
    }

    fn first(&self, state: State) -> Option<u64> {
        let mut node = self.nodes[state.node as usize];
        // The depth of the first element; none where there is no element.
        let depth = (state.length > 0).then(|| node.depth - state.length + 1)?;
        while node.depth > depth {
            let far = self.nodes[node.jump as usize];
            node = if far.depth >= depth { far } else { self.nodes[node.before as usize] };
        }
        Some(node.element)
    }
}

impl Object for Queue {
    fn traits(&self) -> &[Traits] {
        &self.traits
    }

    fn step(&mut self, state: u32, operation: u32) -> Option<u32> {
        let content = self.states[state as usize];
        match (self.actions[operation as usize], self.first(content)) {
            (Action::Enqueue(element), _) => Some(self.add(content, element)),
            (Action::FoundEmpty, None) => Some(state),
            (Action::Dequeued(element), Some(first)) if element == first => Some(self.take(content, first)),
            (Action::Dequeue, Some(first)) => Some(self.take(content, first)),
            (Action::Dequeued(_) | Action::Dequeue, _) | (Action::FoundEmpty, Some(_)) => None,
        }
    }

    fn size(&self) -> usize {
        self.states.len() + self.nodes.len()
    }
}
