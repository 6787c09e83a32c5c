//! `check`: verdicts and exit codes, formats, bad lines; and a run's history, written and read back.

use crate::{LEADER_CRASH, file, folder, splitbrain};

const LEGAL: &str = "tests/histories/etcd/etcd_018.log";
const ILLEGAL: &str = "tests/histories/etcd/etcd_004.log";

#[test]
fn a_verdict_is_an_exit_code_and_the_worst_wins() {
    let legal = splitbrain(&["check", LEGAL]);
    assert_eq!((legal.code, legal.err.as_str()), (0, ""), "{}", legal.out);
    assert!(legal.out.contains("linearizable (register, 1 object): holds"), "{}", legal.out);
    let both = splitbrain(&["check", ILLEGAL, LEGAL]);
    assert_eq!(both.code, 1, "{}", both.out);
    assert!(both.out.contains("to blame") && both.out.contains("holds"), "{}", both.out);
    let json = splitbrain(&["check", ILLEGAL, "--json", "--format", "jepsen-log", "--model", "register"]).json();
    assert_eq!(json[0]["verdict"], "violated");
    assert!(json[0]["evidence"]["conflicting"].as_array().unwrap().len() >= 2);
}

#[test]
fn what_is_wrong_with_a_history_is_said_with_its_line() {
    let path = file("check-bad", "{:process 0, :type :invoke, :f :read}\n{:process 0, :type :okay, :f :read}\n");
    let bad = splitbrain(&["check", &path]);
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("scenario.json:2: `:type` is `:okay`: expected `:invoke`"), "{}", bad.err);
    let model = splitbrain(&["check", LEGAL, "--model", "queue"]);
    assert_eq!(model.code, 2);
    assert!(model.err.contains("etcd_018.log:1: a queue has no operation `read`"), "{}", model.err);
    assert_eq!(splitbrain(&["check", LEGAL, "--model", "stack"]).code, 2);
    let txn = "{:process 0, :type :invoke, :f :txn, :value [[:append :x 1]]}\n";
    let txn = splitbrain(&["check", &file("check-txn", txn), "--model", "register"]);
    assert_eq!(txn.code, 2, "{}", txn.out);
    assert!(txn.err.contains("scenario.json:1: a register has no operation `txn`"), "{}", txn.err);
    assert_eq!(splitbrain(&["check", "tests/histories/nothing"]).code, 2);
}

/// Which models hold is no pass while one of them is undecided.
#[test]
fn what_is_undecided_among_all_models_is_an_exit_code() {
    let txn = |process: u32, value: &str| {
        let event = |kind: &str| format!("{{:process {process}, :type :{kind}, :f :txn, :value [{value}]}}\n");
        event("invoke") + &event("ok")
    };
    let text =
        txn(0, "[:w :x 1]") + &txn(1, "[:w :x 2] [:w :y 2]") + &txn(2, "[:r :x 1] [:r :y 2]") + &txn(3, "[:r :x 2]");
    let path = file("check-all", &text);
    let all = splitbrain(&["check", &path, "--consistency", "all"]);
    assert_eq!(all.code, 4, "{}", all.out);
    assert!(
        all.out.contains("holds      read-committed\n") && all.out.contains("\nundecided  read-atomic"),
        "{}",
        all.out
    );
    assert_eq!(splitbrain(&["check", &path, "--consistency", "read-committed"]).code, 0);
    assert_eq!(splitbrain(&["check", &path, "--consistency", "serializable"]).code, 4);
}

#[test]
fn a_run_is_written_for_jepsen_and_read_back() {
    let written = splitbrain(&["trace", LEADER_CRASH, "--seed", "7", "--format", "jepsen"]);
    assert_eq!(written.code, 0, "{}", written.err);
    let read = splitbrain(&["check", &file("check-jepsen", &written.out)]);
    assert_eq!(read.code, 0, "{}{}", read.out, read.err);
    assert!(read.out.contains("edn") && read.out.contains("key-value, 8 objects"), "{}", read.out);
    // What our own lines say is the same.
    let folder = folder("check-own");
    let out = splitbrain(&["run", LEADER_CRASH, "--seed", "7", "--out", folder.to_str().unwrap()]);
    assert!(out.out.contains("linearizable 8"), "{}", out.out);
    let lines = folder.join("raft/leader-crash/7/history.jsonl");
    let own = splitbrain(&["check", lines.to_str().unwrap()]);
    assert_eq!(own.code, 0, "{}{}", own.out, own.err);
    let operations = |text: &str| text.lines().next().unwrap().rsplit(", ").next().unwrap().to_owned();
    assert_eq!(operations(&own.out), operations(&read.out));
}
