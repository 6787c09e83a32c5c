//! Commit over consensus: whether a transaction commits is kept by several nodes, so that no single crash blocks it.
//!
//! **The problem.** As in two-phase commit: several sites do their parts of a transaction, or none does. There a site
//! that has voted yes waits for one coordinator, and is blocked while that is down. Here whatever the coordinator
//! would know is chosen by consensus among 2F + 1 nodes, F of which may be down.
//!
//! With `via: raft` the coordinator and the sites are Raft groups instead: see `via_raft`. What follows is of
//! `via: paxos-commit`.
//!
//! **The paper.** Jim Gray and Leslie Lamport, *Consensus on Transaction Commit* (ACM TODS 31(1), 2006): Paxos Commit,
//! section 4, with the optimisation in which sites vote in ballot 0 by themselves.
//!
//! **Roles.** The first `acceptors` nodes, 2F + 1 of them, are *acceptors*, and any of them *leads* a transaction that
//! a client brings. All other nodes are sites, the paper's resource managers, each with a part of the keys.
//!
//! **Who talks to whom.** There is one instance of Paxos for each site's vote; all instances of a transaction share
//! their leader, ballots and messages.
//!
//! - The leader sends [`Prepare`](Message::Prepare) to the sites. A site locks its keys, does its part without showing
//!   it, writes that down, and sends its vote to all acceptors, as [`Phase2a`](Message::Phase2a) of ballot 0, which is
//!   its own: nobody else proposes in that, so it needs no phase 1.
//! - An acceptor writes the votes down. When it has all of a transaction's, or a single one to abort, it tells the
//!   leader, in one [`Phase2b`](Message::Phase2b).
//! - The transaction is committed when for every site a majority of acceptors has accepted in one ballot that it is
//!   prepared. The leader, which hears of it, tells the sites by [`Decision`](Message::Decision), but does not make it
//!   so. It is aborted when one site's vote is to abort: in its own ballot that needs no majority, for nothing else
//!   can be chosen then.
//! - A leader that waits in vain for votes, and any acceptor that a site in doubt asks
//!   ([`Inquire`](Message::Inquire)), begins a higher ballot, in all instances at once: [`Phase1a`](Message::Phase1a),
//!   [`Phase1b`](Message::Phase1b). For a site of which no acceptor in a majority has accepted a vote it proposes to
//!   abort, else what was accepted in the highest ballot. So the leader matters for progress only, and anybody may
//!   become one at any time. Who is overtaken hears [`Preempted`](Message::Preempted), and tries again after a time
//!   that is drawn.
//!
//! **Messages.** A commit with N sites takes N `Prepare`, N(2F + 1) `Phase2a`, 2F `Phase2b` (the leader is an acceptor
//! itself) and N `Decision`, and four delays after the client's request, of which the fourth is for the sites only.
//! The paper counts (N + 1)(F + 3) - 4 messages, against 3N - 1 of two-phase commit (section 5): it uses only F + 1
//! acceptors while nothing fails, and lets the first of them share a node with a site. With `acceptors: 1`, F = 0,
//! this is two-phase commit whose votes are logged by the coordinator, and blocks as that does.
//!
//! **Once for each request.** A client that gets no answer asks another acceptor, which begins another transaction for
//! the same request. All of these touch the same sites, so the sites see to it that at most one commits: a site that
//! has prepared or committed one of them votes to abort any other, and says which one stands in its way. The leader
//! then finishes that one, and if it is committed finds in the votes what it has read, and answers the client.
//!
//! **Concurrency control** is that of two-phase commit: two-phase locking with wait-die, a transaction that dies is
//! begun anew. A site whose part cannot be done writes down that the request is given up before it says so.
//!
//! **What is durable** ([`Disk`]). Leader: how often it has started, so that no two transactions have one name; its
//! ballots are promised to by its own acceptor first, so that it uses none twice. Acceptor: its promises and the votes
//! that it has accepted. Site: what it has prepared, what became of each transaction, and each client's last request.
//! All is written before the message that depends on it leaves; see [`Node::backed`](crate::node::Node::backed).
//! Volatile are the state of ballots, decisions that a leader remembers, and locks, which are restored from what is
//! prepared.
//!
//! **Files, by phase.** `client` and `voting` (ballot 0), `acceptor`, `ballots` (phases 1 and 2 of higher ballots),
//! `decision`, `termination` (sites in doubt); `state` has configuration and disk, `message` the messages, `node` the
//! dispatch and recovery; `bugs` lists the planted mistakes; `waits` tells people why nothing happens;
//! `via_raft` is the other way.
//!
//! **What is left out.** Acceptors and sites forget nothing, so their logs grow: an acceptor could forget a
//! transaction that all sites have carried out. The set of sites is known as a transaction begins (the registrar of
//! section 6 is not needed). Acceptors do not tell their votes to the sites directly, which would save one delay
//! (Faster Paxos Commit).

mod acceptor;
mod ballots;
mod bugs;
mod client;
mod decision;
mod message;
mod node;
mod state;
mod termination;
mod via_raft;
mod voting;
mod waits;

pub use bugs::Bug;
pub use message::{Message, Vote, Why};
pub use state::{Acceptance, Change, Config, Disk, Lead, Phase, ReplicatedCommit, Timer, Via, View};
pub use via_raft::{Command, GroupChange, Groups, Member};
