//! Phase 1: a candidate asks for promises, and learns what may have been chosen (PMMC, section 2.2, scouts).

use crate::node::{Context, NodeId};
use crate::parts::quorum::Tally;
use crate::parts::reads::Readings;
use crate::protocols::multi_paxos::{Bug, Change, Message, MultiPaxos, Role, Timer};
use crate::spec::replicated_log::{Command, Entry, Index, LogFact, Term};
use std::collections::{BTreeMap, BTreeSet};

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
        let (me, promised) = (cx.id(), cx.stable().promised);
        let term = own_term_after(me, promised.max(self.heard), cx.nodes());
        cx.write(Change::Promise { term, leader: me });
        self.leader = None;
        let first = self.commit.next();
        self.role = Role::Candidate {
            promises: Tally::default(),
            reported: BTreeMap::new(),
            compacted: cx.stable().compacted(),
        };
        self.await_leader(cx);
        cx.broadcast(Message::Prepare { term, first });
        let accepted = cx.stable().accepted_from(first).collect();
        self.on_promise(me, term, accepted, cx.stable().compacted(), cx);
    }

    /// "If b is larger than ballot_num, set ballot_num to b. Respond with ballot_num and all pvalues accepted thus
    /// far." (PMMC, 2.1) Of those only the ones that the candidate has not learnt. Its repeated question is answered
    /// again.
    pub(super) fn on_prepare(&mut self, candidate: NodeId, term: Term, first: Index, cx: &mut Context<Self>) {
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
        if first <= compacted {
            self.send_snapshot(candidate, cx);
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
        let Role::Candidate { promises, reported, compacted } = &mut self.role else { return };
        promises.add(from);
        *compacted = gone.max(*compacted);
        for (index, entry) in accepted {
            let best = reported.entry(index).or_insert(entry);
            if entry.term > best.term && !cx.config().has(Bug::FirstReportTaken) {
                *best = entry;
            }
        }
        self.lead_if_promised(cx);
    }

    /// Slots that are gone somewhere look free, and are not: whoever has not learnt what was chosen in them waits.
    pub(super) fn lead_if_promised(&mut self, cx: &mut Context<Self>) {
        let Role::Candidate { promises, reported, compacted } = &mut self.role else { return };
        let knows = *compacted <= self.commit || cx.config().has(Bug::CompactedTakenForEmpty);
        if knows && promises.is_majority_of(cx.nodes()) {
            let reported = std::mem::take(reported);
            self.lead(&reported, cx);
        }
    }

    /// "The leader … proposes again the commands of the pvalues it has adopted" (PMMC, 2.2), and in the gaps between
    /// them "a special *no-op* command that leaves the state unchanged" (Lamport 2001, section 3).
    pub(super) fn lead(&mut self, reported: &BTreeMap<Index, Entry>, cx: &mut Context<Self>) {
        cx.fact(LogFact::Elected { term: cx.stable().promised });
        self.leader = Some(cx.id());
        cx.cancel_timer(Timer::Election);
        let first = self.commit.next();
        let last = reported.keys().next_back().copied().unwrap_or(self.commit);
        let again = if cx.config().has(Bug::NothingProposedAgain) { self.commit } else { last.max(self.commit) };
        let mut slots = Vec::new();
        for index in (first.0..=again.0).map(Index) {
            match reported.get(&index) {
                Some(entry) => slots.push((index, entry.command)),
                None if cx.config().has(Bug::GapsSkipped) => {}
                None => slots.push((index, Command::Noop)),
            }
        }
        let (votes, asked, readings) = (BTreeMap::new(), BTreeSet::new(), Readings::default());
        self.role = Role::Leader { next: again.next(), votes, asked, begins: again, readings };
        if slots.is_empty() {
            return self.send_heartbeats(cx);
        }
        self.propose(slots, cx);
        cx.set_timer(Timer::Heartbeat, cx.config().heartbeat);
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
