//! A protocol of one's own for a problem that splitbrain knows: a word comes back by way of a neighbour.
//!
//! ```console
//! $ cargo run --example echo -- new relay --out /tmp/relay.json
//! $ cargo run --example echo -- run /tmp/relay.json
//! $ cargo run --example echo -- sweep /tmp/relay.json --seeds 0..100 --set plan=rolling-restart
//! ```
//!
//! Whoever is asked passes the word to the next node of the ring, which says it back. Nothing is durable: a node that
//! crashes forgets what it was asked, and the client asks another.

use serde::{Deserialize, Serialize};
use splitbrain::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, Outcome, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
};
use splitbrain::registry::entry;
use splitbrain::spec::echo::{Echo, EchoFact};
use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;

/// What a scenario's `config` says.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    /// How long a node waits for its neighbour before it says the word again.
    repeat: Nanos,
}

impl Default for Config {
    fn default() -> Self {
        Config { repeat: Nanos::from_millis(50) }
    }
}

#[derive(Clone, Debug, Hash)]
enum Message {
    Say { request: RequestId, word: u64 },
    Back { request: RequestId },
}

/// A node: the words it was asked to say and has not heard back.
struct Relay {
    open: BTreeMap<RequestId, u64>,
}

#[derive(Serialize)]
struct View {
    open: usize,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} open", self.open)
    }
}

impl Relay {
    fn pass_on(&self, request: RequestId, cx: &mut Context<Self>) {
        let Some(word) = self.open.get(&request) else { return };
        let next = NodeId::new((cx.id().index() as u32 + 1) % cx.nodes());
        cx.send(next, Message::Say { request, word: *word });
        cx.set_timer(request, cx.config().repeat);
    }
}

impl Node for Relay {
    type Family = Echo;
    type Config = Config;
    type Stable = ();
    type Message = Message;
    type Timer = RequestId;
    type View = View;

    fn start(_: &mut Context<Self>) -> Self {
        Relay { open: BTreeMap::new() }
    }

    fn on_request(&mut self, request: RequestId, word: u64, cx: &mut Context<Self>) {
        cx.fact(EchoFact::Asked { request, word });
        self.open.insert(request, word);
        self.pass_on(request, cx);
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Say { request, .. } => cx.send(from, Message::Back { request }),
            Message::Back { request } => {
                if let Some(word) = self.open.remove(&request) {
                    cx.cancel_timer(request);
                    cx.reply(request, Outcome::Done(word));
                }
            }
        }
    }

    fn on_timer(&mut self, request: RequestId, cx: &mut Context<Self>) {
        self.pass_on(request, cx);
    }

    fn view(&self, (): &()) -> View {
        View { open: self.open.len() }
    }

    fn facts_of(record: &Record<Self>, _: &mut impl FnMut(Fact<Self>)) {
        match *record {}
    }

    fn backed(message: &Message, _: NodeId, _: NodeId, (): &()) -> Result<Presupposes<EchoFact>, Unbacked> {
        Ok(match message {
            Message::Say { request, word } => Presupposes::OfSender(EchoFact::Asked { request: *request, word: *word }),
            Message::Back { .. } => Presupposes::Nothing,
        })
    }
}

impl Protocol for Relay {
    const ABOUT: &'static str = "a word comes back by way of the next node";
    const SOURCE: &'static str = "an example";
    const BUGS: &'static [PlantedBug] = &[];

    fn check_config(config: &Config, _: u32) -> Result<(), (&'static str, String)> {
        match config.repeat {
            Nanos::ZERO => Err(("repeat", "0s would repeat without end: it must be longer".to_owned())),
            _ => Ok(()),
        }
    }

    fn pace(config: &Config) -> Nanos {
        config.repeat
    }

    /// A word goes there and back in a few messages; a client may first have asked in vain.
    fn liveness_bound(config: &Config, _: u32, delays: &Delays) -> Nanos {
        (delays.retry_max + delays.message_max * 4 + config.repeat) * 4
    }
}

/// Every command of splitbrain, for this protocol too.
fn main() -> ExitCode {
    splitbrain::main(&[entry::<Relay>("relay")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use splitbrain::scenario::{Simulation, VerdictKind};

    #[test]
    fn words_come_back_whatever_goes_wrong() {
        let scenario = r#"{
            "about": "Five nodes in a ring, and light faults of many kinds",
            "protocol": "relay", "nodes": 5, "plan": "default",
            "network": { "latency": { "uniform": ["1ms", "10ms"] }, "loss": 0.05 },
            "run": { "for": "5s" }, "expect": { "reaches": ["Asked x10"] }
        }"#;
        let simulation = Simulation::<Relay>::from_text(scenario).expect("the scenario is in order");
        for seed in 0..20 {
            let run = simulation.run_from(seed, false);
            assert_eq!(run.verdict.kind, VerdictKind::Pass, "seed {seed}: {:?}", run.verdict.reasons);
        }
    }
}
