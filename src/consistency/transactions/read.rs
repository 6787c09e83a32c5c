//! Transactions out of a history of any format: operations whose value is a list of words, `[[:append 3 1] [:r 3
//! nil]]`.

use super::history::{Builder, Ending, History, Seen, Span, Step};
use crate::consistency::history::{self, BadLine, End, Operation, Value};

/// Whether a history looks like one of transactions.
pub fn is_transactional(history: &history::History) -> bool {
    let words = |words: &[Value]| !words.is_empty() && words.iter().all(|word| step(word, false).is_some());
    let list = |one: &Operation| one.asked.list().is_some_and(words);
    !history.operations.is_empty() && history.operations.iter().all(|one| one.f == "txn" || list(one))
}

/// The transactions of a history. A transaction that failed had no effect.
///
/// # Errors
///
/// An operation is no transaction of `[:append KEY VALUE]`, `[:w KEY VALUE]` and `[:r KEY …]`; or it ended as another
/// transaction than it began; or a key is used as a list and as a register.
pub fn transactions(history: &history::History) -> Result<History, BadLine> {
    let mut builder = Builder::default();
    for operation in &history.operations {
        let asked = steps(&operation.asked, false, operation.line)?;
        let ending = match &operation.end {
            End::Done(_) => Ending::Committed,
            End::Failed(_) => Ending::Aborted,
            End::Unknown => Ending::Unknown,
        };
        let end_line = operation.end_line.unwrap_or(operation.line);
        let done = match &operation.end {
            End::Done(value) => steps(value, true, end_line)?,
            End::Failed(_) | End::Unknown => asked.clone(),
        };
        let same = |(one, other): (&Step, &Step)| match (one, other) {
            (Step::Read(key, _), Step::Read(other, _)) => key == other,
            (one, other) => one == other,
        };
        if done.len() != asked.len() || !asked.iter().zip(&done).all(same) {
            let message = format!("the transaction ends as another one than it began in line {}", operation.line);
            return Err(BadLine { line: end_line, message });
        }
        let (begin, end) = (operation.call, operation.ret);
        let span = Span { begin, end, begin_line: operation.line, end_line: operation.end_line };
        builder.add(operation.process, span, ending, &done)?;
    }
    Ok(builder.finish())
}

fn steps(value: &Value, done: bool, line: u32) -> Result<Vec<Step>, BadLine> {
    let Some(words) = value.list() else { return Err(no_transaction(value, line)) };
    words.iter().map(|word| step(word, done).ok_or_else(|| no_transaction(word, line))).collect()
}

fn no_transaction(value: &Value, line: u32) -> BadLine {
    let message = format!(
        "{value} is not part of a transaction: expected [[:append KEY VALUE] …], [[:w KEY VALUE] …] or [[:r KEY …] …]"
    );
    BadLine { line, message }
}

fn step(word: &Value, done: bool) -> Option<Step> {
    let [Value::Word(f) | Value::Text(f), key, rest @ ..] = word.list()? else { return None };
    let key = key.to_string();
    match (f.as_str(), rest) {
        ("append", [value]) => Some(Step::Append(key, value.to_string())),
        ("w", [value]) => Some(Step::Write(key, value.to_string())),
        ("r", []) => Some(Step::Read(key, Seen::Unknown)),
        ("r", [_]) if !done => Some(Step::Read(key, Seen::Unknown)),
        ("r", [Value::Nil]) => Some(Step::Read(key, Seen::Nil)),
        ("r", [Value::List(values)]) => {
            Some(Step::Read(key, Seen::List(values.iter().map(Value::to_string).collect())))
        }
        ("r", [value]) => Some(Step::Read(key, Seen::Value(value.to_string()))),
        _ => None,
    }
}
