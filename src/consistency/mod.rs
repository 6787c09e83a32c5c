//! Floor 2: histories judged. What clients saw is the judge that no protocol can fool.
//!
//! A history is a list of events ([`history::Event`]): a process invokes an operation, and learns later that it
//! happened, that it did not, or nothing. [`format`](mod@format) reads the formats of Jepsen, Elle and our own;
//! [`history`] pairs the events into operations with a call, a return and the lines of both. Whatever wrote the
//! history, all checkers read [`history::Operation`]. [`linearizable`] is one of them; [`stores`] hands it what a run's
//! clients saw, and [`committed`] hands their transactions to [`transactions`].
//!
//! Every checker says one of three things: the model holds, it is violated (and how one sees it), or the checker gave
//! up.

pub mod committed;
pub mod format;
pub mod history;
pub mod linearizable;
pub mod regular;
pub mod stores;
pub mod transactions;
pub mod weak;
