//! Forged and legal runs where acceptors keep the votes.

use super::Case;
use super::atomic_commit::{after_prepared, begins, configured, decides, finishes, prepares, told, txn};
use super::forger::{Act, Move, line, request, stage, step, violated};
use splitbrain::node::NodeId;
use splitbrain::spec::atomic_commit::{AtomicCommit, CommitFact, Decision, Element, Part, Reply, Site, Value};
use splitbrain::spec::consensus::Ballot;

type CommitMove = Move<AtomicCommit>;

/// The site's own.
const OWN: Ballot = Ballot { round: 0, node: NodeId::new(0) };

fn ballot(round: u64, node: u32) -> Ballot {
    Ballot { round, node: NodeId::new(node - 1) }
}

/// All three nodes are acceptors, and n2 and n3 sites as well.
fn three_acceptors() -> Vec<CommitMove> {
    let is = |node| step(node, [Act::Tell(CommitFact::Configured { part: Part::Coordinator, sites: 2 })]);
    vec![is(2), is(3)]
}

fn promises(node: u32, ballot: Ballot) -> CommitMove {
    step(node, [Act::Write(CommitFact::Promised { txn: txn(1), ballot })])
}

fn accepts(node: u32, site: u32, ballot: Ballot, vote: Decision) -> CommitMove {
    step(node, [Act::Write(CommitFact::Accepted { txn: txn(1), site: Site(site - 1), ballot, vote })])
}

/// t1.1 is prepared at both sites, and all nodes are acceptors.
fn voted(moves: impl IntoIterator<Item = CommitMove>) -> Vec<CommitMove> {
    after_prepared(three_acceptors().into_iter().chain(moves))
}

pub fn cases() -> Vec<Case<AtomicCommit>> {
    use Decision::{Abort, Commit};
    let unprepared = [begins(1, request(1, 1), "append k1 1; read k2"), prepares(1, 1, "append k1 1", &[])];
    let unprepared = configured().into_iter().chain(three_acceptors()).chain(unprepared);
    vec![
        Case::new(
            "vote-durable",
            &["n1 accepted that s2 has prepared t1.1"],
            unprepared.chain([accepts(1, 1, OWN, Commit), accepts(1, 2, OWN, Commit)]).collect(),
        ),
        Case::new(
            "ballot-fence",
            &["s1's vote on t1.1", "n2 voted in b0, but had promised b1.n3"],
            voted([promises(2, ballot(1, 3)), line("crash n2"), line("restart n2"), accepts(2, 1, OWN, Commit)]),
        ),
        Case::new(
            "ballot-fence",
            &["n2 promised b1.n3 on t1.1, but had promised b2.n1"],
            voted([promises(2, ballot(2, 1)), promises(2, ballot(1, 3))]),
        ),
        Case::new(
            "ballot-fence",
            &["n2 voted in b2.n1 and has promised no more than b1.n3"],
            voted([
                promises(2, ballot(1, 3)),
                promises(3, ballot(2, 1)),
                promises(1, ballot(2, 1)),
                accepts(2, 1, ballot(2, 1), Abort),
            ]),
        ),
        // Two have accepted that it is prepared, which is chosen by that; the third presumes an abort.
        Case::new(
            "votes-safe",
            &["s1's vote on t1.1", "n3 voted for 0 in b1.n3", "no quorum shows safe"],
            voted([
                accepts(1, 1, OWN, Commit),
                accepts(2, 1, OWN, Commit),
                promises(3, ballot(1, 3)),
                promises(1, ballot(1, 3)),
                accepts(3, 1, ballot(1, 3), Abort),
            ]),
        ),
        Case::new(
            "votes-safe",
            &["s2's vote on t1.1", "b0 is for 1, and n2 takes it for 0"],
            voted([accepts(1, 2, OWN, Commit), accepts(2, 2, OWN, Abort)]),
        ),
        Case::new(
            "decision-chosen",
            &["s2's vote on t1.1", "n1 learnt 1, for which 1 have voted in one ballot, not 2"],
            voted([
                accepts(1, 1, OWN, Commit),
                accepts(2, 1, OWN, Commit),
                accepts(1, 2, OWN, Commit),
                decides(1, Commit),
            ]),
        ),
        // Nobody has accepted anything.
        Case::new("decision-chosen", &["s1's vote on t1.1", "0 have voted"], voted([decides(1, Commit)])),
    ]
}

/// A commit in ballot 0 that another leader finds out again, after crashes; and votes that no majority has accepted, of
/// which a leader that has not heard of them proposes to abort.
#[test]
fn a_story_with_two_leaders_accuses_nobody() {
    use Decision::{Abort, Commit};
    let (higher, times_out) = (ballot(1, 3), |number| CommitFact::TimedOut { txn: txn(number) });
    let of_two = |node, fact| step(node, [Act::<AtomicCommit>::Write(fact)]);
    let accepted = |node, site: u32, ballot, vote| {
        of_two(node, CommitFact::Accepted { txn: txn(2), site: Site(site - 1), ballot, vote })
    };
    let moves = voted([
        accepts(1, 1, OWN, Commit),
        accepts(1, 2, OWN, Commit),
        accepts(2, 1, OWN, Commit),
        accepts(3, 2, OWN, Commit),
        decides(1, Commit),
        line("crash n1"),
        promises(3, higher),
        promises(2, higher),
        accepts(3, 1, higher, Commit),
        accepts(3, 2, higher, Commit),
        accepts(2, 1, higher, Commit),
        step(3, [Act::Tell(CommitFact::Decided { txn: txn(1), decision: Commit })]),
        finishes(1, 1, Commit),
        finishes(2, 1, Commit),
        line("restart n1"),
        told(request(1, 1), Reply::Committed(vec![Value::List(vec![])])),
        begins(2, request(2, 1), "read k1; append k2 7"),
        prepares(1, 2, "read k1", &[Value::List(vec![Element(1)])]),
        accepted(1, 1, OWN, Commit),
        step(3, [Act::Tell(times_out(2))]),
        of_two(3, CommitFact::Promised { txn: txn(2), ballot: higher }),
        of_two(2, CommitFact::Promised { txn: txn(2), ballot: higher }),
        accepted(3, 1, higher, Abort),
        accepted(3, 2, higher, Abort),
        accepted(2, 2, higher, Abort),
        step(3, [Act::Tell(CommitFact::Decided { txn: txn(2), decision: Abort })]),
        finishes(1, 2, Abort),
    ]);
    let summary = stage(3, true, moves, &[]);
    assert_eq!(violated(&summary), None);
    let checked = |name: &str| summary.checked.iter().any(|(known, times)| *known == name && *times > 0);
    assert!(["vote-durable", "ballot-fence", "votes-safe", "decision-chosen"].into_iter().all(checked));
}
