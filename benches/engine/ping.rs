//! The floor's workload as a protocol: nodes throw balls at each other, under the whole engine.

use crate::floor::LOOK;
use serde::{Deserialize, Serialize};
use splitbrain::node::{
    ClientId, Context, Delays, Fact, Family, Nanos, Node, NodeId, Op, Outcome, PlantedBug, Presupposes, Protocol,
    Record, RequestId, Stream, Unbacked,
};
use splitbrain::spec::judged::{FactShape, Findings, Generator, Invariant, Judged, Leadership, Ledger, Observed, fact};
use std::fmt;

/// The family: balls.
pub struct Balls;

/// What a node tells now and then.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum BallFact {
    /// So many balls came since the node last looked, and so many in all.
    Counted { lately: u64, total: u64 },
}

impl Family for Balls {
    type Op = u64;
    type Reply = u64;
    type Fact = BallFact;
}

impl Judged for Balls {
    const NAME: &'static str = "balls";
    const ABOUT: &'static str = "nodes throw balls at each other";
    const INVARIANTS: &'static [Invariant] = &[Invariant {
        name: "balls-only-grow",
        meaning: "the balls that a node has seen only grow in number, until it crashes",
        source: "this benchmark",
    }];
    const FACTS: &'static [FactShape] = &[fact("Counted", &["lately", "total"])];
    const OPERATIONS: &'static [&'static str] = &["ask"];
    const HAS_LEADERS: bool = false;
    type Ledger = BallLedger;
    type Generator = NoLoad;

    fn fact_kind(_: &BallFact) -> usize {
        0
    }
    fn presupposable(_: &BallFact) -> bool {
        false
    }
    fn leads(_: &BallFact) -> Option<Leadership> {
        None
    }
    fn reads_only(_: &u64) -> bool {
        true
    }
    fn parse_op(text: &str) -> Result<u64, String> {
        text.parse().map_err(|_| format!("`{text}` is no number"))
    }
}

/// By node: how many balls it has counted since it started.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BallLedger(Vec<u64>);

impl Ledger<Balls> for BallLedger {
    fn new(nodes: u32) -> Self {
        BallLedger(vec![0; nodes as usize])
    }
    fn observe(&mut self, seen: &Observed<Balls>, findings: &mut Findings) {
        match seen {
            Observed::Fact(node, BallFact::Counted { lately, total }) => {
                let before = std::mem::replace(&mut self.0[node.index()], *total);
                let grown = before + lately == *total;
                findings.check(0, if grown { Ok(()) } else { Err(format!("{node} had {before}, and has {total}")) });
            }
            Observed::Crashed(node) => self.0[node.index()] = 0,
            Observed::Asked(..)
            | Observed::Answered(..)
            | Observed::Restarted(_)
            | Observed::Lost(_)
            | Observed::Holds(..) => {}
        }
    }
}

/// The one operation that the engine asks for.
pub struct NoLoad;
impl Generator<Balls> for NoLoad {
    fn new(_: u32) -> Self {
        NoLoad
    }
    fn draw(&mut self, _: usize, _: ClientId, _: &mut Stream) -> u64 {
        0
    }
    fn learn(&mut self, _: &u64, _: Option<&u64>) {}
}

/// How many balls a node wants to see.
#[derive(Clone, Serialize, Deserialize)]
pub struct Config {
    threshold: u64,
}

/// A ball: sixteen bytes.
#[derive(Clone, Debug, Hash)]
pub struct Ball {
    sum: u64,
    hops: u64,
}

/// A node.
pub struct Ping {
    threshold: u64,
    seen: u64,
    total: u64,
    sum: u64,
}

/// What people would see of it.
#[derive(Serialize)]
pub struct View(u64);
impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} balls", self.0)
    }
}

impl Ping {
    #[inline(always)]
    fn throw(&self, cx: &mut Context<Self>, hops: u64) {
        let peer = cx.choose(u64::from(cx.nodes()) - 1) as u32;
        let to = NodeId::new(peer + u32::from(peer as usize >= cx.id().index()));
        cx.send(to, Ball { sum: self.sum, hops });
    }
}

impl Node for Ping {
    type Family = Balls;
    type Config = Config;
    type Stable = ();
    type Message = Ball;
    type Timer = ();
    type View = View;

    fn start(cx: &mut Context<Self>) -> Self {
        let threshold = cx.config().threshold;
        let ping = Ping { threshold, seen: 0, total: 0, sum: cx.id().index() as u64 };
        for _ in 0..(threshold * 5).div_ceil(4).max(1) {
            ping.throw(cx, 0);
        }
        cx.set_timer((), Nanos(LOOK));
        ping
    }

    #[inline]
    fn on_message(&mut self, from: NodeId, ball: Ball, cx: &mut Context<Self>) {
        self.seen += 1;
        self.sum ^= ball.sum.wrapping_add(from.index() as u64);
        self.throw(cx, ball.hops + 1);
    }

    fn on_timer(&mut self, (): (), cx: &mut Context<Self>) {
        let lately = std::mem::take(&mut self.seen);
        self.total += lately;
        cx.fact(BallFact::Counted { lately, total: self.total });
        for _ in lately..self.threshold {
            self.throw(cx, 0);
        }
        cx.set_timer((), Nanos(LOOK));
    }

    fn on_request(&mut self, request: RequestId, op: Op<Self>, cx: &mut Context<Self>) {
        cx.reply(request, Outcome::Done(op));
    }

    fn view(&self, (): &()) -> View {
        View(self.total)
    }

    fn facts_of(record: &Record<Self>, _: &mut impl FnMut(Fact<Self>)) {
        match *record {}
    }

    fn backed(_: &Ball, _: NodeId, _: NodeId, (): &()) -> Result<Presupposes<Fact<Self>>, Unbacked> {
        Ok(Presupposes::Nothing)
    }
}

impl Protocol for Ping {
    const ABOUT: &'static str = "nodes throw balls at each other";
    const SOURCE: &'static str = "a benchmark";
    const BUGS: &'static [PlantedBug] = &[];
    fn check_config(_: &Config, _: u32) -> Result<(), (&'static str, String)> {
        Ok(())
    }
    fn pace(_: &Config) -> Nanos {
        Nanos(LOOK)
    }
    fn liveness_bound(_: &Config, _: u32, _: &Delays) -> Nanos {
        Nanos::from_secs(10)
    }
}
