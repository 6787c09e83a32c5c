//! The README's protocol of one's own: a word goes to a neighbour and back. `tests/tidy.rs` holds it to the README.

use serde::{Deserialize, Serialize};
use splitbrain::node::*;
use splitbrain::spec::echo::{Echo, EchoFact};

/// A node. What it keeps here a crash takes away.
struct Mirror {
    latest: u64,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    bugs: Vec<String>,
}

#[derive(Clone, Debug, Hash)]
enum Message {
    Say { request: RequestId, word: u64 },
    Said { request: RequestId, word: u64 },
}

impl Node for Mirror {
    type Family = Echo; // the problem: it brings operations, checks and clients
    type Config = Config;
    type Stable = (); // nothing is durable
    type Message = Message;
    type Timer = ();
    type View = String;

    fn start(_: &mut Context<Self>) -> Self {
        Mirror { latest: 0 }
    }

    fn on_request(&mut self, request: RequestId, word: u64, cx: &mut Context<Self>) {
        self.latest = word;
        cx.fact(EchoFact::Asked { request, word });
        let next = NodeId::new((cx.id().index() as u32 + 1) % cx.nodes());
        cx.send(next, Message::Say { request, word });
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Say { request, word } => cx.send(from, Message::Said { request, word }),
            Message::Said { request, word } => {
                let confused = cx.config().bugs.contains(&"answers-the-latest".to_owned());
                cx.reply(request, Outcome::Done(if confused { self.latest } else { word }));
            }
        }
    }

    fn on_timer(&mut self, (): (), _: &mut Context<Self>) {}

    fn view(&self, (): &()) -> String {
        format!("was asked {} last", self.latest)
    }

    fn facts_of(record: &Record<Self>, _: &mut impl FnMut(Fact<Self>)) {
        match *record {}
    }

    /// What must have happened before a message is sent, and be on the sender's disk: the engine asks each time.
    fn backed(message: &Message, _: NodeId, _: NodeId, (): &()) -> Result<Presupposes<EchoFact>, Unbacked> {
        Ok(match *message {
            Message::Say { request, word } => Presupposes::OfSender(EchoFact::Asked { request, word }),
            Message::Said { .. } => Presupposes::Nothing,
        })
    }
}

impl Protocol for Mirror {
    const ABOUT: &'static str = "a word goes to the next node and back";
    const SOURCE: &'static str = "the README";
    const BUGS: &'static [PlantedBug] = &[PlantedBug {
        name: "answers-the-latest",
        about: "a node answers every request with the word that it was asked last",
        caught_by: "faithful-echo",
        source: "made up",
    }];

    fn check_config(_: &Config, _: u32) -> Result<(), (&'static str, String)> {
        Ok(())
    }

    fn pace(_: &Config) -> Nanos {
        Nanos::from_millis(50)
    }

    /// How long after the faults everything must be in order again.
    fn liveness_bound(_: &Config, _: u32, delays: &Delays) -> Nanos {
        (delays.retry_max + delays.message_max * 4) * 4
    }
}

fn main() -> std::process::ExitCode {
    splitbrain::main(&[splitbrain::registry::entry::<Mirror>("mirror")])
}

#[test]
fn the_planted_bug_is_found() {
    let scenario = |bugs| {
        format!(
            r#"{{ "about": "three mirrors", "protocol": "mirror", "nodes": 3, "config": {{ "bugs": {bugs} }},
            "network": {{ "latency": {{ "uniform": ["1ms", "10ms"] }}, "loss": 0.01 }}, "plan": "default" }}"#
        )
    };
    let run = |bugs| splitbrain::scenario::Simulation::<Mirror>::from_text(&scenario(bugs)).unwrap().seed(7).run();
    assert_eq!(run("[]").verdict.kind.exit_code(), 0);
    assert_eq!(run(r#"["answers-the-latest"]"#).verdict.kind.exit_code(), 1);
}
