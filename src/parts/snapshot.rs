//! A snapshot of the replicated state machine, in place of the log that led to it.
//!
//! Ongaro & Ousterhout 2014, section 7: "the entire current system state is written to a snapshot on stable storage,
//! then the entire log up to that point is discarded." It holds "the index of the last entry in the log that the
//! snapshot replaces …, and the term of this entry", the latest configuration "as of last included index", and the
//! session table, which is a part of the state machine (Ongaro's thesis, section 6.3).

use crate::parts::machine::Machine;
use crate::spec::replicated_log::{Configuration, Index, Term};
use std::fmt;

/// A state of the machine, and what led to it. What `C` says of the members is the protocol's business.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Snapshot<C = Configuration> {
    /// The last entry that it stands for.
    pub index: Index,
    /// That entry's own term.
    pub term: Term,
    /// Who belonged to the cluster by then; none where everybody does.
    pub configuration: Option<C>,
    /// The store and the sessions.
    pub machine: Machine,
}

impl<C: fmt::Display> fmt::Display for Snapshot<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[up to {} of {}, state {}", self.index, self.term, self.machine.hash())?;
        if let Some(configuration) = &self.configuration {
            write!(f, ", members {configuration}")?;
        }
        f.write_str("]")
    }
}

impl<C: fmt::Display> fmt::Debug for Snapshot<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
