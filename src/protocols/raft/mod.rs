//! Raft: a replicated log with a strong leader.
//!
//! **The problem.** A cluster of n nodes agrees on a growing log of commands and applies it to a store, so that it
//! serves clients as one node would, as long as a majority of n is up and can talk.
//!
//! **The paper.** Diego Ongaro and John Ousterhout, *In Search of an Understandable Consensus Algorithm (Extended
//! Version)*, 2014; figure 2 is the whole of it on one page. Sessions follow Ongaro's thesis (*Consensus: Bridging
//! Theory and Practice*, 2014), section 6.3. Where this text names only a section, it is the paper's.
//!
//! **Roles.** Every node is a follower, a candidate or a leader ([`Role`]). Time is cut into *terms*, each of which
//! has at most one leader; a node that meets a higher term adopts it and becomes a follower (5.1). That rule holds for
//! every message and stands once, in front of the dispatch.
//!
//! **Who talks to whom.**
//!
//! - A candidate sends [`RequestVote`](Message::RequestVote) to all, who answer with [`Vote`](Message::Vote) (5.2,
//!   5.4.1).
//! - A leader sends [`AppendEntries`](Message::AppendEntries) to each follower, which answers with
//!   [`AppendResponse`](Message::AppendResponse) (5.3).
//!
//! `AppendEntries` without entries is the heartbeat. A leader sends it to everyone every `heartbeat`, which must be
//! well below the election timeout; a follower that hears nothing for an election timeout becomes a candidate. The
//! timeout is drawn anew each time, or split votes would repeat (5.2).
//!
//! **What is durable** ([`Disk`]): the current term, the vote of that term, and the log. All of it is written before
//! the message that depends on it leaves; [`Node::backed`](crate::node::Node::backed) says for each message what that
//! is. Everything else is volatile: the role, the commit index, what the store has applied. A restarted node learns
//! the commit index from its leader and applies its log again from the start.
//!
//! **Files, by phase of the paper.** `election` (5.2, 5.4.1), `replication` (5.3), `commit` (5.4.2, and applying),
//! `client` (8, and the thesis' 6.3); `message` and `state` are figure 2's tables; `node` is the dispatch; `waits`
//! tells people why nothing happens.
//!
//! **Beyond figure 2.**
//! - A new leader appends a no-op (section 8): entries of earlier terms cannot be committed by counting (5.4.2), and
//!   without a request in its own term they would wait for ever.
//! - A refused `AppendEntries` says where the follower's log ends, so that the leader does not walk back over a gap one
//!   entry at a time (the end of 5.3 describes a finer form of this).
//! - A message carries at most `batch` entries; a follower that lags behind is sent the next batch as soon as it has
//!   acknowledged one.
//!
//! **What is left out.** Snapshots (7), membership changes (6), PreVote and check-quorum (thesis 9.6 and 6.2),
//! leadership transfer (thesis 3.10) and reads without the log (8): reads go through the log like writes.

mod client;
mod commit;
mod election;
mod message;
mod node;
mod replication;
mod state;
mod waits;

pub use message::Message;
pub use state::{Bug, Change, Config, Disk, Progress, Raft, Role, Timer, View};
