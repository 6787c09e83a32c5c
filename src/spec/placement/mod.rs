//! Placement: which member of a cluster keeps which key, while members come and go and views of them lag.
//!
//! Every node has a *view*: who the members are, as far as it has heard. Views are named by all membership changes that
//! they know of ([`View`]), so that two with the same name are the same. A node answers from its own view and says
//! which one that is. It may be behind others, but the answer must be right for the view that it names.
//!
//! **Where the predicates stand.** David Karger et al., *Consistent Hashing and Random Trees* (STOC 1997), section 4:
//! balance, and *monotonicity*: when members are added, "an item may move from an old bucket to a new bucket, but not
//! from one old bucket to another". Giuseppe DeCandia et al., *Dynamo* (SOSP 2007): preference lists of distinct
//! physical nodes (4.3), membership (4.8.1). John Lamping and Eric Veach, *A Fast, Minimal Memory, Consistent Hash
//! Algorithm* (2014): buckets come and go at the end only. David Thaler and Chinya Ravishankar, *Using Name-Based
//! Mappings to Increase Hit Rates* (1998): rendezvous. Vahab Mirrokni, Mikkel Thorup and Morteza Zadimoghaddam,
//! *Consistent Hashing with Bounded Loads* (SODA 2018): the bound.
//!
//! **How they are judged.** The ledger folds each node's view from durable records, and holds every answer against an
//! oracle that scans all points and shares no code with what the protocols use. What the oracle could have wrong too,
//! the other checks see by themselves: the same members must be answered alike by all nodes, and between two sets of
//! members that differ by one node no key may move but to or from that node.

mod answers;
mod balance;
mod census;
mod facts;
mod ledger;
mod load;
mod oracle;
mod views;
mod words;

pub use census::{Census, censuses};
pub use facts::{Placement, PlacementFact};
pub use ledger::PlacementLedger;
pub use load::Lookups;
pub use words::{Answer, Op, Rules, Said, Scheme, Standing, Status, View};
