//! The smallest family: what a client says comes back. It shows what a family consists of.

use crate::node::{ClientId, Family, NodeId, Outcome, RequestId, Stream};
use crate::spec::judged::{
    FactShape, Findings, Generator, Invariant, Judged, Leadership, Ledger, Moments, Observed, fact,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The problem: every node hears what one node was told, and the client hears it back.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

/// What happened at a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum EchoFact {
    /// The node was asked to say `word` for a request.
    Asked {
        /// By whom, and which of its requests.
        request: RequestId,
        /// What to say.
        word: u64,
    },
    /// The node has written down, durably, a word that another node was asked to say.
    Noted {
        /// The request that asked for it.
        request: RequestId,
        /// What was said.
        word: u64,
    },
}

impl Family for Echo {
    type Op = u64;
    type Reply = u64;
    type Fact = EchoFact;
}

/// The echo is what was said.
const FAITHFUL: usize = 0;

impl Judged for Echo {
    const NAME: &'static str = "echo";
    const ABOUT: &'static str = "what a client says is heard by every node and comes back";
    const INVARIANTS: &'static [Invariant] = &[Invariant {
        name: "faithful-echo",
        meaning: "a client hears exactly what it said",
        source: "the definition of an echo; the workload is Maelstrom's",
    }];
    const FACTS: &'static [FactShape] = &[fact("Asked", &["request", "word"]), fact("Noted", &["request", "word"])];
    const OPERATIONS: &'static [&'static str] = &["say"];
    const HAS_LEADERS: bool = false;
    const MOMENTS: Moments = Moments { append: Some("Noted"), promise: Some("Noted"), lead: None };
    type Ledger = EchoLedger;
    type Generator = Words;

    fn fact_kind(fact: &EchoFact) -> usize {
        match fact {
            EchoFact::Asked { .. } => 0,
            EchoFact::Noted { .. } => 1,
        }
    }
    fn presupposable(fact: &EchoFact) -> bool {
        match fact {
            EchoFact::Asked { .. } => true,
            EchoFact::Noted { .. } => false,
        }
    }
    fn leads(_: &EchoFact) -> Option<Leadership> {
        None
    }
    fn reads_only(_: &u64) -> bool {
        true
    }
    fn parse_op(text: &str) -> Result<u64, String> {
        text.parse().map_err(|_| format!("`{text}` is no word to say: expected a whole number"))
    }
}

/// What each request asked to be said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EchoLedger {
    said: BTreeMap<RequestId, u64>,
}

impl Ledger<Echo> for EchoLedger {
    fn new(_nodes: u32) -> Self {
        EchoLedger { said: BTreeMap::new() }
    }

    fn observe(&mut self, seen: &Observed<Echo>, findings: &mut Findings) {
        match seen {
            Observed::Fact(_, EchoFact::Asked { request, word }) => {
                self.said.insert(*request, *word);
            }
            Observed::Answered(node, request, Outcome::Done(heard)) => {
                findings.check(FAITHFUL, self.faithful(*node, *request, *heard));
            }
            Observed::Fact(_, EchoFact::Noted { .. })
            | Observed::Asked(..)
            | Observed::Answered(..)
            | Observed::Crashed(_)
            | Observed::Restarted(_)
            | Observed::Lost(_)
            | Observed::Holds(..) => {}
        }
    }
}

impl EchoLedger {
    fn faithful(&self, node: NodeId, request: RequestId, heard: u64) -> Result<(), String> {
        match self.said.get(&request) {
            Some(said) if *said == heard => Ok(()),
            Some(said) => Err(format!("{node} answered {heard} to {request}, which had said {said}")),
            None => Err(format!("{node} answered {heard} to {request}, which no node was asked")),
        }
    }
}

/// Every word is new.
#[derive(Clone, Debug)]
pub struct Words {
    next: u64,
}

impl Generator<Echo> for Words {
    fn new(_keys: u32) -> Self {
        Words { next: 1 }
    }
    fn draw(&mut self, _kind: usize, _client: ClientId, _draws: &mut Stream) -> u64 {
        self.next += 1;
        self.next - 1
    }
    fn learn(&mut self, _op: &u64, _reply: Option<&u64>) {}
}
