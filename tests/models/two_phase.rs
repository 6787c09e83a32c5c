//! Two-phase commit as in the TLA+ module TwoPhase (tlaplus/Examples, after Gray & Lamport, "Consensus on Transaction
//! Commit", 2006, appendix). The first node is the transaction manager, the others are resource managers. What TwoPhase
//! does spontaneously is a timer here, so that the counts of states can be compared.

use super::commit::{Commit, CommitFact};
use splitbrain::node::{Context, Nanos, Node, NodeId, Presupposes, RequestId, Unbacked};

/// What the two kinds of nodes say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Resource manager to transaction manager: prepared.
    Prepared,
    /// Transaction manager to all: commit.
    Commit,
    /// Transaction manager to all: abort.
    Abort,
}

/// What a node may do by itself. `Commit` is the transaction manager's alone, `Prepare` a resource manager's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    Prepare,
    Commit,
    Abort,
}

/// `rmState` and `tmState` of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TwoPhase {
    Manager { state: State, prepared: Vec<bool> },
    Resource(State),
}

/// The planted bugs.
#[derive(Clone, Copy, Default)]
pub struct Config {
    /// The transaction manager commits once a majority is prepared, as if this were consensus.
    pub commits_on_majority: bool,
    /// The transaction manager tells the others before it tells the fact.
    pub tells_late: bool,
}

impl Node for TwoPhase {
    type Family = Commit;
    type Config = Config;
    type Stable = ();
    type Message = Message;
    type Timer = Timer;
    type View = &'static str;

    fn start(cx: &mut Context<Self>) -> Self {
        cx.set_timer(Timer::Abort, Nanos::from_millis(50));
        if cx.id() == MANAGER {
            return TwoPhase::Manager { state: State::Working, prepared: vec![false; cx.nodes() as usize - 1] };
        }
        cx.set_timer(Timer::Prepare, Nanos::from_millis(1));
        TwoPhase::Resource(State::Working)
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match (self, message) {
            (TwoPhase::Manager { state: State::Working, prepared }, Message::Prepared) => {
                prepared[from.index() - 1] = true;
                let ready = prepared.iter().filter(|prepared| **prepared).count();
                let majority = cx.config().commits_on_majority && ready * 2 > prepared.len();
                if ready == prepared.len() || majority {
                    cx.set_timer(Timer::Commit, Nanos::ZERO);
                }
            }
            (TwoPhase::Resource(state), Message::Commit) => state.learn(State::Committed, CommitFact::Committed, cx),
            (TwoPhase::Resource(state), Message::Abort) => state.learn(State::Aborted, CommitFact::Aborted, cx),
            (TwoPhase::Manager { .. }, Message::Prepared | Message::Commit | Message::Abort)
            | (TwoPhase::Resource(_), Message::Prepared) => {}
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match (self, timer) {
            (TwoPhase::Manager { state, .. }, Timer::Commit) => {
                *state = State::Committed;
                cx.cancel_timer(Timer::Abort);
                decide(true, cx);
            }
            (TwoPhase::Manager { state, .. }, Timer::Abort) => {
                *state = State::Aborted;
                cx.cancel_timer(Timer::Commit);
                decide(false, cx);
            }
            (TwoPhase::Resource(state), Timer::Prepare) => {
                *state = State::Prepared;
                cx.cancel_timer(Timer::Abort);
                cx.send(MANAGER, Message::Prepared);
            }
            (TwoPhase::Resource(state), Timer::Abort) => state.learn(State::Aborted, CommitFact::Aborted, cx),
            (TwoPhase::Manager { .. }, Timer::Prepare) | (TwoPhase::Resource(_), Timer::Commit) => {}
        }
    }

    fn on_request(&mut self, request: RequestId, _op: u64, _cx: &mut Context<Self>) {
        unreachable!("{request}: nobody asks two-phase commit for anything here");
    }

    fn view(&self, (): &()) -> &'static str {
        "not looked at"
    }

    fn facts_of(record: &std::convert::Infallible, _: &mut impl FnMut(CommitFact)) {
        match *record {}
    }

    fn backed(message: &Message, _from: NodeId, _to: NodeId, (): &()) -> Result<Presupposes<CommitFact>, Unbacked> {
        Ok(match message {
            Message::Prepared => Presupposes::Nothing,
            Message::Commit => Presupposes::OfSender(CommitFact::Decided { commit: true }),
            Message::Abort => Presupposes::OfSender(CommitFact::Decided { commit: false }),
        })
    }
}

const MANAGER: NodeId = NodeId::new(0);

fn decide(commit: bool, cx: &mut Context<TwoPhase>) {
    let late = cx.config().tells_late;
    if !late {
        cx.fact(CommitFact::Decided { commit });
    }
    cx.broadcast(if commit { Message::Commit } else { Message::Abort });
    if late {
        cx.fact(CommitFact::Decided { commit });
    }
}

impl State {
    fn learn(&mut self, outcome: State, fact: CommitFact, cx: &mut Context<TwoPhase>) {
        if *self == outcome {
            return;
        }
        *self = outcome;
        cx.cancel_timer(Timer::Prepare);
        cx.cancel_timer(Timer::Abort);
        cx.fact(fact);
    }
}
