//! What is chosen: how a leader finds out, how others hear of it, and the state machine (PMMC, section 2.3, replicas).

use crate::node::{Context, NodeId, Outcome};
use crate::parts::machine::Answer;
use crate::protocols::multi_paxos::{Change, Message, MultiPaxos, Role};
use crate::spec::replicated_log::{Command, Entry, Index, LogFact, Term};

impl MultiPaxos {
    /// A slot is chosen once a majority has accepted it; the log is chosen as far as all its slots are. A leader waits
    /// for each slot behind its commit index, since it has left no gap when it came to power.
    pub(super) fn advance_commit(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { next, votes, .. } = &self.role else { return };
        let mut commit = self.commit;
        let is_chosen = |slot: Index| votes.get(&slot).is_none_or(|tally| self.is_quorum(slot, tally, cx.nodes()));
        while commit.next() < *next && is_chosen(commit.next()) {
            commit = commit.next();
        }
        let Role::Leader { votes, .. } = &mut self.role else { return };
        for slot in (self.commit.0 + 1..=commit.0).map(Index) {
            votes.remove(&slot);
        }
        self.commit_to(commit, cx);
    }

    /// How far the leader knows the log chosen. In a slot that this node has accepted in the leader's own term that is
    /// the command, since a leader proposes one a slot; an entry of another term may be another. What is missing it
    /// asks for.
    pub(super) fn hear_of_commit(&mut self, leader: NodeId, term: Term, commit: Index, cx: &mut Context<Self>) {
        let mut known = self.commit;
        while known < commit && cx.stable().entry(known.next()).is_some_and(|entry| entry.term == term) {
            known = known.next();
        }
        self.commit_to(known, cx);
        if known < commit {
            cx.send(leader, Message::CatchUp { first: known.next() });
        }
    }

    pub(super) fn on_catch_up(&self, from: NodeId, first: Index, cx: &mut Context<Self>) {
        if first <= cx.stable().compacted() {
            return self.send_snapshot(from, cx);
        }
        let commit = self.commit;
        let chosen = cx.stable().accepted_from(first).take_while(|(index, _)| *index <= commit);
        let slots: Vec<(Index, Entry)> = chosen.take(cx.config().batch as usize).collect();
        if !slots.is_empty() {
            cx.send(from, Message::Decision { slots, commit });
        }
    }

    /// What is chosen is written into its slot, whatever was accepted there, and asked for until all is there.
    pub(super) fn on_decision(
        &mut self,
        from: NodeId,
        slots: Vec<(Index, Entry)>,
        commit: Index,
        cx: &mut Context<Self>,
    ) {
        let mut known = self.commit;
        for (index, entry) in slots {
            if index == known.next() {
                self.heed(entry.term, cx);
                cx.write(Change::Decide { index, entry });
                known = index;
            }
        }
        let advanced = known > self.commit;
        self.commit_to(known, cx);
        if advanced && known < commit {
            cx.send(from, Message::CatchUp { first: known.next() });
        }
    }

    /// A leader hears that something is chosen of a later term than its own: its place was taken, perhaps by those who
    /// decide where it does not.
    pub(super) fn heed(&mut self, term: Term, cx: &mut Context<Self>) {
        if let (true, true, Role::Leader { .. }) = (self.members.is_some(), term > cx.stable().promised, &self.role) {
            self.heard = self.heard.max(term);
            self.follow(cx);
        }
    }

    /// Moves the commit index, if that is forward, and applies what is chosen, in the order of slots.
    pub(super) fn commit_to(&mut self, index: Index, cx: &mut Context<Self>) {
        if index <= self.commit {
            return;
        }
        self.commit = index;
        if cx.stable().commit < index {
            // Nothing waits for it: a node that forgets it learns it again.
            cx.write_lazy(Change::Commit { index });
        }
        let (term, entry) = (cx.stable().promised, cx.stable().entry(index));
        cx.fact(LogFact::Committed { index, entry_term: entry.map_or(Term(0), |entry| entry.term), term });
        while self.applied < self.commit {
            self.apply_next(cx);
        }
        self.answer_reads(cx);
        self.compact(cx);
        self.proceed(cx);
    }

    /// "A replica … performs the command on its state, and responds to the client." (PMMC, 2.3)
    fn apply_next(&mut self, cx: &mut Context<Self>) {
        self.applied = self.applied.next();
        // A slot without an entry is for the checks to accuse.
        let none = Entry { term: cx.stable().promised, command: Command::Noop };
        let entry = cx.stable().entry(self.applied).unwrap_or(none);
        self.reconfigure(self.applied, entry, cx);
        let command = entry.command;
        let answer = self.machine.apply(&command);
        cx.fact(LogFact::Applied { index: self.applied, state: self.machine.hash() });
        let Role::Leader { asked, .. } = &mut self.role else { return };
        match answer {
            Answer::Reply(request, reply) if asked.remove(&request) => cx.reply(request, Outcome::Done(reply)),
            // Its client has begun a later request and does not wait; whether this one was executed is not known.
            Answer::Stale(request) if asked.remove(&request) => cx.reply(request, Outcome::Unknown),
            Answer::Reply(..) | Answer::Stale(_) | Answer::None => {}
        }
    }
}
