//! The command line as a user meets it: the built program, its output and its exit codes.

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/many.rs"]
mod many;
#[path = "cli/one.rs"]
mod one;
#[path = "cli/terminal.rs"]
mod terminal;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LEADER_CRASH: &str = "scenarios/raft/leader-crash.json";
const HAPPY_PATH: &str = "scenarios/raft/happy-path.json";
const VOTE_NOT_PERSISTED: &str = "scenarios/raft/bugs/vote-not-persisted.json";
const TWO_LEADERS: &str = "scenarios/raft/bugs/vote-not-persisted-two-leaders.json";

/// The program, in the folder in which the scenarios lie.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_splitbrain"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// What came of a command.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// The value that a line of the text names: `digest     d3:…`.
    fn value(&self, name: &str) -> &str {
        let line = self.out.lines().find_map(|line| line.strip_prefix(name).filter(|rest| rest.starts_with(' ')));
        line.unwrap_or_else(|| panic!("no `{name}` in {}", self.out)).trim()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }
}

fn splitbrain(args: &[&str]) -> Ran {
    program().args(args).output().expect("the program starts").into()
}

/// A fresh folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A file in a fresh folder of this name.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder(name).join("scenario.json");
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A small raft scenario with these further lines.
fn raft(further: &str) -> String {
    format!("{{\n  \"about\": \"x\", \"protocol\": \"raft\", \"nodes\": 3,\n  {further}\n}}\n")
}

#[test]
fn help_of_every_command_names_the_exit_codes() {
    for args in
        [&["--help"][..], &["run", "-h"], &["sweep", "-h"], &["trace", "-h"], &["explore", "-h"], &["list", "-h"]]
    {
        let ran = splitbrain(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        assert!(ran.out.contains("Exit codes: 0 as expected, 1 violated"), "{args:?}: {}", ran.out);
        assert!(ran.out.contains("130 interrupted."), "{args:?}");
    }
    assert_eq!(splitbrain(&[]).code, 2, "without a command nothing is done");
    assert!(splitbrain(&["--version"]).out.starts_with("splitbrain "));
}

#[test]
fn list_names_what_there_is() {
    let all = splitbrain(&["list"]);
    assert_eq!((all.code, all.err.as_str()), (0, ""));
    let headings = ["PROTOCOLS", "FAULTS", "TARGETS", "SHAPES", "PLANS", "FACTS", "INVARIANTS", "PLANTED BUGS"];
    for name in headings.into_iter().chain([
        "raft",
        "echo",
        "disk-stall",
        "one-way-in",
        "teller",
        "rejoin-storm",
        "Elected",
        "election-safety",
        "vote-not-persisted",
    ]) {
        assert!(all.out.contains(name), "{name}");
    }
    for what in ["protocols", "faults", "plans", "facts", "invariants", "bugs"] {
        let one = splitbrain(&["list", what]);
        assert!(one.code == 0 && all.out.contains(&one.out), "{what}: {}", one.out);
    }
    let scenarios = splitbrain(&["list", "scenarios"]).out;
    assert!(scenarios.contains(LEADER_CRASH) && scenarios.contains(TWO_LEADERS), "{scenarios}");
    let typo = splitbrain(&["list", "protocol"]);
    assert_eq!(typo.code, 2);
    assert!(typo.err.contains("protocols"), "{}", typo.err);
}
