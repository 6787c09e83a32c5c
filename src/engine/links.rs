//! Fates: what becomes of the k-th message handed to a directed link.
//!
//! A pure function of (seed, link, k), but for what the messages before it leave on the link: its order, and what waits
//! for its bandwidth. Each fate owns eight words of the link's stream whether or not loss, duplication or any other
//! thing is on, so that turning one on, or losing another message, changes no other fate.

use crate::engine::config::Order;
use crate::engine::model::LinkModel;
use crate::node::{Nanos, Purpose, Stream, within};
use std::collections::BTreeMap;

/// Why a message does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The link loses it.
    Lost,
    /// It arrives damaged.
    Corrupted,
    /// Too much waits on the link.
    Overflowed,
}

/// What becomes of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The message's number on its link, from 1.
    pub number: u64,
    /// When it arrives, or why it does not.
    pub arrives: Result<Nanos, Gone>,
    /// When its second copy arrives, where it has one.
    pub copy_arrives: Option<Nanos>,
    /// When it arrives once more, where it does.
    pub replayed: Option<Nanos>,
    /// Whether it is held back much longer.
    pub straggles: bool,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    /// Meaningless until the first message is handed over.
    stream: Stream,
    handed: u64,
    /// When the last message arrives: nothing may arrive earlier on a FIFO link.
    last_arrival: Nanos,
    /// When what waits for the link's bandwidth is gone.
    free_at: Nanos,
}

const WORDS_PER_FATE: u64 = 8;

/// Which of a fate's words decides what.
mod word {
    pub const LATENCY: u64 = 0;
    /// Loss in the upper half, duplication in the lower.
    pub const LOSS_AND_COPY: u64 = 1;
    pub const COPY_LATENCY: u64 = 2;
    /// Corruption in the upper half, straggling in the lower.
    pub const CORRUPTION_AND_STRAGGLING: u64 = 3;
    pub const STRAGGLES_FOR: u64 = 4;
    pub const REPLAY: u64 = 5;
    pub const REPLAYED_AFTER: u64 = 6;
}

impl Link {
    const UNUSED: Link = Link { stream: Stream::EMPTY, handed: 0, last_arrival: Nanos::ZERO, free_at: Nanos::ZERO };

    #[inline]
    fn fate(&mut self, now: Nanos, model: &LinkModel, size: u64) -> Fate {
        if !model.is_plain() {
            return self.any_fate(now, model, size);
        }
        let (number, arrives) = self.plain_fate(now, model);
        Fate { number, arrives: arrives.ok_or(Gone::Lost), copy_arrives: None, replayed: None, straggles: false }
    }

    /// The same as [`Link::any_fate`] says, of a link that may lose a message or deliver it, once.
    #[inline(always)]
    fn plain_fate(&mut self, now: Nanos, model: &LinkModel) -> (u64, Option<Nanos>) {
        let first = self.handed * WORDS_PER_FATE;
        self.handed += 1;
        if model.loss.happens((self.stream.at(first + word::LOSS_AND_COPY) >> 32) as u32) {
            return (self.handed, None);
        }
        (self.handed, Some(now + model.latency.draw(self.stream.at(first + word::LATENCY))))
    }

    #[inline(never)]
    fn any_fate(&mut self, now: Nanos, model: &LinkModel, size: u64) -> Fate {
        let first = self.handed * WORDS_PER_FATE;
        let at = |word| self.stream.at(first + word);
        let (upper, lower) = (|word: u64| (word >> 32) as u32, |word: u64| word as u32);
        let (losing, damaging) = (at(word::LOSS_AND_COPY), at(word::CORRUPTION_AND_STRAGGLING));
        let mut gone = None;
        if model.loss.happens(upper(losing)) {
            gone = Some(Gone::Lost);
        } else if model.corruption.happens(upper(damaging)) {
            gone = Some(Gone::Corrupted);
        }
        let latency = model.latency.draw(at(word::LATENCY));
        let copy_latency = model.latency.draw(at(word::COPY_LATENCY));
        // What is gone is gone: a copy that arrives in its place would only be a late original.
        let copied = gone.is_none() && model.duplication.happens(lower(losing));
        let straggles = model.straggle.filter(|straggle| straggle.chance.happens(lower(damaging)));
        let replay = model.replay.filter(|replay| gone.is_none() && replay.chance.happens(upper(at(word::REPLAY))));
        let delay = straggles.map_or(Nanos::ZERO, |straggle| within(at(word::STRAGGLES_FOR), straggle.length));
        let replayed_after = replay.map(|replay| within(at(word::REPLAYED_AFTER), replay.after));
        self.handed += 1;
        let departs = match self.departure(now, model, size) {
            Some(departs) => departs,
            None => {
                gone = gone.or(Some(Gone::Overflowed));
                now
            }
        };
        let number = self.handed;
        if let Some(gone) = gone {
            return Fate { number, arrives: Err(gone), copy_arrives: None, replayed: None, straggles: false };
        }
        let arrives = self.arrival(departs + latency + delay, model.order);
        let copy_arrives = copied.then(|| self.arrival(departs + copy_latency, model.order));
        let replayed = replayed_after.map(|after| arrives + after);
        Fate { number, arrives: Ok(arrives), copy_arrives, replayed, straggles: straggles.is_some() }
    }

    /// When a message has gone onto the link; none where too much waits already. What the link loses took its share.
    #[inline]
    fn departure(&mut self, now: Nanos, model: &LinkModel, size: u64) -> Option<Nanos> {
        let Some(bandwidth) = model.bandwidth else { return Some(now) };
        let waits = self.free_at.saturating_sub(now);
        if bandwidth.carries(waits) + size > model.queue.0.max(size) {
            return None;
        }
        self.free_at = self.free_at.max(now) + bandwidth.takes(size);
        Some(self.free_at)
    }

    #[inline]
    fn arrival(&mut self, earliest: Nanos, order: Order) -> Nanos {
        match order {
            Order::Reordering => earliest,
            Order::Fifo => {
                self.last_arrival = self.last_arrival.max(earliest);
                self.last_arrival
            }
        }
    }
}

/// Links between many senders and many receivers, made when they are first used.
#[derive(Debug)]
pub struct Links {
    seed: u64,
    purpose: Purpose,
    receivers: usize,
    table: Table,
}

/// All links, sender by sender; or, where there could be too many, those that were used.
#[derive(Clone, Debug)]
enum Table {
    All(Vec<Link>),
    Used(BTreeMap<u64, Link>),
}

/// So many links stand in a table: 40 bytes each.
const TABLE_MAX: usize = 1 << 20;

impl Links {
    /// No link has carried anything yet.
    pub fn new(seed: u64, purpose: Purpose, senders: usize, receivers: usize) -> Self {
        let links = senders.saturating_mul(receivers);
        let table =
            if links <= TABLE_MAX { Table::All(vec![Link::UNUSED; links]) } else { Table::Used(BTreeMap::new()) };
        Links { seed, purpose, receivers, table }
    }

    /// Hands a message to the link and learns its fate.
    #[inline]
    pub fn fate(&mut self, from: usize, to: usize, now: Nanos, model: &LinkModel, size: u64) -> Fate {
        self.link(from, to).fate(now, model, size)
    }

    /// Whether the next message on a link would meet other fates under these two models. It is not handed over yet.
    pub fn differs(&mut self, ends: (usize, usize), now: Nanos, models: [&LinkModel; 2], size: u64) -> bool {
        let link = *self.link(ends.0, ends.1);
        let fate = |model| { link }.fate(now, model, size);
        fate(models[0]) != fate(models[1])
    }

    /// What becomes of a message on a link that may lose it, or deliver it once: its number, and when it arrives.
    #[inline(always)]
    pub fn plain_fate(&mut self, from: usize, to: usize, now: Nanos, model: &LinkModel) -> (u64, Option<Nanos>) {
        self.link(from, to).plain_fate(now, model)
    }

    #[inline(always)]
    fn link(&mut self, from: usize, to: usize) -> &mut Link {
        let link = match &mut self.table {
            Table::All(links) => &mut links[from * self.receivers + to],
            Table::Used(links) => links.entry((from as u64) << 32 | to as u64).or_insert(Link::UNUSED),
        };
        if link.handed == 0 {
            link.stream = Stream::new(self.seed, self.purpose, (from as u64) << 32 | to as u64);
        }
        link
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::amount::{Rate, Size};
    use crate::engine::config::{Replay, Straggle};
    use crate::engine::latency::Draw;
    use crate::node::{Chance, Span};

    fn model(loss: &str, duplication: &str, order: Order) -> LinkModel {
        LinkModel {
            latency: Draw::Uniform(Span::new(Nanos(10), Nanos(1000))),
            loss: Chance::from_decimal(loss).unwrap(),
            duplication: Chance::from_decimal(duplication).unwrap(),
            order,
            ..LinkModel::default()
        }
    }

    fn fates(model: &LinkModel, receivers: usize, skip_link: bool) -> Vec<Fate> {
        let mut links = Links::new(7, Purpose::Link, receivers, receivers);
        (0..200)
            .map(|i| {
                if skip_link {
                    links.fate(1, 0, Nanos(i), model, 1);
                }
                links.fate(0, 1, Nanos::ZERO, model, 1)
            })
            .collect()
    }

    #[test]
    fn the_kth_message_meets_the_same_fate_whatever_else_happens() {
        let clean = fates(&model("0", "0", Order::Reordering), 3, false);
        let lossy = fates(&model("0.3", "0.2", Order::Reordering), 3, true);
        let chance = Chance::from_decimal("0.3").unwrap();
        let span = Span::new(Nanos(5000), Nanos(9000));
        let odd = LinkModel {
            corruption: chance,
            replay: Some(Replay { chance, after: span }),
            ..model("0.3", "0", Order::Reordering)
        };
        // More nodes, another table, traffic elsewhere, loss and duplication and more: what arrives, arrives when it
        // did.
        let large = fates(&odd, 3000, true);
        let arrived = lossy.iter().filter(|fate| fate.arrives.is_ok()).count();
        assert!((110..170).contains(&arrived), "{arrived} of 200 arrived at 30 % loss");
        for ((clean, lossy), large) in clean.iter().zip(&lossy).zip(&large) {
            assert!(lossy.arrives == large.arrives || large.arrives == Err(Gone::Corrupted));
            assert!(lossy.arrives.is_err() || lossy.arrives == clean.arrives);
        }
        assert!(lossy.iter().any(|fate| fate.copy_arrives.is_some()));
        let replayed = large.iter().filter_map(|fate| fate.replayed.zip(fate.arrives.ok()));
        assert!(replayed.clone().count() > 10);
        assert!(replayed.into_iter().all(|(again, first)| (5000..=9000).contains(&(again - first).0)));
    }

    #[test]
    fn a_fifo_link_keeps_the_order() {
        let fifo = fates(&model("0", "0.5", Order::Fifo), 3, false);
        let arrivals: Vec<_> = fifo.iter().flat_map(|fate| [fate.arrives.ok(), fate.copy_arrives]).flatten().collect();
        assert!(arrivals.is_sorted() && arrivals.len() > 200);
        let reordering = fates(&model("0", "0", Order::Reordering), 3, false);
        assert!(!reordering.iter().map(|fate| fate.arrives.unwrap()).is_sorted());
    }

    #[test]
    fn stragglers_take_longer_by_what_they_are_held_back() {
        let straggle = Straggle { chance: Chance::from_decimal("0.5").unwrap(), length: Nanos(5000).into() };
        let held = fates(&LinkModel { straggle: Some(straggle), ..model("0", "0", Order::Reordering) }, 3, false);
        let clean = fates(&model("0", "0", Order::Reordering), 3, false);
        for (held, clean) in held.iter().zip(&clean) {
            let longer = held.arrives.unwrap() - clean.arrives.unwrap();
            assert_eq!(longer, if held.straggles { Nanos(5000) } else { Nanos::ZERO });
        }
        assert!((70..130).contains(&held.iter().filter(|fate| fate.straggles).count()));
    }

    /// A link that carries a thousand bytes a second, with room for ten messages of a hundred bytes each.
    #[test]
    fn a_narrow_link_takes_its_time_and_drops_what_finds_no_room() {
        let latency = Draw::Constant(Nanos::from_millis(1));
        let narrow =
            LinkModel { latency, bandwidth: Some(Rate(1000)), queue: Size(1000), ..model("0", "0", Order::Reordering) };
        let mut links = Links::new(7, Purpose::Link, 2, 2);
        let mut fate = |at: u64| links.fate(0, 1, Nanos::from_millis(at), &narrow, 100).arrives;
        for place in 1..=10 {
            assert_eq!(fate(0), Ok(Nanos::from_millis(place * 100 + 1)));
        }
        assert_eq!(fate(0), Err(Gone::Overflowed));
        assert_eq!(fate(150), Ok(Nanos::from_millis(1101)), "one has gone, and there is room for another");
        assert_eq!(fate(5000), Ok(Nanos::from_millis(5101)));
    }
}
