//! The consistency models below linearizability, for registers that are read and written.
//!
//! A history is what each process did, one operation after another, and what its reads returned ([`Registers`]). Each
//! checker here answers one of three things ([`Verdict`]): the model allows the history, it does not (and which
//! operations show it), or the checker cannot say.
//!
//! # What all of them share
//!
//! - **Every value is written once** (a *differentiated* history, Bouajjani et al. 2017), so a read tells which write
//!   it saw. Where a value that was read could come from two writes, the answer is *undecided*: which of the two it was
//!   would be a guess. Values that nobody read may repeat.
//! - **Failed operations** did not happen. A read that returns the value of a failed write has seen what never was.
//! - **Open reads** (of unknown outcome) saw nothing and are left out.
//! - **Open writes** may have happened or not. One whose value was read did. One that nobody read is left out, and that
//!   is exact: if a history is allowed with it, it is allowed without it, since no read returns its value and leaving
//!   out a write that is never read makes no read wrong; and without it is one of the two things that may have been.
//! - **A session** is one process. It asks one thing at a time; one that goes on after an open write that happened has
//!   no session order, and the models that need one answer *undecided*.
//!
//! # The checkers
//!
//! [`Model`] names the models with their meanings and sources, and says which implies which. An order of operations is
//! kept as edges and, for each operation, how far each session had come before it (`order`); `saturate` adds what every
//! explanation of the history must obey. On these stand causal consistency, causal convergence, causal memory and PRAM
//! (`causal`), the session guarantees (`sessions`) and the search for sequential consistency (`sequential`).
//! Linearizability and staleness in time are decided by zones (`staleness`), convergence by comparing the reads that
//! came after the last write (`eventual`). [`check`] judges one model, [`strongest()`] all of them.

mod causal;
mod eventual;
mod judge;
mod model;
mod order;
mod registers;
mod saturate;
mod sequential;
mod sessions;
mod staleness;
mod story;
mod translate;

pub use judge::{Budget, Judgement, Pattern, Verdict, Violation, check, strongest, strongest_of, survey};
pub use model::{Bound, Model};
pub use registers::{Action, Ending, Moment, Record, Registers};
pub use staleness::{smallest_delay, smallest_lag};
pub use translate::registers;
