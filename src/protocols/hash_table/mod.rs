//! A replicated hash table on a ring: any node reads and writes any key, and the ring changes beneath.
//!
//! **The problem.** Keys lie on several of many nodes. Nodes join, leave, crash, and are taken for dead while they
//! live; the keys move. What was acknowledged is lost to no W - 1 crashes, and a read returns the last write that was
//! done, or one under way: the store is a *regular* register for each key (Lamport 1986). It is not linearizable, since
//! a read does not write back what it has seen; with `write_back` it does, and is, as long as no request is repeated.
//!
//! **The papers.** Giuseppe DeCandia et al., *Dynamo: Amazon's Highly Available Key-value Store* (2007), sections 4.2
//! to 4.9: the ring with virtual nodes, preference lists, N, R and W, anti-entropy, changes that an administrator asks
//! for, handing over. Two things are otherwise. Quorums are strict: Dynamo's sloppy ones do not meet. And versions are
//! in one order for each key, taken above what a read quorum has, as in Hagit Attiya, Amotz Bar-Noy & Danny Dolev,
//! *Sharing Memory Robustly in Message-Passing Systems* (1995); [`parts::register`](crate::parts::register) says how,
//! and why a client may ask twice. Failures are detected by gossip of heartbeats: Robbert van Renesse, Yaron Minsky &
//! Mark Hayden, *A Gossip-Style Failure Detection Service* (1998).
//!
//! **Roles.** Every node is a *coordinator* for whatever client asks it, and an *owner* of some of the partitions into
//! which keys are divided (section 6.2 of the paper, strategy 3). One node is the *master*: it decides on the ring.
//!
//! **Who talks to whom.**
//!
//! - A coordinator sends [`Read`](Message::Read) to the owners, merges what R of them answer
//!   ([`ReadReply`](Message::ReadReply)), and, for a write, sends [`Write`](Message::Write) until W have answered
//!   [`Written`](Message::Written). Owners that a read finds behind get [`Repair`](Message::Repair).
//! - Every node gossips heartbeats and the version of the ring that it goes by ([`Gossip`](Message::Gossip)); whoever
//!   is [`Behind`](Message::Behind) is sent the [`Ring`](Message::Ring).
//! - A new owner sends [`Pull`](Message::Pull) to the old ones, who send [`Transfer`](Message::Transfer); when it has
//!   enough of them it tells the master [`Complete`](Message::Complete).
//! - Owners compare what they keep: [`Digest`](Message::Digest), [`Sync`](Message::Sync).
//!
//! **How quorums meet while the ring changes.** The master numbers the versions of the ring; a node only goes forward,
//! writes down which one it goes by before it says so, and answers a coordinator that goes by the same one only. A
//! change from the owners A of a partition to B, each a list of N nodes, takes two versions: *joint*, in which a read
//! asks R of A and R of B, and a write W of both; and *done*, in which B alone counts. Before the master issues the
//! second, each newcomer in B has fetched the copies of N - min(R, W) + 1 nodes of A, all of which go by the joint
//! version by then. That is the *fence*. Now let a write be done, and a read begin after it:
//!
//! - *Of the same version, or of two versions with a list in common:* W and R of that list meet in a node. It has
//!   answered the write before the read, or it has answered the read under an earlier version before the write under a
//!   later one; and then they overlap in time, and the read may return either.
//! - *The write before the joint version, the read after it:* the write was stored by W of A before those went by the
//!   joint version. The fence has one of them, and so each newcomer has the write. Of those in both lists all but N - W
//!   have it. So W of B have it, and R of B meet them.
//! - *The read before the joint version, the write after it is done with:* the read would need R of A that go by an
//!   earlier version, and the fence has left fewer than that.
//!
//! An old owner drops its copies when it learns of the second version. A change can be turned into another one while it
//! is joint: A stays in force, and newcomers begin anew.
//!
//! **Who is taken for dead** makes no difference to any of this: the living who are taken for dead lose what they own
//! as if they had left, and are taken in again. Suspicion needs to be right only for anything to go on.
//!
//! **What is durable** ([`Disk`]): the copies, the version of the ring and its table, that the node has fetched all
//! that it gains, how often it has started (or its heartbeats would be below those of its earlier life), and what the
//! administrator wants. Volatile are requests under way, heartbeats, and what was fetched from whom: after a crash a
//! newcomer asks again.
//!
//! **Files.** `client` is the coordinator, `replica` the owner, `transfer` moves partitions, `gossip` spreads news,
//! `master` decides; `message`, `state` and `config` are the tables, `node` the dispatch, `waits` tells people why
//! nothing happens, `bugs` names the mistakes that can be switched on.
//!
//! **What is left out.** The master is one node. While it is down the ring stays as it is, and keys are read and
//! written all the same; in its place could stand a replicated log. Sloppy quorums and hinted handoff, which give up
//! what is promised here for writes that are never refused. Merkle trees: all hashes are sent. Tombstones are kept for
//! good, and so no deleted key comes back. Transfers go in one piece.

mod bugs;
mod client;
mod config;
mod gossip;
mod master;
mod message;
mod node;
mod replica;
mod state;
mod transfer;
mod waits;

pub use bugs::Bug;
pub use config::{Administrator, Config};
pub use message::{Message, Value};
pub use state::{Change, Disk, HashTable, Heard, Pending, Phase, RingView, Timer, View};
