//! Paxos: consensus on one value, by two phases and quorums that intersect.
//!
//! **The problem.** Clients propose values for a *decree*; one of them is chosen, all who ask learn the same, and
//! nobody ever changes his mind, however messages are lost, delayed or repeated and nodes crash and restart. Something
//! is chosen as soon as a quorum of acceptors and one proposer are up, can talk, and are left in peace.
//!
//! **The papers.** Leslie Lamport, *Paxos Made Simple* (2001), sections 2.2 to 2.4, which the handlers quote; his
//! TLA+ modules `Voting` and `Paxos` for what must hold. Quorums may differ between the phases: Heidi Howard, Dahlia
//! Malkhi and Alexander Spiegelman, *Flexible Paxos: Quorum Intersection Revisited* (2016). A node takes part in any
//! number of decrees, each of which is an instance of its own: nothing is shared between them.
//!
//! **Roles.** *Proposers* run ballots on behalf of clients, *acceptors* promise and vote, *learners* find out what is
//! chosen. Every node is all three, or the roles lie apart ([`Roles`]); proposers always learn, since they answer
//! clients.
//!
//! **Who talks to whom.**
//!
//! - Phase 1: a proposer sends [`Prepare`](Message::Prepare) (1a) to the acceptors, who answer with
//!   [`Promise`](Message::Promise) (1b) and the last vote they have given, or with [`Nack`](Message::Nack).
//! - Phase 2: it sends [`Accept`](Message::Accept) (2a) to the acceptors, who send [`Accepted`](Message::Accepted) (2b)
//!   to every learner, or a `Nack` back.
//! - Who knows what is chosen answers with [`Decided`](Message::Decided), and learners ask each other for what they
//!   have missed ([`CatchUp`](Message::CatchUp)).
//!
//! **What is durable** ([`Disk`]): a proposer's last round, so that it never begins a ballot twice; an acceptor's
//! promise and its last vote; what was learnt (the *indelible ink* of Lamport's *Part-Time Parliament*, 1998; it could
//! be learnt again). All is written before the message that depends on it leaves; see
//! [`Node::backed`](crate::node::Node::backed). Volatile are ballots under way, and votes that learners have counted.
//!
//! **Leaders.** "Safety is ensured regardless" of how a proposer comes to take itself for the leader (2.4): any node
//! that is asked may propose. With `leaders_by_coin` those alone do that have tossed heads, none, one or several; what
//! is chosen stays one value.
//!
//! **Liveness.** Two proposers can preempt each other for ever (2.4). A proposer that is preempted waits for a time
//! drawn from an interval that doubles each time (`backoff`), and without it begins again at once: then a duel of a
//! thousand ballots chooses nothing (`scenarios/paxos/duel-without-backoff.json`). A distinguished proposer is what
//! Multi-Paxos adds.
//!
//! **Files, by role.** `proposer`, `acceptor`, `learner`; `state` has configuration and disk, `roles` who is what,
//! `message` the messages, `node` the dispatch; `bugs` lists the planted mistakes; `waits` tells people why nothing
//! happens.
//!
//! **What is left out.** A distinguished learner (every acceptor tells every learner), and forgetting: an acceptor
//! keeps its promise and vote for a decree for good.

mod acceptor;
mod bugs;
mod learner;
mod message;
mod node;
mod proposer;
mod roles;
mod state;
mod waits;

pub use bugs::Bug;
pub use message::Message;
pub use roles::{Apart, Roles};
pub use state::{Change, Config, Disk, Paxos, Phase, Promises, Proposal, Timer, View};
