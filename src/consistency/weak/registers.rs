//! A history of reads and writes, made ready: who wrote what each read returned.

use std::collections::{BTreeMap, BTreeSet};

/// When something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Its place among all calls and returns of the history. No two are equal.
    pub place: u64,
    /// Its time in nanoseconds, where the history has times.
    pub time: Option<i64>,
}

/// What an operation did. A value is its text; none is the value that a register has before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Returned this value.
    Read(Option<String>),
    /// Wrote this value, or tried to.
    Write(Option<String>),
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It happened, and returned then.
    Returned(Moment),
    /// It did not happen.
    Failed,
    /// It may have happened at any time after its call, or never. What an open read says it returned is not looked at.
    Open,
}

/// An operation as a history has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who: a session.
    pub process: u64,
    /// Which register.
    pub key: String,
    /// What it did.
    pub action: Action,
    /// When it was called.
    pub call: Moment,
    /// How it ended.
    pub end: Ending,
    /// Where the history says so, for people.
    pub line: u32,
}

/// An operation that took part.
#[derive(Clone, Debug)]
pub(super) struct Op {
    pub session: u32,
    /// Its place in its session.
    pub place: u32,
    pub key: u32,
    pub is_write: bool,
    /// The value written or returned; none is the initial one.
    pub value: Option<String>,
    pub call: Moment,
    /// None: open.
    pub ret: Option<Moment>,
    pub line: u32,
}

/// Where a read has its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From the write of this number.
    Write(usize),
    /// It is the value before any write.
    Initial,
    /// From nowhere: nobody wrote it. The line of a failed write that would have, if there is one.
    ThinAir(Option<u32>),
    /// From one of several writes, or this operation is a write.
    None,
}

/// The writes to one key by one session, in its order.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub session: u32,
    pub writes: Vec<usize>,
}

/// A history of reads and writes of registers. See [the module](super) for what takes part.
#[derive(Clone, Debug)]
pub struct Registers {
    /// In the order of their calls.
    pub(super) ops: Vec<Op>,
    /// The operations of each session, in its order.
    pub(super) sessions: Vec<Vec<usize>>,
    /// The process that each session is.
    pub(super) processes: Vec<u64>,
    pub(super) keys: Vec<String>,
    /// For each operation.
    pub(super) source: Vec<Source>,
    /// For each operation: who read it, in the order of calls.
    pub(super) readers: Vec<Vec<usize>>,
    /// For each key: the reads of its initial value, in the order of calls.
    pub(super) initial_readers: Vec<Vec<usize>>,
    /// For each key.
    pub(super) writers: Vec<Vec<Writer>>,
    /// For each key: whether an open write to it was left out, since nobody read it.
    pub(super) has_unread_open: Vec<bool>,
    /// Why there is no session order, where there is none.
    pub(super) overlap: Option<String>,
    /// Why it is unknown what a read saw, where it is.
    pub(super) ambiguous: Option<String>,
}

/// The writes that a value may come from.
#[derive(Default)]
struct Origins {
    /// Places among the records. Failed ones apart.
    writes: Vec<usize>,
    failed: Option<u32>,
    is_read: bool,
}

type Origin<'a> = BTreeMap<(&'a str, Option<&'a str>), Origins>;

impl Registers {
    /// Takes in a history, in any order.
    pub fn new(records: &[Record]) -> Self {
        let origins = origins(records);
        let mut kept: Vec<usize> = (0..records.len()).filter(|place| takes_part(&records[*place], &origins)).collect();
        kept.sort_by_key(|place| (records[*place].call.place, *place));
        let mut registers = Registers {
            ops: Vec::with_capacity(kept.len()),
            sessions: Vec::new(),
            processes: Vec::new(),
            keys: Vec::new(),
            source: vec![Source::None; kept.len()],
            readers: vec![Vec::new(); kept.len()],
            initial_readers: Vec::new(),
            writers: Vec::new(),
            has_unread_open: Vec::new(),
            overlap: None,
            ambiguous: ambiguous(&origins, records),
        };
        let mut number_of = vec![usize::MAX; records.len()];
        let (mut keys, mut sessions) = (BTreeMap::new(), BTreeMap::new());
        for (number, place) in kept.iter().enumerate() {
            number_of[*place] = number;
            registers.add(&records[*place], &mut keys, &mut sessions);
        }
        registers.find_sources(&origins, &number_of);
        let is_open_write = |record: &&Record| matches!((&record.action, record.end), (Action::Write(_), Ending::Open));
        let left_out = records.iter().filter(is_open_write).filter(|record| !takes_part(record, &origins));
        let left_out: BTreeSet<&str> = left_out.map(|record| record.key.as_str()).collect();
        registers.has_unread_open = registers.keys.iter().map(|key| left_out.contains(key.as_str())).collect();
        registers
    }

    fn add<'a>(&mut self, record: &'a Record, keys: &mut BTreeMap<&'a str, u32>, sessions: &mut BTreeMap<u64, u32>) {
        let number = self.ops.len();
        let key = *keys.entry(&record.key).or_insert_with(|| {
            self.keys.push(record.key.clone());
            self.writers.push(Vec::new());
            self.initial_readers.push(Vec::new());
            self.keys.len() as u32 - 1
        });
        let session = *sessions.entry(record.process).or_insert_with(|| {
            self.processes.push(record.process);
            self.sessions.push(Vec::new());
            self.processes.len() as u32 - 1
        });
        let own = &mut self.sessions[session as usize];
        if let Some(before) = own.last().map(|before| &self.ops[*before])
            && before.ret.is_none_or(|ret| ret.place >= record.call.place)
            && self.overlap.is_none()
        {
            self.overlap = Some(format!(
                "process {} goes on (line {}) while what it asked on line {} is open: its operations have no order",
                record.process, record.line, before.line
            ));
        }
        let place = own.len() as u32;
        own.push(number);
        let (is_write, value) = match &record.action {
            Action::Read(value) => (false, value.clone()),
            Action::Write(value) => (true, value.clone()),
        };
        if is_write {
            let writers = &mut self.writers[key as usize];
            match writers.iter_mut().find(|writer| writer.session == session) {
                Some(writer) => writer.writes.push(number),
                None => writers.push(Writer { session, writes: vec![number] }),
            }
        }
        let ret = match record.end {
            Ending::Returned(moment) => Some(moment),
            Ending::Open | Ending::Failed => None,
        };
        self.ops.push(Op { session, place, key, is_write, value, call: record.call, ret, line: record.line });
    }

    fn find_sources(&mut self, origins: &Origin<'_>, number_of: &[usize]) {
        for read in 0..self.ops.len() {
            let op = &self.ops[read];
            if op.is_write {
                continue;
            }
            let name = (self.keys[op.key as usize].as_str(), op.value.as_deref());
            let origin = &origins[&name];
            self.source[read] = match (origin.writes.as_slice(), &op.value) {
                ([], None) => Source::Initial,
                ([], Some(_)) => Source::ThinAir(origin.failed),
                ([write], Some(_)) => Source::Write(number_of[*write]),
                _ => Source::None,
            };
            match self.source[read] {
                Source::Write(write) => self.readers[write].push(read),
                Source::Initial => self.initial_readers[op.key as usize].push(read),
                Source::ThinAir(_) | Source::None => {}
            }
        }
    }

    /// How many operations take part.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether no operation takes part.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    pub(super) fn reads(&self) -> impl Iterator<Item = usize> {
        (0..self.ops.len()).filter(|op| !self.ops[*op].is_write)
    }

    /// Whether `b` comes after `a` in one session.
    pub(super) fn is_later(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.ops[a], &self.ops[b]);
        a.session == b.session && a.place < b.place
    }
}

fn origins(records: &[Record]) -> Origin<'_> {
    let mut origins = Origin::new();
    for (place, record) in records.iter().enumerate() {
        match (&record.action, record.end) {
            (Action::Read(value), Ending::Returned(_)) => {
                origins.entry((&record.key, value.as_deref())).or_default().is_read = true;
            }
            (Action::Read(_), Ending::Failed | Ending::Open) => {}
            (Action::Write(value), end) => {
                let origin = origins.entry((&record.key, value.as_deref())).or_default();
                match end {
                    Ending::Failed => origin.failed = Some(record.line),
                    Ending::Returned(_) | Ending::Open => origin.writes.push(place),
                }
            }
        }
    }
    origins
}

fn takes_part(record: &Record, origins: &Origin<'_>) -> bool {
    match (&record.action, record.end) {
        (_, Ending::Returned(_)) => true,
        (_, Ending::Failed) | (Action::Read(_), Ending::Open) => false,
        (Action::Write(value), Ending::Open) => origins[&(record.key.as_str(), value.as_deref())].is_read,
    }
}

/// What the first read value is, in the order of keys and values, that may come from more than one write.
fn ambiguous(origins: &Origin<'_>, records: &[Record]) -> Option<String> {
    origins.iter().filter(|(_, origin)| origin.is_read).find_map(|((key, value), origin)| {
        let line = |place: &usize| records[*place].line;
        match (value, origin.writes.as_slice()) {
            (None, [write, ..]) => Some(format!(
                "{key} was read as having its initial value, which line {} also writes: \
                 which of the two a read saw is unknown",
                line(write)
            )),
            (Some(value), [one, other, ..]) => Some(format!(
                "the value {value} of {key} was read and is written twice, on lines {} and {}: \
                 which of the two a read saw is unknown",
                line(one),
                line(other)
            )),
            _ => None,
        }
    })
}
