//! EDN maps, one an event, as Jepsen and Elle store them.
//!
//! `{:index 0, :time 12, :process 0, :type :invoke, :f :txn, :value [[:append 3 1] [:r 3 nil]]}`, one below the other
//! or inside one vector, tagged (`#jepsen.history.Op{…}`) or not. What a process that is no number did (the nemesis) is
//! no client's and is left out.

use crate::consistency::format::brackets::look;
use crate::consistency::history::{BadLine, Event, Kind, Value};
use clojure_reader::edn::{Edn, read};
use clojure_reader::error::Code;

/// How deep values may be nested.
const DEPTH_MAX: usize = 32;

/// The events of a text.
///
/// # Errors
/// The first form that is no event.
pub fn events(text: &str) -> Result<Vec<Event>, BadLine> {
    look(text).map_err(|wrong| at(text, wrong.at, &wrong.message))?;
    let mut forms = Forms { text, rest: text, line: 1 };
    let closing = match forms.next()? {
        Some('[') => Some(']'),
        Some('(') => Some(')'),
        Some(_) | None => None,
    };
    if closing.is_some() {
        forms.rest = &forms.rest[1..];
    }
    let mut events = Vec::new();
    while let Some(next) = forms.next()? {
        if Some(next) == closing {
            forms.rest = &forms.rest[1..];
            if forms.next()?.is_some() {
                return Err(bad(forms.line, "something stands behind the vector of events".to_owned()));
            }
            break;
        }
        let line = forms.line;
        events.extend(event(&forms.form()?, line)?);
    }
    Ok(events)
}

fn bad(line: u32, message: String) -> BadLine {
    BadLine { line, message }
}

/// What is wrong at a byte of a text.
fn at(text: &str, byte: usize, message: &str) -> BadLine {
    let before = &text[..byte];
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    bad(newlines(before) + 1, format!("column {column}: {message}"))
}

fn newlines(text: &str) -> u32 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u32
}

/// The forms of a text, one by one.
struct Forms<'a> {
    text: &'a str,
    /// What was not read yet, and its line.
    rest: &'a str,
    line: u32,
}

impl<'a> Forms<'a> {
    /// Passes over what separates forms, comments and what is to be left out; the character that comes next.
    fn next(&mut self) -> Result<Option<char>, BadLine> {
        loop {
            let next = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            self.go_to(next);
            if next.starts_with(';') {
                self.go_to(next.find('\n').map_or("", |end| &next[end..]));
            } else if let Some(left_out) = next.strip_prefix("#_") {
                self.go_to(left_out);
                self.form()?;
            } else {
                return Ok(next.chars().next());
            }
        }
    }

    /// Reads one form.
    fn form(&mut self) -> Result<Edn<'a>, BadLine> {
        let (form, behind) = read(self.rest).map_err(|error| {
            let here = self.text.len() - self.rest.len();
            at(self.text, here + error.ptr.unwrap_or(0), &format!("this is no EDN: {}", said(&error.code)))
        })?;
        self.go_to(behind);
        Ok(form)
    }

    fn go_to(&mut self, rest: &'a str) {
        self.line += newlines(&self.rest[..self.rest.len() - rest.len()]);
        self.rest = rest;
    }
}

/// What a reader stumbled over.
fn said(code: &Code) -> String {
    let words = match code {
        Code::UnexpectedEOF => "it ends where a form is expected",
        Code::InvalidNumber | Code::InvalidRadix(_) => "a number is none, or needs more than 64 bits",
        Code::InvalidChar => "a character is none: expected one such as `\\a` or `\\newline`",
        Code::InvalidEscape => "an escape in a string is none: expected `\\t`, `\\r`, `\\n`, `\\\\` or `\\\"`",
        Code::InvalidKeyword => "a keyword is none: expected one such as `:read`",
        Code::InvalidTag => "a tag is none: expected one such as `#inst`",
        other => match format!("{other:?}") {
            name if name.ends_with("DuplicateKey") => "a key stands twice in one map, or an element in one set",
            name => return name,
        },
    };
    words.to_owned()
}

/// One event; none where it is about no client.
fn event(form: &Edn<'_>, line: u32) -> Result<Option<Event>, BadLine> {
    let map = match form {
        Edn::Map(map) => map,
        Edn::Tagged(_, inner) if matches!(**inner, Edn::Map(_)) => return event(inner, line),
        other => return Err(bad(line, format!("{} is no event: expected a map", short(other)))),
    };
    let get = |name: &'static str| map.get(&Edn::key(name));
    let process = match get("process") {
        Some(Edn::Int(process)) if *process >= 0 => *process as u64,
        Some(Edn::Key(_) | Edn::Symbol(_) | Edn::Str(_)) => return Ok(None),
        Some(other) => return Err(bad(line, format!("`:process` is {}: expected a number from 0", short(other)))),
        None => return Err(bad(line, format!("{} has no `:process`", short(form)))),
    };
    let kind = match get("type") {
        Some(Edn::Key(word) | Edn::Symbol(word) | Edn::Str(word)) => kind(word),
        Some(_) | None => None,
    };
    let Some(kind) = kind else {
        let found = get("type").map_or("nothing".to_owned(), short);
        return Err(bad(line, format!("`:type` is {found}: expected `:invoke`, `:ok`, `:fail` or `:info`")));
    };
    let f = match get("f") {
        Some(Edn::Key(word) | Edn::Symbol(word) | Edn::Str(word)) => word.to_string(),
        Some(other) => return Err(bad(line, format!("`:f` is {}: expected a keyword such as `:read`", short(other)))),
        None => return Err(bad(line, format!("{} has no `:f`", short(form)))),
    };
    let inner = |name: &'static str| get(name).map(|inner| value(inner, line, 0)).transpose();
    Ok(Some(Event {
        line,
        process,
        kind,
        f,
        key: inner("key")?,
        value: inner("value")?.unwrap_or(Value::Nil),
        error: inner("error")?,
        time: match get("time") {
            Some(Edn::Int(time)) => Some(*time),
            Some(_) | None => None,
        },
    }))
}

/// What an event says, by its word.
pub(in crate::consistency) fn kind(word: &str) -> Option<Kind> {
    match word {
        "invoke" => Some(Kind::Invoke),
        "ok" => Some(Kind::Ok),
        "fail" => Some(Kind::Fail),
        "info" => Some(Kind::Info),
        _ => None,
    }
}

/// A form as it was written, or its beginning.
fn short(form: &Edn<'_>) -> String {
    cut(&form.to_string())
}

fn cut(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Reads one value; used for log lines too.
///
/// # Errors
/// When it is no EDN, or is nested too deeply.
pub fn parse_value(text: &str, line: u32) -> Result<Value, BadLine> {
    let no_value = |why: &str| bad(line, format!("{} is no value: {why}", cut(text)));
    look(text).map_err(|wrong| no_value(&wrong.message))?;
    let (form, behind) = read(text).map_err(|error| no_value(&said(&error.code)))?;
    if !behind.trim().is_empty() {
        return Err(bad(line, format!("{} is more than one value", cut(text))));
    }
    value(&form, line, 0)
}

fn value(form: &Edn<'_>, line: u32, depth: usize) -> Result<Value, BadLine> {
    if depth > DEPTH_MAX {
        return Err(bad(line, format!("a value is nested more than {DEPTH_MAX} deep")));
    }
    let all = |forms: &mut dyn Iterator<Item = &Edn<'_>>| -> Result<Value, BadLine> {
        forms.map(|form| value(form, line, depth + 1)).collect::<Result<_, _>>().map(Value::List)
    };
    Ok(match form {
        Edn::Nil => Value::Nil,
        Edn::Bool(yes) => Value::Bool(*yes),
        Edn::Int(number) => Value::Int(*number),
        Edn::Str(text) => Value::Text(text.to_string()),
        Edn::Key(word) | Edn::Symbol(word) => Value::Word(word.to_string()),
        Edn::Vector(forms) | Edn::List(forms) => all(&mut forms.iter())?,
        Edn::Set(forms) => all(&mut forms.iter())?,
        Edn::Map(map) => {
            let pair = |(key, inner)| Ok((value(key, line, depth + 1)?, value(inner, line, depth + 1)?));
            Value::Map(map.iter().map(pair).collect::<Result<_, _>>()?)
        }
        Edn::Tagged(_, inner) => value(inner, line, depth + 1)?,
        other => Value::Other(other.to_string()),
    })
}
