//! What must hold in every run of a replicated log, and where each is among the rest.

use crate::spec::judged::Invariant;

/// Places in [`INVARIANTS`].
pub(super) mod place {
    pub const ELECTION_SAFETY: usize = 0;
    pub const ONE_VOTE_PER_TERM: usize = 1;
    pub const TERM_MONOTONE: usize = 2;
    pub const LEADER_APPEND_ONLY: usize = 3;
    pub const LOG_MATCHING: usize = 4;
    pub const LOG_TERMS_MONOTONE: usize = 5;
    pub const LEADER_COMPLETENESS: usize = 6;
    pub const STATE_MACHINE_SAFETY: usize = 7;
    pub const COMMITTED_IS_DURABLE: usize = 8;
    pub const COMMIT_MONOTONE: usize = 9;
    pub const COMMIT_WITHIN_LOG: usize = 10;
    pub const COMMITTED_NEVER_TRUNCATED: usize = 11;
    pub const EQUAL_STATE: usize = 12;
    pub const REPLIES_MATCH_MODEL: usize = 13;
    pub const SNAPSHOT_IS_COMMITTED: usize = 14;
    pub const ONE_CHANGE_AT_A_TIME: usize = 15;
    pub const SETTLED_CONFIGURATION: usize = 16;
}

const fn invariant(name: &'static str, meaning: &'static str, source: &'static str) -> Invariant {
    Invariant { name, meaning, source }
}

/// In the order of their places.
pub(super) const INVARIANTS: &[Invariant] = &[
    invariant(
        "election-safety",
        "at most one leader is elected in a term",
        "Ongaro & Ousterhout 2014, figure 3 and section 5.2",
    ),
    invariant(
        "one-vote-per-term",
        "a node votes for at most one candidate in a term, restarts included",
        "Ongaro & Ousterhout 2014, section 5.2",
    ),
    invariant("term-monotone", "a node's term only grows, restarts included", "Ongaro & Ousterhout 2014, section 5.1"),
    invariant(
        "leader-append-only",
        "a leader never overwrites or deletes entries of its own log",
        "Ongaro & Ousterhout 2014, figure 3 and section 5.3",
    ),
    invariant(
        "log-matching",
        "logs that hold an entry with the same index and term are equal up to it; there, where slots stand by \
         themselves",
        "Ongaro & Ousterhout 2014, figure 3 and section 5.3",
    ),
    invariant(
        "log-terms-monotone",
        "along a log, terms never decrease and indexes leave no gap; in a slot that stands by itself, terms never \
         decrease",
        "Ongaro's thesis 2014, appendix B (safety proof)",
    ),
    invariant(
        "leader-completeness",
        "an entry committed in a term is in the log of the leader of every later term; where slots stand by \
         themselves, nothing else is accepted there in a later term",
        "Ongaro & Ousterhout 2014, figure 3 and section 5.4.3; judged against the term of commitment",
    ),
    invariant(
        "state-machine-safety",
        "no two nodes ever take different entries for committed at one index",
        "Ongaro & Ousterhout 2014, figure 3 and section 5.4.3",
    ),
    invariant(
        "committed-is-durable",
        "an entry is on the disk of a member of every quorum when it is first taken for committed",
        "Ongaro's thesis 2014, sections 3.5 and 10.2.1",
    ),
    invariant(
        "commit-monotone",
        "a node's commit index never decreases between restarts",
        "Ongaro & Ousterhout 2014, figure 2 (volatile state)",
    ),
    invariant(
        "commit-within-log",
        "a node's commit index points at an entry of its own log",
        "Ongaro & Ousterhout 2014, figure 2 (AppendEntries, step 5)",
    ),
    invariant(
        "committed-never-truncated",
        "a node never deletes an entry that it has taken for committed",
        "Ongaro & Ousterhout 2014, section 5.3",
    ),
    invariant(
        "equal-state",
        "replicas that applied the same prefix have equal states, session tables included",
        "Schneider 1990, section 2; Ongaro & Ousterhout 2014, figure 3",
    ),
    invariant(
        "replies-match-model",
        "a client is told what the committed log, applied to the reference model, says; of a read outside the log, \
         what it said at some moment between question and answer",
        "Ongaro's thesis 2014, sections 6.3 and 6.4",
    ),
    invariant(
        "snapshot-is-committed",
        "a snapshot stands for entries that are committed, and for no others",
        "Ongaro & Ousterhout 2014, section 7; Ongaro's thesis 2014, section 5.1",
    ),
    invariant(
        "one-change-at-a-time",
        "a log gets no further configuration before the one ahead of it is committed",
        "Ongaro & Ousterhout 2014, section 6; Ongaro's thesis 2014, section 4.1",
    ),
    invariant(
        "settled-configuration",
        "where slots stand by themselves and members change, nothing is accepted in a slot before all those are \
         chosen that may say who decides there",
        "Lamport 2001, section 3; Lamport, Malkhi & Zhou 2010; van Renesse & Altınbüken 2015, invariant R5",
    ),
];
