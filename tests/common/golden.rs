//! Golden files: a title, the keys of a scenario, a schedule or the word that it is run in time, and what comes of it.

// Each test that includes this uses a part of it.
#![allow(dead_code)]

use splitbrain::registry::{built_in, find};
use splitbrain::report::trace;
use splitbrain::scenario::{Finished, Scenario};
use std::path::{Path, PathBuf};

const SCHEDULE: &str = "--- schedule\n";
const RUN: &str = "--- run\n";
const TRACE: &str = "--- trace\n";

/// A golden file in its parts.
pub struct Golden {
    /// Where it lies.
    pub path: PathBuf,
    /// What it shows.
    pub title: String,
    /// The keys of a scenario, one or more lines each.
    keys: String,
    /// Exactly what happens; none where the scenario runs in time.
    schedule: Option<Vec<String>>,
    /// What it must give.
    pub trace: String,
}

impl Golden {
    pub fn read(path: &Path) -> Golden {
        let text = std::fs::read_to_string(path).unwrap();
        let (head, trace) = text.split_once(TRACE).unwrap_or((&text, ""));
        let (settings, schedule) = match head.split_once(SCHEDULE) {
            Some((settings, schedule)) => (settings, Some(schedule)),
            None => (head.strip_suffix(RUN).expect("a golden file has a schedule, or is run"), None),
        };
        let (title, keys) = settings.split_once('\n').expect("a golden file begins with a title");
        let lines = |lines: &str| {
            let lines = lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            lines.map(str::to_owned).collect()
        };
        Golden {
            path: path.to_owned(),
            title: title.trim_start_matches("# ").to_owned(),
            keys: keys.to_owned(),
            schedule: schedule.map(lines),
            trace: trace.to_owned(),
        }
    }

    /// All of them.
    pub fn files() -> Vec<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let entries = |folder: &Path| {
            let mut paths: Vec<PathBuf> =
                std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            paths
        };
        entries(&root).iter().flat_map(|folder| entries(folder)).collect()
    }

    /// Runs it, with `changes` to its scenario.
    pub fn run(&self, changes: &[&str]) -> Finished {
        let mut keys = vec![format!("\"about\": {:?}", self.title)];
        if !self.keys.contains("\"protocol\"") {
            let folder = self.path.parent().unwrap().file_name().unwrap();
            keys.push(format!("\"protocol\": {folder:?}"));
        }
        if let Some(schedule) = &self.schedule {
            keys.push(format!("\"schedule\": {}", serde_json::to_string(schedule).unwrap()));
        }
        let given = self.keys.trim_end();
        if !given.is_empty() {
            // A schedule's settings stand one a line.
            let one_a_line = self.schedule.is_some();
            keys.push(if one_a_line { given.replace('\n', ",\n") } else { given.to_owned() });
        }
        let text = format!("{{ {} }}", keys.join(",\n"));
        let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
        let scenario = Scenario::parse(&text, "golden", &changes).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let entries = built_in();
        let ready = find(&entries, &scenario).and_then(|entry| entry.load(scenario.clone()));
        ready.unwrap_or_else(|error| panic!("{}: {error}", self.path.display())).run(0, true)
    }

    /// What its run gives: the trace, and what came of each declared fault.
    pub fn text(finished: &Finished) -> String {
        let mut text = trace::text(finished.recording.as_ref().unwrap());
        for fault in &finished.summary.faults {
            let (scheduled, applied, effective) = (fault.scheduled, fault.applied, fault.effective);
            text += &format!("{}: {scheduled} scheduled, {applied} applied, {effective} effective\n", fault.fault);
        }
        text
    }

    /// Writes what its run gives into the file.
    pub fn update(&self, trace: &str) {
        let text = std::fs::read_to_string(&self.path).unwrap();
        let (head, _) = text.split_once(TRACE).unwrap_or((&text, ""));
        std::fs::write(&self.path, format!("{head}{TRACE}{trace}")).unwrap();
    }
}
