//! The brackets of an EDN text, looked at before anything is read.
//!
//! How deep a text is nested must not decide whether reading it ends: what walks over a form, its printing and its
//! dropping included, goes down as deep as the form does. And where a file was cut off, its end is not the place to
//! blame, but the bracket or string that it leaves open.

/// How deep brackets may be nested: a value inside an event inside a vector, and then some.
pub const DEPTH_MAX: usize = 64;
/// How many tags may stand before one form.
const TAGS_MAX: usize = 16;

/// What is wrong with a text, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The byte.
    pub at: usize,
    /// What was found, and what is allowed.
    pub message: String,
}

/// Looks at all brackets, strings and tags of a text.
///
/// # Errors
/// The first bracket that closes nothing or another one, is nested too deeply, or is never closed; a string that is
/// never closed; too many tags in a row.
pub fn look(text: &str) -> Result<(), Wrong> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let (mut at, mut tags) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let (here, next) = (at, at + c.len_utf8());
        at = match c {
            ';' => text[next..].find('\n').map_or(text.len(), |end| next + end),
            // A set is a map with another beginning; behind `#_` stands what is to be left out.
            '#' if text[next..].starts_with('{') => next,
            '#' if text[next..].starts_with('_') => next + 1,
            '#' => word_end(text, next),
            '"' => string_end(text, next).ok_or_else(|| wrong(here, "this string is never closed: expected `\"`"))?,
            // The character behind it is itself, be it a bracket.
            '\\' => word_end(text, text[next..].chars().next().map_or(next, |escaped| next + escaped.len_utf8())),
            _ if separates(c) || "[]{}()".contains(c) => next,
            _ => word_end(text, next),
        };
        match c {
            '[' | '(' | '{' => open.push((here, c)),
            ']' | ')' | '}' => closes(c, open.pop()).map_err(|message| wrong(here, message))?,
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            return Err(wrong(here, format!("brackets are nested more than {DEPTH_MAX} deep")));
        }
        if c == '#' {
            tags += 1;
        } else if !separates(c) && c != ';' {
            tags = 0;
        }
        if tags > TAGS_MAX {
            return Err(wrong(here, format!("more than {TAGS_MAX} tags stand before one form")));
        }
    }
    // A vector around all events is as long as the file: where more is open, an event was cut off.
    match open.get(1).filter(|_| open[0].1 != '{').or(open.first()) {
        Some((at, bracket)) => {
            Err(wrong(*at, format!("this `{bracket}` is never closed: expected `{}`", pair(*bracket))))
        }
        None => Ok(()),
    }
}

fn wrong(at: usize, message: impl Into<String>) -> Wrong {
    Wrong { at, message: message.into() }
}

fn pair(bracket: char) -> char {
    match bracket {
        '[' => ']',
        '(' => ')',
        _ => '}',
    }
}

fn closes(bracket: char, opened: Option<(usize, char)>) -> Result<(), String> {
    match opened.map(|(_, opened)| opened) {
        None => Err(format!("this `{bracket}` closes nothing")),
        Some(opened) if pair(opened) == bracket => Ok(()),
        Some(opened) => Err(format!("this `{bracket}` cannot close a `{opened}`: expected `{}`", pair(opened))),
    }
}

fn separates(c: char) -> bool {
    c.is_whitespace() || c == ','
}

/// Where a word ends that goes on at `from`.
fn word_end(text: &str, from: usize) -> usize {
    let ends = |c: char| separates(c) || "[]{}();\"".contains(c);
    text[from..].find(ends).map_or(text.len(), |end| from + end)
}

/// Behind the closing quote of a string that goes on at `from`.
fn string_end(text: &str, from: usize) -> Option<usize> {
    let mut escaped = false;
    let end = text[from..].bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.map(|end| from + end + 1)
}
