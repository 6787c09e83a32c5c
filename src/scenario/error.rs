//! What is wrong with a scenario: where, what was found, what is allowed.

use std::fmt;

/// Why a scenario cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The file, or where else the text came from.
    pub origin: String,
    /// Line and column, from 1, where they are known.
    pub position: Option<(usize, usize)>,
    /// The key, as a path: `faults[0].crash.at`. Empty for the whole.
    pub key: String,
    /// What was found and what is allowed.
    pub message: String,
}

impl ScenarioError {
    /// An error about one key.
    pub fn at(key: impl Into<String>, message: impl Into<String>) -> Self {
        ScenarioError { origin: String::new(), position: None, key: key.into(), message: message.into() }
    }

    /// The same error, in a file.
    pub fn in_file(mut self, origin: &str) -> Self {
        self.origin = origin.to_owned();
        self
    }

    /// The same error, under another key.
    pub fn under(mut self, key: &str) -> Self {
        self.key = match self.key.as_str() {
            "" | "." => key.to_owned(),
            inner => format!("{key}.{inner}"),
        };
        self
    }

    /// What serde found wrong in a text, with the path to it.
    pub(crate) fn from_serde(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let inner = error.inner();
        let path = error.path().to_string();
        let position = (inner.line() > 0).then(|| (inner.line(), inner.column()));
        // serde_json ends its messages with the position, which stands in front of ours.
        let message = inner.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        let key = if path == "." || path == "?" { String::new() } else { path };
        ScenarioError { origin: String::new(), position, key, message: with_nearest(message) }
    }
}

/// Adds the nearest allowed name to serde's message about an unknown one.
fn with_nearest(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let (true, Some((found, allowed))) = (message.starts_with("unknown "), quoted.split_first())
        && let Some(nearest) = nearest(found, allowed)
    {
        return format!("{message}; did you mean `{nearest}`?");
    }
    message.to_owned()
}

/// The allowed name that is most like what was found, if any is much like it.
pub fn nearest<'a>(found: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let likeness = |name: &str| strsim::jaro_winkler(found, name);
    let best = allowed.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.7).then_some(best)
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.origin.is_empty() {
            write!(f, "{}", self.origin)?;
            if let Some((line, column)) = self.position {
                write!(f, ":{line}:{column}")?;
            }
            f.write_str(": ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ScenarioError {}
