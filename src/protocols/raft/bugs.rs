//! The mistakes that can be switched on. Each is one line of the protocol, made by somebody or waiting to be made.
//!
//! `caught_by` names the check that must catch the mistake first: an invariant, or, where nothing wrong is ever said
//! but nothing gets done either, the expectation of its scenario that is broken (`stalls`, `leader-within`, …).

use crate::node::PlantedBug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake that an implementer made or could make. Each is one line of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// A vote is remembered in memory only: a voter that crashes can vote again in the same term.
    VoteNotPersisted,
    /// Whoever becomes a follower forgets its vote, though the term has not changed.
    VoteClearedOnStepDown,
    /// Votes of earlier terms are counted in a later candidacy.
    StaleVotesCounted,
    /// A vote is granted whatever the candidate's log lacks.
    NoUpToDateCheck,
    /// Of two logs the longer one is taken for more up-to-date, whatever its last term.
    UpToDateByLength,
    /// Entries of earlier terms are committed by counting their replicas.
    OldTermCommittedByCounting,
    /// A follower acknowledges entries before they are on its disk.
    AppendNotSynced,
    /// A follower cuts its log at every `AppendEntries`, conflict or not.
    TruncatesToPrevIndex,
    /// A follower commits up to the end of its log, whatever the message has shown to match.
    CommitPastNewEntries,
    /// A follower acknowledges its whole log, whatever the message has shown to match.
    AcknowledgesOwnLastIndex,
    /// The consistency check looks only whether there is an entry, not at its term.
    PrevTermUnchecked,
    /// An `AppendEntries` of an earlier term is accepted.
    LowerTermAppendAccepted,
    /// A conflicting entry is overwritten, and what stands behind it is kept.
    ConflictKeepsTheTail,
    /// A candidate takes half of the nodes, rounded down, for a majority.
    HalfIsAMajority,
    /// The election timeout is not random.
    IdenticalTimeouts,
    /// A voter that denies its vote waits anew for a leader.
    TimerResetOnDeniedVote,
    /// A leader counts its own lazy append before it is on its disk.
    LazyAppendCounted,
    /// A snapshot holds the values and not the sessions.
    SnapshotOmitsSessions,
    /// A snapshot that was overtaken is installed over a newer state.
    OldSnapshotAccepted,
    /// What the log holds behind a snapshot is kept, whether it belongs there or not.
    SuffixKeptBehindSnapshot,
    /// A leader changes the members before it has committed an entry of its own term.
    ChangeBeforeOwnCommit,
    /// A leader changes the members while the change before is not committed.
    TwoChangesAtOnce,
    /// The members are exchanged at once, without a joint configuration.
    DirectSwitch,
    /// A pre-vote is granted though a leader was just heard of.
    PreVoteIgnoresLeader,
    /// A leader does not look whether anybody answers.
    NoCheckQuorum,
    /// A leader answers reads from its store without asking whether it still leads.
    ReadsLocally,
    /// A read index is taken before the leader has committed an entry of its own term.
    ReadIndexBeforeOwnCommit,
    /// A lease is as long as the election timeout, however much clocks may differ.
    LeaseIgnoresDrift,
}

const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// Every mistake, and the check that must catch it.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "vote-not-persisted",
        "a vote is remembered in memory only, so a voter that crashes can vote again in the same term",
        "durable-before-send",
        "ktoso/akka-raft issue 56, found by DEMi; Stateright's Raft example keeps the vote volatile",
    ),
    bug(
        "vote-cleared-on-step-down",
        "whoever becomes a follower forgets its vote, though the term is the same",
        "one-vote-per-term",
        "hazelcast PR 16643; microsoft/CCF PR 8094",
    ),
    bug(
        "stale-votes-counted",
        "votes of earlier terms are counted in a later candidacy",
        "election-safety",
        "andreev-io/little-raft issue 44",
    ),
    bug(
        "no-up-to-date-check",
        "a vote is granted whatever the candidate's log lacks",
        "leader-completeness",
        "Ongaro & Ousterhout 2014, section 5.4.1, left out",
    ),
    bug(
        "up-to-date-by-length",
        "of two logs the longer one is taken for more up-to-date, whatever its last term",
        "leader-completeness",
        "Ongaro & Ousterhout 2014, section 5.4.1, half done",
    ),
    bug(
        "old-term-committed-by-counting",
        "entries of earlier terms are committed by counting their replicas",
        "leader-completeness",
        "Ongaro & Ousterhout 2014, section 5.4.2 and figure 8",
    ),
    bug(
        "append-not-synced",
        "a follower acknowledges entries before they are on its disk",
        "durable-before-send",
        "Ongaro & Ousterhout 2014, figure 2 (updated on stable storage before responding); etcd-io/raft doc.go",
    ),
    bug(
        "truncates-to-prev-index",
        "a follower cuts its log at every AppendEntries, so that an overtaken one deletes what is committed",
        "committed-never-truncated",
        "etcd-io/raft, TestLogReplicationWithReorderedMessage",
    ),
    bug(
        "commit-past-new-entries",
        "a follower commits up to the end of its log, behind which entries of another leader may stand",
        "state-machine-safety",
        "Ongaro & Ousterhout 2014, figure 2 (step 5: index of last new entry); etcd-io/raft 76f1249",
    ),
    bug(
        "acknowledges-own-last-index",
        "a follower acknowledges its whole log, of which the leader has seen only a part to match",
        "committed-is-durable",
        "Ongaro & Ousterhout 2014, figure 2 (matchIndex: known to be replicated)",
    ),
    bug(
        "prev-term-unchecked",
        "the consistency check looks only whether there is an entry at prevLogIndex, not at its term",
        "log-matching",
        "Ongaro & Ousterhout 2014, section 5.3 (the consistency check), half done",
    ),
    bug(
        "lower-term-append-accepted",
        "an AppendEntries of an earlier term is accepted, and cuts what the present leader wrote",
        "leader-append-only",
        "Ongaro & Ousterhout 2014, figure 2 (AppendEntries, step 1), left out",
    ),
    bug(
        "conflict-keeps-the-tail",
        "a conflicting entry is overwritten, and what stands behind it is kept",
        "log-terms-monotone",
        "Ongaro & Ousterhout 2014, figure 2 (AppendEntries, step 3: and all that follow it), half done",
    ),
    bug(
        "half-is-a-majority",
        "a candidate takes half of the nodes, rounded down, for a majority",
        "election-safety",
        "Ongaro & Ousterhout 2014, section 5.2; the commonest slip in arithmetic about quorums",
    ),
    bug(
        "identical-timeouts",
        "every election timeout is the shortest one, so that all campaign at once for ever",
        "stalls",
        "Ongaro & Ousterhout 2014, sections 5.2 and 9.3 (without randomness, elections did not end)",
    ),
    bug(
        "timer-reset-on-denied-vote",
        "a voter that denies its vote waits anew for a leader, so that one hopeless candidate keeps all others quiet",
        "leader-within",
        "Ongaro & Ousterhout 2014, figure 2 (rules for followers: granting vote to candidate)",
    ),
    bug(
        "lazy-append-counted",
        "a leader that writes lazily counts itself before its disk has the entry",
        "committed-is-durable",
        "Ongaro's thesis 2014, section 10.2.1, half done",
    ),
    bug(
        "snapshot-omits-sessions",
        "a snapshot holds the values and not the sessions, so that whoever installs it executes requests again",
        "equal-state",
        "Ongaro's thesis 2014, section 6.3 (the session table is part of the replicated state)",
    ),
    bug(
        "old-snapshot-accepted",
        "a snapshot that was overtaken is installed over a newer state and log",
        "committed-never-truncated",
        "Ongaro & Ousterhout 2014, figure 13, read without section 7's remark on old snapshots",
    ),
    bug(
        "suffix-kept-behind-snapshot",
        "what the log holds behind a snapshot is kept, though its entry at the snapshot's place is another",
        "log-matching",
        "Ongaro & Ousterhout 2014, figure 13 (step 6: if existing log entry has same index and term), half done",
    ),
    bug(
        "change-before-own-commit",
        "a leader changes the members, one at a time, before it has committed an entry of its own term",
        "leader-completeness",
        "Ongaro 2015, raft-dev, 'bug in single-server membership changes'; AxonIQ PR 120; openraft PR 2051",
    ),
    bug(
        "two-changes-at-once",
        "a leader changes the members while the change before is not committed",
        "one-change-at-a-time",
        "valkey issue 3926; Ongaro's thesis 2014, section 4.1",
    ),
    bug(
        "direct-switch",
        "the members are exchanged at once, so that the old and the new majority need not meet",
        "election-safety",
        "Ongaro & Ousterhout 2014, section 6 and figure 10",
    ),
    bug(
        "pre-vote-ignores-leader",
        "a pre-vote is granted though a leader was just heard of, so that whoever comes back deposes it",
        "term-bumps-at-most",
        "Ongaro's thesis 2014, section 9.6, half done",
    ),
    bug(
        "no-check-quorum",
        "a leader that hears nobody goes on leading, and keeps its followers and clients waiting",
        "unavailable-at-most",
        "Ongaro's thesis 2014, section 6.2; Cloudflare 2020, 'A Byzantine failure in the real world'",
    ),
    bug(
        "reads-locally",
        "a leader answers reads from its store without asking whether it still leads",
        "replies-match-model",
        "etcd 0.4.1 (Kingsbury 2014, Jepsen); d-engine issue 381; Xline issue 870",
    ),
    bug(
        "read-index-before-own-commit",
        "a read index is taken before the leader has committed an entry of its own term",
        "replies-match-model",
        "etcd issue 7331; tikv issue 9208; RedisRaft PR 22",
    ),
    bug(
        "lease-ignores-drift",
        "a lease is as long as the election timeout, though clocks may run at different speeds",
        "replies-match-model",
        "Ongaro's thesis 2014, section 6.4.1; raft-rs issue 141",
    ),
];
