//! The hierarchy: history by model. Every arrow holds and is strict; where there is no arrow, a history says so.

use crate::small::read;
use splitbrain::consistency::weak::{Budget, Judgement, Model, Verdict, check, strongest, strongest_of};
use splitbrain::node::Nanos;

const DELAY: Nanos = Nanos(10);
const VERSIONS: u32 = 1;

/// A name, the history, and a letter a model in the order of [`Model::all`]: linearizable, sequential, causal memory,
/// causal convergence, causal, PRAM, read your writes, writes follow reads, monotonic writes, monotonic reads,
/// staleness of 10 ns, staleness of 1 version, convergence within 10 ns. `y` holds, `n` violated, `?` nothing was read
/// late enough to have converged.
const HISTORIES: &[(&str, &str, &str)] = &[
    ("atomic", "p: wx1@0-4; q: rx1@1-2; s: rx1@30-31", "yyyyyyyyyyyyy"),
    ("atomic, overlapping", "p: wx1@0-4; q: rx1@1-2; s: rx1@3-5", "yyyyyyyyyyyy?"),
    ("stale read", "p: wx1@0-1; q: rx0@20-30", "nyyyyyyyyynyn"),
    ("stale within the bound", "p: wx1@0-1; q: rx0@2-3", "nyyyyyyyyyyy?"),
    ("two versions old", "p: wx1@0-1 wx2@2-3; q: rx0@20-30", "nyyyyyyyyynnn"),
    ("two versions old, within time", "p: wx1@0-1 wx2@2-3; q: rx0@4-5", "nyyyyyyyyyyn?"),
    ("new and old inverted", "p: wx1@0-9; q: rx1@1-2; s: rx0@3-4", "nyyyyyyyyyyy?"),
    ("store buffer", "p: wx1@0-1 ry0@2-3; q: wy1@0-1 rx0@2-3", "nnyyyyyyyyyy?"),
    ("opposite orders, each its own last", "p: wx1@0-1 rx2@4-5; q: wx2@0-1 rx1@4-5", "nnynyyyyyyyy?"),
    ("convergent, not a memory", "p: wz1 wx1 wy1; q: wx2 rz0 ry1 rx2", "nnnyynyyyynyy"),
    ("each read by itself", "p: wx1@0-9; q: wx2@0-9; s: rx2@1-2 rx1@3-4 rx2@5-6", "nnnnynyyyyyy?"),
    ("causality through a third", "p: wx1; q: rx1@10-11 wy1@12-13; s: ry1@20-21 rx0@22-23", "nnnnnyynyynyn"),
    ("a session's writes out of order", "p: wx1@0-1 wx2@2-3; q: rx2@4-5 rx1@6-7", "nnnnnnynnnyy?"),
    ("its writes to two keys", "p: wx1@0-1 wy1@2-3; q: ry1@4-5 rx0@6-7", "nnnnnnyynyyy?"),
    ("its own write missed", "p: wx1@0-1 rx0@2-3", "nnnnnnnyyyyy?"),
    ("its own older write", "p: wx1@0-1 wx2@2-3 rx1@4-5", "nnnnnnnyyyyy?"),
    ("a read that goes back", "p: wx1@0-1; q: rx1@2-3 rx0@4-5", "nnnnnnynnnyy?"),
    ("all guarantees but not at once", "p: wx1@0-1 wy1@2-3; q: ry1@4-5 wz1@6-7; s: rz1@8-9 rx0@10-11", "nnnnnyyyyyyy?"),
    ("an effect before its cause", "p: rx1@0-1 wy1@2-3; q: ry1@0-1 wx1@2-3", "nnnnnyynyynn?"),
    (
        "convergent and nothing else",
        "p: wx1@0-1 wx2@2-3; q: rx2@4-5 rx0@13-14 rx2@40-41; p2: wy1@0-1 wy2@2-3 ry0@13-14",
        "nnnnnnnnnnnny",
    ),
    ("diverged", "p: wx1@0-9; q: wx2@0-9; s: rx1@30-31; t: rx2@30-31", "nyyyyyyyyynyn"),
    ("out of thin air", "p: wx1@0-1; q: rx7@30-31", "nnnnnnnnnnnnn"),
];

fn letter(verdict: &Verdict) -> char {
    match verdict {
        Verdict::Holds => 'y',
        Verdict::Violated(_) => 'n',
        Verdict::Undecided(_) => '?',
    }
}

fn row(text: &str) -> String {
    let history = read(text);
    Model::all(DELAY, VERSIONS).iter().map(|model| letter(&check(*model, &history, &Budget::default()))).collect()
}

#[test]
fn each_history_has_the_models_it_should() {
    let models = Model::all(DELAY, VERSIONS);
    let mut wrong = Vec::new();
    println!("{:<36}lin seq cm  ccv cc  pram ryw wfr mw  mr  time k   ev", "");
    for (name, text, expected) in HISTORIES {
        let found = row(text);
        let cells: Vec<String> = found.chars().map(String::from).collect();
        println!("{name:<36}{}", cells.join("   "));
        for ((model, found), expected) in models.iter().zip(found.chars()).zip(expected.chars()) {
            if found != expected {
                wrong.push(format!("{name}: {model}: {found} where {expected} is right"));
            }
        }
        assert_eq!(expected.len(), models.len(), "{name}: {found}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// For every two models: if the one implies the other, no history has the one and breaks the other, and some history
/// has only the weaker one. If it does not, some history has the one and breaks the other.
#[test]
fn every_arrow_is_strict_and_no_arrow_is_missing() {
    let models = Model::all(DELAY, VERSIONS);
    let rows: Vec<String> = HISTORIES.iter().map(|(_, text, _)| row(text)).collect();
    let has = |a: usize, b: usize| {
        let cells = |row: &&String| (row.as_bytes()[a], row.as_bytes()[b]) == (b'y', b'n');
        rows.iter().any(|row| cells(&row))
    };
    let (mut arrows, mut others, mut wrong) = (0, 0, Vec::new());
    for (a, strong) in models.iter().enumerate() {
        for (b, weak) in models.iter().enumerate().filter(|(b, _)| *b != a) {
            match (strong.implies(*weak), has(a, b), has(b, a)) {
                (true, false, true) => arrows += 1,
                (false, true, _) => others += 1,
                (true, true, _) => wrong.push(format!("{strong} is said to imply {weak}, and does not")),
                (true, false, false) => wrong.push(format!("no history has {weak} and not {strong}")),
                (false, false, _) => wrong.push(format!("no history has {strong} and not {weak}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((arrows, others), (41, 115));
}

#[test]
fn the_strongest_models_are_named() {
    let strongest = |text: &str| {
        let judged = strongest(&Model::all(DELAY, VERSIONS), Ok(&read(text)), &[], &Budget::default());
        strongest_of(&judged).iter().map(Model::to_string).collect::<Vec<String>>()
    };
    assert_eq!(strongest(HISTORIES[0].1), ["linearizable"]);
    assert_eq!(strongest("p: wx1@0-1; q: rx0@20-30"), ["sequential", "bounded-staleness=1"]);
    assert_eq!(
        strongest("p: wx1@0-1 ry0@2-3; q: wy1@0-1 rx0@2-3"),
        ["causal-memory", "causal-convergence", "bounded-staleness=10ns", "bounded-staleness=1"]
    );
}

/// A verdict found out elsewhere settles what is undecided here.
#[test]
fn what_is_undecided_follows_from_what_is_known() {
    // The value is written twice: which write was read is unknown, but the history is linearizable.
    let history = read("p: wx1@0-1; q: wx1@2-3; s: rx1@4-5");
    let known = [Judgement { model: Model::Linearizable, verdict: Verdict::Holds, follows_from: None }];
    let alone = strongest(&Model::all(DELAY, VERSIONS), Ok(&history), &[], &Budget::default());
    assert!(alone.iter().all(|judgement| matches!(judgement.verdict, Verdict::Undecided(_))));
    let helped = strongest(&Model::all(DELAY, VERSIONS), Ok(&history), &known, &Budget::default());
    assert!(helped.iter().all(|judgement| judgement.verdict == Verdict::Holds));
    assert!(helped[1..].iter().all(|judgement| judgement.follows_from == Some(Model::Linearizable)));
}

#[test]
fn names_are_read_as_they_are_written() {
    for model in Model::all(Nanos(5_000_000), 3) {
        assert_eq!(Model::parse(&model.to_string()), Ok(model));
        assert!(model.meaning().len() > 20 && model.source().len() > 10);
    }
    for (text, part) in [
        ("causl", "unknown model `causl`: expected one of linearizable, sequential, causal-memory"),
        ("causal=3", "`causal` has no bound"),
        ("bounded-staleness", "needs a bound"),
        ("bounded-staleness=soon", "`soon` is no bound: expected a time as in `bounded-staleness=10ms`"),
        ("eventual=2", "`2` is no time: expected one as in `eventual=1s`"),
    ] {
        assert!(Model::parse(text).unwrap_err().contains(part), "{text}: {:?}", Model::parse(text));
    }
}
