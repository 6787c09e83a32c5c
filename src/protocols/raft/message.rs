//! The messages of figure 2.

use crate::spec::replicated_log::{Entry, Index, Term};

/// What nodes say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Candidate to all: asks for their vote of the term.
    RequestVote {
        /// The candidate's term.
        term: Term,
        /// Where the candidate's log ends.
        last_index: Index,
        /// The term of the last entry of the candidate's log.
        last_term: Term,
    },
    /// Voter to candidate: the answer.
    Vote {
        /// The voter's term, for the candidate to update itself.
        term: Term,
        /// Whether the candidate has the vote.
        granted: bool,
    },
    /// Leader to follower: entries to append, or none as a heartbeat.
    AppendEntries {
        /// The leader's term.
        term: Term,
        /// The place of the entry before the new ones.
        prev_index: Index,
        /// That entry's term.
        prev_term: Term,
        /// The new entries, in order.
        entries: Vec<Entry>,
        /// How far the leader knows the log committed.
        leader_commit: Index,
    },
    /// Follower to leader: the answer.
    AppendResponse {
        /// The follower's term, for the leader to update itself.
        term: Term,
        /// Whether the follower's log held the entry at `prev_index`.
        success: bool,
        /// On success: up to here the follower's log is the leader's, durably. Else: no further than here can it be.
        index: Index,
    },
}

impl Message {
    /// The sender's term, which every message carries (5.1).
    pub fn term(&self) -> Term {
        match self {
            Message::RequestVote { term, .. }
            | Message::Vote { term, .. }
            | Message::AppendEntries { term, .. }
            | Message::AppendResponse { term, .. } => *term,
        }
    }
}
