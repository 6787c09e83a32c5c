//! The messages: gossip, one way and back.

use crate::node::NodeId;
use crate::spec::placement::View;
use std::collections::BTreeMap;

/// A heartbeat: how often its owner has started, and how often it has gossiped since. Both only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Beat {
    /// How often it has started.
    pub generation: u64,
    /// How often it has gossiped since.
    pub count: u64,
}

/// What nodes say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// To the node whose turn it is: what the sender knows.
    Push {
        /// Its view.
        view: View,
        /// The latest heartbeats that it knows of, its own among them; none where nobody is evicted.
        beats: BTreeMap<NodeId, Beat>,
    },
    /// Back: what the receiver of a push knows besides.
    Pull {
        /// Its view.
        view: View,
        /// As in a push.
        beats: BTreeMap<NodeId, Beat>,
    },
}

impl Message {
    /// What it tells, whichever way.
    pub(super) fn tells(&self) -> (&View, &BTreeMap<NodeId, Beat>) {
        match self {
            Message::Push { view, beats } | Message::Pull { view, beats } => (view, beats),
        }
    }
}
