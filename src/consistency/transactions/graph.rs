//! The graph of dependencies: what must have come before what.
//!
//! Beside transactions there are *joints*, nodes that stand for many edges at once: whoever leads to a joint precedes
//! all that the joint leads to. The way into a joint costs nothing; the edge out of it carries the label.

use super::anomaly::Scope;

/// A write over a write.
pub(super) const WW: u8 = 1;
/// A read of a write.
pub(super) const WR: u8 = 2;
/// A read that missed a write.
pub(super) const RW: u8 = 4;
/// One process did both.
pub(super) const PROCESS: u8 = 8;
/// The first ended before the second began.
pub(super) const REALTIME: u8 = 16;
/// Into a joint of reads that missed writes.
pub(super) const JOINT: u8 = 32;
/// Into a joint of time.
pub(super) const TIME_JOINT: u8 = 64;

/// What an edge means to a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A dependency, or an order of time.
    Depends,
    /// An anti-dependency.
    Misses,
    /// A part of an edge.
    Joint,
}

/// Which edges a search may use, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// Labels that make an edge a dependency.
    pub depends: u8,
    /// Whether anti-dependencies may be used.
    misses: bool,
    joints: u8,
}

impl Walk {
    fn new(data: u8, misses: bool, scope: Scope) -> Self {
        let (order, joints) = match scope {
            Scope::Data => (0, JOINT),
            Scope::Process => (PROCESS, JOINT),
            Scope::Realtime => (PROCESS | REALTIME, JOINT | TIME_JOINT),
        };
        Walk { depends: data | order, misses, joints }
    }

    /// Writes over writes.
    pub fn writes(scope: Scope) -> Self {
        Walk::new(WW, false, scope)
    }

    /// Dependencies.
    pub fn dependencies(scope: Scope) -> Self {
        Walk::new(WW | WR, false, scope)
    }

    /// Everything.
    pub fn all(scope: Scope) -> Self {
        Walk::new(WW | WR, true, scope)
    }

    #[inline]
    pub fn class(self, label: u8) -> Option<Class> {
        if label & self.depends != 0 {
            Some(Class::Depends)
        } else if self.misses && label & RW != 0 {
            Some(Class::Misses)
        } else if label & self.joints != 0 {
            Some(Class::Joint)
        } else {
            None
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub to: u32,
    pub label: u8,
}

/// A graph as rows of edges.
pub(super) struct Graph {
    starts: Vec<u32>,
    edges: Vec<Edge>,
}

impl Graph {
    pub fn nodes(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    #[inline]
    pub fn row(&self, node: u32) -> &[Edge] {
        &self.edges[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// All labels of the edge from one node to another.
    pub fn label(&self, from: u32, to: u32) -> u8 {
        let row = self.row(from);
        row.binary_search_by_key(&to, |edge| edge.to).map_or(0, |place| row[place].label)
    }

    /// What can reach each other by a walk.
    pub fn components(&self, walk: Walk) -> Components {
        tarjan(self.nodes(), |node, cursor| {
            let rest = self.row(node)[*cursor as usize..].iter();
            for edge in rest {
                *cursor += 1;
                if walk.class(edge.label).is_some() {
                    return Some(edge.to);
                }
            }
            None
        })
    }

    /// The same where no two anti-dependencies may follow each other. A node counts twice: as `2 * node`, and as
    /// `2 * node + 1` where it was reached by an anti-dependency.
    pub fn alternating(&self, walk: Walk) -> Components {
        tarjan(2 * self.nodes(), |place, cursor| {
            let (node, missed) = (place / 2, place % 2);
            let rest = self.row(node)[*cursor as usize..].iter();
            for edge in rest {
                *cursor += 1;
                let next = match walk.class(edge.label) {
                    Some(Class::Depends) => Some(2 * edge.to),
                    Some(Class::Misses) if missed == 0 => Some(2 * edge.to + 1),
                    Some(Class::Joint) => Some(2 * edge.to + missed),
                    Some(Class::Misses) | None => None,
                };
                if next.is_some() {
                    return next;
                }
            }
            None
        })
    }
}

/// Edges, in any order.
#[derive(Default)]
pub(super) struct Draft {
    edges: Vec<(u32, u32, u8)>,
}

impl Draft {
    /// An edge; none from a node to itself.
    pub fn edge(&mut self, from: u32, to: u32, label: u8) {
        if from != to {
            self.edges.push((from, to, label));
        }
    }

    /// The graph over so many nodes; edges between the same two become one.
    pub fn finish(mut self, nodes: u32) -> Graph {
        self.edges.sort_unstable();
        let mut edges: Vec<Edge> = Vec::with_capacity(self.edges.len());
        let mut starts = vec![0; nodes as usize + 1];
        let mut before = None;
        for (from, to, label) in self.edges {
            if before == Some((from, to)) {
                edges.last_mut().expect("there was one before").label |= label;
                continue;
            }
            before = Some((from, to));
            edges.push(Edge { to, label });
            starts[from as usize + 1] = edges.len() as u32;
        }
        for node in 1..starts.len() {
            starts[node] = starts[node].max(starts[node - 1]);
        }
        Graph { starts, edges }
    }
}

/// The strongly connected components of a graph.
pub(super) struct Components {
    of: Vec<u32>,
    sizes: Vec<u32>,
}

impl Components {
    /// Whether a node lies on a cycle.
    pub fn cyclic(&self, node: u32) -> bool {
        self.sizes[self.of[node as usize] as usize] > 1
    }

    /// Whether two nodes lie on one cycle.
    pub fn together(&self, one: u32, other: u32) -> bool {
        self.of[one as usize] == self.of[other as usize]
    }

    /// Whether there is any cycle.
    pub fn any(&self) -> bool {
        self.sizes.iter().any(|size| *size > 1)
    }
}

const UNSEEN: u32 = u32::MAX;

/// Tarjan's algorithm with a stack of its own: a history is deeper than a thread's. `next` gives a node's successors
/// one by one, and moves the cursor.
fn tarjan(nodes: u32, mut next: impl FnMut(u32, &mut u32) -> Option<u32>) -> Components {
    let mut order = vec![UNSEEN; nodes as usize];
    let mut low = vec![0; nodes as usize];
    let mut of = vec![UNSEEN; nodes as usize];
    let mut sizes = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    let mut path: Vec<(u32, u32)> = Vec::new();
    let mut count = 0;
    for root in 0..nodes {
        if order[root as usize] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some((node, cursor)) = path.last_mut() {
            let here = *node as usize;
            if order[here] == UNSEEN {
                (order[here], low[here]) = (count, count);
                count += 1;
                open.push(*node);
            }
            if let Some(there) = next(*node, cursor) {
                if order[there as usize] == UNSEEN {
                    path.push((there, 0));
                } else if of[there as usize] == UNSEEN {
                    low[here] = low[here].min(order[there as usize]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                low[*parent as usize] = low[*parent as usize].min(low[here]);
            }
            if low[here] == order[here] {
                let start = open.iter().rposition(|node| *node as usize == here).expect("it is open");
                open[start..].iter().for_each(|node| of[*node as usize] = sizes.len() as u32);
                sizes.push((open.len() - start) as u32);
                open.truncate(start);
            }
        }
    }
    Components { of, sizes }
}
