//! A problem of one's own: its operations, its facts, its invariant, a protocol for it, and a mistake that is found.
//!
//! ```console
//! $ cargo run --example own_family -- new tickets --out /tmp/tickets.json
//! $ cargo run --example own_family -- run /tmp/tickets.json
//! $ cargo run --example own_family -- run /tmp/tickets.json --set 'config.bugs=["not-awaited"]' --seeds 0..1000
//! ```
//!
//! **The problem.** Clients take tickets, and no two of them get the same. **The protocol.** The first node hands them
//! out and sends everybody else's clients on to itself. It writes a ticket down before it hands it out, so that a crash
//! cannot make it hand one out twice. **The mistake** `not-awaited`: it writes, and does not wait until that is durable.

use serde::{Deserialize, Serialize};
use splitbrain::node::{
    ClientId, Context, Delays, Fact, Family, Nanos, Node, NodeId, Outcome, PlantedBug, Presupposes, Protocol, Record,
    RequestId, Stable, Stream, Unbacked,
};
use splitbrain::registry::entry;
use splitbrain::spec::judged::{FactShape, Findings, Generator, Invariant, Judged, Leadership, Ledger, Observed, fact};
use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;

/// The problem.
struct Tickets;

/// The only operation: take a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct Take;

impl fmt::Display for Take {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("take")
    }
}

/// What happens at a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
enum TicketFact {
    /// A ticket was written down for a request.
    Given { request: RequestId, ticket: u64 },
}

impl Family for Tickets {
    type Op = Take;
    type Reply = u64;
    type Fact = TicketFact;
}

/// The place of the invariant in the table.
const UNIQUE: usize = 0;

impl Judged for Tickets {
    const NAME: &'static str = "tickets";
    const ABOUT: &'static str = "clients take tickets, and no two of them get the same";
    const INVARIANTS: &'static [Invariant] = &[Invariant {
        name: "unique-tickets",
        meaning: "no ticket is handed out for two requests",
        source: "the definition of a ticket",
    }];
    const FACTS: &'static [FactShape] = &[fact("Given", &["request", "ticket"])];
    const OPERATIONS: &'static [&'static str] = &["take"];
    const HAS_LEADERS: bool = false;
    type Ledger = Handed;
    type Generator = Takers;

    fn fact_kind(_: &TicketFact) -> usize {
        0
    }
    fn presupposable(_: &TicketFact) -> bool {
        false
    }
    fn leads(_: &TicketFact) -> Option<Leadership> {
        None
    }
    fn reads_only(_: &Take) -> bool {
        false
    }
    fn parse_op(text: &str) -> Result<Take, String> {
        if text == "take" { Ok(Take) } else { Err(format!("`{text}` is no operation: expected `take`")) }
    }
}

/// What the invariant remembers: by ticket, who got it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Handed(BTreeMap<u64, RequestId>);

impl Ledger<Tickets> for Handed {
    fn new(_: u32) -> Self {
        Handed(BTreeMap::new())
    }

    fn observe(&mut self, seen: &Observed<Tickets>, findings: &mut Findings) {
        if let Observed::Answered(node, request, Outcome::Done(ticket)) = seen {
            let first = *self.0.entry(*ticket).or_insert(*request);
            let why = || format!("{node} gives ticket {ticket} to {request}, and {first} had it already");
            findings.check(UNIQUE, if first == *request { Ok(()) } else { Err(why()) });
        }
    }
}

/// Draws what clients ask: there is only one thing.
struct Takers;

impl Generator<Tickets> for Takers {
    fn new(_: u32) -> Self {
        Takers
    }
    fn draw(&mut self, _: usize, _: ClientId, _: &mut Stream) -> Take {
        Take
    }
    fn learn(&mut self, _: &Take, _: Option<&u64>) {}
}

/// What a scenario's `config` says.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    bugs: Vec<Bug>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Bug {
    NotAwaited,
}

/// The dispenser's disk: who got which ticket, so that a client that asks again gets the same one.
#[derive(Clone, Default)]
struct Roll {
    given: BTreeMap<RequestId, u64>,
}

#[derive(Clone, Debug, Hash)]
struct Given {
    request: RequestId,
    ticket: u64,
}

impl Stable for Roll {
    type Record = Given;
    fn apply(&mut self, Given { request, ticket }: Given) {
        self.given.insert(request, ticket);
    }
}

/// A node; only the first one does anything.
struct Dispenser {
    next: u64,
}

#[derive(Serialize)]
struct View {
    next: u64,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "next ticket {}", self.next)
    }
}

/// There are no messages and no timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Never {}

impl Node for Dispenser {
    type Family = Tickets;
    type Config = Config;
    type Stable = Roll;
    type Message = Never;
    type Timer = Never;
    type View = View;

    fn start(cx: &mut Context<Self>) -> Self {
        Dispenser { next: cx.stable().given.values().max().map_or(1, |last| last + 1) }
    }

    fn on_request(&mut self, request: RequestId, Take: Take, cx: &mut Context<Self>) {
        let first = NodeId::new(0);
        if cx.id() != first {
            return cx.reply(request, Outcome::Redirect(first));
        }
        let known = cx.stable().given.get(&request).copied();
        let ticket = known.unwrap_or_else(|| {
            let ticket = self.next;
            self.next += 1;
            match cx.config().bugs.contains(&Bug::NotAwaited) {
                true => cx.write_lazy(Given { request, ticket }),
                false => cx.write(Given { request, ticket }),
            }
            ticket
        });
        cx.reply(request, Outcome::Done(ticket));
    }

    fn on_message(&mut self, _: NodeId, message: Never, _: &mut Context<Self>) {
        match message {}
    }
    fn on_timer(&mut self, timer: Never, _: &mut Context<Self>) {
        match timer {}
    }
    fn view(&self, _: &Roll) -> View {
        View { next: self.next }
    }
    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        tell(TicketFact::Given { request: record.request, ticket: record.ticket });
    }
    fn backed(message: &Never, _: NodeId, _: NodeId, _: &Roll) -> Result<Presupposes<TicketFact>, Unbacked> {
        match *message {}
    }
}

impl Protocol for Dispenser {
    const ABOUT: &'static str = "the first node hands tickets out";
    const SOURCE: &'static str = "an example";
    const BUGS: &'static [PlantedBug] = &[PlantedBug {
        name: "not-awaited",
        about: "the dispenser hands a ticket out before it is on its disk",
        caught_by: "unique-tickets",
        source: "an example",
    }];

    fn check_config(_: &Config, _: u32) -> Result<(), (&'static str, String)> {
        Ok(())
    }
    fn pace(_: &Config) -> Nanos {
        Nanos::from_millis(100)
    }
    fn liveness_bound(_: &Config, _: u32, delays: &Delays) -> Nanos {
        (delays.retry_max + delays.message_max * 4 + delays.sync_max) * 4
    }
}

/// Every command of splitbrain, for this protocol too.
fn main() -> ExitCode {
    splitbrain::main(&[entry::<Dispenser>("tickets")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use splitbrain::scenario::{Simulation, VerdictKind};

    const SCENARIO: &str = r#"{
        "about": "The dispenser crashes every second or so", "protocol": "tickets", "nodes": 3,
        "network": { "latency": { "uniform": ["1ms", "10ms"] } }, "disk": { "sync": "10ms" },
        "faults": [ { "crash": { "every": ["500ms", "1s"], "target": "n1", "for": ["10ms", "100ms"] } } ],
        "run": { "for": "5s" }, "expect": { "reaches": ["Given x10"] }
    }"#;

    #[test]
    fn no_ticket_is_given_twice() {
        let simulation = Simulation::<Dispenser>::from_text(SCENARIO).expect("the scenario is in order");
        for seed in 0..50 {
            let run = simulation.run_from(seed, false);
            assert_eq!(run.verdict.kind, VerdictKind::Pass, "seed {seed}: {:?}", run.verdict.reasons);
        }
    }

    #[test]
    fn a_ticket_that_is_handed_out_too_early_is_found_out() {
        let simulation = Simulation::<Dispenser>::from_text(SCENARIO).expect("the scenario is in order");
        let simulation = simulation.with_config(Config { bugs: vec![Bug::NotAwaited] });
        let run =
            (0..50).map(|seed| simulation.run_from(seed, false)).find(|run| run.verdict.kind != VerdictKind::Pass);
        let verdict = run.expect("some seed shows it").verdict;
        assert_eq!(verdict.kind, VerdictKind::Violated);
        assert!(verdict.reasons[0].contains("unique-tickets"), "{:?}", verdict.reasons);
    }
}
