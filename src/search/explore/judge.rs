//! Feeds the invariants. What they remember is part of a world: two worlds that differ in nothing else are different,
//! because the same step may be fine in one and a violation in the other.

use crate::node::{Digest, NodeId, Presupposes};
use crate::search::explore::intern::{Interner, Part};
use crate::search::explore::memory::Telling;
use crate::search::explore::plan::{Explorable, Search};
use crate::search::explore::step::Told;
use crate::search::explore::table::{Table, pair};
use crate::spec::judged::{Findings, Judged, Ledger, Observed};
use std::collections::BTreeSet;

/// The names of [`GENERIC`](crate::engine::judge::GENERIC), the invariants that every protocol is held to.
const DURABLE_BEFORE_SEND: &str = "durable-before-send";
const UNANNOUNCED: &str = "unannounced";
const NO_PANIC: &str = "no-panic";

/// What the invariants remember of how a world came about.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Judgement<L> {
    ledger: L,
    /// The digests of the facts told so far that a message may presuppose.
    announced: BTreeSet<(u128, Option<NodeId>)>,
}

/// A violated invariant: its name, and what was seen.
pub(super) struct Broken {
    pub invariant: &'static str,
    pub evidence: String,
}

pub(super) struct Judge<N: Explorable> {
    judgements: Interner<Judgement<<N::Family as Judged>::Ledger>>,
    /// By judgement and telling: the judgement after it.
    known: Table<u32>,
    findings: Findings,
    /// By fact kind: whether one was told.
    reached: Vec<bool>,
    except: Vec<String>,
}

impl<N: Explorable> Judge<N> {
    pub fn new(search: &Search<N>) -> Self {
        Judge {
            judgements: Interner::new(Part::Judgement),
            known: Table::new(),
            findings: Findings::new(N::Family::INVARIANTS, &search.except),
            reached: vec![false; N::Family::FACTS.len()],
            except: search.except.clone(),
        }
    }

    /// Where nothing has happened.
    pub fn first(&mut self, nodes: u32) -> u32 {
        self.judgements.number(Judgement { ledger: Ledger::new(nodes), announced: BTreeSet::new() })
    }

    #[inline]
    pub fn print(&self, judgement: u32) -> u128 {
        self.judgements.print(judgement)
    }

    /// The judgement after the telling of this number.
    #[inline]
    pub fn judge(&mut self, judgement: u32, number: u32, telling: &Telling<N>) -> Result<u32, Broken> {
        match self.known.get(pair(judgement, number)) {
            Some(after) => Ok(after),
            None => self.first_judgement(judgement, number, telling),
        }
    }

    #[cold]
    fn first_judgement(&mut self, judgement: u32, number: u32, telling: &Telling<N>) -> Result<u32, Broken> {
        let mut after = self.judgements.value(judgement).clone();
        for told in &telling.told {
            self.hear(&mut after, telling.node, told)?;
            if let Some((place, evidence)) = self.findings.violated.take() {
                return Err(Broken { invariant: N::Family::INVARIANTS[place].name, evidence });
            }
        }
        let after = self.judgements.number(after);
        self.known.insert(pair(judgement, number), after);
        Ok(after)
    }

    fn hear(
        &mut self,
        judgement: &mut Judgement<<N::Family as Judged>::Ledger>,
        node: NodeId,
        told: &Told<N>,
    ) -> Result<(), Broken> {
        let seen = match told {
            Told::Fact(fact) => {
                self.reached[N::Family::fact_kind(fact)] = true;
                if N::Family::presupposable(fact) {
                    judgement.announced.insert((Digest::of(fact), None));
                    judgement.announced.insert((Digest::of(fact), Some(node)));
                }
                Observed::Fact(node, fact)
            }
            Told::Asked(request, op) => Observed::Asked(*request, op),
            Told::Answered(request, outcome) => Observed::Answered(node, *request, outcome),
            Told::Crashed => Observed::Crashed(node),
            Told::Restarted => Observed::Restarted(node),
            Told::Presupposed(kind, presupposed) => {
                let (fact, by) = match presupposed {
                    Presupposes::Nothing => return Ok(()),
                    Presupposes::OfSender(fact) => (fact, Some(node)),
                    Presupposes::OfAnyone(fact) => (fact, None),
                };
                let announced = judgement.announced.contains(&(Digest::of(fact), by));
                let at = by.map_or_else(String::new, |node| format!(" at {node}"));
                let evidence = || format!("{node} sends {kind}, but {fact:?} never happened{at}");
                return self.generic(UNANNOUNCED, announced, evidence);
            }
            Told::Unbacked { to, message, why } => {
                return self
                    .generic(DURABLE_BEFORE_SEND, false, || format!("{node} sends {message} to {to}, but {why}"));
            }
            Told::Panicked(text) => return self.generic(NO_PANIC, false, || format!("{node} panicked: {text}")),
        };
        judgement.ledger.observe(&seen, &mut self.findings);
        Ok(())
    }

    fn generic(&self, invariant: &'static str, holds: bool, evidence: impl FnOnce() -> String) -> Result<(), Broken> {
        if holds || self.except.iter().any(|name| name == invariant) {
            return Ok(());
        }
        Err(Broken { invariant, evidence: evidence() })
    }

    /// The facts that were told, by name.
    pub fn reached(&self) -> Vec<&'static str> {
        N::Family::FACTS
            .iter()
            .zip(&self.reached)
            .filter(|(_, reached)| **reached)
            .map(|(shape, _)| shape.name)
            .collect()
    }

    /// The family's invariants that were in force, and how often each was checked.
    pub fn checked(&self) -> Vec<(&'static str, u64)> {
        self.findings.counts(N::Family::INVARIANTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::judge::GENERIC;

    #[test]
    fn the_generic_invariants_are_those_of_seeded_runs() {
        let names: Vec<&str> = GENERIC.iter().map(|invariant| invariant.name).collect();
        assert_eq!(names, [DURABLE_BEFORE_SEND, UNANNOUNCED, NO_PANIC]);
    }
}
