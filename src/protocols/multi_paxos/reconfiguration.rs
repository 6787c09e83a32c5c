//! Reconfiguration through the log: who the acceptors are is a part of the replicated state.
//!
//! "The current set of servers can be made part of the state and can be changed with ordinary state-machine commands.
//! We can allow a leader to get α commands ahead by letting the set of servers that execute instance i+α of the
//! consensus algorithm be specified by the state after execution of the ith state machine command." (Lamport 2001,
//! section 3; R-alpha in Lamport, Malkhi & Zhou 2010; the WINDOW of PMMC, section 2.1.) So a change that is chosen in
//! slot s is in force from slot s+α on, and a leader fills no slot more than α ahead of what it knows chosen: then it
//! knows who decides there, and all leaders know the same. Several changes may be on their way at once.
//!
//! - *Phase 1* covers a slot when a majority of its configuration has promised. A candidate leads once the first slot
//!   that it does not know chosen is covered; it asks all who decide in any slot behind that, and as a leader asks on
//!   when it learns of a new configuration, and leaves the slots of that empty until they are covered.
//! - *Phase 2* of a slot counts the members of its configuration and nobody else.
//! - *No-ops* fill the slots up to where a change is in force, when no client does within a heartbeat.
//! - *A node that decides in no slot that is open*, by all it knows, is a candidate no more, and a leader of that kind
//!   steps down. It asks all others what is chosen whenever it hears of no leader: so newcomers learn that they belong,
//!   and those who were taken out keep up, and teach whoever knows less. Whoever asks for a promise and belongs no
//!   more, by what the acceptor knows chosen, is taught and gets none: it disturbs nobody.

use crate::node::{Context, NodeId};
use crate::parts::membership::one_step;
use crate::parts::quorum::Tally;
use crate::protocols::multi_paxos::{Bug, Message, MultiPaxos, Role, Timer};
use crate::spec::replicated_log::{Command, Configuration, Entry, Index, LogFact, NodeSet, Term};

impl MultiPaxos {
    /// Whether those counted can decide in a slot.
    pub(super) fn is_quorum(&self, slot: Index, counted: &Tally, nodes: u32) -> bool {
        match &self.members {
            None => counted.is_majority_of(nodes),
            Some(members) => members.at(slot).is_some_and(|members| members.is_quorum(|node| counted.has(node))),
        }
    }

    /// Whether the node decides in any slot that is open.
    pub(super) fn belongs(&self, node: NodeId) -> bool {
        self.members.as_ref().is_none_or(|members| members.has(node))
    }

    /// Sends a message to all others that belong.
    pub(super) fn send_to_members(&self, message: &Message, cx: &mut Context<Self>) {
        for peer in cx.peers() {
            if self.belongs(peer) {
                cx.send(peer, message.clone());
            }
        }
    }

    /// A configuration was chosen in a slot.
    pub(super) fn reconfigure(&mut self, slot: Index, entry: Entry, cx: &mut Context<Self>) {
        let (Some(members), Command::Reconfigure(next, after)) = (&mut self.members, entry.command) else { return };
        let after = if cx.config().has(Bug::ChangeAtOnce) { 1 } else { after };
        // What all logs begin with is in force at once.
        let from = if entry.term == Term(0) { slot } else { Index(slot.0 + u64::from(after)) };
        members.add(from, next);
        if entry.term > Term(0) {
            cx.fact(LogFact::Reconfigured { from });
        }
        self.ask_newcomers(cx);
    }

    /// More is known chosen than before: candidates and leaders go on from there.
    pub(super) fn proceed(&mut self, cx: &mut Context<Self>) {
        if cx.config().window().is_none() {
            return;
        }
        let known = self.commit.next();
        if let Some(members) = &mut self.members {
            members.forget_before(known);
            if let Role::Leader { next, votes, phase1, .. } = &mut self.role {
                // It may have learnt that from others.
                *next = known.max(*next);
                *votes = votes.split_off(&known);
                phase1.reported = phase1.reported.split_off(next);
            }
        }
        self.lead_if_promised(cx);
        if let Role::Leader { .. } = self.role {
            if !self.belongs(cx.id()) {
                return self.retire(cx);
            }
            self.fill(cx);
        }
    }

    /// A leader that decides in no open slot any more tells those who do how far the log is chosen, and leaves it to
    /// them.
    fn retire(&mut self, cx: &mut Context<Self>) {
        let message = Message::Accept { term: cx.stable().promised, slots: Vec::new(), commit: self.commit };
        self.send_to_members(&message, cx);
        self.follow(cx);
    }

    /// Whoever decides in a slot that phase 1 does not cover yet is asked for a promise.
    pub(super) fn ask_newcomers(&self, cx: &mut Context<Self>) {
        let (Some(members), Role::Leader { phase1, .. }) = (&self.members, &self.role) else { return };
        let promised = |node: NodeId| phase1.promises.has(node);
        let open = members.all().filter(|members| !members.is_quorum(promised));
        let asked = open.fold(NodeSet::default(), |asked, members| asked.union(members.voters));
        let me = cx.id();
        for node in asked.nodes().filter(|node| !promised(*node) && *node != me) {
            cx.send(node, Message::Prepare { term: cx.stable().promised, first: self.commit.next() });
        }
    }

    /// Fills the slots up to where the last change is in force, behind what clients wait for.
    pub(super) fn push_changes(&mut self, cx: &mut Context<Self>) {
        let last = self.members.as_ref().and_then(|members| members.last()).map(|(from, _)| from);
        let (Some(from), Role::Leader { next, waiting, .. }) = (last, &mut self.role) else { return };
        let missing = from.0.saturating_sub(next.0 + waiting.len() as u64);
        if missing > 0 {
            waiting.extend(std::iter::repeat_n(Command::Noop, missing as usize));
            self.fill(cx);
        }
    }

    /// The administrator chooses what the cluster shall be. Nothing is proposed while too few of the chosen were heard
    /// of since the last time: the cluster would stand still until they are back.
    pub(super) fn change_members(&mut self, cx: &mut Context<Self>) {
        let (Some(membership), Role::Leader { .. }) = (&cx.config().membership, &self.role) else { return };
        let chosen = cx.choose(membership.sets.len() as u64) as usize;
        cx.set_timer(Timer::Administrator, membership.every);
        let wanted: NodeSet = membership.sets[chosen].iter().copied().collect();
        let Some((_, last)) = self.members.as_ref().and_then(|members| members.last()) else { return };
        let step = one_step(last.voters, wanted);
        let Some(next) = (if membership.single { step } else { step.map(|_| wanted) }) else { return };
        let (next, me) = (Configuration::of(next), cx.id());
        let Role::Leader { heard, waiting, .. } = &mut self.role else { return };
        let heard = std::mem::take(heard);
        // One at a time: a change that waits for its slot would otherwise be followed by others without end.
        let waits = waiting.iter().any(|command| matches!(command, Command::Reconfigure(..)));
        if !waits && next.is_quorum(|node| node == me || heard.has(node)) {
            waiting.push_back(Command::Reconfigure(next, cx.config().change_after()));
            self.fill(cx);
        }
    }

    /// Takes note that a node was heard of, for the administrator.
    pub(super) fn note_heard(&mut self, from: NodeId) {
        if let (Some(_), Role::Leader { heard, .. }) = (&self.members, &mut self.role) {
            heard.add(from);
        }
    }

    /// A node that hears of no leader asks those what is chosen whom it does not ask for a promise.
    pub(super) fn ask_what_is_chosen(&self, candidate: bool, cx: &mut Context<Self>) {
        if self.members.is_none() {
            return;
        }
        for peer in cx.peers() {
            if !(candidate && self.belongs(peer)) {
                cx.send(peer, Message::CatchUp { first: self.commit.next() });
            }
        }
    }

    /// Whether a candidate belongs no more, by what this node knows chosen and the candidate does not.
    pub(super) fn is_past(&self, candidate: NodeId, first: Index) -> bool {
        first <= self.commit && !self.belongs(candidate)
    }
}
