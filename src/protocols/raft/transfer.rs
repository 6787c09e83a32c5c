//! Leadership transfer (thesis, 3.10).
//!
//! "The prior leader stops accepting new client requests", "fully updates the target server's log", and "sends a
//! TimeoutNow request to the target server", which "has the same effect as the target server's election timer firing".
//! "If leadership transfer does not complete after about an election timeout, the prior leader aborts the transfer and
//! resumes accepting client requests."
//!
//! Where the configuration says `transfer`, a leader does so from time to time, to a voter that it chooses.

use crate::node::{Context, NodeId};
use crate::protocols::raft::{Message, Raft, Role, Timer};
use crate::spec::replicated_log::Term;

impl Raft {
    /// Begins to hand over, or gives it up.
    pub(super) fn on_transfer_time(&mut self, cx: &mut Context<Self>) {
        let Some(every) = cx.config().transfer else { return };
        let id = cx.id();
        let others: Vec<NodeId> = NodeId::all(cx.nodes()).filter(|node| *node != id && self.may_vote(*node)).collect();
        let Role::Leader { extras, .. } = &mut self.role else { return };
        if extras.successor.take().is_some() || others.is_empty() {
            return cx.set_timer(Timer::Transfer, every);
        }
        let chosen = others[cx.choose(others.len() as u64) as usize];
        extras.successor = Some(chosen);
        cx.set_timer(Timer::Transfer, cx.config().election_timeout.min);
        self.hand_over_if_ready(cx);
    }

    /// Sends `TimeoutNow` once the successor's log is the leader's.
    pub(super) fn hand_over_if_ready(&mut self, cx: &mut Context<Self>) {
        let Role::Leader { progress, extras, .. } = &mut self.role else { return };
        let Some(successor) = extras.successor else { return };
        if progress[successor.index()].matched == cx.stable().last_index() {
            // From now on, however late the message arrives, voters may hear of a candidate that they should not
            // ignore: a lease means nothing any more.
            extras.readings.give_up_lease();
            cx.send(successor, Message::TimeoutNow { term: cx.stable().term });
        }
    }

    /// The leader's leave to campaign.
    pub(super) fn on_timeout_now(&mut self, term: Term, cx: &mut Context<Self>) {
        let follows = matches!(self.role, Role::Follower | Role::PreCandidate { .. });
        if term == cx.stable().term && follows && self.may_campaign(cx.id()) {
            self.start_election(true, cx);
        }
    }
}
