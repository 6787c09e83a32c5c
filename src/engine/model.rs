//! What each link is like, resolved: nothing is left to look up by name or to compute with anything but integers.

use crate::engine::amount::{Rate, Size};
use crate::engine::config::{Order, Replay, Straggle};
use crate::engine::latency::Draw;
use crate::node::{Chance, Nanos, NodeId};

/// What a link is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkModel {
    /// How long a message takes.
    pub latency: Draw,
    /// The share of messages that are lost.
    pub loss: Chance,
    /// The share of messages that arrive twice.
    pub duplication: Chance,
    /// The share of messages that arrive damaged.
    pub corruption: Chance,
    /// Whether messages overtake each other.
    pub order: Order,
    /// How much it carries in a second.
    pub bandwidth: Option<Rate>,
    /// How much may wait for that.
    pub queue: Size,
    /// Some messages are held back much longer.
    pub straggle: Option<Straggle>,
    /// Some messages arrive once more.
    pub replay: Option<Replay>,
}

impl Default for LinkModel {
    fn default() -> Self {
        LinkModel {
            latency: Draw::Constant(Nanos::ZERO),
            loss: Chance::NEVER,
            duplication: Chance::NEVER,
            corruption: Chance::NEVER,
            order: Order::Reordering,
            bandwidth: None,
            queue: Size::DEFAULT_QUEUE,
            straggle: None,
            replay: None,
        }
    }
}

/// A change of what a link is like: what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelChange {
    /// How long a message takes.
    pub latency: Option<Draw>,
    /// The share of messages that are lost.
    pub loss: Option<Chance>,
    /// The share of messages that arrive twice.
    pub duplication: Option<Chance>,
    /// The share of messages that arrive damaged.
    pub corruption: Option<Chance>,
    /// Whether messages overtake each other.
    pub order: Option<Order>,
    /// How much it carries in a second.
    pub bandwidth: Option<Rate>,
    /// How much may wait for that.
    pub queue: Option<Size>,
    /// Some messages are held back much longer.
    pub straggle: Option<Straggle>,
    /// Some messages arrive once more.
    pub replay: Option<Replay>,
}

impl LinkModel {
    /// Whether all that a link may do to a message is to lose it or to deliver it once, after a while.
    #[inline]
    pub fn is_plain(&self) -> bool {
        let once = self.duplication == Chance::NEVER && self.replay.is_none();
        let undelayed = self.bandwidth.is_none() && self.straggle.is_none() && self.order == Order::Reordering;
        once && undelayed && self.corruption == Chance::NEVER
    }

    /// The same link with a change.
    pub fn with(&self, change: &ModelChange) -> LinkModel {
        LinkModel {
            latency: change.latency.clone().unwrap_or_else(|| self.latency.clone()),
            loss: change.loss.unwrap_or(self.loss),
            duplication: change.duplication.unwrap_or(self.duplication),
            corruption: change.corruption.unwrap_or(self.corruption),
            order: change.order.unwrap_or(self.order),
            bandwidth: change.bandwidth.or(self.bandwidth),
            queue: change.queue.unwrap_or(self.queue),
            straggle: change.straggle.or(self.straggle),
            replay: change.replay.or(self.replay),
        }
    }

    /// The same link, once the faults have ended: it loses, damages and holds back nothing, and repeats nothing long
    /// after. What it is like by nature stays: latency, order, bandwidth, and that a message may arrive twice.
    pub fn healed(&self) -> LinkModel {
        LinkModel { loss: Chance::NEVER, corruption: Chance::NEVER, straggle: None, replay: None, ..self.clone() }
    }

    /// The longest time that a message takes once the faults have ended, where it is no larger than a full queue of
    /// the link.
    pub fn message_max(&self) -> Nanos {
        let waits = self.bandwidth.map_or(Nanos::ZERO, |bandwidth| bandwidth.takes(self.queue.0) * 2);
        self.latency.max() + waits
    }
}

/// What all links between nodes are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkModel {
    /// The kinds of links.
    pub models: Vec<LinkModel>,
    /// By node: its class.
    pub classes: Vec<u32>,
    /// How many classes there are.
    pub class_count: u32,
    /// By the sender's class, then the receiver's: the kind of their link, by its place.
    pub kinds: Vec<u32>,
    /// What clients' links are like.
    pub clients: LinkModel,
    /// By declared fault: how it changes links, where it does.
    pub changes: Vec<ModelChange>,
}

impl NetworkModel {
    /// A network of links that are all alike.
    pub fn uniform(model: LinkModel, nodes: u32) -> Self {
        let clients = client_model(&model);
        NetworkModel {
            models: vec![model],
            classes: vec![0; nodes as usize],
            class_count: 1,
            kinds: vec![0],
            clients,
            changes: Vec::new(),
        }
    }

    /// What the link from one node to another is like.
    #[inline]
    pub fn link(&self, from: NodeId, to: NodeId) -> &LinkModel {
        if self.models.len() == 1 {
            return &self.models[0];
        }
        let row = self.classes[from.index()] * self.class_count;
        &self.models[self.kinds[(row + self.classes[to.index()]) as usize] as usize]
    }

    /// The same network, once the faults have ended.
    pub fn heal(&mut self) {
        self.models.iter_mut().for_each(|model| *model = model.healed());
        self.clients = self.clients.healed();
    }

    /// The longest time that a message takes on any link once the faults have ended.
    pub fn message_max(&self) -> Nanos {
        let all = self.models.iter().chain([&self.clients]);
        all.map(LinkModel::message_max).max().unwrap_or(Nanos::ZERO)
    }
}

/// Clients' links are as slow and as lossy as others; what clients send arrives once, and there is room for it.
pub fn client_model(model: &LinkModel) -> LinkModel {
    LinkModel { latency: model.latency.clone(), loss: model.loss, order: model.order, ..LinkModel::default() }
}
