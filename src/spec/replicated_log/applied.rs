//! What the committed log means: equal states, and the replies that the reference model gives.

use crate::node::{NodeId, RequestId};
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
    /// What the model answered, by request, and where the request stands.
    replies: BTreeMap<RequestId, (Index, Reply)>,
    /// What is known of reads that need not stand in the log.
    reads: Reads,
    /// The last committed configuration.
    configuration: Option<Configuration>,
    /// By index: the first state reported there, and by whom.
    states: Vec<Option<(NodeId, u64)>>,
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
                        self.replies.entry(request).or_insert((index, reply));
                        self.reads.executed(index, &op, &self.model);
                    }
                }
                Command::Configure(configuration) => self.configuration = Some(configuration),
                Command::Noop => {}
            }
            self.executed = index;
        }
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
        match (self.replies.get(&request), reply) {
            (Some((index, expected)), _) if expected == reply => {
                self.reads.settled(*index);
                Ok(())
            }
            (Some((_, expected)), _) => {
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
