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

impl Standing {
    /// The term it is in: it has entered it, or voted in it.
    fn present(&self) -> Term {
        self.vote.map_or(self.term, |(of, _)| self.term.max(of))
    }
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
        let (before, present) = (standing.term, standing.present());
        standing.term = term;
        standing.leads = standing.leads.filter(|leads| *leads >= term);
        // The vote of a term may be on disk before the term is: one record may stand for both.
        if term > before && term >= present {
            Ok(())
        } else if term == before {
            Err(format!("{node} adopted {term} a second time: it had forgotten that it was there"))
        } else {
            Err(format!("{node} went from {present} to {term}"))
        }
    }

    /// A node votes for at most one candidate in a term.
    pub fn voted(&mut self, node: NodeId, term: Term, candidate: NodeId) -> Result<(), String> {
        let standing = &mut self.nodes[node.index()];
        let present = standing.present();
        if term < present {
            return Err(format!("{node} voted for {candidate} in {term}, but had gone on to {present}"));
        }
        standing.leads = standing.leads.filter(|leads| *leads >= term);
        match standing.vote {
            Some((of, for_whom)) if of == term && for_whom != candidate => {
                Err(format!("{node} voted for {for_whom} and for {candidate} in {term}"))
            }
            Some(_) | None => {
                standing.vote = Some((term, candidate));
                Ok(())
            }
        }
    }

    /// What a node accepts in a slot is of the term that it is in: it has promised to take nothing less, and must have
    /// promised as much before.
    pub fn accepts(&self, node: NodeId, term: Term) -> Result<(), String> {
        let present = self.nodes[node.index()].present();
        if term == present { Ok(()) } else { Err(format!("{node} accepted an entry of {term}, but is in {present}")) }
    }

    /// A leader's log only grows: of what ended at `before` it kept what ends at `kept`.
    pub fn rewrote(&self, node: NodeId, kept: Index, before: Index) -> Result<(), String> {
        match self.nodes[node.index()].leads {
            Some(term) if kept < before => {
                Err(format!("{node}, leader of {term}, cut or overwrote its log behind {kept}; it ended at {before}"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The term that the node leads now.
    pub fn leads(&self, node: NodeId) -> Option<Term> {
        self.nodes[node.index()].leads
    }

    /// The leader of the latest term that had one, while it leads.
    pub fn newest(&self) -> Option<(NodeId, Term)> {
        let (term, node) = self.leaders.last_key_value()?;
        (self.leads(*node) == Some(*term)).then_some((*node, *term))
    }

    pub fn crashed(&mut self, node: NodeId) {
        self.nodes[node.index()].leads = None;
    }
}
