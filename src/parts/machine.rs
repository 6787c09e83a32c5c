//! The replicated state machine: a store of many keys with a session table (Schneider 1990; thesis, section 6.3).
//!
//! Its hash covers values and sessions and is kept up to date at the cost of what changed, so that replicas can report
//! it after every entry.

use crate::node::{Digest, RequestId};
use crate::parts::session::{Sessions, Standing};
use crate::spec::replicated_log::Command;
use crate::spec::store::{Element, Key, Op, Reply};
use std::collections::BTreeMap;

/// A store with sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Machine {
    values: BTreeMap<Key, Hashed<Vec<Element>>>,
    sessions: Sessions<Hashed<Reply>>,
    /// The sum of the hashes of all values and sessions: the order in which they changed does not matter.
    hash: u64,
}

/// Something with its part of the hash of the whole, so that it can be taken out again without being hashed again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Hashed<T> {
    what: T,
    hash: u64,
}

/// What applying a command says to the client that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody asked.
    None,
    /// The answer, given now or when the request was executed first.
    Reply(RequestId, Reply),
    /// The session has gone on; the request was not executed.
    Stale(RequestId),
}

impl Machine {
    /// A hash of the whole state.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How a request stands in the applied prefix.
    pub fn standing(&self, request: RequestId) -> Standing<'_, Reply> {
        match self.sessions.standing(request) {
            Standing::Executed(reply) => Standing::Executed(&reply.what),
            Standing::Stale => Standing::Stale,
            Standing::Fresh => Standing::Fresh,
        }
    }

    /// Applies the next committed command.
    pub fn apply(&mut self, command: &Command) -> Answer {
        let (request, op) = match command {
            Command::Noop | Command::Configure(_) | Command::Reconfigure(..) => return Answer::None,
            Command::Apply(request, op) => (*request, op),
        };
        match self.standing(request) {
            Standing::Executed(reply) => return Answer::Reply(request, reply.clone()),
            Standing::Stale => return Answer::Stale(request),
            Standing::Fresh => {}
        }
        let reply = self.execute(op);
        let hash = Digest::fingerprint(&(request.client, request.sequence, &reply));
        let before = self.sessions.executed(request, Hashed { what: reply.clone(), hash });
        let before = before.map_or(0, |(_, before)| before.hash);
        self.hash = self.hash.wrapping_sub(before).wrapping_add(hash);
        Answer::Reply(request, reply)
    }

    /// The value of a key, for a read that does not go through the log.
    pub fn value(&self, key: Key) -> Vec<Element> {
        self.values.get(&key).map(|value| value.what.clone()).unwrap_or_default()
    }

    /// The values alone, as if nobody had asked for them: what a snapshot without sessions would hold.
    pub fn without_sessions(&self) -> Machine {
        let hash = self.values.values().fold(0_u64, |sum, value| sum.wrapping_add(value.hash));
        Machine { values: self.values.clone(), sessions: Sessions::default(), hash }
    }

    fn execute(&mut self, op: &Op) -> Reply {
        match *op {
            Op::Get(key) => Reply::Value(self.value(key)),
            Op::Put(key, element) => {
                self.change(key, |value| {
                    value.clear();
                    value.push(element);
                });
                Reply::Written
            }
            Op::Delete(key) => {
                self.change(key, Vec::clear);
                Reply::Written
            }
            Op::Append(key, element) => {
                self.change(key, |value| value.push(element));
                Reply::Written
            }
            Op::Cas(key, expected, new) => {
                let found = self.values.get(&key).is_some_and(|value| value.what == [expected]);
                if found {
                    self.change(key, |value| value[0] = new);
                }
                Reply::Swapped(found)
            }
        }
    }

    fn change(&mut self, key: Key, how: impl FnOnce(&mut Vec<Element>)) {
        let value = self.values.entry(key).or_default();
        how(&mut value.what);
        let before = value.hash;
        // No value is as if there were no such key.
        value.hash = if value.what.is_empty() { 0 } else { Digest::fingerprint(&(key, &value.what)) };
        self.hash = self.hash.wrapping_sub(before).wrapping_add(value.hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{ClientId, Purpose, Stream};
    use crate::spec::judged::Generator;
    use crate::spec::replicated_log::ReplicatedLog;
    use crate::spec::store::{Load, Model, OPERATIONS};

    /// The machine and the reference model share no code and must not differ, repeated and stale requests included.
    #[test]
    fn the_machine_does_what_the_model_does() {
        let mut draws = Stream::new(3, Purpose::Client, 0);
        let mut load = <Load as Generator<ReplicatedLog>>::new(3);
        let (mut machine, mut model) = (Machine::default(), Model::default());
        for _ in 0..5000 {
            let client = ClientId::new(draws.below(3) as u32);
            let kind = draws.below(OPERATIONS.len() as u64) as usize;
            let op = <Load as Generator<ReplicatedLog>>::draw(&mut load, kind, client, &mut draws);
            let request = RequestId { client, sequence: 1 + draws.below(400) as u32 };
            let expected = model.execute(request, &op);
            let answer = machine.apply(&Command::Apply(request, op));
            assert_eq!(answer, expected.clone().map_or(Answer::Stale(request), |r| Answer::Reply(request, r)));
            <Load as Generator<ReplicatedLog>>::learn(&mut load, &op, expected.as_ref());
        }
    }

    #[test]
    fn sessions_are_a_part_of_the_state() {
        let mut machine = Machine::default();
        let (request, element) = (RequestId { client: ClientId::new(0), sequence: 1 }, Element(7));
        machine.apply(&Command::Apply(request, Op::Put(Key(0), element)));
        machine.apply(&Command::Apply(RequestId { sequence: 2, ..request }, Op::Put(Key(1), element)));
        machine.apply(&Command::Apply(RequestId { sequence: 3, ..request }, Op::Delete(Key(1))));
        let bare = machine.without_sessions();
        assert_eq!((bare.value(Key(0)), bare.value(Key(1))), (vec![element], vec![]));
        assert_ne!(bare.hash(), machine.hash());
        // The hash of the values alone is what they add to the hash of the whole.
        let mut other = Machine::default();
        other.change(Key(0), |value| value.push(element));
        assert_eq!(bare.hash(), other.hash());
    }

    #[test]
    fn the_hash_is_a_function_of_the_state_alone() {
        let request = |client, sequence| RequestId { client: ClientId::new(client), sequence };
        let put = |client, sequence, key, element| {
            Command::Apply(request(client, sequence), Op::Put(Key(key), Element(element)))
        };
        let run = |commands: &[Command]| {
            let mut machine = Machine::default();
            commands.iter().for_each(|c| drop(machine.apply(c)));
            machine.hash()
        };
        let (a, b) = (put(0, 1, 0, 7), put(1, 1, 1, 8));
        assert_eq!(run(&[a, b]), run(&[b, a]));
        assert_ne!(run(&[a]), run(&[b]));
        assert_ne!(run(&[put(0, 1, 0, 7), put(0, 2, 0, 9)]), run(&[put(0, 1, 0, 7), put(0, 2, 0, 8)]));
        // The same values by another session: the session table counts.
        assert_ne!(run(&[put(0, 1, 0, 7)]), run(&[put(1, 1, 0, 7)]));
    }
}
