//! The worlds of one depth, as numbers in one list.
//!
//! A world lies there as its judgement, the crashes it has left, the local state of each node, and the items in
//! flight, ascending (in a bag an item may stand several times). Only two layers exist at a time.

/// Where a world's judgement stands.
pub(super) const JUDGEMENT: usize = 0;
/// Where the number of crashes left stands.
pub(super) const CRASHES_LEFT: usize = 1;
/// Where the local states begin.
pub(super) const LOCALS: usize = 2;

#[derive(Default)]
pub(super) struct Layer {
    words: Vec<u32>,
    /// By world: where it ends.
    ends: Vec<usize>,
    /// By world: its fingerprint.
    prints: Vec<u128>,
}

impl Layer {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub fn world(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.words[start..self.ends[index]]
    }

    #[inline]
    pub fn print(&self, index: usize) -> u128 {
        self.prints[index]
    }

    pub fn prints(&self) -> &[u128] {
        &self.prints
    }

    /// Forgets all worlds, and keeps their room.
    pub fn clear(&mut self) {
        self.words.clear();
        self.ends.clear();
        self.prints.clear();
    }

    /// Adds a world.
    pub fn push(&mut self, world: &[u32], print: u128) {
        self.words.extend_from_slice(world);
        self.ends.push(self.words.len());
        self.prints.push(print);
    }

    /// Adds a world that differs from `before` in a few places.
    pub fn push_after(&mut self, before: &[u32], after: &Difference, print: u128) {
        let first = self.words.len();
        self.words.extend_from_slice(before);
        self.words[first + JUDGEMENT] = after.judgement;
        self.words[first + CRASHES_LEFT] = after.crashes_left;
        self.words[first + LOCALS + after.node] = after.local;
        let in_flight = first + LOCALS + after.nodes;
        if let Some(item) = after.leaves {
            let place = self.words[in_flight..].binary_search(&item).expect("what is delivered is in flight");
            self.words.remove(in_flight + place);
        }
        for item in after.posted {
            match self.words[in_flight..].binary_search(item) {
                Ok(_) if after.set => {}
                Ok(place) | Err(place) => self.words.insert(in_flight + place, *item),
            }
        }
        self.ends.push(self.words.len());
        self.prints.push(print);
    }
}

/// What a step changes in a world.
pub(super) struct Difference<'a> {
    pub nodes: usize,
    pub judgement: u32,
    pub crashes_left: u32,
    pub node: usize,
    /// The node's local state after it.
    pub local: u32,
    /// What is taken out of the network.
    pub leaves: Option<u32>,
    /// What is put into it.
    pub posted: &'a [u32],
    /// Whether the network is a set.
    pub set: bool,
}
