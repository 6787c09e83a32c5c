//! "Persistent state on all servers" (figure 2): the term, the vote, the log, and the snapshot in front of it (7).

use crate::node::{NodeId, Stable};
use crate::parts::snapshot::Snapshot;
use crate::spec::replicated_log::{Command, Configuration, Entry, Index, Term};
use std::sync::Arc;

/// What survives a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    /// The latest term the node has seen.
    pub term: Term,
    /// Whom it voted for in that term.
    pub voted_for: Option<NodeId>,
    /// What stands for the beginning of the log.
    pub snapshot: Option<Arc<Snapshot>>,
    /// How many entries it stands for: where the log below begins.
    base: u64,
    log: Vec<Entry>,
}

/// A record of the disk: one change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A new term begins, without a vote.
    Term(Term),
    /// The vote of the term is given.
    Vote {
        /// Of which term: the one on disk.
        term: Term,
        /// To whom.
        candidate: NodeId,
    },
    /// The log holds an entry: mostly it grows by one.
    Append {
        /// The entry's place: at the end of the log, or before it.
        index: Index,
        /// What stands there.
        entry: Entry,
    },
    /// The log is cut back.
    Truncate {
        /// The last entry to keep.
        last: Index,
    },
    /// A snapshot of the node's own takes the place of the log up to where it was taken.
    Compact(Arc<Snapshot>),
    /// A snapshot of the leader's takes the place of the log.
    Install {
        /// The snapshot.
        snapshot: Arc<Snapshot>,
        /// Whether what the log holds behind it is kept.
        keep: bool,
    },
}

impl Stable for Disk {
    type Record = Change;

    fn apply(&mut self, change: Change) {
        match change {
            Change::Term(term) => {
                self.term = term;
                self.voted_for = None;
            }
            Change::Vote { candidate, .. } => self.voted_for = Some(candidate),
            Change::Append { index, entry } => {
                let place = (index.0 - self.base - 1) as usize;
                match self.log.get_mut(place) {
                    Some(other) => *other = entry,
                    None => {
                        assert_eq!(place, self.log.len(), "the log has a gap before {index}");
                        self.log.push(entry);
                    }
                }
            }
            Change::Truncate { last } => self.log.truncate(last.0.saturating_sub(self.base) as usize),
            Change::Compact(snapshot) => self.put(snapshot, true),
            Change::Install { snapshot, keep } => self.put(snapshot, keep),
        }
    }
}

impl Disk {
    fn put(&mut self, snapshot: Arc<Snapshot>, keep: bool) {
        let covered = snapshot.index.0.saturating_sub(self.base) as usize;
        let gone = if keep { covered.min(self.log.len()) } else { self.log.len() };
        self.log.drain(..gone);
        self.base = snapshot.index.0;
        self.snapshot = Some(snapshot);
    }

    /// Where the log ends.
    #[inline]
    pub fn last_index(&self) -> Index {
        Index(self.base + self.log.len() as u64)
    }

    /// The term of the log's last entry; 0 where it is empty.
    pub fn last_term(&self) -> Term {
        self.log.last().map_or_else(|| self.snapshot_term(), |entry| entry.term)
    }

    /// The last entry that the snapshot stands for; 0 where there is none.
    #[inline]
    pub fn snapshot_index(&self) -> Index {
        Index(self.base)
    }

    fn snapshot_term(&self) -> Term {
        self.snapshot.as_ref().map_or(Term(0), |snapshot| snapshot.term)
    }

    /// The entry at `index`, if the log has one, and no snapshot stands for it.
    #[inline]
    pub fn entry(&self, index: Index) -> Option<&Entry> {
        self.log.get((index.0.checked_sub(self.base)? as usize).checked_sub(1)?)
    }

    /// The term of the entry at `index`: 0 before the first, none past the end, nor before the last one that the
    /// snapshot stands for.
    #[inline]
    pub fn term_at(&self, index: Index) -> Option<Term> {
        if index.0 == self.base { Some(self.snapshot_term()) } else { self.entry(index).map(|entry| entry.term) }
    }

    /// Up to `count` entries behind `index`.
    pub fn entries_after(&self, index: Index, count: u32) -> &[Entry] {
        let rest = &self.log[(index.0 - self.base) as usize..];
        &rest[..rest.len().min(count as usize)]
    }

    /// The first place at or behind which terms are no lower than `term`: where it begins, if the log has it.
    pub fn begin_of(&self, term: Term) -> Index {
        Index(self.base + self.log.partition_point(|entry| entry.term < term) as u64 + 1)
    }

    /// The latest configuration in the log, and where it stands: in an entry, or in the snapshot.
    pub fn configuration(&self) -> Option<(Index, Configuration)> {
        let place = self.log.iter().rposition(|entry| matches!(entry.command, Command::Configure(_)));
        let in_log = place.and_then(|place| match self.log[place].command {
            Command::Configure(configuration) => Some((Index(self.base + place as u64 + 1), configuration)),
            Command::Noop | Command::Apply(..) | Command::Reconfigure(..) => None,
        });
        let in_snapshot = || {
            let snapshot = self.snapshot.as_ref()?;
            snapshot.configuration.map(|configuration| (snapshot.index, configuration))
        };
        in_log.or_else(in_snapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::machine::Machine;

    fn disk(terms: &[u64]) -> Disk {
        let mut disk = Disk::default();
        for (term, index) in terms.iter().zip(1..) {
            disk.apply(append(index, *term));
        }
        disk
    }

    fn append(index: u64, term: u64) -> Change {
        Change::Append { index: Index(index), entry: Entry { term: Term(term), command: Command::Noop } }
    }

    fn snapshot(index: u64, term: u64) -> Arc<Snapshot> {
        let (index, term) = (Index(index), Term(term));
        Arc::new(Snapshot { index, term, configuration: None, machine: Machine::default() })
    }

    #[test]
    fn a_snapshot_takes_the_place_of_the_beginning() {
        let mut disk = disk(&[1, 1, 2, 4]);
        disk.apply(Change::Compact(snapshot(2, 1)));
        assert_eq!((disk.snapshot_index(), disk.last_index(), disk.last_term()), (Index(2), Index(4), Term(4)));
        let terms: Vec<Option<u64>> = (0..6).map(|at| disk.term_at(Index(at)).map(|term| term.0)).collect();
        assert_eq!(terms, [None, None, Some(1), Some(2), Some(4), None]);
        assert_eq!(disk.entries_after(Index(2), 9).len(), 2);
        assert_eq!((disk.begin_of(Term(3)), disk.begin_of(Term(5))), (Index(4), Index(5)));
        disk.apply(append(5, 4));
        disk.apply(Change::Truncate { last: Index(3) });
        assert_eq!((disk.last_index(), disk.last_term()), (Index(3), Term(2)));
    }

    #[test]
    fn a_snapshot_that_is_installed_keeps_what_fits_behind_it_or_nothing() {
        let mut fits = disk(&[1, 1, 2]);
        let mut other = fits.clone();
        fits.apply(Change::Install { snapshot: snapshot(2, 1), keep: true });
        assert_eq!((fits.last_index(), fits.last_term()), (Index(3), Term(2)));
        other.apply(Change::Install { snapshot: snapshot(2, 2), keep: false });
        assert_eq!((other.last_index(), other.last_term()), (Index(2), Term(2)));
        // One that reaches further than the log.
        fits.apply(Change::Install { snapshot: snapshot(9, 5), keep: false });
        assert_eq!((fits.last_index(), fits.term_at(Index(9)), fits.entry(Index(9))), (Index(9), Some(Term(5)), None));
    }
}
