//! Leader election (sections 5.2 and 5.4.1).

use crate::node::{Context, NodeId};
use crate::parts::quorum::Tally;
use crate::protocols::raft::{Bug, Change, Extras, Message, Progress, Raft, Role, Timer};
use crate::spec::replicated_log::{Command, Index, LogFact, Term};
use std::collections::BTreeSet;

impl Raft {
    /// No leader was heard of for an election timeout.
    pub(super) fn on_election_timeout(&mut self, cx: &mut Context<Self>) {
        if !self.may_campaign(cx.id()) {
            self.await_leader(cx);
        } else if cx.config().pre_vote {
            self.start_pre_vote(cx);
        } else {
            self.start_election(false, cx);
        }
    }

    /// "To begin an election, a follower increments its current term and transitions to candidate state. It then votes
    /// for itself and issues RequestVote RPCs in parallel to each of the other servers in the cluster." (5.2) By the
    /// leader's leave (`at_once`) the others do not ignore it.
    pub(super) fn start_election(&mut self, at_once: bool, cx: &mut Context<Self>) {
        debug_assert!(!matches!(self.role, Role::Leader { .. }), "a leader has no election timer");
        let term = cx.stable().term.next();
        cx.write(Change::Term(term));
        cx.write(Change::Vote { term, candidate: cx.id() });
        self.voted_for = Some(cx.id());
        self.leader = None;
        self.role = Role::Candidate { votes: Tally::of(cx.id()) };
        self.await_leader(cx);
        let (last_index, last_term) = (cx.stable().last_index(), cx.stable().last_term());
        self.send_to_voters(
            if at_once {
                Message::RequestVoteNow { term, last_index, last_term }
            } else {
                Message::RequestVote { term, last_index, last_term }
            },
            cx,
        );
        self.lead_if_elected(cx);
    }

    /// A vote is granted once per term, first come first served (5.2), to a candidate whose log is at least as
    /// up-to-date as the voter's.
    pub(super) fn on_request_vote(
        &mut self,
        candidate: NodeId,
        term: Term,
        candidate_log: (Term, Index),
        cx: &mut Context<Self>,
    ) {
        let current = cx.stable().term;
        let free = self.voted_for.is_none_or(|voted_for| voted_for == candidate);
        let granted = term == current && free && Self::is_up_to_date(candidate_log, cx);
        if granted && self.voted_for.is_none() {
            self.vote_for(candidate, cx);
        }
        // "If election timeout elapses without … granting vote to candidate: convert to candidate" (figure 2).
        if granted || cx.config().has(Bug::TimerResetOnDeniedVote) {
            self.await_leader(cx);
        }
        cx.send(candidate, Message::Vote { term: current, granted });
    }

    /// "If the logs have last entries with different terms, then the log with the later term is more up-to-date. If the
    /// logs end with the same term, then whichever log is longer is more up-to-date." (5.4.1)
    pub(super) fn is_up_to_date(candidate_log: (Term, Index), cx: &Context<Self>) -> bool {
        let own_log = (cx.stable().last_term(), cx.stable().last_index());
        let mut up_to_date = candidate_log >= own_log;
        if cx.config().has(Bug::UpToDateByLength) {
            up_to_date = candidate_log.1 >= own_log.1;
        }
        up_to_date || cx.config().has(Bug::NoUpToDateCheck)
    }

    fn vote_for(&mut self, candidate: NodeId, cx: &mut Context<Self>) {
        self.voted_for = Some(candidate);
        if !cx.config().has(Bug::VoteNotPersisted) {
            cx.write(Change::Vote { term: cx.stable().term, candidate });
        }
    }

    pub(super) fn on_vote(&mut self, from: NodeId, term: Term, granted: bool, cx: &mut Context<Self>) {
        // A vote of an earlier term was given to an earlier candidacy of this node, and says nothing about this one.
        let stale = term < cx.stable().term && !cx.config().has(Bug::StaleVotesCounted);
        if stale || !granted {
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
        let half = cx.config().has(Bug::HalfIsAMajority) && votes.count() >= cx.nodes() / 2;
        if !self.is_quorum(votes, cx.nodes()) && !half {
            return;
        }
        cx.fact(LogFact::Elected { term: cx.stable().term });
        let begins = cx.stable().last_index().next();
        let start = Progress { next: begins, matched: Index(0), inflight: 0 };
        let progress = vec![start; cx.nodes() as usize];
        self.role = Role::Leader { progress, asked: BTreeSet::new(), begins, extras: Extras::default() };
        self.leader = Some(cx.id());
        cx.cancel_timer(Timer::Election);
        self.set_duties(cx);
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
            self.drop_duties(cx);
            self.await_leader(cx);
        }
        if cx.config().has(Bug::VoteClearedOnStepDown) {
            self.voted_for = None;
        }
        self.role = Role::Follower;
    }

    /// A message of the current term's leader has come: "the candidate recognizes the leader as legitimate and returns
    /// to follower state" (5.2), and everybody waits anew.
    pub(super) fn hear_leader(&mut self, leader: NodeId, cx: &mut Context<Self>) {
        self.follow(cx);
        self.leader = Some(leader);
        self.await_leader(cx);
        if cx.config().remembers_leaders() {
            self.remember_leader(cx);
        }
    }

    /// Waits for a leader, for a time drawn anew: "Raft uses randomized election timeouts to ensure that split votes
    /// are rare and that they are resolved quickly." (5.2)
    pub(super) fn await_leader(&self, cx: &mut Context<Self>) {
        let mut timeout = cx.config().election_timeout;
        if cx.config().has(Bug::IdenticalTimeouts) {
            timeout = timeout.min.into();
        }
        cx.set_timer(Timer::Election, timeout);
    }
}
