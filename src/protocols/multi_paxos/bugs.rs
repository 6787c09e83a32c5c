//! Mistakes that implementers made or could make. Each is one line of the protocol.

use crate::node::PlantedBug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// MP1: a new leader proposes nothing again of what was accepted, and starts behind its own commit index.
    NothingProposedAgain,
    /// MP2: a new leader skips gaps in place of filling them.
    GapsSkipped,
    /// MP3: a candidate takes slots that others have compacted for empty.
    CompactedTakenForEmpty,
    /// MP4: acceptances of any term count.
    StaleAcceptancesCounted,
    /// MP5: a leader answers reads from its store without making sure that it leads.
    ReadsLocally,
    /// MP6: of what is reported for a slot, the first report is taken over.
    FirstReportTaken,
    /// MP7: a node that restarts leads in its old term again.
    TermUsedAgain,
    /// MP8: a change of the members is in force in the next slot, not α slots behind its own.
    ChangeAtOnce,
    /// MP9: a leader proposes however far ahead of what it knows chosen.
    WindowIgnored,
    /// MP10: a leader fills slots of which phase 1 was answered by the members of other slots alone.
    NewMembersNotAsked,
}

/// A row of the table.
const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// The table that `list bugs` prints.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "nothing-proposed-again",
        "MP1: a new leader proposes nothing again of what was accepted, and fills slots from its own commit index on",
        "leader-completeness",
        "van Renesse & Altınbüken 2015, section 3.3 (the leader must adopt the pvalues of its scout)",
    ),
    bug(
        "gaps-skipped",
        "MP2: a new leader takes a slot in which nothing was reported for done, in place of filling it with a no-op",
        "commit-within-log",
        "Lamport 2001, section 3 (no-op commands fill the gap); DSLabs, test24LogsWithHoles",
    ),
    bug(
        "compacted-taken-for-empty",
        "MP3: a candidate that lags takes slots that acceptors have compacted away for empty, and fills them anew",
        "leader-completeness",
        "Chandra, Griesemer & Redstone 2007, section 5.5 (snapshots); DSLabs, garbage collection of slots",
    ),
    bug(
        "stale-acceptances-counted",
        "MP4: a leader counts acceptances of any term, those of an earlier leadership of its own too",
        "committed-is-durable",
        "Lamport 2001, section 2.3 (a proposal is chosen in one ballot); DSLabs, test23QuorumCheckingSearch",
    ),
    bug(
        "reads-locally",
        "MP5: a leader answers reads from its store without a quorum round or a lease, and may have been replaced",
        "replies-match-model",
        "Chandra, Griesemer & Redstone 2007, section 5.2 (master leases)",
    ),
    bug(
        "first-report-taken",
        "MP6: of what is reported for a slot a new leader takes over the first report, not the one of the highest term",
        "leader-completeness",
        "omnipaxos 974b7ff, b67716a and 1ea102f: the leader adopted a log that was not the maximum",
    ),
    bug(
        "term-used-again",
        "MP7: a leader that crashes and restarts leads in its old term again, and forgets what it has proposed there",
        "log-matching",
        "omnipaxos: RECOVERY_ROUND keeps a recovered server from leading with its ballot; Lamport 2001, 2.5",
    ),
    bug(
        "change-at-once",
        "MP8: a node that learns a change of the members lets it decide in the next slot, not α slots behind its own",
        "committed-is-durable",
        "Lamport 2001, section 3 (the state after command i says who decides on i+α); Lamport, Malkhi & Zhou 2010",
    ),
    bug(
        "window-ignored",
        "MP9: a leader proposes more than α slots ahead of what it knows chosen, where it cannot know who decides",
        "settled-configuration",
        "Lamport 2001, section 3 (a leader gets α commands ahead); van Renesse & Altınbüken 2015, invariant R5",
    ),
    bug(
        "new-members-not-asked",
        "MP10: a leader promised by the old members alone fills slots of the new ones, who may have chosen in them",
        "leader-completeness",
        "Lamport 2001, section 2.2 (P2c: a majority of the acceptors must have promised); Lamport, Malkhi & Zhou 2010",
    ),
];
