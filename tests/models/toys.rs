//! Toys: each shows one thing that exhaustive search must see.

use super::commit::{Commit, CommitFact};
use splitbrain::node::{Context, Nanos, Node, NodeId, Outcome, Presupposes, RequestId, Stable, Unbacked};
use std::convert::Infallible;

/// Counts requests, answers each with the count, and tells the next node. What it forgets at a crash shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counter {
    volatile: u64,
}

/// What a counter does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterBug {
    None,
    /// The count is kept in memory only.
    KeepsInMemory,
    /// The count is sent before it is written.
    SendsEarly,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Count(pub u64);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CountRecord {
    Counted(u64),
}

impl Stable for Count {
    type Record = CountRecord;
    fn apply(&mut self, CountRecord::Counted(count): CountRecord) {
        self.0 = count;
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CountMessage {
    /// The sender has counted this far.
    Counted { count: u64 },
}

impl Node for Counter {
    type Family = Commit;
    type Config = CounterBug;
    type Stable = Count;
    type Message = CountMessage;
    type Timer = ();
    type View = u64;

    fn start(cx: &mut Context<Self>) -> Self {
        Counter { volatile: cx.stable().0 }
    }
    fn on_message(&mut self, _from: NodeId, message: CountMessage, _cx: &mut Context<Self>) {
        match message {
            CountMessage::Counted { .. } => {}
        }
    }
    fn on_timer(&mut self, (): (), _cx: &mut Context<Self>) {}
    fn on_request(&mut self, request: RequestId, _op: u64, cx: &mut Context<Self>) {
        self.volatile += 1;
        let count = self.volatile;
        let next = NodeId::new((cx.id().index() as u32 + 1) % cx.nodes());
        let bug = *cx.config();
        if bug == CounterBug::SendsEarly {
            cx.send(next, CountMessage::Counted { count });
        }
        if bug != CounterBug::KeepsInMemory {
            cx.write(CountRecord::Counted(count));
        }
        if bug != CounterBug::SendsEarly {
            cx.send(next, CountMessage::Counted { count });
        }
        cx.reply(request, Outcome::Done(count));
    }
    fn view(&self, stable: &Count) -> u64 {
        stable.0
    }
    fn facts_of(record: &CountRecord, _: &mut impl FnMut(CommitFact)) {
        match record {
            CountRecord::Counted(_) => {}
        }
    }
    fn backed(
        message: &CountMessage,
        _from: NodeId,
        _to: NodeId,
        durable: &Count,
    ) -> Result<Presupposes<CommitFact>, Unbacked> {
        match message {
            CountMessage::Counted { count } if *count <= durable.0 => Ok(Presupposes::Nothing),
            CountMessage::Counted { .. } => Err("the count is not on disk"),
        }
    }
}

/// The first node sends two equal tickets and one other; the second counts what arrives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    pub arrived: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ticket {
    Plain,
    Golden(u32),
}

impl Node for Tally {
    type Family = Commit;
    /// The tally at which the node aborts, having committed at its first ticket: a violation.
    type Config = Option<u32>;
    type Stable = ();
    type Message = Ticket;
    type Timer = ();
    type View = u32;

    fn start(cx: &mut Context<Self>) -> Self {
        if cx.id().index() == 0 {
            let to = NodeId::new(1);
            cx.send(to, Ticket::Plain);
            cx.send(to, Ticket::Golden(7));
            cx.send(to, Ticket::Plain);
        }
        Tally { arrived: 0 }
    }
    fn on_message(&mut self, _from: NodeId, message: Ticket, cx: &mut Context<Self>) {
        match message {
            Ticket::Plain | Ticket::Golden(_) => self.arrived += 1,
        }
        if self.arrived == 1 && cx.config().is_some() {
            cx.fact(CommitFact::Committed);
        }
        if *cx.config() == Some(self.arrived) {
            cx.fact(CommitFact::Aborted);
        }
    }
    fn on_timer(&mut self, (): (), _cx: &mut Context<Self>) {}
    fn on_request(&mut self, _request: RequestId, _op: u64, _cx: &mut Context<Self>) {}
    fn view(&self, (): &()) -> u32 {
        self.arrived
    }
    fn facts_of(record: &Infallible, _: &mut impl FnMut(CommitFact)) {
        match *record {}
    }
    fn backed(_: &Ticket, _from: NodeId, _to: NodeId, (): &()) -> Result<Presupposes<CommitFact>, Unbacked> {
        Ok(Presupposes::Nothing)
    }
}

/// Picks a die as it starts, rolls it once, and rolls a second one after a 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dice {
    die: u64,
    rolled: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiceTimer {
    Roll,
}

/// What dice there are, and what goes wrong.
#[derive(Clone, Copy)]
pub struct DiceConfig {
    /// How many faces the first die has; the second has one more.
    pub faces: u64,
    /// At which rolls, die first, a handler panics.
    pub panics_at: Option<[u64; 3]>,
}

impl Node for Dice {
    type Family = Commit;
    type Config = DiceConfig;
    type Stable = ();
    type Message = Infallible;
    type Timer = DiceTimer;
    type View = u64;

    fn start(cx: &mut Context<Self>) -> Self {
        cx.set_timer(DiceTimer::Roll, Nanos::from_millis(1));
        Dice { die: cx.choose(2), rolled: Vec::new() }
    }
    fn on_message(&mut self, _from: NodeId, message: Infallible, _cx: &mut Context<Self>) {
        match message {}
    }
    fn on_timer(&mut self, timer: DiceTimer, cx: &mut Context<Self>) {
        match timer {
            DiceTimer::Roll => self.rolled.push(cx.choose(cx.config().faces + self.die)),
        }
        if self.rolled == [2] {
            self.rolled.push(cx.choose(4));
        }
        if let Some([die, rolled @ ..]) = &cx.config().panics_at {
            assert!(self.die != *die || self.rolled != rolled, "{} rolled {rolled:?} with die {die}", cx.id());
        }
    }
    fn on_request(&mut self, _request: RequestId, _op: u64, _cx: &mut Context<Self>) {}
    fn view(&self, (): &()) -> u64 {
        self.die
    }
    fn facts_of(record: &Infallible, _: &mut impl FnMut(CommitFact)) {
        match *record {}
    }
    fn backed(message: &Infallible, _from: NodeId, _to: NodeId, (): &()) -> Result<Presupposes<CommitFact>, Unbacked> {
        match *message {}
    }
}
