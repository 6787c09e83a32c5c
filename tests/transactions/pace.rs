//! Long histories: a hundred thousand transactions, good and bad, are judged in one go and on one small stack.

#[path = "../../benches/transactions/long.rs"]
mod long;

use splitbrain::consistency::transactions::{Assume, Model, Standing, judge};

const MANY: u32 = 100_000;

#[test]
fn many_transactions_of_a_good_store_are_strict_serializable() {
    let report = judge(&long::history(MANY, 20, 0), Assume::default());
    assert_eq!(report.strongest(), [Model::StrictSerializable], "{:#?}", report.findings);
}

#[test]
fn a_few_stale_reads_among_many_are_found() {
    let report = judge(&long::history(MANY, 20, 1_000), Assume::default());
    assert_eq!(report.standing(Model::StrictSerializable), Standing::Violated);
    assert!(report.against(Model::StrictSerializable).all(|finding| finding.transactions.len() < 10));
}

#[test]
fn a_store_that_forgets_everything_is_judged_too() {
    // Half of all transactions read an empty list, the others append to it: edges are kept few by joints.
    let report = judge(&long::forgetful(MANY), Assume::default());
    assert_eq!(report.standing(Model::Serializable), Standing::Violated);
    assert!(report.findings.iter().any(|finding| finding.anomaly.to_string() == "G2-item"), "{:#?}", report.findings);
}
