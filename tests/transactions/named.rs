//! Each anomaly by its name, and the histories that tell the models apart.

use crate::text::{history, try_history};
use splitbrain::consistency::transactions::{Assume, MODELS, Model, Report, Standing, judge};

fn report(text: &str) -> Report {
    judge(&history(text), Assume::default())
}

/// The names of what was found, and the strongest models that hold.
fn told(report: &Report) -> (String, String) {
    let names: Vec<String> = report.findings.iter().map(|finding| finding.anomaly.to_string()).collect();
    let models: Vec<&str> = report.strongest().iter().map(|model| model.name()).collect();
    (names.join(" "), models.join(" "))
}

fn shows(text: &str, names: &str, strongest: &str) {
    let report = report(text);
    assert_eq!(told(&report), (names.to_owned(), strongest.to_owned()), "{text}\n{:#?}", report.findings);
    for model in MODELS {
        let violated = report.standing(model) == Standing::Violated;
        assert_eq!(violated, report.against(model).next().is_some(), "{model}");
    }
}

#[test]
fn nothing_is_wrong_with_nothing() {
    shows("", "", "strict-serializable");
    shows("0 ok r x nil", "", "strict-serializable");
}

#[test]
fn one_after_the_other_is_strict_serializable() {
    shows(
        "0 0-1 ok append x 1\n0 2-3 ok append x 2, r x [1 2]\n1 4-5 ok r x [1 2], append y 1",
        "",
        "strict-serializable",
    );
}

#[test]
fn dirty_write_is_g0() {
    shows("0 ok append x 1, append y 1\n1 ok append x 2, append y 2\n2 ok r x [1 2]\n3 ok r y [2 1]", "G0", "");
}

#[test]
fn aborted_read_is_g1a() {
    shows("0 fail append x 1\n1 ok r x [1]", "G1a", "read-uncommitted");
}

#[test]
fn a_write_of_unknown_outcome_may_be_read() {
    shows("0 info append x 1\n1 ok r x [1]", "", "strict-serializable");
    shows("0 info append x 1\n1 ok r x []", "", "strict-serializable");
}

#[test]
fn intermediate_read_is_g1b() {
    // It is the list before T1's second append, too: T2 saw one write of T1 and missed one.
    shows("0 ok append x 1, append x 2\n1 ok r x [1]\n2 ok r x [1 2]", "G1b G-single", "read-uncommitted");
}

#[test]
fn circular_information_flow_is_g1c() {
    shows("0 ok append x 1, r y [1]\n1 ok append y 1, r x [1]", "G1c", "read-uncommitted");
}

#[test]
fn read_skew_is_g_single_and_fractured() {
    let text = "0 ok append x 1, append y 1\n1 ok r x [1], r y []";
    shows(text, "fractured-read G-single", "read-committed");
}

#[test]
fn a_longer_circle_with_one_missed_write_is_g_single() {
    let text = "0 ok append x 1\n1 ok r x [1], append y 1\n2 ok r y [1], r x []";
    shows(text, "G-single", "read-atomic");
}

#[test]
fn lost_update() {
    let text = "0 ok append x 1\n1 ok r x [1], append x 2\n2 ok r x [1], append x 3\n3 ok r x [1 2 3]";
    shows(text, "lost-update G-single", "read-atomic");
    // Nobody reads afterwards, so there is no order and no cycle, but whichever came first was missed.
    let text = "0 ok w x 1\n1 ok r x 1, w x 2\n2 ok r x 1, w x 3";
    shows(text, "lost-update G2-item", "read-committed");
}

#[test]
fn long_fork_is_g_nonadjacent() {
    let text = "0 ok append x 1\n1 ok append y 1\n2 ok r x [1], r y []\n3 ok r x [], r y [1]";
    shows(text, "G-nonadjacent", "parallel-snapshot-isolation");
}

#[test]
fn write_skew_is_g2_item() {
    let text = "0 ok r x [], append y 1\n1 ok r y [], append x 1";
    shows(text, "G2-item", "strong-snapshot-isolation");
}

#[test]
fn causal_reverse_is_serializable_and_not_strict() {
    let text = "0 0-1 ok append x 1\n1 2-3 ok append y 1\n2 0-9 ok r y [1], r x []";
    shows(text, "G-single-realtime", "strong-session-serializable");
}

#[test]
fn a_stale_read_of_ones_own_write_breaks_the_session() {
    let text = "0 0-1 ok append x 1\n0 2-3 ok r x []";
    shows(text, "G-single-process", "serializable");
    let text = "0 0-1 ok append x 1\n1 2-3 ok r x []";
    shows(text, "G-single-realtime", "strong-session-serializable");
}

#[test]
fn writes_against_the_order_of_time() {
    shows("0 0-1 ok append x 1\n0 2-3 ok append x 2\n1 4-5 ok r x [2 1]", "G0-process", "serializable");
    shows("0 0-1 ok append x 1\n1 2-3 ok append x 2\n2 4-5 ok r x [2 1]", "G0-realtime", "strong-session-serializable");
    shows("0 0-1 ok r x [1]\n0 2-3 ok append x 1", "G1c-process", "serializable");
    shows("0 0-1 ok r x [1]\n1 2-3 ok append x 1", "G1c-realtime", "strong-session-serializable");
}

#[test]
fn write_skew_in_the_order_of_a_session() {
    // T1 and T3 are of one process; T3 missed T2's write, T2 missed T1's.
    let text = "0 0-1 ok append x 1\n1 0-4 ok r x [], append y 1\n0 2-3 ok r y [], append z 1";
    shows(text, "G2-item-process", "serializable strong-snapshot-isolation");
}

#[test]
fn a_long_fork_in_real_time() {
    let text = "0 0-1 ok append x 1\n1 0-1 ok append y 1\n2 2-9 ok r x [1], r y []\n3 2-9 ok r y [1], append z 1";
    shows(text, "G-single-realtime", "strong-session-serializable");
}

#[test]
fn internal_contradictions() {
    shows("0 ok append x 1, r x []", "internal", "read-committed");
    // T1 missed T2's append, and saw it.
    shows("0 ok r x [], r x [1]\n1 ok append x 1", "internal G-single", "read-committed");
    shows("0 ok w x 1, r x 2\n1 ok w x 2", "internal", "read-committed");
    shows("0 ok r x [1], append x 2, r x [1 2]\n1 ok append x 1", "", "strict-serializable");
}

/// A read that contradicts its own transaction has still seen what others wrote.
#[test]
fn a_contradiction_hides_nothing_that_is_worse() {
    shows("0 fail append x 5\n1 ok append x 1, r x [1 5]", "G1a internal", "");
    shows("0 fail append x 5\n1 ok append x 1, r x [5]", "G1a internal", "read-uncommitted");
    shows("0 fail w x 5\n1 ok w x 1, r x 5", "G1a internal", "read-uncommitted");
    shows("0 ok w x 5, w x 6\n1 ok w x 1, r x 5", "G1b internal", "read-uncommitted");
    shows("0 ok append x 1, r x [1 5]", "thin-air-read internal", "");
    shows("0 ok w x 1, r x 5\n1 ok r x nil", "thin-air-read internal", "");
    // What was read closes a circle, though not by a transaction's first read of the key.
    let circle = "0 ok append y 1, r x [], r x [1]\n1 ok append x 1, r y [1]";
    shows(circle, "G1c internal", "read-uncommitted");
    shows("0 ok w y 1, w x 9, r x 1\n1 ok w x 1, r y 1", "G1c internal", "read-uncommitted");
    let told = report(circle);
    let circle = told.findings.iter().find(|finding| finding.anomaly.to_string() == "G1c").unwrap();
    assert!(circle.sentences.iter().any(|one| one.starts_with("T1 read x as [1] (line 1), with the 1")), "{circle:?}");
}

/// Its own append stands before another's, and no other read has that: whether that was committed cannot be told.
#[test]
fn a_read_that_fits_no_version_proves_nothing() {
    let report = report("0 ok append x 1, r x [1 5]\n1 ok append x 5\n2 ok r x [5 1]");
    assert_eq!(told(&report).0, "internal");
    assert_eq!(report.standing(Model::ReadAtomic), Standing::Violated);
    assert_eq!(report.standing(Model::ReadCommitted), Standing::Undecided);
    assert_eq!(report.standing(Model::ReadUncommitted), Standing::Undecided);
    assert!(report.doubts[0].contains("a read of x contradicts its own transaction"), "{:?}", report.doubts);
}

#[test]
fn duplicates_thin_air_and_scrambled_appends() {
    shows("0 ok append x 1\n1 ok r x [1 1]", "duplicate-elements", "");
    shows("0 ok append x 1\n1 ok r x [1 7]", "thin-air-read", "");
    shows("0 ok append x 1, append x 2\n1 ok r x [2 1]", "scrambled-appends G1b", "");
    shows("0 ok append x 1, append x 2\n1 ok r x [2]", "scrambled-appends G-single", "");
}

#[test]
fn incompatible_orders() {
    let text = "0 ok append x 1\n1 ok append x 2\n2 ok r x [1 2]\n3 ok r x [2 1]";
    let report = report(text);
    assert_eq!(told(&report).0, "incompatible-order");
    assert_eq!(report.standing(Model::ReadCommitted), Standing::Violated);
    assert_eq!(report.standing(Model::ReadUncommitted), Standing::Undecided);
}

#[test]
fn dirty_update() {
    let text = "0 fail append x 1\n1 ok append x 2\n2 ok r x [1 2]";
    shows(text, "G1a dirty-update", "read-uncommitted");
}

#[test]
fn future_read() {
    shows("0 ok r x [1], append x 1", "future-read", "read-uncommitted");
}

#[test]
fn registers_know_what_reads_tell() {
    shows("0 ok w x 1\n1 ok r x 1", "", "strict-serializable");
    shows("0 ok w x 1, r y 1\n1 ok w y 1, r x 1", "G1c", "read-uncommitted");
    shows("0 ok w x 1, w y 1\n1 ok r x 1, r y nil", "fractured-read G-single", "read-committed");
    shows("0 ok r x nil, w y 1\n1 ok r y nil, w x 1", "G2-item", "strong-snapshot-isolation");
    shows("0 fail w x 1\n1 ok r x 1", "G1a", "read-uncommitted");
    shows("0 ok w x 1, w x 2\n1 ok r x 1", "G1b", "read-uncommitted");
}

#[test]
fn a_register_may_have_held_one_value_before() {
    shows("0 0-1 ok r x 7\n0 2-3 ok w x 1\n0 4-5 ok r x 1", "", "strict-serializable");
    shows("0 ok r x 7\n1 ok r x nil", "thin-air-read", "");
    shows("0 ok r x 7\n1 ok r x 8", "thin-air-read", "");
}

#[test]
fn registers_that_the_caller_vouches_for() {
    // T3 read what T1 wrote after T2 wrote over it, if x is linearizable.
    let text = "0 0-1 ok w x 1\n1 2-3 ok w x 2\n2 4-5 ok r x 1, w y 1\n3 6-7 ok r y 1, r x 2";
    let history = history(text);
    assert!(judge(&history, Assume::default()).standing(Model::Serializable) != Standing::Violated);
    let report = judge(&history, Assume { linearizable_keys: true, ..Assume::default() });
    assert!(report.findings.iter().any(|finding| finding.anomaly.to_string() == "cyclic-versions"));
    let text = "0 0-1 ok w x 1, w y 1\n0 2-3 ok w x 2, w z 2\n1 ok r x 1, r z 2";
    let history = crate::text::history(text);
    let report = judge(&history, Assume { sequential_keys: true, ..Assume::default() });
    let names = "fractured-read G-single".to_owned();
    assert_eq!(told(&report), (names, "read-committed".to_owned()), "{:#?}", report.findings);
}

#[test]
fn what_cannot_be_told_is_undecided() {
    let text = "0 ok append x 1\n1 ok append x 1\n2 ok r x [1]";
    let report = report(text);
    assert!(report.findings.is_empty());
    assert!(MODELS.iter().all(|model| report.standing(*model) == Standing::Undecided));
    assert_eq!(report.doubts.len(), 1);
    assert!(report.doubts[0].contains("both wrote 1 to x"), "{:?}", report.doubts);
}

#[test]
fn an_aborted_transaction_may_have_tried_the_same_value() {
    shows("0 fail append x 1\n1 ok append x 1\n2 ok r x [1]", "", "strict-serializable");
}

#[test]
fn a_key_is_a_list_or_a_register() {
    let problem = try_history("0 ok append x 1\n1 ok w x 2").unwrap_err();
    assert_eq!(problem.to_string(), "line 2: key x is used as a register here and as a list in line 1");
}

#[test]
fn a_cycle_is_told_in_sentences() {
    let report = report("0 ok append x 1, append x 3\n1 ok r x [1 3], append y 1\n2 ok r y [1], r x []");
    let against: Vec<_> = report.against(Model::Serializable).collect();
    assert_eq!(against.len(), 1);
    assert_eq!(
        against[0].sentences,
        [
            "T2 read x as [1 3] (line 2), with the 3 that T1 wrote (line 1): T1 came before T2",
            "T3 read y as [1] (line 3), with the 1 that T2 wrote (line 2): T2 came before T3",
            "T3 read x as [] (line 3), without the 1 that T1 appended (line 1): T3 came before T1",
            "so T1 came before itself: a cycle",
        ]
    );
}

#[test]
fn own_appends_tell_nothing_of_the_order() {
    // Each saw its own append behind what was there; which of them came first was settled later.
    let text = "0 ok append x 1, r x [1]\n1 ok append x 2, r x [2]\n2 ok r x [1 2]";
    shows(text, "lost-update G-single", "read-atomic");
    shows("0 ok append x 1, r x [1 1]", "duplicate-elements", "");
}

#[test]
fn arrows_of_the_hierarchy_are_strict() {
    let separating = [
        ("read-committed", "read-uncommitted", "0 fail append x 1\n1 ok r x [1]"),
        ("read-atomic", "read-committed", "0 ok append x 1, append y 1\n1 ok r x [1], r y []"),
        (
            "parallel-snapshot-isolation",
            "read-atomic",
            "0 ok append x 1\n1 ok r x [1], append x 2\n2 ok r x [1], append x 3\n3 ok r x [1 2 3]",
        ),
        (
            "snapshot-isolation",
            "parallel-snapshot-isolation",
            "0 ok append x 1\n1 ok append y 1\n2 ok r x [1], r y []\n3 ok r x [], r y [1]",
        ),
        ("serializable", "snapshot-isolation", "0 ok r x [], append y 1\n1 ok r y [], append x 1"),
        ("repeatable-read", "read-atomic", "0 ok r x [], append y 1\n1 ok r y [], append x 1"),
        ("strong-session-snapshot-isolation", "snapshot-isolation", "0 0-1 ok append x 1\n0 2-3 ok r x []"),
        ("strong-snapshot-isolation", "strong-session-snapshot-isolation", "0 0-1 ok append x 1\n1 2-3 ok r x []"),
        ("strong-session-serializable", "serializable", "0 0-1 ok append x 1\n0 2-3 ok r x []"),
        (
            "strong-session-serializable",
            "strong-session-snapshot-isolation",
            "0 ok r x [], append y 1\n1 ok r y [], append x 1",
        ),
        ("strict-serializable", "strong-session-serializable", "0 0-1 ok append x 1\n1 2-3 ok r x []"),
        ("strict-serializable", "strong-snapshot-isolation", "0 ok r x [], append y 1\n1 ok r y [], append x 1"),
    ];
    for (stronger, weaker, text) in separating {
        let [stronger, weaker] = [stronger, weaker].map(|name| Model::named(name).unwrap());
        let report = report(text);
        assert!(stronger.implies(weaker) && stronger != weaker);
        assert_eq!(report.standing(stronger), Standing::Violated, "{stronger}: {text}");
        assert_eq!(report.standing(weaker), Standing::Holds, "{weaker}: {text}");
    }
    for model in MODELS {
        for weaker in model.weaker().iter().filter(|weaker| **weaker != Model::RepeatableRead) {
            let shown = separating.iter().any(|(one, other, _)| *one == model.name() && *other == weaker.name());
            assert!(shown, "no history tells {model} from {weaker}");
        }
    }
}
