//! Fates: what becomes of the k-th message handed to a directed link.
//!
//! A pure function of (seed, link, k). Each fate owns four words of the link's stream whether or not loss or
//! duplication is on, so that turning one on, or losing another message, changes no other fate.

use crate::engine::config::{NetworkConfig, Order};
use crate::node::{Nanos, Purpose, Stream};
use std::collections::BTreeMap;

/// What becomes of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The message's number on its link, from 1.
    pub number: u64,
    /// When it arrives; none where the link loses it.
    pub arrives: Option<Nanos>,
    /// When its second copy arrives, where it has one.
    pub copy_arrives: Option<Nanos>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    stream: Stream,
    handed: u64,
    /// When the last message arrives: nothing may arrive earlier on a FIFO link.
    last_arrival: Nanos,
}

const WORDS_PER_FATE: u64 = 4;

impl Link {
    #[inline]
    fn fate(&mut self, now: Nanos, config: &NetworkConfig) -> Fate {
        let first = self.handed * WORDS_PER_FATE;
        self.handed += 1;
        let chances = self.stream.at(first + 1);
        let lost = config.loss.happens((chances >> 32) as u32);
        // What is lost is lost: a copy that arrives in its place would only be a late original.
        let copied = !lost && config.duplication.happens(chances as u32);
        // The fourth word is left for corruption.
        let arrives = (!lost).then(|| self.arrival(now + config.latency.draw(self.stream.at(first)), config.order));
        let copy_arrives =
            copied.then(|| self.arrival(now + config.latency.draw(self.stream.at(first + 2)), config.order));
        Fate { number: self.handed, arrives, copy_arrives }
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
    rows: Vec<Row>,
}

/// A sender's links: a table where receivers are few, a map where a table of all of them would mostly be empty.
#[derive(Clone, Debug)]
enum Row {
    Table(Vec<Option<Link>>),
    Map(BTreeMap<u32, Link>),
}

const TABLE_MAX: usize = 512;

impl Links {
    /// No link has carried anything yet.
    pub fn new(seed: u64, purpose: Purpose, senders: usize, receivers: usize) -> Self {
        let row = if receivers <= TABLE_MAX { Row::Table(Vec::new()) } else { Row::Map(BTreeMap::new()) };
        Links { seed, purpose, receivers, rows: vec![row; senders] }
    }

    /// Hands a message to the link and learns its fate.
    #[inline]
    pub fn fate(&mut self, from: usize, to: usize, now: Nanos, config: &NetworkConfig) -> Fate {
        let (seed, purpose) = (self.seed, self.purpose);
        let make = || Link {
            stream: Stream::new(seed, purpose, (from as u64) << 32 | to as u64),
            handed: 0,
            last_arrival: Nanos::ZERO,
        };
        let link = match &mut self.rows[from] {
            Row::Table(table) => {
                if table.is_empty() {
                    table.resize(self.receivers, None);
                }
                table[to].get_or_insert_with(make)
            }
            Row::Map(map) => map.entry(to as u32).or_insert_with(make),
        };
        link.fate(now, config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::config::Latency;
    use crate::node::{Chance, Span};

    fn network(loss: &str, duplication: &str, order: Order) -> NetworkConfig {
        NetworkConfig {
            latency: Latency::Uniform(Span::new(Nanos(10), Nanos(1000))),
            loss: Chance::from_decimal(loss).unwrap(),
            duplication: Chance::from_decimal(duplication).unwrap(),
            order,
        }
    }

    fn fates(config: &NetworkConfig, receivers: usize, skip_link: bool) -> Vec<Fate> {
        let mut links = Links::new(7, Purpose::Link, receivers, receivers);
        (0..200)
            .map(|i| {
                if skip_link {
                    links.fate(1, 0, Nanos(i), config);
                }
                links.fate(0, 1, Nanos::ZERO, config)
            })
            .collect()
    }

    #[test]
    fn the_kth_message_meets_the_same_fate_whatever_else_happens() {
        let clean = fates(&network("0", "0", Order::Reordering), 3, false);
        let lossy = fates(&network("0.3", "0.2", Order::Reordering), 3, true);
        // More nodes, another table, traffic elsewhere, loss and duplication: what arrives, arrives when it did.
        let large = fates(&network("0.3", "0", Order::Reordering), 600, true);
        let arrived = lossy.iter().filter(|fate| fate.arrives.is_some()).count();
        assert!((110..170).contains(&arrived), "{arrived} of 200 arrived at 30 % loss");
        for ((clean, lossy), large) in clean.iter().zip(&lossy).zip(&large) {
            assert_eq!(lossy.arrives, large.arrives);
            assert!(lossy.arrives.is_none() || lossy.arrives == clean.arrives);
        }
        assert!(lossy.iter().any(|fate| fate.copy_arrives.is_some()));
    }

    #[test]
    fn a_fifo_link_keeps_the_order() {
        let fifo = fates(&network("0", "0.5", Order::Fifo), 3, false);
        let arrivals: Vec<_> = fifo.iter().flat_map(|fate| [fate.arrives, fate.copy_arrives]).flatten().collect();
        assert!(arrivals.is_sorted() && arrivals.len() > 200);
        let reordering = fates(&network("0", "0", Order::Reordering), 3, false);
        assert!(!reordering.iter().map(|fate| fate.arrives).is_sorted());
    }
}
