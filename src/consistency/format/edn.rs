//! EDN maps, one an event, as Jepsen and Elle store them.
//!
//! `{:index 0, :time 12, :process 0, :type :invoke, :f :txn, :value [[:append 3 1] [:r 3 nil]]}`, one below the other
//! or inside one vector, tagged (`#jepsen.history.Op{…}`) or not. What a process that is no number did (the nemesis) is
//! no client's and is left out. Values of `read`, `write` and `cas` that are a key and a value (`jepsen.independent`)
//! are taken apart.

use crate::consistency::history::{BadLine, Event, Kind, Value};
use clojure_reader::edn::{Edn, read};

/// How deep values may be nested.
const DEPTH_MAX: usize = 32;

/// The events of a text.
///
/// # Errors
/// The first form that is no event.
pub fn events(text: &str) -> Result<Vec<Event>, BadLine> {
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut line = 1;
    let closing = skip(&mut rest, &mut line).and_then(|first| match first {
        '[' => Some(']'),
        '(' => Some(')'),
        _ => None,
    });
    if closing.is_some() {
        rest = &rest[1..];
    }
    let mut events = Vec::new();
    loop {
        match skip(&mut rest, &mut line) {
            None if closing.is_none() => break,
            None => return Err(bad(line, "the history ends inside its vector: expected `]`".to_owned())),
            Some(next) if Some(next) == closing => {
                rest = &rest[1..];
                if skip(&mut rest, &mut line).is_some() {
                    return Err(bad(line, "something stands behind the vector of events".to_owned()));
                }
                break;
            }
            Some(_) => {}
        }
        let (form, behind) = read(rest).map_err(|error| {
            let within = error.line.unwrap_or(1) as u32 - 1;
            let column = error.column.map_or(String::new(), |column| format!(", column {column}"));
            bad(line + within, format!("this is no EDN: {:?}{column}", error.code))
        })?;
        events.extend(event(&form, line)?);
        line += newlines(&rest[..rest.len() - behind.len()]);
        rest = behind;
    }
    take_keys_apart(&mut events);
    Ok(events)
}

fn bad(line: u32, message: String) -> BadLine {
    BadLine { line, message }
}

fn newlines(text: &str) -> u32 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u32
}

/// Passes over what separates forms; the character that comes next.
fn skip(rest: &mut &str, line: &mut u32) -> Option<char> {
    loop {
        let next = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        *line += newlines(&rest[..rest.len() - next.len()]);
        *rest = next;
        if !next.starts_with(';') {
            return next.chars().next();
        }
        *rest = next.find('\n').map_or("", |end| &next[end..]);
    }
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
        Some(other) => return Err(bad(line, format!("`:process {}`: expected a number from 0", short(other)))),
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
        Some(other) => return Err(bad(line, format!("`:f {}`: expected a keyword such as `:read`", short(other)))),
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
    const SHOWN: usize = 60;
    let text = form.to_string();
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
    let (form, behind) = read(text).map_err(|error| bad(line, format!("`{text}` is no value: {:?}", error.code)))?;
    if !behind.trim().is_empty() {
        return Err(bad(line, format!("`{text}` is more than one value")));
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

/// `jepsen.independent` keeps one object per key in one history: the value of each event is a key and a value. It
/// shows in what reads ask: `[key nil]`.
fn take_keys_apart(events: &mut [Event]) {
    let plain = |event: &Event| event.key.is_none() && matches!(event.f.as_str(), "read" | "write" | "cas");
    let asks_of_key = |event: &Event| {
        event.kind == Kind::Invoke
            && event.f == "read"
            && plain(event)
            && matches!(event.value.list(), Some([_, Value::Nil]))
    };
    if !events.iter().any(asks_of_key) {
        return;
    }
    for event in events.iter_mut().filter(|event| plain(event)) {
        if let Value::List(pair) = &event.value
            && let [key, inner] = pair.as_slice()
        {
            (event.key, event.value) = (Some(key.clone()), inner.clone());
        }
    }
}
