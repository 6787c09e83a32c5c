//! A history of transactions held against the consistency models.

use super::anomaly::SCOPES;
use super::cycles::{self, Existence};
use super::explain::explain;
use super::finding::{Finding, Findings};
use super::history::History;
use super::index::Index;
use super::model::{MODELS, Model};
use super::orders::{self, Assume, Doubt, Order};
use super::{dependencies, inside, pairs, proof};
use std::collections::BTreeMap;

/// How a history stands to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The model allows it: proved.
    Holds,
    /// The model forbids it: some anomaly shows that.
    Violated,
    /// Nothing speaks against it, and nothing proves it.
    Undecided,
}

/// What there is to say about a history.
#[derive(Clone, Debug)]
pub struct Report {
    /// The first anomaly of each name, those without cycles of time first, the worst first among them.
    pub findings: Vec<Finding>,
    /// Why some models are undecided, if they are.
    pub doubts: Vec<String>,
    standings: BTreeMap<Model, Standing>,
}

impl Report {
    /// How the history stands to a model.
    pub fn standing(&self, model: Model) -> Standing {
        self.standings[&model]
    }

    /// The models that hold, without those that follow from another of them.
    pub fn strongest(&self) -> Vec<Model> {
        let holds = |model: &Model| self.standing(*model) == Standing::Holds;
        let covered =
            |model: &Model| MODELS.iter().any(|other| other != model && other.implies(*model) && holds(other));
        MODELS.into_iter().filter(|model| holds(model) && !covered(model)).collect()
    }

    /// The models that are violated, the weaker first.
    pub fn violated(&self) -> Vec<Model> {
        MODELS.into_iter().filter(|model| self.standing(*model) == Standing::Violated).collect()
    }

    /// What speaks against a model, the worst first.
    pub fn against(&self, model: Model) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| model.forbids(finding.anomaly))
    }
}

/// How many keys are named in doubt.
const DOUBTS_MAX: usize = 3;

/// Judges a history.
pub fn judge(history: &History, assume: Assume) -> Report {
    let index = Index::new(history);
    let mut findings = Findings::default();
    inside::transactions(&index, &mut findings);
    let orders = orders::orders(&index, assume, &mut findings);
    pairs::lost_updates(&index, &orders, &mut findings);
    pairs::fractured_reads(&index, &orders, &mut findings);
    let shown = orders::shown(&index);
    let graph = dependencies::graph(&index, &orders, &shown);
    let cycles = cycles::cycles(&graph, history.len() as u32);
    for (anomaly, hops) in &cycles.found {
        findings.list.insert(*anomaly, explain(&index, &orders, *anomaly, hops));
    }

    let doubtful = orders.iter().any(|order| !order.is_sound());
    let mut verdict = Verdict { findings: &findings, orders: &orders, unsure: !cycles.unsure.is_empty(), proved: None };
    let mut standings: BTreeMap<Model, Standing> = MODELS.into_iter().map(|model| (model, verdict.of(model))).collect();
    if !doubtful && standings.values().any(|standing| *standing == Standing::Undecided) {
        let guessed = proof::guess(&index, &orders, &graph);
        let graph = dependencies::graph(&index, &guessed, &shown);
        verdict.proved = Some(SCOPES.map(|scope| cycles::existence(&graph, scope)));
        standings = MODELS.into_iter().map(|model| (model, verdict.of(model))).collect();
    }
    let undecided = standings.values().any(|standing| *standing == Standing::Undecided);
    let doubts = if undecided { doubts(&index, &orders) } else { Vec::new() };
    Report { findings: findings.list.into_values().collect(), doubts, standings }
}

struct Verdict<'a> {
    findings: &'a Findings,
    orders: &'a [Order],
    /// The search for *G-single* gave up.
    unsure: bool,
    /// By scope, the cycles of a graph in which nothing is left open.
    proved: Option<[Existence; 3]>,
}

impl Verdict<'_> {
    fn of(&self, model: Model) -> Standing {
        if self.violated(model) {
            Standing::Violated
        } else if self.complete(model)
            || MODELS
                .iter()
                .any(|stronger| stronger.implies(model) && !self.violated(*stronger) && self.proves(*stronger))
        {
            Standing::Holds
        } else {
            Standing::Undecided
        }
    }

    fn violated(&self, model: Model) -> bool {
        self.findings.list.keys().any(|anomaly| model.forbids(*anomaly))
    }

    /// Whether the absence of anomalies proves a model.
    ///
    /// It does where all orders of versions are known. Of lists it does so too for most models if several appends were
    /// never read: put in the order in which the transactions can be sorted, they close no cycle, for nobody read
    /// anything between them. Snapshot isolation is not about such an order alone: there it proves nothing.
    fn complete(&self, model: Model) -> bool {
        let sure = !(self.unsure && model == Model::ParallelSnapshotIsolation);
        let sorts = match model {
            Model::ParallelSnapshotIsolation
            | Model::SnapshotIsolation
            | Model::StrongSessionSnapshotIsolation
            | Model::StrongSnapshotIsolation => false,
            Model::ReadUncommitted
            | Model::ReadCommitted
            | Model::ReadAtomic
            | Model::RepeatableRead
            | Model::Serializable
            | Model::StrongSessionSerializable
            | Model::StrictSerializable => true,
        };
        let known = |order: &Order| order.is_total() || (sorts && !order.register && order.is_sound());
        sure && self.orders.iter().all(known)
    }

    /// Whether the guessed order of versions proves a model.
    fn proves(&self, model: Model) -> bool {
        let Some([data, process, realtime]) = self.proved else { return false };
        match model {
            Model::ReadUncommitted => !data.writes,
            Model::ReadCommitted => !data.dependencies,
            Model::ReadAtomic | Model::ParallelSnapshotIsolation => false,
            Model::SnapshotIsolation => !data.alternating,
            Model::StrongSessionSnapshotIsolation => !process.alternating,
            Model::StrongSnapshotIsolation => !realtime.alternating,
            Model::RepeatableRead | Model::Serializable => !data.any,
            Model::StrongSessionSerializable => !process.any,
            Model::StrictSerializable => !realtime.any,
        }
    }
}

/// Why something could not be decided.
fn doubts(index: &Index, orders: &[Order]) -> Vec<String> {
    let history = index.history;
    let open: Vec<&Order> = orders.iter().filter(|order| !order.is_total()).collect();
    let mut doubts: Vec<String> = Vec::new();
    for order in open.iter().take(DOUBTS_MAX) {
        let key = history.key(order.key);
        doubts.push(match order.doubt {
            Some(Doubt::Ambiguous) => {
                let ambiguity = &index.ambiguous[&order.key];
                let [one, other] = ambiguity.writers;
                let value = history.value(ambiguity.value);
                format!(
                    "T{} (line {}) and T{} (line {}) both wrote {value} to {key}: \
                     which of them was read cannot be told",
                    one + 1,
                    history.line(one),
                    other + 1,
                    history.line(other)
                )
            }
            Some(Doubt::Broken) => format!("what was read of {key} contradicts itself, so its versions have no order"),
            None if order.is_contradicted => {
                format!("a read of {key} contradicts its own transaction and fits no version that others read")
            }
            None => format!("nothing that was read tells the order of {} writes to {key}", order.tail.len()),
        });
    }
    if open.len() > DOUBTS_MAX {
        doubts.push(format!("and so for {} more keys", open.len() - DOUBTS_MAX));
    }
    doubts
}
