//! Three-phase commit: atomic commitment in which no site that is up has to wait for one that has crashed.
//!
//! **The problem.** In two-phase commit a site that has voted yes must wait for its coordinator, however long that is
//! down. Skeen's theorem says when it need not: if no site can be uncertain while another one may have committed. So a
//! third phase comes between: first every site hears that all have voted yes, and only then does anybody commit.
//!
//! **The papers.** Dale Skeen, *Nonblocking Commit Protocols* (1981), the central site protocol; Dale
//! Skeen and Michael Stonebraker, *A Formal Model of Crash Recovery in a Distributed System* (1983); Philip Bernstein,
//! Vassos Hadzilacos and Nathan Goodman, *Concurrency Control and Recovery in Database Systems* (1987), section 7.5,
//! whose termination and election protocols these are.
//!
//! **The assumption.** Nodes crash, and messages arrive in time: who is not heard within `timeout` has failed. Messages
//! are sent again each `resend` until then, so losses shorter than that do no harm. In a network that may partition for
//! longer both sides take each other for failed and decide by themselves:
//! `scenarios/three-phase-commit/partition-*.json` show it. No protocol is nonblocking there (Skeen & Stonebraker
//! 1983).
//!
//! **Roles.** The first node coordinates and is asked by clients; every other one is a site that holds a part of the
//! keys.
//!
//! **Who talks to whom.**
//!
//! - Phase 1, as in two-phase commit: [`Prepare`](Message::Prepare) and [`Vote`](Message::Vote).
//! - Phase 2: with all votes yes the coordinator sends [`PreCommit`](Message::PreCommit). A site that hears it is
//!   *committable*, and answers with [`Ack`](Message::Ack). Before, it was *uncertain*.
//! - Phase 3: once every site has answered or failed, the coordinator commits and sends the
//!   [`Decision`](Message::Decision), which sites answer with [`Done`](Message::Done).
//! - Termination: a site that waits in vain for the coordinator asks the first site that it does not take for failed to
//!   take over ([`Nominate`](Message::Nominate)). That one collects the others' states
//!   ([`StateRequest`](Message::StateRequest), [`StateReport`](Message::StateReport)) and decides: as any site has
//!   decided before; else, where one is committable, it makes all of them so and commits; else it aborts.
//! - Recovery: who has crashed with an undecided transaction has failed for it. It takes no part in its termination,
//!   and asks until somebody knows ([`Inquire`](Message::Inquire)). If all have failed, the coordinator's log tells:
//!   without the note of a third phase nobody can have committed, and with it, once every site has told that it has
//!   [`Recovered`](Message::Recovered) undecided, nobody can have aborted.
//!
//! **What is durable** ([`Disk`]). As in two-phase commit, and that a transaction is committable, at the coordinator
//! (with what its client will be told) as at the sites, before anybody is told.
//!
//! **Files, by phase.** `voting`, `precommit`, `decision`, `termination`, `recovery`, and `client`; `state` has
//! configuration and disk, `message` the messages, `node` the dispatch; `bugs` lists the planted mistakes; `waits`
//! tells people why nothing happens.
//!
//! **What is left out.** The quorum-based variant (Skeen 1982; Keidar & Dolev 1995), which is safe in partitions, and
//! blocks in them. Which sites failed last (Bernstein et al., section 7.5): after a total failure the coordinator is
//! needed.

mod bugs;
mod client;
mod decision;
mod message;
mod node;
mod precommit;
mod recovery;
mod state;
mod termination;
mod voting;
mod waits;

pub use bugs::Bug;
pub use message::{Message, State};
pub use state::{Change, Committable, Config, Disk, Round, ThreePhaseCommit, Timer, View, Voting, Watch};
