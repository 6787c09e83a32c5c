//! The coordinator: reads and writes on behalf of clients (Dynamo, section 4.5; Attiya, Bar-Noy & Dolev 1995).
//!
//! "Any storage node is eligible to receive client get and put operations for any key." It asks all owners and waits
//! for R of them, or W. While a partition moves it waits for so many of both lists.

use crate::node::{Context, Node, NodeId, Outcome, RequestId};
use crate::parts::placement::hash_key;
use crate::parts::quorum::Tally;
use crate::parts::register::Register;
use crate::protocols::hash_table::{Bug, Config, HashTable, Message, Pending, Phase, Timer, Value};
use crate::spec::replicated_store::{Partition, Placement, RingVersion, StoreFact};
use crate::spec::store::{Key, Op, Reply};
use std::collections::BTreeMap;

impl Config {
    /// The partition of a key.
    pub(super) fn partition_of(&self, key: Key) -> Partition {
        Partition((hash_key(u64::from(key.0)) % u64::from(self.partitions)) as u32)
    }

    /// The lists whose owners must answer: both, while the partition moves. So two coordinators that go by one version
    /// and the next always have a list in common.
    fn lists<'a>(&self, placement: &'a Placement) -> [&'a [NodeId]; 2] {
        let joint = placement.moves() && !self.has(Bug::OldOwnersOnly);
        [&placement.owners, if joint { &placement.next } else { &placement.owners }]
    }

    /// What is to be written; none where the operation only reads.
    fn written(op: &Op) -> Option<Value> {
        match op {
            Op::Put(_, element) => Some(Some(*element)),
            Op::Delete(_) => Some(None),
            Op::Get(_) | Op::Append(..) | Op::Cas(..) => None,
        }
    }
}

impl HashTable {
    /// Who keeps a key, by the ring that this node goes by.
    pub(super) fn placement_of(&self, key: Key, config: &Config) -> &Placement {
        let partition = config.partition_of(key);
        self.view.table.get(partition).expect("a ring has all partitions")
    }

    /// A request that comes again is being dealt with. A write collects copies first, as a read does, so that its
    /// version will be above all that was done before.
    pub(super) fn on_client_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        if matches!(op, Op::Append(..) | Op::Cas(..)) {
            return cx.reply(request, Outcome::Refused("a quorum of copies cannot decide what depends on the value"));
        }
        if self.pending.contains_key(&request) {
            return;
        }
        let (copy, found) = (Register::default(), BTreeMap::new());
        let mut pending = Pending { op, phase: Phase::Read, copy, answers: Tally::default(), found };
        let blind = Config::written(&op).filter(|_| cx.config().has(Bug::VersionFromClock));
        if let Some(value) = blind {
            pending.copy.write(request, cx.now().0, value);
            pending.phase = Phase::Write;
        }
        self.pending.insert(request, pending);
        cx.set_timer(Timer::Patience(request), cx.config().patience);
        self.ask_owners(request, cx);
    }

    /// Begins the phase that the request is in: all owners are asked, oneself last.
    pub(super) fn ask_owners(&mut self, request: RequestId, cx: &mut Context<Self>) {
        let Some(pending) = self.pending.get_mut(&request) else { return };
        pending.answers = Tally::default();
        pending.found.clear();
        let (ring, key) = (self.view.ring, pending.op.key());
        let message = match pending.phase {
            Phase::Read => Message::Read { request, ring, key },
            Phase::Write => Message::Write { request, ring, key, copy: pending.copy.clone() },
        };
        let [owners, next] = cx.config().lists(self.placement_of(key, cx.config())).map(<[NodeId]>::to_vec);
        let newcomers = next.iter().filter(|node| !owners.contains(node));
        let me = cx.id();
        let mut own = false;
        for to in owners.iter().chain(newcomers).copied() {
            if to == me { own = true } else { cx.send(to, message.clone()) }
        }
        if own {
            self.on_message(me, message, cx);
        }
    }

    /// Whether so many of each list have answered.
    fn is_quorum(&self, pending: &Pending, least: u32, config: &Config) -> bool {
        let lists = config.lists(self.placement_of(pending.op.key(), config));
        lists.iter().all(|list| pending.answers.count_among(list) >= least)
    }

    pub(super) fn on_read_reply(
        &mut self,
        from: NodeId,
        request: RequestId,
        ring: RingVersion,
        copy: Register<Value>,
        cx: &mut Context<Self>,
    ) {
        let is_current = |pending: &&mut Pending| pending.phase == Phase::Read && ring == self.view.ring;
        let Some(pending) = self.pending.get_mut(&request).filter(is_current) else { return };
        if pending.answers.count() == 0 || !cx.config().has(Bug::FirstAnswerTaken) {
            pending.copy.merge(&copy);
        }
        pending.answers.add(from);
        pending.found.insert(from, copy);
        let pending = &self.pending[&request];
        if self.is_quorum(pending, cx.config().reads, cx.config()) {
            self.collected(request, cx);
        }
    }

    /// R copies are collected, and merged. A read is done; a write takes a version above all of them.
    fn collected(&mut self, request: RequestId, cx: &mut Context<Self>) {
        let pending = self.pending.get_mut(&request).expect("it has just been answered");
        match Config::written(&pending.op) {
            None if cx.config().write_back && !pending.copy.is_empty() => {}
            None => return self.answer_read(request, cx),
            // Its client has gone on, and what it gave up may as well not have happened.
            Some(_) if pending.copy.has_later(request) => return self.give_up(request, Outcome::Unknown, cx),
            // Prepared before, by this node or another: what is found is written to as many as it takes.
            Some(_) if pending.copy.has(request) => {}
            Some(value) => pending.copy.write(request, pending.copy.next_version(), value),
        }
        pending.phase = Phase::Write;
        self.ask_owners(request, cx);
    }

    fn answer_read(&mut self, request: RequestId, cx: &mut Context<Self>) {
        let pending = self.pending.remove(&request).expect("it has just been answered");
        cx.cancel_timer(Timer::Patience(request));
        let value = pending.copy.value().flatten();
        cx.reply(request, Outcome::Done(Reply::Value(value.into_iter().collect())));
        if cx.config().read_repair {
            self.repair(&pending, cx);
        }
    }

    /// Owners that were found behind are sent what they lack (Dynamo, section 5: read repair).
    fn repair(&mut self, pending: &Pending, cx: &mut Context<Self>) {
        let (ring, key) = (self.view.ring, pending.op.key());
        for (to, copy) in &pending.found {
            if *copy == pending.copy {
                continue;
            }
            let copy = pending.copy.clone();
            if *to == cx.id() { self.absorb(key, &copy, cx) } else { cx.send(*to, Message::Repair { ring, key, copy }) }
        }
    }

    /// An owner has it on disk.
    pub(super) fn on_written(&mut self, from: NodeId, request: RequestId, ring: RingVersion, cx: &mut Context<Self>) {
        let is_current = |pending: &&mut Pending| pending.phase == Phase::Write && ring == self.view.ring;
        let Some(pending) = self.pending.get_mut(&request).filter(is_current) else { return };
        pending.answers.add(from);
        let pending = &self.pending[&request];
        if !self.is_quorum(pending, cx.config().writes, cx.config()) {
            return;
        }
        if Config::written(&pending.op).is_none() {
            return self.answer_read(request, cx);
        }
        cx.fact(StoreFact::Acknowledged { request, key: pending.op.key() });
        self.give_up(request, Outcome::Done(Reply::Written), cx);
    }

    /// Not enough owners have answered in time. What has written nothing is refused: its client may ask elsewhere. Else
    /// nobody knows what came of it.
    pub(super) fn out_of_patience(&mut self, request: RequestId, cx: &mut Context<Self>) {
        let Some(pending) = self.pending.get(&request) else { return };
        let harmless = pending.phase == Phase::Read || Config::written(&pending.op).is_none();
        let outcome = if harmless { Outcome::Refused("too few owners answer") } else { Outcome::Unknown };
        self.give_up(request, outcome, cx);
    }

    fn give_up(&mut self, request: RequestId, outcome: Outcome<Reply>, cx: &mut Context<Self>) {
        self.pending.remove(&request);
        cx.cancel_timer(Timer::Patience(request));
        cx.reply(request, outcome);
    }

    /// The ring has changed: answers under the old one count no more. What was to be written still is.
    pub(super) fn ask_again(&mut self, cx: &mut Context<Self>) {
        let requests: Vec<RequestId> = self.pending.keys().copied().collect();
        requests.into_iter().for_each(|request| self.ask_owners(request, cx));
    }
}
