//! Golden traces: `golden/<protocol>/<behaviour>.txt` holds a title, a schedule and the trace it must give.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` writes the traces anew. Read the difference line by line before you
//! commit it: a trace that moved says that the protocol does something else now.

use splitbrain::registry::{built_in, find};
use splitbrain::report::trace;
use splitbrain::scenario::{Scenario, VerdictKind};
use std::path::{Path, PathBuf};

const TRACE: &str = "--- trace\n";

/// A golden file in its parts.
struct Golden {
    title: String,
    scenario: String,
    schedule: Vec<String>,
    trace: String,
}

fn read(path: &Path) -> Golden {
    let text = std::fs::read_to_string(path).unwrap();
    let (head, trace) = text.split_once(TRACE).unwrap_or((&text, ""));
    let (settings, schedule) = head.split_once("--- schedule\n").expect("a golden file has a schedule");
    let (title, scenario) = settings.split_once('\n').expect("a golden file begins with a title");
    Golden {
        title: title.trim_start_matches("# ").to_owned(),
        scenario: scenario.to_owned(),
        schedule: schedule.lines().map(str::to_owned).collect(),
        trace: trace.to_owned(),
    }
}

/// The trace of a golden file's schedule. Its settings are keys of a scenario, one a line.
fn play(protocol: &str, golden: &Golden) -> String {
    let mut keys = vec![format!("\"about\": {:?}, \"protocol\": {protocol:?}", golden.title)];
    let lines: Vec<&String> = golden.schedule.iter().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    keys.push(format!("\"schedule\": {}", serde_json::to_string(&lines).unwrap()));
    keys.extend(golden.scenario.lines().map(str::to_owned));
    let text = format!("{{ {} }}", keys.join(",\n"));
    let scenario = Scenario::parse(&text, "golden", &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let entries = built_in();
    let ready = find(&entries, &scenario).and_then(|entry| entry.load(scenario.clone()));
    let finished = ready.unwrap_or_else(|error| panic!("{error}")).run(0, true);
    assert_eq!(finished.verdict.kind, VerdictKind::Pass, "{:?}", finished.verdict.reasons);
    trace::text(&finished.recording.unwrap())
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = |folder: &Path| {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    entries(&root).iter().flat_map(|folder| entries(folder)).collect()
}

#[test]
fn schedules_give_their_traces() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let files = files();
    assert!(files.len() >= 10, "only {} golden files", files.len());
    for path in files {
        let golden = read(&path);
        let protocol = path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let played = std::panic::catch_unwind(|| play(&protocol, &golden));
        let trace = played.unwrap_or_else(|_| panic!("{} cannot be played", path.display()));
        if update {
            let text = std::fs::read_to_string(&path).unwrap();
            let (head, _) = text.split_once(TRACE).unwrap_or((&text, ""));
            std::fs::write(&path, format!("{head}{TRACE}{trace}")).unwrap();
        } else if trace != golden.trace {
            let lines = trace.lines().zip(golden.trace.lines()).enumerate();
            let first = lines
                .filter(|(_, (now, before))| now != before)
                .map(|(n, (now, before))| format!("line {} of the trace\n  was: {before}\n  is:  {now}", n + 1));
            let what = first.take(1).collect::<String>();
            panic!("{}: {}\n{what}\n(UPDATE_GOLDEN=1 writes it anew)", path.display(), golden.title);
        }
    }
}
