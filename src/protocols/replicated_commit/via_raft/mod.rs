//! Commit over consensus, the way of textbooks: the coordinator and each site of two-phase commit are state machines
//! over a log of their own, and each log is replicated by Raft. Who leads a group speaks for it, so a crash blocks
//! nothing for longer than an election takes.
//!
//! **The papers.** Gray & Lamport 2006, section 1, on making the coordinator fault-tolerant; Corbett et al., *Spanner*
//! (OSDI 2012), section 2: each participant is a group, and its leader acts for it; Ongaro & Ousterhout 2014 for Raft,
//! which is the protocol [`raft`](crate::protocols::raft) itself, as a part ([`Hosts`](crate::node::Hosts)).
//!
//! **Roles.** Group 0 is the coordinator, and group i is site i. Every node has a replica of every group. The leader
//! of a group acts once it has applied what was committed before its term (`Raft::leads_up_to_date`).
//!
//! **Who talks to whom.** Leaders speak to leaders; whom its own replica takes for the other group's leader a node
//! asks, and if that is wrong, the question is lost and asked again.
//!
//! - A client's request becomes a transaction at the coordinator's leader, which asks the sites to prepare
//!   ([`AskSite`](super::Message::AskSite)). A site's leader takes the locks and puts the part into its log. When that
//!   is committed the site has prepared, or has voted no: the entry itself says nothing of that, all replicas find the
//!   same. The leader sends the vote ([`SiteVote`](super::Message::SiteVote)).
//! - The coordinator's leader puts the decision into its log: commit with all votes, abort with one that says no or
//!   after waiting in vain. The *first* decision in the log is the decision, whoever has put it there, and is in force
//!   when it is committed. Then the client is answered and the sites hear of it
//!   ([`SiteDecision`](super::Message::SiteDecision)), put it into their logs, and let go of their locks.
//! - Nothing is in the coordinator's log before the decision: abort is presumed. A new leader knows of no transaction
//!   that is under way; a site in doubt asks ([`SiteInquiry`](super::Message::SiteInquiry)), and where the log has no
//!   decision then, and nobody leads the transaction, the leader puts an abort there. If the old leader's commit is in
//!   the log before that, it stands.
//!
//! **Once for each request.** As with Paxos Commit: a site that has prepared or committed a transaction for a request
//! votes no on any other for it, and names the one in the way, which the coordinator's leader then finishes.
//!
//! **What is durable** ([`Groups`]). Raft's own state for each group; the commands; how often the node has started. An
//! entry of Raft's log names its command by a request id that no other has (the node's life and a number), and the
//! command travels with the entry: it is on a disk before the entry is. All else is volatile and comes back as the log
//! is applied anew after a restart: decisions, and what sites have prepared and finished. Locks only a leader knows; a
//! new one locks again what is prepared, and knows of all that is, because it waits until its own term's first entry is
//! applied.
//!
//! **What is told.** `Prepared`, `VotedNo`, `Decided` and `Finished` are facts of committed entries. Every replica
//! tells them as it applies the entry, also once more after a restart, so no crash can swallow one. Raft's own facts
//! are not told: the family does not speak of logs, and the protocol `raft` is judged by itself. If replicas applied
//! different entries, they would tell contradictory facts.
//!
//! **What is left out.** Snapshots of the logs, and so the commands are kept, also those whose entry was cut; changes
//! of members, and leaders that hand over; groups of fewer nodes than all; lazy appends; reads without an entry in the
//! log: a transaction that only reads is committed like any other.

mod coordinator;
mod member;
mod site;
mod storage;

pub use member::Member;
pub(crate) use member::{check_config, liveness_bound};
pub(crate) use storage::backed;
pub use storage::{Command, Group, GroupChange, Groups};
