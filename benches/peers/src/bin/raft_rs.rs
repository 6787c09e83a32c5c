//! TiKV's raft-rs in a bare loop: five nodes, messages of 1 to 10 ms, commands proposed at the leader, so many at a
//! time. No checks, no disk, no record.
//!
//! `raft_rs OUTSTANDING COMMITS` prints how many seconds the commits took, the election included.

use raft::prelude::{Config, Entry, Message, RawNode};
use raft::{StateRole, storage::MemStorage};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

const NODES: u64 = 5;
/// A tick is 10 ms: elections after 150 to 300 ms, a heartbeat every 50 ms.
const TICK: u64 = 10_000_000;

enum Event {
    Deliver { to: usize, message: Message },
    Tick { node: usize },
}

/// The events to come, by time; their places in the slab are used again.
struct Queue {
    heap: BinaryHeap<Reverse<(u64, u64, usize)>>,
    slab: Vec<Option<Event>>,
    free: Vec<usize>,
    sequence: u64,
}

impl Queue {
    fn push(&mut self, at: u64, event: Event) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.slab.push(None);
            self.slab.len() - 1
        });
        self.slab[place] = Some(event);
        self.heap.push(Reverse((at, self.sequence, place)));
        self.sequence += 1;
    }

    fn pop(&mut self) -> (u64, Event) {
        let Reverse((at, _, place)) = self.heap.pop().expect("nodes tick for ever");
        self.free.push(place);
        (at, self.slab[place].take().expect("a queued event"))
    }
}

struct Peer {
    node: RawNode<MemStorage>,
    storage: MemStorage,
    committed: u64,
}

impl Peer {
    fn new(id: u64) -> Self {
        let storage = MemStorage::new_with_conf_state(((1..=NODES).collect::<Vec<u64>>(), vec![]));
        let config = Config {
            id,
            election_tick: 15,
            heartbeat_tick: 5,
            max_size_per_msg: 1 << 20,
            max_inflight_msgs: 256,
            ..Default::default()
        };
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let node = RawNode::new(&config, storage.clone(), &logger).expect("a node in order");
        Peer { node, storage, committed: 0 }
    }

    fn leads(&self) -> bool {
        self.node.raft.state == StateRole::Leader
    }

    fn apply(&mut self, entries: &[Entry]) {
        self.committed += entries.iter().filter(|entry| !entry.data.is_empty()).count() as u64;
    }

    /// Carries out what the library asks for, as its documentation says.
    fn pump(&mut self, out: &mut Vec<Message>) {
        while self.node.has_ready() {
            let mut ready = self.node.ready();
            out.extend(ready.take_messages());
            self.apply(&ready.take_committed_entries());
            if !ready.entries().is_empty() {
                self.storage.wl().append(ready.entries()).expect("entries in order");
            }
            if let Some(state) = ready.hs() {
                self.storage.wl().set_hardstate(state.clone());
            }
            out.extend(ready.take_persisted_messages());
            let mut light = self.node.advance(ready);
            if let Some(commit) = light.commit_index() {
                self.storage.wl().mut_hard_state().set_commit(commit);
            }
            out.extend(light.take_messages());
            self.apply(&light.take_committed_entries());
            self.node.advance_apply();
        }
    }
}

fn run(outstanding: u64, commits: u64) {
    let mut draws = ChaCha8Rng::seed_from_u64(7);
    let mut below = |bound: u64| ((u128::from(draws.next_u64()) * u128::from(bound)) >> 64) as u64;
    let mut queue = Queue { heap: BinaryHeap::new(), slab: Vec::new(), free: Vec::new(), sequence: 0 };
    let mut peers: Vec<Peer> = (1..=NODES).map(Peer::new).collect();
    for node in 0..peers.len() {
        queue.push(below(TICK), Event::Tick { node });
    }
    let (mut out, mut proposed) = (Vec::new(), 0);
    loop {
        let (now, event) = queue.pop();
        let here = match event {
            Event::Deliver { to, message } => {
                // What a node makes of a message that it does not want is its own business.
                let _ = peers[to].node.step(message);
                to
            }
            Event::Tick { node } => {
                peers[node].node.tick();
                queue.push(now + TICK, Event::Tick { node });
                node
            }
        };
        loop {
            let peer = &mut peers[here];
            peer.pump(&mut out);
            let mut more = false;
            while peer.leads() && proposed < commits && proposed < peer.committed + outstanding {
                let command = [proposed.to_le_bytes(), (!proposed).to_le_bytes()].concat();
                peer.node.propose(vec![], command).expect("a leader takes proposals");
                proposed += 1;
                more = true;
            }
            for message in out.drain(..) {
                let at = now + 1_000_000 + below(9_000_000);
                queue.push(at, Event::Deliver { to: message.to as usize - 1, message });
            }
            if peer.committed >= commits {
                return;
            }
            if !more {
                break;
            }
        }
    }
}

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [outstanding, commits] = numbers[..] else { panic!("raft_rs OUTSTANDING COMMITS") };
    let begin = Instant::now();
    run(outstanding, commits);
    println!("{}", begin.elapsed().as_secs_f64());
}
