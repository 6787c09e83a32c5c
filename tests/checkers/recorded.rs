//! The histories that other people's systems produced: all verdicts of `expected.tsv`.

use super::plain;
use splitbrain::consistency::format::read;
use splitbrain::consistency::history::History;
use splitbrain::consistency::linearizable::part::Part;
use splitbrain::consistency::linearizable::translate::{Model, translate};
use splitbrain::consistency::linearizable::turns::{Limits, Verdict, judge};

/// File, model and whether it is linearizable.
pub fn recorded() -> Vec<(String, Model, bool, History)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories");
    let table = std::fs::read_to_string(format!("{root}/expected.tsv")).unwrap();
    let row = |row: &str| {
        let cells: Vec<&str> = row.split('\t').collect();
        let model = if cells[1] == "register-cas" { Model::Register } else { Model::KeyValue };
        let text = std::fs::read_to_string(format!("{root}/{}", cells[0])).unwrap();
        let history = read(&text, None).unwrap_or_else(|bad| panic!("{}: {bad}", cells[0]));
        (cells[0].to_owned(), model, cells[2] == "true", history)
    };
    table.lines().skip(1).map(row).collect()
}

fn parts(history: &History, model: Model) -> Vec<Part> {
    translate(history, model).unwrap_or_else(|bad| panic!("{bad}"))
}

#[test]
fn all_verdicts_on_recorded_histories_are_as_expected() {
    let (mut count, mut steps) = (0, 0);
    for (file, model, linearizable, history) in recorded() {
        assert_eq!(Model::of(&history), Some(model), "{file}");
        let judged = judge(&parts(&history, model), Limits::PATIENT);
        match judged.verdict {
            Verdict::Holds => assert!(linearizable, "{file} is not linearizable"),
            Verdict::Violated(evidence) => {
                assert!(!linearizable, "{file} is linearizable: {evidence:?}");
                assert!(evidence.shortest && evidence.conflicting.len() >= 2, "{file}: {evidence:?}");
                assert!(evidence.conflicting.contains(&evidence.last), "{file}: {evidence:?}");
            }
            Verdict::Undecided(keys) => panic!("{file} is undecided: {keys:?}"),
        }
        (count, steps) = (count + 1, steps + judged.steps);
    }
    assert_eq!(count, 56);
    // The greater part of it for the evidence.
    assert!(steps < 250_000, "{steps} steps");
}

/// The search as it was published, without what ours leaves out, says the same of every recorded history; and so of
/// every prefix of some, which are mostly harder to tell.
#[test]
fn the_plain_search_agrees_on_recorded_histories() {
    for (file, model, linearizable, history) in recorded() {
        let legal = parts(&history, model).iter().all(|part| plain::search(part, u64::MAX).0.unwrap());
        assert_eq!(legal, linearizable, "{file}");
    }
}

/// The shortest prefix that is said to be illegal is illegal, and the one before it is not, as the plain search sees
/// it; and letting go of all that is not to blame makes nothing legal. The plain search has its limits: many
/// operations of unknown outcome are too much for it.
#[test]
fn evidence_stands_up() {
    const STEPS: u64 = 200_000;
    let (mut illegal, mut told) = (0, [0; 3]);
    for (file, model, linearizable, history) in recorded() {
        if linearizable {
            continue;
        }
        illegal += 1;
        let parts = parts(&history, model);
        let Verdict::Violated(evidence) = judge(&parts, Limits::PATIENT).verdict else { panic!("{file}") };
        let part = parts.iter().find(|part| part.key == evidence.key).unwrap();
        let end = part.operations.iter().find(|placed| placed.operation == evidence.last).unwrap().span.ret.unwrap();
        let upto = |end: u32| part.loosened(|_, p| (p.span.call <= end, p.span.ret.is_some_and(|ret| ret <= end)));
        let blamed = upto(end).loosened(|_, p| (true, evidence.conflicting.contains(&p.operation)));
        let cases = [(upto(end), false), (upto(end - 1), true), (blamed, false)];
        for (told, (part, expected)) in told.iter_mut().zip(cases) {
            let found = plain::search(&part, STEPS).0;
            assert_ne!(found, Some(!expected), "{file}");
            *told += u64::from(found.is_some());
        }
    }
    assert!(illegal > 40 && told[0] > 35 && told[1] > 35 && told[2] > 10, "{told:?} of {illegal}");
}
