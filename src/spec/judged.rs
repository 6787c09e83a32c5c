//! How a family judges a run: invariants with ledgers of their own, fed each fact once.

use crate::node::{ClientId, Family, NodeId, Outcome, RequestId, Stream};
use crate::spec::atomic_commit;
use crate::spec::history::{Event, History};
use crate::spec::placement;
use crate::spec::store;
use serde::Serialize;
use std::fmt::Display;
use std::hash::Hash;

/// A named predicate over the facts so far, checked after every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Kebab-case; never a number, since texts number them differently.
    pub name: &'static str,
    /// One line: what holds.
    pub meaning: &'static str,
    /// Where it is stated: paper and section.
    pub source: &'static str,
}

/// A kind of fact, as scenarios name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactShape {
    /// The variant's name.
    pub name: &'static str,
    /// The names of its fields.
    pub fields: &'static [&'static str],
}

/// A kind of fact.
pub const fn fact(name: &'static str, fields: &'static [&'static str]) -> FactShape {
    FactShape { name, fields }
}

/// What a ledger is told. Facts come in the order in which they left their nodes.
#[derive(Clone, Copy, Debug)]
pub enum Observed<'a, F: Family> {
    /// A fact left `node`.
    Fact(NodeId, &'a F::Fact),
    /// A request arrived at a node, for the first time or again. Its client has asked no later than this.
    Asked(RequestId, &'a F::Op),
    /// An attempt of a request was answered by `node`; the answer may still be lost on its way.
    Answered(NodeId, RequestId, &'a Outcome<F::Reply>),
    /// The node crashed: all it had not on disk is gone.
    Crashed(NodeId),
    /// The node is about to start from its disk.
    Restarted(NodeId),
    /// The node's disk has lost records that had been durable, through a fault that no protocol can know of. What it
    /// still holds follows, as [`Observed::Holds`]. Nobody has done wrong yet: a ledger takes note, so that it accuses
    /// the node of what it does from now on, and not of the loss.
    Lost(NodeId),
    /// After [`Observed::Lost`]: the node's disk still holds this fact. Not a new fact, and checked by nobody.
    Holds(NodeId, &'a F::Fact),
}

/// A family's memory of a run. Never rolled back: a crash makes nodes forget, not ledgers.
///
/// Part of the state in exhaustive search, hence `Clone + Eq + Hash`; derive them.
pub trait Ledger<F: Family>: Clone + Eq + Hash {
    /// The ledger of a cluster of `nodes` in which nothing has happened.
    fn new(nodes: u32) -> Self;
    /// Takes note, and reports every check made to `findings`. The cost must not grow with the run.
    fn observe(&mut self, seen: &Observed<F>, findings: &mut Findings);
    /// Whether the nodes of the core (by place, those for which it says true) have come to rest, once the faults have
    /// ended: replicas that lag have caught up.
    ///
    /// # Errors
    /// What has not, in words.
    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        let _ = core;
        Ok(())
    }
}

/// What a fact says of its node's leadership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leadership {
    /// It leads from now on, in this term.
    Begins(u64),
    /// It has entered this term: if it led an earlier one, it does no more.
    Ends(u64),
}

/// What a fact says of somebody who must wait for others to decide. Who it is about, and about what, is the key: the
/// first fact of a key counts, and what is told again, by another node or after a restart, changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The wait begins.
    Begins([u64; 2]),
    /// It ends.
    Ends([u64; 2]),
}

/// The facts that faults of a named plan react to, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// Something new is on a node's disk, and not decided yet.
    pub append: Option<&'static str>,
    /// A node has promised something that it must not forget: a vote.
    pub promise: Option<&'static str>,
    /// A node leads from now on.
    pub lead: Option<&'static str>,
}

/// What a family promises of all that its clients see, judged once, at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Every operation seems to take effect at one moment between its call and its return.
    Linearizable,
    /// So does every transaction, with all that it reads and writes.
    StrictSerializable,
    /// A read returns the last write that was done before it, or one that was under way beside it.
    Regular,
}

impl Promise {
    /// The check of it: it can be named in expectations as any other.
    pub const fn invariant(self) -> &'static Invariant {
        match self {
            Promise::Linearizable => &Invariant {
                name: "linearizable",
                meaning: "what clients saw fits one order of all operations, each between its call and its return",
                source: "Herlihy & Wing 1990, section 2; judged per key, at the end of the run",
            },
            Promise::StrictSerializable => &Invariant {
                name: "strict-serializable",
                meaning: "what clients saw fits one order of all transactions, each between its call and its return",
                source: "Papadimitriou 1979; Kingsbury & Alvaro 2020; judged over the lists, at the end of the run",
            },
            Promise::Regular => &Invariant {
                name: "regular",
                meaning: "each read returned a write that no other, done before the read, had surely overwritten",
                source: "Lamport 1986, part II, section 2; Shao et al. 2011, section 3 (many writers, weak); judged at \
                         the end of the run",
            },
        }
    }
}

/// A family whose runs can be judged and loaded with work.
pub trait Judged: Family<Fact: Serialize, Op: Display, Reply: Serialize + Display> {
    /// Kebab-case.
    const NAME: &'static str;
    /// One line: the problem.
    const ABOUT: &'static str;
    /// The invariants; a check is reported by its place in this table.
    const INVARIANTS: &'static [Invariant];
    /// The facts, in the order of [`Judged::fact_kind`].
    const FACTS: &'static [FactShape];
    /// The names of the operations that a workload can mix, in the order of [`Generator::draw`]'s kinds.
    const OPERATIONS: &'static [&'static str];

    /// Whether nodes can be leaders in this family, so that a fault can aim at one.
    const HAS_LEADERS: bool;
    /// Whether [`Judged::doubt`] says anything, so that a scenario can expect how long somebody is in doubt.
    const HAS_DOUBTS: bool = false;
    /// The facts that named plans react to. A plan that needs one that is missing does not fit the family.
    const MOMENTS: Moments = Moments { append: None, promise: None, lead: None };

    /// What is promised of all that clients see; judged where [`Judged::on_a_store`] says that they use a store, or
    /// [`Judged::as_transactions`] that they run transactions.
    const PROMISE: Option<Promise> = None;
    /// What is not promised, and can be asked for all the same: by its name, which `all` does not include. So a
    /// scenario shows that a model is not met, or that it is under further conditions.
    const BEYOND: &'static [Promise] = &[];

    /// The memory the invariants read.
    type Ledger: Ledger<Self>;
    /// Draws operations for clients.
    type Generator: Generator<Self>;

    /// The place of a fact's name in [`Judged::FACTS`].
    fn fact_kind(fact: &Self::Fact) -> usize;
    /// Whether a message may presuppose this fact; the engine remembers those.
    fn presupposable(fact: &Self::Fact) -> bool;
    /// What the fact says of its node's leadership, in families that have leaders.
    fn leads(fact: &Self::Fact) -> Option<Leadership>;
    /// What the fact says of somebody who must wait for others to decide, in families in which that is measured.
    fn doubt(fact: &Self::Fact) -> Option<Doubt> {
        let _ = fact;
        None
    }
    /// Nodes that suffice to serve all clients, drawn by `draws` where there is a choice: they heal when the faults
    /// end. `ledger` knows what the run has come to: who belongs to the cluster by now. `lost` says, by place, which
    /// nodes never come back. Where too few are left, those that are: then nothing can be served, and the run stalls,
    /// as it should.
    fn core(ledger: &Self::Ledger, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        let _ = (ledger, lost, draws);
        NodeId::all(nodes).collect()
    }
    /// The history as one of a store, where it is one.
    fn on_a_store(history: &History<Self>) -> Option<&[Event<store::Op, store::Reply>]> {
        let _ = history;
        None
    }
    /// The history as one of transactions, where it is one.
    fn as_transactions(history: &History<Self>) -> Option<&[Event<atomic_commit::Op, atomic_commit::Reply>]> {
        let _ = history;
        None
    }
    /// The history as one of lookups, where it is one.
    fn as_placement(history: &History<Self>) -> Option<&[Event<placement::Op, placement::Answer>]> {
        let _ = history;
        None
    }
    /// Whether the operation changes nothing.
    fn reads_only(op: &Self::Op) -> bool;
    /// The operation as its `Display` wrote it.
    ///
    /// # Errors
    /// A sentence that says what was found and what is allowed.
    fn parse_op(text: &str) -> Result<Self::Op, String>;
}

/// Draws the operations of a workload.
pub trait Generator<F: Family> {
    /// For `keys` keys in use at a time.
    fn new(keys: u32) -> Self;
    /// The next operation of `kind` (a place in [`Judged::OPERATIONS`]) for `client`. `draws` is the client's own.
    fn draw(&mut self, kind: usize, client: ClientId, draws: &mut Stream) -> F::Op;
    /// Told how each operation ended: `None` when its outcome is unknown for good.
    fn learn(&mut self, op: &F::Op, reply: Option<&F::Reply>);
}

/// One invariant: whether it counts, and how often it was checked.
#[derive(Clone, Copy, Debug)]
struct Counter {
    enabled: bool,
    checked: u64,
}

/// Counts the checks of a run and keeps the first that failed.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// By the invariant's place in the family's table.
    counters: Vec<Counter>,
    /// The first check that failed: its place, and a sentence of evidence.
    pub violated: Option<(usize, String)>,
}

impl Findings {
    /// Findings over `table`, leaving out the invariants that `except` names.
    pub fn new(table: &[Invariant], except: &[String]) -> Self {
        let counter =
            |invariant: &Invariant| Counter { enabled: !except.iter().any(|name| name == invariant.name), checked: 0 };
        Findings { counters: table.iter().map(counter).collect(), violated: None }
    }

    /// Reports one check of the invariant at `place`: what was seen, where, and against what, where it failed.
    #[inline]
    pub fn check(&mut self, place: usize, result: Result<(), String>) {
        let counter = &mut self.counters[place];
        if !counter.enabled {
            return;
        }
        counter.checked += 1;
        if let Err(evidence) = result
            && self.violated.is_none()
        {
            self.violated = Some((place, evidence));
        }
    }

    /// Reports so many checks of the invariant at `place` that were met, counted elsewhere.
    pub fn met(&mut self, place: usize, times: u64) {
        self.counters[place].checked += times;
    }

    /// The invariants of `table` that count, and how often each was checked.
    pub fn counts(&self, table: &[Invariant]) -> Vec<(&'static str, u64)> {
        let counted = table.iter().zip(&self.counters).filter(|(_, counter)| counter.enabled);
        counted.map(|(invariant, counter)| (invariant.name, counter.checked)).collect()
    }
}
