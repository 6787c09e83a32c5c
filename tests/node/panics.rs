//! A node that panics is a finding, and no accident of the engine.

use crate::models::puppet::Do::*;
use crate::models::puppet::{CURSED_CLAIM, CURSED_FACT, Disk, perform};
use crate::models::toys::{Dice, DiceConfig};
use crate::violation;
use splitbrain::engine::config::{DiskConfig, WorkloadConfig};
use splitbrain::engine::core::Core;
use splitbrain::engine::model::{LinkModel, NetworkModel};
use splitbrain::engine::summary::Ending;
use splitbrain::engine::world::{Setup, run};
use splitbrain::node::Nanos;

#[test]
fn a_panic_in_a_handler_is_a_finding() {
    let told = perform(Disk::Immediate, &[&[Call, Panic]], &["request n2 c1#1 1"], &[]);
    assert_eq!(violation(&told), Some(("no-panic", "n2 panicked: n2 was told to panic")));
    // A step that panics leaves nothing behind.
    assert_eq!(told.summary.traffic.sent, 0);
    let schedule = ["request n1 c1#1 1", "deliver n1->n2 Poison#1"];
    let poisoned = perform(Disk::Immediate, &[&[Poison]], &schedule, &[]);
    assert_eq!(violation(&poisoned), Some(("no-panic", "n2 panicked: n2 was poisoned by n1")));
    let timed = perform(Disk::Immediate, &[&[Panic], &[SetTimer]], &["request n1 c1#1 2", "fire n1 next"], &[]);
    assert_eq!(violation(&timed), Some(("no-panic", "n1 panicked: n1 was told to panic")));
}

/// What a node says of its records and messages is a part of it, too.
#[test]
fn a_panic_in_fact_of_or_backed_is_a_finding() {
    for (program, says) in [
        ([Write(CURSED_FACT)], "the record is no fact that anybody knows"),
        ([Last(CURSED_CLAIM)], "the message is none that anybody knows"),
    ] {
        let played = perform(Disk::Immediate, &[&program], &["request n1 c1#1 1"], &[]);
        let (invariant, evidence) = violation(&played).expect("a finding");
        assert_eq!(invariant, "no-panic");
        assert!(evidence.starts_with("n1 panicked: ") && evidence.contains(says), "{evidence}");
    }
}

/// A timed run without clients.
fn quiet(seed: u64, except: &[&str]) -> Setup {
    Setup {
        nodes: 2,
        network: NetworkModel::uniform(LinkModel::default(), 2),
        disk: DiskConfig::default(),
        faults: Vec::new(),
        workload: WorkloadConfig { clients: 0, ..WorkloadConfig::default() },
        run_for: Nanos::from_millis(100),
        events_max: u64::MAX,
        liveness_bound: Nanos::from_millis(100),
        disk_budget: 0,
        core: Core::All,
        watched: Vec::new(),
        blocks: None,
        except: except.iter().map(|name| (*name).to_owned()).collect(),
        seed,
        record: false,
    }
}

#[test]
fn a_panic_in_a_timed_run_is_a_finding() {
    let dice = DiceConfig { faces: 3, panics_at: Some([1, 2, 3]) };
    let endings = (0..100).map(|seed| run::<Dice>(&quiet(seed, &[]), dice).summary.ending);
    let (calm, found): (Vec<_>, Vec<_>) = endings.partition(|ending| *ending == Ending::Completed);
    assert!(!calm.is_empty() && !found.is_empty());
    for ending in found {
        let Ending::Violated(violation) = ending else { panic!("{ending:?}") };
        let evidence = format!("{0} panicked: {0} rolled [2, 3] with die 1", violation.node.unwrap());
        assert_eq!((violation.invariant, violation.evidence), ("no-panic", evidence));
        assert_eq!(violation.time, Nanos::from_millis(1));
    }
}

/// Where panics do not count, the run must still not end as if it had been played to its end.
#[test]
fn a_run_that_a_panic_cuts_short_has_not_completed() {
    let dice = DiceConfig { faces: 3, panics_at: Some([1, 2, 3]) };
    for seed in 0..100 {
        let summary = run::<Dice>(&quiet(seed, &["no-panic"]), dice).summary;
        assert_eq!(summary.ending == Ending::Completed, summary.settled.is_some(), "seed {seed}");
    }
    let schedule = ["request n1 c1#1 1", "request n2 c1#2 2"];
    let played = perform(Disk::Immediate, &[&[Panic], &[Call]], &schedule, &["no-panic"]);
    assert!(played.summary.ending != Ending::Completed || played.summary.traffic.sent == 1);
}
