//! Exhaustive search: published counts of states, and one toy for each thing that it must see.

mod models;

use models::toys::{Counter, CounterBug, Dice, DiceConfig, Tally};
use models::two_phase::{Config, TwoPhase};
use splitbrain::engine::play::{Script, play};
use splitbrain::engine::schedule::parse;
use splitbrain::engine::summary::Ending;
use splitbrain::node::{ClientId, NodeId, RequestId};
use splitbrain::search::explore::{Ended, Explorable, Messages, Report, Search, Violation, explore};

fn two_phase(managers: u32, config: Config) -> Search<TwoPhase> {
    Search::new(managers + 1, config)
}

fn counts(report: &Report) -> (usize, u32) {
    assert!(report.complete(), "ended: {:?}", report.ended);
    assert_eq!(report.violation, None);
    (report.distinct, report.depth)
}

fn checked(report: &Report) -> Vec<&str> {
    report.checked.iter().filter(|(_, times)| *times > 0).map(|(name, _)| *name).collect()
}

/// Searches, and plays what was found through the engine, which shares no code with the search but the node's own: it
/// must come to the same violation.
fn violation<N: Explorable<Config: Clone>>(search: &Search<N>) -> Violation {
    let report = explore(search);
    assert_eq!(report.ended, Ended::Violation);
    let found = report.violation.expect("a search that ends with a violation reports it");
    let lines = found.schedule.iter().map(|line| parse::<N::Family>(line, search.nodes).expect(line));
    let script = Script {
        nodes: search.nodes,
        immediate: true,
        lines: lines.collect(),
        except: search.except.clone(),
        watched: Vec::new(),
        record: false,
    };
    match play::<N>(&script, search.config.clone()).summary.ending {
        Ending::Violated(played) => assert_eq!(played.invariant, found.invariant),
        other => panic!("the schedule {:#?} ends with {other:?}", found.schedule),
    }
    found
}

fn requests(to: &[u32]) -> Vec<(NodeId, RequestId, u64)> {
    let numbered = to.iter().zip(1..);
    numbered.map(|(to, sequence)| (NodeId::new(*to), request(sequence), u64::from(sequence))).collect()
}

fn request(sequence: u32) -> RequestId {
    RequestId { client: ClientId::new(0), sequence }
}

/// Distinct states and depth as TLC gives them for TwoPhase.tla of tlaplus/Examples.
#[test]
fn two_phase_commit_has_the_published_counts() {
    assert_eq!(counts(&explore(&two_phase(3, Config::default()))), (288, 11));
    assert_eq!(counts(&explore(&two_phase(5, Config::default()))), (8_832, 17));
}

#[test]
fn two_phase_commit_of_seven_has_the_published_counts() {
    let report = explore(&two_phase(7, Config::default()));
    assert_eq!(counts(&report), (296_448, 23));
    assert_eq!(report.reached, ["Decided", "Committed", "Aborted"]);
    assert_eq!(checked(&report), ["consistent"]);
}

#[test]
fn committing_on_a_majority_is_found_by_a_shortest_path() {
    let found = violation(&two_phase(3, Config { commits_on_majority: true, ..Config::default() }));
    assert_eq!(found.invariant, "consistent");
    assert_eq!(found.evidence, "n2 has Committed, and another node has done the opposite");
    assert_eq!(
        found.schedule,
        [
            "fire n2 prepare",
            "fire n3 prepare",
            "fire n4 abort",
            "deliver n2->n1 Prepared#1",
            "deliver n3->n1 Prepared#1",
            "fire n1 commit",
            "deliver n1->n2 Commit#1",
        ]
    );
}

#[test]
fn an_invariant_can_be_left_out() {
    let mut search = two_phase(3, Config { commits_on_majority: true, ..Config::default() });
    search.except = vec!["consistent".to_owned()];
    let report = explore(&search);
    assert!(report.complete());
    assert_eq!(checked(&report), [] as [&str; 0]);
}

#[test]
fn bounds_are_reported_never_passed_over() {
    let whole = explore(&two_phase(3, Config::default()));
    let ended = |depth, states| {
        let report = explore(&Search { depth, states, ..two_phase(3, Config::default()) });
        assert!(report.distinct <= states && report.depth <= depth);
        (report.ended, report.complete())
    };
    assert_eq!(ended(whole.depth, usize::MAX), (Ended::Depth, false));
    assert_eq!(ended(whole.depth + 1, whole.distinct), (Ended::Exhausted, true));
    assert_eq!(ended(u32::MAX, whole.distinct - 1), (Ended::States, false));
}

#[test]
fn a_search_says_the_same_every_time() {
    for bug in [false, true] {
        let search = || explore(&two_phase(4, Config { commits_on_majority: bug, ..Config::default() }));
        assert_eq!(search(), search());
    }
}

#[test]
fn a_message_ahead_of_its_fact_is_unannounced() {
    let mut search = two_phase(2, Config { tells_late: true, ..Config::default() });
    let found = violation(&search);
    assert_eq!(found.invariant, "unannounced");
    assert_eq!(found.evidence, "n1 sends Abort, but Decided { commit: false } never happened at n1");
    assert_eq!(found.schedule, ["fire n1 abort"]);
    search.except = vec!["unannounced".to_owned()];
    assert!(explore(&search).complete());
}

fn counter(bug: CounterBug) -> Search<Counter> {
    Search { requests: requests(&[0, 0]), crashes: 1, ..Search::new(2, bug) }
}

#[test]
fn a_count_on_disk_survives_a_crash() {
    let report = explore(&counter(CounterBug::None));
    // Either request has arrived or not (4), times: all up and a crash to come, all up after it, n1 down, n2 down.
    assert_eq!(counts(&report), (4 * 4, 5));
    assert_eq!(checked(&report), ["growing-answers"]);
}

#[test]
fn a_count_in_memory_is_seen_as_it_is_sent() {
    let found = violation(&counter(CounterBug::KeepsInMemory));
    assert_eq!(found.invariant, "durable-before-send");
    assert_eq!(found.evidence, "n1 sends Counted { count: 1 } to n2, but the count is not on disk");
    assert_eq!(found.schedule, ["request n1 c1#1 1"]);
}

#[test]
fn a_record_behind_the_message_is_too_late_though_the_disk_is_immediate() {
    let found = violation(&counter(CounterBug::SendsEarly));
    assert_eq!(found.invariant, "durable-before-send");
    let search = Search { except: vec!["durable-before-send".to_owned()], ..counter(CounterBug::SendsEarly) };
    // Nothing comes of it here: a crash falls between steps.
    assert_eq!(explore(&search).violation, None);
}

#[test]
fn a_count_in_memory_is_lost_by_a_crash() {
    let except = vec!["durable-before-send".to_owned()];
    let found = violation(&Search { except: except.clone(), ..counter(CounterBug::KeepsInMemory) });
    assert_eq!(found.invariant, "growing-answers");
    assert_eq!(found.evidence, "n1 answered 1 to c1#2 after 1 had been answered");
    assert_eq!(found.schedule, ["request n1 c1#1 1", "crash n1", "restart n1", "request n1 c1#2 2"]);
    let without = Search { except, crashes: 0, ..counter(CounterBug::KeepsInMemory) };
    assert!(explore(&without).complete(), "without a crash nothing is lost");
}

#[test]
fn a_request_that_stands_twice_is_delivered_twice() {
    let twice = [requests(&[0]), requests(&[0])].concat();
    let report = explore(&Search { requests: twice, ..Search::<Counter>::new(2, CounterBug::None) });
    assert_eq!(counts(&report), (3, 3));
}

/// Two equal tickets and another: in flight are 2 and 1, and any part of them may have arrived.
#[test]
fn a_bag_delivers_each_message_once() {
    let bag = |config| Search { messages: Messages::Bag, ..Search::<Tally>::new(2, config) };
    assert_eq!(counts(&explore(&bag(None))), (6, 4));
    let found = violation(&bag(Some(3)));
    assert_eq!(found.schedule, ["deliver n1->n2 Plain#1", "deliver n1->n2 Plain#2", "deliver n1->n2 Golden#1"]);
    assert!(explore(&bag(Some(4))).complete());
}

#[test]
fn a_set_delivers_a_message_again_and_again() {
    let set = |config| Search { limit: |tally: &Tally, ()| tally.arrived <= 5, ..Search::new(2, config) };
    let found = violation(&set(Some(4)));
    assert_eq!(found.schedule, ["deliver n1->n2 Plain#2"; 4]);
    let report = explore(&set(None));
    assert_eq!(counts(&report), (7, 7));
    assert_eq!(report.beyond, 1);
}

const DICE: DiceConfig = DiceConfig { faces: 3, panics_at: None };

#[test]
fn every_choice_is_gone_through() {
    let report = explore(&Search::<Dice>::new(1, DICE));
    // Two dice; of three faces, then of four; and four more after a 2.
    assert_eq!(counts(&report), (2 + (2 + 4) + (3 + 4), 2));
    assert_eq!(report.runs, 2 + (2 + 4) + (3 + 4));
    assert_eq!(counts(&explore(&Search::<Dice>::new(2, DICE))), ((8 + 7) * (8 + 7), 3));
}

#[test]
fn choices_without_end_are_cut_off_and_reported() {
    let report = explore(&Search::<Dice>::new(1, DiceConfig { faces: u64::MAX / 2, ..DICE }));
    assert_eq!(report.ended, Ended::Choices);
    assert!(!report.complete());
    assert!(report.runs <= 2 + 2 * Report::ALTERNATIVES_MAX as u64);
}

#[test]
fn a_panic_is_a_violation_and_its_choices_are_in_the_schedule() {
    let mut search = Search::<Dice>::new(2, DiceConfig { panics_at: Some([1, 2, 3]), ..DICE });
    let found = violation(&search);
    assert_eq!(found.invariant, "no-panic");
    assert_eq!(found.evidence, "n2 panicked: n2 rolled [2, 3] with die 1");
    assert_eq!(found.schedule, ["choose n1 0", "choose n2 1", "choose n2 2", "choose n2 3", "fire n2 roll"]);
    search.except = vec!["no-panic".to_owned()];
    // A node that panicked is down; it may start again, and roll again.
    assert!(explore(&search).complete());
}
