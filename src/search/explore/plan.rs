//! What to search: the cluster, what may happen to it, and where to stop.

use crate::node::{Node, NodeId, Op, RequestId};
use crate::spec::judged::Judged;
use std::hash::Hash;

/// What exhaustive search asks on top of [`Node`]: that states can be copied, compared and hashed. All of it is
/// derived, never hand-written: a `Hash` that leaves out a field makes different states one. (Where that is noticed,
/// the search stops with a panic.)
pub trait Explorable: Node<Stable: Eq + Hash, Message: Eq, Family: Judged> + Clone + Eq + Hash {}

impl<N> Explorable for N where N: Node<Stable: Eq + Hash, Message: Eq, Family: Judged> + Clone + Eq + Hash {}

/// What becomes of a message once it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Messages {
    /// It stays for ever, and may be delivered at any time, any number of times: loss, duplication and reordering at
    /// once. Most papers assume this; it has fewer worlds than a bag, because sending again changes nothing.
    Set,
    /// It is delivered once at most, in any order. Loss is covered: a message need never be delivered. For protocols
    /// that rely on a transport without duplicates.
    Bag,
}

/// What to search. [`Search::new`] gives the plainest; set the fields that differ.
pub struct Search<N: Explorable> {
    /// How many nodes there are.
    pub nodes: u32,
    /// The cluster's configuration.
    pub config: N::Config,
    /// What becomes of messages.
    pub messages: Messages,
    /// How many crashes there may be, over all nodes. A crashed node may restart at any time, or never.
    pub crashes: u32,
    /// What clients ask, and of which node. Each is delivered at most once, at any time. A request id may stand here
    /// several times, for a client that asks again: since the first answer may be lost, every copy stays deliverable.
    pub requests: Vec<(NodeId, RequestId, Op<N>)>,
    /// The deepest worlds to look at. The first world is at depth 1, as in TLC.
    pub depth: u32,
    /// How many distinct worlds to look at, at most.
    pub states: usize,
    /// Which local states lie within the limit (`term <= 3`). A world with a node beyond it is judged, but nothing
    /// that follows from it is looked at.
    pub limit: fn(&N, &N::Stable) -> bool,
    /// The names of the invariants to leave out, the generic ones included.
    pub except: Vec<String>,
}

impl<N: Explorable> Search<N> {
    /// A cluster of `nodes` without crashes, requests or bounds, on a network that may do anything.
    pub fn new(nodes: u32, config: N::Config) -> Self {
        Search {
            nodes,
            config,
            messages: Messages::Set,
            crashes: 0,
            requests: Vec::new(),
            depth: u32::MAX,
            states: usize::MAX,
            limit: |_, _| true,
            except: Vec::new(),
        }
    }
}
