//! Cluster membership changes (section 6; the thesis' chapter 4).
//!
//! **Joint consensus.** The cluster goes from one set of voters to another through a configuration that is both: "log
//! entries are replicated to all servers in both configurations", and "agreement (for elections and entry commitment)
//! requires separate majorities from both" (6). Newcomers are learners first: they are sent the log and do not vote
//! until they have caught up. Each configuration is an entry of the log, and "a server always uses the latest
//! configuration in its log, regardless of whether the entry is committed".
//!
//! **One server at a time** (thesis, 4.1), with `single`: any two majorities of sets that differ by one voter overlap.
//! That needs what Ongaro corrected in 2015: a leader starts no change before it has committed an entry of its own
//! term.
//!
//! **Who wants a change** is the administrator: whoever leads chooses, from time to time, one of the sets that the
//! configuration lists, and works towards it step by step. Each step waits until the one before it is committed.

use crate::node::{Context, NodeId};
use crate::parts::membership::one_step;
use crate::parts::quorum::{Tally, majority, reached_by_majority};
use crate::protocols::raft::{Bug, Message, Raft, Role, Timer};
use crate::spec::replicated_log::{Command, Configuration, Index, NodeSet, Term};

impl Raft {
    /// Whether those counted can decide: a majority of all nodes, or of each set of voters in its configuration.
    pub(super) fn is_quorum(&self, counted: &Tally, nodes: u32) -> bool {
        match &self.members {
            None => counted.is_majority_of(nodes),
            Some((_, members)) => members.is_quorum(|node| counted.has(node)),
        }
    }

    /// The furthest index that a quorum has reached.
    pub(super) fn reached_by_quorum(&self, reached: impl Fn(NodeId) -> Index, nodes: u32) -> Index {
        let by = |set: &mut dyn Iterator<Item = NodeId>| {
            let mut places: Vec<Index> = set.map(&reached).collect();
            reached_by_majority(&mut places)
        };
        match &self.members {
            None => by(&mut NodeId::all(nodes)),
            Some((_, members)) if members.is_joint() => {
                by(&mut members.voters.nodes()).min(by(&mut members.joining.nodes()))
            }
            Some((_, members)) => by(&mut members.voters.nodes()),
        }
    }

    /// The fewest nodes that can decide: fewer need not be counted.
    pub(super) fn quorum_min(&self, nodes: u32) -> u32 {
        self.members.as_ref().map_or(majority(nodes), |(_, members)| majority(members.voters.count()))
    }

    /// Whether the node may ask for votes: it votes in its latest configuration; or it is left out of that, and does
    /// not know it committed: "a server that is not part of its own latest configuration should still start new
    /// elections, as it might still be needed until the C_new entry is committed" (thesis, 4.2.2).
    pub(super) fn may_campaign(&self, id: NodeId) -> bool {
        match &self.members {
            None => true,
            Some((_, members)) if members.votes(id) => true,
            Some((at, members)) => *at > self.commit && !members.learners.has(id),
        }
    }

    /// Whether the node's vote counts.
    pub(super) fn may_vote(&self, node: NodeId) -> bool {
        self.members.as_ref().is_none_or(|(_, members)| members.votes(node))
    }

    /// Whether the log is sent to the node.
    pub(super) fn is_member(&self, node: NodeId) -> bool {
        self.members.as_ref().is_none_or(|(_, members)| members.members().has(node))
    }

    /// Sends a message to all others that may vote.
    pub(super) fn send_to_voters(&mut self, message: Message, cx: &mut Context<Self>) {
        for peer in cx.peers() {
            if self.may_vote(peer) {
                cx.send(peer, message.clone());
            }
        }
    }

    /// An entry has come to stand in the log: a configuration is in force at once.
    #[inline]
    pub(super) fn take_note(&mut self, index: Index, command: &Command) {
        if let Command::Configure(members) = command {
            self.members = Some((index, *members));
        }
    }

    /// The log was cut or replaced: "if an entry is removed, the server falls back to the previous configuration in its
    /// log" (thesis, 4.1).
    pub(super) fn reread_members(&mut self, cx: &Context<Self>) {
        if self.members.is_some() {
            self.members = cx.stable().configuration().or(Some((Index(0), Configuration::default())));
        }
    }

    /// The administrator chooses what the cluster shall be.
    pub(super) fn want_members(&mut self, cx: &mut Context<Self>) {
        let (Some(membership), Role::Leader { .. }) = (&cx.config().membership, &self.role) else { return };
        let chosen = cx.choose(membership.sets.len() as u64) as usize;
        let wanted: NodeSet = membership.sets[chosen].iter().copied().collect();
        if let Role::Leader { extras, .. } = &mut self.role {
            extras.wanted = Some(wanted);
        }
        cx.set_timer(Timer::Administrator, membership.every);
        self.advance_membership(cx);
    }

    /// Takes the next step towards what is wanted, if it is time for one.
    pub(super) fn advance_membership(&mut self, cx: &mut Context<Self>) {
        let (Some((at, members)), Role::Leader { .. }) = (self.members, &self.role) else { return };
        // "Only one membership change at a time": the one before must be committed (thesis, 4.1). What all logs begin
        // with is nobody's change.
        let open = at > self.commit && cx.stable().term_at(at) != Some(Term(0));
        if open && !cx.config().has(Bug::TwoChangesAtOnce) {
            return;
        }
        // And an entry of this term: else changes of two leaders, neither of which is committed, may not overlap
        // (Ongaro 2015, on the raft-dev list).
        let own = cx.stable().term_at(self.commit) == Some(cx.stable().term);
        if !own && !cx.config().has(Bug::ChangeBeforeOwnCommit) {
            return;
        }
        if let Some(next) = self.next_members(members, cx) {
            self.append_as_leader(Command::Configure(next), cx);
            self.replicate_to_all(cx);
        }
    }

    /// What follows a configuration on the way to the one that is wanted; none where nothing does yet.
    fn next_members(&self, members: Configuration, cx: &Context<Self>) -> Option<Configuration> {
        if members.is_joint() {
            return Some(Configuration::of(members.joining));
        }
        let Role::Leader { progress, extras, .. } = &self.role else { return None };
        let wanted = extras.wanted?;
        let (newcomers, leaving) = (wanted.without(members.voters), members.voters.without(wanted));
        if newcomers.is_empty() && leaving.is_empty() {
            return None;
        }
        let mut membership = cx.config().membership.iter();
        if membership.any(|membership| membership.single) {
            return one_step(members.voters, wanted).map(Configuration::of);
        }
        if !newcomers.without(members.learners).is_empty() {
            return Some(Configuration { learners: newcomers, ..members });
        }
        // They have caught up when they hold all that is committed as they are looked at. And as the joint
        // configuration cannot be left without a majority of the new voters, so many of them must be at hand.
        let keeps_up = |node: NodeId| progress[node.index()].matched >= self.commit;
        if !newcomers.nodes().all(keeps_up) || !Configuration::of(wanted).is_quorum(keeps_up) {
            return None;
        }
        if cx.config().has(Bug::DirectSwitch) {
            return Some(Configuration::of(wanted));
        }
        Some(Configuration { joining: wanted, learners: NodeSet::default(), ..members })
    }

    /// A leader "that is not part of C_new … steps down (returns to follower state) once it has committed the C_new log
    /// entry" (6). Until then it "manages a cluster that does not include itself", and does not count itself.
    pub(super) fn leave_if_removed(&mut self, cx: &mut Context<Self>) {
        let (Some((at, members)), Role::Leader { .. }) = (self.members, &self.role) else { return };
        if at <= self.commit && !members.votes(cx.id()) {
            self.leader = None;
            // Whoever is left is told that it is committed: it may be the last that they hear.
            self.replicate_to_all(cx);
            self.follow(cx);
        }
    }
}
