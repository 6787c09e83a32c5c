//! Atomic commitment: several sites carry out their parts of one transaction, or none of them does.
//!
//! A *site* holds a part of the keys; whoever coordinates a transaction asks each site that it touches to *prepare* its
//! part. A site that has prepared has promised to do whatever is decided, and is *in doubt* until it hears the
//! decision: until then its locks must stay. A site may be one node or a group of nodes; what counts is that something
//! is durable for the site, and a group tells a fact when it holds for the group. The decision may be a record of the
//! coordinator's, or fall by consensus.
//!
//! **Where the predicates stand.** Bernstein, Hadzilacos & Goodman, *Concurrency Control and Recovery in Database
//! Systems* (1987), sections 7.3 and 7.4: the atomic commitment problem, in doubt, blocking, forgetting; Gray, *Notes
//! on Data Base Operating Systems* (1978); Skeen, *Nonblocking Commit Protocols* (1981); Gray & Lamport, *Consensus on
//! Transaction Commit* (2006), section 2. Texts number the predicates differently; here they have names. What
//! transactions see of each other: Papadimitriou 1979 and, in real time, Herlihy & Wing 1990; judged in the manner of
//! Elle (Kingsbury & Alvaro 2020) at the end of a run.
//!
//! **How they are judged.** The ledger keeps a store of its own for every site, by the plainest code that could be
//! right, and executes on it what sites have prepared, when they finish it. So it knows what a transaction must have
//! read, which transactions are in doubt where, and what a client must be told, without asking a node.
//!
//! **The workload** has three kinds of data. *Lists* are read and appended to, and their histories are judged as a
//! whole. *Accounts* hold money that transfers move, and an audit of all must find what there was. Places of a *ring*
//! name the next place, and transactions change the order of three: it must stay one circle (the Cycle workload of
//! FoundationDB).

mod audits;
mod facts;
mod ledger;
mod load;
mod model;
mod progress;
mod votes;
mod words;

pub use facts::{AtomicCommit, CommitFact, Part};
pub use ledger::CommitLedger;
pub use load::{OPERATIONS, Transactions};
pub use words::{Decision, Element, Key, OPENING_BALANCE, Op, Reply, Site, Step, Txn, Value};
