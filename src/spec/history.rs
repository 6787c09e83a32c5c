//! What clients saw: invocations and completions, in simulated time.

use crate::node::{Family, Nanos, RequestId};
use serde::Serialize;

/// How an operation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage<R> {
    /// The client has asked.
    Invoke,
    /// It happened, and this is the answer.
    Ok(R),
    /// It did not happen: every attempt was refused.
    Fail,
    /// It may have happened, or may yet. The process that asked is retired.
    Info,
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event<O, R> {
    /// When.
    #[serde(rename = "time_ns")]
    pub time: Nanos,
    /// Who: a client that never learnt an outcome goes on under a new number.
    pub process: u32,
    /// Which operation, retries included.
    pub request: RequestId,
    /// What was asked.
    pub op: O,
    /// How it stands now.
    pub stage: Stage<R>,
}

/// All that the clients of a run saw, in order of time.
pub type History<F> = Vec<Event<<F as Family>::Op, <F as Family>::Reply>>;
