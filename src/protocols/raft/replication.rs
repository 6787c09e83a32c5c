//! Log replication (section 5.3).

use crate::node::{Context, NodeId};
use crate::protocols::raft::{Change, Message, Raft, Role, Timer};
use crate::spec::replicated_log::{Command, Entry, Index, Term};

impl Raft {
    /// "The leader appends the command to its log as a new entry" (5.3).
    pub(super) fn append_as_leader(&mut self, command: Command, cx: &mut Context<Self>) {
        let index = cx.stable().last_index().next();
        let entry = Entry { term: cx.stable().term, command };
        cx.write(Change::Append { index, entry });
        if let Role::Leader { progress, .. } = &mut self.role {
            // What leaves behind this write is held back until it is durable, so the leader may count itself.
            let own = &mut progress[cx.id().index()];
            (own.matched, own.next) = (index, index.next());
        }
        self.advance_commit(cx);
    }

    /// "Leaders send periodic heartbeats (AppendEntries RPCs that carry no log entries) to all followers in order to
    /// maintain their authority." (5.2) Here they carry what the follower lacks, and so repeat what was lost.
    pub(super) fn send_heartbeats(&mut self, cx: &mut Context<Self>) {
        if let Role::Leader { progress, .. } = &mut self.role {
            progress.iter_mut().for_each(|follower| follower.inflight = 0);
        }
        self.replicate_to_all(cx);
        cx.set_timer(Timer::Heartbeat, cx.config().heartbeat);
    }

    /// Sends every follower what it lacks, unless enough is on its way to it.
    pub(super) fn replicate_to_all(&mut self, cx: &mut Context<Self>) {
        for peer in cx.peers() {
            self.replicate(peer, cx);
        }
    }

    fn replicate(&mut self, peer: NodeId, cx: &mut Context<Self>) {
        let Role::Leader { progress, .. } = &mut self.role else { return };
        let follower = &mut progress[peer.index()];
        if let Some(most) = cx.config().max_inflight {
            if follower.inflight >= most {
                return;
            }
            follower.inflight += u32::from(follower.next <= cx.stable().last_index());
        }
        let prev_index = follower.next.previous();
        let disk = cx.stable();
        let message = Message::AppendEntries {
            term: disk.term,
            prev_index,
            prev_term: disk.term_at(prev_index).expect("nextIndex lies within the leader's log"),
            entries: disk.entries_after(prev_index, cx.config().batch).to_vec(),
            leader_commit: self.commit,
        };
        cx.send(peer, message);
    }

    /// Figure 2, AppendEntries, receiver implementation, in its order.
    pub(super) fn on_append_entries(
        &mut self,
        from: NodeId,
        term: Term,
        (prev_index, prev_term): (Index, Term),
        entries: Vec<Entry>,
        leader_commit: Index,
        cx: &mut Context<Self>,
    ) {
        let current = cx.stable().term;
        // 1. "Reply false if term < currentTerm."
        if term < current {
            return cx.send(from, Message::AppendResponse { term: current, success: false, index: Index(0) });
        }
        assert!(!matches!(self.role, Role::Leader { .. }), "{} and {from} both lead {term}", cx.id());
        // "If the leader's term (included in its RPC) is at least as large as the candidate's current term, then the
        // candidate recognizes the leader as legitimate and returns to follower state." (5.2)
        self.follow(cx);
        self.leader = Some(from);
        self.await_leader(cx);
        // 2. "Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm."
        if cx.stable().term_at(prev_index) != Some(prev_term) {
            let index = cx.stable().last_index().min(prev_index.previous());
            return cx.send(from, Message::AppendResponse { term, success: false, index });
        }
        let last_new = Index(prev_index.0 + entries.len() as u64);
        self.append_as_follower(prev_index, entries, cx);
        // 5. "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)." Not the
        // last entry of the log: behind the new ones may stand entries that the leader does not have.
        self.commit_to(leader_commit.min(last_new), cx);
        cx.send(from, Message::AppendResponse { term, success: true, index: last_new });
    }

    /// Step 3: "If an existing entry conflicts with a new one (same index but different terms), delete the existing
    /// entry and all that follow it." And step 4: "Append any new entries not already in the log."
    ///
    /// Only a conflict cuts: a message that was overtaken holds less than the log may have by now.
    fn append_as_follower(&mut self, prev_index: Index, entries: Vec<Entry>, cx: &mut Context<Self>) {
        let mut index = prev_index;
        for entry in entries {
            index = index.next();
            match cx.stable().term_at(index) {
                Some(term) if term == entry.term => continue,
                Some(_) => {
                    assert!(index > self.commit, "{} would delete {index}, which is committed", cx.id());
                    cx.write(Change::Truncate { last: index.previous() });
                }
                None => {}
            }
            cx.write(Change::Append { index, entry });
        }
    }

    /// "If successful: update nextIndex and matchIndex for follower. If AppendEntries fails because of log
    /// inconsistency: decrement nextIndex and retry." (figure 2, rules for leaders)
    pub(super) fn on_append_response(
        &mut self,
        from: NodeId,
        term: Term,
        success: bool,
        index: Index,
        cx: &mut Context<Self>,
    ) {
        let last = cx.stable().last_index();
        let Role::Leader { progress, .. } = &mut self.role else { return };
        if term < cx.stable().term {
            return;
        }
        let follower = &mut progress[from.index()];
        follower.inflight = follower.inflight.saturating_sub(1);
        if !success {
            // Back to where the follower's log ends, at least one entry, and never behind what is known to match: a
            // refusal that was overtaken by a success says nothing any more.
            let back = index.next().min(follower.next.previous());
            let next = back.max(follower.matched.next());
            let moved = next != follower.next;
            follower.next = next;
            if moved {
                self.replicate(from, cx);
            }
            return;
        }
        assert!(index <= last, "{from} acknowledged {index}, but the leader's log ends at {last}");
        let advanced = index > follower.matched;
        follower.matched = follower.matched.max(index);
        follower.next = follower.next.max(index.next());
        let lags = follower.next <= last;
        if advanced {
            self.advance_commit(cx);
            if lags {
                self.replicate(from, cx);
            }
        }
    }
}
