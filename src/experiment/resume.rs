//! What an interrupted experiment has measured already, so that it goes on where it was.
//!
//! One line a point: the fingerprint of all that its samples depend on (version, scenario, seeds, metric), and the
//! samples. A line that was cut off, or belongs to another version, is as if it were not there.

use crate::experiment::load::{Experiment, Point};
use crate::experiment::metric::Sample;
use crate::node::Digest;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The samples that are kept in a file until the experiment is whole.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    file: Option<File>,
    found: BTreeMap<String, Vec<Sample>>,
}

impl Kept {
    /// What stands in a file, if there is one.
    pub fn in_file(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = |line: &str| serde_json::from_str::<(String, Vec<Sample>)>(line).ok();
        Kept { path: path.to_owned(), file: None, found: text.lines().filter_map(line).collect() }
    }

    /// Nothing is kept.
    pub fn nowhere() -> Self {
        Kept { path: PathBuf::new(), file: None, found: BTreeMap::new() }
    }

    /// The samples of a point, where they were measured before.
    pub fn get(&self, experiment: &Experiment, point: &Point) -> Option<Vec<Sample>> {
        self.found.get(&fingerprint(experiment, point)).cloned()
    }

    /// Keeps the samples of a point.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&mut self, experiment: &Experiment, point: &Point, samples: &[Sample]) -> io::Result<()> {
        if self.path.as_os_str().is_empty() {
            return Ok(());
        }
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            self.file = Some(OpenOptions::new().create(true).append(true).open(&self.path)?);
        }
        let line = format!("{}\n", json!((fingerprint(experiment, point), samples)));
        // One write a line: a line that an interrupt cuts off is found as such.
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(line.as_bytes()))
    }

    /// The experiment is whole: nothing needs to be kept.
    pub fn done(self) {
        if !self.path.as_os_str().is_empty() {
            // What is left would be read again, and is right: that it cannot be removed does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// All that the samples of a point depend on.
fn fingerprint(experiment: &Experiment, point: &Point) -> String {
    let file = &experiment.file;
    let metric = serde_json::to_string(&file.metric).unwrap_or_default();
    let draw = serde_json::to_string(&file.series[point.series].draw).unwrap_or_default();
    let all = (env!("CARGO_PKG_VERSION"), (&point.text, draw), file.seeds.0.start, file.seeds.0.end, metric);
    format!("{:032x}", Digest::of(&all))
}
