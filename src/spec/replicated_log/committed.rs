//! What is committed, since when, and who knows it.

use crate::node::NodeId;
use crate::spec::replicated_log::logs::Logs;
use crate::spec::replicated_log::{Configuration, Index, NodeSet, Term};

/// An entry that some node took for committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Chosen {
    /// The entry's own term.
    term: Term,
    /// The term in which it was first taken for committed.
    since: Term,
    /// By whom.
    by: NodeId,
}

/// The committed log and every node's commit index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Committed {
    log: Vec<Chosen>,
    /// Per node: its commit index since it started, and the furthest it ever had.
    nodes: Vec<Reached>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Reached {
    now: Index,
    ever: Index,
}

/// One node's claim that its log is committed up to `index`.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    pub node: NodeId,
    pub index: Index,
    pub entry_term: Term,
    pub term: Term,
}

impl Committed {
    pub fn new(nodes: u32) -> Self {
        Committed { log: Vec::new(), nodes: vec![Reached::default(); nodes as usize] }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// The last committed index anyone knows of.
    pub fn last(&self) -> Index {
        Index(self.log.len() as u64)
    }

    /// The term of the committed entry at `index`.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        self.log.get((index.0 as usize).checked_sub(1)?).map(|chosen| chosen.term)
    }

    /// Takes note of a claim that says what is known already, of an entry that its node holds: mostly it is so, and no
    /// check can fail. False: it is not so, and nothing was done.
    #[inline]
    pub fn repeats(&mut self, claim: Claim, logs: &Logs) -> bool {
        let Claim { node, index, entry_term, term } = claim;
        let reached = &mut self.nodes[node.index()];
        let known = self.log.get((index.0 as usize).wrapping_sub(1));
        let same = known.is_some_and(|chosen| chosen.term == entry_term && chosen.since <= term);
        if same && index >= reached.now && logs.term_at(node, index) == Some(entry_term) {
            (reached.now, reached.ever) = (index, reached.ever.max(index));
            return true;
        }
        false
    }

    /// A node's commit index never decreases between restarts.
    pub fn advanced(&mut self, claim: Claim) -> Result<(), String> {
        let reached = &mut self.nodes[claim.node.index()];
        let before = reached.now;
        reached.now = claim.index;
        reached.ever = reached.ever.max(claim.index);
        if claim.index >= before {
            return Ok(());
        }
        Err(format!("{} moved its commit index from {before} back to {}", claim.node, claim.index))
    }

    /// A node's commit index points at an entry of its own log. (A leader may commit what others hold before its own
    /// lazy write of it is durable: then the entry must be one of its own term, and at least be known.)
    pub fn within(&self, claim: Claim, logs: &Logs, leads: Option<Term>) -> Result<(), String> {
        let Claim { node, index, entry_term, .. } = claim;
        match logs.term_at(node, index) {
            Some(term) if term == entry_term => Ok(()),
            Some(term) => Err(format!("{node} took {index} of {entry_term} for committed, but holds one of {term}")),
            None if leads == Some(entry_term) && logs.prefix(index, entry_term).is_some() => Ok(()),
            None => {
                let last = logs.last(node);
                Err(format!("{node} took the log for committed up to {index}, but its own ends at {last}"))
            }
        }
    }

    /// No two nodes take different entries for committed at one index.
    pub fn agrees(&self, claim: Claim, logs: &Logs) -> Result<(), String> {
        let Claim { node, index, entry_term, .. } = claim;
        let shared = index.min(self.last());
        if shared.0 == 0 {
            return Ok(());
        }
        let chosen = self.log[shared.0 as usize - 1];
        // Where the claim goes further than what was known, the node's own log says what it takes for committed there.
        let own = if index == shared { Some(entry_term) } else { logs.term_at(node, shared) };
        match own {
            Some(term) if term != chosen.term => Err(format!(
                "at {shared}, {} took an entry of {} for committed, and {node} one of {term}",
                chosen.by, chosen.term
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// When an entry is first taken for committed, every quorum has a member with it on disk.
    pub fn durable(&self, claim: Claim, logs: &Logs) -> Option<Result<(), String>> {
        let Claim { node, index, entry_term, .. } = claim;
        if index <= self.last() {
            return None;
        }
        if let Some((_, configuration)) = logs.configurations(node).last() {
            return Some(Self::durable_in(configuration, claim, logs));
        }
        let nodes = self.nodes.len();
        // A set that meets every majority leaves out fewer nodes than a majority has.
        let needed = nodes - nodes / 2;
        let holders = logs.holders(index, entry_term);
        Some(if holders >= needed {
            Ok(())
        } else {
            Err(format!(
                "{node} took {index} of {entry_term} for committed while {holders} of {nodes} disks held it, not \
                 {needed}"
            ))
        })
    }

    /// The same in the configuration by which the claimant goes. A quorum of a joint one consists of a majority of
    /// each of the two, so that a set meets every quorum where it meets every majority of one of the two.
    fn durable_in(configuration: &Configuration, claim: Claim, logs: &Logs) -> Result<(), String> {
        let Claim { node, index, entry_term, .. } = claim;
        let meets = |set: NodeSet| {
            let holders = set.nodes().filter(|member| logs.term_at(*member, index) == Some(entry_term)).count() as u32;
            holders >= set.count() - set.count() / 2
        };
        if meets(configuration.voters) || configuration.is_joint() && meets(configuration.joining) {
            return Ok(());
        }
        Err(format!("{node} took {index} of {entry_term} for committed while too few disks of {configuration} held it"))
    }

    /// A snapshot stands for what is committed.
    pub fn covers(&self, node: NodeId, index: Index, entry_term: Term) -> Result<(), String> {
        match self.term_at(index) {
            Some(term) if term == entry_term => Ok(()),
            Some(term) => {
                Err(format!("{node} has a snapshot up to {index} of {entry_term}; committed there is one of {term}"))
            }
            None => {
                let last = self.last();
                Err(format!("{node} has a snapshot up to {index}, but the log is committed up to {last} only"))
            }
        }
    }

    /// Of the configurations in a node's log, all but the last are committed. One of t0 is what all logs begin with,
    /// and no change.
    pub fn one_change(&self, node: NodeId, logs: &Logs) -> Result<(), String> {
        let open: Vec<String> = logs
            .configurations(node)
            .iter()
            .filter(|(at, _)| *at > self.last() && logs.term_at(node, *at) != Some(Term(0)))
            .map(|(at, configuration)| format!("{configuration} at {at}"))
            .collect();
        if open.len() < 2 {
            return Ok(());
        }
        Err(format!("the log of {node} holds configurations that are not committed: {}", open.join(", ")))
    }

    /// Takes note of what the claim adds to the committed log; the entries' terms come from the claimant's own log.
    pub fn extend(&mut self, claim: Claim, logs: &Logs) {
        if let Some(chosen) = self.log.get_mut((claim.index.0 as usize).wrapping_sub(1)) {
            // A claim that arrives late, from an earlier term: the entry was committed then already.
            chosen.since = chosen.since.min(claim.term);
        }
        // A claim past the end of every log has failed a check, and its index may be anything.
        for at in self.last().0 + 1..=claim.index.min(logs.furthest()).0 {
            let own = logs.term_at(claim.node, Index(at)).unwrap_or(claim.entry_term);
            let term = if at == claim.index.0 { claim.entry_term } else { own };
            self.log.push(Chosen { term, since: claim.term, by: claim.node });
        }
    }

    /// How far the node has taken the log for committed, since it started and ever.
    pub fn reached(&self, node: NodeId) -> (Index, Index) {
        let reached = &self.nodes[node.index()];
        (reached.now, reached.ever)
    }

    /// Takes note of the next committed slot, where slots stand by themselves.
    pub fn extend_by(&mut self, claim: Claim, term: Term) {
        self.log.push(Chosen { term, since: claim.term, by: claim.node });
    }

    /// What was committed in an earlier term is in the log of a new leader.
    ///
    /// Judged against the term of commitment. (Judged against the entry's own term it would accuse correct Raft: a
    /// leader of term 2 whose votes were delayed may be elected after an entry of term 1 was committed in term 3.)
    pub fn complete(&self, leader: NodeId, term: Term, logs: &Logs) -> Result<(), String> {
        // Later entries were committed in later terms, but for the rare claim that arrives late; so this loop ends
        // at once. By log matching the furthest such entry vouches for those before it.
        let found = self.log.iter().enumerate().rev().find(|(_, chosen)| chosen.since < term);
        let Some((place, chosen)) = found else { return Ok(()) };
        has((leader, term), Index(place as u64 + 1), chosen.term, chosen.since, logs)
    }

    /// The same the other way round: what is taken for committed in a term only now, by acknowledgements that took
    /// their time, is in the log of the leader of a later term who is at work already.
    pub fn complete_already(claim: Claim, (leader, leads): (NodeId, Term), logs: &Logs) -> Result<(), String> {
        if claim.term >= leads {
            return Ok(());
        }
        has((leader, leads), claim.index, claim.entry_term, claim.term, logs)
    }

    /// A node never deletes what it has taken for committed, restarts included: of a log that ended at `before` it
    /// kept what ends at `last`. (Where its lazy writes were lost in a crash, nothing is left to delete.)
    pub fn kept(&self, node: NodeId, last: Index, before: Index) -> Result<(), String> {
        let ever = self.nodes[node.index()].ever;
        if last >= ever.min(before) {
            return Ok(());
        }
        Err(format!("{node} cut its log back to {last}, but had taken it for committed up to {ever}"))
    }

    /// Every node of the core that belongs to the cluster knows committed what any node does.
    pub fn known_to(&self, core: &[bool], members: Option<NodeSet>) -> Result<(), String> {
        let last = self.last();
        let mut nodes = NodeId::all(self.nodes.len() as u32).zip(&self.nodes);
        let counts = |node: NodeId| core[node.index()] && members.is_none_or(|members| members.has(node));
        match nodes.find(|(node, reached)| counts(*node) && reached.now < last) {
            None => Ok(()),
            Some((node, reached)) => Err(format!("{node} knows the log committed up to {} of {last}", reached.now)),
        }
    }

    pub fn crashed(&mut self, node: NodeId) {
        self.nodes[node.index()].now = Index(0);
    }
}

/// Whether a leader's log holds the entry of `entry_term` at `index`, which was committed in the term `since`.
fn has(
    (leader, leads): (NodeId, Term),
    index: Index,
    entry_term: Term,
    since: Term,
    logs: &Logs,
) -> Result<(), String> {
    let what = match logs.term_at(leader, index) {
        Some(held) if held == entry_term => return Ok(()),
        Some(held) => format!("it holds an entry of {held} there"),
        None => format!("its log ends at {}", logs.last(leader)),
    };
    Err(format!("{leader} leads {leads} without {index} of {entry_term}, committed in {since}: {what}"))
}
