//! Consistency models of transactions, and the anomalies that each forbids.
//!
//! Adya, "Weak Consistency" (1999); Adya, Liskov & O'Neil, "Generalized Isolation Level Definitions" (2000); Cerone,
//! Bernardi & Gotsman, "A Framework for Transactional Consistency Models with Atomic Visibility" (2015); Cerone &
//! Gotsman, "Analysing Snapshot Isolation" (2018), whose theorems say that snapshot isolation is the absence of cycles
//! whose anti-dependencies never follow each other, and parallel snapshot isolation that of cycles with at most one;
//! Daudjee & Salem, "Lazy Database Replication with Snapshot Isolation" (2006) for sessions. Which anomaly speaks
//! against which model follows Elle (Kingsbury & Alvaro 2020).
//!
//! There are no predicates here. Adya's repeatable read (PL-2.99) therefore forbids what serializability forbids; the
//! repeatable read of many products is snapshot isolation or less.

use super::anomaly::{Anomaly, Kind, Scope};
use std::fmt;

/// A consistency model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// Writes of different transactions do not mix in a circle. (Adya: PL-1)
    ReadUncommitted,
    /// Only what was committed is read, and nobody sees another's write that depends on his own. (Adya: PL-2)
    ReadCommitted,
    /// A transaction is seen whole or not at all. (Bailis et al. 2014; Cerone et al. 2015)
    ReadAtomic,
    /// Snapshots whose parts may be of different age; no lost updates. (Sovran et al. 2011)
    ParallelSnapshotIsolation,
    /// What was read does not change until the reader commits. (Adya: PL-2.99)
    RepeatableRead,
    /// All reads are of one snapshot; of two concurrent writers of a key one aborts. The snapshot may be an old one.
    SnapshotIsolation,
    /// As if transactions ran one after the other. (Adya: PL-3)
    Serializable,
    /// Snapshot isolation in which a session sees what it did before.
    StrongSessionSnapshotIsolation,
    /// Snapshot isolation in which a transaction sees all that ended before it began.
    StrongSnapshotIsolation,
    /// Serializable in an order that agrees with that of each session.
    StrongSessionSerializable,
    /// Serializable in an order that agrees with real time.
    StrictSerializable,
}

/// All models, the weaker first.
pub const MODELS: [Model; 11] = [
    Model::ReadUncommitted,
    Model::ReadCommitted,
    Model::ReadAtomic,
    Model::ParallelSnapshotIsolation,
    Model::RepeatableRead,
    Model::SnapshotIsolation,
    Model::Serializable,
    Model::StrongSessionSnapshotIsolation,
    Model::StrongSnapshotIsolation,
    Model::StrongSessionSerializable,
    Model::StrictSerializable,
];

impl Model {
    /// Its name, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Model::ReadUncommitted => "read-uncommitted",
            Model::ReadCommitted => "read-committed",
            Model::ReadAtomic => "read-atomic",
            Model::ParallelSnapshotIsolation => "parallel-snapshot-isolation",
            Model::RepeatableRead => "repeatable-read",
            Model::SnapshotIsolation => "snapshot-isolation",
            Model::Serializable => "serializable",
            Model::StrongSessionSnapshotIsolation => "strong-session-snapshot-isolation",
            Model::StrongSnapshotIsolation => "strong-snapshot-isolation",
            Model::StrongSessionSerializable => "strong-session-serializable",
            Model::StrictSerializable => "strict-serializable",
        }
    }

    /// The model of a name.
    pub fn named(name: &str) -> Option<Model> {
        MODELS.into_iter().find(|model| model.name() == name)
    }

    /// The models that follow from this one at once: the arrows of the hierarchy.
    pub fn weaker(self) -> &'static [Model] {
        match self {
            Model::ReadUncommitted => &[],
            Model::ReadCommitted => &[Model::ReadUncommitted],
            Model::ReadAtomic => &[Model::ReadCommitted],
            Model::ParallelSnapshotIsolation | Model::RepeatableRead => &[Model::ReadAtomic],
            Model::SnapshotIsolation => &[Model::ParallelSnapshotIsolation],
            Model::Serializable => &[Model::RepeatableRead, Model::SnapshotIsolation],
            Model::StrongSessionSnapshotIsolation => &[Model::SnapshotIsolation],
            Model::StrongSnapshotIsolation => &[Model::StrongSessionSnapshotIsolation],
            Model::StrongSessionSerializable => &[Model::Serializable, Model::StrongSessionSnapshotIsolation],
            Model::StrictSerializable => &[Model::StrongSessionSerializable, Model::StrongSnapshotIsolation],
        }
    }

    /// Whether what meets this model meets the other one too.
    pub fn implies(self, other: Model) -> bool {
        self == other || self.weaker().iter().any(|weaker| weaker.implies(other))
    }

    /// Whether a history that shows the anomaly cannot have come from this model.
    pub fn forbids(self, anomaly: Anomaly) -> bool {
        forbidden_by(anomaly).iter().any(|weakest| self.implies(*weakest))
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The weakest models that forbid an anomaly.
fn forbidden_by(anomaly: Anomaly) -> &'static [Model] {
    match (anomaly.scope, anomaly.kind) {
        (Scope::Process, Kind::G2Item) => &[Model::StrongSessionSerializable],
        (Scope::Realtime, Kind::G2Item) => &[Model::StrictSerializable],
        (Scope::Process, _) => &[Model::StrongSessionSnapshotIsolation],
        (Scope::Realtime, _) => &[Model::StrongSnapshotIsolation],
        (Scope::Data, kind) => match kind {
            Kind::G0 | Kind::DuplicateElements | Kind::ThinAirRead | Kind::ScrambledAppends | Kind::CyclicVersions => {
                &[Model::ReadUncommitted]
            }
            Kind::G1a | Kind::DirtyUpdate | Kind::G1b | Kind::IncompatibleOrder | Kind::FutureRead | Kind::G1c => {
                &[Model::ReadCommitted]
            }
            Kind::Internal | Kind::FracturedRead => &[Model::ReadAtomic],
            Kind::LostUpdate | Kind::GSingle => &[Model::ParallelSnapshotIsolation, Model::RepeatableRead],
            Kind::GNonadjacent => &[Model::SnapshotIsolation, Model::RepeatableRead],
            Kind::G2Item => &[Model::RepeatableRead],
        },
    }
}
