//! The transactions of a run's clients, judged without the detour over a format.
//!
//! Only lists are judged here, since only of a list a read tells all that was done to it. What else a transaction
//! touches is the business of its family's own invariants.

use crate::consistency::stores::Broken;
use crate::consistency::transactions::{Assume, Builder, Ending, History, Model, Seen, Span, Standing, Step, judge};
use crate::spec::atomic_commit::{self, Key, Op, Reply, Value};
use crate::spec::history::{Event, Stage};
use std::collections::BTreeMap;

type Transacted = Event<Op, Reply>;

/// What a run's clients saw, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfTransactions {
    /// Whether it is strictly serializable, and why that was not found.
    pub verdict: Result<(), Broken>,
    /// How many transactions were judged.
    pub transactions: u64,
}

/// Whether what the clients saw of their transactions is strictly serializable.
pub fn strict_serializable(history: &[Transacted]) -> OfTransactions {
    let transactions = transactions(history);
    let count = transactions.len() as u64;
    let report = judge(&transactions, Assume::default());
    let verdict = match report.standing(Model::StrictSerializable) {
        Standing::Holds => Ok(()),
        Standing::Undecided => {
            let doubts =
                if report.doubts.is_empty() { String::new() } else { format!(": {}", report.doubts.join("; ")) };
            Err(Broken::Undecided(format!(
                "whether {count} transactions are strictly serializable was not found{doubts}"
            )))
        }
        Standing::Violated => {
            let finding = report.against(Model::StrictSerializable).next().expect("what is violated has a reason");
            let ends = |one: &u32| transactions.end_of(*one).map_or(0, |end| end as usize);
            let last = finding.transactions.iter().map(ends).max().unwrap_or(0);
            let sentences = finding.sentences.join("; ");
            Err(Broken::Violated(format!("{}: {sentences}", finding.anomaly), last))
        }
    };
    OfTransactions { verdict, transactions: count }
}

/// The transactions on lists. Lines are places in the history, from 1.
fn transactions(history: &[Transacted]) -> History {
    let mut builder = Builder::default();
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    let mut add = |invoked: usize, ended: Option<usize>| {
        let event = &history[invoked];
        let (ending, steps) = match ended.map(|place| &history[place].stage) {
            Some(Stage::Ok(Reply::Committed(told))) => (Ending::Committed, steps(&event.op, told)),
            Some(Stage::Ok(Reply::Aborted) | Stage::Fail) => (Ending::Aborted, steps(&event.op, &[])),
            Some(Stage::Info | Stage::Invoke) | None => (Ending::Unknown, steps(&event.op, &[])),
        };
        let known = ended.filter(|_| ending != Ending::Unknown);
        let span = Span {
            begin: invoked as u32,
            end: known.map(|place| place as u32),
            begin_line: invoked as u32 + 1,
            end_line: known.map(|place| place as u32 + 1),
        };
        if !steps.is_empty() {
            builder.add(u64::from(event.process), span, ending, &steps).expect("a list is always a list");
        }
    };
    for (place, event) in history.iter().enumerate() {
        match event.stage {
            Stage::Invoke => drop(open.insert(event.process, place)),
            Stage::Ok(_) | Stage::Fail | Stage::Info => {
                if let Some(invoked) = open.remove(&event.process) {
                    add(invoked, Some(place));
                }
            }
        }
    }
    for invoked in open.into_values() {
        add(invoked, None);
    }
    builder.finish()
}

/// What a transaction did to lists, with what it was told that it had read.
fn steps(op: &Op, told: &[Value]) -> Vec<Step> {
    let mut told = told.iter();
    let step = |step: &atomic_commit::Step| {
        let seen = if step.only_reads() { told.next() } else { None };
        let Key::List(_) = step.key() else { return None };
        let key = step.key().to_string();
        match step {
            atomic_commit::Step::Read(_) => Some(Step::Read(key, list(seen))),
            atomic_commit::Step::Append(_, element) => Some(Step::Append(key, element.to_string())),
            atomic_commit::Step::Add(..) | atomic_commit::Step::Relink(..) => None,
        }
    };
    op.steps.iter().filter_map(step).collect()
}

fn list(seen: Option<&Value>) -> Seen {
    match seen {
        Some(Value::List(elements)) => Seen::List(elements.iter().map(ToString::to_string).collect()),
        Some(Value::Number(_)) | None => Seen::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{ClientId, Nanos, RequestId};
    use crate::spec::atomic_commit::AtomicCommit;
    use crate::spec::judged::Judged;
    use crate::spec::store::Element;

    /// Each process asks once: `(process, op, stage)` in the order of time.
    fn history(lines: &[(u32, &str, Stage<Reply>)]) -> Vec<Transacted> {
        let event = |(process, op, stage): &(u32, &str, Stage<Reply>)| Event {
            time: Nanos::ZERO,
            process: *process,
            request: RequestId { client: ClientId::new(*process), sequence: 1 },
            op: AtomicCommit::parse_op(op).unwrap(),
            stage: stage.clone(),
        };
        lines.iter().map(event).collect()
    }

    fn read(lists: &[&[u64]]) -> Stage<Reply> {
        let list = |list: &&[u64]| Value::List(list.iter().map(|element| Element(*element)).collect());
        Stage::Ok(Reply::Committed(lists.iter().map(list).collect()))
    }

    #[test]
    fn write_skew_and_a_stale_read_are_found() {
        let (one, other) = ("read k1; append k2 1", "read k2; append k1 2");
        let all = "read k1; read k2";
        let skew = history(&[
            (0, one, Stage::Invoke),
            (1, other, Stage::Invoke),
            (0, one, read(&[&[]])),
            (1, other, read(&[&[]])),
            (2, all, Stage::Invoke),
            (2, all, read(&[&[2], &[1]])),
        ]);
        let judged = strict_serializable(&skew);
        assert!(matches!(&judged.verdict, Err(Broken::Violated(why, 3)) if why.starts_with("G2-item")), "{judged:?}");
        let stale = history(&[
            (0, "append k1 1", Stage::Invoke),
            (0, "append k1 1", read(&[])),
            (1, "read k1", Stage::Invoke),
            (1, "read k1", read(&[&[]])),
            (2, "read k1", Stage::Invoke),
            (2, "read k1", read(&[&[1]])),
        ]);
        assert!(matches!(strict_serializable(&stale).verdict, Err(Broken::Violated(..))));
    }

    #[test]
    fn what_aborted_has_not_happened_and_what_is_unknown_may_have() {
        let aborted = |seen: &[u64]| {
            history(&[
                (0, "append k1 1; add a1 5", Stage::Invoke),
                (0, "append k1 1; add a1 5", Stage::Ok(Reply::Aborted)),
                (1, "read a1; read k1", Stage::Invoke),
                (
                    1,
                    "read a1; read k1",
                    Stage::Ok(Reply::Committed(vec![
                        Value::Number(100),
                        Value::List(seen.iter().map(|element| Element(*element)).collect()),
                    ])),
                ),
            ])
        };
        assert_eq!(strict_serializable(&aborted(&[])), OfTransactions { verdict: Ok(()), transactions: 2 });
        assert!(strict_serializable(&aborted(&[1])).verdict.is_err());
        let mut unknown = aborted(&[1]);
        unknown[1].stage = Stage::Info;
        assert_eq!(strict_serializable(&unknown).verdict, Ok(()));
    }
}
