//! What the groups keep on a node's disk: Raft's logs, and the commands that their entries name.

use crate::node::{Fact, Hosts, Node, NodeId, Presupposes, RequestId, Stable, Unbacked};
use crate::parts::resource::Work;
use crate::protocols::raft::{self, Raft};
use crate::protocols::replicated_commit::{Change, Config, Disk, Message, ReplicatedCommit, Timer, Why};
use crate::spec::atomic_commit::{CommitFact, Decision, Site, Txn};
use crate::spec::replicated_log::{self, Entry, LogFact};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which group: 0 is the coordinator, from 1 on they are sites.
pub type Group = u32;

/// The group that is the coordinator.
pub(super) const COORDINATOR: Group = 0;

/// The group that a site is.
pub(super) fn group_of(site: Site) -> Group {
    site.0 + 1
}

/// The site that a group is; none: it is the coordinator.
pub(super) fn site_of(group: Group) -> Option<Site> {
    group.checked_sub(1).map(Site)
}

/// What an entry of a group's log says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Coordinator: this is decided, unless something was before.
    Decide {
        /// On which transaction.
        txn: Txn,
        /// Which.
        decision: Decision,
    },
    /// Site: prepares its part, or votes no if it must not or cannot.
    Prepare {
        /// Of which transaction.
        txn: Txn,
        /// What asked for it.
        request: RequestId,
        /// Its part.
        work: Work,
    },
    /// Site: votes no.
    Refuse {
        /// On which transaction.
        txn: Txn,
        /// Why.
        why: Why,
    },
    /// Site: carries out a decision.
    Finish {
        /// On which transaction.
        txn: Txn,
        /// Which.
        decision: Decision,
    },
}

/// What a node keeps for its groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Groups {
    logs: Vec<raft::Disk>,
    commands: BTreeMap<RequestId, Arc<Command>>,
}

/// A change of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupChange {
    /// So many groups there are.
    Made(u32),
    /// A command that some entry will name.
    Command(RequestId, Arc<Command>),
    /// A change of a group's Raft.
    Log(Group, raft::Change),
}

impl Groups {
    /// Carries out a change.
    pub fn apply(&mut self, change: GroupChange) {
        match change {
            GroupChange::Made(count) => self.grow(count),
            GroupChange::Command(name, command) => drop(self.commands.insert(name, command)),
            GroupChange::Log(group, change) => {
                self.grow(group + 1);
                self.logs[group as usize].apply(change);
            }
        }
    }

    fn grow(&mut self, count: u32) {
        let count = self.logs.len().max(count as usize);
        self.logs.resize_with(count, raft::Disk::default);
    }

    /// A group's Raft.
    pub fn log(&self, group: Group) -> &raft::Disk {
        &self.logs[group as usize]
    }

    /// The command of this name.
    pub fn command(&self, name: RequestId) -> Option<&Arc<Command>> {
        self.commands.get(&name)
    }

    /// The name in an entry, if it has one, and the command.
    fn named(&self, entry: &Entry) -> Option<(RequestId, Option<&Arc<Command>>)> {
        name_of(entry).map(|name| (name, self.command(name)))
    }
}

/// The command that an entry names; none: it is Raft's own.
pub(super) fn name_of(entry: &Entry) -> Option<RequestId> {
    match entry.command {
        replicated_log::Command::Apply(name, _) => Some(name),
        replicated_log::Command::Noop
        | replicated_log::Command::Configure(_)
        | replicated_log::Command::Reconfigure(..) => None,
    }
}

impl Hosts<Raft> for ReplicatedCommit {
    type Key = Group;

    fn part_config(_: Group, config: &Config) -> &raft::Config {
        &config.raft
    }
    fn part_stable(group: Group, disk: &mut Disk) -> &mut raft::Disk {
        &mut disk.groups.logs[group as usize]
    }
    fn message(group: Group, message: raft::Message, disk: &Disk) -> Message {
        let named = message.entries().iter().filter_map(|entry| disk.groups.named(entry));
        let commands = named.filter_map(|(name, command)| Some((name, command?.clone()))).collect();
        Message::Log { group, message, commands }
    }
    fn timer(group: Group, timer: raft::Timer) -> Timer {
        Timer::Group(group, timer)
    }
    fn record(group: Group, change: raft::Change) -> Change {
        Change::Group(GroupChange::Log(group, change))
    }
    fn fact(_: Group, _: LogFact) -> Option<Fact<Self>> {
        None
    }
}

/// Whether what a member of a group says has on its disk what it must: what Raft asks for; and no entry without its
/// command.
pub(crate) fn backed(
    group: Group,
    message: &raft::Message,
    commands: &[(RequestId, Arc<Command>)],
    (from, to): (NodeId, NodeId),
    disk: &Disk,
) -> Result<Presupposes<CommitFact>, Unbacked> {
    let Some(log) = disk.groups.logs.get(group as usize) else { return Err("its disk knows no such group") };
    // That an election was won the family does not speak of.
    Raft::backed(message, from, to, log)?;
    let travels = |name| commands.iter().any(|(other, _)| *other == name);
    let mut complete = message.entries().iter().filter_map(name_of).all(travels);
    if let raft::Message::AppendResponse { success: true, index, .. } = message {
        complete = log.entry(*index).and_then(name_of).is_none_or(|name| disk.groups.command(name).is_some());
    }
    if complete { Ok(Presupposes::Nothing) } else { Err("a command of an entry is not on its disk") }
}
