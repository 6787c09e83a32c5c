//! Links that are held up: what would arrive on them waits until they are released.

use crate::engine::network::Cut;
use crate::node::NodeId;

/// Held links, and what waits on them, in the order in which it would have arrived.
#[derive(Debug)]
pub(in crate::engine) struct Holds<E> {
    links: Vec<Cut>,
    waiting: Vec<(usize, E)>,
}

impl<E> Default for Holds<E> {
    fn default() -> Self {
        Holds { links: Vec::new(), waiting: Vec::new() }
    }
}

impl<E> Holds<E> {
    /// Whether no link is held up.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The occurrence that holds a link up.
    #[inline]
    pub fn holder(&self, from: NodeId, to: NodeId) -> Option<usize> {
        if self.links.is_empty() {
            return None;
        }
        self.links.iter().find(|link| link.from.contains(&from) && link.to.contains(&to)).map(|link| link.by)
    }

    pub fn hold(&mut self, links: Cut) {
        self.links.push(links);
    }

    /// Something arrives on a link that is held up by this occurrence.
    pub fn wait(&mut self, by: usize, event: E) {
        self.waiting.push((by, event));
    }

    /// Releases what an occurrence holds, of the links that `which` names (all: those of the whole occurrence), and
    /// hands back what has waited for it.
    pub fn release(&mut self, by: usize, which: impl Fn(&Cut) -> bool) -> Vec<E> {
        self.links.retain(|link| link.by != by || !which(link));
        self.waiting.extract_if(.., |(holder, _)| *holder == by).map(|(_, event)| event).collect()
    }

    /// Releases everything.
    pub fn release_all(&mut self) -> Vec<E> {
        self.links.clear();
        self.waiting.drain(..).map(|(_, event)| event).collect()
    }

    /// Whether links of this node are held up.
    pub fn touches(&self, node: NodeId) -> bool {
        self.links.iter().any(|link| link.from.contains(&node) || link.to.contains(&node))
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
