//! After the faults: a core of nodes heals, and must come to an end.
//!
//! From then on links between nodes of the core are whole and lose nothing: the global stabilisation time of partial
//! synchrony (Dwork, Lynch & Stockmeyer 1988). Nodes outside the core that suffer from a fault go on suffering from
//! it, and nobody hears them: they have failed for good, as the theory lets a minority fail. (A node that half works
//! and still talks can keep plain Raft from ever electing a leader: the Cloudflare outage of 2 November 2020.) Nodes
//! that suffer from nothing belong to the core.
//!
//! Within the protocol's own liveness bound every open operation must end, every client must get one fresh operation
//! done, and the nodes of the core must come to rest as their family sees it. Else the run is *stalled*, with a reason
//! for each node.

use crate::engine::clients::Wish;
use crate::engine::core::Core;
use crate::engine::network::Cut;
use crate::engine::summary::Ending;
use crate::engine::world::World;
use crate::node::{Node, NodeId, Purpose, Stream};
use crate::spec::judged::Judged;

impl<N: Node<Family: Judged>> World<'_, N> {
    /// Whether the faults have ended.
    #[inline]
    pub fn is_settling(&self) -> bool {
        self.core.is_some()
    }

    /// The faults end: the core heals, and within the bound everything must end.
    pub fn settle(&mut self) -> Ending {
        let began = self.setup.run_for;
        let bound = self.setup.liveness_bound;
        self.cluster.now = began;
        self.find_rot();
        let core = self.choose_core();
        self.core = Some(core.clone());
        self.heal_links(&core);
        self.wire.awaiting_leader.clear();
        self.clients.settle(began);
        self.clients.blockade = None;
        self.wire.measures.close(began);
        for id in NodeId::all(self.setup.nodes) {
            self.cluster.spare(id);
            self.wire.blows[id.index()] = None;
            if core[id.index()] {
                let cured = self.wire.ailments.cure(id);
                self.cured(cured);
                self.set_clock_right(id);
                if !self.cluster.is_up(id) && !self.cluster.slots[id.index()].halted {
                    self.start(id);
                }
            }
        }
        for id in self.clients.ids() {
            self.grant(id, Wish::BeginAt(began));
        }
        if let Some(ending) = self.run_until(began + bound, Self::settled) {
            return ending;
        }
        if self.settled() {
            self.settled_in = Some((self.cluster.now.saturating_sub(began), bound));
            return Ending::Completed;
        }
        Ending::Stalled(self.reasons())
    }

    /// Nodes that are down with a rotten disk start before the core is chosen: whether they can serve in it is for
    /// their protocol to say.
    fn find_rot(&mut self) {
        for id in NodeId::all(self.setup.nodes) {
            let slot = &self.cluster.slots[id.index()];
            let rotten = slot.disk.find_rot().is_some();
            if rotten && slot.node.is_none() && !slot.halted && !self.gone[id.index()] {
                self.start(id);
            }
        }
    }

    /// The nodes that heal, and those that suffer from nothing.
    fn choose_core(&self) -> Vec<bool> {
        let nodes = self.setup.nodes;
        let halted = |id: NodeId| self.cluster.slots[id.index()].halted;
        let lost: Vec<bool> = NodeId::all(nodes).map(|id| self.gone[id.index()] || halted(id)).collect();
        let healed = match &self.setup.core {
            Core::Drawn => {
                let mut draws = Stream::new(self.setup.seed, Purpose::Core, 0);
                N::Family::core(self.cluster.judge.ledger(), nodes, &lost, &mut draws)
            }
            Core::All => NodeId::all(nodes).collect(),
            Core::Nodes(listed) => listed.clone(),
        };
        let heals = |id: NodeId| healed.contains(&id) && !lost[id.index()];
        NodeId::all(nodes).map(|id| heals(id) || !self.suffers(id)).collect()
    }

    fn suffers(&self, id: NodeId) -> bool {
        let links = self.wire.network.touches(id) || self.wire.holds.touches(id);
        !self.cluster.is_up(id) || links || self.wire.ailments.of(id).next().is_some()
    }

    /// Links heal. Whoever is outside the core is not heard any more, and hears nothing.
    fn heal_links(&mut self, core: &[bool]) {
        let healed = self.wire.heal_all();
        self.healed(healed);
        let released = self.wire.holds.release_all();
        self.wire.redeliver(self.cluster.now, released);
        let all: Vec<NodeId> = NodeId::all(self.setup.nodes).collect();
        for outside in all.iter().copied().filter(|id| !core[id.index()]) {
            let others: Vec<NodeId> = all.iter().copied().filter(|id| *id != outside).collect();
            for (from, to) in [(vec![outside], others.clone()), (others, vec![outside])] {
                self.cluster.links(false, &from, &to);
                self.wire.network.cut(Cut { by: SILENCE, from, to, felt: true });
            }
        }
        if core.iter().any(|heals| !heals) {
            let outside = self.outside();
            self.cluster.note_fault(None, || format!("the faults end, but for: {}", outside.join(", ")));
        }
    }

    fn set_clock_right(&mut self, id: NodeId) {
        let now = self.cluster.now;
        let wrong = &mut self.wire.clocks[id.index()];
        if !wrong.clock.is_true() {
            *wrong = crate::engine::clocks::Wrong::NOTHING;
            self.cluster.clock_put(id, self.wire.clocks[id.index()].clock);
            self.wire.retime(id, now);
        }
    }

    /// Whether every client has got its fresh operation done, and the core has come to rest.
    fn settled(&self) -> bool {
        self.clients.settled() && self.core.as_ref().is_some_and(|core| self.cluster.judge.at_rest(core).is_ok())
    }

    /// The nodes that do not heal, and what they suffer from.
    pub fn outside(&self) -> Vec<String> {
        let Some(core) = &self.core else { return Vec::new() };
        let outside = NodeId::all(self.setup.nodes).filter(|id| !core[id.index()]);
        outside.map(|id| format!("{id} ({})", self.complaint(id))).collect()
    }

    /// What a node suffers from, in a few words.
    fn complaint(&self, id: NodeId) -> String {
        let slot = &self.cluster.slots[id.index()];
        if slot.halted {
            return "halted: a record on its disk is damaged".to_owned();
        }
        if slot.node.is_none() {
            return "down".to_owned();
        }
        let mut words = self.wire.ailments.describe(id);
        if self.core.as_ref().is_some_and(|core| !core[id.index()]) {
            words.push("cut off");
        }
        words.join(", ")
    }

    /// Why the run has stalled: what clients wait for, what lags, and what each node waits for.
    fn reasons(&self) -> Vec<String> {
        let core = self.core.clone().unwrap_or_default();
        let lags = self.cluster.judge.at_rest(&core).err();
        let nodes = NodeId::all(self.setup.nodes).map(|id| {
            let complaint = self.complaint(id);
            if !self.cluster.is_up(id) {
                return format!("{id}: {complaint}");
            }
            let mut reason = format!("{id}: {}", self.cluster.waits_for(id));
            if self.wire.blocks(id) {
                reason += "; what it writes does not become durable";
            }
            if !complaint.is_empty() {
                reason += &format!("; {complaint}");
            }
            reason
        });
        self.clients.unsettled().into_iter().chain(lags).chain(nodes).collect()
    }
}

/// Whom cuts are due to that no fault has caused: nobody is credited.
const SILENCE: usize = usize::MAX;
