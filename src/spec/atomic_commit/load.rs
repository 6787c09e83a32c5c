//! The workload: transactions on lists, transfers between accounts, and changes of a ring.

use crate::node::{ClientId, Stream};
use crate::spec::atomic_commit::{AtomicCommit, Element, Key, Op, Reply, Step, Value};
use crate::spec::judged::Generator;

/// The names of the operations, in the order of the kinds that [`Transactions`] draws.
pub const OPERATIONS: &[&str] = &["update", "read", "transfer", "audit", "swap", "walk"];

/// The most steps of a transaction on lists.
const STEPS_MAX: u64 = 4;
/// A list to which so many elements were appended makes way for a new one, as in Elle: lists stay short.
const APPENDS_MAX: u32 = 40;
/// The most that a transfer moves. An account may hold less: then it is aborted.
const AMOUNT_MAX: u64 = 60;
/// The order of three places is changed, so a ring has at least so many.
const RING_MIN: u32 = 3;

/// A load over lists, accounts and one ring, as many of each as the workload has keys.
#[derive(Clone, Debug)]
pub struct Transactions {
    /// The lists in use, and how many elements each has got.
    lists: Vec<(u32, u32)>,
    next_list: u32,
    /// The next element: unique over all lists and clients.
    next_element: u64,
    accounts: u32,
    /// The ring as it was last known: the next place of each, from 0. Nobody knows: none.
    ring: Option<Vec<u32>>,
    places: u32,
}

impl Transactions {
    fn list(&self, draws: &mut Stream) -> usize {
        draws.below(self.lists.len() as u64) as usize
    }

    /// Appends and reads, at least one of them an append.
    fn update(&mut self, draws: &mut Stream) -> Op {
        let count = 1 + draws.below(STEPS_MAX);
        let appends = draws.below(count);
        let step = |number: u64| {
            let slot = self.list(draws);
            let list = self.lists[slot].0;
            if number != appends && draws.below(2) == 0 {
                return Step::Read(Key::List(list));
            }
            self.next_element += 1;
            self.lists[slot].1 += 1;
            if self.lists[slot].1 == APPENDS_MAX {
                self.lists[slot] = (self.next_list, 0);
                self.next_list += 1;
            }
            Step::Append(Key::List(list), Element(self.next_element - 1))
        };
        Op { steps: (0..count).map(step).collect() }
    }

    fn read(&self, draws: &mut Stream) -> Op {
        let count = 1 + draws.below(STEPS_MAX);
        Op { steps: (0..count).map(|_| Step::Read(Key::List(self.lists[self.list(draws)].0))).collect() }
    }

    fn transfer(&self, draws: &mut Stream) -> Op {
        let from = draws.below(u64::from(self.accounts)) as u32;
        let apart = 1 + draws.below(u64::from(self.accounts.max(2) - 1)) as u32;
        let to = (from + apart) % self.accounts;
        let amount = 1 + draws.below(AMOUNT_MAX) as i64;
        Op { steps: vec![Step::Add(Key::Account(from), -amount), Step::Add(Key::Account(to), amount)] }
    }

    fn audit(&self) -> Op {
        Op { steps: (0..self.accounts).map(|account| Step::Read(Key::Account(account))).collect() }
    }

    /// Of a, b, c and d, which follow each other, b and c change places. What the ring is like now is not known before
    /// the transaction runs: it says what it expects, and aborts where that is wrong (Thomson et al. 2012, section
    /// 3.2.1: reconnaissance).
    fn swap(&self, draws: &mut Stream) -> Op {
        let Some(next) = &self.ring else { return self.walk() };
        let a = draws.below(u64::from(self.places)) as u32;
        let after = |place: u32| next[place as usize];
        let (b, c, d) = (after(a), after(after(a)), after(after(after(a))));
        let link = |from: u32, expected: u32, next: u32| {
            Step::Relink(Key::Ring { place: from, length: self.places }, expected + 1, next + 1)
        };
        Op { steps: vec![link(a, b, c), link(b, c, d), link(c, d, b)] }
    }

    fn walk(&self) -> Op {
        let read = |place| Step::Read(Key::Ring { place, length: self.places });
        Op { steps: (0..self.places).map(read).collect() }
    }

    /// What a transaction on the ring shows of it.
    fn learn_ring(&mut self, op: &Op, reply: Option<&Reply>) {
        let Some(Reply::Committed(told)) = reply else {
            self.ring = None;
            return;
        };
        let place = |step: &Step| match step {
            Step::Read(Key::Ring { place, .. }) => Some(*place),
            Step::Read(_) | Step::Append(..) | Step::Add(..) | Step::Relink(..) => None,
        };
        let read: Option<Vec<u32>> = op.steps.iter().map(place).collect();
        if read.is_some_and(|read| read.len() == self.places as usize) {
            let next = |value: &Value| match value {
                Value::Number(next) => u32::try_from(*next - 1).ok().filter(|place| *place < self.places),
                Value::List(_) => None,
            };
            self.ring = told.iter().map(next).collect();
            return;
        }
        let Some(ring) = &mut self.ring else { return };
        for step in &op.steps {
            if let Step::Relink(Key::Ring { place, .. }, _, next) = step {
                ring[*place as usize] = next - 1;
            }
        }
    }
}

impl Generator<AtomicCommit> for Transactions {
    fn new(keys: u32) -> Self {
        let places = keys.max(RING_MIN);
        Transactions {
            lists: (0..keys).map(|list| (list, 0)).collect(),
            next_list: keys,
            next_element: 1,
            accounts: keys,
            ring: Some((0..places).map(|place| (place + 1) % places).collect()),
            places,
        }
    }

    fn draw(&mut self, kind: usize, _client: ClientId, draws: &mut Stream) -> Op {
        match OPERATIONS[kind] {
            "update" => self.update(draws),
            "read" => self.read(draws),
            "transfer" => self.transfer(draws),
            "audit" => self.audit(),
            "swap" => self.swap(draws),
            "walk" => self.walk(),
            other => unreachable!("there is no transaction {other}"),
        }
    }

    fn learn(&mut self, op: &Op, reply: Option<&Reply>) {
        if op.steps.iter().any(|step| matches!(step.key(), Key::Ring { .. })) {
            self.learn_ring(op, reply);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Purpose;

    fn draw(load: &mut Transactions, name: &str, draws: &mut Stream) -> Op {
        let kind = OPERATIONS.iter().position(|known| *known == name).unwrap();
        load.draw(kind, ClientId::new(0), draws)
    }

    #[test]
    fn elements_are_unique_and_lists_stay_short() {
        let (mut draws, mut load) = (Stream::new(1, Purpose::Client, 0), Transactions::new(2));
        let mut seen = std::collections::BTreeMap::<Key, Vec<u64>>::new();
        for _ in 0..400 {
            let op = draw(&mut load, "update", &mut draws);
            assert!(op.steps.iter().any(|step| !step.only_reads()) && op.steps.len() <= 4, "{op}");
            for step in op.steps {
                if let Step::Append(key, element) = step {
                    seen.entry(key).or_default().push(element.0);
                }
            }
        }
        assert!(seen.len() > 5 && seen.values().all(|list| list.len() <= APPENDS_MAX as usize));
        let all: std::collections::BTreeSet<u64> = seen.values().flatten().copied().collect();
        assert_eq!(all.len(), seen.values().map(Vec::len).sum::<usize>());
    }

    #[test]
    fn a_transfer_moves_money_between_two_accounts() {
        let (mut draws, mut load) = (Stream::new(1, Purpose::Client, 0), Transactions::new(3));
        for _ in 0..100 {
            let op = draw(&mut load, "transfer", &mut draws);
            let [Step::Add(from, taken), Step::Add(to, given)] = op.steps.as_slice() else { panic!("{op}") };
            assert!(from != to && taken + given == 0 && *given > 0, "{op}");
        }
        let mut alone = Transactions::new(1);
        assert_eq!(draw(&mut alone, "transfer", &mut draws).sites(1).len(), 1, "from itself to itself");
    }

    #[test]
    fn a_swap_expects_the_ring_as_it_was_last_seen() {
        let (mut draws, mut load) = (Stream::new(1, Purpose::Client, 0), Transactions::new(4));
        let swap = draw(&mut load, "swap", &mut draws);
        load.learn(&swap, Some(&Reply::Committed(Vec::new())));
        let ring = load.ring.clone().unwrap();
        let mut at = 0;
        let met: std::collections::BTreeSet<u32> = (0..4)
            .map(|_| {
                at = ring[at as usize];
                at
            })
            .collect();
        assert!(met.len() == 4 && ring != [1, 2, 3, 0], "still one circle, and another one: {ring:?}");
        load.learn(&swap, Some(&Reply::Aborted));
        let walk = draw(&mut load, "swap", &mut draws);
        assert!(walk.steps.iter().all(|step| step.only_reads()), "it has to look again: {walk}");
        let seen = [3, 1, 2, 4].map(Value::Number).to_vec();
        load.learn(&walk, Some(&Reply::Committed(seen)));
        assert_eq!(load.ring, Some(vec![2, 0, 1, 3]));
    }
}
