//! Every interleaving of one transaction over two sites.

use splitbrain::engine::play::{Script, play};
use splitbrain::engine::schedule::parse;
use splitbrain::engine::summary::Ending;
use splitbrain::node::{ClientId, NodeId, RequestId};
use splitbrain::protocols::three_phase_commit::{self, ThreePhaseCommit};
use splitbrain::protocols::two_phase_commit::{self, Bug, TwoPhaseCommit};
use splitbrain::search::explore::{Ended, Explorable, Report, Search, Violation, explore};
use splitbrain::spec::atomic_commit::AtomicCommit;
use splitbrain::spec::judged::Judged;

/// The coordinator and two sites; one client asks once.
fn search<N: Explorable<Family = AtomicCommit>>(config: N::Config, op: &str) -> Search<N> {
    let request = RequestId { client: ClientId::new(0), sequence: 1 };
    let op = AtomicCommit::parse_op(op).unwrap();
    Search { requests: vec![(NodeId::new(0), request, op)], ..Search::new(3, config) }
}

fn two_phase(bugs: &[Bug]) -> Search<TwoPhaseCommit> {
    let config = two_phase_commit::Config { bugs: bugs.to_vec(), ..Default::default() };
    search(config, "append k1 1; append k2 2")
}

fn whole(report: &Report) -> (usize, u32) {
    assert_eq!(report.violation, None);
    assert_eq!(report.ended, Ended::Exhausted);
    (report.distinct, report.depth)
}

/// What is found is played through the engine, which must come to the same violation.
fn violation<N: Explorable<Config: Clone, Family = AtomicCommit>>(search: &Search<N>) -> Violation {
    let report = explore(search);
    assert_eq!(report.ended, Ended::Violation);
    let found = report.violation.expect("a search that ends with a violation reports it");
    let lines = found.schedule.iter().map(|line| parse::<AtomicCommit>(line, search.nodes).expect(line)).collect();
    let except = search.except.clone();
    let script = Script { nodes: search.nodes, immediate: true, lines, except, watched: Vec::new(), record: false };
    match play::<N>(&script, search.config.clone()).summary.ending {
        Ending::Violated(played) => assert_eq!(played.invariant, found.invariant),
        other => panic!("the schedule {:#?} ends with {other:?}", found.schedule),
    }
    found
}

/// Every loss, repetition and reordering, and every timer at any time.
#[test]
fn two_phase_commit_is_safe_in_every_interleaving() {
    assert_eq!(whole(&explore(&two_phase(&[]))), (258, 16));
}

/// The same with a crash of any node at any time.
#[test]
fn two_phase_commit_survives_a_crash_at_any_time() {
    let search = Search { crashes: 1, limit: |_, disk: &two_phase_commit::Disk| disk.epoch() <= 2, ..two_phase(&[]) };
    assert_eq!(whole(&explore(&search)), (2_422, 18));
}

/// Two transactions that want the same two keys: locks, who waits and who dies.
#[test]
fn two_transactions_in_each_others_way_are_safe_in_every_interleaving() {
    let mut search = two_phase(&[]);
    let request = RequestId { client: ClientId::new(1), sequence: 1 };
    search.requests.push((NodeId::new(0), request, AtomicCommit::parse_op("read k1; append k2 3").unwrap()));
    let report = explore(&search);
    assert_eq!(whole(&report), (179_707, 31));
    let idle: Vec<&str> = report.checked.iter().filter(|(_, times)| *times == 0).map(|(name, _)| *name).collect();
    let of_others = ["vote-durable", "ballot-fence", "votes-safe", "decision-chosen"];
    let idle: Vec<&str> = idle.into_iter().filter(|name| !of_others.contains(name)).collect();
    assert_eq!(idle, ["no-commit-while-uncertain", "bank-total", "one-cycle"], "never asked");
}

/// The shortest ways to each mistake.
#[test]
fn mistakes_of_two_phase_commit_have_short_stories() {
    // That it aborts without a cause shows even earlier.
    let except = vec!["abort-non-triviality".to_owned()];
    let found = violation(&Search { except, ..two_phase(&[Bug::AbortsInDoubt]) });
    assert_eq!(found.invariant, "agreement");
    println!("{:#?}", found.schedule);
    let found = violation(&two_phase(&[Bug::ForgetsAfterOneAck]));
    assert_eq!(found.invariant, "forget-safe");
    println!("{:#?}", found.schedule);
}

/// Timers may run out at any time here, which is to say that messages may take for ever: three-phase commit is not made
/// for that.
#[test]
fn without_a_bound_on_delays_three_phase_commit_decides_both_ways() {
    let config = three_phase_commit::Config::default();
    let mut search = search::<ThreePhaseCommit>(config, "append k1 1; append k2 2");
    assert_eq!(violation(&search).invariant, "no-commit-while-uncertain");
    search.except = vec!["no-commit-while-uncertain".to_owned()];
    let found = violation(&search);
    assert_eq!(found.invariant, "agreement");
    println!("{:#?}", found.schedule);
}
