//! Log replication (section 5.3).

use crate::node::{Context, NodeId};
use crate::protocols::raft::{Bug, Change, Message, Raft, Reads, Role, Timer};
use crate::spec::replicated_log::{Command, Entry, Index, Term};

impl Raft {
    /// "The leader appends the command to its log as a new entry" (5.3).
    pub(super) fn append_as_leader(&mut self, command: Command, cx: &mut Context<Self>) {
        let index = cx.stable().last_index().next();
        let entry = Entry { term: cx.stable().term, command };
        self.take_note(index, &command);
        let lazy = cx.config().lazy_append;
        if lazy {
            cx.write_lazy(Change::Append { index, entry });
        } else {
            cx.write(Change::Append { index, entry });
        }
        if let Role::Leader { progress, .. } = &mut self.role {
            let own = &mut progress[cx.id().index()];
            own.next = index.next();
            // What leaves behind a barrier is held back until it is durable, so the leader may count itself.
            if !lazy || cx.config().has(Bug::LazyAppendCounted) {
                own.matched = index;
            }
        }
        self.advance_commit(cx);
    }

    /// "The leader may even commit an entry before it has been written to the leader's own disk, if a majority of
    /// followers have written it to their disks" (thesis, 10.2.1); it counts itself once it has been.
    pub(super) fn on_own_append(&mut self, durable: Index, cx: &mut Context<Self>) {
        let Role::Leader { progress, .. } = &mut self.role else { return };
        let own = &mut progress[cx.id().index()];
        if durable > own.matched {
            own.matched = durable;
            self.advance_commit(cx);
        }
    }

    /// "Leaders send periodic heartbeats (AppendEntries RPCs that carry no log entries) to all followers in order to
    /// maintain their authority." (5.2) Here they carry what the follower lacks, and so repeat what was lost.
    pub(super) fn send_heartbeats(&mut self, cx: &mut Context<Self>) {
        if let Role::Leader { progress, .. } = &mut self.role {
            progress.iter_mut().for_each(|follower| follower.inflight = 0);
        }
        self.replicate_to_all(cx);
        if cx.config().reads != Reads::Log {
            self.repeat_round(cx);
        }
        cx.set_timer(Timer::Heartbeat, cx.config().heartbeat);
    }

    /// Sends every follower what it lacks, unless enough is on its way to it.
    pub(super) fn replicate_to_all(&mut self, cx: &mut Context<Self>) {
        for peer in cx.peers() {
            if self.is_member(peer) {
                self.replicate(peer, cx);
            }
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
        if prev_index < disk.snapshot_index() {
            return self.send_snapshot(peer, cx);
        }
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
        if term < current && !cx.config().has(Bug::LowerTermAppendAccepted) {
            return cx.send(from, Message::AppendResponse { term: current, success: false, index: Index(0) });
        }
        let leads = matches!(self.role, Role::Leader { .. });
        assert!(!leads || term < current, "{} and {from} both lead {term}", cx.id());
        self.hear_leader(from, cx);
        // 2. "Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm." What a
        // snapshot stands for is committed, and so it matches.
        let found = cx.stable().term_at(prev_index);
        let matches = found == Some(prev_term)
            || found.is_some() && cx.config().has(Bug::PrevTermUnchecked)
            || prev_index < cx.stable().snapshot_index();
        if !matches {
            return self.refuse(from, prev_index, cx);
        }
        let last_new = Index(prev_index.0 + entries.len() as u64);
        self.append_as_follower(prev_index, entries, cx);
        let mut known = last_new;
        if cx.config().has(Bug::CommitPastNewEntries) {
            known = cx.stable().last_index();
        }
        // 5. "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)." Not the
        // last entry of the log: behind the new ones may stand entries that the leader does not have.
        self.commit_to(leader_commit.min(known), cx);
        let mut index = last_new;
        if cx.config().has(Bug::AcknowledgesOwnLastIndex) {
            index = cx.stable().last_index();
        }
        cx.send(from, Message::AppendResponse { term: current, success: true, index });
    }

    /// Refuses entries that do not fit: here the log ends; or, with `fast_backtracking`, "the term of the conflicting
    /// entry and the first index it stores for that term" (5.3).
    fn refuse(&self, leader: NodeId, prev_index: Index, cx: &mut Context<Self>) {
        let disk = cx.stable();
        let (term, last) = (disk.term, disk.last_index());
        let message = match disk.term_at(prev_index) {
            Some(conflict_term) if cx.config().fast_backtracking => {
                Message::Conflict { term, conflict_term, index: disk.begin_of(conflict_term) }
            }
            None if cx.config().fast_backtracking => {
                Message::Conflict { term, conflict_term: Term(0), index: last.next() }
            }
            Some(_) | None => Message::AppendResponse { term, success: false, index: last.min(prev_index.previous()) },
        };
        cx.send(leader, message);
    }

    /// Step 3: "If an existing entry conflicts with a new one (same index but different terms), delete the existing
    /// entry and all that follow it." And step 4: "Append any new entries not already in the log."
    ///
    /// Only a conflict cuts: a message that was overtaken holds less than the log may have by now.
    fn append_as_follower(&mut self, prev_index: Index, entries: Vec<Entry>, cx: &mut Context<Self>) {
        if cx.config().has(Bug::TruncatesToPrevIndex) && prev_index < cx.stable().last_index() {
            self.cut_behind(prev_index, cx);
        }
        let mut index = prev_index;
        for entry in entries {
            index = index.next();
            if index <= cx.stable().snapshot_index() {
                continue;
            }
            match cx.stable().term_at(index) {
                Some(term) if term == entry.term => continue,
                Some(_) if cx.config().has(Bug::ConflictKeepsTheTail) => {}
                Some(_) => self.cut_behind(index.previous(), cx),
                None => {}
            }
            self.take_note(index, &entry.command);
            if cx.config().has(Bug::AppendNotSynced) {
                cx.write_lazy(Change::Append { index, entry });
            } else {
                cx.write(Change::Append { index, entry });
            }
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
        if term < cx.stable().term {
            return;
        }
        self.note_active(from, cx);
        let Role::Leader { progress, .. } = &mut self.role else { return };
        let follower = &mut progress[from.index()];
        follower.inflight = follower.inflight.saturating_sub(1);
        if !success {
            // Back to where the follower's log ends, at least one entry.
            return self.go_back(from, index.next(), cx);
        }
        // Never more than what the leader has: what a follower holds beyond it is not the leader's.
        let index = index.min(last);
        let advanced = index > follower.matched;
        follower.matched = follower.matched.max(index);
        follower.next = follower.next.max(index.next());
        let lags = follower.next <= last;
        if advanced {
            self.advance_commit(cx);
            if lags && self.is_member(from) {
                self.replicate(from, cx);
            }
            self.after_progress(cx);
        }
    }

    /// Somebody has caught up a little: a newcomer may be ready to vote, a successor to lead.
    fn after_progress(&mut self, cx: &mut Context<Self>) {
        if self.members.is_some() {
            self.advance_membership(cx);
        }
        if cx.config().transfer.is_some() {
            self.hand_over_if_ready(cx);
        }
    }

    /// "With this information, the leader can decrement nextIndex to bypass all of the conflicting entries in that
    /// term" (5.3): to behind its own last entry of that term, if it has any.
    pub(super) fn on_conflict(
        &mut self,
        from: NodeId,
        term: Term,
        conflict_term: Term,
        index: Index,
        cx: &mut Context<Self>,
    ) {
        let disk = cx.stable();
        if term < disk.term {
            return;
        }
        let behind = disk.begin_of(conflict_term.next());
        let has = conflict_term > Term(0) && disk.term_at(behind.previous()) == Some(conflict_term);
        self.note_active(from, cx);
        let Role::Leader { progress, .. } = &mut self.role else { return };
        let follower = &mut progress[from.index()];
        follower.inflight = follower.inflight.saturating_sub(1);
        self.go_back(from, if has { behind } else { index }, cx);
    }

    /// Tries again from an earlier place, and never behind what is known to match: a refusal that was overtaken by a
    /// success says nothing any more.
    fn go_back(&mut self, from: NodeId, to: Index, cx: &mut Context<Self>) {
        let Role::Leader { progress, .. } = &mut self.role else { return };
        let follower = &mut progress[from.index()];
        let back = to.min(follower.next.previous());
        let next = back.max(follower.matched.next());
        let moved = next != follower.next;
        follower.next = next;
        if moved && self.is_member(from) {
            self.replicate(from, cx);
        }
    }

    /// Cuts the log: configurations in what is cut are no longer in force.
    fn cut_behind(&mut self, last: Index, cx: &mut Context<Self>) {
        cx.write(Change::Truncate { last });
        if self.members.is_some_and(|(at, _)| at > last) {
            self.reread_members(cx);
        }
    }
}
