//! What is going to happen in a timed run.

use crate::engine::doom::Doom;
use crate::engine::plan::{Remains, Window};
use crate::node::{ClientId, Node, NodeId, Op, Outcome, Reply, RequestId};

/// What is going to happen.
pub(in crate::engine) enum Event<N: Node> {
    Deliver {
        from: NodeId,
        to: NodeId,
        number: u64,
        message: N::Message,
    },
    Timer {
        node: NodeId,
        timer: N::Timer,
    },
    Synced {
        node: NodeId,
        upto: u64,
        boot: u32,
    },
    /// A client's attempt arrives at a node.
    Request {
        node: NodeId,
        request: RequestId,
        op: Op<N>,
    },
    /// An answer arrives at its client.
    Answer {
        from: NodeId,
        request: RequestId,
        outcome: Outcome<Reply<N>>,
    },
    /// A client's alarm goes off: its attempt has not been answered in time, or the alarm was set again.
    Alarm {
        client: ClientId,
    },
    /// A client asks again, after a refusal.
    Wake {
        request: RequestId,
        attempt: u32,
    },
    /// A client begins its next operation.
    Begin {
        client: ClientId,
    },
    /// The next fault of those that were planned ahead starts, by its place in the plan.
    Ahead {
        planned: usize,
    },
    /// A planned fault starts.
    Fault {
        planned: usize,
    },
    /// A node of a swizzle goes or comes back.
    Swizzle {
        planned: usize,
        node: NodeId,
        gone: bool,
    },
    /// A clock that jumps to and fro does so once more.
    Strobe {
        planned: usize,
    },
    /// A fault ends.
    End {
        planned: usize,
    },
    /// A node that was paused, or is slow, looks at what waits for it.
    Look {
        node: NodeId,
    },
    /// A node starts again.
    Restart {
        node: NodeId,
        boot: u32,
        /// What it was hit by, where it will be again. Rare and large.
        blow: Option<Box<Blow>>,
    },
}

/// A crash that a node is in for, or was hit by.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Blow {
    /// The occurrence.
    pub by: usize,
    pub length: Window,
    pub inside: Option<Doom>,
    /// Once more, inside the recovery.
    pub again: Option<Doom>,
    pub remains: Remains,
}
