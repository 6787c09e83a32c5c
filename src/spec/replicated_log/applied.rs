//! What the committed log means: equal states, and the replies that the reference model gives.

use crate::node::{ClientId, NodeId, RequestId};
use crate::spec::replicated_log::committed::Committed;
use crate::spec::replicated_log::logs::Logs;
use crate::spec::replicated_log::reads::Reads;
use crate::spec::replicated_log::{Command, Configuration, Index};
use crate::spec::store::{Model, Op, Reply};
use std::collections::BTreeMap;

/// The reference model, fed with the committed log, and the states the replicas reported.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Applied {
    model: Model,
    /// How far the model has executed the committed log.
    executed: Index,
    /// What the model answered, by client, in the order of its requests.
    replies: BTreeMap<ClientId, Vec<Replied>>,
    /// What is known of reads that need not stand in the log.
    reads: Reads,
    /// The last committed configuration.
    configuration: Option<Configuration>,
    /// By index: the first state reported there, and by whom.
    states: Vec<Option<(NodeId, u64)>>,
}

/// What the model answered to one request of a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Replied {
    sequence: u32,
    /// Where the request stands in the log.
    index: Index,
    reply: Reply,
}

impl Applied {
    pub fn new() -> Self {
        Applied {
            model: Model::default(),
            executed: Index(0),
            replies: BTreeMap::new(),
            reads: Reads::default(),
            configuration: None,
            states: Vec::new(),
        }
    }

    /// Executes what has been committed since. An entry that no disk ever held stops the model: another check has
    /// failed then.
    pub fn catch_up(&mut self, committed: &Committed, logs: &Logs) {
        while self.executed < committed.last() {
            let index = self.executed.next();
            let Some(command) = committed.term_at(index).and_then(|term| logs.command(index, term)) else { return };
            match command {
                Command::Apply(request, op) => {
                    if let Some(reply) = self.model.execute(request, &op) {
                        self.note(request, index, reply);
                        self.reads.executed(index, &op, &self.model);
                    }
                }
                Command::Configure(configuration) | Command::Reconfigure(configuration, _) => {
                    self.configuration = Some(configuration);
                }
                Command::Noop => {}
            }
            self.executed = index;
        }
    }

    /// Notes what the model answered, the first time. It executes a client's requests in their order.
    fn note(&mut self, request: RequestId, index: Index, reply: Reply) {
        let replies = self.replies.entry(request.client).or_default();
        if replies.last().is_none_or(|last| last.sequence < request.sequence) {
            replies.push(Replied { sequence: request.sequence, index, reply });
        }
    }

    /// What the model answered to a request.
    fn replied(&self, request: RequestId) -> Option<&Replied> {
        let replies = self.replies.get(&request.client)?;
        // Mostly the last one is asked for.
        let last = replies.last().filter(|last| last.sequence == request.sequence);
        let place = || replies.binary_search_by_key(&request.sequence, |replied| replied.sequence).ok();
        last.or_else(|| Some(&replies[place()?]))
    }

    /// Replicas that applied the same prefix have equal states. No replica applied what no log holds.
    pub fn equal_state(&mut self, node: NodeId, index: Index, state: u64, logs: &Logs) -> Result<(), String> {
        if index > logs.furthest() {
            return Err(format!("{node} applied the log up to {index}, but no log ever held an entry there"));
        }
        let place = index.0 as usize;
        if self.states.len() <= place {
            self.states.resize(place + 1, None);
        }
        let (first, expected) = *self.states[place].get_or_insert((node, state));
        if expected == state {
            return Ok(());
        }
        Err(format!("{first} and {node} applied the log up to {index} and have different states"))
    }

    /// The last committed configuration; none where all nodes are members.
    pub fn configuration(&self) -> Option<Configuration> {
        self.configuration
    }

    /// A request arrived somewhere.
    pub fn asked(&mut self, request: RequestId, op: &Op) {
        if let Op::Get(key) = op {
            self.reads.asked(request, *key);
        }
    }

    /// A client is told what the model says: where its request stands in the log, or, of a read outside the log, where
    /// the log may have ended between question and answer.
    pub fn answered(
        &mut self,
        node: NodeId,
        request: RequestId,
        reply: &Reply,
        committed: &Committed,
        logs: &Logs,
    ) -> Result<(), String> {
        match (self.replied(request), reply) {
            (Some(replied), _) if replied.reply == *reply => {
                self.reads.settled(replied.index);
                Ok(())
            }
            (Some(replied), _) => {
                let expected = &replied.reply;
                Err(format!("{node} answered `{reply}` to {request}; the committed log says `{expected}`"))
            }
            (None, Reply::Value(value)) => {
                let log = |index: Index| committed.term_at(index).and_then(|term| logs.command(index, term));
                self.reads.answered(node, request, value, self.executed, log)
            }
            (None, Reply::Written | Reply::Swapped(_)) => {
                Err(format!("{node} answered `{reply}` to {request}, which is not in the committed log"))
            }
        }
    }
}
