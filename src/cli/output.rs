//! Standard output, standard error and files.

use crate::report::problems;
use crate::scenario::ScenarioError;
use std::fmt;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

/// Why a command ended without a verdict.
#[derive(Debug)]
pub(in crate::cli) enum Failure {
    /// Bad usage: exit code 2.
    Bad(String),
    /// A bad scenario: exit code 2.
    Scenario(ScenarioError),
    /// Something that should not happen: exit code 70.
    Internal(String),
    /// Whoever read our output has gone: nothing is left to say.
    ReaderGone,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Bad(why) | Failure::Internal(why) => f.write_str(why),
            Failure::Scenario(error) => write!(f, "{error}"),
            Failure::ReaderGone => f.write_str("the reader of the output has gone"),
        }
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        Failure::Scenario(error)
    }
}

/// What to say of a file that is of another kind than the command takes: it has a key that only such have, and lacks
/// one that all others have.
pub(in crate::cli) fn instead(
    error: &ScenarioError,
    (has, lacks): (&str, &str),
    kind: &str,
    command: &str,
) -> Option<Failure> {
    let value: serde_json::Value = serde_json::from_str(error.text.as_deref()?).ok()?;
    let is_it = value.get(has).is_some() && value.get(lacks).is_none();
    is_it.then(|| Failure::Bad(format!("{}: this is {kind}: `{command}` takes it", error.origin)))
}

/// Prints results: to standard output, as they are.
pub(in crate::cli) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ReaderGone,
        _ => Failure::Internal(format!("the output cannot be written: {error}")),
    })
}

/// Says on standard error what is wrong with a scenario.
pub(in crate::cli) fn print_error(error: &ScenarioError) {
    let colours = std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    eprintln!("{}", problems::text(error, colours && io::stderr().is_terminal()));
}

/// Shows progress on standard error, where a person sees it.
pub(in crate::cli) struct Progress {
    shown: bool,
    enabled: bool,
}

impl Progress {
    pub fn new(quiet: bool) -> Self {
        Progress { shown: false, enabled: !quiet && io::stderr().is_terminal() }
    }

    pub fn say(&mut self, text: &str) {
        if self.enabled {
            self.shown = true;
            // Progress that cannot be shown is no reason to stop.
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
        }
    }

    pub fn clear(&mut self) {
        if self.shown {
            self.shown = false;
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Writes a file whole or not at all: under another name first.
pub(in crate::cli) fn write_file(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Bad(format!("{} cannot be written: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path)).map_err(failed)
}
