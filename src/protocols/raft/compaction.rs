//! Log compaction (section 7; the thesis' chapter 5).
//!
//! Each node puts a snapshot of its own state machine in place of the log that led to it, without asking anybody. A
//! follower that lacks what its leader's log does not hold any more is sent the leader's snapshot. The session table is
//! part of the state, and the latest configuration that the snapshot covers goes with it.
//!
//! What is left out: the snapshot is sent in one piece, where the paper cuts it into chunks.

use crate::node::{Context, NodeId};
use crate::parts::snapshot::Snapshot;
use crate::protocols::raft::{Bug, Change, Message, Raft, Role};
use crate::spec::replicated_log::{Command, Configuration, Index, LogFact, Term};
use std::sync::Arc;

impl Raft {
    /// Takes a snapshot, if enough was applied since the last one.
    pub(super) fn compact_if_due(&mut self, every: u64, cx: &mut Context<Self>) {
        let disk = cx.stable();
        if self.applied.0 < disk.snapshot_index().0 + every {
            return;
        }
        let mut machine = self.machine.clone();
        if cx.config().has(Bug::SnapshotOmitsSessions) {
            machine = machine.without_sessions();
        }
        let term = disk.term_at(self.applied).expect("what is applied is in the log");
        let configuration = self.configuration_at(self.applied, cx);
        let snapshot = Snapshot { index: self.applied, term, configuration, machine };
        cx.write(Change::Compact(Arc::new(snapshot)));
    }

    /// The latest configuration up to a place in the log; none where all nodes are members.
    fn configuration_at(&self, index: Index, cx: &Context<Self>) -> Option<Configuration> {
        let (at, latest) = self.members?;
        if at <= index {
            return Some(latest);
        }
        let disk = cx.stable();
        let from = disk.snapshot_index();
        let entries = disk.entries_after(from, (index.0 - from.0) as u32);
        let in_log = entries.iter().rev().find_map(|entry| match entry.command {
            Command::Configure(configuration) => Some(configuration),
            Command::Noop | Command::Apply(..) | Command::Reconfigure(..) => None,
        });
        in_log.or_else(|| disk.snapshot.as_ref().and_then(|snapshot| snapshot.configuration))
    }

    /// Sends a follower the snapshot, in place of the log that is gone, and goes on behind it. If it is lost, the next
    /// `AppendEntries` is refused, and it is sent again.
    pub(super) fn send_snapshot(&mut self, peer: NodeId, cx: &mut Context<Self>) {
        let snapshot = cx.stable().snapshot.clone().expect("where the log does not begin at 1, there is a snapshot");
        if let Role::Leader { progress, .. } = &mut self.role {
            progress[peer.index()].next = snapshot.index.next();
        }
        cx.send(peer, Message::InstallSnapshot { term: cx.stable().term, snapshot });
    }

    /// Figure 13, InstallSnapshot, receiver implementation.
    pub(super) fn on_install_snapshot(
        &mut self,
        from: NodeId,
        term: Term,
        snapshot: Arc<Snapshot>,
        cx: &mut Context<Self>,
    ) {
        let current = cx.stable().term;
        // 1. "Reply immediately if term < currentTerm."
        if term < current {
            return cx.send(from, Message::AppendResponse { term: current, success: false, index: Index(0) });
        }
        self.hear_leader(from, cx);
        let index = snapshot.index;
        // One that was overtaken: what it stands for is committed here, and perhaps much more.
        if index > self.commit || cx.config().has(Bug::OldSnapshotAccepted) {
            self.install(snapshot, cx);
        }
        cx.send(from, Message::AppendResponse { term: current, success: true, index });
    }

    /// Steps 6 to 8: "If existing log entry has same index and term as snapshot's last included entry, retain log
    /// entries following it and reply. Discard the entire log. Reset state machine using snapshot contents (and load
    /// snapshot's cluster configuration)." The state machine is reset in both cases: what it lacks is not committed
    /// here yet.
    fn install(&mut self, snapshot: Arc<Snapshot>, cx: &mut Context<Self>) {
        let matches = cx.stable().term_at(snapshot.index) == Some(snapshot.term);
        let keep = matches || cx.config().has(Bug::SuffixKeptBehindSnapshot);
        cx.write(Change::Install { snapshot: snapshot.clone(), keep });
        self.load(&snapshot, cx);
        self.reread_members(cx);
    }

    /// Goes on from a snapshot: all that it stands for is committed and applied.
    pub(super) fn load(&mut self, snapshot: &Snapshot, cx: &mut Context<Self>) {
        let Snapshot { index, term: entry_term, .. } = *snapshot;
        self.machine = snapshot.machine.clone();
        (self.commit, self.applied) = (index, index);
        cx.fact(LogFact::Committed { index, entry_term, term: cx.stable().term });
        cx.fact(LogFact::Applied { index, state: self.machine.hash() });
    }
}
