//! A node's parts in all groups: it lends itself to Raft, applies what that has committed, and acts for the groups
//! that it leads.

use crate::node::{Context, Delays, Nanos, Node, NodeId, Protocol, RequestId};
use crate::parts::participant::Ready;
use crate::protocols::raft::Raft;
use crate::protocols::replicated_commit::via_raft::coordinator::Coordinator;
use crate::protocols::replicated_commit::via_raft::site::Replica;
use crate::protocols::replicated_commit::via_raft::storage::{
    COORDINATOR, Command, Group, GroupChange, group_of, name_of, site_of,
};
use crate::protocols::replicated_commit::{Bug, Change, Config, Message, ReplicatedCommit, Timer, View};
use crate::spec::atomic_commit::{CommitFact, Part, Site, Txn};
use crate::spec::replicated_log::Index;
use crate::spec::store::{Key, Op};
use std::collections::VecDeque;
use std::sync::Arc;

/// Each node has a replica of every site's group.
const SITES_MAX: u32 = 100;

/// A node's part in one group, whatever that is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Seat {
    raft: Raft,
    /// How far this node has carried out the group's log.
    applied: Index,
    /// Whether it acts for the group.
    acts: bool,
}

/// What a handler has brought up, and is done before the step ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Next {
    /// A message to itself.
    Hear(Message),
    /// A command for the log of a group that it acts for.
    Propose(Group, Command),
}

/// A node's parts in all groups.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    seats: Vec<Seat>,
    pub(super) coordinator: Coordinator,
    sites: Vec<Replica>,
    next: VecDeque<Next>,
    /// How many commands it has named in this life.
    named: u32,
}

impl Member {
    /// Raft starts in every group. All else comes back as the logs are applied.
    pub(in crate::protocols::replicated_commit) fn start(cx: &mut Context<ReplicatedCommit>) -> Self {
        let sites = cx.config().sites;
        let part = |group| site_of(group).map_or(Part::CoordinatorGroup, Part::Site);
        for group in 0..=sites {
            cx.fact(CommitFact::Configured { part: part(group), sites });
        }
        cx.write(Change::Life { life: cx.stable().life + 1 });
        cx.write(Change::Group(GroupChange::Made(sites + 1)));
        let seat = |group| Seat { raft: cx.lend(group, Raft::start).0, applied: Index(0), acts: false };
        Member {
            seats: (0..=sites).map(seat).collect(),
            coordinator: Coordinator::default(),
            sites: (0..sites).map(|_| Replica::default()).collect(),
            next: VecDeque::new(),
            named: 0,
        }
    }

    /// A message of a group's Raft, or between groups.
    pub(in crate::protocols::replicated_commit) fn on_message(
        &mut self,
        from: NodeId,
        message: Message,
        cx: &mut Context<ReplicatedCommit>,
    ) {
        match message {
            Message::Log { group, message, commands } => {
                for (name, command) in commands {
                    if cx.stable().groups.command(name).is_none() {
                        cx.write(Change::Group(GroupChange::Command(name, command)));
                    }
                }
                self.in_group(group, cx, |raft, cx| raft.on_message(from, message, cx));
            }
            other => self.hear(other, cx),
        }
        self.settle(cx);
    }

    /// A timer of a group's Raft, or of what this node leads.
    pub(in crate::protocols::replicated_commit) fn on_timer(
        &mut self,
        timer: Timer,
        cx: &mut Context<ReplicatedCommit>,
    ) {
        match timer {
            Timer::Group(group, timer) => self.in_group(group, cx, |raft, cx| raft.on_timer(timer, cx)),
            Timer::Votes(txn) => self.on_votes_timeout(txn, cx),
            Timer::SiteDoubt(site, txn) => self.on_site_doubt(site, txn, cx),
            Timer::Ballot(_) | Timer::Doubt(_) => {}
        }
        self.settle(cx);
    }

    fn hear(&mut self, message: Message, cx: &mut Context<ReplicatedCommit>) {
        match message {
            Message::AskSite { site, txn, request, work } => self.on_ask_site(site, Ready { txn, request, work }, cx),
            Message::SiteVote { site, txn, vote } => self.on_site_vote(site, txn, vote, cx),
            Message::SiteDecision { site, txn, decision } => self.on_site_decision(site, txn, decision),
            Message::SiteInquiry { site, txn } => self.on_site_inquiry(site, txn, cx),
            other => panic!("{other:?} is not between groups"),
        }
    }

    /// Does what handlers have brought up, and what comes of that.
    pub(super) fn settle(&mut self, cx: &mut Context<ReplicatedCommit>) {
        while let Some(next) = self.next.pop_front() {
            match next {
                Next::Hear(message) => self.hear(message, cx),
                Next::Propose(group, command) => self.append(group, command, cx),
            }
        }
    }

    /// A command for the log of a group that this node acts for.
    pub(super) fn propose(&mut self, group: Group, command: Command) {
        self.next.push_back(Next::Propose(group, command));
    }

    /// To whom this node takes for a group's leader, if it knows one. That may be wrong: who waits asks again.
    pub(super) fn tell_leader(&mut self, group: Group, message: Message, cx: &mut Context<ReplicatedCommit>) {
        match self.leader_of(group) {
            Some(leader) if leader == cx.id() => self.next.push_back(Next::Hear(message)),
            Some(leader) => cx.send(leader, message),
            None => {}
        }
    }

    pub(super) fn leader_of(&self, group: Group) -> Option<NodeId> {
        self.seats[group as usize].raft.leader()
    }

    /// Whether this node acts for a group.
    pub(super) fn acts_for(&self, group: Group) -> bool {
        self.seats[group as usize].acts
    }

    pub(super) fn replica(&mut self, site: Site) -> &mut Replica {
        &mut self.sites[site.0 as usize]
    }

    /// The command is on the disk before the entry that names it. No other has its name: a node's life has not, and
    /// numbers in it are given once. So Raft appends it once, and its own table of sessions finds it fresh; what Raft
    /// keeps a store for does not matter here.
    fn append(&mut self, group: Group, command: Command, cx: &mut Context<ReplicatedCommit>) {
        if !self.acts_for(group) {
            return;
        }
        self.named += 1;
        let epoch = cx.config().epoch(cx.id(), cx.nodes(), cx.stable().life);
        let name = RequestId::of_host(epoch - 1, self.named);
        cx.write(Change::Group(GroupChange::Command(name, Arc::new(command))));
        self.in_group(group, cx, |raft, cx| raft.on_request(name, Op::Delete(Key(0)), cx));
    }

    /// A step of a group's Raft, and what follows from it. Its answers are for who appends without looking at the log.
    fn in_group(
        &mut self,
        group: Group,
        cx: &mut Context<ReplicatedCommit>,
        step: impl FnOnce(&mut Raft, &mut Context<Raft>),
    ) {
        let seat = &mut self.seats[group as usize];
        cx.lend(group, |cx| step(&mut seat.raft, cx));
        if seat.acts && !seat.raft.leads() {
            self.lay_down(group, cx);
        }
        self.carry_out(group, cx);
        let seat = &mut self.seats[group as usize];
        let ready =
            if cx.config().has(Bug::ActsBeforeApplied) { seat.raft.leads() } else { seat.raft.leads_up_to_date() };
        if ready && !seat.acts {
            seat.acts = true;
            if let Some(site) = site_of(group) {
                self.take_up_site(site, cx);
            }
        }
    }

    fn lay_down(&mut self, group: Group, cx: &mut Context<ReplicatedCommit>) {
        self.seats[group as usize].acts = false;
        match site_of(group) {
            Some(site) => self.lay_down_site(site),
            None => self.lay_down_coordinator(cx),
        }
    }

    /// What Raft has applied is committed: this node carries it out.
    fn carry_out(&mut self, group: Group, cx: &mut Context<ReplicatedCommit>) {
        loop {
            let seat = &mut self.seats[group as usize];
            if seat.applied == seat.raft.applied() {
                return;
            }
            seat.applied = seat.applied.next();
            let groups = &cx.stable().groups;
            let entry = groups.log(group).entry(seat.applied).expect("what is applied is in the log");
            let Some(name) = name_of(entry) else { continue };
            let command = groups.command(name).expect("a command is on the disk before its entry").clone();
            match (site_of(group), &*command) {
                (Some(site), command) => self.apply_at_site(site, command, cx),
                (None, Command::Decide { txn, decision }) => self.apply_decision(*txn, *decision, cx),
                (None, other) => panic!("{other:?} in the coordinator's log"),
            }
        }
    }

    /// What people look at.
    pub(in crate::protocols::replicated_commit) fn look(&self) -> View {
        let acting = |site: &Site| self.acts_for(group_of(*site));
        let sites = || (0..self.sites.len() as u32).map(Site);
        let replicas = || sites().filter(acting).map(|site| &self.sites[site.0 as usize]);
        let mut leads: Vec<String> = self.acts_for(COORDINATOR).then(|| "coordinator".to_owned()).into_iter().collect();
        leads.extend(sites().filter(acting).map(|site| site.to_string()));
        let in_doubt = replicas().flat_map(|replica| replica.state.resource().in_doubt().map(|(txn, _)| txn));
        View {
            voting: self.coordinator.under_way.keys().copied().collect(),
            recovering: Vec::new(),
            waiting: replicas().flat_map(|replica| replica.participant.waiting()).collect(),
            in_doubt: in_doubt.collect::<std::collections::BTreeSet<Txn>>().into_iter().collect(),
            finished: self.sites.iter().map(|replica| replica.state.resource().finished_count()).sum(),
            leads,
        }
    }

    /// `waits for the vote of s2 on t1.5`; `no leader of s2 is known here`
    pub(in crate::protocols::replicated_commit) fn waits(&self) -> String {
        let name = |group: Group| site_of(group).map_or_else(|| "coordinator".to_owned(), |site| site.to_string());
        let groups = 0..self.seats.len() as Group;
        if let Some(group) = groups.into_iter().find(|group| self.leader_of(*group).is_none()) {
            return format!("no leader of {} is known here", name(group));
        }
        if let Some((txn, under_way)) = self.coordinator.under_way.first_key_value() {
            let heard: Vec<String> = under_way.votes.keys().map(Site::to_string).collect();
            return format!("coordinates {txn}, and has votes of {}", heard.join(", "));
        }
        match self.look().in_doubt.first() {
            Some(txn) => format!("in doubt about {txn}: the coordinator's leader must say"),
            None => "nothing is under way here".to_owned(),
        }
    }
}

/// Whether the configuration makes sense via Raft.
pub(crate) fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
    let raft = &config.raft;
    if !(1..=SITES_MAX).contains(&config.sites) {
        return Err(("sites", format!("{} sites: expected from 1 to {SITES_MAX}", config.sites)));
    }
    let members = raft.voters.is_some() || raft.membership.is_some() || raft.transfer.is_some();
    if raft.snapshot_every.is_some() || raft.lazy_append || members {
        let why = "snapshots, lazy appends, changes of members and of leaders by word are left out via Raft";
        return Err(("raft", why.to_owned()));
    }
    Raft::check_config(raft, nodes).map_err(|(key, why)| ("raft", format!("`{key}`: {why}")))
}

/// All groups elect leaders side by side. Then who is in doubt asks, what nobody leads is aborted, and clients try
/// again, of whom the oldest gets its locks.
pub(crate) fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
    let round = delays.message_max * 12 + delays.sync_max * 12;
    let attempt = config.vote_timeout * 4 + delays.retry_max + round;
    let doubts = config.decision_timeout * 4 + round;
    Raft::liveness_bound(&config.raft, nodes, delays) * 2 + doubts + attempt * u64::from(nodes + 20)
}
