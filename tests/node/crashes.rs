//! What a crash takes and what a restart finds, between steps and inside one.

use crate::effects_of as effects;
use crate::models::puppet::Do::*;
use crate::models::puppet::{Disk, Do, perform};
use splitbrain::engine::summary::Ending;
use splitbrain::spec::history::Stage;

#[test]
fn a_crash_before_the_sync_takes_the_record_and_what_waited_for_it() {
    let programs: [&[Do]; 2] = [&[Write(7), Last(7), Decide, SetTimer], &[AnswerNote]];
    let schedule = ["request n1 c1#1 1", "crash n1", "restart n1", "request n1 c1#2 2"];
    assert_eq!(
        effects(Disk::Synced, &programs, &schedule),
        ["asked for 1", "wrote Noted(7)", "crashed, lost 1", "asked for 2", "answered done: 0"]
    );
    for gone in ["sync n1", "fire n1 next", "deliver n1->n2 Last#1"] {
        let played = perform(Disk::Synced, &programs, &[&schedule[..], &[gone]].concat(), &[]);
        assert!(matches!(played.summary.ending, Ending::Unplayable(_)), "{gone}: {:?}", played.summary.ending);
        assert_eq!(played.summary.records_lost.unsynced, 1);
    }
}

#[test]
fn a_crash_after_the_sync_takes_neither() {
    let programs: [&[Do]; 2] = [&[Write(7), Last(7)], &[AnswerNote]];
    let schedule =
        ["request n1 c1#1 1", "sync n1", "crash n1", "restart n1", "request n1 c1#2 2", "deliver n1->n2 Last#1"];
    assert_eq!(
        effects(Disk::Synced, &programs, &schedule),
        [
            "asked for 1",
            "wrote Noted(7)",
            "synced 1",
            "sent Last(7)",
            "crashed, lost 0",
            "asked for 2",
            "answered done: 7",
        ]
    );
}

/// Neither the lost record nor what waited for it comes back with the first sync of the next life.
#[test]
fn a_restart_begins_with_an_empty_queue() {
    let programs: [&[Do]; 3] = [&[Write(7), Last(7)], &[Write(8), Last(8)], &[AnswerNote]];
    let schedule = [
        "request n1 c1#1 1",
        "sync n1",
        "request n1 c1#2 2",
        "crash n1",
        "restart n1",
        "request n1 c1#3 3",
        "request n1 c1#4 1",
        "sync n1 1",
    ];
    let expected = [
        "asked for 1",
        "wrote Noted(7)",
        "synced 1",
        "sent Last(7)",
        "asked for 2",
        "wrote Noted(8)",
        "crashed, lost 1",
        "asked for 3",
        "answered done: 7",
        "asked for 1",
        "wrote Noted(7)",
        "synced 1",
        "sent Last(7)",
    ];
    assert_eq!(effects(Disk::Synced, &programs, &schedule), expected);
}

/// The numbers that the client was answered, in order.
fn answers(disk: Disk, programs: &[&[Do]], schedule: &[&str]) -> Vec<u64> {
    let played = perform(disk, programs, schedule, &[]);
    assert_eq!(played.summary.ending, Ending::Completed);
    let done = played.history.iter().filter_map(|event| match &event.stage {
        Stage::Ok(answer) => Some(*answer),
        Stage::Invoke | Stage::Fail | Stage::Info => None,
    });
    done.collect()
}

#[test]
fn a_volatile_counter_reads_zero_after_a_restart() {
    let programs: [&[Do]; 2] = [&[Count], &[AnswerCount]];
    let schedule = [
        "request n1 c1#1 1",
        "request n1 c1#2 1",
        "request n1 c1#3 2",
        "crash n1",
        "restart n1",
        "request n1 c1#4 2",
        "request n1 c1#5 1",
        "request n1 c1#6 2",
    ];
    for disk in [Disk::Immediate, Disk::Synced] {
        assert_eq!(answers(disk, &programs, &schedule), [2, 0, 1], "{disk:?}");
    }
}

#[test]
fn a_durable_counter_survives_a_restart_if_it_was_synced() {
    let barrier: [&[Do]; 3] = [&[Write(1)], &[Write(2)], &[AnswerNote]];
    let lazy: [&[Do]; 3] = [&[WriteLazy(1)], &[WriteLazy(2)], &[AnswerNote]];
    let count = ["request n1 c1#1 1", "request n1 c1#2 2", "request n1 c1#3 3"];
    let restart = ["crash n1", "restart n1", "request n1 c1#4 3"];
    let unsynced = [&count[..], &restart].concat();
    let half = [&count[..], &["sync n1"], &restart].concat();
    let synced = [&count[..], &["sync n1", "sync n1"], &restart].concat();
    for programs in [&barrier, &lazy] {
        assert_eq!(answers(Disk::Immediate, programs, &unsynced), [2, 2]);
        assert_eq!(answers(Disk::Synced, programs, &synced), [2, 2]);
    }
    // An answer behind a barrier is never given for what is lost; one behind a lazy write is.
    assert_eq!(answers(Disk::Synced, &barrier, &unsynced), [0]);
    assert_eq!(answers(Disk::Synced, &barrier, &half), [1]);
    assert_eq!(answers(Disk::Synced, &lazy, &unsynced), [2, 0]);
    assert_eq!(answers(Disk::Synced, &lazy, &half), [2, 1]);
}

const WHOLE: [Do; 7] = [Call, Write(1), Last(1), Write(2), Last(2), Decide, Announce];

/// What the effects of [`WHOLE`] leave in the world, in order. A note is in the world once it is durable.
const LEFT: [&str; 7] = ["Call", "note 1", "Last(1)", "note 2", "Last(2)", "Decide", "Announcement"];

/// What a crash leaves of [`WHOLE`], within its step or its sync: which of [`LEFT`], and whether it came at all.
fn left(disk: Disk, point: &str) -> (Vec<&'static str>, bool) {
    let programs: [&[Do]; 2] = [&WHOLE, &[AnswerNote]];
    let doom = format!("crash n1 {point}");
    let mut schedule = vec![&*doom, "request n1 c1#1 1"];
    let crashes = |lines: &[String]| lines.iter().any(|line| line.starts_with("crashed"));
    let mut lines = effects(disk, &programs, &schedule);
    if disk == Disk::Synced && !crashes(&lines) {
        schedule.push("sync n1");
        lines = effects(disk, &programs, &schedule);
    }
    let crashed = crashes(&lines);
    if crashed {
        schedule.push("restart n1");
    }
    schedule.push("request n1 c1#2 2");
    let after = effects(disk, &programs, &schedule);
    let note = after.iter().find_map(|line| line.strip_prefix("answered done: ")).expect("an answer");
    let note: u64 = note.parse().expect("a number");
    let there = |left: &&&str| match **left {
        "note 1" => note >= 1,
        "note 2" => note >= 2,
        "Decide" => lines.iter().any(|line| line.starts_with("fact Decided")),
        sent => lines.iter().any(|line| line.starts_with(&format!("sent {sent}"))),
    };
    (LEFT.iter().filter(there).copied().collect(), crashed)
}

#[test]
fn a_crash_inside_a_step_leaves_exactly_what_came_before_it() {
    let points = [
        ("after-write 1", 2),
        ("after-write 2", 4),
        ("after-send 1", 1),
        ("after-send 2", 3),
        ("after-send 3", 5),
        ("after-send 4", 7),
    ];
    for (point, count) in points {
        assert_eq!(left(Disk::Immediate, point), (LEFT[..count].to_vec(), true), "{point}");
        // One sync makes both notes durable, and the crash falls between them.
        assert_eq!(left(Disk::Synced, point), (LEFT[..count].to_vec(), true), "{point}, synced");
    }
    for beyond in ["after-write 3", "after-send 5"] {
        for disk in [Disk::Immediate, Disk::Synced] {
            assert_eq!(left(disk, beyond), (LEFT.to_vec(), false), "{beyond} {disk:?}");
        }
    }
}

#[test]
fn every_effect_is_a_place_to_crash_at() {
    for count in 1..=LEFT.len() {
        let point = format!("after-effect {count}");
        assert_eq!(left(Disk::Immediate, &point), (LEFT[..count].to_vec(), true), "{point}");
    }
    // With a sync between, an effect is carried out when it is handed to the disk and when it leaves it.
    let mut reached = vec![];
    for count in 1.. {
        let (now, crashed) = left(Disk::Synced, &format!("after-effect {count}"));
        assert!(LEFT.starts_with(&now), "after-effect {count} leaves {now:?}");
        if !crashed {
            break;
        }
        reached.push(now.len());
    }
    assert!(reached.is_sorted(), "{reached:?}");
    reached.dedup();
    assert_eq!(reached, [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_node_can_be_spared() {
    let programs: [&[Do]; 1] = [&[Call, Call, Write(1)]];
    let schedule = ["crash n1 after-send 2", "spare n1", "request n1 c1#1 1"];
    let expected = ["asked for 1", "sent Call", "sent Call", "wrote Noted(1)"];
    assert_eq!(effects(Disk::Immediate, &programs, &schedule), expected);
}
