//! Small histories, and a short way to write them.
//!
//! `p: wx1@0-4 rx0; q: rx1@1-2`: a process, a colon, its operations. `w` writes, `r` reads, `f` is a write that failed;
//! a key of one letter; a value, of which 0 is the initial one; after `@` the call and the return, of which the second
//! may be missing: open. Without times the n-th operation of each process takes from 10 n to 10 n + 9.

use splitbrain::consistency::weak::{Action, Ending, Moment, Record, Registers};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    At(i64),
    Open,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Small {
    pub process: usize,
    pub key: char,
    pub is_write: bool,
    pub value: u8,
    pub call: i64,
    pub end: End,
}

impl Small {
    pub fn ret(&self) -> i64 {
        match self.end {
            End::At(time) => time,
            End::Open | End::Failed => i64::MAX,
        }
    }
}

/// Reads the short form. Lines are the numbers of the operations in the text, from 1.
pub fn parse(text: &str) -> Vec<Small> {
    let mut history = Vec::new();
    for (process, part) in text.split(';').enumerate() {
        let (_, ops) = part.split_once(':').expect("a process");
        for (place, word) in ops.split_whitespace().enumerate() {
            history.push(parse_op(process, place as i64, word));
        }
    }
    history
}

fn parse_op(process: usize, place: i64, word: &str) -> Small {
    let (what, when) = word.split_once('@').map_or((word, None), |(what, when)| (what, Some(when)));
    let mut letters = what.chars();
    let (kind, key) = (letters.next().expect("a kind"), letters.next().expect("a key"));
    let value = letters.as_str().parse().expect("a value");
    let (call, end) = match when {
        None => (10 * place, End::At(10 * place + 9)),
        Some(when) => {
            let (call, ret) = when.split_once('-').expect("a span");
            (call.parse().expect("a call"), ret.parse().map_or(End::Open, End::At))
        }
    };
    let end = if kind == 'f' { End::Failed } else { end };
    Small { process, key, is_write: kind != 'r', value, call, end }
}

/// As the checkers read it. What happens at one time is in the order of calls before returns: concurrent.
pub fn records(history: &[Small]) -> Vec<Record> {
    let mut moments: Vec<(i64, bool, usize)> = Vec::new();
    for (number, op) in history.iter().enumerate() {
        moments.push((op.call, false, number));
        if let End::At(time) = op.end {
            moments.push((time, true, number));
        }
    }
    moments.sort_unstable();
    let moment = |time: i64, is_ret: bool, number: usize| {
        let place = moments.iter().position(|known| *known == (time, is_ret, number)).unwrap() as u64;
        Moment { place, time: Some(time) }
    };
    let record = |(number, op): (usize, &Small)| {
        let value = (op.value > 0).then(|| op.value.to_string());
        Record {
            process: op.process as u64,
            key: op.key.to_string(),
            action: if op.is_write { Action::Write(value) } else { Action::Read(value) },
            call: moment(op.call, false, number),
            end: match op.end {
                End::At(time) => Ending::Returned(moment(time, true, number)),
                End::Open => Ending::Open,
                End::Failed => Ending::Failed,
            },
            line: number as u32 + 1,
        }
    };
    history.iter().enumerate().map(record).collect()
}

pub fn registers(history: &[Small]) -> Registers {
    Registers::new(&records(history))
}

pub fn read(text: &str) -> Registers {
    registers(&parse(text))
}
