//! What is wrong with a scenario: where, what was found, what is allowed.

use crate::spec::names::nearest;
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
        let position = (inner.line() > 0).then(|| (inner.line(), inner.column().max(1)));
        // serde_json ends its messages with the position, which stands in front of ours.
        let message = inner.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let key = if path == "." || path == "?" { String::new() } else { path };
        ScenarioError { origin: String::new(), position, key, message: with_nearest(&in_plain_words(message)) }
    }
}

/// serde's and serde_json's messages without the words of Rust.
fn in_plain_words(message: &str) -> String {
    let parts = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((found, expected)) = parts.and_then(|parts| parts.rsplit_once(", expected ")) {
        let expected = match expected {
            "u32" => "a whole number below 2^32",
            "u64" => "a whole number below 2^64",
            "a sequence" => "a list",
            "a map" => "an object",
            "map with a single key" => "an object with exactly one key",
            "string only" => "a name, without anything in it",
            other if other.starts_with("struct ") => "an object",
            other => other,
        };
        let found = match found {
            "map" => "an object",
            "sequence" => "a list",
            other => other,
        };
        return format!("found {found}, expected {expected}");
    }
    match message {
        "expected value" => "expected a name, or an object with exactly one key".to_owned(),
        "recursion limit exceeded" => "nested too deep: at most 127 levels are read".to_owned(),
        "key must be a string" => "a key must stand in double quotes (and JSON has no comments)".to_owned(),
        other => match other.strip_prefix("EOF while parsing ") {
            Some(what) => format!("the file ends too early, within {what}"),
            None if other.starts_with("missing field ") => other.replacen("missing field", "there is no key", 1),
            None => other.replacen("unknown field", "unknown key", 1).replacen("unknown variant", "unknown name", 1),
        },
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

/// As a terminal can show it: no control characters, and the middle of a very long text left out.
fn shown(text: &str) -> String {
    const LONGEST: usize = 2000;
    const END: usize = 800;
    let count = text.chars().count();
    let show = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    if count <= LONGEST {
        return text.chars().map(show).collect();
    }
    let begin: String = text.chars().take(END).map(show).collect();
    let end: String = text.chars().skip(count - END).map(show).collect();
    format!("{begin} … {end}")
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
            write!(f, "`{}`: ", shown(&self.key))?;
        }
        f.write_str(&shown(&self.message))
    }
}

impl std::error::Error for ScenarioError {}
