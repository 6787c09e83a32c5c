//! Preventing disruptions: PreVote (thesis, 9.6), check-quorum (6.2) and leaders that are not to be disturbed (4.2.3).
//!
//! A node that was cut off comes back with a high term and deposes a leader that everybody else hears; one that a
//! configuration has left behind does so again and again; and a leader that hears nobody keeps clients waiting. Three
//! rules stop that, each of which leaves holes where the others are missing (the Cloudflare outage of 2 November 2020).

use crate::node::{Context, NodeId};
use crate::parts::quorum::Tally;
use crate::protocols::raft::{Bug, Extras, Message, Raft, Role, Timer};
use crate::spec::replicated_log::{Index, Term};

impl Raft {
    /// "In the Pre-Vote algorithm, a candidate only increments its term if it first learns from a majority of the
    /// cluster that they would be willing to grant the candidate their votes" (9.6).
    pub(super) fn start_pre_vote(&mut self, cx: &mut Context<Self>) {
        self.leader = None;
        self.role = Role::PreCandidate { votes: Tally::of(cx.id()) };
        self.await_leader(cx);
        let (last_index, last_term) = (cx.stable().last_index(), cx.stable().last_term());
        self.send_to_voters(Message::PreVote { term: cx.stable().term, last_index, last_term }, cx);
        self.campaign_if_it_would_win(cx);
    }

    /// A voter would grant its vote "if the candidate's log is sufficiently up-to-date, and the voters have not
    /// received heartbeats from a valid leader for at least a baseline election timeout" (9.6).
    pub(super) fn on_pre_vote(&mut self, from: NodeId, term: Term, log: (Term, Index), cx: &mut Context<Self>) {
        let current = cx.stable().term;
        let undisturbed = !self.has_leader() || cx.config().has(Bug::PreVoteIgnoresLeader);
        let granted = term == current && undisturbed && Self::is_up_to_date(log, cx);
        cx.send(from, Message::PreVoteResponse { term: current, granted });
    }

    pub(super) fn on_pre_vote_response(&mut self, from: NodeId, term: Term, granted: bool, cx: &mut Context<Self>) {
        if term < cx.stable().term || !granted {
            return;
        }
        if let Role::PreCandidate { votes } = &mut self.role {
            votes.add(from);
            self.campaign_if_it_would_win(cx);
        }
    }

    fn campaign_if_it_would_win(&mut self, cx: &mut Context<Self>) {
        let Role::PreCandidate { votes } = &self.role else { return };
        if self.is_quorum(votes, cx.nodes()) {
            self.start_election(false, cx);
        }
    }

    /// "If a server receives a RequestVote request within the minimum election timeout of hearing from a current
    /// leader, it does not update its term or grant its vote." (4.2.3) One that is sent by the leader's leave is heard.
    pub(super) fn ignores(&self, message: &Message, cx: &Context<Self>) -> bool {
        cx.config().check_quorum && matches!(message, Message::RequestVote { .. }) && self.has_leader()
    }

    /// Whether it leads, or has just heard of a leader.
    fn has_leader(&self) -> bool {
        self.recent || matches!(self.role, Role::Leader { .. })
    }

    /// From now on, and for the shortest election timeout, it has just heard of a leader. A node that starts does not
    /// know whether it had, and must not help to break a lease: it counts as one that has.
    pub(super) fn remember_leader(&mut self, cx: &mut Context<Self>) {
        self.recent = true;
        cx.set_timer(Timer::Recency, cx.config().election_timeout.min);
    }

    /// "A leader steps down if an election timeout elapses without a successful round of heartbeats to a majority of
    /// its cluster; this allows clients to retry their requests with another server." (6.2)
    pub(super) fn check_quorum(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { extras: Extras { active, .. }, .. } = &mut self.role else { return };
        active.add(cx.id());
        let answered = std::mem::take(active);
        if self.is_quorum(&answered, cx.nodes()) || cx.config().has(Bug::NoCheckQuorum) {
            cx.set_timer(Timer::Quorum, cx.config().election_timeout.max);
        } else {
            self.leader = None;
            self.follow(cx);
        }
    }

    /// Takes note that a node has answered the leader in its term.
    pub(super) fn note_active(&mut self, from: NodeId, cx: &Context<Self>) {
        if let (true, Role::Leader { extras, .. }) = (cx.config().check_quorum, &mut self.role) {
            extras.active.add(from);
        }
    }

    /// Sets the timers of what a leader does beside replicating.
    pub(super) fn set_duties(&mut self, cx: &mut Context<Self>) {
        if cx.config().check_quorum {
            cx.set_timer(Timer::Quorum, cx.config().election_timeout.max);
        }
        if let Some(membership) = &cx.config().membership {
            cx.set_timer(Timer::Administrator, membership.every);
        }
        if let Some(every) = cx.config().transfer {
            cx.set_timer(Timer::Transfer, every);
        }
    }

    /// Takes them back.
    pub(super) fn drop_duties(&self, cx: &mut Context<Self>) {
        if cx.config().check_quorum {
            cx.cancel_timer(Timer::Quorum);
        }
        if cx.config().membership.is_some() {
            cx.cancel_timer(Timer::Administrator);
        }
        if cx.config().transfer.is_some() {
            cx.cancel_timer(Timer::Transfer);
        }
    }
}
