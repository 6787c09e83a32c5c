//! What can be wrong with a history of transactions, by the names of Adya (1999) and of Elle.

use std::fmt;

/// A kind of anomaly. A *dependency* of one transaction on another is a write over a write (ww) or a read of a write
/// (wr); an *anti-dependency* (rw) is a read of what the other has overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A cycle of writes over writes. (Adya: G0)
    G0,
    /// A read shows an element twice that was appended once.
    DuplicateElements,
    /// A read shows a value that nobody ever wrote.
    ThinAirRead,
    /// The appends of one transaction to one list stand in another order than it made them.
    ScrambledAppends,
    /// Versions of a register come before each other, if each key is what the caller says it is.
    CyclicVersions,
    /// A committed transaction read what an aborted one wrote. (Adya: G1a)
    G1a,
    /// A committed write stands on the write of an aborted transaction.
    DirtyUpdate,
    /// A transaction read what another wrote and then wrote over itself. (Adya: G1b)
    G1b,
    /// Two reads of a list of which neither is a prefix of the other: one of them was never committed.
    IncompatibleOrder,
    /// A transaction read what it wrote only later.
    FutureRead,
    /// A cycle of dependencies, with a read of a write. (Adya: G1c)
    G1c,
    /// A transaction does not see its own writes, or reads one key twice and sees two things. (Cerone et al. 2015: INT)
    Internal,
    /// A transaction saw one write of another, and missed one. (Bailis et al. 2014)
    FracturedRead,
    /// Two transactions read the same version of a key and both wrote over it.
    LostUpdate,
    /// A cycle of dependencies and exactly one anti-dependency. (Adya: G-single)
    GSingle,
    /// A cycle with several anti-dependencies, of which no two follow each other. (Cerone & Gotsman 2018)
    GNonadjacent,
    /// A cycle in which two anti-dependencies follow each other: write skew. (Adya: G2-item)
    G2Item,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::G0 => "G0",
            Kind::DuplicateElements => "duplicate-elements",
            Kind::ThinAirRead => "thin-air-read",
            Kind::ScrambledAppends => "scrambled-appends",
            Kind::CyclicVersions => "cyclic-versions",
            Kind::G1a => "G1a",
            Kind::DirtyUpdate => "dirty-update",
            Kind::G1b => "G1b",
            Kind::IncompatibleOrder => "incompatible-order",
            Kind::FutureRead => "future-read",
            Kind::G1c => "G1c",
            Kind::Internal => "internal",
            Kind::FracturedRead => "fractured-read",
            Kind::LostUpdate => "lost-update",
            Kind::GSingle => "G-single",
            Kind::GNonadjacent => "G-nonadjacent",
            Kind::G2Item => "G2-item",
        }
    }

    /// What it is, to a person who does not know the name.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::G0 => "transactions wrote over each other in a circle",
            Kind::DuplicateElements => "an element stands twice in a list to which it was appended once",
            Kind::ThinAirRead => "a value was read that nobody wrote",
            Kind::ScrambledAppends => "the appends of one transaction stand in another order than it made them",
            Kind::CyclicVersions => "the versions of a key come before each other",
            Kind::G1a => "the write of an aborted transaction was read",
            Kind::DirtyUpdate => "a committed write stands on that of an aborted transaction",
            Kind::G1b => "a value was read that its own transaction wrote over before it committed",
            Kind::IncompatibleOrder => "two reads of one list cannot both be true",
            Kind::FutureRead => "a transaction read what it wrote only later",
            Kind::G1c => "transactions saw each other's writes in a circle",
            Kind::Internal => "a transaction contradicts itself",
            Kind::FracturedRead => "a transaction saw one write of another, and missed one",
            Kind::LostUpdate => "two transactions read the same version and both wrote over it: one update is lost",
            Kind::GSingle => "a circle in which one transaction missed a write that it should have seen",
            Kind::GNonadjacent => "a circle in which transactions missed writes, never two in a row",
            Kind::G2Item => "a circle in which transactions missed each other's writes (write skew)",
        }
    }
}

/// What beside reads and writes orders the transactions of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Nothing.
    Data,
    /// The order of transactions of one process: one session.
    Process,
    /// Real time: one transaction ended before the other began.
    Realtime,
}

/// All scopes, the narrowest first.
pub const SCOPES: [Scope; 3] = [Scope::Data, Scope::Process, Scope::Realtime];

/// An anomaly: `G-single`, `G-single-realtime`. What is wrong without an order of time is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anomaly {
    /// What the cycle needs beside reads and writes; always [`Scope::Data`] where there is no cycle.
    pub scope: Scope,
    /// Its kind.
    pub kind: Kind,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.scope {
            Scope::Data => "",
            Scope::Process => "-process",
            Scope::Realtime => "-realtime",
        };
        write!(f, "{}{suffix}", self.kind.name())
    }
}
