//! Linearizability (Herlihy & Wing, TOPLAS 1990): every operation seems to take effect at one moment between its call
//! and its return.
//!
//! The search is Wing & Gong's (1993) with Lowe's memory of what was tried (2017), as in Porcupine: walk through the
//! operations that may come next, undo what leads nowhere, never look twice at the same set of operations with the same
//! state. [`search`] says what is left out on top of that, and why it may be. Objects that are independent are judged
//! by themselves (locality, section 3.3 of the first paper), in turns ([`turns`]), so that one hard key does not hide
//! an illegal one.
//!
//! [`cell`], [`queue`] and [`lock`] are the objects, [`part`] is one of them with its operations, and [`translate`]
//! makes them of a history. [`evidence`] finds the operations to blame.

pub mod cell;
pub mod cell_values;
pub mod evidence;
pub mod lock;
pub mod model;
pub mod part;
pub mod queue;
pub mod search;
pub mod sequences;
pub mod translate;
pub mod turns;
