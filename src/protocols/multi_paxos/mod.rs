//! Multi-Paxos: a replicated log, one instance of Paxos a slot, with a distinguished proposer.
//!
//! **The problem.** A cluster of n nodes agrees on a growing log of commands and applies it to a store, so that it
//! serves clients as one node would, as long as a majority of n is up and can talk. The same as Raft's, and judged by
//! the same checks; but slots stand by themselves: they are filled in any order, and a new leader proposes again *in
//! place* what may have been chosen in them.
//!
//! **The papers.** Robbert van Renesse and Deniz Altınbüken, *Paxos Made Moderately Complex* (2015; PMMC), whose
//! replicas, leaders (with scouts and commanders) and acceptors are one node here; Tushar Chandra, Robert Griesemer and
//! Joshua Redstone, *Paxos Made Live* (2007), sections 4 and 5; Leslie Lamport, *Paxos Made Simple* (2001), section 3.
//!
//! **Ballots are terms.** The ballots of a node are the terms that leave its place as the rest when they are divided by
//! n, so that no two nodes ever have the same, and *election safety* holds by construction.
//!
//! **Who talks to whom.**
//!
//! - A node that has heard of no leader for an election timeout becomes a candidate (a *scout*): it sends
//!   [`Prepare`](Message::Prepare) (P1a) to all, once for all slots from the first that it does not know chosen. Each
//!   answers with [`Promise`](Message::Promise) (P1b) and what it has accepted there.
//! - With a majority of promises it leads. In each slot that was reported it proposes the command of the highest term
//!   again, in the gaps between them no-ops, and behind them what clients ask.
//! - A leader (its *commanders*) sends [`Accept`](Message::Accept) (P2a) with one or more slots to all, who answer with
//!   [`Accepted`](Message::Accepted) (P2b). Without slots it is the heartbeat; it carries what has not been
//!   acknowledged, and so repeats what was lost, and how far the log is chosen.
//! - Who has promised a higher term answers with [`Preempted`](Message::Preempted).
//! - Who learns that more is chosen than it holds asks with [`CatchUp`](Message::CatchUp), and is sent
//!   [`Decision`](Message::Decision), or a [`Snapshot`](Message::Snapshot) where the slots are gone.
//! - For reads beside the log a leader sends [`Confirm`](Message::Confirm), and is answered with
//!   [`Confirmed`](Message::Confirmed).
//!
//! **What is durable** ([`Disk`]): the promised term, the accepted entry of each slot, and, written lazily, how far the
//! log is known to be chosen: a restarted node applies it from there. See
//! [`Node::backed`](crate::node::Node::backed) for what each message must have on disk behind it.
//!
//! **Files, by phase.** `election` (phase 1), `replication` (phase 2), `learning` (what is chosen, catching up, and
//! applying), `reconfiguration` (who decides in which slot), `compaction`, `reads`, `client`; `message`, `state`,
//! `config` and `configurations` are the tables, `node` the dispatch, `bugs` the planted mistakes, `waits` tells people
//! why nothing happens.
//!
//! **Beyond the papers' core.** Snapshots take the place of slots that are applied (`snapshot_every`), and promises say
//! how far slots are gone. Reads go through the log, or beside it with a quorum round or a lease (`reads`).
//!
//! The members change through the log, α slots behind the command that says so (`voters`, `membership`, `alpha`; see
//! `reconfiguration`); then the log begins with an entry of t0, chosen as it is, that says who decides at first.
//!
//! **What is left out.** Where the members may change, reads beside the log: who must confirm them depends on slots
//! that the leader has not filled yet.

mod bugs;
mod client;
mod compaction;
mod config;
mod configurations;
mod election;
mod learning;
mod message;
mod node;
mod reads;
mod reconfiguration;
mod replication;
mod state;
mod waits;

pub use bugs::Bug;
pub use config::{Config, Reads};
pub use configurations::Configurations;
pub use message::Message;
pub use state::{Change, Disk, MultiPaxos, Phase1, Role, Snapshot, Timer, View};
