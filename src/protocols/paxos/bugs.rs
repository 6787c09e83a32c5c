//! Mistakes that implementers made or could make. Each is one line of the protocol.

use crate::node::PlantedBug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mistake to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// P1: a third of the acceptors is taken for a quorum.
    ThirdIsQuorum,
    /// P2: an acceptor votes in a ballot below its promise.
    PromiseIgnored,
    /// P3: a proposer keeps its own value although a vote was reported.
    OwnValueKept,
    /// P4: a proposer takes over the value of the lowest ballot that was reported.
    LowestVoteTaken,
    /// P5: a promise is remembered in memory only.
    PromiseNotPersisted,
    /// P6: a vote is remembered in memory only.
    VoteNotPersisted,
    /// P7: an acceptor that votes without having promised can vote below again.
    VotePromisesNothing,
    /// P8: an acceptor reports its vote under the ballot that it has promised.
    PromisedBallotReported,
    /// P9: a ballot is a round without its node, so two proposers share it.
    BallotWithoutNode,
    /// P10: a learner counts votes of different ballots together.
    BallotsMixed,
    /// P11: a node that takes itself for the leader decides alone.
    LeaderDecidesAlone,
}

/// A row of the table.
const fn bug(name: &'static str, about: &'static str, caught_by: &'static str, source: &'static str) -> PlantedBug {
    PlantedBug { name, about, caught_by, source }
}

/// The table that `list bugs` prints.
pub(super) const BUGS: &[PlantedBug] = &[
    bug(
        "third-is-quorum",
        "P1: a third of the acceptors, rounded up, is taken for a quorum in both phases",
        "votes-safe",
        "a claim in circulation about Paxos quorums; Lamport 2001, section 2.2: majorities, since two of them meet",
    ),
    bug(
        "promise-ignored",
        "P2: an acceptor votes in a ballot below the one it has promised",
        "promise-monotone",
        "Lamport 2001, section 2.2, P1a",
    ),
    bug(
        "own-value-kept",
        "P3: a proposer asks for votes for its own value although a promise reported a vote",
        "votes-safe",
        "Lamport 2001, section 2.2, P2c; omnipaxos 974b7ff and b67716a adopted a wrong log in the prepare phase",
    ),
    bug(
        "lowest-vote-taken",
        "P4: of the votes reported a proposer takes over the one in the lowest ballot; it takes three ballots to show",
        "votes-safe",
        "Lamport 2001, section 2.2, P2c: the highest-numbered proposal",
    ),
    bug(
        "promise-not-persisted",
        "P5: a promise is remembered in memory only, so an acceptor that crashes votes below it",
        "durable-before-send",
        "Lamport 2001, section 2.5: an acceptor records its intended response before it sends it",
    ),
    bug(
        "vote-not-persisted",
        "P6: a vote is remembered in memory only, so an acceptor that crashes reports none",
        "durable-before-send",
        "Lamport 2001, section 2.5",
    ),
    bug(
        "vote-promises-nothing",
        "P7: a vote does not raise the promise, so an acceptor that missed a Prepare votes below its own vote",
        "promise-monotone",
        "Brooker 2021, 'The Paxos bug you probably have'; raised against Cassandra in apache/cassandra PR 1327",
    ),
    bug(
        "promised-ballot-reported",
        "P8: a promise reports the vote under the ballot that was promised, not the one it was given in",
        "durable-before-send",
        "Lamport 2001, section 2.2, P2c; Paxos.tla: 1b carries maxVBal, not maxBal",
    ),
    bug(
        "ballot-without-node",
        "P9: a ballot is a local counter without its node, so that two proposers share one",
        "one-value-per-ballot",
        "Lamport 2001, section 2.5: different proposers choose their numbers from disjoint sets",
    ),
    bug(
        "ballots-mixed",
        "P10: a learner counts votes that were given in different ballots together",
        "learned-is-chosen",
        "DSLabs, test23QuorumCheckingSearch of the Paxos lab exists for exactly this",
    ),
    bug(
        "leader-decides-alone",
        "P11: a node that takes itself for the leader takes the first value it is asked for as chosen, and asks nobody",
        "learned-is-chosen",
        "a toy in circulation whose leader is elected by coin toss; Lamport 2001, section 2.4: safety is ensured \
         regardless of the success or failure of the election",
    ),
];
