//! What a history that nothing speaks against proves: a guessed order of all versions that is free of cycles.
//!
//! That no anomaly was found proves a model only where the order of versions is known. Where it is not (registers;
//! several appends to a list that nobody ever read), one is guessed and the graph drawn anew. A total order of the
//! versions without forbidden cycles *is* what the models ask for, so a guess that passes is a proof; one that fails
//! proves nothing.
//!
//! The guess is an order of transactions. One that runs them one after the other, each enabled as long as all that it
//! read still stands there, proves serializability at once; else they are sorted by their dependencies. Where there
//! is a choice, what ended first comes first.

use super::anomaly::{SCOPES, Scope};
use super::graph::{Graph, Walk};
use super::index::{Index, NONE};
use super::orders::Order;
use super::replay::Replay;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Orders of versions in which nothing is left open, as good as can be guessed.
pub(super) fn guess(index: &Index, orders: &[Order], graph: &Graph) -> Vec<Order> {
    let rank = rank(index, orders, graph);
    orders.iter().map(|order| total(order, &rank)).collect()
}

/// By transaction, its place in an order.
fn rank(index: &Index, orders: &[Order], graph: &Graph) -> Vec<u32> {
    for scope in SCOPES.into_iter().rev() {
        let walk = Walk::all(scope);
        if !graph.components(walk).any() {
            let replayed = Sort::new(index, graph, walk).run(&mut Replay::new(index, orders));
            if let Some(rank) = replayed {
                return rank;
            }
        }
    }
    let sorted = SCOPES.into_iter().rev().find_map(|scope: Scope| {
        let walk = Walk::dependencies(scope);
        let acyclic = !graph.components(walk).any();
        acyclic.then(|| Sort::new(index, graph, walk).run(&mut Replay::new(index, &[])))?
    });
    sorted.unwrap_or_else(|| (0..index.history.transactions.len() as u32).map(|id| end(index, id)).collect())
}

fn end(index: &Index, id: u32) -> u32 {
    index.history.transactions[id as usize].span.end.unwrap_or(NONE)
}

/// The versions of a key in the order of their writers.
fn total(order: &Order, rank: &[u32]) -> Order {
    let mut order = order.clone();
    if order.doubt.is_some() {
        return order;
    }
    order.tail.sort_by_key(|writer| (rank[*writer as usize], *writer));
    order.chain.append(&mut order.tail);
    if order.register {
        let mut place: Vec<(u32, u32)> = order.chain.iter().copied().zip(1..).collect();
        place.sort_unstable();
        let version = |writer: u32| {
            let found = place.binary_search_by_key(&writer, |(writer, _)| *writer);
            found.map_or(0, |found| place[found].1)
        };
        order.readers = order.read.iter().map(|(reader, writer)| (version(*writer), *reader)).collect();
        order.fans.clear();
        order.links.clear();
    }
    order
}

/// A topological order of the transactions of a graph without cycles.
struct Sort<'a> {
    index: &'a Index<'a>,
    graph: &'a Graph,
    walk: Walk,
    /// By node: how many edges into it are left.
    before: Vec<u32>,
    /// What nothing precedes any more: joints at once, then what ended first.
    ready: BinaryHeap<Reverse<(u32, u32)>>,
}

impl<'a> Sort<'a> {
    fn new(index: &'a Index<'a>, graph: &'a Graph, walk: Walk) -> Self {
        let mut before = vec![0; graph.nodes() as usize];
        for node in 0..graph.nodes() {
            let used = graph.row(node).iter().filter(|edge| walk.class(edge.label).is_some());
            used.for_each(|edge| before[edge.to as usize] += 1);
        }
        Sort { index, graph, walk, before, ready: BinaryHeap::new() }
    }

    fn put(&mut self, node: u32) {
        let joint = node as usize >= self.index.history.transactions.len();
        let due = if joint { 0 } else { end(self.index, node) };
        self.ready.push(Reverse((due, node)));
    }

    /// By transaction, its place; none where what is left cannot run.
    fn run(mut self, replay: &mut Replay) -> Option<Vec<u32>> {
        let mut rank = vec![0; self.index.history.transactions.len()];
        let mut done = 0;
        for node in (0..self.graph.nodes()).filter(|node| self.before[*node as usize] == 0).collect::<Vec<_>>() {
            self.put(node);
        }
        while let Some(Reverse((_, node))) = self.ready.pop() {
            if (node as usize) < rank.len() {
                if !replay.try_run(node) {
                    continue;
                }
                rank[node as usize] = done;
                for woken in replay.take_woken()? {
                    self.put(woken);
                }
            }
            done += 1;
            for edge in self.graph.row(node) {
                if self.walk.class(edge.label).is_some() {
                    self.before[edge.to as usize] -= 1;
                    if self.before[edge.to as usize] == 0 {
                        self.put(edge.to);
                    }
                }
            }
        }
        (done == self.graph.nodes()).then_some(rank)
    }
}
