//! The examples as programs of their own: a protocol that splitbrain does not know gets every command.

// Their own tests run here.
#[expect(dead_code, reason = "a program's main")]
#[path = "../examples/echo.rs"]
mod echo;
#[expect(dead_code, reason = "a program's main")]
#[path = "../examples/mirror.rs"]
mod mirror;
#[expect(dead_code, reason = "a program's main")]
#[path = "../examples/own_family.rs"]
mod own_family;

use std::path::Path;
use std::process::{Command, Output};

/// Runs an example, which `cargo test` has built beside the program.
fn example(name: &str, args: &[&str]) -> (i32, String, String) {
    let folder = Path::new(env!("CARGO_BIN_EXE_splitbrain")).parent().expect("programs lie in a folder");
    let path = folder.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let Output { status, stdout, stderr } = Command::new(&path)
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo test` builds it", path.display()));
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

fn scenario(name: &str, protocol: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.join("scenario.json").to_string_lossy().into_owned();
    let (code, _, err) = example(name, &["new", protocol, "--out", &path]);
    assert_eq!((code, err.as_str()), (0, ""));
    path
}

#[test]
fn a_protocol_for_a_known_family_has_every_command() {
    let path = scenario("echo", "relay");
    for args in
        [&["run"][..], &["sweep", "--seeds", "0..20", "--set", "plan=rolling-restart"], &["trace"], &["validate"]]
    {
        let (code, out, err) = example("echo", &[args, &[&path]].concat());
        assert_eq!(code, 0, "{args:?}: {out}{err}");
    }
    let (_, listed, _) = example("echo", &["list", "protocols"]);
    assert!(listed.contains("relay") && listed.contains("raft"), "{listed}");
    let (code, _, err) = example("echo", &["run", &path, "--set", "config.repeat=0s"]);
    assert!(code == 2 && err.contains("0s would repeat without end"), "{err}");
    let (code, _, err) = example("echo", &["explore", &path]);
    assert!(code == 2 && err.contains("cannot be searched"), "{err}");
}

#[test]
fn the_mistake_of_the_readme_is_found() {
    let path = scenario("mirror", "mirror");
    let (code, out, _) = example("mirror", &["sweep", &path, "--seeds", "0..100"]);
    assert_eq!(code, 0, "{out}");
    let bug = r#"config.bugs=["answers-the-latest"]"#;
    let (code, out, _) = example("mirror", &["sweep", &path, "--seeds", "0..100", "--set", bug]);
    assert!(code == 1 && out.contains("faithful-echo"), "{out}");
}

#[test]
fn a_mistake_in_a_family_of_ones_own_is_found() {
    let path = scenario("own_family", "tickets");
    let (code, out, _) = example("own_family", &["sweep", &path, "--seeds", "0..50"]);
    assert_eq!(code, 0, "{out}");
    let bug = r#"config.bugs=["not-awaited"]"#;
    let (code, out, _) =
        example("own_family", &["run", &path, "--seeds", "0..50", "--set", bug, "--set", "disk.sync=10ms"]);
    assert!(code == 1 && out.contains("unique-tickets"), "{out}");
    let (_, explained, _) = example("own_family", &["explain", "unique-tickets"]);
    assert!(explained.contains("no ticket is handed out for two requests"), "{explained}");
}
