//! Consensus: nodes agree on one value for each decree, and never change their minds.
//!
//! A *decree* is one instance of the problem. It stands for itself: nothing orders decrees, and none waits for another.
//! A run has many of them, so that faults meet each phase of the protocol again and again.
//!
//! **Where the predicates stand.** Leslie Lamport, *Paxos Made Simple* (2001), section 2.1 (agreement, validity) and
//! P1, P2 of section 2.2; his `Voting.tla` and `Paxos.tla` (`OneVote`, `OneValuePerBallot`, `ShowsSafeAt`); Cachin,
//! Guerraoui & Rodrigues, *Introduction to Reliable and Secure Distributed Programming* (2011), section 5.1
//! (integrity, termination). Quorums may differ between the phases: Howard, Malkhi & Spiegelman, *Flexible Paxos*
//! (2016).
//!
//! **How they are judged.** Each node says at its start which roles it has and how large the quorums are meant to be.
//! From then on the ledger counts for itself: it folds promises and votes from durable records, knows what is chosen
//! without asking a node, and holds every vote against all promises and votes before it. *votes-safe* accuses the
//! first vote that could lead to two chosen values, long before there are two.

mod decree;
mod facts;
mod ledger;
mod load;
mod words;

pub(crate) use decree::Progress;
pub use facts::{Consensus, ConsensusFact};
pub use ledger::ConsensusLedger;
pub(crate) use ledger::Rules;
pub use load::Proposals;
pub use words::{Ballot, Decided, Decree, Op, Value, Vote};
