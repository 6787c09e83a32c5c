//! The hash table as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::parts::quorum::Tally;
use crate::protocols::hash_table::config::rounds_to_all;
use crate::protocols::hash_table::{Change, Config, Disk, HashTable, Message, RingView, Timer, View, bugs};
use crate::spec::replicated_store::{ReplicatedStore, StoreFact};
use crate::spec::store::Op;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Node for HashTable {
    type Family = ReplicatedStore;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = View;

    fn start(cx: &mut Context<Self>) -> Self {
        let Config { copies, reads, writes, master, .. } = *cx.config();
        cx.fact(StoreFact::Configured { copies, reads, writes, master });
        cx.write(Change::Start { generation: cx.stable().generation + 1 });
        let view = cx.stable().view.clone().unwrap_or_else(|| {
            let first = Arc::new(RingView::first(cx.config(), cx.nodes()));
            cx.write(Change::Adopt(first.clone()));
            first
        });
        let mut node = HashTable {
            view,
            pending: BTreeMap::new(),
            pulled: BTreeMap::new(),
            heard: Self::first_beats(cx),
            partner: cx.id(),
            complete: Tally::default(),
            dead: BTreeSet::new(),
        };
        cx.set_timer(Timer::Gossip, cx.config().gossip);
        if let Some(interval) = cx.config().anti_entropy {
            cx.set_timer(Timer::AntiEntropy, interval);
        }
        node.await_administrator(cx);
        node.trim(cx);
        node.begin_pulls(cx);
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Gossip { ring, beats } => self.on_gossip(from, ring, &beats, cx),
            Message::Behind { ring } => self.compare_rings(from, ring, cx),
            Message::Ring(view) => self.adopt(view, cx),
            Message::Read { request, ring, key } => self.on_read(from, request, ring, key, cx),
            Message::ReadReply { request, ring, copy, .. } => self.on_read_reply(from, request, ring, copy, cx),
            Message::Write { request, ring, key, copy } => self.on_write(from, request, ring, (key, &copy), cx),
            Message::Written { request, ring, .. } => self.on_written(from, request, ring, cx),
            Message::Repair { ring, key, copy } => self.on_repair(ring, key, &copy, cx),
            Message::Pull { ring, partitions } => self.on_pull(from, ring, partitions, cx),
            Message::Transfer { ring, partitions, copies } => self.on_transfer(from, ring, &partitions, &copies, cx),
            Message::Complete { ring } => self.on_complete(from, ring),
            Message::Digest { ring, hashes } => self.on_digest(from, ring, &hashes, cx),
            Message::Sync { ring, copies, wants } => self.on_sync(from, ring, &copies, &wants, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Gossip => self.gossip(cx),
            Timer::Pull => self.pull(cx),
            Timer::AntiEntropy => self.compare_copies(cx),
            Timer::Patience(request) => self.out_of_patience(request, cx),
            Timer::Administrator => self.hear_administrator(cx),
        }
    }

    fn on_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        self.on_client_request(request, op, cx);
    }

    fn view(&self, disk: &Disk) -> View {
        self.look(disk)
    }

    fn waits_for(&self, id: NodeId, nodes: u32, disk: &Disk) -> Option<String> {
        Some(self.waits(id, nodes, disk))
    }

    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        match record {
            Change::Start { .. } | Change::Want(_) => {}
            Change::Adopt(view) => tell(StoreFact::Adopted { ring: view.ring, table: view.table.clone() }),
            Change::Transferred { ring } => tell(StoreFact::Transferred { ring: *ring }),
            Change::Store { key, partition, copy } => {
                tell(StoreFact::Stored { key: *key, partition: *partition, writes: copy.writes().collect() });
            }
            Change::Drop { partition, keys } => {
                keys.iter().for_each(|key| tell(StoreFact::Dropped { key: *key, partition: *partition }));
            }
        }
    }

    /// Whoever answers under a version of the ring must not forget it, and what an owner says that it has it must have
    /// on disk.
    fn backed(message: &Message, from: NodeId, _: NodeId, disk: &Disk) -> Result<Presupposes<StoreFact>, Unbacked> {
        const RING: Unbacked = "the version of the ring that it goes by is not on its disk";
        const COPIES: Unbacked = "the copies that it sends are not those on its disk";
        match message {
            Message::Gossip { ring, .. }
            | Message::Behind { ring }
            | Message::Read { ring, .. }
            | Message::ReadReply { ring, .. }
            | Message::Write { ring, .. }
            | Message::Written { ring, .. }
            | Message::Repair { ring, .. }
            | Message::Pull { ring, .. }
            | Message::Transfer { ring, .. }
            | Message::Complete { ring }
            | Message::Digest { ring, .. }
            | Message::Sync { ring, .. }
                if disk.ring() < *ring =>
            {
                Err(RING)
            }
            Message::Ring(view) if disk.view.as_ref() != Some(view) => Err(RING),
            Message::Gossip { beats, .. } if beats[from.index()] >> 32 != u64::from(disk.generation) => {
                Err("its heartbeat is of a life that is not on its disk")
            }
            Message::ReadReply { key, copy, .. } if disk.copy(*key).cloned().unwrap_or_default() != *copy => {
                Err(COPIES)
            }
            Message::Written { key, writes, .. }
                if !writes.iter().all(|write| disk.copy(*key).is_some_and(|copy| copy.has(*write))) =>
            {
                Err("the write is not on its disk")
            }
            Message::Transfer { copies, .. } | Message::Sync { copies, .. } if !disk.has_exactly(copies) => Err(COPIES),
            Message::Complete { ring } if disk.transferred < *ring => Err("that it has all is not on its disk"),
            Message::Complete { ring } => Ok(Presupposes::OfSender(StoreFact::Transferred { ring: *ring })),
            Message::Gossip { .. }
            | Message::Behind { .. }
            | Message::Ring(_)
            | Message::Read { .. }
            | Message::ReadReply { .. }
            | Message::Write { .. }
            | Message::Written { .. }
            | Message::Repair { .. }
            | Message::Pull { .. }
            | Message::Transfer { .. }
            | Message::Digest { .. }
            | Message::Sync { .. } => Ok(Presupposes::Nothing),
        }
    }
}

impl HashTable {
    /// To one node: to oneself without the network.
    pub(super) fn tell(&mut self, to: NodeId, message: Message, cx: &mut Context<Self>) {
        if to == cx.id() { self.on_message(to, message, cx) } else { cx.send(to, message) }
    }
}

impl Protocol for HashTable {
    const ABOUT: &'static str =
        "a replicated hash table on a ring: read and write quorums that hold while owners change";
    const SOURCE: &'static str =
        "DeCandia et al. 2007 (Dynamo), section 4; Attiya, Bar-Noy & Dolev 1995; van Renesse et al. 1998";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        config.check(nodes)
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.gossip * u64::from(config.suspect_after)
    }

    /// The dead are found out, the ring changes, and once more, since who comes back is taken in again; each version
    /// spreads in a number of rounds that grows with the logarithm of the nodes. Then each owner has compared its
    /// copies with each other one twice.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        let trip = delays.message_max + delays.sync_max;
        let spread = config.gossip * (2 * rounds_to_all(nodes)) + trip * 2;
        let suspicion = config.gossip * u64::from(config.suspect_after) + spread;
        let change = (spread + config.patience * 2 + trip * 6 + config.gossip) * 2;
        let compared = (config.anti_entropy.unwrap_or(Nanos::ZERO) + trip) * (2 * u64::from(nodes) + 4);
        (suspicion + change * 2) * 3 + compared + (config.patience + delays.retry_max) * u64::from(nodes + 4)
    }
}
