//! Mistakes that implementers made or could make. Each is one line of the protocol.

use crate::node::PlantedBug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// K6: a new owner says that it has all before it has.
    ServesBeforeTransfer,
    /// K7: an old owner drops its copies as it sends them.
    DropsBeforeHandover,
    /// K9: who was taken for dead, and was not, keeps its copies.
    EvictedKeepsCopies,
    /// K10: while a partition moves only its old owners are asked.
    OldOwnersOnly,
    /// K11: a new owner fetches from one old owner.
    OneSourceSuffices,
    /// K12: a node goes by a later ring in memory only.
    RingNotPersisted,
    /// N3: a write takes its version from the coordinator's clock, and reads nothing before.
    VersionFromClock,
    /// N10: an owner answers under earlier versions of the ring too.
    AnyVersionServed,
    /// N12: a read returns the first answer.
    FirstAnswerTaken,
    /// N14: an owner acknowledges a write before it is on disk.
    AcknowledgedBeforeDurable,
}

/// A row of the table.
const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// The table that `list bugs` prints.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "serves-before-transfer",
        "K6: a new owner says that it has all it gains before it has fetched any of it",
        "handed-over-whole",
        "DeCandia et al. 2007, section 4.9; Lamport, Malkhi & Zhou 2009, section 4: transfer, then activation",
    ),
    bug(
        "drops-before-handover",
        "K7: an old owner drops its copies as it sends them, and waits for no acknowledgement",
        "no-lost-key",
        "DeCandia et al. 2007, section 4.9: a confirmation round between source and destination",
    ),
    bug(
        "evicted-keeps-copies",
        "K9: who was taken for dead, and was not, keeps what others keep in its place: a copy too many for good",
        "stalls",
        "re-replication after a false suspicion; cassandra's nodetool cleanup exists for what is left behind",
    ),
    bug(
        "old-owners-only",
        "K10: while a partition moves, writes go to its old owners only, and miss what was fetched before them",
        "handed-over-whole",
        "Cassandra, pending ranges: writes during a bootstrap go to the newcomer too",
    ),
    bug(
        "one-source-suffices",
        "K11: a new owner fetches its part from one old owner, which may lack what W others have",
        "handed-over-whole",
        "CASSANDRA-2434: a range must be streamed from the replica that gives it up, or from a quorum",
    ),
    bug(
        "ring-not-persisted",
        "K12: a node goes by a later ring in memory only, and after a crash serves under the one before",
        "durable-before-send",
        "Lamport, Malkhi & Zhou 2009, section 3; Lynch & Shvartsman 2002 (RAMBO), section 5",
    ),
    bug(
        "version-from-clock",
        "N3: a write takes its version from the coordinator's clock, so a slow clock's write is lost to an earlier one",
        "regular",
        "Kingsbury 2013, 'Call me maybe: Cassandra': last write wins by timestamp drops acknowledged writes",
    ),
    bug(
        "any-version-served",
        "N10: an owner answers under an earlier version of the ring than it goes by, so two lists can be in force",
        "owners-serve",
        "CASSANDRA-15538 and CEP-21: coordinators with different views of the ring break quorums",
    ),
    bug(
        "first-answer-taken",
        "N12: a read waits for R answers and returns the first",
        "regular",
        "Attiya, Bar-Noy & Dolev 1995, section 3: the value with the largest label",
    ),
    bug(
        "acknowledged-before-durable",
        "N14: an owner acknowledges a write before it is on disk",
        "durable-before-send",
        "Cassandra's commitlog_sync: periodic, the default, acknowledges before the sync",
    ),
];
