//! What the whole cluster is told: timeouts, and which parts of the protocol beyond figure 2 are on.

use crate::node::{Nanos, NodeId, Span};
use crate::parts::membership::{Membership, Wrong, check_members, first_members};
use crate::protocols::raft::Bug;
use crate::spec::replicated_log::Configuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A follower that hears from no leader for so long becomes a candidate. Drawn anew each time (5.2).
    pub election_timeout: Span,
    /// How often a leader is heard of.
    pub heartbeat: Nanos,
    /// The most entries that one `AppendEntries` carries.
    pub batch: u32,
    /// How many `AppendEntries` with entries a leader has on their way to a follower at a time, until the next
    /// heartbeat. With 1, what comes meanwhile waits, and goes in one batch (thesis, 10.2.2). Without: every request
    /// is passed on at once.
    pub max_inflight: Option<u32>,
    /// Whoever would campaign asks first whether it would win, and enters no new term before (thesis, 9.6).
    pub pre_vote: bool,
    /// A leader that a majority has not answered for an election timeout steps down (thesis, 6.2); and whoever has
    /// heard of a leader within the shortest one takes no notice of candidates (thesis, 4.2.3).
    pub check_quorum: bool,
    /// A refused `AppendEntries` says which term is in the way and where it begins (the end of 5.3).
    pub fast_backtracking: bool,
    /// A leader sends new entries on before they are on its own disk, and counts itself when they are (thesis, 10.2.1).
    pub lazy_append: bool,
    /// After so many applied entries a node puts a snapshot in place of its log (7). Without: never.
    pub snapshot_every: Option<u64>,
    /// How reads are answered.
    pub reads: Reads,
    /// By how many parts per million a clock may run too fast or too slow: a lease is shorter by so much.
    pub clock_drift: u32,
    /// Who belongs to the cluster at first; all nodes, where it is left out. The others wait to be taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voters: Option<Vec<NodeId>>,
    /// Who changes the cluster's members, and into what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub membership: Option<Membership>,
    /// After such a time each a leader hands its leadership over (thesis, 3.10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Span>,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

/// How reads are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// They go through the log like writes (8).
    Log,
    /// The leader answers from its store, once a majority has confirmed that it leads (thesis, 6.4).
    ReadIndex,
    /// The leader answers from its store at once, while it holds a lease; else as with `read-index` (thesis, 6.4.1).
    Lease,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            election_timeout: Span::new(Nanos::from_millis(150), Nanos::from_millis(300)),
            heartbeat: Nanos::from_millis(50),
            batch: 64,
            max_inflight: None,
            pre_vote: false,
            check_quorum: false,
            fast_backtracking: false,
            lazy_append: false,
            snapshot_every: None,
            reads: Reads::Log,
            clock_drift: 0,
            voters: None,
            membership: None,
            transfer: None,
            bugs: Vec::new(),
        }
    }
}

impl Config {
    /// Whether the mistake is to be made.
    #[inline]
    pub fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    /// Whether followers remember for a while that they have heard of a leader.
    pub(super) fn remembers_leaders(&self) -> bool {
        self.pre_vote || self.check_quorum
    }

    /// The first configuration, where it stands in the log; none where all nodes are members for ever.
    pub(super) fn first_members(&self, nodes: u32) -> Option<Configuration> {
        first_members(self.voters.as_deref(), self.membership.as_ref(), nodes)
    }

    /// How long a lease lasts by the leader's clock. Voters take no notice of candidates for the shortest election
    /// timeout by theirs: if their clocks are fast and the leader's is slow, the lease must still be the shorter one.
    pub(super) fn lease(&self) -> Nanos {
        const MILLION: u128 = 1_000_000;
        let timeout = u128::from(self.election_timeout.min.0);
        let drift = u128::from(self.clock_drift).min(MILLION);
        let mut lease = timeout * (MILLION - drift) / (MILLION + drift);
        if self.has(Bug::LeaseIgnoresDrift) {
            lease = timeout;
        }
        Nanos(lease as u64)
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
            return Err(("batch", "0 entries would never be replicated: at least 1 is needed".to_owned()));
        }
        if self.max_inflight == Some(0) {
            return Err(("max_inflight", "0 messages would never carry an entry: at least 1 is needed".to_owned()));
        }
        if self.snapshot_every == Some(0) {
            return Err(("snapshot_every", "0 entries are nothing to put a snapshot in place of".to_owned()));
        }
        if self.reads == Reads::Lease && !self.check_quorum {
            let why = "a lease needs `check_quorum`: without it, voters do not keep to it";
            return Err(("reads", why.to_owned()));
        }
        if self.transfer.is_some_and(|every| every.min == Nanos::ZERO) {
            return Err(("transfer", "0s would never let time pass: it must be longer".to_owned()));
        }
        check_members(self.voters.as_deref(), self.membership.as_ref(), nodes)
    }
}
