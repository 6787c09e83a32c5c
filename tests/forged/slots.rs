//! Forged and legal runs of replicated logs whose slots stand by themselves: the second form of the family's checks.

use super::forger::{Act, done, line, n, request, stage, step, violated};
use super::words::{LogAct, LogMove, adopts, applies, asked, commits, elected, entry, get, noop, votes};
use super::{Case, judged};
use splitbrain::spec::replicated_log::{Command, Configuration, Entry, Index, LogFact, ReplicatedLog, Term};
use splitbrain::spec::store::{Element, Reply};
use std::collections::BTreeSet;

fn accepts(index: u64, entry: Entry) -> LogAct {
    Act::Write(LogFact::Accepted { index: Index(index), entry })
}

fn decides(index: u64, entry: Entry) -> LogAct {
    Act::Write(LogFact::Decided { index: Index(index), entry })
}

/// These decide from two slots behind on.
fn decide(term: u64, nodes: &[u32]) -> Entry {
    let configuration = Configuration::of(nodes.iter().map(|node| n(*node)).collect());
    Entry { term: Term(term), command: Command::Reconfigure(configuration, 2) }
}

/// The log of n1 and n2 begins with that they decide, and n1 leads t1.
fn begun(moves: impl IntoIterator<Item = LogMove>) -> Vec<LogMove> {
    let first = [
        step(1, [decides(1, decide(0, &[1, 2]))]),
        step(2, [decides(1, decide(0, &[1, 2]))]),
        step(1, [commits(1, 0, 0), adopts(1), votes(1, 1)]),
        step(2, [adopts(1), votes(1, 1)]),
        step(3, [adopts(1), votes(1, 1)]),
        step(1, [elected(1)]),
    ];
    first.into_iter().chain(moves).collect()
}

/// What may be wrong where the members change.
pub fn members() -> Vec<Case<ReplicatedLog>> {
    // n1 and n2 choose in the second slot that n3 decides from the fourth on, and a no-op in the third.
    let changed = || [1, 2].map(|node| step(node, [accepts(2, decide(1, &[3])), accepts(3, noop(1))]));
    vec![
        // What is in the second slot may say who decides in the fourth.
        Case::new(
            "settled-configuration",
            &["n1", "i4", "up to i1", "2 slots"],
            begun([step(1, [accepts(2, noop(1)), accepts(3, noop(1)), accepts(4, noop(1))])]),
        ),
        // Two of three, but not of those who decide.
        Case::new(
            "committed-is-durable",
            &["n1", "i2", "{n1,n2}"],
            begun([step(1, [accepts(2, noop(1))]), step(3, [accepts(2, noop(1))]), step(1, [commits(2, 1, 1)])]),
        ),
        // In the third slot n1 and n2 decide still.
        Case::new(
            "committed-is-durable",
            &["n1", "i3", "{n1,n2}"],
            begun([
                step(1, [accepts(2, decide(1, &[3]))]),
                step(2, [accepts(2, decide(1, &[3]))]),
                step(3, [accepts(3, noop(1))]),
                step(1, [accepts(3, noop(1)), commits(3, 1, 1)]),
            ]),
        ),
        // And in the fourth no more.
        Case::new(
            "committed-is-durable",
            &["n1", "i4", "{n3}"],
            begun(changed().into_iter().chain([
                step(1, [accepts(4, noop(1))]),
                step(2, [accepts(4, noop(1))]),
                step(1, [commits(4, 1, 1)]),
            ])),
        ),
        // What n3 alone has chosen there stays.
        Case::new(
            "leader-completeness",
            &["n1", "i4", "t2", "noop", "put k1 5"],
            begun(changed().into_iter().chain([
                step(3, [accepts(4, asked(1))]),
                step(1, [adopts(2), votes(2, 1), elected(2), accepts(4, noop(2))]),
            ])),
        ),
    ]
}

/// n1 leads t1, and has the first client's put chosen in the first slot, by itself and n2.
fn chosen() -> Vec<LogMove> {
    vec![
        step(1, [adopts(1), votes(1, 1)]),
        step(2, [adopts(1), votes(1, 1)]),
        step(1, [elected(1), accepts(1, asked(1))]),
        step(2, [accepts(1, asked(1))]),
    ]
}

fn after_chosen(moves: impl IntoIterator<Item = LogMove>) -> Vec<LogMove> {
    chosen().into_iter().chain(moves).collect()
}

/// n3 leads t2, promised by itself and n2.
fn next_leader() -> [LogMove; 2] {
    [step(2, [adopts(2), votes(2, 3)]), step(3, [adopts(2), votes(2, 3), elected(2)])]
}

fn cases() -> Vec<Case<ReplicatedLog>> {
    let in_next_term = |act| after_chosen(next_leader().into_iter().chain([step(3, [act])]));
    vec![
        Case::new("term-monotone", &["n3", "t1", "t2"], after_chosen([step(3, [adopts(2), accepts(1, asked(1))])])),
        // It has promised nothing of the kind.
        Case::new("term-monotone", &["n3", "t1", "t0"], after_chosen([step(3, [accepts(1, asked(1))])])),
        Case::new(
            "log-matching",
            &["n3", "i1", "t1", "noop", "put k1 5"],
            after_chosen([step(3, [adopts(1), accepts(1, noop(1))])]),
        ),
        Case::new(
            "log-terms-monotone",
            &["n2", "i1", "t1", "t5"],
            after_chosen([step(2, [decides(1, asked(5)), accepts(1, asked(1))])]),
        ),
        Case::new("leader-completeness", &["n3", "i1", "t2", "noop", "put k1 5"], in_next_term(accepts(1, noop(2)))),
        Case::new("state-machine-safety", &["n3", "i1", "noop", "put k1 5"], in_next_term(decides(1, noop(4)))),
        // Accepted by two, but not in one term.
        Case::new(
            "committed-is-durable",
            &["n1", "i2", "no majority"],
            after_chosen([
                step(1, [accepts(2, noop(1))]),
                step(2, [adopts(2), votes(2, 3), accepts(2, noop(2))]),
                step(1, [commits(2, 1, 1)]),
            ]),
        ),
        Case::new("commit-within-log", &["n3", "i1", "nothing"], after_chosen([step(3, [commits(1, 1, 1)])])),
        // The second slot is chosen, and the first one is a gap at this node.
        Case::new(
            "commit-within-log",
            &["n3", "i1", "nothing"],
            after_chosen([step(1, [accepts(2, noop(1))]), step(3, [adopts(1), accepts(2, noop(1)), commits(2, 1, 1)])]),
        ),
        Case::new(
            "commit-monotone",
            &["n1", "i1", "i0"],
            after_chosen([step(1, [commits(1, 1, 1), commits(0, 1, 1)])]),
        ),
    ]
}

#[test]
fn checks_of_slots_are_violated_by_their_own_forgeries() {
    let expected: BTreeSet<&str> = [
        "commit-monotone",
        "commit-within-log",
        "committed-is-durable",
        "leader-completeness",
        "log-matching",
        "log-terms-monotone",
        "state-machine-safety",
        "term-monotone",
    ]
    .into();
    assert_eq!(judged(cases), expected);
}

/// Who decides changes while slots are filled ahead; n3, which decides alone then, has accepted before what it has no
/// say in, and is told the rest.
#[test]
fn legal_stories_of_changes_accuse_nobody() {
    let second = || decide(1, &[3]);
    let moves = begun([
        step(1, [accepts(2, second()), accepts(3, noop(1))]),
        step(3, [accepts(3, noop(1))]),
        step(2, [accepts(3, noop(1)), accepts(2, second())]),
        step(1, [commits(3, 1, 1), Act::Tell(LogFact::Reconfigured { from: Index(4) })]),
        step(1, [accepts(4, noop(1)), accepts(5, asked(1))]),
        step(3, [accepts(4, noop(1)), accepts(5, asked(1))]),
        step(1, [commits(5, 1, 1), applies(5, 9)]),
        step(3, [decides(1, decide(0, &[1, 2])), decides(2, second()), commits(5, 1, 1), applies(5, 9)]),
        step(2, [commits(3, 1, 1)]),
    ]);
    let summary = stage(3, true, moves, &[]);
    assert_eq!(violated(&summary), None);
    assert!(summary.checked.iter().any(|(name, times)| *name == "settled-configuration" && *times > 5));
}

/// Written over what the node itself takes for committed: said before all that is wrong with it besides.
#[test]
fn a_committed_slot_is_not_written_over() {
    let moves = after_chosen([
        step(2, [commits(1, 1, 1)]),
        line("crash n2"),
        line("restart n2"),
        step(2, [adopts(2), votes(2, 3), accepts(1, noop(2))]),
    ]);
    let summary = stage(3, true, moves, &[]);
    let (invariant, evidence) = violated(&summary).expect("it was committed");
    assert_eq!(invariant, "committed-never-truncated");
    assert!(evidence.contains("n2 wrote [t2 noop] over [t1 c1#1 put k1 5] at i1"), "{evidence}");
}

/// Slots are filled out of order, a gap is filled with a no-op, what is chosen is proposed again in place by the next
/// leader, and one node is told instead of having accepted.
#[test]
fn legal_stories_of_slots_accuse_nobody() {
    let read = || entry(1, request(2, 1), get());
    let again = |entry: Entry| Entry { term: noop(2).term, ..entry };
    let moves = after_chosen([
        // The third slot, then a leader that has heard of the first and the third.
        step(1, [accepts(3, read()), commits(1, 1, 1), applies(1, 7)]),
        step(2, [accepts(3, read())]),
        step(2, [adopts(2), votes(2, 3)]),
        step(3, [adopts(2), votes(2, 3), elected(2)]),
        step(3, [accepts(1, again(asked(1))), accepts(2, noop(2)), accepts(3, again(read()))]),
        step(2, [accepts(2, noop(2)), accepts(3, again(read()))]),
        step(3, [commits(3, 2, 2), applies(1, 7), applies(2, 7), applies(3, 8)]),
        step(3, [done(request(2, 1), Reply::Value(vec![Element(5)]))]),
        // The old leader has missed all that, and is told.
        step(1, [decides(2, noop(2)), decides(3, again(read())), commits(3, 2, 1), applies(2, 7), applies(3, 8)]),
        step(2, [commits(3, 2, 2)]),
    ]);
    let summary = stage(3, true, moves, &[]);
    assert_eq!(violated(&summary), None);
    let asked: BTreeSet<&str> = summary.checked.iter().filter(|(_, times)| *times > 0).map(|(name, _)| *name).collect();
    for name in ["leader-completeness", "log-matching", "log-terms-monotone", "committed-is-durable", "equal-state"] {
        assert!(asked.contains(name), "{name} was never asked");
    }
}

/// Nonsense far out is a finding, not a memory that never ends.
#[test]
fn a_slot_may_be_anywhere() {
    let far = || after_chosen([step(1, [accepts(u64::MAX, noop(1)), commits(u64::MAX, 1, 1)])]);
    assert_eq!(violated(&stage(3, true, far(), &[])).expect("nonsense").0, "log-matching");
    let except = ["log-matching", "commit-within-log", "committed-is-durable"];
    assert_eq!(violated(&stage(3, true, far(), &except)), None);
}
