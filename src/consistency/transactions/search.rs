//! Shortest cycles of a kind: breadth first from one transaction, back to it.

use super::graph::{Class, Components, Graph, PROCESS, REALTIME, RW, WR, WW, Walk};
use std::collections::{BTreeSet, VecDeque};

/// The shape of a cycle. Each begins and ends at a transaction that a *closing* edge leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Dependencies, closed by a write over a write.
    Writes,
    /// Dependencies, closed by a read of a write.
    Reads,
    /// Dependencies, closed by an anti-dependency.
    Single,
    /// Anti-dependencies that never follow each other, closed by one of them.
    Alternating,
    /// The same with at least two of them.
    AlternatingTwice,
    /// Two anti-dependencies in a row, of which the first closes it.
    Adjacent,
    /// Anything, closed by an anti-dependency.
    Any,
}

/// What the state of a search holds, in bits: the last edge was an anti-dependency; there has been one.
const MISSED: u32 = 1;
const USED: u32 = 2;
const STATES: u32 = 4;

impl Rule {
    fn start(self) -> u32 {
        match self {
            Rule::Alternating | Rule::AlternatingTwice | Rule::Single => MISSED,
            Rule::Writes | Rule::Reads | Rule::Adjacent | Rule::Any => 0,
        }
    }

    /// The state behind an edge, if it may be taken.
    fn step(self, state: u32, class: Class) -> Option<u32> {
        match (self, class) {
            (_, Class::Joint) => Some(state),
            (Rule::Writes | Rule::Reads | Rule::Single, Class::Depends) => Some(0),
            (Rule::Writes | Rule::Reads | Rule::Single, Class::Misses) => None,
            (Rule::Alternating, Class::Depends) => Some(0),
            (Rule::Alternating, Class::Misses) => (state & MISSED == 0).then_some(MISSED),
            (Rule::AlternatingTwice, Class::Depends) => Some(state & USED),
            (Rule::AlternatingTwice, Class::Misses) => (state & MISSED == 0).then_some(MISSED | USED),
            // The first edge is the second of the two; from then on anything goes.
            (Rule::Adjacent, Class::Depends) => (state & USED != 0).then_some(USED),
            (Rule::Adjacent, Class::Misses) => Some(USED),
            (Rule::Any, Class::Depends | Class::Misses) => Some(0),
        }
    }

    /// Whether an edge to the beginning closes the cycle.
    fn closes(self, state: u32, class: Class, label: u8) -> bool {
        match self {
            Rule::Writes => label & WW != 0,
            Rule::Reads => label & WR != 0 && label & WW == 0,
            Rule::Single | Rule::Any => class == Class::Misses,
            Rule::Alternating => class == Class::Misses && state & MISSED == 0,
            Rule::AlternatingTwice => class == Class::Misses && state & MISSED == 0 && state & USED != 0,
            Rule::Adjacent => class == Class::Misses && state & USED != 0,
        }
    }

    /// Whether an edge could close a cycle.
    fn may_close(self, class: Class, label: u8) -> bool {
        self.closes(USED, class, label)
    }

    /// Whether [`Graph::alternating`] tells what can be on a cycle.
    pub fn alternates(self) -> bool {
        match self {
            Rule::Single | Rule::Alternating | Rule::AlternatingTwice => true,
            Rule::Writes | Rule::Reads | Rule::Adjacent | Rule::Any => false,
        }
    }
}

/// One edge of a cycle, between transactions: its label is one of the constants of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub from: u32,
    pub to: u32,
    pub label: u8,
}

/// Looks for cycles in one graph, again and again.
pub(super) struct Search<'g> {
    graph: &'g Graph,
    /// Nodes from here on are joints.
    transactions: u32,
    /// By state of a node: the round that reached it, at what distance, and whence.
    reached: Vec<(u32, u32, u32)>,
    round: u32,
    queue: VecDeque<(u32, u32)>,
    /// How many edges may still be looked at.
    pub budget: usize,
}

impl<'g> Search<'g> {
    pub fn new(graph: &'g Graph, transactions: u32) -> Self {
        let reached = vec![(0, 0, 0); (graph.nodes() * STATES) as usize];
        Search { graph, transactions, reached, round: 0, queue: VecDeque::new(), budget: 0 }
    }

    /// How many edges one search may look at: enough to see all.
    pub fn enough(&self) -> usize {
        self.graph.edges() * STATES as usize + 1
    }

    fn place(rule: Rule, node: u32, state: u32) -> u32 {
        if rule.alternates() { 2 * node + (state & MISSED) } else { node }
    }

    /// The transactions at which a cycle could close.
    pub fn starts(&self, rule: Rule, walk: Walk, among: &Components) -> Vec<u32> {
        let mut starts = BTreeSet::new();
        for node in 0..self.graph.nodes() {
            let from = Search::place(rule, node, 0);
            if !among.cyclic(from) {
                continue;
            }
            for edge in self.graph.row(node) {
                let closes = walk.class(edge.label).is_some_and(|class| rule.may_close(class, edge.label));
                if closes && among.together(from, Search::place(rule, edge.to, rule.start())) {
                    starts.insert(edge.to);
                }
            }
        }
        starts.into_iter().collect()
    }

    /// The shortest cycle through `start` with fewer than `below` edges. None if there is none, or the budget is spent.
    pub fn shortest(&mut self, start: u32, rule: Rule, walk: Walk, among: &Components, below: u32) -> Option<Vec<Hop>> {
        self.round += 1;
        self.queue.clear();
        let first = start * STATES + rule.start();
        let home = Search::place(rule, start, rule.start());
        self.reached[first as usize] = (self.round, 0, first);
        self.queue.push_back((first, 0));
        while let Some((here, distance)) = self.queue.pop_front() {
            let (node, state) = (here / STATES, here % STATES);
            if self.reached[here as usize].1 != distance || distance + 1 >= below {
                continue;
            }
            for edge in self.graph.row(node) {
                self.budget = self.budget.saturating_sub(1);
                let Some(class) = walk.class(edge.label) else { continue };
                if edge.to == start {
                    if class != Class::Joint && rule.closes(state, class, edge.label) {
                        return Some(self.path(here, start, edge.label, walk));
                    }
                    if !rule.alternates() {
                        continue;
                    }
                }
                let Some(next) = rule.step(state, class) else { continue };
                if !among.together(Search::place(rule, edge.to, next), home) {
                    continue;
                }
                self.reach(edge.to, next, distance, here);
            }
            if self.budget == 0 {
                return None;
            }
        }
        None
    }

    /// Notes that a node was reached. Into a joint there is no distance.
    fn reach(&mut self, node: u32, state: u32, distance: u32, whence: u32) {
        let there = node * STATES + state;
        let joint = node >= self.transactions;
        let new = distance + u32::from(!joint);
        let known = &mut self.reached[there as usize];
        if known.0 == self.round && known.1 <= new {
            return;
        }
        *known = (self.round, new, whence);
        if joint {
            self.queue.push_front((there, new));
        } else {
            self.queue.push_back((there, new));
        }
    }

    /// The edges between transactions on the way to `last`, and the closing one.
    fn path(&self, last: u32, start: u32, closing: u8, walk: Walk) -> Vec<Hop> {
        let mut places = vec![last];
        while let Some(place) = places.last().filter(|place| self.reached[**place as usize].2 != **place) {
            places.push(self.reached[*place as usize].2);
        }
        places.reverse();
        let mut hops = Vec::new();
        let mut from = start;
        for pair in places.windows(2) {
            let [before, node] = [pair[0] / STATES, pair[1] / STATES];
            if node < self.transactions {
                let label = said(self.graph.label(before, node), walk);
                hops.push(Hop { from, to: node, label });
                from = node;
            }
        }
        hops.push(Hop { from, to: start, label: said(closing, walk) });
        hops
    }
}

/// The one label as which a walk takes an edge: the plainest.
fn said(label: u8, walk: Walk) -> u8 {
    let used = label & walk.depends;
    [WW, WR, PROCESS, REALTIME].into_iter().find(|one| used & one != 0).unwrap_or(RW)
}
