//! What several tests share: the scenario files, loaded.

use splitbrain::registry::{Entry, find};
use splitbrain::scenario::{Runnable, Scenario};
use std::path::{Path, PathBuf};

/// Every scenario below `scenarios/`, in order.
pub fn scenario_files() -> Vec<PathBuf> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("charts") {
                // Experiments, not scenarios.
            } else if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut files);
    files.sort();
    files
}

/// A scenario, ready to run.
pub fn load(entries: &[Entry], path: &Path) -> (Scenario, Box<dyn Runnable>) {
    let scenario = Scenario::read(path, &[]).unwrap_or_else(|error| panic!("{error}"));
    let ready = find(entries, &scenario).and_then(|entry| entry.load(scenario.clone()));
    (scenario, ready.unwrap_or_else(|error| panic!("{error}")))
}
