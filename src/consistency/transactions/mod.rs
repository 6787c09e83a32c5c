//! Transactions: serializability, snapshot isolation and weaker models, by search for cycles.
//!
//! **The problem.** Clients ran transactions of reads and writes over many keys. Is what they saw possible under a
//! given isolation level? Tested by trying all orders that is NP-complete (Papadimitriou 1979). Kingsbury & Alvaro,
//! "Elle: Inferring Isolation Anomalies from Experimental Observations" (VLDB 2020), make the histories so that the
//! order of versions shows in the reads; then Adya's dependencies between transactions ("Weak Consistency", 1999) can
//! be drawn, and every cycle of them is an anomaly with a name.
//!
//! **What is read.** Lists that transactions append to (`[:append k v]`, `[:r k [..]]`) and registers (`[:w k v]`,
//! `[:r k v]`); every value is written to a key once. A transaction is committed, aborted, or of unknown outcome; of
//! the last kind those count as committed that a committed transaction has seen, and what they read themselves counts
//! for nothing.
//!
//! **The steps.** `read` takes transactions from a history of any format, `history` holds them; `index` who
//! wrote and read what. `inside` looks at each transaction and read by itself. `lists` takes the order of
//! versions from the longest read, of which all others must be a prefix; `registers` finds what little can be told
//! of theirs. `dependencies` draws the graph, with the order of each process and real time; `cycles` finds its
//! cycles, `explain` puts them into sentences, `model` says which model forbids which. [`judge()`] gives the
//! verdict; `proof` shows that a model holds where the order of versions must be guessed. All of it takes time near
//! linear in the history.
//!
//! **What is not detected.** Registers hide the order of their versions: a cycle through writes that nobody read may go
//! unseen, and the verdict is *undecided* unless a guessed order proves that there is none. Writes over writes among
//! registers (G0) show only if the caller vouches for each register ([`Assume`]). A key to which two transactions wrote
//! the same value is left out. Predicates there are none. Reads of transactions that did not commit are not looked at.
//! A read that contradicts its own transaction is evidence of what it shows of others, and of no order of versions.

mod anomaly;
mod cycles;
mod dependencies;
mod explain;
mod finding;
mod graph;
mod history;
mod index;
mod inside;
mod judge;
mod lists;
mod model;
mod orders;
mod pairs;
mod proof;
mod read;
mod registers;
mod replay;
mod search;

pub use anomaly::{Anomaly, Kind, SCOPES, Scope};
pub use finding::Finding;
pub use history::{Builder, Ending, History, Seen, Shape, Span, Step};
pub use judge::{Report, Standing, judge};
pub use model::{MODELS, Model};
pub use orders::Assume;
pub use read::{is_transactional, transactions};
