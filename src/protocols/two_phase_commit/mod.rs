//! Two-phase commit: a transaction commits at every site, or at none.
//!
//! **The problem.** A transaction touches keys that lie at several sites. Each site may be unable to do its part, and
//! any of them may crash and restart; yet all must come to the same decision, and what is decided must last.
//!
//! **The papers.** Jim Gray, *Notes on Data Base Operating Systems* (1978); Philip Bernstein, Vassos
//! Hadzilacos and Nathan Goodman, *Concurrency Control and Recovery in Database Systems* (1987), section 7.4, with the
//! cooperative termination protocol. Presumed abort is by C. Mohan, Bruce Lindsay and Ron Obermarck, *Transaction
//! Management in the R\* Distributed Database Management System* (1986), section 3.
//!
//! **Roles.** The first node coordinates and is asked by clients; every other one is a site that holds a part of the
//! keys. Each has a log of its own.
//!
//! **Who talks to whom.**
//!
//! - Phase 1, voting: the coordinator sends [`Prepare`](Message::Prepare) to each site that the transaction touches. A
//!   site locks its keys, does its part without showing it, writes that down and answers with a
//!   [`Vote`](Message::Vote); from a yes on it is *in doubt* and must wait. A site that votes no has decided.
//! - Phase 2, decision: with all votes yes the coordinator writes the commit down, which is the moment of the decision;
//!   with a no, or after a wait in vain, it decides to abort. It sends the [`Decision`](Message::Decision). Sites carry
//!   it out, let go of their locks and acknowledge a commit with [`Ack`](Message::Ack). When all have, the coordinator
//!   forgets the transaction.
//! - Termination: a site that is in doubt for too long asks the coordinator and the other sites
//!   ([`Inquire`](Message::Inquire)). Who knows the decision says it; a site that has not voted decides to abort at
//!   once. A coordinator that knows nothing of the transaction answers with abort: it would know of a commit. Where
//!   everybody that can be reached is in doubt too, the site *blocks*: no rule could help it (Skeen & Stonebraker
//!   1983).
//!
//! **Concurrency control.** Sites lock keys in two phases and hold locks until the decision; deadlocks are prevented by
//! wait-die (see [`locks`](crate::parts::locks)). A transaction that dies is begun anew when its client asks again, as
//! another transaction of the same age. A site votes no for good where its part cannot be done, such as a withdrawal of
//! more than there is; then the client is told that its transaction is aborted.
//!
//! **What is durable** ([`Disk`]). Coordinator: its epoch, one for each life, so that no two transactions have one
//! name; a commit, until it is forgotten; each client's last answer, so that what is asked again happens once. Aborts
//! are not logged: absence means abort. Sites: what they have prepared, and what became of each transaction. All is
//! written before the message that depends on it leaves; see [`Node::backed`](crate::node::Node::backed). Volatile are
//! votes and locks; what was prepared locks its keys anew after a restart.
//!
//! **Files, by phase.** `voting`, `decision`, `termination`, and `client`; `state` has configuration and disk,
//! `message` the messages, `node` the dispatch and recovery; `bugs` lists the planted mistakes; `waits` tells people
//! why nothing happens.
//!
//! **What is left out.** Sites forget no outcome, so their logs grow. Votes of read-only sites could release their
//! locks early where all locks are taken before phase 1 (Mohan et al. 1986); here they are taken in it. A
//! `Prepare` that is lost is not sent again: the transaction times out. Trees of coordinators.

mod bugs;
mod client;
mod decision;
mod message;
mod node;
mod state;
mod termination;
mod voting;
mod waits;

pub use bugs::Bug;
pub use message::Message;
pub use state::{Change, Commit, Config, Disk, Timer, TwoPhaseCommit, View, Voting};
