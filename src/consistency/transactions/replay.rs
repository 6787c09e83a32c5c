//! Transactions run one after the other on registers, each only when that shows it what it saw.

use super::index::{Index, NONE};
use super::orders::Order;
use std::collections::BTreeMap;

/// What a transaction does to a register: the version it must find there, if it read it, and whether it writes.
#[derive(Clone, Copy)]
struct Need {
    register: u32,
    reads: Option<u32>,
    writes: bool,
}

/// What a transaction waits for that cannot run yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wait {
    /// This version of this register.
    Version(u32, u32),
    /// That who must still read the present version of this register has done so.
    Readers(u32),
}

/// How often transactions may be woken in vain, for each that there is.
const WAKES_MAX: usize = 64;

/// The registers, and who waits.
pub(super) struct Replay {
    /// By transaction.
    needs: BTreeMap<u32, Vec<Need>>,
    /// By register: its present version, by the writer.
    present: BTreeMap<u32, u32>,
    /// By register and version: how many must still read it.
    pending: BTreeMap<(u32, u32), u32>,
    waiting: BTreeMap<Wait, Vec<u32>>,
    woken: Vec<u32>,
    wakes_left: usize,
}

impl Replay {
    /// Without orders there are no registers, and everything can run.
    pub fn new(index: &Index, orders: &[Order]) -> Self {
        let mut replay = Replay {
            needs: BTreeMap::new(),
            present: BTreeMap::new(),
            pending: BTreeMap::new(),
            waiting: BTreeMap::new(),
            woken: Vec::new(),
            wakes_left: WAKES_MAX * (index.history.transactions.len() + 1),
        };
        for order in orders.iter().filter(|order| order.register && order.doubt.is_none()) {
            let register = order.key;
            replay.present.insert(register, NONE);
            for (reader, version) in &order.read {
                *replay.pending.entry((register, *version)).or_default() += 1;
                replay.needs.entry(*reader).or_default().push(Need { register, reads: Some(*version), writes: false });
            }
            for writer in &order.tail {
                let needs = replay.needs.entry(*writer).or_default();
                match needs.last_mut().filter(|need| need.register == register) {
                    Some(need) => need.writes = true,
                    None => needs.push(Need { register, reads: None, writes: true }),
                }
            }
        }
        replay
    }

    /// Runs a transaction, or notes what it waits for.
    pub fn try_run(&mut self, transaction: u32) -> bool {
        let Some(needs) = self.needs.get(&transaction) else { return true };
        if let Some(wait) = needs.iter().find_map(|need| self.obstacle(*need)) {
            self.waiting.entry(wait).or_default().push(transaction);
            return false;
        }
        for need in self.needs.remove(&transaction).unwrap_or_default() {
            self.apply(transaction, need);
        }
        true
    }

    fn left(&self, register: u32) -> u32 {
        self.pending.get(&(register, self.present[&register])).copied().unwrap_or(0)
    }

    fn obstacle(&self, need: Need) -> Option<Wait> {
        let present = self.present[&need.register];
        if let Some(version) = need.reads.filter(|version| *version != present) {
            return Some(Wait::Version(need.register, version));
        }
        let others = self.left(need.register) - u32::from(need.reads.is_some());
        (need.writes && others > 0).then_some(Wait::Readers(need.register))
    }

    fn apply(&mut self, transaction: u32, need: Need) {
        let register = need.register;
        if let Some(left) = need.reads.and_then(|version| self.pending.get_mut(&(register, version))) {
            *left -= 1;
        }
        if need.writes {
            self.present.insert(register, transaction);
            self.wake(Wait::Version(register, transaction));
        }
        // One that reads and writes waits until it alone is left.
        if self.left(register) <= 1 {
            self.wake(Wait::Readers(register));
        }
    }

    fn wake(&mut self, wait: Wait) {
        let woken = self.waiting.remove(&wait).unwrap_or_default();
        self.wakes_left = self.wakes_left.saturating_sub(woken.len());
        self.woken.extend(woken);
    }

    /// Who may be tried again; none where that was done too often.
    pub fn take_woken(&mut self) -> Option<Vec<u32>> {
        (self.wakes_left > 0).then(|| std::mem::take(&mut self.woken))
    }
}
