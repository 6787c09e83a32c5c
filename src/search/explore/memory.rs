//! What is known about every local state: each event is carried out once, and remembered.

use crate::node::{Choices, NodeId};
use crate::search::explore::intern::{Interner, Part};
use crate::search::explore::plan::{Explorable, Messages, Search};
use crate::search::explore::report::Report;
use crate::search::explore::step::{Event, Item, Local, Stepped, Told, step};
use crate::search::explore::table::{Table, pair};

/// What one step told, and who.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Telling<N: Explorable> {
    pub node: NodeId,
    pub told: Vec<Told<N>>,
}

/// The number of a telling without content.
pub(super) const NOTHING: u32 = u32::MAX;

/// A range of a list that all share.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn between(start: usize, end: usize) -> Self {
        let place = |at: usize| u32::try_from(at).expect("fewer than 2^32 of anything fit into memory");
        Span { start: place(start), end: place(end) }
    }
    #[inline]
    pub fn numbers(self) -> std::ops::Range<u32> {
        self.start..self.end
    }
    #[inline]
    fn places(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where one event leads, choices included.
pub(super) struct Transition<N: Explorable> {
    /// The difference of the fingerprints of the local states.
    pub change: u128,
    /// The local state after it.
    pub local: u32,
    pub telling: u32,
    /// What was sent, in that order.
    sent: Span,
    /// The same as it goes into the network: ascending, and without repetitions where messages are a set.
    posted: Span,
    pub node: NodeId,
    pub event: Event<N::Timer>,
    /// What the handler's choices were.
    pub answers: Box<[u64]>,
}

/// Where an item in flight goes to.
#[derive(Clone, Copy)]
pub(super) struct Address {
    pub to: u32,
    /// Whether delivery takes it out of the network.
    pub leaves: bool,
}

pub(super) struct Memory<'a, N: Explorable> {
    search: &'a Search<N>,
    pub locals: Interner<Local<N>>,
    /// By local state: whether it lies within the limit.
    within: Vec<bool>,
    /// By local state: its timers, its crash, its restart.
    own: Vec<Option<Span>>,
    pub items: Interner<Item<N>>,
    addresses: Vec<Address>,
    /// By local state and item.
    deliveries: Table<Span>,
    pub tellings: Interner<Telling<N>>,
    transitions: Vec<Transition<N>>,
    sent: Vec<u32>,
    /// How many handlers were run.
    pub runs: u64,
    /// Whether some handler's choices could fall in more ways than were gone through.
    pub truncated: bool,
}

impl<'a, N: Explorable> Memory<'a, N> {
    pub fn new(search: &'a Search<N>) -> Self {
        Memory {
            search,
            locals: Interner::new(Part::Local),
            within: Vec::new(),
            own: Vec::new(),
            items: Interner::new(Part::Item),
            addresses: Vec::new(),
            deliveries: Table::new(),
            tellings: Interner::new(Part::Telling),
            transitions: Vec::new(),
            sent: Vec::new(),
            runs: 0,
            truncated: false,
        }
    }

    pub fn local(&mut self, local: Local<N>) -> u32 {
        let number = self.locals.number(local);
        if number as usize == self.own.len() {
            let local = self.locals.value(number);
            // A node that is down was within the limit before it crashed: its storage has not changed.
            self.within.push(local.node.as_ref().is_none_or(|node| (self.search.limit)(node, &local.stable)));
            self.own.push(None);
        }
        number
    }

    pub fn item(&mut self, item: Item<N>) -> u32 {
        let number = self.items.number(item);
        if number as usize == self.addresses.len() {
            self.addresses.push(match self.items.value(number) {
                Item::Message { to, .. } => {
                    Address { to: to.index() as u32, leaves: self.search.messages == Messages::Bag }
                }
                Item::Request { to, .. } => Address { to: to.index() as u32, leaves: true },
            });
        }
        number
    }

    #[inline]
    pub fn address(&self, item: u32) -> Address {
        self.addresses[item as usize]
    }
    #[inline]
    pub fn within(&self, local: u32) -> bool {
        self.within[local as usize]
    }
    #[inline]
    pub fn transition(&self, number: u32) -> &Transition<N> {
        &self.transitions[number as usize]
    }
    pub fn sent(&self, transition: &Transition<N>) -> &[u32] {
        &self.sent[transition.sent.places()]
    }
    #[inline]
    pub fn posted(&self, transition: &Transition<N>) -> &[u32] {
        &self.sent[transition.posted.places()]
    }

    /// The node's first start.
    pub fn boot(&mut self, local: u32) -> Span {
        let start = self.transitions.len();
        self.execute(local, Event::Boot);
        Span::between(start, self.transitions.len())
    }

    /// What happens to a node without anything arriving.
    #[inline]
    pub fn own(&mut self, local: u32) -> Span {
        match self.own[local as usize] {
            Some(span) => span,
            None => self.first_own(local),
        }
    }

    #[cold]
    fn first_own(&mut self, local: u32) -> Span {
        let start = self.transitions.len();
        let (up, timers) = (self.locals.value(local).node.is_some(), self.locals.value(local).timers.clone());
        for timer in timers {
            self.execute(local, Event::Fire(timer));
        }
        if !up {
            self.execute(local, Event::Restart);
        } else if self.search.crashes > 0 {
            self.execute(local, Event::Crash);
        }
        let span = Span::between(start, self.transitions.len());
        self.own[local as usize] = Some(span);
        span
    }

    /// What happens when an item arrives; nothing at a node that is down.
    #[inline]
    pub fn deliver(&mut self, local: u32, item: u32) -> Span {
        match self.deliveries.get(pair(local, item)) {
            Some(span) => span,
            None => self.first_delivery(local, item),
        }
    }

    #[cold]
    fn first_delivery(&mut self, local: u32, item: u32) -> Span {
        let start = self.transitions.len();
        if self.locals.value(local).node.is_some() {
            self.execute(local, Event::Receive(item));
        }
        let span = Span::between(start, self.transitions.len());
        self.deliveries.insert(pair(local, item), span);
        span
    }

    /// Carries out one event, once for every way its choices can fall.
    fn execute(&mut self, before: u32, event: Event<N::Timer>) {
        let local = self.locals.value(before).clone();
        let mut answers: Vec<u64> = Vec::new();
        for alternative in 0.. {
            if alternative == Report::ALTERNATIVES_MAX {
                self.truncated = true;
                return;
            }
            self.runs += u64::from(!matches!(event, Event::Crash));
            let mut choices = Choices::scripted(answers.iter().copied());
            let stepped = step(self.search, &self.items, &local, event, &mut choices);
            let Choices::Scripted { asked, .. } = choices else { unreachable!("choices stay as they were made") };
            answers.resize(asked.len(), 0);
            self.remember(before, event, stepped, answers.as_slice().into());
            if !next_answers(&mut answers, &asked) {
                return;
            }
        }
    }

    fn remember(&mut self, before: u32, event: Event<N::Timer>, stepped: Stepped<N>, answers: Box<[u64]>) {
        let node = stepped.local.id;
        let local = self.local(stepped.local);
        let telling = match stepped.told {
            told if told.is_empty() => NOTHING,
            told => self.tellings.number(Telling { node, told }),
        };
        let mut sent: Vec<u32> = stepped.sent.into_iter().map(|item| self.item(item)).collect();
        let first = self.sent.len();
        self.sent.extend_from_slice(&sent);
        let second = self.sent.len();
        sent.sort_unstable();
        if self.search.messages == Messages::Set {
            sent.dedup();
        }
        self.sent.extend_from_slice(&sent);
        self.transitions.push(Transition {
            change: self.locals.print(local).wrapping_sub(self.locals.print(before)),
            local,
            telling,
            sent: Span::between(first, second),
            posted: Span::between(second, self.sent.len()),
            node,
            event,
            answers,
        });
    }
}

/// Counts through all answers like an odometer: raises the last that has room and forgets those behind it, since other
/// questions may follow. False: all have been seen.
fn next_answers(answers: &mut Vec<u64>, asked: &[u64]) -> bool {
    assert_eq!(answers.len(), asked.len(), "every question has been answered");
    let Some(place) = (0..asked.len()).rev().find(|place| answers[*place] + 1 < asked[*place]) else { return false };
    answers.truncate(place + 1);
    answers[place] += 1;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_through_even_where_one_decides_what_is_asked_next() {
        // Asks for a number below 3; after a 1, for another below 2.
        let asked = |answers: &[u64]| if answers.first() == Some(&1) { vec![3, 2] } else { vec![3] };
        let (mut answers, mut seen) = (vec![], vec![]);
        loop {
            let asked = asked(&answers);
            answers.resize(asked.len(), 0);
            seen.push(answers.clone());
            if !next_answers(&mut answers, &asked) {
                break;
            }
        }
        assert_eq!(seen, [vec![0], vec![1, 0], vec![1, 1], vec![2]]);
    }
}
