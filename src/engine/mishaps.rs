//! What befalls a node from outside: it starts, crashes, is doomed to crash inside a step, its disk rots, its clock is
//! put, its links are cut.

use crate::engine::clocks::Clock;
use crate::engine::cluster::{Cluster, Step, Wire};
use crate::engine::disk::Loss;
use crate::engine::doom::Doom;
use crate::engine::plan::Remains;
use crate::engine::record::What;
use crate::node::{Context, Nanos, Node, NodeId, Surroundings};
use crate::spec::judged::{Judged, Observed};
use std::hash::{Hash, Hasher};

impl<N: Node<Family: Judged>> Cluster<N> {
    /// The node starts, from what is on its disk and nothing else. Where a record of that has rotted, its protocol
    /// recovers, or the node stays down for good.
    pub fn start(&mut self, id: NodeId, wire: &mut impl Wire<N>) {
        debug_assert!(!self.is_up(id));
        self.begin(Step::Start, id);
        self.record(id, |_| What::Started);
        let spot = self.spot(id);
        if self.slots[id.index()].boot > 0 {
            self.judge.observe(spot, &Observed::Restarted(id));
        }
        let rot = self.slots[id.index()].disk.find_rot();
        let started = match rot {
            None => {
                let slot = &mut self.slots[id.index()];
                if let Some(image) = &slot.disk.behind.image {
                    slot.stable = image.clone();
                }
                Some(self.start_by(id, wire, N::start))
            }
            Some((record, before)) => {
                self.slots[id.index()].stable = before;
                let recovered = self.start_by(id, wire, |cx| N::recover(record, cx));
                self.found_rot(id, record, recovered.is_some());
                recovered
            }
        };
        match started {
            Some(node) => {
                let slot = &mut self.slots[id.index()];
                slot.node = Some(node);
                let in_for_a_crash = slot.doom.is_some();
                self.end_of_handler(id, in_for_a_crash, wire);
            }
            None => {
                self.in_handler = None;
                self.effects.clear();
            }
        }
    }

    fn start_by<T>(&mut self, id: NodeId, wire: &impl Wire<N>, start: impl FnOnce(&mut Context<N>) -> T) -> T {
        let (nodes, note_choices) = (self.nodes(), self.recording.is_some());
        let now = wire.clock(id).read(self.now);
        let slot = &mut self.slots[id.index()];
        self.in_handler = Some(id);
        start(&mut Context::new(Surroundings {
            id,
            nodes,
            now,
            now_read: &self.clock_read,
            config: &self.config,
            stable: &mut slot.stable,
            choices: &mut slot.choices,
            effects: &mut self.effects,
            note_choices,
            behind: Some(&mut slot.disk.behind),
        }))
    }

    /// A start has found a rotten record: the disk loses it and all behind it, or the node halts.
    #[cold]
    fn found_rot(&mut self, id: NodeId, record: u64, recovered: bool) {
        self.judge.digest.absorb(record);
        self.judge.digest.absorb(u64::from(recovered));
        self.record(id, |_| What::FoundRot { record, recovered });
        if recovered {
            self.slots[id.index()].disk.give_up_from(record);
            self.retell(id);
        } else {
            self.slots[id.index()].halted = true;
        }
    }

    /// The node will crash inside a step.
    pub fn doom(&mut self, id: NodeId, doom: Doom, remains: Remains) {
        self.begin(Step::Doom, id);
        self.judge.digest.write(doom.to_string().as_bytes());
        self.record(id, |_| What::Doomed { doom });
        let slot = &mut self.slots[id.index()];
        slot.doom = Some((doom, remains));
        // The crash may come between two records of a step.
        slot.disk.behind.keep(&slot.stable, 0);
    }

    /// The node is spared a crash inside a step that did not come.
    pub fn spare(&mut self, id: NodeId) {
        if self.slots[id.index()].doom.take().is_some() {
            self.begin(Step::Doom, id);
            self.record(id, |_| What::Spared);
        }
    }

    /// The node crashes: what it had not on disk is gone, but for unsynced records that happened to get there; and
    /// what its disk had only claimed to hold.
    pub fn crash(&mut self, id: NodeId, remains: Remains, wire: &mut impl Wire<N>) -> Loss {
        debug_assert!(self.is_up(id));
        self.begin(Step::Crash, id);
        let slot = &mut self.slots[id.index()];
        slot.node = None;
        let doomed = slot.doom.take().is_some_and(|(doom, _)| doom.is_reached());
        slot.boot += 1;
        let boot = slot.boot;
        let (kept, mut loss) = slot.disk.crash(remains);
        let kept_records = kept.len() as u64;
        for record in kept {
            self.durable(id, record, wire);
        }
        loss.claimed = self.slots[id.index()].disk.lose_claimed();
        self.records_lost.unsynced += loss.unsynced;
        self.records_lost.torn += u64::from(loss.torn);
        self.records_lost.claimed += loss.claimed;
        if kept_records > 0 || loss.claimed > 0 {
            self.judge.digest.absorb(kept_records << 32 ^ loss.claimed);
        }
        self.record(id, |_| What::Crashed { loss, kept: kept_records, doomed });
        let spot = self.spot(id);
        self.judge.observe(spot, &Observed::Crashed(id));
        if loss.claimed > 0 {
            self.retell(id);
        }
        wire.crashed(self.now, id, boot, loss);
        loss
    }

    /// The node's disk has lost records that had been facts: the ledgers' copies of it are built anew.
    #[cold]
    fn retell(&mut self, id: NodeId) {
        let spot = self.spot(id);
        self.judge.observe(spot, &Observed::Lost(id));
        let mut facts = Vec::new();
        for record in self.slots[id.index()].disk.kept_records() {
            N::facts_of(record, &mut |fact| facts.push(fact));
        }
        for fact in &facts {
            self.judge.observe(spot, &Observed::Holds(id, fact));
        }
    }

    /// A synced record of the node rots. Nobody notices before the node starts again.
    pub fn rot(&mut self, id: NodeId, record: u64) {
        self.begin(Step::Rot, id);
        self.judge.digest.absorb(record);
        self.slots[id.index()].disk.rot_at(record);
        self.record(id, |_| What::Rotted { record });
    }

    /// The node's clock is put: a step that no node takes.
    pub fn clock_put(&mut self, id: NodeId, clock: Clock) {
        self.begin(Step::Clock, id);
        let reads: Nanos = clock.read(self.now);
        self.judge.digest.absorb(reads.0);
        self.judge.digest.absorb(clock.ppm() as u64);
        self.record(id, |_| What::ClockPut { reads, ppm: clock.ppm() });
    }

    /// Links are cut or healed: a step that no node takes.
    pub fn links(&mut self, healed: bool, from: &[NodeId], to: &[NodeId]) {
        self.begin(Step::Links, NodeId::new(u32::from(healed)));
        (from, to).hash(&mut self.judge.digest);
        if let Some(recording) = &mut self.recording {
            let what = What::Links { healed, from: from.to_vec(), to: to.to_vec() };
            recording.add(self.now, self.steps, None, what);
        }
    }

    /// A fault begins or ends that no node takes note of by itself: not a step, since all that it does is seen in the
    /// steps that come, or do not come, because of it.
    pub fn note_fault(&mut self, node: Option<NodeId>, text: impl FnOnce() -> String) {
        if let Some(recording) = &mut self.recording {
            recording.add(self.now, self.steps, node, What::Fault { text: text() });
        }
    }
}
