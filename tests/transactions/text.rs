//! Histories as short texts: `P [BEGIN-END] ok|fail|info WORD, WORD…`, a line a transaction.
//!
//! Words are `append x 1`, `w x 1`, `r x [1 2]`, `r x 1`, `r x nil`. Without a span all transactions are concurrent.

use splitbrain::consistency::history::BadLine;
use splitbrain::consistency::transactions::{Builder, Ending, History, Seen, Span, Step};

pub fn history(text: &str) -> History {
    try_history(text).unwrap()
}

pub fn try_history(text: &str) -> Result<History, BadLine> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut builder = Builder::default();
    for (number, line) in (0..).zip(&lines) {
        let (process, rest) = line.split_once(' ').unwrap();
        let (span, rest) = match rest.split_once(' ') {
            Some((span, rest)) if span.contains('-') => {
                let (begin, end) = span.split_once('-').unwrap();
                ((begin.parse().unwrap(), end.parse().unwrap()), rest)
            }
            _ => ((number, lines.len() as u32 + number), rest),
        };
        let (ending, words) = rest.split_once(' ').unwrap();
        let ending = match ending {
            "ok" => Ending::Committed,
            "fail" => Ending::Aborted,
            "info" => Ending::Unknown,
            other => panic!("{other}"),
        };
        let end = (ending != Ending::Unknown).then_some(span.1);
        let span = Span { begin: span.0, end, begin_line: number + 1, end_line: None };
        let steps: Vec<Step> = words.split(", ").map(step).collect();
        builder.add(process.parse().unwrap(), span, ending, &steps)?;
    }
    Ok(builder.finish())
}

fn step(words: &str) -> Step {
    let mut parts = words.splitn(3, ' ');
    let (kind, key) = (parts.next().unwrap(), parts.next().unwrap().to_owned());
    let value = parts.next().unwrap_or("?").to_owned();
    match (kind, value.as_str()) {
        ("append", _) => Step::Append(key, value),
        ("w", _) => Step::Write(key, value),
        ("r", "nil") => Step::Read(key, Seen::Nil),
        ("r", "?") => Step::Read(key, Seen::Unknown),
        ("r", list) if list.starts_with('[') => {
            Step::Read(key, Seen::List(list[1..list.len() - 1].split_whitespace().map(str::to_owned).collect()))
        }
        ("r", _) => Step::Read(key, Seen::Value(value)),
        other => panic!("{other:?}"),
    }
}
