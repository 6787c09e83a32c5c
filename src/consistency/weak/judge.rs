//! One model judged, and all of them.

use super::model::{Bound, Model};
use super::registers::{Registers, Source};
use super::story::Story;
use super::{causal, eventual, order, sequential, sessions, staleness};
use crate::node::Nanos;

/// How much may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many frontiers the search for a sequential order visits at most.
    pub frontiers: usize,
    /// How many words of 4 bytes their memory has at most.
    pub frontier_words: usize,
    /// How many cells of clocks are computed at most, where conclusions are drawn until none follows.
    pub work: u64,
}

impl Default for Budget {
    /// Some seconds, and well under 1 GiB.
    fn default() -> Self {
        Budget { frontiers: 1_000_000, frontier_words: 1 << 26, work: 1 << 33 }
    }
}

/// What is wrong with a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// A read returned what nobody wrote.
    ThinAirRead,
    /// An operation causally precedes itself.
    CyclicCo,
    /// A read returned the initial value, and a write to the key causally precedes it.
    WriteCoInitRead,
    /// A read returned what, in the causal order, had been overwritten before it.
    WriteCoRead,
    /// Causal order, and the order in which writes to one key must come, go round.
    CyclicCf,
    /// In a process' view a write precedes a read of the key's initial value.
    WriteHbInitRead,
    /// A process' view would go round.
    CyclicHb,
    /// What every order of all operations must obey goes round.
    CyclicOrder,
    /// All orders were tried.
    NoOrder,
    /// A session read what it had to have seen overwritten.
    OldRead,
    /// A session read the initial value of a key that it had to have seen written.
    InitialRead,
    /// A read had returned before what it returned was written.
    FutureRead,
    /// Each of two values must have been the key's before the other.
    CrossedValues,
    /// A read is more versions old than allowed.
    TooOld,
    /// Reads do not agree though writes have ceased.
    Disagreement,
    /// The initial value is read though writes have ended.
    LostWrites,
}

impl Pattern {
    /// The name, as the source has it where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Pattern::ThinAirRead => "ThinAirRead",
            Pattern::CyclicCo => "CyclicCO",
            Pattern::WriteCoInitRead => "WriteCOInitRead",
            Pattern::WriteCoRead => "WriteCORead",
            Pattern::CyclicCf => "CyclicCF",
            Pattern::WriteHbInitRead => "WriteHBInitRead",
            Pattern::CyclicHb => "CyclicHB",
            Pattern::CyclicOrder => "cyclic-order",
            Pattern::NoOrder => "no-order",
            Pattern::OldRead => "old-read",
            Pattern::InitialRead => "initial-read",
            Pattern::FutureRead => "future-read",
            Pattern::CrossedValues => "crossed-values",
            Pattern::TooOld => "too-old",
            Pattern::Disagreement => "disagreement",
            Pattern::LostWrites => "lost-writes",
        }
    }
}

/// How a history breaks a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong.
    pub pattern: Pattern,
    /// The operations and what follows from them, a sentence or a step each. Steps are indented.
    pub story: Vec<String>,
    /// The lines of the operations that the story names, in the order of their calls.
    pub lines: Vec<u32>,
}

/// What a checker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The model allows the history.
    Holds,
    /// It does not.
    Violated(Violation),
    /// That could not be found out: why.
    Undecided(String),
}

/// A model and what was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Which model.
    pub model: Model,
    /// Whether the history has it.
    pub verdict: Verdict,
    /// The model from whose verdict this one follows, where it was not found out by itself.
    pub follows_from: Option<Model>,
}

/// Judges a history by one model.
pub fn check(model: Model, history: &Registers, budget: &Budget) -> Verdict {
    if let Some(verdict) = thin_air(history) {
        return verdict;
    }
    if let Some(why) = &history.ambiguous {
        return Verdict::Undecided(why.clone());
    }
    if model.needs_sessions()
        && let Some(why) = history.overlap.clone().or_else(|| order::too_large(history))
    {
        return Verdict::Undecided(why);
    }
    let mut work = budget.work;
    match model {
        Model::Linearizable => staleness::linearizable(history),
        Model::Sequential => sequential::sequential(history, budget, &mut work),
        Model::CausalMemory => causal::memory(history, &mut work),
        Model::CausalConvergence => causal::convergence(history),
        Model::Causal => causal::causal(history),
        Model::Pram => causal::pram(history, &mut work),
        Model::ReadYourWrites => sessions::read_your_writes(history),
        Model::MonotonicReads => sessions::monotonic_reads(history),
        Model::MonotonicWrites => sessions::monotonic_writes(history),
        Model::WritesFollowReads => sessions::writes_follow_reads(history),
        Model::BoundedStaleness(Bound::Time(delay)) => staleness::within(history, delay),
        Model::BoundedStaleness(Bound::Versions(versions)) => staleness::behind(history, versions),
        Model::Eventual(within) => eventual::eventual(history, within),
    }
}

/// A read of what nobody wrote breaks every model.
fn thin_air(history: &Registers) -> Option<Verdict> {
    let (read, failed) = history.reads().find_map(|read| match history.source[read] {
        Source::ThinAir(failed) => Some((read, failed)),
        Source::Write(_) | Source::Initial | Source::None => None,
    })?;
    let mut story = Story::new(history);
    let clause = story.clause(read);
    story.say(match failed {
        Some(line) => format!("{clause}, which nobody wrote but line {line}, and that did not happen"),
        None => format!("{clause}, which nobody wrote"),
    });
    Some(Verdict::Violated(story.end(Pattern::ThinAirRead)))
}

/// Judges a history by all of these models, from the first to the last, which should go from strong to weak.
///
/// `known` is what other checkers found out: whoever can judge what is undecided here (values that are written twice,
/// more than a budget). A verdict follows where a stronger model holds, or a weaker one is violated. Where the history
/// is not one of reads and writes (why not), nothing else is said.
pub fn strongest(
    models: &[Model],
    history: Result<&Registers, &str>,
    known: &[Judgement],
    budget: &Budget,
) -> Vec<Judgement> {
    let mut found: Vec<Judgement> = Vec::new();
    for model in models.iter().copied() {
        let own = |judged: &&Judgement| judged.model == model;
        let judgement = match known.iter().find(own).cloned() {
            Some(judgement) if !matches!(judgement.verdict, Verdict::Undecided(_)) => judgement,
            _ => {
                let unfit = |why: &str| Verdict::Undecided(why.to_owned());
                let verdict = history.map_or_else(unfit, |history| check(model, history, budget));
                Judgement { model, verdict, follows_from: None }
            }
        };
        found.push(judgement);
    }
    let decided: Vec<Judgement> = found.iter().chain(known).cloned().collect();
    for judgement in &mut found {
        if !matches!(judgement.verdict, Verdict::Undecided(_)) {
            continue;
        }
        let from = decided.iter().find(|other| match &other.verdict {
            Verdict::Holds => other.model.implies(judgement.model),
            Verdict::Violated(_) => judgement.model.implies(other.model),
            Verdict::Undecided(_) => false,
        });
        if let Some(from) = from {
            judgement.verdict = from.verdict.clone();
            judgement.follows_from = Some(from.model);
        }
    }
    found
}

/// What a history has, when nothing was promised: every model that has no bound, convergence at once, and the smallest
/// staleness in time and in versions that it keeps to.
pub fn survey(history: Result<&Registers, &str>, known: &[Judgement], budget: &Budget) -> Vec<Judgement> {
    let unbounded = |model: &Model| !matches!(model, Model::BoundedStaleness(_));
    let mut models: Vec<Model> = Model::all(Nanos::ZERO, 0).into_iter().filter(unbounded).collect();
    if let Ok(history) = history {
        models.extend(staleness::smallest_delay(history).map(|delay| Model::BoundedStaleness(Bound::Time(delay))));
        models.extend(staleness::smallest_lag(history).map(|lag| Model::BoundedStaleness(Bound::Versions(lag))));
    }
    strongest(&models, history, known, budget)
}

/// Of the models that hold, those that no stronger one that holds implies.
pub fn strongest_of(judged: &[Judgement]) -> Vec<Model> {
    let holding: Vec<Model> = judged.iter().filter(|j| j.verdict == Verdict::Holds).map(|j| j.model).collect();
    let is_strongest = |model: &&Model| !holding.iter().any(|other| other != *model && other.implies(**model));
    holding.iter().filter(is_strongest).copied().collect()
}
