//! Raft: a replicated log with a strong leader.
//!
//! **The problem.** A cluster of n nodes agrees on a growing log of commands and applies it to a store, so that it
//! serves clients as one node would, as long as a majority of n is up and can talk.
//!
//! **The paper.** Diego Ongaro and John Ousterhout, *In Search of an Understandable Consensus Algorithm (Extended
//! Version)*, 2014; figure 2 is the heart of it on one page. What goes beyond follows Ongaro's thesis (*Consensus:
//! Bridging Theory and Practice*, 2014). Where this text names only a section, it is the paper's.
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
//!   [`AppendResponse`](Message::AppendResponse) (5.3); to one that lags behind what the log still holds it sends
//!   [`InstallSnapshot`](Message::InstallSnapshot) (7).
//!
//! `AppendEntries` without entries is the heartbeat. A leader sends it to everyone every `heartbeat`, which must be
//! well below the election timeout; a follower that hears nothing for an election timeout becomes a candidate. The
//! timeout is drawn anew each time, or split votes would repeat (5.2).
//!
//! **What is durable** ([`Disk`]): the current term, the vote of that term, the log, and the snapshot that stands for
//! its beginning. All of it is written before the message that depends on it leaves;
//! [`Node::backed`](crate::node::Node::backed) says for each message what that is. Everything else is volatile: the
//! role, the commit index, what the store has applied. A restarted node goes on from its snapshot, learns the commit
//! index from its leader and applies its log again.
//!
//! **Files, by phase of the paper.** `election` (5.2, 5.4.1), `replication` (5.3), `commit` (5.4.2, and applying),
//! `membership` (6), `compaction` (7), `client` (8, and the thesis' 6.3), `reads` (thesis, 6.4), `disruption` (thesis,
//! 4.2.3, 6.2 and 9.6), `transfer` (thesis, 3.10); `message`, `disk` and `state` are figure 2's tables, `config` says
//! what is on; `node` is the dispatch; `waits` tells people why nothing happens; `bugs` names the mistakes that can be
//! switched on.
//!
//! **Always on, beyond figure 2.**
//! - A new leader appends a no-op (section 8): entries of earlier terms cannot be committed by counting (5.4.2), and
//!   without a request in its own term they would wait for ever.
//! - A refused `AppendEntries` says where the follower's log ends, so that the leader does not walk back over a gap one
//!   entry at a time.
//! - A message carries at most `batch` entries; a follower that lags behind is sent the next batch as soon as it has
//!   acknowledged one. A request is passed on at once, without waiting for the answer to the one before (pipelining),
//!   up to `max_inflight`.
//!
//! **On where [`Config`] says so.**
//!
//! | key | what | where it stands |
//! |---|---|---|
//! | `pre_vote` | whoever would campaign asks first whether it would win | thesis, 9.6 |
//! | `check_quorum` | a leader that nobody answers steps down; who hears one ignores candidates | thesis, 6.2, 4.2.3 |
//! | `fast_backtracking` | a refusal names the term that is in the way, and where it begins | the end of 5.3 |
//! | `lazy_append` | a leader passes entries on before its own disk has them | thesis, 10.2.1 |
//! | `snapshot_every` | snapshots in place of logs | 7; thesis, 5 |
//! | `reads` | `read-index` or `lease` in place of the log | thesis, 6.4 |
//! | `voters`, `membership` | joint consensus with learners, or one server at a time | 6; thesis, 4 |
//! | `transfer` | leaders hand their leadership over | thesis, 3.10 |
//!
//! **What is left out.** Snapshots in chunks (7): they go in one piece. Reads answered by followers (thesis, 6.4): they
//! send clients to the leader. Nobody outside asks for a change of members or of the leader: whoever leads decides on
//! that by itself, from time to time, from what the configuration lists.

mod bugs;
mod client;
mod commit;
mod compaction;
mod config;
mod disk;
mod disruption;
mod election;
mod membership;
mod message;
mod node;
mod reads;
mod replication;
mod state;
mod transfer;
mod waits;

pub use bugs::Bug;
pub use config::{Config, Reads};
pub use disk::{Change, Disk};
pub use message::Message;
pub use state::{Extras, Progress, Raft, Role, Timer, View};
