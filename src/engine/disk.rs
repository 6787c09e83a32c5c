//! One node's disk: the durable image, the records on their way to it, and the effects that wait for them.
//!
//! Where a fault may destroy what was synced, the disk keeps its records too: from them the image is folded anew.

use crate::engine::plan::Remains;
use crate::node::{Behind, Node, NodeId, Outcome, Record, Reply, RequestId, Stable, below};
use std::collections::VecDeque;

/// Something that leaves the node, once the barrier writes ahead of it are durable.
pub(in crate::engine) enum Leaving<N: Node> {
    Send { to: NodeId, message: N::Message },
    Reply { request: RequestId, outcome: Outcome<Reply<N>> },
    Fact(crate::node::Fact<N>),
}

struct Held<N: Node> {
    /// The record that must be durable first: the last barrier ahead of it.
    needs: u64,
    /// How many records were written ahead of it, lazy ones included: the image it is judged against holds no more.
    place: u64,
    what: Leaving<N>,
}

/// Records are numbered from 1 within a boot of the node.
pub(in crate::engine) struct Disk<N: Node> {
    /// What a restart would find, where that can be other than what the node reads.
    pub behind: Behind<N::Stable>,
    tail: VecDeque<Record<N>>,
    held: VecDeque<Held<N>>,
    written: u64,
    barrier: u64,
    synced: u64,
    /// Up to which record the sync under way reaches, if one is.
    pub syncing: Option<u64>,
    /// Whether something was written lazily of which its node has not heard that it is durable.
    pub lazy: bool,
    /// Whether syncs are claimed and do not happen.
    pub lies: bool,
    platter: Option<Platter<N>>,
}

/// All records that a disk has claimed to be durable, since the beginning.
struct Platter<N: Node> {
    records: Vec<Record<N>>,
    /// How many of them would survive a crash.
    really: usize,
    /// The place of one that has rotted, and was not found yet.
    rotten: Option<usize>,
}

/// What a crash took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Records that had not been synced.
    pub unsynced: u64,
    /// Whether one of those was written half.
    pub torn: bool,
    /// Records that the disk had claimed to be durable.
    pub claimed: u64,
}

/// What becomes durable or leaves next, as a sync completes.
pub(in crate::engine) enum Released<N: Node> {
    Record(Record<N>),
    Leaving(Leaving<N>),
}

impl<N: Node> Disk<N> {
    /// A disk that holds nothing. Where each record is durable as it is written, what the node reads is what it holds.
    pub fn new(immediate: bool) -> Self {
        Disk {
            behind: Behind { image: (!immediate).then(N::Stable::default), folded: 0 },
            tail: VecDeque::new(),
            held: VecDeque::new(),
            written: 0,
            barrier: 0,
            synced: 0,
            syncing: None,
            lazy: false,
            lies: false,
            platter: None,
        }
    }

    /// Keeps its records from now on.
    pub fn keep_platter(&mut self) {
        self.platter.get_or_insert(Platter { records: Vec::new(), really: 0, rotten: None });
    }

    /// A record is durable, or is claimed to be.
    #[inline]
    pub fn settle(&mut self, record: Record<N>) {
        if let Some(platter) = &mut self.platter {
            platter.records.push(record.clone());
            if !self.lies {
                // An honest sync takes with it what lies had left behind.
                platter.really = platter.records.len();
            }
        }
        let Some(image) = &mut self.behind.image else { return };
        match self.behind.folded.checked_sub(1) {
            // The image was made in this step, from what the node reads.
            Some(rest) => self.behind.folded = rest,
            None => image.apply(record),
        }
    }

    /// What a restart would find, given what the node reads.
    #[inline(always)]
    pub fn durable<'a>(&'a self, stable: &'a N::Stable) -> &'a N::Stable {
        self.behind.image.as_ref().unwrap_or(stable)
    }

    /// Takes a record that is not durable yet.
    pub fn write(&mut self, record: Record<N>, barrier: bool) {
        self.tail.push_back(record);
        self.written += 1;
        self.lazy |= !barrier;
        if barrier {
            self.barrier = self.written;
        }
    }

    /// Whether what leaves now must wait.
    #[inline]
    pub fn waits(&self) -> bool {
        self.barrier > self.synced
    }

    /// Holds something back behind the barrier writes ahead of it.
    pub fn hold(&mut self, what: Leaving<N>) {
        self.held.push_back(Held { needs: self.barrier, place: self.written, what });
    }

    /// The last record that a sync started now would make durable; none where there is nothing to sync.
    pub fn wants_sync(&self) -> Option<u64> {
        (self.syncing.is_none() && self.written > self.synced).then_some(self.written)
    }

    /// The next thing that a sync up to record `upto` lets happen. Records come one by one, and what waits leaves
    /// between them, each exactly at its place: folding a whole group first would accuse honest messages.
    pub fn release(&mut self, upto: u64) -> Option<Released<N>> {
        if let Some(held) = self.held.front()
            && held.needs <= upto
            && held.place.min(upto) <= self.synced
        {
            return self.held.pop_front().map(|held| Released::Leaving(held.what));
        }
        if self.synced < upto {
            self.synced += 1;
            return self.tail.pop_front().map(Released::Record);
        }
        self.syncing = None;
        None
    }

    /// Whether its node should hear now that what it wrote lazily is durable, or some of it; asked once.
    pub fn take_lazy(&mut self) -> bool {
        let told = self.lazy;
        self.lazy &= self.written > self.synced;
        told
    }

    /// How many records and effects wait for a sync.
    pub fn waiting(&self) -> usize {
        self.tail.len() + self.held.len()
    }

    /// A crash. What was not durable is lost, but for the first few records that happened to reach the disk, which
    /// are handed back; and what waited for it.
    pub fn crash(&mut self, remains: Remains) -> (Vec<Record<N>>, Loss) {
        let written = self.tail.len() as u64;
        let kept = match remains {
            Remains::Nothing => 0,
            Remains::Exactly(count) => count.min(written),
            Remains::First(word) => below(word, written + 1),
            Remains::Torn(word) => below(word, written.max(1)),
        };
        let kept: Vec<Record<N>> = self.tail.drain(..kept as usize).collect();
        let unsynced = self.tail.len() as u64;
        let torn = matches!(remains, Remains::Torn(_)) && unsynced > 0;
        self.tail.clear();
        self.held.clear();
        (self.written, self.barrier, self.synced, self.syncing, self.lazy) = (0, 0, 0, None, false);
        (kept, Loss { unsynced, torn, claimed: 0 })
    }

    /// Takes away what was only claimed to be durable. Says how many records.
    pub fn lose_claimed(&mut self) -> u64 {
        let Some(platter) = &self.platter else { return 0 };
        let (really, claimed) = (platter.really, platter.records.len() - platter.really);
        if claimed > 0 {
            self.cut(really);
        }
        claimed as u64
    }

    /// Lets this record rot, from 1. Of several rotten ones the first is found first.
    pub fn rot_at(&mut self, record: u64) {
        if let Some(platter) = &mut self.platter {
            let place = record as usize - 1;
            platter.rotten = Some(platter.rotten.map_or(place, |other| other.min(place)));
        }
    }

    /// How many records would survive a crash now.
    pub fn records(&self) -> u64 {
        self.platter.as_ref().map_or(0, |platter| platter.really as u64)
    }

    /// The rotten record that a start finds: its number, from 1, and the image folded from those before it.
    pub fn find_rot(&self) -> Option<(u64, N::Stable)> {
        let platter = self.platter.as_ref()?;
        let place = platter.rotten?;
        Some((place as u64 + 1, fold::<N>(&platter.records[..place])))
    }

    /// Gives up all records from this one on, rotten ones included.
    pub fn give_up_from(&mut self, record: u64) {
        self.cut(record as usize - 1);
    }

    fn cut(&mut self, keep: usize) {
        let platter = self.platter.as_mut().expect("a disk that can lose records keeps them");
        platter.records.truncate(keep);
        platter.really = keep;
        platter.rotten = platter.rotten.filter(|place| *place < keep);
        self.behind.image = Some(fold::<N>(&platter.records));
    }

    /// What the disk holds.
    pub fn kept_records(&self) -> &[Record<N>] {
        self.platter.as_ref().map_or(&[], |platter| &platter.records)
    }
}

fn fold<N: Node>(records: &[Record<N>]) -> N::Stable {
    let mut stable = N::Stable::default();
    records.iter().for_each(|record| stable.apply(record.clone()));
    stable
}
