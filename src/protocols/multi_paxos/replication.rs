//! Phase 2: a leader has commands accepted (PMMC, section 2.2, commanders).

use crate::node::{Context, NodeId};
use crate::parts::quorum::Tally;
use crate::protocols::multi_paxos::{Bug, Change, Message, MultiPaxos, Role, Timer};
use crate::spec::replicated_log::{Command, Entry, Index, Term};

impl MultiPaxos {
    /// Fills the next slots as far as it may: "the leader … proposes again the commands of the pvalues it has adopted"
    /// (PMMC, 2.2), in the gaps between them "a special *no-op* command that leaves the state unchanged" (Lamport 2001,
    /// section 3), and behind them what waits. Whether it has filled any.
    pub(super) fn fill(&mut self, cx: &mut Context<Self>) -> bool {
        let mut slots = Vec::new();
        while self.may_fill(cx) {
            let Role::Leader { next, phase1, waiting, .. } = &mut self.role else { break };
            let index = *next;
            let again = phase1.reported.remove(&index).map(|entry| entry.command);
            let is_gap = again.is_none() && !phase1.reported.is_empty();
            let Some(command) = again.or_else(|| if is_gap { Some(Command::Noop) } else { waiting.pop_front() }) else {
                break;
            };
            *next = index.next();
            if !(is_gap && cx.config().has(Bug::GapsSkipped)) {
                slots.push((index, command));
            }
        }
        let any = !slots.is_empty();
        if any {
            self.propose(slots, cx);
        }
        any
    }

    /// Whether the leader may fill the next slot. "Suppose a leader can get α commands ahead - that is, it can propose
    /// commands i+1 through i+α after commands 1 through i are chosen." (Lamport 2001, section 3) Where the members
    /// change, a majority of those who decide there must have promised, and told what they have accepted there.
    fn may_fill(&self, cx: &Context<Self>) -> bool {
        let Role::Leader { next, phase1, .. } = &self.role else { return false };
        let ahead = |alpha: u32| next.0 <= self.commit.0 + u64::from(alpha);
        if !cx.config().window().is_none_or(ahead) && !cx.config().has(Bug::WindowIgnored) {
            return false;
        }
        let promised = || *next > phase1.compacted && self.is_quorum(*next, &phase1.promises, cx.nodes());
        self.members.is_none() || promised() || cx.config().has(Bug::NewMembersNotAsked)
    }

    /// "A commander sends a p2a message to all acceptors." (PMMC, 2.2) The leader accepts first itself.
    pub(super) fn propose(&mut self, slots: Vec<(Index, Command)>, cx: &mut Context<Self>) {
        let term = cx.stable().promised;
        let Role::Leader { votes, .. } = &mut self.role else { return };
        for (index, command) in &slots {
            cx.write(Change::Accept { index: *index, entry: Entry { term, command: *command } });
            // What leaves behind this write is held back until it is durable, so the leader may count itself.
            votes.insert(*index, Tally::of(cx.id()));
        }
        let commit = self.commit;
        for slots in slots.chunks(cx.config().batch as usize) {
            self.send_to_members(&Message::Accept { term, slots: slots.to_vec(), commit }, cx);
        }
        self.advance_commit(cx);
    }

    /// A leader makes itself heard: each node is sent what it has not acknowledged, or nothing.
    pub(super) fn send_heartbeats(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { votes, .. } = &self.role else { return };
        for peer in cx.peers().filter(|peer| self.belongs(*peer)) {
            let open = votes.iter().filter(|(_, tally)| !tally.has(peer)).take(cx.config().batch as usize);
            let proposed = |index: Index| cx.stable().entry(index).map(|entry| (index, entry.command));
            let slots = open.filter_map(|(index, _)| proposed(*index)).collect();
            cx.send(peer, Message::Accept { term: cx.stable().promised, slots, commit: self.commit });
        }
        self.repeat_round(cx);
        self.ask_newcomers(cx);
        self.push_changes(cx);
        cx.set_timer(Timer::Heartbeat, cx.config().heartbeat);
    }

    /// "If b ≥ ballot_num: ballot_num := b; accepted := accepted ∪ {(b, s, p)}." (PMMC, 2.1)
    pub(super) fn on_accept(
        &mut self,
        from: NodeId,
        term: Term,
        slots: Vec<(Index, Command)>,
        commit: Index,
        cx: &mut Context<Self>,
    ) {
        let promised = cx.stable().promised;
        if term < promised {
            return cx.send(from, Message::Preempted { term: promised });
        }
        self.promise(from, term, cx);
        self.follow(cx);
        self.leader = Some(from);
        self.await_leader(cx);
        let mut accepted = Vec::new();
        let compacted = cx.stable().compacted();
        for (index, command) in slots {
            if index <= compacted {
                // It is chosen, and that is what the leader proposes.
                accepted.push(index);
                continue;
            }
            let (entry, held) = (Entry { term, command }, cx.stable().entry(index));
            match held {
                // It has learnt that this is chosen, in a term that it had not promised; nothing else will be.
                Some(held) if held.term > term && held.command != command => continue,
                Some(held) if held.term > term || held == entry => {}
                Some(_) | None => cx.write(Change::Accept { index, entry }),
            }
            accepted.push(index);
        }
        if !accepted.is_empty() {
            cx.send(from, Message::Accepted { term, slots: accepted });
        }
        self.hear_of_commit(from, term, commit, cx);
    }

    /// "The commander waits for p2b responses from a majority of acceptors" in its ballot (PMMC, 2.2).
    pub(super) fn on_accepted(&mut self, from: NodeId, term: Term, slots: &[Index], cx: &mut Context<Self>) {
        if term != cx.stable().promised && !cx.config().has(Bug::StaleAcceptancesCounted) {
            return;
        }
        let Role::Leader { votes, .. } = &mut self.role else { return };
        for index in slots {
            // What is chosen already needs no more votes.
            if let Some(tally) = votes.get_mut(index) {
                tally.add(from);
            }
        }
        self.advance_commit(cx);
    }
}
