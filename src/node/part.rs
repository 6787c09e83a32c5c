//! A node made of nodes: a shard server that holds several Raft groups, a transaction manager whose log is one.
//!
//! The host wraps its parts' messages, timers, records and facts in its own types, lends its context to a part for the
//! length of a handler, and gets the part's answers back, because what a part is asked need not come from a client.

use crate::node::{Context, Effect, Fact, Node, Outcome, Record, Reply, RequestId, Surroundings};

/// The answers a part gave in one step, in order, for the host to pass on or to act upon.
pub type Answers<P> = Vec<(RequestId, Outcome<Reply<P>>)>;

/// How a node is made of parts of type `P`, told apart by a key.
///
/// Applying `record(key, r)` to the host's storage must do exactly what applying `r` to
/// `part_stable(key, …)` does: the node reads the latter, a restart receives the former.
pub trait Hosts<P: Node>: Node {
    /// Which part: a group's number, a shard.
    type Key: Copy;

    /// The part's configuration, inside the host's.
    fn part_config(key: Self::Key, config: &Self::Config) -> &P::Config;
    /// The part's storage, inside the host's.
    fn part_stable(key: Self::Key, stable: &mut Self::Stable) -> &mut P::Stable;
    /// Wraps a part's message, as it leaves. The host's storage is there for what must go with it: the part's log may
    /// hold names of what the host keeps.
    fn message(key: Self::Key, message: P::Message, stable: &Self::Stable) -> Self::Message;
    /// Wraps a part's timer.
    fn timer(key: Self::Key, timer: P::Timer) -> Self::Timer;
    /// Wraps a part's record.
    fn record(key: Self::Key, record: Record<P>) -> Record<Self>;
    /// Wraps a part's fact; it should carry the key as its scope, so that invariants hold in each part by itself. None:
    /// the host's family does not speak of it.
    fn fact(key: Self::Key, fact: Fact<P>) -> Option<Fact<Self>>;
}

impl<N: Node> Context<'_, N> {
    /// Lends this context to the part `key`: what the part asks for comes out, wrapped and in order, as this node's
    /// own. The part's answers are handed back; what the host makes of them leaves behind all that the part asked for.
    pub fn lend<P: Node, T>(&mut self, key: N::Key, step: impl FnOnce(&mut Context<P>) -> T) -> (T, Answers<P>)
    where
        N: Hosts<P>,
    {
        let around = self.around();
        let mut effects = Vec::new();
        let value = step(&mut Context::new(Surroundings {
            id: around.id,
            nodes: around.nodes,
            now: around.now,
            now_read: around.now_read,
            config: N::part_config(key, around.config),
            stable: N::part_stable(key, around.stable),
            choices: around.choices,
            effects: &mut effects,
            note_choices: around.note_choices,
            behind: None,
        }));
        let mut answers = Vec::new();
        for effect in effects {
            let effect = match effect {
                // The part's storage lies inside the host's and has changed already.
                Effect::Write { record, barrier } => Effect::Write { record: N::record(key, record), barrier },
                Effect::Send { to, message } => Effect::Send { to, message: N::message(key, message, around.stable) },
                Effect::Fact(fact) => match N::fact(key, fact) {
                    Some(fact) => Effect::Fact(fact),
                    None => continue,
                },
                Effect::SetTimer { timer, after } => Effect::SetTimer { timer: N::timer(key, timer), after },
                Effect::CancelTimer { timer } => Effect::CancelTimer { timer: N::timer(key, timer) },
                Effect::Chose { answer } => Effect::Chose { answer },
                Effect::Reply { request, outcome } => {
                    answers.push((request, outcome));
                    continue;
                }
            };
            around.effects.push(effect);
        }
        (value, answers)
    }
}
