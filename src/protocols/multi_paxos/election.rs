//! Phase 1: a candidate asks for promises, and learns what may have been chosen (PMMC, section 2.2, scouts).

use crate::node::{Context, NodeId};
use crate::parts::reads::Readings;
use crate::protocols::multi_paxos::{Bug, Change, Message, MultiPaxos, Phase1, Role, Timer};
use crate::spec::replicated_log::{Entry, Index, LogFact, Term};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Whether the term is one of the node's own.
pub(super) fn owns(node: NodeId, term: Term, nodes: u32) -> bool {
    term.0 > 0 && (term.0 - 1) % u64::from(nodes) == node.index() as u64
}

/// The first of the node's own terms behind `term`. "Different proposers choose their numbers from disjoint sets of
/// numbers." (Lamport 2001, section 2.5)
fn own_term_after(node: NodeId, term: Term, nodes: u32) -> Term {
    let own = (1..=u64::from(nodes)).map(|step| Term(term.0 + step)).find(|term| owns(node, *term, nodes));
    own.expect("one of n terms in a row is the node's own")
}

impl MultiPaxos {
    /// "A scout for ballot b sends a p1a message to all acceptors, and waits for p1b responses." (PMMC, 2.2) Its own
    /// promise is written as it begins, so that it never begins the same term twice.
    pub(super) fn start_election(&mut self, cx: &mut Context<Self>) {
        if !self.belongs(cx.id()) {
            self.leader = None;
            self.await_leader(cx);
            return self.ask_what_is_chosen(false, cx);
        }
        let (me, promised) = (cx.id(), cx.stable().promised);
        let term = own_term_after(me, promised.max(self.heard), cx.nodes());
        cx.write(Change::Promise { term, leader: me });
        self.leader = None;
        let first = self.commit.next();
        let phase1 = Phase1 { compacted: cx.stable().compacted(), ..Phase1::default() };
        self.role = Role::Candidate { phase1 };
        self.await_leader(cx);
        self.send_to_members(&Message::Prepare { term, first }, cx);
        self.ask_what_is_chosen(true, cx);
        let accepted = cx.stable().accepted_from(first).collect();
        self.on_promise(me, term, accepted, cx.stable().compacted(), cx);
    }

    /// "If b is larger than ballot_num, set ballot_num to b. Respond with ballot_num and all pvalues accepted thus
    /// far." (PMMC, 2.1) Of those only the ones that the candidate has not learnt. Its repeated question is answered
    /// again.
    pub(super) fn on_prepare(&mut self, candidate: NodeId, term: Term, first: Index, cx: &mut Context<Self>) {
        if self.is_past(candidate, first) {
            return self.on_catch_up(candidate, first, cx);
        }
        let promised = cx.stable().promised;
        if term < promised {
            return cx.send(candidate, Message::Preempted { term: promised });
        }
        if self.granted && term > promised {
            // A lease is a lease: the leader may count on it.
            return;
        }
        self.promise(candidate, term, cx);
        self.await_leader(cx);
        let (accepted, compacted) = (cx.stable().accepted_from(first).collect(), cx.stable().compacted());
        cx.send(candidate, Message::Promise { term, accepted, compacted });
        if first <= compacted || self.members.is_some() && first <= self.commit {
            self.on_catch_up(candidate, first, cx);
        }
    }

    /// Promises a term, if that is higher than what was promised: who leads or stands in a lower one does no more.
    pub(super) fn promise(&mut self, leader: NodeId, term: Term, cx: &mut Context<Self>) {
        if term <= cx.stable().promised {
            return;
        }
        cx.write(Change::Promise { term, leader });
        self.leader = None;
        self.follow(cx);
    }

    /// "The scout … updates the pvalues to propose: those with the highest ballot for each slot." (PMMC, 2.2, `pmax`)
    pub(super) fn on_promise(
        &mut self,
        from: NodeId,
        term: Term,
        accepted: Vec<(Index, Entry)>,
        gone: Index,
        cx: &mut Context<Self>,
    ) {
        // A promise of an earlier term was given to an earlier candidacy of this node.
        if term != cx.stable().promised {
            return;
        }
        // Of slots that a leader has filled it need not hear any more.
        let (phase1, from_slot) = match &mut self.role {
            Role::Candidate { phase1 } => (phase1, Index(0)),
            Role::Leader { phase1, next, .. } if self.members.is_some() => (phase1, *next),
            Role::Leader { .. } | Role::Follower => return,
        };
        phase1.promises.add(from);
        phase1.compacted = gone.max(phase1.compacted);
        for (index, entry) in accepted.into_iter().filter(|(index, _)| *index >= from_slot) {
            let best = phase1.reported.entry(index).or_insert(entry);
            if entry.term > best.term && !cx.config().has(Bug::FirstReportTaken) {
                *best = entry;
            }
        }
        self.lead_if_promised(cx);
        if self.members.is_some() {
            self.fill(cx);
        }
    }

    /// Slots that are gone somewhere look free, and are not: whoever has not learnt what was chosen in them waits.
    pub(super) fn lead_if_promised(&mut self, cx: &mut Context<Self>) {
        let Role::Candidate { phase1 } = &self.role else { return };
        let knows = phase1.compacted <= self.commit || cx.config().has(Bug::CompactedTakenForEmpty);
        if knows && self.belongs(cx.id()) && self.is_quorum(self.commit.next(), &phase1.promises, cx.nodes()) {
            let phase1 = phase1.clone();
            self.lead(phase1, cx);
        }
    }

    /// Comes to power: what was reported is proposed first.
    pub(super) fn lead(&mut self, mut phase1: Phase1, cx: &mut Context<Self>) {
        cx.fact(LogFact::Elected { term: cx.stable().promised });
        self.leader = Some(cx.id());
        cx.cancel_timer(Timer::Election);
        let first = self.commit.next();
        phase1.reported = phase1.reported.split_off(&first);
        if cx.config().has(Bug::NothingProposedAgain) {
            phase1.reported.clear();
        }
        let begins = phase1.reported.keys().next_back().copied().unwrap_or(self.commit);
        let (votes, asked, readings) = (BTreeMap::new(), BTreeSet::new(), Readings::default());
        let (waiting, heard) = (VecDeque::new(), phase1.promises.clone());
        self.role = Role::Leader { next: first, votes, asked, begins, readings, phase1, waiting, heard };
        if let Some(membership) = &cx.config().membership {
            cx.set_timer(Timer::Administrator, membership.every);
        }
        if self.fill(cx) {
            cx.set_timer(Timer::Heartbeat, cx.config().heartbeat);
        } else {
            self.send_heartbeats(cx);
        }
    }

    /// A higher term was promised by another node: this one's term is over, and its next is above that.
    pub(super) fn on_preempted(&mut self, term: Term, cx: &mut Context<Self>) {
        if term > cx.stable().promised {
            self.heard = self.heard.max(term);
            self.follow(cx);
        }
    }

    /// Becomes a follower.
    pub(super) fn follow(&mut self, cx: &mut Context<Self>) {
        if let Role::Leader { .. } = self.role {
            self.abandon_requests(cx);
            cx.cancel_timer(Timer::Heartbeat);
            if cx.config().membership.is_some() {
                cx.cancel_timer(Timer::Administrator);
            }
            self.leader = None;
            self.await_leader(cx);
        }
        self.role = Role::Follower;
    }

    /// Waits for a leader, for a time drawn anew: so two candidates do not preempt each other for ever.
    pub(super) fn await_leader(&self, cx: &mut Context<Self>) {
        cx.set_timer(Timer::Election, cx.config().election_timeout);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_nodes_own_a_term() {
        for nodes in 1..=5 {
            for term in (1..=20).map(Term) {
                assert_eq!(NodeId::all(nodes).filter(|node| owns(*node, term, nodes)).count(), 1, "{term} of {nodes}");
            }
            for node in NodeId::all(nodes) {
                for term in (0..=20).map(Term) {
                    let next = own_term_after(node, term, nodes);
                    assert!(next > term && next.0 <= term.0 + u64::from(nodes) && owns(node, next, nodes));
                }
            }
        }
    }
}
