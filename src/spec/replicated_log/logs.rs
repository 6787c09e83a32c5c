//! What lies on which disk: a copy of every node's durable log, folded from facts, and the predicates about logs.

use crate::node::{Digest, NodeId, mix};
use crate::spec::replicated_log::committed::Committed;
use crate::spec::replicated_log::{Command, Configuration, Entry, Index, Term};
use std::collections::BTreeMap;

/// One place of a node's log: the entry's term, and a digest of the whole log up to and with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Place {
    term: Term,
    prefix: u64,
}

/// An entry that was seen somewhere, with the prefix it ended and the one behind which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Known {
    entry: Entry,
    before: u64,
    prefix: u64,
}

/// Every node's durable log, and every (index, term) ever seen in one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Logs {
    nodes: Vec<Vec<Place>>,
    /// By index: the entry that was first seen there; none where only a later one was.
    first: Vec<Option<Known>>,
    /// Those of other terms at the same index.
    others: BTreeMap<(Index, Term), Known>,
    /// Per node: the configurations in its log, and where they stand.
    configurations: Vec<Vec<(Index, Configuration)>>,
}

/// Slots far beyond all others are nonsense, and take no room.
pub(super) const FURTHEST: u64 = 1 << 24;

/// The digest of the empty log.
const EMPTY: u64 = 0;

impl Logs {
    pub fn new(nodes: u32) -> Self {
        let nodes = nodes as usize;
        Logs {
            nodes: vec![Vec::new(); nodes],
            first: Vec::new(),
            others: BTreeMap::new(),
            configurations: vec![Vec::new(); nodes],
        }
    }

    /// The last index of a node's log.
    pub fn last(&self, node: NodeId) -> Index {
        Index(self.nodes[node.index()].len() as u64)
    }

    /// The term of a node's entry at `index`: 0 before the first entry, none past the end.
    pub fn term_at(&self, node: NodeId, index: Index) -> Option<Term> {
        if index.0 == 0 {
            return Some(Term(0));
        }
        self.nodes[node.index()].get(index.0 as usize - 1).map(|place| place.term)
    }

    fn prefix_at(&self, node: NodeId, index: Index) -> u64 {
        if index.0 == 0 { EMPTY } else { self.nodes[node.index()][index.0 as usize - 1].prefix }
    }

    /// The command of the entry with this index and term, wherever it was seen.
    pub fn command(&self, index: Index, term: Term) -> Option<Command> {
        self.known(index, term).map(|known| known.entry.command)
    }

    /// Names a whole prefix: two entries with equal digests have equal logs before them.
    pub fn prefix(&self, index: Index, term: Term) -> Option<u64> {
        self.known(index, term).map(|known| known.prefix)
    }

    fn known(&self, index: Index, term: Term) -> Option<&Known> {
        let first = self.first.get((index.0 as usize).checked_sub(1)?)?.as_ref()?;
        if first.entry.term == term { Some(first) } else { self.others.get(&(index, term)) }
    }

    /// Takes note of an entry in a slot that stands by itself: in a slot and term there is one command.
    pub fn know(&mut self, node: NodeId, index: Index, entry: Entry) -> Result<(), String> {
        if let Some(known) = self.known(index, entry.term) {
            if known.entry.command == entry.command {
                return Ok(());
            }
            let other = known.entry.command;
            return Err(format!("{node} holds {entry} at {index}, but there `{other}` was accepted in {}", entry.term));
        }
        if index.0 == 0 || index.0 > FURTHEST {
            return Err(format!("{node} holds {entry} at {index}, which is no place of a log"));
        }
        let place = index.0 as usize - 1;
        if self.first.len() <= place {
            self.first.resize(place + 1, None);
        }
        let known = Known { entry, before: EMPTY, prefix: EMPTY };
        if self.first[place].is_none() {
            self.first[place] = Some(known);
        } else {
            self.others.insert((index, entry.term), known);
        }
        Ok(())
    }

    /// How many nodes have the entry with this index and term on disk.
    pub fn holders(&self, index: Index, term: Term) -> usize {
        let place = index.0 as usize - 1;
        self.nodes.iter().filter(|log| log.get(place).is_some_and(|p| p.term == term)).count()
    }

    /// The configurations in a node's log, and where they stand, in order.
    pub fn configurations(&self, node: NodeId) -> &[(Index, Configuration)] {
        &self.configurations[node.index()]
    }

    /// The furthest index at which any log ever held an entry.
    pub fn furthest(&self) -> Index {
        Index(self.first.len() as u64)
    }

    /// The digest of the node's log up to `index`, were `entry` to stand there.
    fn prefix_with(&self, node: NodeId, index: Index, entry: Entry) -> u64 {
        let before = self.prefix_at(node, index.previous());
        match self.known(index, entry.term) {
            // Mostly another node has told the same already.
            Some(known) if known.before == before && known.entry == entry => return known.prefix,
            Some(_) | None => {}
        }
        mix(before ^ Digest::fingerprint(&entry)) | 1
    }

    /// Whether the entry takes the place of another one.
    pub fn overwrites(&self, node: NodeId, index: Index, entry: Entry) -> bool {
        (1..=self.last(node).0).contains(&index.0)
            && self.prefix_at(node, index) != self.prefix_with(node, index, entry)
    }

    /// Takes note of an entry at the end of a node's log that another node has told before, behind the same log: mostly
    /// it is so, and nothing can be wrong with it that was not wrong then. False: it is not so, and nothing was done.
    #[inline]
    pub fn repeats(&mut self, node: NodeId, index: Index, entry: &Entry) -> bool {
        let log = &mut self.nodes[node.index()];
        let end = log.last().copied().unwrap_or(Place { term: Term(0), prefix: EMPTY });
        let known = match self.first.get(log.len()) {
            Some(Some(known)) if index.0 == log.len() as u64 + 1 => known,
            Some(_) | None => return false,
        };
        let same = known.before == end.prefix && known.entry == *entry && end.term <= entry.term;
        if same && !matches!(entry.command, Command::Configure(_)) {
            log.push(Place { term: entry.term, prefix: known.prefix });
            return true;
        }
        false
    }

    /// Takes note of an entry on a node's disk. First the verdict on its place and term, then on the prefix it ends.
    pub fn append(&mut self, node: NodeId, index: Index, entry: Entry) -> (Result<(), String>, Result<(), String>) {
        let last = self.last(node);
        if index.0 == 0 || index > last.next() {
            let gap = format!("{node} wrote {entry} at {index}, but its log ends at {last}: a gap");
            return (Err(gap), Ok(()));
        }
        let monotone = self.fits(node, index, entry);
        let prefix = self.prefix_with(node, index, entry);
        let damaged = index < last && self.prefix_at(node, index) != prefix;
        self.configure(node, index, entry.command);
        let place = Place { term: entry.term, prefix };
        let log = &mut self.nodes[node.index()];
        if index == last.next() {
            log.push(place);
        } else {
            log[index.0 as usize - 1] = place;
        }
        let mut matching = self.matches(node, index, entry, prefix);
        // An entry written over another one leaves what stands behind it, whose digests are of no use any more: the
        // log is no longer the one that it was when the entries behind were appended.
        if damaged && matching.is_ok() {
            let kept = index.next();
            matching =
                Err(format!("{node} wrote {entry} over another entry at {index} and kept its log from {kept} on"));
        }
        (monotone, matching)
    }

    /// An entry is still on a node's disk, whose records are told anew.
    pub fn hold(&mut self, node: NodeId, index: Index, entry: Entry) {
        let prefix = self.prefix_with(node, index, entry);
        self.truncate(node, index.previous());
        self.configure(node, index, entry.command);
        self.nodes[node.index()].push(Place { term: entry.term, prefix });
    }

    /// An entry has come to stand at `index`: a configuration there before is gone, and it may be one.
    fn configure(&mut self, node: NodeId, index: Index, command: Command) {
        let known = &mut self.configurations[node.index()];
        if known.last().is_some_and(|(last, _)| *last >= index) {
            known.retain(|(at, _)| *at != index);
        }
        if let Command::Configure(configuration) = command {
            known.push((index, configuration));
            known.sort_unstable_by_key(|(at, _)| *at);
        }
    }

    /// A snapshot of the committed log up to `index` has taken the place of a node's log up to there; what it had
    /// behind is `kept`, or not. The copy of its log holds what the snapshot stands for.
    pub fn install(&mut self, node: NodeId, index: Index, kept: bool, committed: &Committed) {
        let own = std::mem::take(&mut self.nodes[node.index()]);
        self.configurations[node.index()].retain(|(at, _)| kept && *at > index);
        for at in (1..=index.0).map(Index) {
            let Some(known) = committed.term_at(at).and_then(|term| self.known(at, term)).copied() else { break };
            self.configure(node, at, known.entry.command);
            self.nodes[node.index()].push(Place { term: known.entry.term, prefix: known.prefix });
        }
        if kept {
            self.nodes[node.index()].extend(own.into_iter().skip(index.0 as usize));
        }
    }

    /// Terms never decrease along a log: neither towards this entry nor from it to what stands behind it.
    fn fits(&self, node: NodeId, index: Index, entry: Entry) -> Result<(), String> {
        if let Some(before) = self.term_at(node, index.previous())
            && before > entry.term
        {
            return Err(format!("{node} wrote {entry} at {index}, behind an entry of {before}"));
        }
        if let Some(after) = self.term_at(node, index.next())
            && after < entry.term
        {
            return Err(format!("{node} wrote {entry} at {index}, before an entry of {after} that it kept"));
        }
        Ok(())
    }

    /// Logs that hold an entry with the same index and term are equal up to it.
    fn matches(&mut self, node: NodeId, index: Index, entry: Entry, prefix: u64) -> Result<(), String> {
        let place = index.0 as usize - 1;
        if self.first.len() <= place {
            self.first.resize(place + 1, None);
        }
        let Some(known) = self.known(index, entry.term) else {
            let known = Known { entry, before: self.prefix_at(node, index.previous()), prefix };
            if self.first[place].is_none() {
                self.first[place] = Some(known);
            } else {
                self.others.insert((index, entry.term), known);
            }
            return Ok(());
        };
        if known.prefix == prefix {
            return Ok(());
        }
        let what = if known.entry.command == entry.command {
            "the entries before it differ".to_owned()
        } else {
            format!("another log holds `{}` there", known.entry.command)
        };
        Err(format!("{node} holds {entry} at {index}, but {what}: same index, same term, different logs"))
    }

    /// Takes note of a truncation.
    pub fn truncate(&mut self, node: NodeId, last: Index) {
        self.nodes[node.index()].truncate(last.0 as usize);
        self.configurations[node.index()].retain(|(at, _)| *at <= last);
    }
}
