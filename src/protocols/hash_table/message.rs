//! The messages. All but the two about the ring itself carry the version of the ring that their sender goes by, and are
//! of no use to whoever goes by another.

use crate::node::RequestId;
use crate::parts::register::Register;
use crate::protocols::hash_table::RingView;
use crate::spec::replicated_store::{Partition, RingVersion};
use crate::spec::store::{Element, Key};
use std::sync::Arc;

/// What is kept of a key: what was written, or that it was deleted.
pub type Value = Option<Element>;

/// What nodes say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// To a random node: how alive everyone is, as far as the sender knows.
    Gossip {
        /// The sender's version.
        ring: RingVersion,
        /// By node: the highest heartbeat that was heard of.
        beats: Vec<u64>,
    },
    /// To a node that goes by a later version: asks for it.
    Behind {
        /// The sender's version.
        ring: RingVersion,
    },
    /// To a node that goes by an earlier version: the sender's.
    Ring(Arc<RingView>),
    /// Coordinator to owner: asks for its copy of a key.
    Read {
        /// On whose behalf.
        request: RequestId,
        /// The version.
        ring: RingVersion,
        /// Which key.
        key: Key,
    },
    /// Owner to coordinator: its copy.
    ReadReply {
        /// On whose behalf.
        request: RequestId,
        /// The version.
        ring: RingVersion,
        /// Which key.
        key: Key,
        /// What the owner has of it.
        copy: Register<Value>,
    },
    /// Coordinator to owner: to be merged into its copy.
    Write {
        /// On whose behalf.
        request: RequestId,
        /// The version.
        ring: RingVersion,
        /// Which key.
        key: Key,
        /// What to take in.
        copy: Register<Value>,
    },
    /// Owner to coordinator: it is on disk.
    Written {
        /// On whose behalf.
        request: RequestId,
        /// The version.
        ring: RingVersion,
        /// Which key.
        key: Key,
        /// The writes that it was sent.
        writes: Vec<RequestId>,
    },
    /// Coordinator to an owner that was found behind: what it lacks.
    Repair {
        /// The version.
        ring: RingVersion,
        /// Which key.
        key: Key,
        /// What to take in.
        copy: Register<Value>,
    },
    /// New owner to old owner: asks for what it has of these partitions.
    Pull {
        /// The version in which they move.
        ring: RingVersion,
        /// Which partitions.
        partitions: Vec<Partition>,
    },
    /// Old owner to new owner: all that it has of them.
    Transfer {
        /// The version in which they move.
        ring: RingVersion,
        /// Which partitions.
        partitions: Vec<Partition>,
        /// The copies of all their keys.
        copies: Vec<(Key, Register<Value>)>,
    },
    /// New owner to master: it has all that it gains.
    Complete {
        /// In which version.
        ring: RingVersion,
    },
    /// Owner to owner: what it has of all that both keep.
    Digest {
        /// The version.
        ring: RingVersion,
        /// Of each key a hash of the copy.
        hashes: Vec<(Key, u64)>,
    },
    /// Owner to owner: copies that differ.
    Sync {
        /// The version.
        ring: RingVersion,
        /// What to take in.
        copies: Vec<(Key, Register<Value>)>,
        /// Of which keys the sender wants the receiver's copy.
        wants: Vec<Key>,
    },
}
