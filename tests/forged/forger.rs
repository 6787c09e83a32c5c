//! A node that does what it is told, and a stage to tell it on: real runs through the engine and its judge.

use splitbrain::engine::play::{Script, play};
use splitbrain::engine::schedule::parse;
use splitbrain::engine::summary::{Ending, Summary};
use splitbrain::node::{
    ClientId, Context, Fact, Family, Nanos, Node, NodeId, Op, Outcome, Presupposes, Record, Reply, RequestId, Stable,
    Unbacked,
};
use splitbrain::spec::judged::Judged;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// One thing that a forger does in a step.
pub enum Act<F: Family> {
    /// Writes a record, which is the fact itself, as a barrier.
    Write(F::Fact),
    /// Writes one that nothing waits for.
    WriteLazily(F::Fact),
    /// Tells a fact by hand.
    Tell(F::Fact),
    /// Sends the next node a message that is honest while so many records are on disk, and that presupposes a fact.
    Send(usize, Option<F::Fact>),
    /// Answers a request.
    Answer(RequestId, Outcome<F::Reply>),
    /// Panics.
    Panic,
}

/// What happens next.
pub enum Move<F: Family> {
    /// A node takes a step.
    Step(u32, Vec<Act<F>>),
    /// A line of a schedule: `crash n1`.
    Line(&'static str),
}

/// Does what its configuration, a list of steps, says.
pub struct Forger<F>(PhantomData<F>);

/// A disk full of facts.
#[derive(Clone)]
pub struct Facts<T>(Vec<T>);

impl<T> Default for Facts<T> {
    fn default() -> Self {
        Facts(Vec::new())
    }
}

impl<T: Clone + Debug + Hash> Stable for Facts<T> {
    type Record = T;
    fn apply(&mut self, fact: T) {
        self.0.push(fact);
    }
}

/// Says how many records its sender's disk holds.
#[derive(Clone, Debug, Hash)]
pub struct Message<T> {
    records: usize,
    presupposes: Option<T>,
}

/// The cue for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    Step(usize),
}

impl<F: Judged> Node for Forger<F> {
    type Family = F;
    type Config = Vec<(u32, Vec<Act<F>>)>;
    type Stable = Facts<F::Fact>;
    type Message = Message<F::Fact>;
    type Timer = Timer;
    type View = usize;

    fn start(cx: &mut Context<Self>) -> Self {
        for step in 0..cx.config().len() {
            cx.set_timer(Timer::Step(step), Nanos::from_millis(1));
        }
        Forger(PhantomData)
    }
    fn on_message(&mut self, _: NodeId, _: Message<F::Fact>, _: &mut Context<Self>) {}
    fn on_timer(&mut self, Timer::Step(step): Timer, cx: &mut Context<Self>) {
        for act in &cx.config()[step].1 {
            match act {
                Act::Write(fact) => cx.write(fact.clone()),
                Act::WriteLazily(fact) => cx.write_lazy(fact.clone()),
                Act::Tell(fact) => cx.fact(fact.clone()),
                Act::Send(records, fact) => {
                    let next = NodeId::new((cx.id().index() as u32 + 1) % cx.nodes());
                    cx.send(next, Message { records: *records, presupposes: fact.clone() });
                }
                Act::Answer(request, outcome) => cx.reply(*request, outcome.clone()),
                Act::Panic => panic!("{} was told to", cx.id()),
            }
        }
    }
    fn on_request(&mut self, _: RequestId, _: Op<Self>, _: &mut Context<Self>) {}
    fn view(&self, stable: &Facts<F::Fact>) -> usize {
        stable.0.len()
    }
    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        tell(record.clone());
    }
    fn backed(
        message: &Message<F::Fact>,
        _: NodeId,
        _: NodeId,
        durable: &Facts<F::Fact>,
    ) -> Result<Presupposes<F::Fact>, Unbacked> {
        let honest = message.records <= durable.0.len();
        let presupposed = message.presupposes.clone().map_or(Presupposes::Nothing, Presupposes::OfAnyone);
        if honest { Ok(presupposed) } else { Err("its records are not on disk") }
    }
}

/// Plays moves on a cluster of `nodes`, whose disks are `immediate` or wait for a `sync`.
pub fn stage<F: Judged>(nodes: u32, immediate: bool, moves: Vec<Move<F>>, except: &[&str]) -> Summary {
    let mut steps = Vec::new();
    let mut lines = Vec::new();
    for one in moves {
        let line = match one {
            Move::Line(line) => line.to_owned(),
            Move::Step(node, acts) => {
                steps.push((node, acts));
                format!("fire n{node} step({})", steps.len() - 1)
            }
        };
        lines.push(parse::<F>(&line, nodes).expect("a line of a schedule"));
    }
    let except = except.iter().map(|name| (*name).to_owned()).collect();
    play::<Forger<F>>(&Script { nodes, immediate, lines, except, watched: Vec::new(), record: false }, steps).summary
}

/// The invariant that a run violated, and the evidence.
///
/// # Panics
/// When the schedule could not be played.
pub fn violated(summary: &Summary) -> Option<(&'static str, &str)> {
    match &summary.ending {
        Ending::Completed => None,
        Ending::Violated(violation) => Some((violation.invariant, &violation.evidence)),
        other @ (Ending::Stalled(_) | Ending::Undecided(_) | Ending::Unplayable(_)) => panic!("{other:?}"),
    }
}

/// `n3`
pub fn n(number: u32) -> NodeId {
    NodeId::new(number - 1)
}

/// `c1#2`
pub fn request(client: u32, sequence: u32) -> RequestId {
    RequestId { client: ClientId::new(client - 1), sequence }
}

/// A step of node `n`.
pub fn step<F: Family>(node: u32, acts: impl IntoIterator<Item = Act<F>>) -> Move<F> {
    Move::Step(node, acts.into_iter().collect())
}

/// A line of a schedule.
pub fn line<F: Family>(line: &'static str) -> Move<F> {
    Move::Line(line)
}

/// The request is done.
pub fn done<F: Family>(request: RequestId, reply: F::Reply) -> Act<F> {
    Act::Answer(request, Outcome::Done(reply))
}

/// Unused by the judge, so legal whenever it is given.
pub fn unknown<F: Judged>(request: RequestId) -> Act<F> {
    Act::Answer(request, Outcome::<Reply<Forger<F>>>::Unknown)
}
