//! Commitment (section 5.4.2) and the state machine.

use crate::node::{Context, Outcome};
use crate::parts::machine::Answer;
use crate::protocols::raft::{Bug, Raft, Reads, Role};
use crate::spec::replicated_log::{Index, LogFact};

impl Raft {
    /// "If there exists an N such that N > commitIndex, a majority of `matchIndex[i]` ≥ N, and `log[N].term` ==
    /// currentTerm: set commitIndex = N." (figure 2, rules for leaders)
    ///
    /// The last condition is figure 8's: an entry of an earlier term may lie on a majority and still be overwritten, so
    /// it is committed only by one of the leader's own term behind it.
    pub(super) fn advance_commit(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { progress, .. } = &self.role else { return };
        // Most acknowledgements complete no majority.
        let beyond = progress.iter().filter(|node| node.matched > self.commit).count() as u32;
        if beyond < self.quorum_min(cx.nodes()) {
            return;
        }
        let by_quorum = self.reached_by_quorum(|node| progress[node.index()].matched, cx.nodes());
        let own_term = cx.stable().term_at(by_quorum) == Some(cx.stable().term);
        if own_term || cx.config().has(Bug::OldTermCommittedByCounting) {
            self.commit_to(by_quorum, cx);
        }
    }

    /// Moves the commit index, if that is forward, and applies what is committed.
    pub(super) fn commit_to(&mut self, index: Index, cx: &mut Context<Self>) {
        if index <= self.commit {
            return;
        }
        let disk = cx.stable();
        assert!(index <= disk.last_index(), "{} would commit {index}, past the end of its log", cx.id());
        let (term, entry_term) = (disk.term, disk.term_at(index).expect("an index within the log"));
        self.commit = index;
        cx.fact(LogFact::Committed { index, entry_term, term });
        while self.applied < self.commit {
            self.apply_next(cx);
        }
        if let Some(every) = cx.config().snapshot_every {
            self.compact_if_due(every, cx);
        }
        if cx.config().reads != Reads::Log {
            self.answer_reads(cx);
        }
        if self.members.is_some() {
            self.advance_membership(cx);
            self.leave_if_removed(cx);
        }
    }

    /// "If commitIndex > lastApplied: increment lastApplied, apply `log[lastApplied]` to state machine." (figure 2) "If
    /// command received from client: … respond after entry applied to state machine."
    fn apply_next(&mut self, cx: &mut Context<Self>) {
        self.applied = self.applied.next();
        let entry = cx.stable().entry(self.applied).expect("what is committed is in the log");
        let answer = self.machine.apply(&entry.command);
        cx.fact(LogFact::Applied { index: self.applied, state: self.machine.hash() });
        let Role::Leader { asked, .. } = &mut self.role else { return };
        // Whichever entry executes a request answers it: this leader's own, or an earlier leader's of the same request.
        match answer {
            Answer::Reply(request, reply) if asked.remove(&request) => cx.reply(request, Outcome::Done(reply)),
            // Its client has begun a later request and does not wait; whether this one was executed is not known.
            Answer::Stale(request) if asked.remove(&request) => cx.reply(request, Outcome::Unknown),
            Answer::Reply(..) | Answer::Stale(_) | Answer::None => {}
        }
    }
}
