//! What is wrong with a scenario: where, what was found, what is allowed. All of it at once, so that a file is not
//! mended one error at a time.

use crate::spec::names::nearest;
use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the text, in bytes, where that is known.
    pub at: Option<Range<usize>>,
    /// The key, as a path: `faults[0].crash.at`. Empty for the whole.
    pub key: String,
    /// What was found and what is allowed.
    pub message: String,
}

impl Problem {
    /// A problem with one key.
    pub fn at(key: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { at: None, key: key.into(), message: message.into() }
    }

    /// The same, under another key.
    pub fn under(mut self, key: &str) -> Self {
        self.key = match self.key.as_str() {
            "" | "." => key.to_owned(),
            inner if key.is_empty() => inner.to_owned(),
            inner if inner.starts_with('[') => format!("{key}{inner}"),
            inner => format!("{key}.{inner}"),
        };
        self
    }

    /// What serde found wrong, with the path to it, and the line and column at which it stopped reading.
    pub(crate) fn from_serde(error: &serde_path_to_error::Error<serde_json::Error>) -> (Self, (usize, usize)) {
        let inner = error.inner();
        let path = error.path().to_string();
        let position = (inner.line(), inner.column().max(1));
        // serde_json ends its messages with the position, which stands in front of ours.
        let message = inner.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let key = if path == "." || path == "?" { String::new() } else { path };
        (Problem::at(key, with_nearest(&in_plain_words(message))), position)
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
            "string or map" => "a name, or an object with exactly one key",
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
    if let Some((found, expected)) =
        message.strip_prefix("invalid length ").and_then(|rest| rest.split_once(", expected "))
    {
        let expected = if expected.starts_with("struct ") { "an object" } else { expected };
        return format!("found a list of {found}, expected {expected}");
    }
    match message {
        "expected value" => "expected a name, or an object with exactly one key".to_owned(),
        "expected ident" => "expected true, false, null, or a text in double quotes".to_owned(),
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

/// `key`, and what is wrong with it.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "`{}`: ", shown(&self.key))?;
        }
        f.write_str(&shown(&self.message))
    }
}

/// Why a scenario cannot be run: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The file, or where else the text came from.
    pub origin: String,
    /// In the order in which they stand in the text. There is at least one.
    pub problems: Vec<Problem>,
    /// The text, where it could be read.
    pub text: Option<String>,
}

impl ScenarioError {
    /// A file that could not be read.
    pub(crate) fn unread(origin: &str, message: impl Into<String>) -> Self {
        ScenarioError { origin: origin.to_owned(), problems: vec![Problem::at("", message)], text: None }
    }

    /// Line and column of a problem, from 1; columns count characters.
    pub fn position(&self, problem: &Problem) -> Option<(usize, usize)> {
        Some(line_and_column(self.text.as_deref()?, problem.at.as_ref()?.start))
    }
}

/// Line and column of a byte, both from 1; columns count characters.
pub(in crate::scenario) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A line for each problem: `file:line:column: what is wrong`.
impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            let end = if place > 0 { "\n" } else { "" };
            write!(f, "{end}{}", self.origin)?;
            if let Some((line, column)) = self.position(problem) {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}
