//! Echo: the smallest protocol that has a message, a timer, a request and something to lose. Copy it to begin another.
//!
//! **The problem.** A client says a word to a node; the node answers with the same word once every other node has
//! heard it. The workload is that of Maelstrom's first lesson; the round of messages is the acknowledged broadcast of
//! any textbook (Cachin, Guerraoui & Rodrigues, *Introduction to Reliable and Secure Distributed Programming*, 2011,
//! section 3.2, without its failure detector).
//!
//! **Who talks to whom.** client → node: the word. node → every other node: `Say`. Each of them → node: `Heard`.
//! A timer says it again to those that have not been heard from.
//!
//! **What is durable.** Nothing. A node that crashes forgets what it was asked, and its counter of words heard starts
//! from zero; the client asks again.
//!
//! **What is left out.** A node that stays down blocks every echo: there is no failure detector.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, Outcome, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
};
use crate::parts::quorum::Tally;
use crate::spec::echo::{Echo as EchoFamily, EchoFact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a node waits for the others before it says a word again.
    pub repeat: Nanos,
}

impl Default for Config {
    fn default() -> Self {
        Config { repeat: Nanos::from_millis(100) }
    }
}

/// What nodes say to each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// To every other node: a client has said this word.
    Say {
        /// Which client, and which of its requests.
        request: RequestId,
        /// The word.
        word: u64,
    },
    /// Back: it was heard.
    Heard {
        /// The request of the `Say`.
        request: RequestId,
    },
}

/// One timer per request that is not echoed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Time to say it again.
    Repeat(RequestId),
}

/// A node. All of it is volatile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Echo {
    /// How many words this node has heard from others since it started.
    heard: u64,
    /// The requests it was asked and has not answered: the word, and who has heard it.
    asked: BTreeMap<RequestId, (u64, Tally)>,
}

/// What people look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// How many words the node has heard since it started.
    pub heard: u64,
    /// How many requests it has not answered.
    pub open: usize,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "heard {}, {} open", self.heard, self.open)
    }
}

impl Node for Echo {
    type Family = EchoFamily;
    type Config = Config;
    type Stable = ();
    type Message = Message;
    type Timer = Timer;
    type View = View;

    fn start(_: &mut Context<Self>) -> Self {
        Echo { heard: 0, asked: BTreeMap::new() }
    }

    fn on_request(&mut self, request: RequestId, word: u64, cx: &mut Context<Self>) {
        cx.fact(EchoFact::Asked { request, word });
        self.asked.insert(request, (word, Tally::of(cx.id())));
        self.say(request, cx);
        self.answer_if_heard_by_all(request, cx);
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Say { request, .. } => {
                self.heard += 1;
                cx.send(from, Message::Heard { request });
            }
            Message::Heard { request } => {
                // A second copy, or the answer has been given already, or was asked in an earlier life.
                let Some((_, heard_by)) = self.asked.get_mut(&request) else { return };
                heard_by.add(from);
                self.answer_if_heard_by_all(request, cx);
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Repeat(request) => self.say(request, cx),
        }
    }

    fn view(&self, (): &()) -> View {
        View { heard: self.heard, open: self.asked.len() }
    }

    fn facts_of(record: &Record<Self>, _: &mut impl FnMut(Fact<Self>)) {
        match *record {}
    }

    fn backed(message: &Message, _: NodeId, _: NodeId, (): &()) -> Result<Presupposes<EchoFact>, Unbacked> {
        match message {
            Message::Say { request, word } => {
                Ok(Presupposes::OfSender(EchoFact::Asked { request: *request, word: *word }))
            }
            // Nothing is durable, so that a word was heard is all that this promises.
            Message::Heard { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl Echo {
    /// How many words this node has heard from others since it started.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Says a word to those that have not been heard from, and again later.
    fn say(&self, request: RequestId, cx: &mut Context<Self>) {
        let Some((word, heard_by)) = self.asked.get(&request) else { return };
        for peer in cx.peers().filter(|peer| !heard_by.has(*peer)) {
            cx.send(peer, Message::Say { request, word: *word });
        }
        cx.set_timer(Timer::Repeat(request), cx.config().repeat);
    }

    fn answer_if_heard_by_all(&mut self, request: RequestId, cx: &mut Context<Self>) {
        let nodes = cx.nodes();
        let all = self.asked.get(&request).filter(|(_, heard_by)| heard_by.count() == nodes);
        let Some(&(word, _)) = all else { return };
        self.asked.remove(&request);
        cx.cancel_timer(Timer::Repeat(request));
        cx.reply(request, Outcome::Done(word));
    }
}

impl Protocol for Echo {
    const ABOUT: &'static str = "every node hears a client's word before it comes back; the smallest protocol, to copy";
    const SOURCE: &'static str = "Cachin, Guerraoui & Rodrigues 2011, section 3.2; Maelstrom's echo workload";
    const BUGS: &'static [PlantedBug] = &[];

    fn check_config(config: &Config, _: u32) -> Result<(), (&'static str, String)> {
        if config.repeat == Nanos::ZERO {
            return Err(("repeat", "0s would repeat without end: it must be longer".to_owned()));
        }
        Ok(())
    }

    /// Twenty rounds: with the loss that a scenario may have, one of them gets through.
    fn liveness_bound(config: &Config, _: u32, delays: &Delays) -> Nanos {
        (config.repeat + delays.message_max * 2 + delays.retry_max) * 20
    }
}
