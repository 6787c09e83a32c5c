//! Forged and legal runs of the consensus family.

use super::forger::{Act, Move, done, line, request, stage, step, violated};
use super::{Case, judged, names};
use splitbrain::node::NodeId;
use splitbrain::spec::consensus::{Ballot, Consensus, ConsensusFact, Decided, Decree, Op, Value};
use splitbrain::spec::judged::Judged;

type ConsensusMove = Move<Consensus>;
type ConsensusAct = Act<Consensus>;

const D: Decree = Decree(0);

/// The first round of a node: `b1.n2`.
fn ballot(round: u64, node: u32) -> Ballot {
    Ballot { round, node: NodeId::new(node - 1) }
}

fn told(fact: ConsensusFact) -> ConsensusAct {
    Act::Tell(fact)
}

fn asks(client: u32, value: u64) -> ConsensusAct {
    told(ConsensusFact::Asked { request: request(client, 1), op: Op::Propose(D, Value(value)) })
}

fn wants_to_learn(client: u32, decree: Decree) -> ConsensusAct {
    told(ConsensusFact::Asked { request: request(client, 1), op: Op::Learn(decree) })
}

fn promises(ballot: Ballot) -> ConsensusAct {
    Act::Write(ConsensusFact::Promised { decree: D, ballot })
}

fn issues(ballot: Ballot, value: u64) -> ConsensusAct {
    told(ConsensusFact::Issued { decree: D, ballot, value: Value(value) })
}

fn votes(ballot: Ballot, value: u64) -> ConsensusAct {
    Act::Write(ConsensusFact::Accepted { decree: D, ballot, value: Value(value) })
}

fn learns(value: u64) -> ConsensusAct {
    Act::Write(ConsensusFact::Learned { decree: D, value: Value(value) })
}

fn decided(decree: Decree, value: u64) -> Decided {
    Decided { decree, value: Value(value) }
}

/// n1 has 5 proposed, n1 and n2 promise and vote for it in b1.n1: it is chosen.
fn chosen() -> Vec<ConsensusMove> {
    let b = ballot(1, 1);
    vec![
        step(1, [asks(1, 5), promises(b)]),
        step(2, [asks(2, 6), promises(b)]),
        step(1, [issues(b, 5), votes(b, 5)]),
        step(2, [votes(b, 5)]),
    ]
}

fn after_chosen(moves: impl IntoIterator<Item = ConsensusMove>) -> Vec<ConsensusMove> {
    chosen().into_iter().chain(moves).collect()
}

#[test]
fn every_invariant_of_consensus_is_violated_by_its_own_forgery() {
    assert_eq!(
        judged(|| [chosen_values(), ballots(), learning()].into_iter().flatten().collect()),
        names(Consensus::INVARIANTS)
    );
}

fn chosen_values() -> Vec<Case<Consensus>> {
    let alone = |node| told(ConsensusFact::Configured { acceptor: true, learner: true, phase1: node, phase2: 1 });
    let (b1, b2, b3) = (ballot(1, 1), ballot(1, 2), ballot(1, 3));
    vec![
        // Quorums of one need not meet, and every vote is safe by its own.
        Case::new(
            "agreement",
            &["5", "6", "b1.n2", "chosen already"],
            vec![
                step(1, [alone(1), asks(1, 5), promises(b1), issues(b1, 5), votes(b1, 5)]),
                step(2, [asks(2, 6), promises(b2), issues(b2, 6), votes(b2, 6)]),
            ],
        ),
        Case::new("validity", &["n1", "9"], vec![step(1, [promises(b1), issues(b1, 9)])]),
        // Nobody has promised but the voter.
        Case::new(
            "votes-safe",
            &["n1", "b1.n1", "1 have promised", "2 are a quorum"],
            vec![step(1, [asks(1, 5), promises(b1), issues(b1, 5), votes(b1, 5)])],
        ),
        // One of those who have promised has voted for another value below. Nothing is chosen yet.
        Case::new(
            "votes-safe",
            &["n2", "6", "b1.n2", "n1 voted for 5 in b1.n1"],
            vec![
                step(1, [asks(1, 5), promises(b1)]),
                step(2, [asks(2, 6), promises(b1)]),
                step(1, [issues(b1, 5), votes(b1, 5), promises(b2)]),
                step(2, [promises(b2), issues(b2, 6), votes(b2, 6)]),
            ],
        ),
        // The vote that is taken over is not the highest: three ballots.
        Case::new(
            "votes-safe",
            &["n1", "5", "b1.n3", "n2 voted for 6 in b1.n2"],
            vec![
                step(1, [asks(1, 5), promises(b1)]),
                step(2, [asks(2, 6), promises(b1), promises(b2)]),
                step(3, [promises(b2)]),
                step(1, [issues(b1, 5), votes(b1, 5), promises(b3)]),
                step(2, [issues(b2, 6), votes(b2, 6), promises(b3)]),
                step(3, [votes(b2, 6), promises(b3), issues(b3, 5)]),
                step(1, [votes(b3, 5)]),
            ],
        ),
    ]
}

fn ballots() -> Vec<Case<Consensus>> {
    let (b1, b2) = (ballot(1, 1), ballot(1, 2));
    vec![
        Case::new(
            "one-value-per-ballot",
            &["b1.n1", "5", "6", "n2"],
            vec![step(1, [asks(1, 5), asks(2, 6), issues(b1, 5)]), step(2, [issues(b1, 6)])],
        ),
        // A vote for what was not asked for.
        Case::new(
            "one-value-per-ballot",
            &["b1.n1", "5", "6", "n2"],
            vec![
                step(1, [asks(1, 5), asks(2, 6), promises(b1)]),
                step(2, [promises(b1)]),
                step(1, [issues(b1, 5)]),
                step(2, [votes(b1, 6)]),
            ],
        ),
        Case::new(
            "one-vote-per-ballot",
            &["n2", "b1.n1", "5", "6"],
            after_chosen([line("crash n2"), line("restart n2"), step(2, [votes(b1, 6)])]),
        ),
        Case::new("promise-monotone", &["n2", "b1.n2", "b1.n1"], vec![step(2, [promises(b2), promises(b1)])]),
        Case::new(
            "promise-monotone",
            &["n2", "b1.n1"],
            vec![step(2, [promises(b1)]), line("crash n2"), line("restart n2"), step(2, [promises(b1)])],
        ),
        Case::new(
            "promise-monotone",
            &["n3", "voted in b1.n1", "promised b1.n2"],
            after_chosen([step(3, [promises(b2), votes(b1, 5)])]),
        ),
        // A vote in a higher ballot promises as much, and must say so.
        Case::new(
            "promise-monotone",
            &["n3", "voted in b1.n1", "no more than b0"],
            after_chosen([step(3, [votes(b1, 5)])]),
        ),
    ]
}

fn learning() -> Vec<Case<Consensus>> {
    let b1 = ballot(1, 1);
    vec![
        Case::new(
            "learned-is-chosen",
            &["n3", "5", "1 have voted", "2"],
            vec![
                step(1, [asks(1, 5), promises(b1)]),
                step(2, [promises(b1)]),
                step(1, [issues(b1, 5), votes(b1, 5)]),
                step(3, [learns(5)]),
            ],
        ),
        Case::new(
            "integrity",
            &["n3", "5", "already"],
            after_chosen([step(3, [learns(5)]), line("crash n3"), line("restart n3"), step(3, [learns(5)])]),
        ),
        Case::new(
            "integrity",
            &["n3", "c1#1", "d1 is 6", "has learnt 5"],
            after_chosen([step(3, [learns(5), done(request(1, 1), decided(D, 6))])]),
        ),
        Case::new(
            "integrity",
            &["n3", "c1#1", "learnt nothing of d1"],
            after_chosen([step(1, [learns(5)]), step(3, [done(request(1, 1), decided(D, 5))])]),
        ),
        Case::new(
            "integrity",
            &["n3", "c3#1", "asked about d2"],
            after_chosen([step(3, [learns(5), wants_to_learn(3, Decree(1)), done(request(3, 1), decided(D, 5))])]),
        ),
        Case::new(
            "integrity",
            &["n3", "c9#1", "no node was asked"],
            after_chosen([step(3, [learns(5), done(request(9, 1), decided(D, 5))])]),
        ),
    ]
}

/// Nodes that learn different values disagree, whatever was chosen.
#[test]
fn two_that_learn_different_values_are_told_apart() {
    let alone = || told(ConsensusFact::Configured { acceptor: true, learner: true, phase1: 1, phase2: 1 });
    let (b1, b2) = (ballot(1, 1), ballot(1, 2));
    let moves = || {
        vec![
            step(1, [alone(), asks(1, 5), promises(b1), issues(b1, 5), votes(b1, 5)]),
            step(2, [asks(2, 6), promises(b2), issues(b2, 6), learns(6)]),
            step(1, [learns(5)]),
        ]
    };
    let except = ["learned-is-chosen"];
    let summary = stage(3, true, moves(), &except);
    let (invariant, evidence) = violated(&summary).expect("they disagree");
    assert_eq!((invariant, evidence), ("agreement", "n2 learnt 6, and n1 learnt 5"));
}

/// What looks suspicious and is legal: a vote in a lower ballot after a higher one has begun elsewhere, a value taken
/// over twice, the same vote said again, and a quorum that is shown safe by some of those who have promised.
#[test]
fn legal_stories_accuse_nobody() {
    let (b1, b2, b3) = (ballot(1, 1), ballot(1, 2), ballot(1, 3));
    let late_vote = after_chosen([
        step(3, [promises(b2), promises(b3)]),
        step(2, [promises(b3), issues(b3, 5), votes(b3, 5), votes(b3, 5)]),
        step(1, [learns(5), done(request(1, 1), decided(D, 5))]),
        step(3, [votes(b3, 5), learns(5)]),
    ]);
    // n1 has voted for 5 in b1; n2 and n3 alone show that 6 is safe in b2.
    let others_show = vec![
        step(1, [asks(1, 5), promises(b1)]),
        step(2, [asks(2, 6), promises(b1)]),
        step(1, [issues(b1, 5), votes(b1, 5)]),
        step(3, [promises(b2)]),
        step(2, [promises(b2), issues(b2, 6), votes(b2, 6)]),
        step(1, [promises(b2)]),
        step(3, [votes(b2, 6), learns(6)]),
        step(1, [votes(b2, 6), learns(6), wants_to_learn(4, D), done(request(4, 1), decided(D, 6))]),
    ];
    for story in [late_vote, others_show] {
        let summary = stage(3, true, story, &[]);
        assert_eq!(violated(&summary), None);
        let idle: Vec<_> = summary.checked.iter().filter(|(_, times)| *times == 0).map(|(name, _)| *name).collect();
        assert_eq!(idle, ["durable-before-send", "unannounced"], "never asked");
    }
}
