//! Transactions as clients saw them: what each read and wrote, how it ended, and when.

use crate::consistency::history::BadLine;
use std::collections::BTreeMap;

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It took effect, and its client learnt what it had read.
    Committed,
    /// It had no effect.
    Aborted,
    /// Nobody was told. It may have taken effect at any time after it began, or never.
    Unknown,
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list that only grows at its end, empty at first. A read shows the whole list, and so all that was done to it.
    List,
    /// A register that holds the last value written, nil at first.
    Register,
}

/// One word of a transaction, as a program gives it to [`Builder::add`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `[:append key element]`.
    Append(String, String),
    /// `[:w key value]`.
    Write(String, String),
    /// `[:r key …]`.
    Read(String, Seen),
}

/// What a read returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The answer never came.
    Unknown,
    /// `nil`: an empty list, or a register that was never written.
    Nil,
    /// A register's value.
    Value(String),
    /// A list.
    List(Vec<String>),
}

/// When a transaction began and ended, among all events of the history, and where a reader finds that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The place of its first event among all events.
    pub begin: u32,
    /// The place of its last; none where its outcome is unknown.
    pub end: Option<u32>,
    /// The line of its first event, from 1.
    pub begin_line: u32,
    /// The line of its last, where there is one.
    pub end_line: Option<u32>,
}

/// What a transaction does to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    pub key: u32,
    pub deed: Deed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// An append to a list, or a write of a register.
    Write(u32),
    /// The list that was read; of a register its value, or nothing. None where nobody knows.
    Read(Option<Vec<u32>>),
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    pub process: u64,
    pub ending: Ending,
    pub span: Span,
    pub actions: Vec<Action>,
}

/// All transactions, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub(super) transactions: Vec<Transaction>,
    pub(super) keys: Vec<String>,
    pub(super) shapes: Vec<Shape>,
    pub(super) values: Vec<String>,
}

impl History {
    /// How many of the transactions ended so.
    pub fn count(&self, ending: Ending) -> usize {
        self.transactions.iter().filter(|one| one.ending == ending).count()
    }

    /// How many keys they read or wrote.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// The place of a transaction's last event among all events; none where its outcome is unknown.
    pub fn end_of(&self, transaction: u32) -> Option<u32> {
        self.transactions[transaction as usize].span.end
    }

    /// The line on which what a transaction saw or did is written: of its end, else of its beginning.
    pub(super) fn line(&self, transaction: u32) -> u32 {
        let span = self.transactions[transaction as usize].span;
        span.end_line.unwrap_or(span.begin_line)
    }
}

/// Makes a history of transactions.
#[derive(Default)]
pub struct Builder {
    transactions: Vec<Transaction>,
    keys: BTreeMap<String, u32>,
    /// By key: what it is, and which line said so.
    shapes: Vec<Option<(Shape, u32)>>,
    values: BTreeMap<String, u32>,
}

impl Builder {
    /// Adds one transaction. What one that did not commit has read counts for nothing.
    ///
    /// # Errors
    ///
    /// A key is used as a list and as a register.
    pub fn add(&mut self, process: u64, span: Span, ending: Ending, steps: &[Step]) -> Result<(), BadLine> {
        let line = span.end_line.unwrap_or(span.begin_line);
        let mut actions = Vec::with_capacity(steps.len());
        for step in steps {
            let action = match step {
                Step::Append(key, value) => {
                    let key = self.key(key, Some(Shape::List), line)?;
                    Action { key, deed: Deed::Write(self.value(value)) }
                }
                Step::Write(key, value) => {
                    let key = self.key(key, Some(Shape::Register), line)?;
                    Action { key, deed: Deed::Write(self.value(value)) }
                }
                Step::Read(key, seen) => {
                    let key = self.key(key, shape_of(seen), line)?;
                    let seen = if ending == Ending::Committed { self.seen(seen) } else { None };
                    Action { key, deed: Deed::Read(seen) }
                }
            };
            actions.push(action);
        }
        self.transactions.push(Transaction { process, ending, span, actions });
        Ok(())
    }

    /// The history.
    pub fn finish(mut self) -> History {
        self.transactions.sort_by_key(|transaction| transaction.span.begin);
        let names = |map: BTreeMap<String, u32>| {
            let mut names = vec![String::new(); map.len()];
            map.into_iter().for_each(|(name, id)| names[id as usize] = name);
            names
        };
        History {
            transactions: self.transactions,
            keys: names(self.keys),
            // A key that was only ever read as nil is as good as either.
            shapes: self.shapes.into_iter().map(|shape| shape.map_or(Shape::Register, |(shape, _)| shape)).collect(),
            values: names(self.values),
        }
    }

    fn key(&mut self, name: &str, shape: Option<Shape>, line: u32) -> Result<u32, BadLine> {
        let key = intern(&mut self.keys, name);
        if key as usize == self.shapes.len() {
            self.shapes.push(None);
        }
        let known = &mut self.shapes[key as usize];
        match (*known, shape) {
            (Some((before, at)), Some(now)) if before != now => {
                let word = |shape| if shape == Shape::List { "a list" } else { "a register" };
                let (now, before) = (word(now), word(before));
                let message = format!("key {name} is used as {now} here and as {before} in line {at}");
                return Err(BadLine { line, message });
            }
            (None, Some(now)) => *known = Some((now, line)),
            (Some(_), _) | (None, None) => {}
        }
        Ok(key)
    }

    fn value(&mut self, text: &str) -> u32 {
        intern(&mut self.values, text)
    }

    fn seen(&mut self, seen: &Seen) -> Option<Vec<u32>> {
        match seen {
            Seen::Unknown => None,
            Seen::Nil => Some(Vec::new()),
            Seen::Value(value) => Some(vec![self.value(value)]),
            Seen::List(values) => Some(values.iter().map(|value| self.value(value)).collect()),
        }
    }
}

fn shape_of(seen: &Seen) -> Option<Shape> {
    match seen {
        Seen::Unknown | Seen::Nil => None,
        Seen::Value(_) => Some(Shape::Register),
        Seen::List(_) => Some(Shape::List),
    }
}

fn intern(names: &mut BTreeMap<String, u32>, name: &str) -> u32 {
    if let Some(id) = names.get(name) {
        return *id;
    }
    let id = names.len() as u32;
    names.insert(name.to_owned(), id);
    id
}
