//! A node made of nodes: a server of two shards, each of which is a Raft group among the same servers.
//!
//! Everything of a group carries its number: a message, a timer, a record, a fact. The family is [`Scoped`], so that
//! each group is held to the invariants of a replicated log by itself.

use splitbrain::node::{
    Context, Delays, Fact, Hosts, Nanos, Node, NodeId, Op, Outcome, PlantedBug, Presupposes, Protocol, Record,
    RequestId, Stable, Unbacked,
};
use splitbrain::protocols::raft::{self, Raft};
use splitbrain::spec::replicated_log::ReplicatedLog;
use splitbrain::spec::scoped::{In, SCOPES, Scope, Scoped};
use std::fmt;
use std::marker::PhantomData;

/// How a host wraps what its parts say. A wrong wrapping is a mistake of the host, not of its parts.
pub trait Wrapping: 'static {
    /// The scope that a group's facts carry.
    fn scope(group: Scope) -> Scope {
        group
    }
    /// The group whose storage a group's records change.
    fn storage(group: Scope) -> Scope {
        group
    }
}

/// As it must be.
pub struct Right;
impl Wrapping for Right {}

/// All facts carry one scope, as if there were one group.
pub struct OneScope;
impl Wrapping for OneScope {
    fn scope(_: Scope) -> Scope {
        0
    }
}

/// What one group writes lies in the other's storage after a restart.
pub struct Crossed;
impl Wrapping for Crossed {
    fn storage(group: Scope) -> Scope {
        1 - group
    }
}

/// Something of a group. Its debug text begins with the group and the part's own: `g1_RequestVote { … }`, so that
/// schedules can name it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Of<T> {
    pub group: Scope,
    pub inner: T,
}

impl<T: fmt::Debug> fmt::Debug for Of<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{}_{:?}", self.group + 1, self.inner)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    pub groups: [raft::Disk; SCOPES as usize],
}

impl Stable for Disk {
    type Record = Of<raft::Change>;
    fn apply(&mut self, Of { group, inner }: Self::Record) {
        self.groups[group as usize].apply(inner);
    }
}

/// A server: its part in each group.
pub struct Sharded<W = Right> {
    groups: [Raft; SCOPES as usize],
    wrapping: PhantomData<W>,
}

impl<W: Wrapping> Sharded<W> {
    /// A step of this server's part in `group`. What the part is asked comes from clients here, and so its answers are
    /// passed on to them.
    fn in_group(&mut self, group: Scope, cx: &mut Context<Self>, step: impl FnOnce(&mut Raft, &mut Context<Raft>)) {
        let part = &mut self.groups[group as usize];
        let ((), answers) = cx.lend(group, |cx| step(part, cx));
        for (request, outcome) in answers {
            cx.reply(
                request,
                match outcome {
                    Outcome::Done(inner) => Outcome::Done(In { scope: group, inner }),
                    Outcome::Refused(why) => Outcome::Refused(why),
                    Outcome::Unknown => Outcome::Unknown,
                    Outcome::Redirect(leader) => Outcome::Redirect(leader),
                },
            );
        }
    }
}

impl<W: Wrapping> Node for Sharded<W> {
    type Family = Scoped<ReplicatedLog>;
    /// Of both groups.
    type Config = raft::Config;
    type Stable = Disk;
    type Message = Of<raft::Message>;
    type Timer = Of<raft::Timer>;
    type View = String;

    fn start(cx: &mut Context<Self>) -> Self {
        let groups = std::array::from_fn(|group| cx.lend(group as Scope, Raft::start).0);
        Sharded { groups, wrapping: PhantomData }
    }
    fn on_message(&mut self, from: NodeId, Of { group, inner }: Self::Message, cx: &mut Context<Self>) {
        self.in_group(group, cx, |part, cx| part.on_message(from, inner, cx));
    }
    fn on_timer(&mut self, Of { group, inner }: Self::Timer, cx: &mut Context<Self>) {
        self.in_group(group, cx, |part, cx| part.on_timer(inner, cx));
    }
    fn on_request(&mut self, request: RequestId, In { scope, inner }: Op<Self>, cx: &mut Context<Self>) {
        self.in_group(scope, cx, |part, cx| part.on_request(request, inner, cx));
    }
    fn view(&self, disk: &Disk) -> String {
        let [first, second] = &self.groups;
        format!("g1 {}; g2 {}", first.view(&disk.groups[0]), second.view(&disk.groups[1]))
    }
    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        let scope = W::scope(record.group);
        Raft::facts_of(&record.inner, &mut |inner| tell(In { scope, inner }));
    }
    fn backed(
        message: &Self::Message,
        from: NodeId,
        to: NodeId,
        disk: &Disk,
    ) -> Result<Presupposes<Fact<Self>>, Unbacked> {
        let presupposed = Raft::backed(&message.inner, from, to, &disk.groups[message.group as usize])?;
        Ok(presupposed.map(|inner| In { scope: W::scope(message.group), inner }))
    }
}

impl<W: Wrapping> Hosts<Raft> for Sharded<W> {
    type Key = Scope;

    fn part_config(_: Scope, config: &raft::Config) -> &raft::Config {
        config
    }
    fn part_stable(group: Scope, disk: &mut Disk) -> &mut raft::Disk {
        &mut disk.groups[group as usize]
    }
    fn message(group: Scope, inner: raft::Message, _: &Disk) -> Self::Message {
        Of { group, inner }
    }
    fn timer(group: Scope, inner: raft::Timer) -> Self::Timer {
        Of { group, inner }
    }
    fn record(group: Scope, inner: raft::Change) -> Record<Self> {
        Of { group: W::storage(group), inner }
    }
    fn fact(group: Scope, inner: Fact<Raft>) -> Option<Fact<Self>> {
        Some(In { scope: W::scope(group), inner })
    }
}

impl Protocol for Sharded {
    const ABOUT: &'static str = "two Raft groups among the same servers";
    const SOURCE: &'static str = "a model for tests";
    const BUGS: &'static [PlantedBug] = &[];

    fn check_config(config: &raft::Config, nodes: u32) -> Result<(), (&'static str, String)> {
        Raft::check_config(config, nodes)
    }
    fn pace(config: &raft::Config) -> Nanos {
        Raft::pace(config)
    }
    /// The groups move on side by side, but share the clients: one that must ask again may ask each group in turn.
    fn liveness_bound(config: &raft::Config, nodes: u32, delays: &Delays) -> Nanos {
        Raft::liveness_bound(config, nodes, delays) * u64::from(SCOPES)
    }
}
