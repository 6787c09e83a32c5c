//! What the whole cluster is told.

use crate::node::{Nanos, NodeId, Span};
use crate::parts::membership::{Membership, Wrong, check_members, first_members};
use crate::protocols::multi_paxos::Bug;
use crate::spec::replicated_log::Configuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A node that hears from no leader for so long becomes a candidate. Drawn anew each time.
    pub election_timeout: Span,
    /// How often a leader is heard of.
    pub heartbeat: Nanos,
    /// The most slots that one message carries.
    pub batch: u32,
    /// After how many applied slots a snapshot takes their place. Without: never.
    pub snapshot_every: Option<u64>,
    /// How reads are answered.
    pub reads: Reads,
    /// So many slots ahead of what it knows chosen a leader proposes, and so many behind its own slot a change of the
    /// members is in force (Lamport's α). Without: 8 where the members may change, else no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<u32>,
    /// Who belongs to the cluster at first; all nodes, where it is left out. The others wait to be taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voters: Option<Vec<NodeId>>,
    /// Who changes the cluster's members, and into what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

/// How reads are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// Through the log, like writes.
    #[default]
    Log,
    /// From the leader's store, once a majority has confirmed that it leads.
    Quorum,
    /// From the leader's store, while it holds a lease. It counts on clocks that run about equally fast.
    Lease,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            election_timeout: Span::new(Nanos::from_millis(150), Nanos::from_millis(300)),
            heartbeat: Nanos::from_millis(50),
            batch: 64,
            snapshot_every: None,
            reads: Reads::Log,
            alpha: None,
            voters: None,
            membership: None,
            bugs: Vec::new(),
        }
    }
}

/// α, where the members may change and nothing else is said.
const ALPHA: u32 = 8;

impl Config {
    /// Whether the mistake is to be made.
    pub fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    /// The first configuration, where it stands in the log; none where all nodes are members for ever.
    pub(super) fn first_members(&self, nodes: u32) -> Option<Configuration> {
        first_members(self.voters.as_deref(), self.membership.as_ref(), nodes)
    }

    /// Lamport's α, where there is a limit.
    pub(super) fn window(&self) -> Option<u32> {
        let changes = self.voters.is_some() || self.membership.is_some();
        self.alpha.or(changes.then_some(ALPHA))
    }

    /// The α that a change of the members carries.
    pub(super) fn change_after(&self) -> u32 {
        self.window().unwrap_or(ALPHA)
    }

    /// Whether the configuration makes sense for a cluster of `nodes`.
    ///
    /// # Errors
    /// The key that is wrong, and a sentence: what was found and what is allowed.
    pub(super) fn check(&self, nodes: u32) -> Result<(), Wrong> {
        if self.heartbeat == Nanos::ZERO {
            return Err(("heartbeat", "0s would never let time pass: it must be longer".to_owned()));
        }
        if self.election_timeout.min <= self.heartbeat {
            let (timeout, heartbeat) = (self.election_timeout.min, self.heartbeat);
            let found = format!("{timeout} is not above the heartbeat of {heartbeat}: no leader would last");
            return Err(("election_timeout", found));
        }
        if self.batch == 0 {
            return Err(("batch", "0 slots would never be filled: at least 1 is needed".to_owned()));
        }
        if self.snapshot_every == Some(0) {
            return Err(("snapshot_every", "0 slots would be compacted for ever: at least 1 is needed".to_owned()));
        }
        if self.alpha == Some(0) {
            return Err(("alpha", "0 slots ahead no slot could be proposed: at least 1 is needed".to_owned()));
        }
        let changes = self.voters.is_some() || self.membership.is_some();
        if changes && self.reads != Reads::Log {
            let why = "where the members may change, reads go through the log: `log` is the only way";
            return Err(("reads", why.to_owned()));
        }
        check_members(self.voters.as_deref(), self.membership.as_ref(), nodes)
    }
}
