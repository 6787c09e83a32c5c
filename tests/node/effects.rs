//! The order of effects: what leaves at once, and what waits for the disk.

use crate::effects_of as effects;
use crate::models::puppet::Do::*;
use crate::models::puppet::{ABORT, Disk, Do, perform};
use splitbrain::engine::summary::Ending;

#[test]
fn without_sync_latency_everything_leaves_at_once_in_order() {
    let program = [Call, Write(ABORT), Last(ABORT), Decide, AnnounceAbort, AnswerNote];
    assert_eq!(
        effects(Disk::Immediate, &[&program], &["request n1 c1#1 1"]),
        [
            "asked for 1",
            "sent Call",
            "wrote Noted(100)",
            "fact Decided { commit: false }",
            "sent Last(100)",
            "fact Decided { commit: true }",
            "sent Announcement(Decided { commit: false })",
            "answered done: 100",
        ]
    );
}

#[test]
fn what_stands_behind_a_barrier_waits_for_the_sync_and_what_stands_before_it_does_not() {
    let program = [Call, Write(ABORT), Last(ABORT), Decide, AnnounceAbort, AnswerNote];
    let schedule = ["request n1 c1#1 1", "deliver n1->n2 Call#1", "sync n1", "deliver n1->n2 Last#1"];
    assert_eq!(
        effects(Disk::Synced, &[&program], &schedule),
        [
            "asked for 1",
            "sent Call",
            "wrote Noted(100)",
            "synced 1",
            "fact Decided { commit: false }",
            "sent Last(100)",
            "fact Decided { commit: true }",
            "sent Announcement(Decided { commit: false })",
            "answered done: 100",
        ]
    );
    let early = ["request n1 c1#1 1", "deliver n1->n2 Last#1"];
    let why = "line 2 of the schedule, `deliver n1->n2 Last#1`: it was not sent; n1 has sent n2 so far: 1 Call";
    let played = perform(Disk::Synced, &[&program], &early, &[]);
    assert_eq!(played.summary.ending, Ending::Unplayable(why.to_owned()));
    assert!(played.summary.reached.iter().all(|(_, times)| *times == 0), "{:?}", played.summary.reached);
}

#[test]
fn nothing_waits_for_a_lazy_write() {
    let programs: [&[Do]; 2] = [&[WriteLazy(ABORT), Call, Decide, AnswerNote], &[Call]];
    let schedule = ["request n1 c1#1 1", "request n1 c1#2 2", "sync n1"];
    assert_eq!(
        effects(Disk::Synced, &programs, &schedule),
        [
            "asked for 1",
            "wrote Noted(100) lazily",
            "sent Call",
            "fact Decided { commit: true }",
            "answered done: 100",
            "asked for 2",
            "sent Call",
            // The fact that the record is comes with the record.
            "synced 1",
            "fact Decided { commit: false }",
        ]
    );
}

#[test]
fn a_barrier_holds_back_later_steps_too() {
    let programs: [&[Do]; 2] = [&[Write(1)], &[Call]];
    let schedule = ["request n1 c1#1 1", "request n1 c1#2 2", "sync n1"];
    let expected = ["asked for 1", "wrote Noted(1)", "asked for 2", "synced 1", "sent Call"];
    assert_eq!(effects(Disk::Synced, &programs, &schedule), expected);
}

#[test]
fn a_record_written_during_a_sync_waits_for_the_next_one() {
    let programs: [&[Do]; 2] = [&[Write(1), Last(1)], &[Write(2), Last(2)]];
    let schedule = ["request n1 c1#1 1", "request n1 c1#2 2", "sync n1 1", "sync n1 2"];
    assert_eq!(
        effects(Disk::Synced, &programs, &schedule),
        [
            "asked for 1",
            "wrote Noted(1)",
            "asked for 2",
            "wrote Noted(2)",
            "synced 1",
            "sent Last(1)",
            "synced 2",
            "sent Last(2)",
        ]
    );
}

#[test]
fn what_waits_for_a_barrier_does_not_wait_for_a_lazy_write_between() {
    let programs: [&[Do]; 2] = [&[Write(1)], &[WriteLazy(2), Last(1)]];
    let schedule = ["request n1 c1#1 1", "request n1 c1#2 2", "sync n1 1", "sync n1 2"];
    let expected = [
        "asked for 1",
        "wrote Noted(1)",
        "asked for 2",
        "wrote Noted(2) lazily",
        "synced 1",
        "sent Last(1)",
        "synced 2",
    ];
    assert_eq!(effects(Disk::Synced, &programs, &schedule), expected);
}

#[test]
fn timers_wait_for_no_disk() {
    let programs: [&[Do]; 3] = [&[Call], &[Write(1), SetTimer], &[Write(2), CancelTimer]];
    let schedule = ["request n1 c1#1 2", "fire n1 next", "sync n1"];
    let expected = ["asked for 2", "wrote Noted(1)", "fired Next", "synced 1", "sent Call"];
    assert_eq!(effects(Disk::Synced, &programs, &schedule), expected);
    let schedule = ["request n1 c1#1 2", "request n1 c1#2 3", "fire n1 next"];
    let end = effects(Disk::Synced, &programs, &schedule).pop();
    let why = "unplayable: line 3 of the schedule, `fire n1 next`: n1 has not set it; set are: ";
    assert_eq!(end.as_deref(), Some(why));
}
