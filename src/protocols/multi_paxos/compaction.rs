//! Compaction: a snapshot of the applied store in place of the slots that led to it (Chandra, Griesemer & Redstone
//! 2007, section 5.5).
//!
//! A slot may be forgotten once it is chosen and applied *here*, because a snapshot is there instead, on stable storage
//! before the slots go. Whoever asks for a slot that is gone is sent the snapshot, candidates too: to a candidate a
//! slot that nobody reports looks free, though something may be chosen in it. So a promise says how far its slots are
//! gone, and nobody leads who knows less chosen than that.

use crate::node::{Context, NodeId};
use crate::protocols::multi_paxos::{Change, Message, MultiPaxos, Role, Snapshot};
use crate::spec::replicated_log::LogFact;

impl MultiPaxos {
    /// Takes a snapshot once so many slots have been applied since the last.
    pub(super) fn compact(&mut self, cx: &mut Context<Self>) {
        let Some(every) = cx.config().snapshot_every else { return };
        let (index, disk) = (self.applied, cx.stable());
        if index.0 < disk.compacted().0 + every {
            return;
        }
        let Some(entry) = disk.entry(index) else { return };
        let members = self.members.clone().map(|mut members| {
            members.forget_before(index.next());
            members
        });
        let snapshot = Snapshot { index, term: entry.term, configuration: members, machine: self.machine.clone() };
        cx.write(Change::Compact { snapshot });
    }

    /// Sends its snapshot to a node that needs slots which it stands for.
    pub(super) fn send_snapshot(&self, to: NodeId, cx: &mut Context<Self>) {
        if let Some(snapshot) = cx.stable().snapshot.clone() {
            cx.send(to, Message::Snapshot { snapshot });
        }
    }

    /// All that a snapshot stands for is chosen: it is taken over where it is ahead, whatever this node is about.
    pub(super) fn on_snapshot(&mut self, snapshot: Snapshot, cx: &mut Context<Self>) {
        let (index, entry_term) = (snapshot.index, snapshot.term);
        // A leader of this term has proposed all that may be chosen, and finds out by itself; unless there are slots
        // for which phase 1 was not over as it came to power.
        if index <= self.commit || self.members.is_none() && matches!(self.role, Role::Leader { .. }) {
            return;
        }
        self.heed(entry_term, cx);
        self.machine = snapshot.machine.clone();
        self.members = snapshot.configuration.clone();
        cx.write(Change::Install { snapshot });
        (self.commit, self.applied) = (index, index);
        cx.fact(LogFact::Committed { index, entry_term, term: cx.stable().promised });
        self.lead_if_promised(cx);
        self.proceed(cx);
    }

    /// What a restarted node begins with.
    pub(super) fn restore(&mut self, cx: &mut Context<Self>) {
        let Some(snapshot) = &cx.stable().snapshot else { return };
        let (index, entry_term) = (snapshot.index, snapshot.term);
        self.machine = snapshot.machine.clone();
        self.members = snapshot.configuration.clone();
        (self.commit, self.applied) = (index, index);
        cx.fact(LogFact::Committed { index, entry_term, term: cx.stable().promised });
    }
}
