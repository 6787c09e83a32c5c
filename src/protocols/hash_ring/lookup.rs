//! Lookups: every node answers from its own view, at once (Karger et al. 1997, 4; DeCandia et al. 2007, 4.2 and 4.3).
//!
//! The placement is made when it is first asked for, and grows and shrinks with the view from then on.

use crate::node::{Context, NodeId, Outcome, RequestId};
use crate::parts::placement::{Member, Placed};
use crate::protocols::hash_ring::{Bug, Config, HashRing, mistakes};
use crate::spec::placement::{Answer, Rules, Said, Scheme};
use crate::spec::store::Key;

impl HashRing {
    /// Which nodes keep the key?
    pub(super) fn on_lookup(&mut self, request: RequestId, key: Key, cx: &mut Context<Self>) {
        let replicas = replicas(self.placed(cx), key, cx.config().replicas, cx.config());
        self.answer(request, Said::Replicas(replicas), cx);
    }

    /// Who owns each key? (What Cassandra's `nodetool ring` tells an administrator.)
    pub(super) fn on_survey(&mut self, request: RequestId, cx: &mut Context<Self>) {
        let config = cx.config();
        let placed = self.placed(cx);
        let owner = |key| replicas(placed, Key(key), 1, config).first().copied();
        let owners: Vec<Option<NodeId>> = (0..config.keys).map(owner).collect();
        let outside = NodeId::all(cx.nodes()).filter(|node| !self.has(*node, cx)).collect();
        self.answer(request, Said::Owners { owners, outside }, cx);
    }

    fn answer(&self, request: RequestId, said: Said, cx: &mut Context<Self>) {
        cx.reply(request, Outcome::Done(Answer { view: self.view.clone(), said }));
    }

    fn placed(&mut self, cx: &Context<Self>) -> &Placed {
        if self.placed.is_none() {
            let members: Vec<Member> = self.members(cx).map(|node| cx.config().member(node)).collect();
            self.placed = Some(placed(members, cx.config()));
        }
        self.placed.as_ref().expect("made just now")
    }

    /// A member has come.
    pub(super) fn place(&mut self, member: NodeId, cx: &Context<Self>) {
        if let Some(placed) = &mut self.placed {
            join(placed, cx.config().member(member), cx.config());
        }
    }

    /// A member has gone.
    pub(super) fn displace(&mut self, member: NodeId) {
        if let Some(placed) = &mut self.placed {
            placed.leave(member);
        }
    }
}

/// The placement of these members.
fn placed(members: Vec<Member>, config: &Config) -> Placed {
    let modulo = config.has(Bug::ModuloBehindRing).then_some(Scheme::Modulo);
    let rules = Rules { scheme: modulo.unwrap_or(config.placement), ..config.rules() };
    if config.bugs.is_empty() {
        return Placed::of(&rules, members);
    }
    // One by one: what comes to the same unless there is a mistake in it.
    let mut placed = Placed::of(&rules, []);
    members.into_iter().for_each(|member| join(&mut placed, member, config));
    placed
}

fn join(placed: &mut Placed, member: Member, config: &Config) {
    if let Placed::Ring(ring) = placed {
        if config.has(Bug::CollisionOverwrites) {
            ring.tokens_of(member).for_each(|token| ring.vacate(token));
        }
        if config.has(Bug::LabelWithoutSeparator) {
            let tokens = mistakes::tokens_run_together(member, config.virtual_nodes, config.hash_bits);
            return ring.join_at(member, tokens);
        }
    }
    placed.join(member);
}

/// The nodes that keep a key, as many as `count` says: its owner first.
fn replicas(placed: &Placed, key: Key, count: u32, config: &Config) -> Vec<NodeId> {
    let key = u64::from(key.0);
    if let Placed::Ring(ring) = placed {
        let position = ring.position(key);
        if config.has(Bug::ToyLookup) {
            return mistakes::toy_lookup(ring, position);
        }
        if config.has(Bug::NoWraparound) {
            return mistakes::without_wraparound(ring, position, count);
        }
        if config.has(Bug::PointsCounted) {
            return mistakes::points_counted(ring, position, count);
        }
    }
    placed.preference_list(key, count)
}
