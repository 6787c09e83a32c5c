//! The messages of figure 2, and those of the thesis.

use crate::parts::snapshot::Snapshot;
use crate::spec::replicated_log::{Entry, Index, Term};
use std::sync::Arc;

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
    /// Follower to leader, in place of a refusal: what is in the way (the end of 5.3; with `fast_backtracking`).
    Conflict {
        /// The follower's term.
        term: Term,
        /// The term of its entry at `prev_index`; 0 where its log is too short.
        conflict_term: Term,
        /// The first entry of that term in its log, or the place behind its log.
        index: Index,
    },
    /// Leader to follower: a snapshot, where the log that the follower lacks is gone (7). It goes in one piece.
    InstallSnapshot {
        /// The leader's term.
        term: Term,
        /// The snapshot, with what it stands for.
        snapshot: Arc<Snapshot>,
    },
    /// Pre-candidate to all: would they vote for it in the next term? (thesis, 9.6)
    PreVote {
        /// The sender's term, not the one it would campaign in: the rule about higher terms holds as it stands.
        term: Term,
        /// Where its log ends.
        last_index: Index,
        /// The term of the last entry of its log.
        last_term: Term,
    },
    /// Voter to pre-candidate: the answer.
    PreVoteResponse {
        /// The voter's term.
        term: Term,
        /// Whether it would.
        granted: bool,
    },
    /// Leader to follower: campaign at once (thesis, 3.10).
    TimeoutNow {
        /// The leader's term.
        term: Term,
    },
    /// `RequestVote` by the leader's leave: those who have just heard of the leader must not ignore it (thesis, 4.2.3).
    RequestVoteNow {
        /// The candidate's term.
        term: Term,
        /// Where the candidate's log ends.
        last_index: Index,
        /// The term of the last entry of the candidate's log.
        last_term: Term,
    },
    /// Leader to all: is it still the leader? A heartbeat that is answered by its number (thesis, 6.4).
    Confirm {
        /// The leader's term.
        term: Term,
        /// The number of the round.
        round: u64,
    },
    /// Follower to leader: it was, as that round began.
    Confirmed {
        /// The follower's term.
        term: Term,
        /// The number of the round.
        round: u64,
    },
}

impl Message {
    /// The entries that it carries.
    pub fn entries(&self) -> &[Entry] {
        match self {
            Message::AppendEntries { entries, .. } => entries,
            Message::RequestVote { .. }
            | Message::Vote { .. }
            | Message::AppendResponse { .. }
            | Message::Conflict { .. }
            | Message::InstallSnapshot { .. }
            | Message::PreVote { .. }
            | Message::PreVoteResponse { .. }
            | Message::TimeoutNow { .. }
            | Message::RequestVoteNow { .. }
            | Message::Confirm { .. }
            | Message::Confirmed { .. } => &[],
        }
    }

    /// The sender's term, which every message carries (5.1).
    pub fn term(&self) -> Term {
        match self {
            Message::RequestVote { term, .. }
            | Message::Vote { term, .. }
            | Message::AppendEntries { term, .. }
            | Message::AppendResponse { term, .. }
            | Message::Conflict { term, .. }
            | Message::InstallSnapshot { term, .. }
            | Message::PreVote { term, .. }
            | Message::PreVoteResponse { term, .. }
            | Message::TimeoutNow { term }
            | Message::RequestVoteNow { term, .. }
            | Message::Confirm { term, .. }
            | Message::Confirmed { term, .. } => *term,
        }
    }
}
