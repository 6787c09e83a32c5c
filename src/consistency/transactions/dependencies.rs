//! The edges of the graph: from the orders of versions, from reads, from processes and from real time.

use super::graph::{Draft, Graph, JOINT, PROCESS, REALTIME, RW, TIME_JOINT, WR, WW};
use super::history::{Ending, History};
use super::index::{Index, NONE};
use super::orders::{Order, Shown};
use std::collections::BTreeMap;

/// From this many edges on, joints take their place.
const EDGES_MAX: usize = 64;

/// All that orders the committed transactions. Nodes from the number of transactions on are joints.
pub(super) fn graph(index: &Index, orders: &[Order], shown: &[Shown]) -> Graph {
    let mut edges = Edges { draft: Draft::default(), nodes: index.history.transactions.len() as u32 };
    shown.iter().for_each(|shown| edges.draft.edge(shown.writer, shown.reader, WR));
    for order in orders.iter().filter(|order| order.doubt.is_none()) {
        edges.versions(order);
    }
    edges.processes(index.history, &index.committed);
    edges.realtime(index.history, &index.committed);
    edges.draft.finish(edges.nodes)
}

struct Edges {
    draft: Draft,
    nodes: u32,
}

impl Edges {
    fn joint(&mut self) -> u32 {
        self.nodes += 1;
        self.nodes - 1
    }

    fn versions(&mut self, order: &Order) {
        let mut last = NONE;
        // By version: the next that a committed transaction wrote.
        let mut next = vec![NONE; order.chain.len() + 1];
        for (version, writer) in order.chain.iter().enumerate().rev() {
            next[version] = if *writer == NONE { next[version + 1] } else { *writer };
        }
        for writer in order.chain.iter().filter(|writer| **writer != NONE) {
            if last != NONE {
                self.draft.edge(last, *writer, WW);
            }
            last = *writer;
        }
        if last != NONE {
            order.tail.iter().for_each(|writer| self.draft.edge(last, *writer, WW));
        }
        let mut latest = Vec::new();
        for (version, reader) in &order.readers {
            match next[*version as usize] {
                NONE => latest.push(*reader),
                writer => self.draft.edge(*reader, writer, RW),
            }
        }
        self.fan(&latest, &order.tail);
        order.fans.iter().for_each(|fan| self.fan(&fan.readers, &fan.writers));
        order.links.iter().for_each(|(first, second)| self.draft.edge(*first, *second, WW));
    }

    /// Every reader missed every write but its own. Many readers and many writers meet in two rows of joints: from each
    /// place of the rows, one leads to the writers up to it and one to those from it on, so that a reader which is a
    /// writer too reaches all but itself.
    fn fan(&mut self, readers: &[u32], writers: &[u32]) {
        if readers.len() * writers.len() <= EDGES_MAX.max(2 * (readers.len() + 3 * writers.len())) {
            for reader in readers {
                writers.iter().for_each(|writer| self.draft.edge(*reader, *writer, RW));
            }
            return;
        }
        let up_to: Vec<u32> = writers.iter().map(|_| self.joint()).collect();
        let from: Vec<u32> = writers.iter().map(|_| self.joint()).collect();
        for (place, writer) in writers.iter().enumerate() {
            self.draft.edge(up_to[place], *writer, RW);
            self.draft.edge(from[place], *writer, RW);
            if place > 0 {
                self.draft.edge(up_to[place], up_to[place - 1], JOINT);
                self.draft.edge(from[place - 1], from[place], JOINT);
            }
        }
        let place: BTreeMap<u32, usize> = writers.iter().copied().zip(0..).collect();
        for reader in readers {
            let own = place.get(reader).copied();
            match own {
                None => self.draft.edge(*reader, from[0], JOINT),
                Some(own) => {
                    if own > 0 {
                        self.draft.edge(*reader, up_to[own - 1], JOINT);
                    }
                    if own + 1 < writers.len() {
                        self.draft.edge(*reader, from[own + 1], JOINT);
                    }
                }
            }
        }
    }

    /// A process does one thing after the other. What has no known end is followed by nothing.
    fn processes(&mut self, history: &History, committed: &[bool]) {
        let mut last: BTreeMap<u64, u32> = BTreeMap::new();
        for (id, one) in history.transactions.iter().enumerate().filter(|(id, _)| committed[*id]) {
            if let Some(before) = last.get(&one.process) {
                self.draft.edge(*before, id as u32, PROCESS);
            }
            if one.ending == Ending::Committed {
                last.insert(one.process, id as u32);
            }
        }
    }

    /// What ended before another began comes before it. One joint stands for all that has ended by a moment, so that
    /// there are as many edges as transactions, however many run at once.
    fn realtime(&mut self, history: &History, committed: &[bool]) {
        let live = |id: &u32| committed[*id as usize];
        let ends = (0..history.transactions.len() as u32).filter(live).filter_map(|id| {
            let one = &history.transactions[id as usize];
            one.span.end.filter(|_| one.ending == Ending::Committed).map(|end| (end, id))
        });
        let mut ends: Vec<(u32, u32)> = ends.collect();
        ends.sort_unstable();
        let mut ended = ends.into_iter().peekable();
        let mut moment = NONE;
        for id in (0..history.transactions.len() as u32).filter(live) {
            let begin = history.transactions[id as usize].span.begin;
            let mut fresh = NONE;
            while let Some((_, before)) = ended.next_if(|(end, _)| *end < begin) {
                if fresh == NONE {
                    fresh = self.joint();
                    if moment != NONE {
                        self.draft.edge(moment, fresh, TIME_JOINT);
                    }
                    moment = fresh;
                }
                self.draft.edge(before, fresh, TIME_JOINT);
            }
            if moment != NONE {
                self.draft.edge(moment, id, REALTIME);
            }
        }
    }
}
