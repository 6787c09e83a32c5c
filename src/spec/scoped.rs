//! Many instances of one problem in one cluster: a shard server holds several Raft groups. The parts' facts carry
//! their scope, and every invariant holds in each scope by itself.

use crate::node::{ClientId, Family, Outcome, Stream};
use crate::spec::judged::{FactShape, Findings, Generator, Invariant, Judged, Leadership, Ledger, Moments, Observed};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// Which instance: a group, a shard. Counts from 0.
pub type Scope = u32;

/// Something that belongs to one scope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct In<T> {
    /// The scope.
    pub scope: Scope,
    /// What belongs to it.
    pub inner: T,
}

/// `g1:Vote { … }`: a wrapped message keeps its kind, `g1:Vote`, by which schedules name it.
impl<T: fmt::Debug> fmt::Debug for In<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{}:{:?}", u64::from(self.scope) + 1, self.inner)
    }
}

impl<T: fmt::Display> fmt::Display for In<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{} {}", u64::from(self.scope) + 1, self.inner)
    }
}

/// The family `F`, once per scope.
#[derive(Clone, Copy, Debug)]
pub struct Scoped<F>(PhantomData<F>);

impl<F: Family> Family for Scoped<F> {
    type Op = In<F::Op>;
    type Reply = In<F::Reply>;
    type Fact = In<F::Fact>;
}

/// A ledger per scope, made when the scope is first heard of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PerScope<L> {
    nodes: u32,
    scopes: BTreeMap<Scope, L>,
}

impl<F: Judged> Ledger<Scoped<F>> for PerScope<F::Ledger> {
    fn new(nodes: u32) -> Self {
        PerScope { nodes, scopes: BTreeMap::new() }
    }

    fn observe(&mut self, seen: &Observed<Scoped<F>>, findings: &mut Findings) {
        let nodes = self.nodes;
        let mut of = |scope: Scope, seen: Observed<F>| {
            self.scopes.entry(scope).or_insert_with(|| F::Ledger::new(nodes)).observe(&seen, findings);
            // The evidence names nodes and terms, which every scope has of its own.
            if let Some((_, evidence)) = &mut findings.violated {
                *evidence = format!("in g{}: {evidence}", u64::from(scope) + 1);
            }
        };
        match seen {
            Observed::Fact(node, fact) => of(fact.scope, Observed::Fact(*node, &fact.inner)),
            Observed::Asked(request, op) => of(op.scope, Observed::Asked(*request, &op.inner)),
            Observed::Answered(node, request, Outcome::Done(reply)) => {
                let outcome = Outcome::Done(reply.inner.clone());
                of(reply.scope, Observed::Answered(*node, *request, &outcome));
            }
            // What was not done says nothing that a scope could be held to.
            Observed::Answered(_, _, Outcome::Refused(_) | Outcome::Unknown | Outcome::Redirect(_)) => {}
            Observed::Crashed(node) => self.everywhere(Observed::Crashed(*node), findings),
            Observed::Lost(node) => self.everywhere(Observed::Lost(*node), findings),
            Observed::Holds(node, fact) => of(fact.scope, Observed::Holds(*node, &fact.inner)),
            Observed::Restarted(node) => self.everywhere(Observed::Restarted(*node), findings),
        }
    }

    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        let in_scope = |(scope, ledger): (&Scope, &F::Ledger)| {
            ledger.at_rest(core).map_err(|why| format!("in g{}: {why}", u64::from(*scope) + 1))
        };
        self.scopes.iter().try_for_each(in_scope)
    }
}

impl<L> PerScope<L> {
    fn everywhere<F: Judged<Ledger = L>>(&mut self, seen: Observed<F>, findings: &mut Findings)
    where
        L: Ledger<F>,
    {
        for ledger in self.scopes.values_mut() {
            ledger.observe(&seen, findings);
        }
    }
}

impl<F: Judged> Judged for Scoped<F> {
    const NAME: &'static str = F::NAME;
    const ABOUT: &'static str = F::ABOUT;
    const INVARIANTS: &'static [Invariant] = F::INVARIANTS;
    const FACTS: &'static [FactShape] = F::FACTS;
    const OPERATIONS: &'static [&'static str] = F::OPERATIONS;
    const HAS_LEADERS: bool = false;
    const MOMENTS: Moments = F::MOMENTS;
    type Ledger = PerScope<F::Ledger>;
    type Generator = ScopedGenerator<F>;

    fn fact_kind(fact: &Self::Fact) -> usize {
        F::fact_kind(&fact.inner)
    }
    fn presupposable(fact: &Self::Fact) -> bool {
        F::presupposable(&fact.inner)
    }
    /// A node may lead one scope and follow in another: the cluster as a whole has no leader.
    fn leads(_: &Self::Fact) -> Option<Leadership> {
        None
    }
    fn reads_only(op: &Self::Op) -> bool {
        F::reads_only(&op.inner)
    }
    fn parse_op(text: &str) -> Result<Self::Op, String> {
        let wrong = || format!("`{text}` names no scope: expected `g1 ` and an operation");
        let (scope, op) = text.split_once(' ').ok_or_else(wrong)?;
        let number = scope.strip_prefix('g').and_then(|n| n.parse::<u32>().ok()).and_then(|n| n.checked_sub(1));
        Ok(In { scope: number.ok_or_else(wrong)?, inner: F::parse_op(op)? })
    }
}

/// How many scopes a workload is spread over.
pub const SCOPES: Scope = 2;

/// Spreads a workload over [`SCOPES`] scopes, each with its own keys.
pub struct ScopedGenerator<F: Judged> {
    scopes: Vec<F::Generator>,
}

impl<F: Judged> Generator<Scoped<F>> for ScopedGenerator<F> {
    fn new(keys: u32) -> Self {
        ScopedGenerator { scopes: (0..SCOPES).map(|_| F::Generator::new(keys)).collect() }
    }
    fn draw(&mut self, kind: usize, client: ClientId, draws: &mut Stream) -> In<F::Op> {
        let scope = draws.below(u64::from(SCOPES)) as Scope;
        In { scope, inner: self.scopes[scope as usize].draw(kind, client, draws) }
    }
    fn learn(&mut self, op: &In<F::Op>, reply: Option<&In<F::Reply>>) {
        self.scopes[op.scope as usize].learn(&op.inner, reply.map(|reply| &reply.inner));
    }
}
