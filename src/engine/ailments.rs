//! What is wrong with which node at the moment, and through which fault.

use crate::node::{NodeId, Span};

/// Something wrong with a node that is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Trouble {
    /// It does not run.
    Paused,
    /// Its steps take this long.
    Slow(Span),
    /// Its disk completes no sync.
    Stalled,
    /// Its disk has no room for what is written from now on.
    Full,
    /// Its disk's syncs take this long.
    SlowSync(Span),
    /// Its disk claims syncs that do not happen.
    Lies,
    /// Its clock is off by so many nanoseconds on purpose: to be taken back at the end.
    Offset(i64),
    /// Its clock has been put forward or back.
    Jumped,
    /// Its clock jumps so many nanoseconds forth and back.
    Strobes {
        /// How far.
        by: i64,
        /// Whether it is off at present.
        off: bool,
    },
    /// Its clock runs fast by so many parts per million.
    Drifts(i64),
    /// Its clock stands still.
    Frozen,
}

/// One trouble of one node.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Ailment {
    /// The occurrence that it is due to.
    pub by: usize,
    pub node: NodeId,
    pub trouble: Trouble,
}

/// All of them. Overlapping occurrences stand side by side, so that each heals only itself.
#[derive(Debug, Default)]
pub(in crate::engine) struct Ailments {
    active: Vec<Ailment>,
}

impl Ailments {
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    pub fn add(&mut self, by: usize, node: NodeId, trouble: Trouble) {
        self.active.push(Ailment { by, node, trouble });
    }

    /// Takes away what an occurrence has caused, of the nodes that `which` names.
    pub fn end(&mut self, by: usize, which: impl Fn(NodeId) -> bool) -> Vec<Ailment> {
        self.active.extract_if(.., |ailment| ailment.by == by && which(ailment.node)).collect()
    }

    /// Takes away all troubles of a node.
    pub fn cure(&mut self, node: NodeId) -> Vec<Ailment> {
        self.active.extract_if(.., |ailment| ailment.node == node).collect()
    }

    /// Takes away what keeps a node from running.
    pub fn wake(&mut self, node: NodeId) {
        self.active.retain(|ailment| ailment.node != node || ailment.trouble != Trouble::Paused);
    }

    /// A node's troubles, the latest last.
    pub fn of(&self, node: NodeId) -> impl DoubleEndedIterator<Item = &Ailment> {
        self.active.iter().filter(move |ailment| ailment.node == node)
    }

    /// The latest occurrence that causes this kind of trouble at a node.
    pub fn find<T>(&self, node: NodeId, kind: impl Fn(Trouble) -> Option<T>) -> Option<(usize, T)> {
        if self.active.is_empty() {
            return None;
        }
        self.of(node).rev().find_map(|ailment| kind(ailment.trouble).map(|found| (ailment.by, found)))
    }

    /// The occurrence that keeps a node from running.
    pub fn paused(&self, node: NodeId) -> Option<usize> {
        self.find(node, |trouble| (trouble == Trouble::Paused).then_some(())).map(|(by, ())| by)
    }

    /// How long a node's steps take, and through which occurrence.
    pub fn slow(&self, node: NodeId) -> Option<(usize, Span)> {
        self.find(node, |trouble| if let Trouble::Slow(takes) = trouble { Some(takes) } else { None })
    }

    /// The occurrence that keeps a node's disk from syncing what is written now.
    pub fn no_sync_begins(&self, node: NodeId) -> Option<usize> {
        let blocks = |trouble| matches!(trouble, Trouble::Stalled | Trouble::Full);
        self.find(node, |trouble| blocks(trouble).then_some(())).map(|(by, ())| by)
    }

    /// The occurrence that keeps a node's disk from completing a sync under way.
    pub fn no_sync_completes(&self, node: NodeId) -> Option<usize> {
        self.find(node, |trouble| (trouble == Trouble::Stalled).then_some(())).map(|(by, ())| by)
    }

    /// How long a node's syncs take, and through which occurrence.
    pub fn slow_sync(&self, node: NodeId) -> Option<(usize, Span)> {
        self.find(node, |trouble| if let Trouble::SlowSync(takes) = trouble { Some(takes) } else { None })
    }

    /// The occurrence through which a node's disk lies.
    pub fn lies(&self, node: NodeId) -> Option<usize> {
        self.find(node, |trouble| (trouble == Trouble::Lies).then_some(())).map(|(by, ())| by)
    }

    /// A node's clock that jumps to and fro does so once more: by how much.
    pub fn turn(&mut self, occurrence: usize, node: NodeId) -> Option<i64> {
        let mine = self.active.iter_mut().filter(|ailment| ailment.by == occurrence && ailment.node == node);
        for ailment in mine {
            if let Trouble::Strobes { by, off } = &mut ailment.trouble {
                *off = !*off;
                return Some(if *off { *by } else { -*by });
            }
        }
        None
    }

    /// In words, for the reasons of a stall.
    pub fn describe(&self, node: NodeId) -> Vec<&'static str> {
        let mut words: Vec<&'static str> = self
            .of(node)
            .map(|ailment| match ailment.trouble {
                Trouble::Paused => "it is paused",
                Trouble::Slow(_) => "its steps are slow",
                Trouble::Stalled => "its disk stalls",
                Trouble::Full => "its disk is full",
                Trouble::SlowSync(_) => "its disk is slow",
                Trouble::Lies => "its disk lies",
                Trouble::Offset(_)
                | Trouble::Jumped
                | Trouble::Strobes { .. }
                | Trouble::Drifts(_)
                | Trouble::Frozen => "its clock is wrong",
            })
            .collect();
        words.dedup();
        words
    }
}
