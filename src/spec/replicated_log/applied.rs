//! What the committed log means: equal states, and the replies that the reference model gives.

use crate::node::{NodeId, RequestId};
use crate::spec::replicated_log::committed::Committed;
use crate::spec::replicated_log::logs::Logs;
use crate::spec::replicated_log::{Command, Index};
use crate::spec::store::{Model, Reply};
use std::collections::BTreeMap;

/// The reference model, fed with the committed log, and the states the replicas reported.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Applied {
    model: Model,
    /// How far the model has executed the committed log.
    executed: Index,
    /// What the model answered, by request.
    replies: BTreeMap<RequestId, Reply>,
    /// By index: the first state reported there, and by whom.
    states: Vec<Option<(NodeId, u64)>>,
}

impl Applied {
    pub fn new() -> Self {
        Applied { model: Model::default(), executed: Index(0), replies: BTreeMap::new(), states: Vec::new() }
    }

    /// Executes what has been committed since. An entry that no disk ever held stops the model: another check has
    /// failed then.
    pub fn catch_up(&mut self, committed: &Committed, logs: &Logs) {
        while self.executed < committed.last() {
            let index = self.executed.next();
            let Some(command) = committed.term_at(index).and_then(|term| logs.command(index, term)) else { return };
            if let Command::Apply(request, op) = command
                && let Some(reply) = self.model.execute(request, &op)
            {
                self.replies.entry(request).or_insert(reply);
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

    /// A client is told what the model says.
    pub fn answered(&self, node: NodeId, request: RequestId, reply: &Reply) -> Result<(), String> {
        match self.replies.get(&request) {
            Some(expected) if expected == reply => Ok(()),
            Some(expected) => {
                Err(format!("{node} answered `{reply}` to {request}; the committed log says `{expected}`"))
            }
            None => Err(format!("{node} answered `{reply}` to {request}, which is not in the committed log")),
        }
    }
}
