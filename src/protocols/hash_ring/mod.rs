//! A hash ring: nodes that come and go share out keys, and every node can say who keeps which.
//!
//! **The problem.** Which of the members keeps a key? Every node must be able to tell by itself, without asking a
//! directory; members that come and go must move few keys; and load must be even. Nodes hear of membership changes one
//! after the other, so that their views differ for a while: an answer names the view that it was found in, and is right
//! for that view.
//!
//! **The papers.** David Karger et al., *Consistent Hashing and Random Trees* (STOC 1997), sections 3 and 4: rings,
//! and views that differ. Giuseppe DeCandia et al., *Dynamo* (SOSP 2007): virtual nodes (4.2), preference lists (4.3),
//! membership by an administrator and gossip (4.8.1). Other placements behind the same interface, by
//! `config.placement`: John Lamping and Eric Veach, *A Fast, Minimal Memory, Consistent Hash Algorithm* (2014); David
//! Thaler and Chinya Ravishankar, *Using Name-Based Mappings to Increase Hit Rates* (1998); Vahab Mirrokni, Mikkel
//! Thorup and Morteza Zadimoghaddam, *Consistent Hashing with Bounded Loads* (SODA 2018); and the plain modulo. The
//! placements themselves are pure, and stand in [`parts::placement`](crate::parts::placement).
//!
//! **Who talks to whom.**
//!
//! - A client asks any node for the nodes that keep a key, or for the owners of all keys (a survey). The node answers
//!   at once, from its own view.
//! - An administrator asks any node to let a node join or leave. "The node that serves the request writes the
//!   membership change and its time of issue to persistent store" (Dynamo, 4.8.1); in place of the time stands a
//!   number, the *incarnation*, that grows with each change of a node, as in SWIM (Das, Gupta & Motivala 2002, 4.2).
//! - Gossip: each `gossip` interval a node sends its view to another ([`Push`](Message::Push)), which answers with its
//!   own where that knows more ([`Pull`](Message::Pull)). It takes all others in turn, in an order drawn anew each
//!   round (SWIM, 4.3), so that any two nodes have met after two rounds.
//! - With `evict_after` views carry heartbeats (van Renesse, Minsky & Hayden 1998): counters that only their owner
//!   raises. Whoever has not seen a member's counter rise for that long takes it for dead and orders that it is out. If
//!   it lives it hears so, and orders that it is back. Without `evict_after` a crash is no change of membership, as in
//!   Dynamo.
//!
//! **What is durable** ([`Disk`]): the view, each change before anybody is told of it; with `evict_after` also how
//! often the node has started, so that its heartbeats go on rising. Volatile are the placement made from the view,
//! heartbeats, and whose turn it is.
//!
//! **Views converge.** A view is the last change of each node, and of two changes of one node the later prevails,
//! everywhere the same. So views only grow, and they are equal once all have met all: within two rounds.
//!
//! **Files.** `lookup` answers clients, `membership` orders and notes changes, `gossip` spreads them, `detector` finds
//! the dead; `state` has configuration and disk, `message` the messages, `node` the dispatch; `bugs` lists the planted
//! mistakes, `mistakes` has what they do; `waits` tells people why nothing happens.
//!
//! **What is left out.** The keys themselves: what lies under them is stored and moved by others. A client's own copy
//! of the ring. Tokens that are drawn and kept on disk (Dynamo's first strategy, 6.2): here they follow from the name.

mod bugs;
mod detector;
mod gossip;
mod lookup;
mod membership;
mod message;
mod mistakes;
mod node;
mod state;
mod waits;

pub use bugs::Bug;
pub use message::{Beat, Message};
pub use state::{Change, Config, Disk, HashRing, Look, Timer};
