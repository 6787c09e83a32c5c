//! The workload: reads, writes and deletions. What reads and writes at once (append, compare-and-set) this family
//! cannot do: no quorum of copies can decide it.

use crate::node::{ClientId, Stream};
use crate::spec::judged::Generator;
use crate::spec::replicated_store::ReplicatedStore;
use crate::spec::store::{self, Element, Key, Op, Reply, UNKNOWN_WRITES_MAX};

/// The names of the operations, in the order of the kinds that [`Requests`] draws.
pub(super) const OPERATIONS: &[&str] = &["get", "put", "delete"];

/// Reads and writes of a fixed number of keys in use. A key with many writes of unknown outcome makes way for a new
/// one, so that histories stay decidable.
#[derive(Clone, Debug)]
pub struct Requests {
    /// The keys in use, and how many writes to each are of unknown outcome.
    keys: Vec<(Key, u32)>,
    /// The next element: unique over all keys and clients.
    element: u64,
    /// The next key that comes into use.
    next: u32,
}

impl Generator<ReplicatedStore> for Requests {
    fn new(keys: u32) -> Self {
        Requests { keys: (0..keys).map(|key| (Key(key), 0)).collect(), element: 1, next: keys }
    }

    fn draw(&mut self, kind: usize, _client: ClientId, draws: &mut Stream) -> Op {
        let (key, _) = self.keys[draws.below(self.keys.len() as u64) as usize];
        let element = Element(self.element);
        self.element += 1;
        match OPERATIONS[kind] {
            "get" => Op::Get(key),
            "put" => Op::Put(key, element),
            "delete" => Op::Delete(key),
            other => unreachable!("the store has no operation {other}"),
        }
    }

    fn learn(&mut self, op: &Op, reply: Option<&Reply>) {
        if reply.is_some() || matches!(op, Op::Get(_)) {
            return;
        }
        let fresh = Key(self.next);
        let Some(slot) = self.keys.iter_mut().find(|(key, _)| *key == op.key()) else { return };
        slot.1 += 1;
        if slot.1 == UNKNOWN_WRITES_MAX {
            *slot = (fresh, 0);
            self.next += 1;
        }
    }
}

/// Reads an operation as its `Display` writes it.
///
/// # Errors
/// A sentence that says what was found and what is allowed.
pub(super) fn parse_op(text: &str) -> Result<Op, String> {
    let wrong = || format!("`{text}` is no operation: expected `get k1`, `put k1 5` or `delete k1`");
    match store::parse_op(text).map_err(|_| wrong())? {
        op @ (Op::Get(_) | Op::Put(..) | Op::Delete(_)) => Ok(op),
        Op::Append(..) | Op::Cas(..) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Purpose;

    #[test]
    fn a_key_with_many_unknown_writes_is_retired() {
        let mut draws = Stream::new(1, Purpose::Client, 0);
        let mut load = Requests::new(1);
        for _ in 0..UNKNOWN_WRITES_MAX {
            assert_eq!(load.draw(0, ClientId::new(0), &mut draws), Op::Get(Key(0)));
            load.learn(&Op::Put(Key(0), Element(1)), None);
        }
        assert_eq!(load.draw(2, ClientId::new(0), &mut draws), Op::Delete(Key(1)));
    }

    #[test]
    fn an_operation_is_read_as_it_is_written() {
        for text in ["get k1", "put k2 7", "delete k3"] {
            assert_eq!(parse_op(text).map(|op| op.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "get", "append k1 5", "cas k1 1 2", "put k0 1"] {
            assert!(parse_op(wrong).is_err(), "{wrong}");
        }
    }
}
