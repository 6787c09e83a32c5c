//! What failed, what is open, what is written twice, and sessions that are none.

use crate::small::read;
use splitbrain::consistency::weak::{Bound, Budget, Model, Pattern, Verdict, check};
use splitbrain::node::Nanos;

fn judged(model: Model, text: &str) -> Verdict {
    check(model, &read(text), &Budget::default())
}

fn all() -> Vec<Model> {
    Model::all(Nanos(10), 1).into_iter().filter(|model| !matches!(model, Model::Eventual(_))).collect()
}

/// An open write may be seen or not. Appendix: p w1 info, q r1, s r0 before it; then s r0 after it.
#[test]
fn an_open_write_may_have_happened() {
    for model in all() {
        assert_eq!(judged(model, "p: wx1@0-; q: rx1@5-6; s: rx0@1-2"), Verdict::Holds, "{model}");
        assert_eq!(judged(model, "p: wx1@0-; q: rx0@50-60"), Verdict::Holds, "{model}: unseen");
        assert_eq!(judged(model, "p: wx1@0-; q: rx0@50-60 rx1@70-71"), Verdict::Holds, "{model}: seen late");
    }
    // Once it was seen, it has happened.
    let text = "p: wx1@0-; q: rx1@5-6; s: rx0@70-80";
    assert!(matches!(judged(Model::Linearizable, text), Verdict::Violated(_)));
    assert_eq!(judged(Model::Sequential, text), Verdict::Holds);
    let text = "p: wx1@0-; q: rx1@5-6 rx0@70-80";
    for model in all() {
        let may = matches!(model, Model::ReadYourWrites | Model::BoundedStaleness(Bound::Versions(_)));
        assert_eq!(judged(model, text) == Verdict::Holds, may, "{model}");
    }
}

/// An open write comes last in its session: what was done before it precedes it.
#[test]
fn an_open_write_keeps_its_place_in_its_session() {
    let text = "p: wx1@0-1 wy1@2-; q: ry1@4-5 rx0@6-7";
    for (model, holds) in [(Model::MonotonicWrites, false), (Model::Pram, false), (Model::MonotonicReads, true)] {
        assert_eq!(judged(model, text) == Verdict::Holds, holds, "{model}");
    }
}

#[test]
fn an_open_read_saw_nothing() {
    for model in all() {
        assert_eq!(judged(model, "p: wx1@0-1; q: rx7@2-"), Verdict::Holds, "{model}");
    }
}

#[test]
fn a_failed_write_did_not_happen() {
    for model in all() {
        assert_eq!(judged(model, "p: fx1@0-1 rx0@2-3; q: rx0@20-30"), Verdict::Holds, "{model}");
        let Verdict::Violated(violation) = judged(model, "p: fx1@0-1; q: rx1@2-3") else { panic!("{model}") };
        assert_eq!(violation.pattern, Pattern::ThinAirRead);
        assert!(violation.story[0].contains("which nobody wrote but line 1, and that did not happen"));
    }
}

/// A value written twice and read: which write was seen would be a guess.
#[test]
fn a_repeated_value_is_undecided_if_it_was_read() {
    for model in Model::all(Nanos(10), 1) {
        let Verdict::Undecided(why) = judged(model, "p: wx1; q: wx1; s: rx1") else { panic!("{model}") };
        assert!(why.contains("the value 1 of x was read and is written twice, on lines 1 and 2"), "{why}");
        let Verdict::Undecided(why) = judged(model, "p: wx0; q: rx0") else { panic!("{model}") };
        assert!(why.contains("x was read as having its initial value, which line 1 also writes"), "{why}");
        // An open write may be the one that was seen.
        assert!(matches!(judged(model, "p: wx1; q: wx1@0-; s: rx1"), Verdict::Undecided(_)), "{model}");
    }
    for model in all() {
        assert_eq!(judged(model, "p: wx1; q: wx1; s: ry0"), Verdict::Holds, "{model}: nobody read it");
        assert_eq!(judged(model, "p: wx1 ; q: wy1; s: rx1@30-31 ry1@32-33"), Verdict::Holds, "{model}: another key");
        assert_eq!(judged(model, "p: wx1; q: fx1; s: rx1@30-31"), Verdict::Holds, "{model}: the other failed");
    }
}

/// A process that goes on while a write that happened is open has no session order.
#[test]
fn a_process_that_overlaps_itself_is_no_session() {
    for model in Model::all(Nanos(10), 1) {
        let verdict = judged(model, "p: wx1@0- rx1@20-21; q: rx1@30-31");
        match model {
            Model::Linearizable | Model::BoundedStaleness(_) => assert_eq!(verdict, Verdict::Holds, "{model}"),
            Model::Eventual(_) => assert!(!matches!(verdict, Verdict::Violated(_)), "{verdict:?}"),
            _ => {
                let Verdict::Undecided(why) = verdict else { panic!("{model}") };
                assert!(why.contains("process 0 goes on (line 2) while what it asked on line 1 is open"), "{why}");
            }
        }
    }
}

/// When writes to a key have ceased, and what an open one means for that.
#[test]
fn convergence_waits_for_open_writes() {
    let soon = Model::Eventual(Nanos(5));
    assert_eq!(judged(soon, "p: wx1@0-1; q: rx1@7-8; s: rx1@9-9"), Verdict::Holds);
    assert!(matches!(judged(soon, "p: wx1@0-1; q: rx1@5-6"), Verdict::Undecided(_)), "not quiet yet");
    // Seen at 9 for the first time: over then, at the latest. The reads at 11 are too early to judge.
    let text = "p: wx1@0-; q: wx2@0-1; s: rx1@8-9 rx2@11-12";
    assert!(matches!(judged(soon, text), Verdict::Undecided(_)));
    let text = "p: wx1@0-; q: wx2@0-1; s: rx1@8-9 rx2@20-21; t: rx1@20-21";
    assert!(matches!(judged(soon, text), Verdict::Violated(_)));
    // Nobody has seen 3: it may be on its way, so that nobody can say when writes had ceased.
    let text = "p: wx1@0-1; q: wx2@0-1; u: wx3@0-; s: rx2@20-21; t: rx1@20-21";
    assert!(matches!(judged(soon, text), Verdict::Undecided(_)));
    let text = "p: wx1@0-1; q: wx2@0-1; u: wx3@0-; s: rx2@20-21; t: rx2@20-21";
    assert_eq!(judged(soon, text), Verdict::Holds, "they agree: it need not have happened");
}
