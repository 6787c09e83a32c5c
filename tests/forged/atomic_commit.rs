//! Forged and legal runs of the family of atomic commitment.

use super::forger::{Act, Move, done, line, request, stage, step, violated};
use super::{Case, judged, names};
use splitbrain::node::RequestId;
use splitbrain::spec::atomic_commit::{
    AtomicCommit, CommitFact, Decision, Element, Op, Part, Reply, Site, Step, Txn, Value,
};
use splitbrain::spec::judged::Judged;

type CommitMove = Move<AtomicCommit>;

/// n1 coordinates, n2 and n3 are sites.
const SITES: u32 = 2;

fn txn(number: u32) -> Txn {
    Txn { epoch: 1, number }
}

fn op(text: &str) -> Op {
    AtomicCommit::parse_op(text).unwrap()
}

fn steps(text: &str) -> Vec<Step> {
    op(text).steps
}

fn list(elements: &[u64]) -> Value {
    Value::List(elements.iter().copied().map(Element).collect())
}

fn configured() -> Vec<CommitMove> {
    let is = |node, part| step(node, [Act::Tell(CommitFact::Configured { part, sites: SITES })]);
    vec![is(1, Part::Coordinator), is(2, Part::Site(Site(0))), is(3, Part::Site(Site(1)))]
}

fn begins(number: u32, request: RequestId, text: &str) -> CommitMove {
    step(1, [Act::Tell(CommitFact::Began { txn: txn(number), request, op: op(text) })])
}

fn prepares(site: u32, number: u32, text: &str, reads: &[Value]) -> CommitMove {
    let fact =
        CommitFact::Prepared { site: Site(site - 1), txn: txn(number), steps: steps(text), reads: reads.to_vec() };
    step(site + 1, [Act::Write(fact)])
}

fn times_out(number: u32) -> CommitMove {
    step(1, [Act::Tell(CommitFact::TimedOut { txn: txn(number) })])
}

fn decides(number: u32, decision: Decision) -> CommitMove {
    step(1, [Act::Write(CommitFact::Decided { txn: txn(number), decision })])
}

fn finishes(site: u32, number: u32, decision: Decision) -> CommitMove {
    step(site + 1, [Act::Write(CommitFact::Finished { site: Site(site - 1), txn: txn(number), decision })])
}

fn precommits(site: u32, number: u32) -> CommitMove {
    step(site + 1, [Act::Write(CommitFact::Precommitted { site: Site(site - 1), txn: txn(number) })])
}

fn forgets(number: u32) -> CommitMove {
    step(1, [Act::Write(CommitFact::Forgotten { txn: txn(number) })])
}

fn told(request: RequestId, reply: Reply) -> CommitMove {
    step(1, [done(request, reply)])
}

fn committed(values: &[Value]) -> Reply {
    Reply::Committed(values.to_vec())
}

/// t1.1 appends 1 to k1 at s1 and reads k2 at s2; both have prepared their parts.
fn prepared() -> Vec<CommitMove> {
    let begun = [begins(1, request(1, 1), "append k1 1; read k2")];
    let both = [prepares(1, 1, "append k1 1", &[]), prepares(2, 1, "read k2", &[list(&[])])];
    configured().into_iter().chain(begun).chain(both).collect()
}

/// One site alone does all of a transaction.
fn alone(number: u32, request: RequestId, site: u32, text: &str, reads: &[Value]) -> Vec<CommitMove> {
    vec![
        begins(number, request, text),
        prepares(site, number, text, reads),
        decides(number, Decision::Commit),
        finishes(site, number, Decision::Commit),
    ]
}

fn story(parts: impl IntoIterator<Item = Vec<CommitMove>>) -> Vec<CommitMove> {
    configured().into_iter().chain(parts.into_iter().flatten()).collect()
}

fn after_prepared(moves: impl IntoIterator<Item = CommitMove>) -> Vec<CommitMove> {
    prepared().into_iter().chain(moves).collect()
}

#[test]
fn every_invariant_of_atomic_commit_is_violated_by_its_own_forgery() {
    assert_eq!(
        judged(|| {
            let all = [decisions(), third_phase(), isolation(), forgetting(), clients(), workloads()];
            all.into_iter().flatten().collect()
        }),
        names(AtomicCommit::INVARIANTS)
    );
}

fn decisions() -> Vec<Case<AtomicCommit>> {
    use Decision::{Abort, Commit};
    vec![
        Case::new(
            "agreement",
            &["s1", "t1.1", "abort", "the coordinator had decided commit"],
            after_prepared([times_out(1), decides(1, Commit), finishes(1, 1, Abort)]),
        ),
        Case::new(
            "agreement",
            &["s2", "t1.1", "commit", "s1 has carried out as abort"],
            after_prepared([times_out(1), finishes(1, 1, Abort), finishes(2, 1, Commit)]),
        ),
        Case::new(
            "agreement",
            &["the coordinator came to commit", "s1"],
            after_prepared([times_out(1), finishes(1, 1, Abort), decides(1, Commit)]),
        ),
        Case::new(
            "irrevocability",
            &["s1", "abort", "after it had carried out commit"],
            after_prepared([
                times_out(1),
                finishes(1, 1, Commit),
                line("crash n2"),
                line("restart n2"),
                finishes(1, 1, Abort),
            ]),
        ),
        Case::new(
            "irrevocability",
            &["the coordinator decided abort on t1.1, after commit"],
            after_prepared([times_out(1), decides(1, Commit), decides(1, Abort)]),
        ),
        Case::new(
            "commit-validity",
            &["t1.1", "s2 has not prepared"],
            story([vec![
                begins(1, request(1, 1), "append k1 1; read k2"),
                prepares(1, 1, "append k1 1", &[]),
                decides(1, Commit),
            ]]),
        ),
        Case::new(
            "commit-validity",
            &["t1.1", "s1 has prepared [append k3 1], not its part"],
            story([vec![
                begins(1, request(1, 1), "append k1 1"),
                prepares(1, 1, "append k3 1", &[]),
                finishes(1, 1, Commit),
            ]]),
        ),
        Case::new("abort-non-triviality", &["t1.1 aborts"], after_prepared([decides(1, Abort)])),
        // A crash before the transaction began is no reason.
        Case::new(
            "abort-non-triviality",
            &["t1.2 aborts"],
            story([vec![
                line("crash n2"),
                line("restart n2"),
                begins(2, request(1, 1), "read k1"),
                finishes(1, 2, Abort),
            ]]),
        ),
    ]
}

fn third_phase() -> Vec<Case<AtomicCommit>> {
    vec![Case::new(
        "no-commit-while-uncertain",
        &["t1.1 commits while s2 is up"],
        after_prepared([precommits(1, 1), decides(1, Decision::Commit)]),
    )]
}

fn isolation() -> Vec<Case<AtomicCommit>> {
    vec![
        Case::new(
            "in-doubt-holds-locks",
            &["s1 prepared t1.2 on k1, which t1.1 has locked"],
            after_prepared([
                line("crash n2"),
                line("restart n2"),
                begins(2, request(2, 1), "read k1"),
                prepares(1, 2, "read k1", &[list(&[])]),
            ]),
        ),
        Case::new(
            "in-doubt-holds-locks",
            &["s2 prepared t1.2 on k2"],
            after_prepared([begins(2, request(2, 1), "append k2 5"), prepares(2, 2, "append k2 5", &[])]),
        ),
        Case::new(
            "reads-current",
            &["s1 prepared t1.2 and read [[]], where there was [[1]]"],
            story([
                alone(1, request(1, 1), 1, "append k1 1", &[]),
                vec![begins(2, request(2, 1), "read k1"), prepares(1, 2, "read k1", &[list(&[])])],
            ]),
        ),
        Case::new(
            "reads-current",
            &["s1 prepared t1.1, but `add a1 -101` cannot be done where there is 100"],
            story([vec![begins(1, request(1, 1), "add a1 -101"), prepares(1, 1, "add a1 -101", &[])]]),
        ),
    ]
}

fn forgetting() -> Vec<Case<AtomicCommit>> {
    vec![Case::new(
        "forget-safe",
        &["t1.1 is forgotten", "s2"],
        after_prepared([decides(1, Decision::Commit), finishes(1, 1, Decision::Commit), forgets(1)]),
    )]
}

fn clients() -> Vec<Case<AtomicCommit>> {
    let first = || alone(1, request(1, 1), 1, "append k1 1", &[]);
    vec![
        Case::new(
            "exactly-once",
            &["t1.2 commits for c1#1, and so has t1.1"],
            story([first(), alone(2, request(1, 1), 1, "append k1 1", &[])]),
        ),
        Case::new(
            "exactly-once",
            &["t1.1 commits for c1#1, whose client was told that it was aborted"],
            story([vec![told(request(1, 1), Reply::Aborted)], first()]),
        ),
        Case::new(
            "faithful-reply",
            &["n1 told c1#1 that it has committed"],
            story([vec![told(request(1, 1), committed(&[]))]]),
        ),
        Case::new(
            "faithful-reply",
            &["c1#1", "aborted", "t1.1 has committed"],
            story([first(), vec![told(request(1, 1), Reply::Aborted)]]),
        ),
        Case::new(
            "faithful-reply",
            &["it read [[5]], and t1.1 has read [[]]"],
            story([
                alone(1, request(1, 1), 1, "read k1", &[list(&[])]),
                vec![told(request(1, 1), committed(&[list(&[5])]))],
            ]),
        ),
    ]
}

fn workloads() -> Vec<Case<AtomicCommit>> {
    let numbers = |numbers: &[i64]| numbers.iter().copied().map(Value::Number).collect::<Vec<_>>();
    vec![
        // The client takes five and gives them to nobody.
        Case::new(
            "bank-total",
            &["all 1 accounts hold 95, of 100"],
            story([
                alone(1, request(1, 1), 1, "add a1 -5", &[]),
                alone(2, request(2, 1), 1, "read a1", &numbers(&[95])),
                vec![told(request(2, 1), committed(&numbers(&[95])))],
            ]),
        ),
        Case::new(
            "one-cycle",
            &["not one circle", "[1, 1]"],
            story([vec![
                begins(1, request(1, 1), "relink r1/2 2 1"),
                prepares(1, 1, "relink r1/2 2 1", &[]),
                finishes(1, 1, Decision::Commit),
                begins(2, request(2, 1), "read r1/2; read r2/2"),
                prepares(1, 2, "read r1/2", &numbers(&[1])),
                prepares(2, 2, "read r2/2", &numbers(&[1])),
                decides(2, Decision::Commit),
                told(request(2, 1), committed(&numbers(&[1, 1]))),
            ]]),
        ),
    ]
}

/// What is told again, late or by another node of the same site is no second deed.
#[test]
fn a_story_with_crashes_and_repetitions_accuses_nobody() {
    use Decision::{Abort, Commit};
    let again = |site: u32, node: u32, number, text: &str| {
        let fact = CommitFact::Prepared { site: Site(site - 1), txn: txn(number), steps: steps(text), reads: vec![] };
        step(node, [Act::<AtomicCommit>::Write(fact)])
    };
    let moves = after_prepared([
        line("crash n1"),
        line("restart n1"),
        decides(1, Commit),
        decides(1, Commit),
        told(request(1, 1), committed(&[list(&[])])),
        finishes(2, 1, Commit),
        finishes(1, 1, Commit),
        finishes(1, 1, Commit),
        again(1, 3, 1, "append k1 1"),
        forgets(1),
        forgets(1),
        // It begins after a crash, and is aborted by presumption after another one.
        begins(2, request(2, 1), "append k1 2; append k2 2"),
        prepares(1, 2, "append k1 2", &[]),
        line("crash n1"),
        finishes(1, 2, Abort),
        again(1, 2, 2, "append k1 2"),
        line("restart n1"),
        begins(3, request(2, 1), "read k1; read k2"),
        prepares(1, 3, "read k1", &[list(&[1])]),
        prepares(2, 3, "read k2", &[list(&[])]),
        precommits(1, 3),
        line("crash n3"),
        // Whoever has crashed has failed, and need not know.
        decides(3, Commit),
        told(request(2, 1), committed(&[list(&[1]), list(&[])])),
    ]);
    let summary = stage(3, true, moves, &[]);
    assert_eq!(violated(&summary), None);
    assert!(summary.checked.iter().filter(|(_, times)| *times > 0).count() >= 9, "{:?}", summary.checked);
}
