//! Mistakes that implementers made or could make. Each is one line of the protocol.

use crate::node::PlantedBug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// T1: a site in doubt aborts once it has waited long enough.
    AbortsInDoubt,
    /// T2: the coordinator commits on a majority of yes votes.
    MajorityCommits,
    /// T3: the decision is sent before it is logged.
    DecisionSentFirst,
    /// T4: a vote is sent before what it promises is logged.
    VoteSentFirst,
    /// T5: what is in doubt does not lock its keys anew after a restart.
    LocksNotRestored,
    /// T6: the coordinator forgets a commit after the first acknowledgement.
    ForgetsAfterOneAck,
    /// T7: a vote in an earlier attempt is counted in the present one.
    VotesOfEarlierAttempts,
}

/// A row of the table.
const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// The table that `list bugs` prints.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "aborts-in-doubt",
        "T1: a site that is in doubt aborts by itself once it has waited long enough",
        "agreement",
        "the heuristic outcomes of XA (X/Open 1991); Bernstein, Hadzilacos & Goodman 1987, section 7.4",
    ),
    bug(
        "majority-commits",
        "T2: the coordinator commits on a majority of yes votes, as if this were consensus",
        "commit-validity",
        "Gray & Lamport 2006, section 2: a single no aborts",
    ),
    bug(
        "decision-sent-first",
        "T3: the coordinator sends its decision before it is on its disk",
        "durable-before-send",
        "Bernstein, Hadzilacos & Goodman 1987, section 7.4: the commit record is written before COMMIT is sent",
    ),
    bug(
        "vote-sent-first",
        "T4: a site votes yes before what it has prepared is on its disk",
        "durable-before-send",
        "Bernstein, Hadzilacos & Goodman 1987, section 7.4; Gray 1978: prepared is a promise that survives crashes",
    ),
    bug(
        "locks-not-restored",
        "T5: a site that restarts does not lock again what it has prepared and not decided",
        "in-doubt-holds-locks",
        "Mohan, Lindsay & Obermarck 1986: at restart what is in doubt acquires its locks again",
    ),
    bug(
        "forgets-after-one-ack",
        "T6: the coordinator forgets a commit after the first acknowledgement, and presumes an abort if it is asked",
        "forget-safe",
        "Mohan, Lindsay & Obermarck 1986, section 3: it forgets once all subordinates have acknowledged",
    ),
    bug(
        "votes-of-earlier-attempts",
        "T7: a yes vote that a site gave in an earlier attempt of a request is counted in the present one",
        "commit-validity",
        "DSLabs, lab 4: tell the votes of different attempts apart",
    ),
];
