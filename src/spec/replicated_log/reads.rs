//! Reads that do not stand in the log: answered by a leader that has made sure that it leads, or holds a lease.
//!
//! **What they promise.** "A read must return a result that reflects a state of the system sometime after the read was
//! initiated" (Ongaro's thesis, section 6.4). So there must be an index at which the committed log gives the value: no
//! earlier than everything that clients had been told before the question arrived, and no later than what is committed
//! as the answer leaves. What the node says of itself is not asked.

use crate::node::{NodeId, RequestId};
use crate::spec::replicated_log::{Command, Index};
use crate::spec::store::{Element, Key, Model, Op};
use std::collections::BTreeMap;

/// A value of a key, and the index from which on it is that.
type Since = (Index, Vec<Element>);

/// What is known of reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Reads {
    /// The furthest index that clients know of: an entry there was answered, or a read that must have seen it.
    told: Index,
    /// By client: its last read, and how far clients had been told as it first arrived.
    open: Vec<Option<(u32, Key, Index)>>,
    /// Every value that each key has had; from the first answer on to a read that does not stand in the log.
    values: Option<BTreeMap<Key, Vec<Since>>>,
}

impl Reads {
    /// A read arrived, for the first time or again.
    pub fn asked(&mut self, request: RequestId, key: Key) {
        let place = request.client.index();
        if self.open.len() <= place {
            self.open.resize(place + 1, None);
        }
        let open = &mut self.open[place];
        if open.is_none_or(|(sequence, ..)| sequence < request.sequence) {
            *open = Some((request.sequence, key, self.told));
        }
    }

    /// A client is told of what stands at this index.
    pub fn settled(&mut self, index: Index) {
        self.told = self.told.max(index);
    }

    /// The model has executed an operation, which stands at this index.
    pub fn executed(&mut self, index: Index, op: &Op, model: &Model) {
        if let (Some(values), false) = (&mut self.values, matches!(op, Op::Get(_))) {
            note(values, index, op.key(), model);
        }
    }

    /// A read was answered that does not stand in the log, of which the first `executed` entries are committed.
    pub fn answered(
        &mut self,
        node: NodeId,
        request: RequestId,
        value: &[Element],
        executed: Index,
        log: impl Fn(Index) -> Option<Command>,
    ) -> Result<(), String> {
        let open = self.open.get(request.client.index()).copied().flatten();
        let (key, told) = match open {
            Some((sequence, key, told)) if sequence == request.sequence => (key, told),
            // An answer to a question that its client has gone on from is heard by nobody.
            Some((sequence, ..)) if sequence > request.sequence => return Ok(()),
            Some(_) | None => {
                return Err(format!("{node} answered {value:?} to {request}, which is not in the committed log"));
            }
        };
        let values = self.values.get_or_insert_with(|| all_values(executed, log));
        let history = values.get(&key).map_or(&[][..], Vec::as_slice);
        // From the last value back to the one that was there as the question came.
        let current = history.iter().rposition(|(since, _)| *since <= told);
        let candidates = &history[current.unwrap_or(0)..];
        let empty_once = current.is_none() && value.is_empty();
        let found = candidates.iter().find(|(_, candidate)| candidate == value).map(|(since, _)| *since);
        match found {
            _ if empty_once => Ok(()),
            Some(since) => {
                self.told = self.told.max(since);
                Ok(())
            }
            None => Err(format!(
                "{node} answered {value:?} to {request}, a read of {key}, which the committed log does not say at any \
                 index from {told}, of which clients knew, to {executed}"
            )),
        }
    }
}

/// Every value that each key had in the first entries of the log.
fn all_values(executed: Index, log: impl Fn(Index) -> Option<Command>) -> BTreeMap<Key, Vec<Since>> {
    let (mut model, mut values) = (Model::default(), BTreeMap::new());
    for index in (1..=executed.0).map(Index) {
        if let Some(Command::Apply(request, op)) = log(index)
            && model.execute(request, &op).is_some()
            && !matches!(op, Op::Get(_))
        {
            note(&mut values, index, op.key(), &model);
        }
    }
    values
}

fn note(values: &mut BTreeMap<Key, Vec<Since>>, index: Index, key: Key, model: &Model) {
    let history = values.entry(key).or_default();
    let value = model.value(key);
    if history.last().is_none_or(|(_, last)| last != value) {
        history.push((index, value.to_vec()));
    }
}
