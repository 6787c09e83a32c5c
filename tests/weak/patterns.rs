//! Each bad pattern is found by its name, and told so that one can follow.

use crate::small::read;
use splitbrain::consistency::weak::{Bound, Budget, Model, Pattern, Verdict, Violation, check};
use splitbrain::node::Nanos;

fn violation(model: Model, text: &str) -> Violation {
    match check(model, &read(text), &Budget::default()) {
        Verdict::Violated(violation) => violation,
        other => panic!("{model} of `{text}`: {other:?}"),
    }
}

/// What is wrong, in which model, and a history that has it and nothing worse.
#[test]
fn each_pattern_is_found_by_its_name() {
    let delay = Model::BoundedStaleness(Bound::Time(Nanos(1)));
    let versions = Model::BoundedStaleness(Bound::Versions(1));
    let found = [
        (Pattern::ThinAirRead, Model::Causal, "p: rx7"),
        (Pattern::CyclicCo, Model::Causal, "p: rx1 wy1; q: ry1 wx1"),
        (Pattern::WriteCoInitRead, Model::Causal, "p: wx1; q: rx1 wy1; s: ry1 rx0"),
        (Pattern::WriteCoRead, Model::Causal, "p: wx1 wx2; q: rx2 rx1"),
        (Pattern::CyclicCf, Model::CausalConvergence, "p: wx1 rx2; q: wx2 rx1"),
        (Pattern::WriteHbInitRead, Model::CausalMemory, "p: wz1 wx1 wy1; q: wx2 rz0 ry1 rx2"),
        (Pattern::CyclicHb, Model::CausalMemory, "p: wx1; q: wx2; s: rx2 rx1 rx2"),
        (Pattern::CyclicHb, Model::Pram, "p: wx1; q: wx2; s: rx2 rx1 rx2"),
        (Pattern::WriteHbInitRead, Model::Pram, "p: wx1; q: rx1 rx0"),
        (Pattern::CyclicOrder, Model::Sequential, "p: wx1 ry0; q: wy1 rx0"),
        (Pattern::NoOrder, Model::Sequential, CROWDED),
        (Pattern::OldRead, Model::ReadYourWrites, "p: wx1 wx2 rx1"),
        (Pattern::InitialRead, Model::ReadYourWrites, "p: wx1 rx0"),
        (Pattern::OldRead, Model::MonotonicReads, "p: wx1 wx2; q: rx2 rx1"),
        (Pattern::InitialRead, Model::MonotonicWrites, "p: wx1 wy1; q: ry1 rx0"),
        (Pattern::OldRead, Model::MonotonicWrites, "p: wx1 wx2 wy1; q: ry1 rx1"),
        (Pattern::OldRead, Model::WritesFollowReads, "p: wx1; q: rx1 wx2; s: rx2 rx1"),
        (Pattern::CyclicCo, Model::WritesFollowReads, "p: rx1 wy1; q: ry1 wx1"),
        (Pattern::FutureRead, Model::Linearizable, "p: rx1@0-1; q: wx1@2-3"),
        (Pattern::CrossedValues, Model::Linearizable, "p: wx1@0-1; q: rx0@2-3"),
        (Pattern::CrossedValues, delay, "p: wx1@0-1 wx2@2-3; q: rx1@9-9"),
        (Pattern::TooOld, versions, "p: wx1@0-1 wx2@2-3; q: rx0@4-5"),
        (Pattern::Disagreement, Model::Eventual(Nanos::ZERO), "p: wx1@0-1 wx2@2-3; q: rx1@4-5; s: rx2@4-5"),
        (Pattern::LostWrites, Model::Eventual(Nanos::ZERO), "p: wx1@0-1; q: rx0@4-5"),
    ];
    let mut names = std::collections::BTreeSet::new();
    for (pattern, model, text) in found {
        let violation = violation(model, text);
        assert_eq!(violation.pattern, pattern, "{model} of `{text}`: {:#?}", violation.story);
        assert!(!violation.story.is_empty() && !violation.lines.is_empty(), "{model} of `{text}`");
        assert!(violation.lines.iter().all(|line| *line > 0 && *line <= 16));
        names.insert(pattern.name());
    }
    assert_eq!(names.len(), 16);
}

/// Nothing that follows goes round, and yet there is no order: only trying shows it. Of two writes to a key, one comes
/// with all its reads before the other. Whichever that is for x, and whichever for y, the sessions close a ring: each
/// reads, or writes, one of the values of a key before it reads one of the other key's, and all eight pairs occur.
const CROWDED: &str = "a: wx1 ry1; b: wx2 ry2; c: wy1 rx2; d: wy2 rx1; e: rx1 ry2; f: rx2 ry1; g: ry1 rx1; h: ry2 rx2";

#[test]
fn a_ring_that_only_the_search_sees_is_open_without_any_of_its_sessions() {
    let sessions: Vec<&str> = CROWDED.split("; ").collect();
    for left_out in 4..sessions.len() {
        let others: Vec<&str> = (0..sessions.len()).filter(|n| *n != left_out).map(|n| sessions[n]).collect();
        let verdict = check(Model::Sequential, &read(&others.join("; ")), &Budget::default());
        assert_eq!(verdict, Verdict::Holds, "without {}", sessions[left_out]);
    }
    let story = violation(Model::Sequential, CROWDED).story;
    assert!(story[0].starts_with("no order of all 16 operations exists: after"), "{}", story[0]);
    assert!(story.len() > 1 && story[1].starts_with("  still to come: process"), "{story:#?}");
}

#[test]
fn a_violation_is_told_in_steps() {
    let story = violation(Model::Causal, "p: wx1; q: rx1 wy1; s: ry1 rx0").story;
    assert_eq!(
        story,
        [
            "process 0 wrote 1 to x (line 1)",
            "  which process 1 read 1 from x (line 2)",
            "  then the same process wrote 1 to y (line 3)",
            "  which process 2 read 1 from y (line 4)",
            "  then the same process read the initial value of x (line 5)",
            "so the key had been written before that read",
        ]
    );
    let story = violation(Model::CausalConvergence, "p: wx1 rx2; q: wx2 rx1").story;
    assert!(
        story.iter().any(|line| line.contains("so [1] ")) && story.iter().any(|line| line.contains("by [1] before"))
    );
    assert_eq!(story.last().map(String::as_str), Some("so each of these would come before itself"));
}

/// A search that may not try enough says so.
#[test]
fn a_small_budget_is_undecided_and_never_a_verdict() {
    let few = Budget { frontiers: 1, ..Budget::default() };
    assert!(matches!(check(Model::Sequential, &read(CROWDED), &few), Verdict::Undecided(_)));
    let none = Budget { work: 0, ..Budget::default() };
    let text = "p: wx1; q: wx2; s: rx2 rx1 rx2";
    for model in [Model::Pram, Model::CausalMemory] {
        assert!(matches!(check(model, &read(text), &none), Verdict::Undecided(_)), "{model}");
    }
    // Without conclusions the search alone must find the same.
    assert!(matches!(check(Model::Sequential, &read("p: wx1 ry0; q: wy1 rx0"), &none), Verdict::Violated(_)));
}
