//! Bad input: one clear error that names the place, the key, what was found and what is allowed; and nothing else.

use crate::{HAPPY_PATH, Ran, file, folder, program, raft, splitbrain};
use std::process::Command;

/// Runs with little memory and little time, where the system can see to it.
fn run(path: &str, more: &[&str]) -> Ran {
    if !cfg!(unix) {
        return splitbrain(&[&["run", path], more].concat());
    }
    let limited = "ulimit -v 2000000 2>/dev/null; ulimit -t 20; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["-c", limited]).arg(program().get_program());
    command.args(["run", path]).args(more).output().unwrap().into()
}

/// One error on standard error, with its place in front of it, where it has one.
fn refused(ran: &Ran, what: &str, begins: &str, says: &str) {
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{what}: {}", ran.err);
    let error = ran.err.strip_prefix("error: ").unwrap_or_else(|| panic!("{what}: {}", ran.err));
    assert!(!error.contains("\nerror: "), "{what}: more than one thing is wrong: {error}");
    let place = error.lines().nth(1).and_then(|line| line.trim_start().strip_prefix("--> "));
    let error = &place.map_or(error.to_owned(), |place| format!("{place}: {error}"));
    assert!(error.starts_with(begins), "{what}: expected `{begins}…`, found {error}");
    assert!(error.contains(says), "{what}: expected `…{says}…`, found {error}");
    assert!(error.len() < 3000 && !error.contains("panicked"), "{what}: {error}");
}

/// What stands in the third line of a scenario, from its third column on; where the error is; what it says.
const LINES: &[(&str, &str, &str)] = &[
    // Keys and types.
    (r#""latancy": 1"#, "3:3: `latancy`", "unknown key `latancy`, expected one of `$schema`, `about`"),
    (r#""network": {"loos": 0.1}"#, "3:15: `network.loos`", "did you mean `loss`?"),
    (r#""nodes": 4"#, "3:3: `nodes`", "stands there twice; the first is in line 2"),
    (r#""config": {"batch": 1, "batch": 2}"#, "3:26: `config.batch`", "stands there twice"),
    (r#""config": {"max_inflight": 0}"#, "3:30: `config.max_inflight`", "at least 1 is needed"),
    (r#""workload": {"clients": "4"}"#, "3:27: `workload.clients`", "found string \"4\", expected a whole number"),
    (r#""workload": {"clients": -4}"#, "3:27: `workload.clients`", "found integer `-4`, expected a whole number"),
    (r#""workload": {"clients": 1e999}"#, "3:31: `workload.clients`", "number out of range"),
    (
        r#""workload": {"clients": 1000000000000000000}"#,
        "3:27: `workload.clients`",
        "expected a whole number below 2^32",
    ),
    (r#""network": [{"constant": "1ms"}, 0, 0, "fifo"]"#, "3:14: `network`", "found a list, expected an object"),
    (r#""network": {"straggle": [0.1, "1s"]}"#, "3:27: `network.straggle`", "found a list, expected an object"),
    (r#""expect": {"blocks": []}"#, "3:24: `expect.blocks`", "found a list of 0, expected an object"),
    (r#""run": {"core": nope}"#, "3:20: `run.core`", "expected true, false, null, or a text"),
    (r#""workload": {"think": ["1s"]}"#, "3:25: `workload.think`", "found a list of 1, expected a duration"),
    (r#""config": [1]"#, "3:13: `config`", "found a list, expected an object"),
    // Times and chances.
    (r#""run": {"for": 10}"#, "3:18: `run.for`", "expected a duration with a unit"),
    (r#""run": {"for": "10h"}"#, "3:18: `run.for`", "the unit is one of ns, us, ms, s, m"),
    (r#""run": {"for": "1000000y"}"#, "3:18: `run.for`", "`1000000y` is no duration"),
    (r#""run": {"for": "525600000000m"}"#, "3:18: `run.for`", "too long: a duration is at most 100 years"),
    (r#""workload": {"think": "99999999999999999999s"}"#, "3:25: `workload.think`", "at most 100 years"),
    (r#""run": {"for": "0s"}"#, "3:18: `run.for`", "0s is no run"),
    (r#""network": {"loss": 1.5}"#, "3:23: `network.loss`", "`1.5` is no probability: expected a number from 0 to 1"),
    (
        r#""network": {"latency": {"uniform": ["9ms", "1ms"]}}"#,
        "3:38: `network.latency.uniform`",
        "is empty: write the",
    ),
    (r#""config": {"heartbeat": "1s"}"#, "3:13: `config.election_timeout`", "150ms is not above the heartbeat of 1s"),
    // Names.
    (r#""expect": {"holds": ["election-safty"]}"#, "3:24: `expect.holds[0]`", "did you mean `election-safety`?"),
    (r#""expect": {"reaches": ["Electd x2"]}"#, "3:26: `expect.reaches[0]`", "did you mean `Elected`?"),
    (r#""expect": {"reaches": ["Elected 2"]}"#, "3:26: `expect.reaches[0]`", "such as `Elected x2`"),
    (r#""expect": {"holds": []}"#, "3:23: `expect.holds`", "nothing would be checked"),
    (r#""workload": {"mix": {"putt": 1}}"#, "3:24: `workload.mix.putt`", "did you mean `put`?"),
    (r#""workload": {"mix": {"put": 0}}"#, "3:23: `workload.mix`", "no operation could be issued"),
    (r#""config": {"bugs": ["vote-not-kept"]}"#, "3:23: `config.bugs[0]`", "did you mean `vote-not-persisted`?"),
    (r#""config": {"hartbeat": "1ms"}"#, "3:14: `config.hartbeat`", "did you mean `heartbeat`?"),
    // Sizes.
    (r#""workload": {"operations": 0}"#, "3:30: `workload.operations`", "at least 1 is needed"),
    (r#""workload": {"clients": 10001}"#, "3:27: `workload.clients`", "1 to 10000 are"),
    (r#""workload": {"keys": 4294967295}"#, "3:24: `workload.keys`", "1 to 1000000 are"),
    (r#""workload": {"timeout": "9s"}"#, "3:27: `workload.timeout`", "up to the deadline, 5s"),
    // Faults.
    (r#""faults": [{"crash": {"at": "1s", "target": "n4"}}]"#, "3:47: `faults[0].crash.target`", "there is no n4"),
    (
        r#""faults": [{"crash": {"at": "1s", "target": "leeder"}}]"#,
        "3:47: `faults[0].crash.target`",
        "expected `leader`",
    ),
    (r#""faults": [{"crsh": {}}]"#, "3:15: `faults[0]`", "did you mean `crash`?"),
    (r#""faults": [{"crash": {"target": "n1"}}]"#, "3:24: `faults[0].crash`", "does not say when: it needs one of"),
    (
        r#""faults": [{"crash": {"target": "n1", "at": "1s", "every": "1s"}}]"#,
        "3:62: `faults[0].crash.every`",
        "stands beside `at`",
    ),
    (r#""faults": [{"crash": {"target": "n1", "every": "0s"}}]"#, "3:50: `faults[0].crash.every`", "0s is no interval"),
    (
        r#""faults": [{"crash": {"target": "n1", "at": "10s"}}]"#,
        "3:47: `faults[0].crash.at`",
        "not before the faults end",
    ),
    (
        r#""faults": [{"partition": {"at": "1s", "shape": {"groups": [["n1"], ["n2", "n4"]]}}}]"#,
        "3:61: `faults[0].partition.shape.groups`",
        "there is no n4: nodes are n1 to n3",
    ),
    (
        "\"faults\": [{\"crash\": {\"name\": \"x\", \"target\": \"n1\", \"at\": \"1s\"}},\n\
         {\"pause\": {\"name\": \"x\", \"target\": \"n2\", \"at\": \"1s\"}}]",
        "4:20: `faults[1].pause.name`",
        "`x` stands there twice",
    ),
    (
        r#""faults": [{"crash": {"at": "1s", "target": "n1", "for": "ever"}}]"#,
        "3:60: `faults[0].crash.for`",
        "`ever` is no duration",
    ),
    (
        r#""faults": [{"crash": {"when": "Electd", "target": "n1"}}]"#,
        "3:33: `faults[0].crash.when`",
        "did you mean `Elected`?",
    ),
    (
        r#""faults": [{"crash": {"at": "1s", "target": "teller"}}]"#,
        "3:47: `faults[0].crash.target`",
        "only a fault with `when` or `whenever` has a teller",
    ),
    (
        r#""faults": [{"crash": {"at": "1s", "target": "n1", "seeds": 2}}]"#,
        "3:62: `faults[0].crash.seeds`",
        "`2` is no probability",
    ),
    (
        r#""faults": [{"crash": {"at": "1s", "target": "n1", "unsynced": "some"}}]"#,
        "3:65: `faults[0].crash.unsynced`",
        "expected one of `lost`, `partly`, `torn`, `any`",
    ),
    (r#""faults": [{"degrade": {"at": "1s", "network": {}}}]"#, "3:50: `faults[0].degrade.network`", "changes nothing"),
    (
        r#""faults": [{"disk-slow": {"at": "1s", "target": "n1"}}]"#,
        "3:28: `faults[0].disk-slow`",
        "there is no key `sync`",
    ),
    (
        r#""faults": [{"clock": {"at": "1s", "target": "n1", "change": {"drift": "fast"}}}]"#,
        "3:73: `faults[0].clock.change.drift`",
        "expected parts per million, such as `200ppm`",
    ),
    (
        r#""faults": [{"clock": {"at": "1s", "target": "n1", "change": {"jump": "1s"}, "for": "1s"}}]"#,
        "3:86: `faults[0].clock.for`",
        "a jump is not taken back",
    ),
    (
        r#""faults": [{"clock": {"at": "1s", "target": "n1", "change": {"strobe": {"by": "1s", "period": "0s"}}}}]"#,
        "3:97: `faults[0].clock.change.strobe.period`",
        "0s is no interval",
    ),
    (
        r#""faults": [{"partition": {"at": "1s", "shape": "ring"}}]"#,
        "3:50: `faults[0].partition.shape`",
        "expected one of `majority-minority`",
    ),
    (
        r#""faults": [{"partition": {"at": "1s", "shape": "split", "for": "forever"}}]"#,
        "3:66: `faults[0].partition.for`",
        "only a fault of a node can last forever",
    ),
    (r#""plan": "defualt""#, "3:11: `plan`", "did you mean `default`?"),
    (r#""plan": "calm", "schedule": ["crash n1"]"#, "3:11: `plan`", "stands beside `schedule`"),
    // The network, disks and the core.
    (r#""network": {"bandwidth": "1kb"}"#, "3:28: `network.bandwidth`", "such as `1MB/s`"),
    (r#""network": {"straggle": {"chance": 0.1}}"#, "3:27: `network.straggle`", "there is no key `for`"),
    (
        r#""network": {"latency": {"pareto": {"min": "0s", "p99": "1s"}}}"#,
        "3:45: `network.latency.pareto.min`",
        "0s has no multiples",
    ),
    (
        r#""network": {"overrides": [{"between": ["n1", "east"], "network": {"loss": 1}}]}"#,
        "3:48: `network.overrides[0].between[1]`",
        "there is no zone `east`",
    ),
    (r#""disk": {"budget": -1}"#, "3:22: `disk.budget`", "found integer `-1`"),
    (r#""run": {"core": ["n9"]}"#, "3:19: `run.core`", "there is no n9: nodes are n1 to n3"),
    (r#""run": {"core": []}"#, "3:19: `run.core`", "an empty core could do nothing"),
    // Expectations.
    (r#""expect": {"leader-within": 5}"#, "3:31: `expect.leader-within`", "expected a duration with a unit"),
    (r#""expect": {"blocks": {"while": "x"}}"#, "3:34: `expect.blocks.while`", "there is no fault named `x`"),
    (r#""expect": {"stalls": "x", "violates": "no-panic"}"#, "3:24: `expect.stalls`", "stands beside `violates`"),
    (r#""expect": {"except": ["no-panic"]}"#, "3:25: `expect.except[0]`", "a panic cannot be left out"),
    // Schedules and seeds.
    (r#""schedule": []"#, "3:15: `schedule`", "is empty"),
    (r#""schedule": ["crash n1", "explode n1"]"#, "3:28: `schedule[1]`", "expected `fire n1 election`"),
    (r#""schedule": ["@1s"]"#, "3:16: `schedule[0]`", "nothing happens in `@1s`"),
    (
        r#""schedule": ["crash n1"], "faults": [{"crash": {"at": "1s", "target": "n1"}}]"#,
        "3:39: `faults`",
        "stands beside `schedule`",
    ),
    (r#""seed": 18446744073709551616"#, "3:11: `seed`", "a whole number below 2^64"),
    (r#""seeds": "9..3""#, "3:12: `seeds`", "the first must be below the second"),
];

#[test]
fn a_scenario_that_says_something_wrong_is_told_where() {
    for (place, (line, begins, says)) in LINES.iter().enumerate() {
        let path = file(&format!("line-{place}"), raft(line));
        refused(&run(&path, &[]), line, &format!("{path}:{begins}: "), says);
    }
}

/// What is no scenario at all.
#[test]
fn a_file_that_is_no_scenario_is_told_so() {
    let deep = format!("{}\"config\": {}1{}}}", &raft("")[..50], "{\"a\": ".repeat(200), "}".repeat(200));
    let good = raft(r#""seed": 1"#);
    let texts: &[(&str, Vec<u8>, &str, &str)] = &[
        ("empty", vec![], ":1:1: ", "the file is empty: a scenario is a JSON object"),
        ("white", b" \n\n ".to_vec(), ":1:1: ", "the file is empty"),
        ("truncated", b"{\"about\": \"x\",\n \"nodes\":".to_vec(), ":2:9: `nodes`: ", "the file ends too early"),
        ("brackets", vec![b'['; 10_000_000], ":1:128: ", "nested too deep"),
        ("deep", deep.into_bytes(), ":3:", "nested too deep"),
        ("latin", b"{\"about\":\n\"\xe9\"}".to_vec(), ":2:2: ", "the file is not UTF-8 from here on"),
        ("mark", [b"\xef\xbb\xbf", good.as_bytes()].concat(), ":1:1: ", "byte order mark"),
        ("nul", good.replace('x', "x\0").into_bytes(), ":2:14: `about`: ", "control character"),
        ("nuls", vec![0; 1000], ":1:1: ", "expected a value"),
        ("garbage", format!("{good}}}").into_bytes(), ":5:1: ", "something stands behind the scenario"),
        ("comment", b"{\n // why\n}".to_vec(), ":2:2: ", "JSON has no comments"),
        ("list", b"[1, 2]".to_vec(), ":1:1: ", "found a list, expected an object"),
        ("no-protocol", b"{\"about\": \"x\", \"nodes\": 3}".to_vec(), ":1:1: ", "there is no key `protocol`"),
        ("protocol", good.replace("raft", "rafft").into_bytes(), ":2:29: `protocol`: ", "did you mean `raft`?"),
        ("escape", good.replace("raft", "\\u001b[2J").into_bytes(), ":2:29: `protocol`: ", "`\\u{1b}[2J`"),
        (
            "long",
            good.replace("raft", &"r".repeat(100_000)).into_bytes(),
            ":2:29: `protocol`: ",
            "expected one of echo",
        ),
        ("nodes", good.replace('3', "1000000000000000000").into_bytes(), ":2:46: `nodes`: ", "below 2^32"),
        ("no-node", good.replace('3', "0").into_bytes(), ":2:46: `nodes`: ", "1 to 10000 nodes are"),
    ];
    for (name, text, begins, says) in texts {
        let path = file(name, text);
        refused(&run(&path, &[]), name, &format!("{path}{begins}"), says);
    }
    refused(&run("nowhere.json", &[]), "missing", "nowhere.json: ", "no such file or directory");
    refused(&run("scenarios", &[]), "folder", "scenarios: ", "is a directory");
    let endless = if cfg!(unix) { "/dev/zero" } else { "nowhere.json" };
    refused(&run(endless, &[]), "endless", endless, "");
    let folder = folder("folder");
    refused(&run(folder.to_str().unwrap(), &[]), "folder", folder.to_str().unwrap(), "is a directory");
}

#[test]
fn line_ends_of_another_system_are_fine() {
    let unix = run(&file("unix", raft(r#""seed": 1"#)), &[]);
    let windows = run(&file("windows", raft(r#""seed": 1"#).replace('\n', "\r\n")), &[]);
    assert_eq!((unix.code, unix.value("digest")), (0, windows.value("digest")));
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let rows: &[(&[&str], &str, &str)] = &[
        (&["--set", "nodes"], HAPPY_PATH, "`nodes` is no override: expected a path and a value, such as"),
        (&["--set", "nodes.x=1"], HAPPY_PATH, "`nodes.x` leads nowhere: nothing lies under a plain value"),
        (&["--set", "faults[0].crash.at=1s"], HAPPY_PATH, "leads nowhere: there is no list to take element 0 of"),
        (&["--set", "expect.reaches[7]=x"], HAPPY_PATH, "leads nowhere: there are 3 elements, from 0, and no `7`"),
        (&["--set", "netwrk.loss=1"], HAPPY_PATH, "did you mean `network`? (after --set)"),
        (&["--set", "network.loss=2"], HAPPY_PATH, "`network.loss`: `2` is no probability"),
        (&["--set", "nodes=0"], HAPPY_PATH, "`nodes`: a cluster of 0 is not possible"),
        (&["--seeds", "5..5"], "invalid value '5..5' for '--seeds <A..B>': ", "holds no seed"),
        (&["--seeds", "9..3"], "invalid value '9..3'", "the first must be below the second"),
        (&["--seeds", "x"], "invalid value 'x'", "expected `0..1000`, which leaves out 1000"),
        (&["--seed", "18446744073709551616"], "invalid value", "expected a whole number below 2^64"),
        (&["--seed", "-1"], "invalid value '-1'", "expected a whole number below 2^64"),
        (&["--seed", "1", "--seeds", "0..2"], "the argument '--seed <SEED>' cannot be used with '--seeds <A..B>'", ""),
        (&["--sed", "1"], "unexpected argument '--sed' found", "'--seed'"),
    ];
    for (args, begins, says) in rows {
        refused(&run(HAPPY_PATH, args), &args.join(" "), begins, says);
    }
    let sideways = splitbrain(&["explore", HAPPY_PATH, "--horizon", "elektions"]);
    refused(&sideways, "horizon", "", "there is no horizon `elektions`, expected one of elections, replication");
    for args in [["--crashes", "4294967295"], ["--requests", "4294967295"], ["--states", "0"], ["--depth", "x"]] {
        let ran = splitbrain(&["explore", HAPPY_PATH, args[0], args[1]]);
        refused(&ran, args[0], "invalid value", args[1]);
    }
}

/// A file with something wrong in every part of it: all is said at once, and nothing that only follows from it.
#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let path = file(
        "many",
        r#"{
  "about": "x", "protocol": "raft", "nodes": 3, "nodes": 3,
  "network": {"loos": 0.1, "latency": {"uniform": ["9ms", "1ms"]}},
  "config": {"hartbeat": "1ms", "bugs": ["vote-not-kept"]},
  "faults": [{"crsh": {}}, {"crash": {"at": 5, "target": "n9"}}, {"pause": {"at": "1s", "target": "n4"}}],
  "workload": {"clients": -4, "keys": 0, "mix": {"putt": 1}},
  "run": {"for": "10h"},
  "expect": {"holds": ["election-safty"], "blocks": {"while": "x"}},
  "latancy": 1
}
"#,
    );
    let ran = run(&path, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    let places: Vec<&str> =
        ran.err.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")?.strip_prefix(&path)).collect();
    let expected = [
        ":2:49", ":3:15", ":3:51", ":4:14", ":4:42", ":5:15", ":5:45", ":5:99", ":6:27", ":6:39", ":6:50", ":7:18",
        ":8:24", ":9:3",
    ];
    assert_eq!(places, expected, "{}", ran.err);
    let line = r#"  "workload": {"clients": -4, "keys": 0, "mix": {"putt": 1}},"#;
    let mark = format!("{}^^^^^^ did you mean `put`?", " ".repeat(49));
    let excerpt = format!(" --> {path}:6:50\n  |\n6 | {line}\n  | {mark}\n");
    assert!(ran.err.contains(&excerpt), "{excerpt}\n{}", ran.err);
    assert!(ran.err.ends_with(&format!("\nerror: 14 problems in {path}\n")), "{}", ran.err);
    assert!(!ran.err.contains('\x1b'), "no colours where no terminal is");
}
