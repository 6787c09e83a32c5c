//! Which format a text is in, and reading it.

use crate::consistency::format::{edn, independent, jepsen_log, json_lines};
use crate::consistency::history::{BadLine, Event, History};

/// A format of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `INFO  jepsen.util - 0 :invoke :read nil`: what Jepsen logs.
    JepsenLog,
    /// `{:process 0, :type :invoke, :f :read, :value nil}`: what Jepsen and Elle store.
    Edn,
    /// `{"process":0,"type":"invoke","op":"get k1",…}`: what `run --out` writes.
    JsonLines,
}

impl Format {
    /// All of them, with the words that name them.
    pub const ALL: &'static [(&'static str, Format)] =
        &[("jepsen-log", Format::JepsenLog), ("edn", Format::Edn), ("jsonl", Format::JsonLines)];

    /// The word that names it.
    pub fn word(self) -> &'static str {
        match self {
            Format::JepsenLog => "jepsen-log",
            Format::Edn => "edn",
            Format::JsonLines => "jsonl",
        }
    }

    /// Recognises the format of a text by its first line that is not empty.
    ///
    /// # Errors
    /// When it looks like none of them.
    pub fn of(text: &str) -> Result<Format, BadLine> {
        let text = unmarked(text);
        let lines = text.lines().enumerate().map(|(place, line)| (place, line.trim()));
        let mut full = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(';'));
        let Some((place, first)) = full.next() else {
            return Err(BadLine { line: 1, message: "there is nothing in it: expected a history".to_owned() });
        };
        let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).take(3).collect();
        match squeezed.as_str() {
            "[{\"" => {
                let message =
                    "this is an array of JSON: expected one object a line, without brackets and commas around";
                Err(BadLine { line: place as u32 + 1, message: message.to_owned() })
            }
            _ if squeezed.starts_with("{\"") => Ok(Format::JsonLines),
            _ if first.starts_with(['{', '[', '(', '#']) => Ok(Format::Edn),
            _ if first.contains(" - ") || first.contains(":invoke") => Ok(Format::JepsenLog),
            _ => {
                let found: String = first.chars().take(60).collect();
                let message = format!(
                    "`{found}` is of no format that is known: expected Jepsen's log lines (`INFO  jepsen.util - 0 \
                     :invoke :read nil`), EDN (`{{:process 0, :type :invoke, :f :read, :value nil}}`) or JSON lines \
                     (`{{\"process\":0,\"type\":\"invoke\",\"op\":\"get k1\"}}`)"
                );
                Err(BadLine { line: place as u32 + 1, message })
            }
        }
    }

    /// The events of a text in this format.
    ///
    /// # Errors
    /// The first line that cannot be understood.
    pub fn events(self, text: &str) -> Result<Vec<Event>, BadLine> {
        let text = unmarked(text);
        let mut events = match self {
            Format::JepsenLog => jepsen_log::events(text)?,
            Format::Edn => edn::events(text)?,
            Format::JsonLines => return json_lines::events(text),
        };
        independent::take_apart(&mut events);
        Ok(events)
    }
}

/// A text without the mark that some editors put before it (U+FEFF).
fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a history, in the given format or in the one that is recognised.
///
/// # Errors
/// The first line that is wrong, and what was found and is allowed there.
pub fn read(text: &str, format: Option<Format>) -> Result<History, BadLine> {
    let format = match format {
        Some(format) => format,
        None => Format::of(text)?,
    };
    let events = format.events(text)?;
    if events.is_empty() {
        return Err(BadLine { line: 1, message: "there is no operation of a client in it".to_owned() });
    }
    History::of_events(events)
}
