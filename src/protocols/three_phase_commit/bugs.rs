//! Mistakes that implementers made or could make. Each is one line of the protocol.

use crate::node::PlantedBug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// H2: a site that has recovered takes part in termination, with the state in which it crashed.
    RecoveredTakesPart,
    /// H3: every site that waits in vain takes over, without an election.
    EveryoneTakesOver,
    /// H4: termination aborts what is committable.
    CommittableAborts,
    /// H5: the coordinator says that all have voted yes before that is on its disk.
    PrecommitSentFirst,
    /// H6: the coordinator commits once a majority of the sites is committable.
    MajorityCommittable,
}

/// A row of the table.
const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// The table that `list bugs` prints.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "recovered-takes-part",
        "H2: a site that has recovered takes part in termination, uncertain as it was when it crashed",
        "agreement",
        "Bernstein, Hadzilacos & Goodman 1987, section 7.5: recovered processes must not participate in termination",
    ),
    bug(
        "everyone-takes-over",
        "H3: each site that waits in vain takes over, so that several decide by what each has heard",
        "agreement",
        "Bernstein, Hadzilacos & Goodman 1987, section 7.5: the election protocol",
    ),
    bug(
        "committable-aborts",
        "H4: termination aborts though a site is committable, when the coordinator may have committed",
        "agreement",
        "Skeen 1981; Bernstein, Hadzilacos & Goodman 1987, section 7.5: termination rule TR4",
    ),
    bug(
        "precommit-sent-first",
        "H5: the coordinator says that all have voted yes before its disk does, and presumes an abort after a crash",
        "durable-before-send",
        "Skeen & Stonebraker 1983: a transition is logged before its messages are sent",
    ),
    bug(
        "majority-committable",
        "H6: the coordinator commits once a majority of the sites is committable, without termination by quorums",
        "no-commit-while-uncertain",
        "Skeen 1982: a quorum to commit needs a quorum to abort that meets it",
    ),
];
