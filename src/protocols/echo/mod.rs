//! Echo: the smallest protocol that has a message, a timer, a request and something to lose. Copy it to begin another.
//!
//! **The problem.** A client says a word to a node; the node answers with the same word once every other node has
//! written it down. The workload is that of Maelstrom's first lesson; the round of messages is the acknowledged
//! broadcast of any textbook (Cachin, Guerraoui & Rodrigues, *Introduction to Reliable and Secure Distributed
//! Programming*, 2011, section 3.2, without its failure detector).
//!
//! **Who talks to whom.** client → node: the word. node → every other node: `Say`. Each of them → node: `Heard`, once
//! it has written the word down. A timer says it again to those that have not been heard from.
//!
//! **What is durable** ([`Book`]): the words that a node was told by others. A node that crashes forgets what it was
//! asked itself, and its counter of words heard starts from zero; the client asks again.
//!
//! **What is left out.** A node that stays down blocks every echo: there is no failure detector.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, Outcome, PlantedBug, Presupposes, Protocol, Record, RequestId, Stable,
    Unbacked, schema_of,
};
use crate::parts::quorum::Tally;
use crate::spec::echo::{Echo as EchoFamily, EchoFact};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What the whole cluster is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a node waits for the others before it says a word again.
    pub repeat: Nanos,
    /// Mistakes to make.
    pub bugs: Vec<Bug>,
}

/// A mistake that an implementer could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// A node says that it has written a word down, and has not.
    HeardNotNoted,
}

/// What survives a crash: the words that a node was told, by request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Book {
    words: BTreeMap<RequestId, u64>,
}

/// A record of the book: a word was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Noted {
    /// Which client, and which of its requests.
    pub request: RequestId,
    /// The word.
    pub word: u64,
}

impl Stable for Book {
    type Record = Noted;
    fn apply(&mut self, Noted { request, word }: Noted) {
        self.words.insert(request, word);
    }
}

impl Default for Config {
    fn default() -> Self {
        Config { repeat: Nanos::from_millis(100), bugs: Vec::new() }
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
    /// Back: it is written down.
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

/// A node: what is volatile of it.
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
    /// How many words are written down.
    pub noted: usize,
    /// How many requests it has not answered.
    pub open: usize,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "heard {}, noted {}, {} open", self.heard, self.noted, self.open)
    }
}

impl Node for Echo {
    type Family = EchoFamily;
    type Config = Config;
    type Stable = Book;
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
            Message::Say { request, word } => {
                self.heard += 1;
                self.note(Noted { request, word }, cx);
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

    fn view(&self, book: &Book) -> View {
        View { heard: self.heard, noted: book.words.len(), open: self.asked.len() }
    }

    fn waits_for(&self, _: NodeId, nodes: u32, _: &Book) -> Option<String> {
        let (request, (_, heard_by)) = self.asked.first_key_value()?;
        let silent: Vec<String> =
            NodeId::all(nodes).filter(|node| !heard_by.has(*node)).map(|node| node.to_string()).collect();
        Some(format!("waits for {} to hear the word of {request}", silent.join(", ")))
    }

    /// Nothing that a node has said depends on words that it has lost: who needs them says them again.
    fn recover(_: u64, cx: &mut Context<Self>) -> Option<Self> {
        Some(Self::start(cx))
    }

    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        tell(EchoFact::Noted { request: record.request, word: record.word });
    }

    fn backed(message: &Message, _: NodeId, _: NodeId, book: &Book) -> Result<Presupposes<EchoFact>, Unbacked> {
        match message {
            Message::Say { request, word } => {
                Ok(Presupposes::OfSender(EchoFact::Asked { request: *request, word: *word }))
            }
            Message::Heard { request } if !book.words.contains_key(request) => Err("the word is not on its disk"),
            Message::Heard { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl Echo {
    /// How many words this node has heard from others since it started.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Writes a word down, unless it is there already.
    fn note(&self, noted: Noted, cx: &mut Context<Self>) {
        if !cx.stable().words.contains_key(&noted.request) && !cx.config().bugs.contains(&Bug::HeardNotNoted) {
            cx.write(noted);
        }
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
    const ABOUT: &'static str =
        "every node writes a client's word down before it comes back; the smallest protocol, to copy";
    const SOURCE: &'static str = "Cachin, Guerraoui & Rodrigues 2011, section 3.2; Maelstrom's echo workload";
    const BUGS: &'static [PlantedBug] = &[PlantedBug {
        name: "heard-not-noted",
        about: "a node says that it has written a word down, and has it in memory only",
        caught_by: "durable-before-send",
        source: "Pillai et al. 2014 (OSDI): applications that acknowledge before their writes are durable",
    }];

    fn check_config(config: &Config, _: u32) -> Result<(), (&'static str, String)> {
        if config.repeat == Nanos::ZERO {
            return Err(("repeat", "0s would repeat without end: it must be longer".to_owned()));
        }
        Ok(())
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.repeat
    }

    /// Twenty rounds of a word, its note and the answer.
    fn liveness_bound(config: &Config, _: u32, delays: &Delays) -> Nanos {
        (config.repeat + delays.message_max * 2 + delays.sync_max * 2 + delays.retry_max) * 20
    }
}
