//! The judge of a run: it feeds the family's ledger, keeps the digest, and stops the run at the first violation.

use crate::engine::watch::Watches;
use crate::node::{Digest, Nanos, NodeId, Outcome, Presupposes, RequestId, Unbacked};
use crate::spec::judged::{Findings, Invariant, Judged, Ledger, Observed};
use std::collections::BTreeSet;
use std::hash::Hash;

/// What every family is judged by, whatever its problem.
pub const GENERIC: &[Invariant] = &[
    Invariant {
        name: "durable-before-send",
        meaning: "a message says no more than its sender's disk holds as it leaves",
        source: "Ongaro & Ousterhout 2014, figure 2 (updated on stable storage before responding to RPCs)",
    },
    Invariant {
        name: "unannounced",
        meaning: "a message presupposes only what has happened: at its sender, or at any node",
        source: "the protocol's own rules; see `backed`",
    },
    Invariant { name: "no-panic", meaning: "no handler panics", source: "a protocol's own assertions" },
];

const DURABLE_BEFORE_SEND: usize = 0;
const UNANNOUNCED: usize = 1;
const NO_PANIC: usize = 2;

/// The first check that failed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// What was seen, where, and against what.
    pub evidence: String,
    /// In which step of the run, from 1.
    pub step: u64,
    /// When.
    #[serde(rename = "time_ns", serialize_with = "nanos")]
    pub time: Nanos,
    /// At which node; none where it is not one node's.
    pub node: Option<NodeId>,
}

fn nanos<S: serde::Serializer>(time: &Nanos, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.0)
}

/// Where a check was made.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Spot {
    pub step: u64,
    pub time: Nanos,
    pub node: NodeId,
}

/// The judge of one run.
pub(in crate::engine) struct Judge<F: Judged> {
    pub digest: Digest,
    ledger: F::Ledger,
    findings: Findings,
    generic: Findings,
    /// How many handlers have ended and how many messages were backed: checks that were met, counted apart since every
    /// step makes them.
    ended: u64,
    honest: u64,
    /// Fingerprints of the facts that messages may presuppose, by whoever told them and by anyone; the last one asked
    /// for, since the next is mostly it.
    announced: BTreeSet<(u64, Option<NodeId>)>,
    last_presupposed: Option<(F::Fact, Option<NodeId>)>,
    /// By kind of fact: how often it was seen.
    reached: Vec<u64>,
    /// The patterns that expectations are about.
    pub watches: Watches,
    pub violation: Option<Violation>,
}

impl<F: Judged> Judge<F> {
    pub fn new(nodes: u32, except: &[String]) -> Self {
        Judge {
            digest: Digest::default(),
            ledger: F::Ledger::new(nodes),
            findings: Findings::new(F::INVARIANTS, except),
            generic: Findings::new(GENERIC, except),
            ended: 0,
            honest: 0,
            announced: BTreeSet::new(),
            last_presupposed: None,
            reached: vec![0; F::FACTS.len()],
            watches: Watches::new::<F>(Vec::new()),
            violation: None,
        }
    }

    /// A fact was told by hand, and belongs into the digest. What a record says is there with the record.
    #[inline(always)]
    pub fn told(&mut self, node: NodeId, fact: &F::Fact) {
        self.digest.absorb(node.index() as u64);
        fact.hash(&mut self.digest);
    }

    /// A fact has left its node.
    #[inline(always)]
    pub fn fact(&mut self, spot: Spot, fact: &F::Fact) {
        self.reached[F::fact_kind(fact)] += 1;
        self.watches.see::<F>(fact, |_, _| {});
        if F::presupposable(fact) {
            self.announced.insert((Digest::fingerprint(fact), None));
            self.announced.insert((Digest::fingerprint(fact), Some(spot.node)));
        }
        self.observe(spot, &Observed::Fact(spot.node, fact));
    }

    /// A reply has left its node.
    pub fn answered(&mut self, spot: Spot, request: RequestId, outcome: &Outcome<F::Reply>) {
        request.hash(&mut self.digest);
        outcome.hash(&mut self.digest);
        self.observe(spot, &Observed::Answered(spot.node, request, outcome));
    }

    #[inline(always)]
    pub fn observe(&mut self, spot: Spot, seen: &Observed<F>) {
        self.ledger.observe(seen, &mut self.findings);
        if self.findings.violated.is_some() {
            self.note_findings(spot);
        }
    }

    #[cold]
    fn note_findings(&mut self, spot: Spot) {
        if let Some((place, evidence)) = self.findings.violated.take() {
            self.violate(spot, &F::INVARIANTS[place], evidence);
        }
        if let Some((place, evidence)) = self.generic.violated.take() {
            self.violate(spot, &GENERIC[place], evidence);
        }
    }

    /// A message leaves: the disk must back it, and what it presupposes must have been announced.
    #[inline(always)]
    pub fn backed(&mut self, spot: Spot, backed: Result<Presupposes<F::Fact>, Unbacked>, message: impl Fn() -> String) {
        self.honest += u64::from(backed.is_ok());
        match backed {
            Ok(Presupposes::Nothing) => return,
            Ok(Presupposes::OfSender(fact)) => self.announced(spot, &fact, Some(spot.node), message),
            Ok(Presupposes::OfAnyone(fact)) => self.announced(spot, &fact, None, message),
            Err(why) => {
                let evidence = format!("{} sends {}, but {why}", spot.node, message());
                self.generic.check(DURABLE_BEFORE_SEND, Err(evidence));
            }
        }
        if self.generic.violated.is_some() {
            self.note_findings(spot);
        }
    }

    /// Whether a fact that a message presupposes was told: by one node, or by anyone.
    #[inline]
    fn announced(&mut self, spot: Spot, fact: &F::Fact, by: Option<NodeId>, message: impl Fn() -> String) {
        assert!(F::presupposable(fact), "{fact:?} is presupposed, but its family does not list it as presupposable");
        if matches!(&self.last_presupposed, Some((last, teller)) if last == fact && *teller == by) {
            self.generic.check(UNANNOUNCED, Ok(()));
            return;
        }
        if self.announced.contains(&(Digest::fingerprint(fact), by)) {
            self.last_presupposed = Some((fact.clone(), by));
            self.generic.check(UNANNOUNCED, Ok(()));
            return;
        }
        let at = by.map_or_else(String::new, |node| format!(" at {node}"));
        let evidence = format!("{} sends {}, but {fact:?} never happened{at}", spot.node, message());
        self.generic.check(UNANNOUNCED, Err(evidence));
    }

    /// A node panicked. This counts even where `no-panic` is left out: the run cannot go on.
    pub fn panicked(&mut self, spot: Spot, what: String) {
        self.violate(spot, &GENERIC[NO_PANIC], what);
    }

    /// A handler ran to its end.
    #[inline]
    pub fn handler_ended(&mut self) {
        self.ended += 1;
    }

    #[cold]
    fn violate(&mut self, spot: Spot, invariant: &Invariant, evidence: String) {
        let Spot { step, time, node } = spot;
        self.violation.get_or_insert(Violation { invariant: invariant.name, evidence, step, time, node: Some(node) });
    }

    /// What the family remembers.
    pub fn ledger(&self) -> &F::Ledger {
        &self.ledger
    }

    /// Whether the nodes of the core have come to rest, as their family sees it.
    pub fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        self.ledger.at_rest(core)
    }

    /// Each kind of fact and how often it was seen.
    pub fn reached(&self) -> Vec<(&'static str, u64)> {
        F::FACTS.iter().map(|shape| shape.name).zip(self.reached.iter().copied()).collect()
    }

    /// Every invariant that was in force and how often it was checked, the family's own first.
    pub fn checked(&self) -> Vec<(&'static str, u64)> {
        let own = self.findings.counts(F::INVARIANTS);
        let mut generic = self.generic.clone();
        generic.met(DURABLE_BEFORE_SEND, self.honest);
        generic.met(NO_PANIC, self.ended);
        own.into_iter().chain(generic.counts(GENERIC)).collect()
    }
}
