//! What a terminal does to a program: readers that leave, and interrupts.
#![cfg(unix)]

use crate::{LEADER_CRASH, Ran, VOTE_NOT_PERSISTED, file, program, raft};
use std::io::Read;
use std::process::{Child, Command, Stdio};

fn start(args: &[&str]) -> Child {
    program().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = start(&["trace", LEADER_CRASH]);
    let mut some = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    // The reader is gone, with far more than a pipe holds still to come.
    let ran: Ran = child.wait_with_output().unwrap().into();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

/// Ends the child as Ctrl-C does, a second after it has begun.
fn interrupt(child: Child) -> Ran {
    let script = "sleep 1; kill -INT \"$0\"";
    let killed = Command::new("sh").args(["-c", script, &child.id().to_string()]).status().unwrap();
    assert!(killed.success(), "the program has ended before it was interrupted");
    child.wait_with_output().unwrap().into()
}

#[test]
fn an_interrupted_sweep_reports_the_seeds_that_are_done() {
    let ran = interrupt(start(&["sweep", VOTE_NOT_PERSISTED, "--seeds", "0..1000000000", "--jobs", "2"]));
    assert_eq!((ran.code, ran.err.as_str()), (130, ""), "{}", ran.out);
    assert_eq!(ran.value("verdict"), "pass", "{}", ran.out);
    let command = ran.value("repeat");
    let done: u64 = command.rsplit_once("--seeds 0..").unwrap().1.parse().unwrap();
    assert!((1..1_000_000_000).contains(&done), "{command}");
}

#[test]
fn one_run_is_interrupted_at_once() {
    let long = file("long", raft(r#""run": { "for": "100000000s" }"#));
    let ran = interrupt(start(&["run", &long]));
    assert_eq!(ran.code, 130);
    assert_eq!(ran.out, format!("splitbrain run {long} --seed 0\n\n"), "how to repeat it has been said");
    let ran = interrupt(start(&["run", &long, "--set", "run.for=1ms", "--seeds", "0..1000000000"]));
    assert!(ran.code == 130 && ran.err.starts_with("interrupted: none of the seeds 0.."), "{}", ran.err);
}
