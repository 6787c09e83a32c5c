//! An order of operations, as edges, and for each operation how far each session had come before it.
//!
//! A session's operations are one after another, so what precedes an operation is a prefix of each session: a number a
//! session instead of a set (vector clocks: Fidge 1988, Mattern 1989).

use super::registers::{Registers, Source};

/// Why one operation precedes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The session did the one after the other.
    Session,
    /// The one read what the other wrote.
    Read,
    /// Both wrote the key. The first precedes `read`, which returned the second: so the second is the later one.
    /// That the first precedes the read follows from the first `known` edges.
    Overwritten { read: usize, known: usize },
    /// The second overwrote what the first read: it follows, by the first `known` edges, the write that was read.
    Outlived { known: usize },
    /// The first read the value before any write, and the second is a write.
    BeforeAny,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub why: Why,
}

/// Which operations a clock counts. What is not counted orders others, but its own place is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    All,
    Reads,
}

/// An order.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub edges: Vec<Edge>,
    /// One row an operation, one column a session: how many of the session's operations precede it or are it.
    clocks: Vec<u32>,
    width: usize,
    counted: Counted,
}

/// More cells than this are not kept: 256 MiB.
const CELLS_MAX: usize = 1 << 26;

/// Whether the clocks of a history would be too many.
pub(super) fn too_large(history: &Registers) -> Option<String> {
    let (ops, sessions) = (history.ops.len(), history.sessions.len());
    (ops.saturating_mul(sessions) > CELLS_MAX)
        .then(|| format!("{ops} operations of {sessions} sessions are more than this checker keeps in memory"))
}

impl Order {
    /// No edges yet.
    pub fn new(history: &Registers, counted: Counted) -> Self {
        Order { edges: Vec::new(), clocks: Vec::new(), width: history.sessions.len(), counted }
    }

    /// Session order, and for the reads that `sees` chooses, that a read follows the write that it returned.
    pub fn of_sessions(history: &Registers, sees: impl Fn(usize) -> bool) -> Self {
        let mut order = Order::new(history, Counted::All);
        for session in &history.sessions {
            for pair in session.windows(2) {
                order.add(pair[0], pair[1], Why::Session);
            }
        }
        for read in history.reads().filter(|read| sees(*read)) {
            order.add_source(history, read);
        }
        order
    }

    /// Adds that a read follows the write that it returned.
    pub fn add_source(&mut self, history: &Registers, read: usize) {
        if let Source::Write(write) = history.source[read] {
            self.add(write, read, Why::Read);
        }
    }

    pub fn add(&mut self, from: usize, to: usize, why: Why) {
        self.edges.push(Edge { from, to, why });
    }

    /// What a settling costs.
    pub fn cost(&self, history: &Registers) -> u64 {
        (self.edges.len() as u64 + history.ops.len() as u64) * self.width as u64
    }

    /// Computes the clocks from the edges, in topological order (Kahn 1962).
    ///
    /// # Errors
    /// The edges of a cycle, by number, where there is one.
    pub fn settle(&mut self, history: &Registers) -> Result<(), Vec<usize>> {
        let count = history.ops.len();
        let outgoing = Outgoing::new(count, &self.edges);
        let mut waits = vec![0_u32; count];
        for edge in &self.edges {
            waits[edge.to] += 1;
        }
        self.clocks.clear();
        self.clocks.resize(count * self.width, 0);
        let mut ready: Vec<usize> = (0..count).filter(|op| waits[*op] == 0).collect();
        let mut settled = 0;
        while let Some(op) = ready.pop() {
            settled += 1;
            let own = &history.ops[op];
            if self.counted == Counted::All || !own.is_write {
                self.clocks[op * self.width + own.session as usize] = own.place + 1;
            }
            for edge in outgoing.of(op) {
                let to = self.edges[*edge].to;
                self.merge(op, to);
                waits[to] -= 1;
                if waits[to] == 0 {
                    ready.push(to);
                }
            }
        }
        if settled == count { Ok(()) } else { Err(self.cycle(&outgoing, &waits)) }
    }

    fn merge(&mut self, from: usize, to: usize) {
        let (from, to) = (from * self.width, to * self.width);
        for column in 0..self.width {
            self.clocks[to + column] = self.clocks[to + column].max(self.clocks[from + column]);
        }
    }

    /// A short cycle among the operations that still wait.
    fn cycle(&self, outgoing: &Outgoing, waits: &[u32]) -> Vec<usize> {
        let mut before = vec![usize::MAX; waits.len()];
        for edge in &self.edges {
            if waits[edge.from] > 0 && waits[edge.to] > 0 {
                before[edge.to] = edge.from;
            }
        }
        // Whatever waits, waits for something that waits: going back must come round.
        let mut at = waits.iter().position(|waits| *waits > 0).unwrap_or_default();
        let mut seen = vec![false; waits.len()];
        while !seen[at] {
            seen[at] = true;
            at = before[at];
        }
        self.path_over(outgoing, at, at, self.edges.len())
    }

    /// A shortest way from one operation to another over the first `known` edges, by number of edge. From an operation
    /// to itself: a cycle. Empty: there is none.
    pub fn path(&self, from: usize, to: usize, known: usize) -> Vec<usize> {
        let count = self.edges.iter().map(|edge| edge.from.max(edge.to) + 1).max().unwrap_or(0);
        if from >= count || to >= count {
            return Vec::new();
        }
        self.path_over(&Outgoing::new(count, &self.edges), from, to, known)
    }

    fn path_over(&self, outgoing: &Outgoing, from: usize, to: usize, known: usize) -> Vec<usize> {
        let mut came_by: Vec<Option<usize>> = vec![None; outgoing.starts.len() - 1];
        let mut queue = std::collections::VecDeque::from([from]);
        'search: while let Some(op) = queue.pop_front() {
            for edge in outgoing.of(op).iter().filter(|edge| **edge < known) {
                let next = self.edges[*edge].to;
                if came_by[next].is_none() && (next != from || next == to) {
                    came_by[next] = Some(*edge);
                    if next == to {
                        break 'search;
                    }
                    queue.push_back(next);
                }
            }
        }
        let mut path = Vec::new();
        let mut at = to;
        while let Some(edge) = came_by[at] {
            path.push(edge);
            at = self.edges[edge].from;
            if at == from {
                break;
            }
        }
        path.reverse();
        path
    }

    /// How far each session had come before this operation, itself included.
    pub fn clock(&self, op: usize) -> &[u32] {
        &self.clocks[op * self.width..(op + 1) * self.width]
    }

    /// Whether `a`, which must be counted, precedes `b` or is it.
    pub fn precedes(&self, history: &Registers, a: usize, b: usize) -> bool {
        let own = &history.ops[a];
        self.clock(b)[own.session as usize] > own.place
    }
}

/// The edges by where they begin.
struct Outgoing {
    starts: Vec<usize>,
    edges: Vec<usize>,
}

impl Outgoing {
    fn new(count: usize, edges: &[Edge]) -> Self {
        let mut starts = vec![0; count + 1];
        for edge in edges {
            starts[edge.from + 1] += 1;
        }
        for op in 0..count {
            starts[op + 1] += starts[op];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; edges.len()];
        for (number, edge) in edges.iter().enumerate() {
            sorted[next[edge.from]] = number;
            next[edge.from] += 1;
        }
        Outgoing { starts, edges: sorted }
    }

    fn of(&self, op: usize) -> &[usize] {
        &self.edges[self.starts[op]..self.starts[op + 1]]
    }
}
