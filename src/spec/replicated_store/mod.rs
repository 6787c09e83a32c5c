//! A replicated store: every key lies on some of the nodes, which ones changes, and no acknowledged write is lost.
//!
//! Keys are gathered in *partitions*. A *version of the ring* says of each partition which nodes own it; while a
//! partition moves it says, too, who will. Clients read, write and delete keys through any node.
//!
//! **What is promised.** A read returns the last write that was done before it, or one that was under way beside it:
//! the store is a *regular* register for each key (Leslie Lamport, *On Interprocess Communication*, 1986; with many
//! writers: Cheng Shao, Jennifer Welch, Evelyn Pierce & Hyunyoung Lee, *Multiwriter Consistency Conditions for Shared
//! Memory Registers*, 2011). It is not linearizable: of two reads beside one write, the first may return the new value
//! and the second the old one. A scenario may ask for `linearizable` by name, and so show the difference.
//!
//! **How it is judged.** Each node says at its start how many copies a key has and how many of them a read and a write
//! ask. From then on the ledger keeps its own account of every node's disk, derived from durable records: which writes
//! are in its copy of a key. It knows which writes clients have been told are done, and asks
//! at three moments how many owners hold them: when the client is told, when a partition changes hands, and when a
//! copy is dropped. Tables are judged by what they say, not by how they were made.
//!
//! **Where the predicates stand.** Giuseppe DeCandia et al., *Dynamo* (2007), sections 4.2 to 4.8 (preference lists,
//! quorums, membership); Nancy Lynch & Alexander Shvartsman, *RAMBO* (2002), and Leslie Lamport, Dahlia Malkhi &
//! Lidong Zhou, *Vertical Paxos* (2009), for what must be in the new place before the old one is given up.

mod copies;
mod core;
mod facts;
mod ledger;
mod load;
mod tables;
mod words;

pub use facts::{ReplicatedStore, StoreFact};
pub use ledger::StoreLedger;
pub use load::Requests;
pub use words::{Partition, Placement, RingVersion, Table};
