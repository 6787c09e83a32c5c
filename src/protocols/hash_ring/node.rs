//! The hash ring as a [`Node`]: start, dispatch, and what each message must have on disk behind it.

use crate::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, PlantedBug, Presupposes, Protocol, Record, RequestId, Unbacked,
    schema_of,
};
use crate::protocols::hash_ring::{Change, Config, Disk, HashRing, Look, Message, Timer, bugs};
use crate::spec::placement::{Op, Placement, PlacementFact, Scheme, Status};
use std::collections::BTreeMap;

impl Node for HashRing {
    type Family = Placement;
    type Config = Config;
    type Stable = Disk;
    type Message = Message;
    type Timer = Timer;
    type View = Look;

    fn start(cx: &mut Context<Self>) -> Self {
        let me = cx.config().member(cx.id());
        cx.fact(PlacementFact::Configured {
            rules: cx.config().rules(),
            member: cx.config().begins_with(cx.id()),
            weight: me.weight,
            zone: me.zone,
        });
        let view = cx.stable().view.clone();
        let mut node = HashRing { view, placed: None, beats: BTreeMap::new(), turns: Vec::new() };
        node.start_watching(cx);
        node.come_back(cx);
        node.start_gossiping(cx);
        node
    }

    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Push { view, beats } => self.on_push(from, &view, &beats, cx),
            Message::Pull { view, beats } => self.on_pull(&view, &beats, cx),
        }
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Gossip => self.on_gossip_timer(cx),
            Timer::Silence(member) => self.on_silence(member, cx),
        }
    }

    fn on_request(&mut self, request: RequestId, op: Op, cx: &mut Context<Self>) {
        match op {
            Op::Lookup(key) => self.on_lookup(request, key, cx),
            Op::Survey => self.on_survey(request, cx),
            Op::Join(about) => self.on_change(request, about, Status::In, cx),
            Op::Leave(about) => self.on_change(request, about, Status::Left, cx),
        }
    }

    fn view(&self, _: &Disk) -> Look {
        Look { view: self.view.clone(), to_tell: self.turns.len() }
    }

    fn waits_for(&self, id: NodeId, _: u32, _: &Disk) -> Option<String> {
        Some(self.waits(id))
    }

    fn facts_of(record: &Record<Self>, tell: &mut impl FnMut(Fact<Self>)) {
        match *record {
            Change::Boot { .. } => {}
            Change::Order { about, standing } => tell(PlacementFact::Ordered { about, standing }),
            Change::Note { about, standing } => tell(PlacementFact::Noted { about, standing }),
        }
    }

    /// "The node that serves the request writes the membership change and its time of issue to persistent store"
    /// (DeCandia et al. 2007, 4.8.1): what a view tells of, its sender's disk holds.
    fn backed(message: &Message, from: NodeId, _: NodeId, disk: &Disk) -> Result<Presupposes<PlacementFact>, Unbacked> {
        let (view, beats) = message.tells();
        let on_disk = |(node, standing)| disk.view.standing(node).is_some_and(|known| known >= standing);
        if !view.0.iter().all(|(node, standing)| on_disk((*node, *standing))) {
            return Err("a membership change that it tells of is not on its disk");
        }
        if beats.get(&from).is_some_and(|beat| beat.generation > disk.generation) {
            return Err("that it has started so often is not on its disk");
        }
        Ok(Presupposes::Nothing)
    }
}

/// More would only make runs slow: every one is a point that is hashed and sorted.
const POINTS_MAX: u64 = 4_000_000;
/// As for [`POINTS_MAX`]: a survey lists so many owners at most.
const KEYS_MAX: u32 = 1 << 20;

impl Protocol for HashRing {
    const ABOUT: &'static str = "consistent hashing on a ring, and four other placements: lookups while views lag";
    const SOURCE: &'static str =
        "Karger et al. 1997, sections 3 and 4; DeCandia et al. 2007 (Dynamo), sections 4.2, 4.3 and 4.8.1";
    const BUGS: &'static [PlantedBug] = bugs::BUGS;

    fn check_config(config: &Config, nodes: u32) -> Result<(), (&'static str, String)> {
        let wrong = |key, text: &str| Err((key, text.to_owned()));
        if !(1..=64).contains(&config.hash_bits) {
            return wrong("hash_bits", &format!("a ring of 2^{} places: expected 1 to 64 bits", config.hash_bits));
        }
        if !(1..=KEYS_MAX).contains(&config.keys) {
            return wrong("keys", &format!("{} keys: expected 1 to {KEYS_MAX}", config.keys));
        }
        if config.virtual_nodes == 0 {
            return wrong("virtual_nodes", "without a virtual node a member has no point on the ring: 1 at least");
        }
        if config.replicas == 0 {
            return wrong("replicas", "nobody would keep a key: expected 1 at least");
        }
        config.check_nodes(nodes)?;
        let weight = NodeId::all(nodes).map(|node| u64::from(config.member(node).weight)).sum::<u64>();
        let points = weight.saturating_mul(u64::from(config.virtual_nodes));
        if points > POINTS_MAX {
            return Err(("virtual_nodes", format!("{points} points in all: expected {POINTS_MAX} at most")));
        }
        if config.gossip == Nanos::ZERO {
            return wrong("gossip", "0s would never let time pass: it must be longer");
        }
        let enough = config.gossip * u64::from(2 * nodes);
        match config.evict_after {
            Some(time) if time < enough => {
                let text = format!("{time} is too short: two rounds of gossip among {nodes} nodes take {enough}");
                Err(("evict_after", text))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn config_schema() -> Option<serde_json::Value> {
        Some(schema_of::<Config>())
    }

    fn pace(config: &Config) -> Nanos {
        config.evict_after.unwrap_or(config.gossip * 4)
    }

    /// Two rounds of gossip let any two nodes meet, so that all have the same view. Before that the silent are found
    /// dead; and who was found dead wrongly hears so within two rounds, and all hear two rounds later that it is back.
    fn liveness_bound(config: &Config, nodes: u32, delays: &Delays) -> Nanos {
        let exchange = delays.message_max * 2 + delays.sync_max * 2;
        let two_rounds = (config.gossip + exchange) * u64::from(2 * nodes);
        let eviction = config.evict_after.unwrap_or(Nanos::ZERO) * 2;
        two_rounds * 3 + eviction + exchange + delays.retry_max * u64::from(nodes + 4)
    }
}

impl Config {
    /// Whether what is said of nodes is said of nodes that there are, once each.
    fn check_nodes(&self, nodes: u32) -> Result<(), (&'static str, String)> {
        let missing = |key: &'static str, node: &NodeId| {
            let there = node.index() < nodes as usize;
            if there { Ok(()) } else { Err((key, format!("there is no {node}: nodes are n1 to n{nodes}"))) }
        };
        match &self.members {
            Some(members) if members.is_empty() => {
                return Err(("members", "nobody would keep a key: name one node at least".to_owned()));
            }
            Some(members) => members.iter().try_for_each(|node| missing("members", node))?,
            None => {}
        }
        for (node, weight) in &self.weights {
            missing("weights", node)?;
            if *weight == 0 {
                return Err(("weights", format!("{node} has weight 0: expected 1 at least, or leave it out")));
            }
        }
        let mut placed: BTreeMap<NodeId, &str> = BTreeMap::new();
        for (name, zone) in &self.zones {
            for node in zone {
                missing("zones", node)?;
                if let Some(other) = placed.insert(*node, name) {
                    return Err(("zones", format!("{node} stands in `{other}` and in `{name}`: expected one of them")));
                }
            }
        }
        if self.placement != Scheme::Ring && !self.bugs.is_empty() {
            return Err(("bugs", "these are mistakes of a ring: expected the placement `ring`".to_owned()));
        }
        Ok(())
    }
}
