//! A violation told in sentences.

use super::judge::{Pattern, Violation};
use super::order::{Order, Why};
use super::registers::{Registers, Source};
use std::collections::{BTreeMap, BTreeSet};

/// How many conclusions are told before the story is cut short.
const CONCLUSIONS_MAX: usize = 40;

/// A story in the making.
pub(super) struct Story<'a> {
    history: &'a Registers,
    sentences: Vec<String>,
    operations: BTreeSet<usize>,
    /// The edges that were concluded, and the number that each conclusion has in the story.
    concluded: BTreeMap<usize, usize>,
}

impl<'a> Story<'a> {
    pub fn new(history: &'a Registers) -> Self {
        Story { history, sentences: Vec::new(), operations: BTreeSet::new(), concluded: BTreeMap::new() }
    }

    /// An operation as a clause: `process 1 wrote 5 to x (line 3)`.
    pub fn clause(&mut self, op: usize) -> String {
        let process = self.history.processes[self.history.ops[op].session as usize];
        format!("process {process} {}", self.predicate(op))
    }

    /// The same without who did it.
    fn predicate(&mut self, op: usize) -> String {
        self.operations.insert(op);
        let own = &self.history.ops[op];
        let (key, line) = (&self.history.keys[own.key as usize], own.line);
        match (own.is_write, &own.value) {
            (true, Some(value)) => format!("wrote {value} to {key} (line {line})"),
            (true, None) => format!("wrote the initial value to {key} (line {line})"),
            (false, Some(value)) => format!("read {value} from {key} (line {line})"),
            (false, None) => format!("read the initial value of {key} (line {line})"),
        }
    }

    pub fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    /// Tells, step by step, why the first operation of a path precedes the last. What a step rests on is told before.
    pub fn path(&mut self, order: &Order, path: &[usize]) {
        for edge in path {
            self.conclude(order, *edge);
        }
        let Some(first) = path.first() else { return };
        let clause = self.clause(order.edges[*first].from);
        self.say(clause);
        for (place, edge) in path.iter().enumerate() {
            let in_session = |edge: Option<&usize>| edge.is_some_and(|e| order.edges[*e].why == Why::Session);
            // A session's steps in a row are one.
            if in_session(Some(edge)) && in_session(path.get(place + 1)) {
                continue;
            }
            let (to, why) = (order.edges[*edge].to, order.edges[*edge].why);
            let step = match why {
                Why::Session => format!("then the same process {}", self.predicate(to)),
                Why::Read => format!("which {}", self.clause(to)),
                Why::BeforeAny => format!("so before {}", self.clause(to)),
                Why::Overwritten { .. } | Why::Outlived { .. } => match self.concluded.get(edge).copied() {
                    Some(number) => format!("by [{number}] before {}", self.clause(to)),
                    None => format!("by further conclusions like these before {}", self.clause(to)),
                },
            };
            self.say(format!("  {step}"));
        }
    }

    /// Tells what an edge was concluded from, if it was concluded and not told yet.
    fn conclude(&mut self, order: &Order, edge: usize) {
        let way = order.edges[edge];
        let (start, end, known) = match way.why {
            Why::Session | Why::Read | Why::BeforeAny => return,
            Why::Overwritten { read, known } => (way.from, read, known),
            Why::Outlived { known } => match self.history.source[way.from] {
                Source::Write(source) => (source, way.to, known),
                Source::Initial | Source::ThinAir(_) | Source::None => return,
            },
        };
        if self.concluded.contains_key(&edge) || self.concluded.len() >= CONCLUSIONS_MAX {
            return;
        }
        // Taken before what it rests on is told, so that no story is deeper than its conclusions are many.
        let number = self.concluded.len() + 1;
        self.concluded.insert(edge, number);
        let path = order.path(start, end, known);
        self.path(order, &path);
        let (from, to) = (self.clause(way.from), self.clause(way.to));
        self.say(match way.why {
            Why::Overwritten { .. } => format!(
                "  and there returned another value: so [{number}] {from} before {to}, or it would have been read"
            ),
            _ => format!("  and overwrote it: so [{number}] {from} before {to}, or it could not have been read"),
        });
    }

    /// Tells of a cycle.
    pub fn cycle(&mut self, order: &Order, cycle: &[usize]) {
        self.path(order, cycle);
        self.say("so each of these would come before itself");
    }

    pub fn end(self, pattern: Pattern) -> Violation {
        let lines = self.operations.iter().map(|op| self.history.ops[*op].line).collect();
        Violation { pattern, story: self.sentences, lines }
    }
}
