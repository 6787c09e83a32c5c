//! Terms, votes and leaders.

use crate::node::NodeId;
use crate::spec::replicated_log::{Index, Term};
use std::collections::BTreeMap;

/// Who was elected when, who voted for whom, and who leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Elections {
    /// The leader of each term that had one.
    leaders: BTreeMap<Term, NodeId>,
    /// Per node: its durable term, and the term it leads, if any.
    nodes: Vec<Standing>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Standing {
    term: Term,
    leads: Option<Term>,
    /// The last vote: its term and for whom. Older votes cannot be given again, since terms only grow.
    vote: Option<(Term, NodeId)>,
}

impl Elections {
    pub fn new(nodes: u32) -> Self {
        Elections { leaders: BTreeMap::new(), nodes: vec![Standing::default(); nodes as usize] }
    }

    /// At most one leader is elected in a term.
    pub fn elected(&mut self, node: NodeId, term: Term) -> Result<(), String> {
        self.nodes[node.index()].leads = Some(term);
        let first = *self.leaders.entry(term).or_insert(node);
        if first == node { Ok(()) } else { Err(format!("two leaders in {term}: {first} and {node}")) }
    }

    /// A node's term only grows.
    pub fn adopted(&mut self, node: NodeId, term: Term) -> Result<(), String> {
        let standing = &mut self.nodes[node.index()];
        let before = standing.term;
        standing.term = term;
        if standing.leads.is_some_and(|leads| leads < term) {
            standing.leads = None;
        }
        if term > before { Ok(()) } else { Err(format!("{node} went from {before} to {term}")) }
    }

    /// A node votes for at most one candidate in a term.
    pub fn voted(&mut self, node: NodeId, term: Term, candidate: NodeId) -> Result<(), String> {
        let standing = &mut self.nodes[node.index()];
        match standing.vote {
            Some((of, for_whom)) if of == term && for_whom != candidate => {
                Err(format!("{node} voted for {for_whom} and for {candidate} in {term}"))
            }
            Some((of, _)) if of > term => Err(format!("{node} voted in {term} after it had voted in {of}")),
            Some(_) | None => {
                standing.vote = Some((term, candidate));
                Ok(())
            }
        }
    }

    /// A leader's log only grows: it cut its log back to `last`, or wrote at an index its log had already.
    pub fn rewrote(&self, node: NodeId, kept: Index, before: Index) -> Result<(), String> {
        match self.nodes[node.index()].leads {
            Some(term) if kept < before => {
                Err(format!("{node}, leader of {term}, cut or overwrote its log behind {kept}; it ended at {before}"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the node leads a term now.
    pub fn leads(&self, node: NodeId) -> bool {
        self.nodes[node.index()].leads.is_some()
    }

    pub fn crashed(&mut self, node: NodeId) {
        self.nodes[node.index()].leads = None;
    }
}
