//! Logs whose slots stand by themselves: entries are accepted in any order and replaced in place, as in Multi-Paxos.
//!
//! The predicates about logs that truncate and append have a second form here. An entry in a slot says nothing of those
//! before it, so *log-matching* asks for one command in each slot and term. A new leader proposes again, in its own
//! term, what may have been chosen; so *leader-completeness* asks that in later terms nothing but what is chosen in a
//! slot is accepted there, and the term of an entry does not name what is committed: the command does. What is chosen
//! the ledger counts for itself, as the votes of a majority in one term.
//!
//! Where the members change, a majority is one of the configuration that is in force in the slot: the log itself says
//! which, by the commands chosen at least α slots before (Lamport, Malkhi & Zhou 2010). Until those are chosen, nobody
//! can know who decides.

use crate::node::NodeId;
use crate::spec::replicated_log::logs::FURTHEST;
use crate::spec::replicated_log::{Command, Configuration, Entry, Index, Term};
use std::collections::BTreeMap;

/// What lies in which slot of which disk, and what is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slots {
    nodes: Vec<Vec<Option<Entry>>>,
    /// Who has accepted in a term, in slots where nothing is chosen yet.
    votes: BTreeMap<(Index, Term), Vec<NodeId>>,
    /// By slot: what is chosen, and in which term it was first.
    chosen: Vec<Option<Entry>>,
    /// Whether the logs of this run are of this form.
    used: bool,
    /// Without a gap, all up to here is chosen.
    chosen_to: Index,
    /// By the first slot in which each is in force: the configurations chosen so far; none where all nodes are members.
    configurations: Vec<(Index, Configuration)>,
    /// How many slots behind its own a configuration is in force.
    after: Option<u32>,
}

/// What the ledger makes of an entry that was accepted.
pub(super) struct Verdicts {
    /// In a slot, terms never decrease.
    pub monotone: Result<(), String>,
    /// What is chosen stays.
    pub complete: Result<(), String>,
}

impl Slots {
    pub fn new(nodes: u32) -> Self {
        Slots {
            nodes: vec![Vec::new(); nodes as usize],
            votes: BTreeMap::new(),
            chosen: Vec::new(),
            used: false,
            chosen_to: Index(0),
            configurations: Vec::new(),
            after: None,
        }
    }

    /// Whether the logs of this run are of this form.
    pub fn are_used(&self) -> bool {
        self.used
    }

    /// What the node holds in the slot.
    pub fn held(&self, node: NodeId, index: Index) -> Option<Entry> {
        at(&self.nodes[node.index()], index)
    }

    /// What is chosen in the slot.
    pub fn chosen(&self, index: Index) -> Option<Entry> {
        at(&self.chosen, index)
    }

    fn hold(&mut self, node: NodeId, index: Index, entry: Entry) {
        self.used = true;
        put(&mut self.nodes[node.index()], index, entry);
    }

    /// A node has accepted an entry, in place of what it held in the slot.
    pub fn accepted(&mut self, node: NodeId, index: Index, entry: Entry) -> Verdicts {
        let monotone = match self.held(node, index) {
            Some(held) if held.term > entry.term => {
                Err(format!("{node} accepted {entry} at {index}, where it had accepted {held}"))
            }
            Some(_) | None => Ok(()),
        };
        self.hold(node, index, entry);
        let complete = match self.chosen(index) {
            None => {
                self.count(node, index, entry);
                Ok(())
            }
            Some(chosen) if entry.term > chosen.term && entry.command != chosen.command => {
                Err(format!("{node} accepted {entry} at {index}, where {chosen} is chosen"))
            }
            Some(_) => Ok(()),
        };
        Verdicts { monotone, complete }
    }

    fn count(&mut self, node: NodeId, index: Index, entry: Entry) {
        let majority = self.nodes.len() / 2 + 1;
        let configuration = self.configuration(index).copied();
        let votes = self.votes.entry((index, entry.term)).or_default();
        if !votes.contains(&node) {
            votes.push(node);
        }
        let suffice = match configuration {
            Some(configuration) => configuration.is_quorum(|member| votes.contains(&member)),
            None => votes.len() >= majority,
        };
        if !suffice {
            return;
        }
        self.choose(index, entry);
        let counted: Vec<_> =
            self.votes.range((index, Term(0))..=(index, Term(u64::MAX))).map(|(key, _)| *key).collect();
        counted.iter().for_each(|key| drop(self.votes.remove(key)));
    }

    /// An entry is chosen. What it says of the members is known once all before it is chosen too.
    fn choose(&mut self, index: Index, entry: Entry) {
        put(&mut self.chosen, index, entry);
        while let Some(next) = self.chosen(self.chosen_to.next()) {
            self.chosen_to = self.chosen_to.next();
            if let Command::Reconfigure(configuration, after) = next.command {
                let behind = if next.term == Term(0) { 0 } else { after };
                self.configurations.push((Index(self.chosen_to.0 + u64::from(behind)), configuration));
                self.after.get_or_insert(after);
            }
        }
    }

    /// The configuration that is in force in a slot, as far as is known; none where all nodes are members.
    fn configuration(&self, index: Index) -> Option<&Configuration> {
        let known = self.configurations.iter().rev().find(|(from, _)| *from <= index);
        known.map(|(_, configuration)| configuration)
    }

    /// The configurations that are in force in a slot or later, or may be.
    pub fn configurations_from(&self, index: Index) -> Vec<Configuration> {
        let later =
            self.configurations.iter().filter(|(from, _)| *from > index).map(|(_, configuration)| configuration);
        let held = self.nodes.iter().flat_map(|slots| slots.iter().skip(self.chosen_to.0 as usize).flatten());
        let proposed = held.filter_map(|entry| match &entry.command {
            Command::Reconfigure(configuration, _) => Some(configuration),
            Command::Noop | Command::Apply(..) | Command::Configure(_) => None,
        });
        self.configuration(index).into_iter().chain(later).chain(proposed).copied().collect()
    }

    /// Whether all is chosen that may say who decides in a slot; none where the members do not change.
    pub fn settled(&self, node: NodeId, index: Index, entry: Entry) -> Option<Result<(), String>> {
        let (after, chosen) = (self.after?, self.chosen_to);
        if index.0 <= chosen.0.saturating_add(u64::from(after)) {
            return Some(Ok(()));
        }
        Some(Err(format!(
            "{node} accepted {entry} at {index} while slots are chosen up to {chosen}: members change {after} slots \
             behind, so it is not known who decides there"
        )))
    }

    /// A node has been told what is chosen in a slot, and has written it down there.
    pub fn decided(&mut self, node: NodeId, index: Index, entry: Entry) -> Result<(), String> {
        let newer = self.held(node, index).is_none_or(|held| held.term <= entry.term);
        if newer {
            self.hold(node, index, entry);
        }
        // What all logs begin with nobody has voted for.
        let first = (index, entry.term) == (Index(1), Term(0)) && self.chosen(index).is_none();
        if let (true, Command::Reconfigure(..)) = (first, entry.command) {
            self.choose(index, entry);
        }
        self.agrees(node, index, entry.command)
    }

    /// Whether the command is what is chosen, where anything is.
    fn agrees(&self, node: NodeId, index: Index, command: Command) -> Result<(), String> {
        match self.chosen(index) {
            Some(chosen) if chosen.command != command => {
                Err(format!("{node} takes `{command}` for committed at {index}, where {chosen} is chosen"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A node takes a slot for committed: it holds an entry there, which is the one that is chosen; and one is.
    pub fn committed(&self, node: NodeId, index: Index) -> [Result<(), String>; 3] {
        let held = self.held(node, index);
        let within = match held {
            Some(_) => Ok(()),
            None => Err(format!("{node} took {index} for committed, but holds nothing there")),
        };
        let agrees = held.map_or(Ok(()), |held| self.agrees(node, index, held.command));
        let durable = match self.chosen(index) {
            Some(_) => Ok(()),
            None => Err(self.unchosen(node, index)),
        };
        [within, agrees, durable]
    }

    fn unchosen(&self, node: NodeId, index: Index) -> String {
        let took = format!("{node} took {index} for committed, but no majority");
        match self.configuration(index) {
            Some(configuration) => format!("{took} of {configuration}, who decide there, has accepted one entry"),
            None => format!("{took} has accepted one entry there"),
        }
    }

    /// A node does not give another command to a slot that it has taken for committed, `ever` up to here.
    pub fn kept(&self, node: NodeId, index: Index, entry: Entry, ever: Index) -> Result<(), String> {
        match self.held(node, index) {
            Some(held) if index <= ever && held.command != entry.command => {
                Err(format!("{node} wrote {entry} over {held} at {index}, which it had taken for committed"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A snapshot stands for all that is chosen up to here.
    pub fn install(&mut self, node: NodeId, upto: Index) {
        if !self.used {
            return;
        }
        for index in (1..=upto.0.min(self.chosen.len() as u64)).map(Index) {
            if let Some(chosen) = self.chosen(index) {
                self.hold(node, index, chosen);
            }
        }
    }

    /// A snapshot stands for what is chosen, without a gap.
    pub fn covers(&self, node: NodeId, upto: Index, committed: Index) -> Result<(), String> {
        if upto <= committed {
            return Ok(());
        }
        Err(format!("{node} has a snapshot up to {upto}, but the log is committed up to {committed}"))
    }

    /// A node's disk has lost what it held.
    pub fn lost(&mut self, node: NodeId) {
        self.nodes[node.index()].clear();
    }

    /// A node's disk holds an entry still.
    pub fn holds(&mut self, node: NodeId, index: Index, entry: Entry) {
        self.hold(node, index, entry);
    }
}

fn at(slots: &[Option<Entry>], index: Index) -> Option<Entry> {
    *slots.get((index.0 as usize).checked_sub(1)?)?
}

fn put(slots: &mut Vec<Option<Entry>>, index: Index, entry: Entry) {
    let place = index.0.min(FURTHEST) as usize;
    if slots.len() < place {
        slots.resize(place, None);
    }
    if let Some(slot) = place.checked_sub(1) {
        slots[slot] = Some(entry);
    }
}
