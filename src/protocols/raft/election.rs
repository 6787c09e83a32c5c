//! Leader election (sections 5.2 and 5.4.1).

use crate::node::{Context, NodeId};
use crate::parts::quorum::Tally;
use crate::protocols::raft::{Bug, Change, Message, Progress, Raft, Role, Timer};
use crate::spec::replicated_log::{Command, Index, LogFact, Term};
use std::collections::BTreeSet;

impl Raft {
    /// "To begin an election, a follower increments its current term and transitions to candidate state. It then votes
    /// for itself and issues RequestVote RPCs in parallel to each of the other servers in the cluster." (5.2)
    pub(super) fn start_election(&mut self, cx: &mut Context<Self>) {
        debug_assert!(!matches!(self.role, Role::Leader { .. }), "a leader has no election timer");
        let term = cx.stable().term.next();
        cx.write(Change::Term(term));
        cx.write(Change::Vote { term, candidate: cx.id() });
        self.voted_for = Some(cx.id());
        self.leader = None;
        self.role = Role::Candidate { votes: Tally::of(cx.id()) };
        self.await_leader(cx);
        let (last_index, last_term) = (cx.stable().last_index(), cx.stable().last_term());
        cx.broadcast(Message::RequestVote { term, last_index, last_term });
        self.lead_if_elected(cx);
    }

    /// A vote is granted once per term, first come first served (5.2), to a candidate whose log is at least as
    /// up-to-date as the voter's: "the log with the later term is more up-to-date", then the longer one (5.4.1).
    pub(super) fn on_request_vote(
        &mut self,
        candidate: NodeId,
        term: Term,
        candidate_log: (Term, Index),
        cx: &mut Context<Self>,
    ) {
        let disk = cx.stable();
        let current = disk.term;
        let up_to_date = candidate_log >= (disk.last_term(), disk.last_index());
        let free = self.voted_for.is_none_or(|voted_for| voted_for == candidate);
        let granted = term == current && free && up_to_date;
        if granted {
            if self.voted_for.is_none() {
                self.vote_for(candidate, cx);
            }
            // "If election timeout elapses without … granting vote to candidate: convert to candidate" (figure 2).
            self.await_leader(cx);
        }
        cx.send(candidate, Message::Vote { term: current, granted });
    }

    fn vote_for(&mut self, candidate: NodeId, cx: &mut Context<Self>) {
        self.voted_for = Some(candidate);
        if !cx.config().has(Bug::VoteNotPersisted) {
            cx.write(Change::Vote { term: cx.stable().term, candidate });
        }
    }

    pub(super) fn on_vote(&mut self, from: NodeId, term: Term, granted: bool, cx: &mut Context<Self>) {
        // A vote of an earlier term was given to an earlier candidacy of this node, and says nothing about this one.
        if term < cx.stable().term || !granted {
            return;
        }
        if let Role::Candidate { votes } = &mut self.role {
            votes.add(from);
            self.lead_if_elected(cx);
        }
    }

    /// "A candidate wins an election if it receives votes from a majority of the servers in the full cluster for the
    /// same term." (5.2) "When a leader first comes to power, it initializes all nextIndex values to the index just
    /// after the last one in its log" (5.3), and appends a no-op (8).
    fn lead_if_elected(&mut self, cx: &mut Context<Self>) {
        let Role::Candidate { votes } = &self.role else { return };
        if !votes.is_majority_of(cx.nodes()) {
            return;
        }
        cx.fact(LogFact::Elected { term: cx.stable().term });
        let start = Progress { next: cx.stable().last_index().next(), matched: Index(0), inflight: 0 };
        self.role = Role::Leader { progress: vec![start; cx.nodes() as usize], asked: BTreeSet::new() };
        self.leader = Some(cx.id());
        cx.cancel_timer(Timer::Election);
        self.append_as_leader(Command::Noop, cx);
        self.send_heartbeats(cx);
    }

    /// A higher term was seen: adopt it, without a vote, as a follower (5.1).
    pub(super) fn adopt_term(&mut self, term: Term, cx: &mut Context<Self>) {
        assert!(term > cx.stable().term, "{} would go from {} to {term}", cx.id(), cx.stable().term);
        cx.write(Change::Term(term));
        self.voted_for = None;
        self.leader = None;
        self.follow(cx);
    }

    /// Becomes a follower, in the current term.
    pub(super) fn follow(&mut self, cx: &mut Context<Self>) {
        if let Role::Leader { .. } = self.role {
            self.abandon_requests(cx);
            cx.cancel_timer(Timer::Heartbeat);
            self.await_leader(cx);
        }
        self.role = Role::Follower;
    }

    /// Waits for a leader, for a time drawn anew: "Raft uses randomized election timeouts to ensure that split votes
    /// are rare and that they are resolved quickly." (5.2)
    pub(super) fn await_leader(&self, cx: &mut Context<Self>) {
        cx.set_timer(Timer::Election, cx.config().election_timeout);
    }
}
