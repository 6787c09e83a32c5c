//! What a message may say: no more than its sender's disk holds, and no fact that has not happened.

use crate::models::puppet::Do::*;
use crate::models::puppet::{ABORT, Disk, Do, perform, seen};
use crate::violation;

/// One sync makes both notes durable; each message is held against the image with the notes ahead of it, and no more.
#[test]
fn a_message_is_judged_by_the_disk_at_its_own_place() {
    let programs: [&[Do]; 4] = [&[Write(9)], &[Write(1), Last(1)], &[Write(2), Last(2), WriteLazy(3)], &[Last(2)]];
    let steps = ["request n1 c1#1 1", "request n1 c1#2 2", "request n1 c1#3 3", "sync n1", "sync n1"];
    let played = perform(Disk::Synced, &programs, &steps, &[]);
    assert_eq!(violation(&played), None);
    let seen = seen(&played);
    assert_eq!(seen[seen.len() - 4..], ["synced 1", "synced 4", "sent Last(1)", "sent Last(2)"]);
    // A lazy note behind which a message leaves: what it says is held against the disk as it is, without the note.
    let lazily = perform(
        Disk::Synced,
        &[&[Write(2)], &[WriteLazy(3), Last(2)]],
        &["request n1 c1#1 1", "sync n1", "request n1 c1#2 2", "sync n1"],
        &[],
    );
    assert_eq!(violation(&lazily), None);
}

#[test]
fn a_message_ahead_of_its_record_is_accused() {
    for disk in [Disk::Immediate, Disk::Synced] {
        let early = perform(disk, &[&[Last(1), Write(1)]], &["request n1 c1#1 1"], &[]);
        let evidence = "n1 sends Last(1) to n2, but its last note on disk is another";
        assert_eq!(violation(&early), Some(("durable-before-send", evidence)), "{disk:?}");
    }
    let held: &[&[Do]] = &[&[Write(1)], &[Last(2), Write(2)]];
    let steps = ["request n1 c1#1 1", "request n1 c1#2 2", "sync n1", "sync n1"];
    let played = perform(Disk::Synced, held, &steps, &[]);
    assert_eq!(violation(&played).map(|(invariant, _)| invariant), Some("durable-before-send"));
    let lazy = perform(Disk::Synced, &[&[WriteLazy(1), Last(1)]], &["request n1 c1#1 1"], &[]);
    assert_eq!(violation(&lazy).map(|(invariant, _)| invariant), Some("durable-before-send"));
}

#[test]
fn a_message_that_presupposes_what_was_never_told_is_unannounced() {
    let asked = ["request n1 c1#1 1"];
    for disk in [Disk::Immediate, Disk::Synced] {
        let silent = perform(disk, &[&[Announce]], &asked, &[]);
        let evidence =
            "n1 sends Announcement(Decided { commit: true }) to n2, but Decided { commit: true } never happened";
        assert_eq!(violation(&silent), Some(("unannounced", evidence)));
        let late = perform(disk, &[&[Announce, Decide]], &asked, &[]);
        assert_eq!(violation(&late).map(|(invariant, _)| invariant), Some("unannounced"));
        assert_eq!(violation(&perform(disk, &[&[Decide, Announce, Announce]], &asked, &[])), None);
        assert_eq!(violation(&perform(disk, &[&[Announce]], &asked, &["unannounced"])), None);
    }
}

#[test]
fn a_fact_happens_when_its_record_is_durable_and_not_before() {
    let lazy: &[&[Do]] = &[&[WriteLazy(ABORT)], &[AnnounceAbort]];
    let (early, late) =
        (["request n1 c1#1 1", "request n1 c1#2 2"], ["request n1 c1#1 1", "sync n1", "request n1 c1#2 2"]);
    let unannounced = perform(Disk::Synced, lazy, &early, &["durable-before-send"]);
    assert_eq!(violation(&unannounced).map(|(invariant, _)| invariant), Some("unannounced"));
    assert_eq!(violation(&perform(Disk::Synced, lazy, &late, &[])), None);
    assert_eq!(violation(&perform(Disk::Immediate, lazy, &early, &[])), None);
}
