//! What happens at nodes, and the table of what must hold.

use crate::node::{Family, NodeId, RequestId, Stream};
use crate::spec::history::{Event, History};
use crate::spec::judged::{FactShape, Invariant, Judged, Leadership, Moments, Promise, fact};
use crate::spec::replicated_store::load::{OPERATIONS, parse_op};
use crate::spec::replicated_store::{Partition, Requests, RingVersion, StoreLedger, Table};
use crate::spec::store::{Key, Op, Reply};
use serde::Serialize;

/// Something that happened at a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum StoreFact {
    /// The node has started, and says how its cluster is set up. Told by hand, at each start.
    Configured {
        /// How many nodes keep a key.
        copies: u32,
        /// How many of them a read asks.
        reads: u32,
        /// How many of them must have a write before it is done.
        writes: u32,
        /// The node that decides on versions of the ring.
        master: NodeId,
    },
    /// The node goes by this version of the ring from now on, durably.
    Adopted {
        /// Which version.
        ring: RingVersion,
        /// Who owns what in it.
        table: Table,
    },
    /// The node has answered for a key, under a version of the ring. Told by hand.
    Served {
        /// Which key.
        key: Key,
        /// Its partition.
        partition: Partition,
        /// Under which version.
        ring: RingVersion,
    },
    /// The node keeps, durably, a copy of a key. It replaces what the node kept of the key before.
    Stored {
        /// Which key.
        key: Key,
        /// Its partition.
        partition: Partition,
        /// The writes that are in the copy: of each client the last.
        writes: Vec<RequestId>,
    },
    /// The node has its part of every partition that it gains in this version of the ring, durably.
    Transferred {
        /// In which version.
        ring: RingVersion,
    },
    /// The node has dropped its copy of a key, durably.
    Dropped {
        /// Which key.
        key: Key,
        /// Its partition.
        partition: Partition,
    },
    /// The node takes another one for dead, or for alive again. Told by hand, by the node that decides on the ring.
    Suspected {
        /// Whom.
        node: NodeId,
        /// Whether it takes it for dead.
        dead: bool,
    },
    /// A write is about to be acknowledged to its client. Told by hand.
    Acknowledged {
        /// Which client, and which of its requests.
        request: RequestId,
        /// Which key it writes.
        key: Key,
    },
}

/// The family of replicated stores.
#[derive(Clone, Copy, Debug)]
pub struct ReplicatedStore;

impl Family for ReplicatedStore {
    type Op = Op;
    type Reply = Reply;
    type Fact = StoreFact;
}

/// Places in [`Judged::INVARIANTS`].
pub(super) mod place {
    pub const ONE_TABLE_PER_VERSION: usize = 0;
    pub const VERSION_MONOTONE: usize = 1;
    pub const DISTINCT_OWNERS: usize = 2;
    pub const OWNERS_SERVE: usize = 3;
    pub const VALIDITY: usize = 4;
    pub const ACKNOWLEDGED_IS_DURABLE: usize = 5;
    pub const HANDED_OVER_WHOLE: usize = 6;
    pub const NO_LOST_KEY: usize = 7;
}

const fn invariant(name: &'static str, meaning: &'static str, source: &'static str) -> Invariant {
    Invariant { name, meaning, source }
}

impl Judged for ReplicatedStore {
    const NAME: &'static str = "replicated-store";
    const ABOUT: &'static str = "keys lie on several nodes, which change, and no acknowledged write is lost";
    const INVARIANTS: &'static [Invariant] = &[
        invariant(
            "one-table-per-version",
            "a version of the ring says the same at every node",
            "Lynch & Shvartsman 2002 (RAMBO), section 4: one configuration for each index",
        ),
        invariant(
            "version-monotone",
            "a node never goes back to an earlier version of the ring, restarts included",
            "Lamport, Malkhi & Zhou 2009 (Vertical Paxos), section 3",
        ),
        invariant(
            "distinct-owners",
            "a partition has as many different owners as a key has copies, and so it will when it has moved",
            "DeCandia et al. 2007 (Dynamo), section 4.3: a preference list of distinct physical nodes",
        ),
        invariant(
            "owners-serve",
            "a node answers for a key only under the version of the ring it goes by, and only if it owns the key there",
            "DeCandia et al. 2007 (Dynamo), section 4.2; Lynch & Shvartsman 2002 (RAMBO), section 6",
        ),
        invariant(
            "validity",
            "a copy holds only what clients asked to be written to its key",
            "Lamport 1986, part II, section 2: a read returns a value that was written",
        ),
        invariant(
            "acknowledged-is-durable",
            "when a write is acknowledged, as many owners hold it on disk as the configuration says",
            "DeCandia et al. 2007 (Dynamo), section 4.5: W is the minimum number of nodes of a successful write",
        ),
        invariant(
            "handed-over-whole",
            "when a partition changes hands, as many new owners hold each acknowledged write as the configuration says",
            "Lamport, Malkhi & Zhou 2009 (Vertical Paxos), section 4: state is transferred before activation",
        ),
        invariant(
            "no-lost-key",
            "when a node drops a copy, as many owners as the configuration says hold each acknowledged write to it",
            "DeCandia et al. 2007 (Dynamo), section 4.9: transferred and confirmed, then removed",
        ),
    ];
    const FACTS: &'static [FactShape] = &[
        fact("Configured", &["copies", "reads", "writes", "master"]),
        fact("Adopted", &["ring", "table"]),
        fact("Served", &["key", "partition", "ring"]),
        fact("Stored", &["key", "partition", "writes"]),
        fact("Transferred", &["ring"]),
        fact("Dropped", &["key", "partition"]),
        fact("Suspected", &["node", "dead"]),
        fact("Acknowledged", &["request", "key"]),
    ];
    const OPERATIONS: &'static [&'static str] = OPERATIONS;
    const HAS_LEADERS: bool = false;
    const MOMENTS: Moments = Moments { append: Some("Stored"), promise: Some("Transferred"), lead: None };
    const PROMISE: Option<Promise> = Some(Promise::Regular);
    const BEYOND: &'static [Promise] = &[Promise::Linearizable];

    type Ledger = StoreLedger;
    type Generator = Requests;

    fn fact_kind(fact: &StoreFact) -> usize {
        match fact {
            StoreFact::Configured { .. } => 0,
            StoreFact::Adopted { .. } => 1,
            StoreFact::Served { .. } => 2,
            StoreFact::Stored { .. } => 3,
            StoreFact::Transferred { .. } => 4,
            StoreFact::Dropped { .. } => 5,
            StoreFact::Suspected { .. } => 6,
            StoreFact::Acknowledged { .. } => 7,
        }
    }

    fn presupposable(fact: &StoreFact) -> bool {
        matches!(fact, StoreFact::Transferred { .. })
    }

    fn leads(_: &StoreFact) -> Option<Leadership> {
        None
    }

    fn core(ledger: &StoreLedger, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        ledger.core(nodes, lost, draws)
    }

    fn on_a_store(history: &History<Self>) -> Option<&[Event<Op, Reply>]> {
        Some(history)
    }

    fn reads_only(op: &Op) -> bool {
        matches!(op, Op::Get(_))
    }

    fn parse_op(text: &str) -> Result<Op, String> {
        parse_op(text)
    }
}
