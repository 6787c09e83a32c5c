//! The search itself: worlds in order of their depth, so that the first violation has a shortest path.

use crate::node::NodeId;
use crate::search::explore::intern::{Part, fingerprint};
use crate::search::explore::judge::{Broken, Judge};
use crate::search::explore::layer::{CRASHES_LEFT, Difference, JUDGEMENT, LOCALS, Layer};
use crate::search::explore::memory::{Memory, NOTHING};
use crate::search::explore::path::schedule;
use crate::search::explore::plan::{Explorable, Messages, Search};
use crate::search::explore::report::{Ended, Report, Violation};
use crate::search::explore::step::{Event, Item, Local};
use crate::search::explore::table::Table;

/// Searches every interleaving, breadth first, until an invariant is violated, a bound is reached, or nothing is left.
///
/// # Panics
/// When a request goes to a node that does not exist, or a type's `Hash` is seen to leave out what its `Eq` compares.
/// A panic in a node is a finding, not a panic.
pub fn explore<N: Explorable>(search: &Search<N>) -> Report {
    let mut breadth = Breadth::new(search);
    let stop = breadth.boot().and_then(|()| breadth.search()).err();
    breadth.report(stop)
}

/// How a world was reached first.
struct Origin {
    /// The world before it; none for the one in which no node has been started.
    parent: u32,
    transition: u32,
}

/// Why the search does not go on.
enum Stop {
    Depth,
    States,
    Violation { parent: u32, transition: u32, broken: Broken },
}

struct Breadth<'a, N: Explorable> {
    search: &'a Search<N>,
    memory: Memory<'a, N>,
    judge: Judge<N>,
    /// By the number of crashes left: its fingerprint.
    crashes_left: Vec<u128>,
    seen: Table<()>,
    /// By world that is or was in a layer.
    origins: Vec<Origin>,
    /// The worlds to follow, and those that follow from them.
    current: Layer,
    next: Layer,
    /// The number of the first world of `current`.
    base: u32,
    /// The depth of `current`, and of the deepest world found.
    level: u32,
    depth: u32,
    generated: u64,
    beyond: usize,
}

/// One world to follow.
#[derive(Clone, Copy)]
struct World<'w> {
    number: u32,
    print: u128,
    words: &'w [u32],
}

impl<'a, N: Explorable> Breadth<'a, N> {
    fn new(search: &'a Search<N>) -> Self {
        let crashes_left = (0..=search.crashes).map(|left| fingerprint(Part::CrashesLeft, &left)).collect();
        Breadth {
            search,
            memory: Memory::new(search),
            judge: Judge::new(search),
            crashes_left,
            seen: Table::new(),
            origins: Vec::new(),
            current: Layer::default(),
            next: Layer::default(),
            base: 0,
            level: 0,
            depth: 0,
            generated: 0,
            beyond: 0,
        }
    }

    /// Starts all nodes, in order. There are several first worlds where a node chooses as it starts.
    fn boot(&mut self) -> Result<(), Stop> {
        self.all_down();
        for node in 0..self.search.nodes as usize {
            let current = std::mem::take(&mut self.current);
            for index in 0..current.len() {
                let world = self.world(&current, index);
                let local = world.words[LOCALS + node];
                for transition in self.memory.boot(local).numbers() {
                    self.follow(world, transition, None)?;
                }
            }
            self.advance(current);
        }
        // The worlds of a cluster that is half started do not count.
        self.seen = Table::new();
        for print in self.current.prints() {
            self.seen.insert(nonzero(*print), ());
        }
        self.generated = self.current.len() as u64;
        (self.level, self.depth) = (1, 1);
        Ok(())
    }

    /// The world in which no node has been started, all requests in flight.
    fn all_down(&mut self) {
        let search = self.search;
        let mut words = vec![self.judge.first(search.nodes), search.crashes];
        let mut print = self.judge.print(words[JUDGEMENT]).wrapping_add(self.crashes_left[search.crashes as usize]);
        for id in NodeId::all(search.nodes) {
            let local = Local { id, node: None, stable: N::Stable::default(), timers: Vec::new() };
            let local = self.memory.local(local);
            print = print.wrapping_add(self.memory.locals.print(local));
            words.push(local);
        }
        let requests = search.requests.iter().cloned();
        let mut items: Vec<u32> =
            requests.map(|(to, request, op)| self.memory.item(Item::Request { to, request, op })).collect();
        items.sort_unstable();
        for item in items {
            assert!(self.memory.address(item).to < search.nodes, "a request goes to a node that does not exist");
            print = print.wrapping_add(self.memory.items.print(item));
            words.push(item);
        }
        self.current.push(&words, print);
        self.origins.push(Origin { parent: 0, transition: 0 });
    }

    fn search(&mut self) -> Result<(), Stop> {
        while self.current.len() > 0 {
            if self.level >= self.search.depth {
                return Err(Stop::Depth);
            }
            let current = std::mem::take(&mut self.current);
            for index in 0..current.len() {
                let world = self.world(&current, index);
                self.expand(world)?;
            }
            self.advance(current);
            self.level += 1;
        }
        Ok(())
    }

    fn world<'w>(&self, layer: &'w Layer, index: usize) -> World<'w> {
        World { number: self.base + index as u32, print: layer.print(index), words: layer.world(index) }
    }

    fn advance(&mut self, mut current: Layer) {
        self.base += current.len() as u32;
        current.clear();
        self.current = std::mem::replace(&mut self.next, current);
    }

    /// Follows everything that can happen in a world: each node's own events, then each item in flight.
    fn expand(&mut self, world: World) -> Result<(), Stop> {
        let (locals, in_flight) = world.words[LOCALS..].split_at(self.search.nodes as usize);
        for local in locals {
            for transition in self.memory.own(*local).numbers() {
                self.follow(world, transition, None)?;
            }
        }
        let mut last = None;
        for item in in_flight {
            // In a bag, an item that is there twice is delivered once: the other delivery leads to the same world.
            if last.replace(*item) == Some(*item) {
                continue;
            }
            let address = self.memory.address(*item);
            let leaves = address.leaves.then_some(*item);
            for transition in self.memory.deliver(locals[address.to as usize], *item).numbers() {
                self.follow(world, transition, leaves)?;
            }
        }
        Ok(())
    }

    /// Follows one transition from a world, and keeps the world it leads to where that is new.
    #[inline]
    fn follow(&mut self, world: World, number: u32, leaves: Option<u32>) -> Result<(), Stop> {
        let transition = self.memory.transition(number);
        let mut crashes_left = world.words[CRASHES_LEFT];
        let mut print = world.print.wrapping_add(transition.change);
        if let Event::Crash = transition.event {
            if crashes_left == 0 {
                return Ok(());
            }
            print = print.wrapping_sub(self.crashes_left[crashes_left as usize]);
            crashes_left -= 1;
            print = print.wrapping_add(self.crashes_left[crashes_left as usize]);
        }
        self.generated += 1;
        let (nodes, set) = (self.search.nodes as usize, self.search.messages == Messages::Set);
        let in_flight = &world.words[LOCALS + nodes..];
        let posted = self.memory.posted(transition);
        for item in posted {
            if !set || in_flight.binary_search(item).is_err() {
                print = print.wrapping_add(self.memory.items.print(*item));
            }
        }
        if let Some(item) = leaves {
            print = print.wrapping_sub(self.memory.items.print(item));
        }
        let before = world.words[JUDGEMENT];
        let mut judgement = before;
        if transition.telling != NOTHING {
            let telling = self.memory.tellings.value(transition.telling);
            judgement = self.judge.judge(before, transition.telling, telling).map_err(|broken| Stop::Violation {
                parent: world.number,
                transition: number,
                broken,
            })?;
            print = print.wrapping_add(self.judge.print(judgement)).wrapping_sub(self.judge.print(before));
        }
        if print == world.print || !new(&mut self.seen, print, self.search.states)? {
            return Ok(());
        }
        self.depth = self.level + 1;
        let (node, local) = (transition.node.index(), transition.local);
        if !self.memory.within(local) {
            self.beyond += 1;
            return Ok(());
        }
        let after = Difference { nodes, judgement, crashes_left, node, local, leaves, posted, set };
        self.next.push_after(world.words, &after, print);
        self.origins.push(Origin { parent: world.number, transition: number });
        Ok(())
    }

    fn report(self, stop: Option<Stop>) -> Report {
        let (mut ended, mut violation) = (Ended::Exhausted, None);
        match stop {
            None if self.memory.truncated => ended = Ended::Choices,
            None => {}
            Some(Stop::Depth) => ended = Ended::Depth,
            Some(Stop::States) => ended = Ended::States,
            Some(Stop::Violation { parent, transition, broken }) => {
                let schedule = schedule(self.search, &self.memory, &self.path(parent, transition));
                ended = Ended::Violation;
                violation =
                    Some(Violation { invariant: broken.invariant.to_owned(), evidence: broken.evidence, schedule });
            }
        }
        Report {
            distinct: self.seen.len(),
            generated: self.generated,
            runs: self.memory.runs,
            depth: self.depth,
            local_states: self.memory.locals.len(),
            ended,
            beyond: self.beyond,
            reached: self.judge.reached(),
            checked: self.judge.checked(),
            violation,
        }
    }

    /// The transitions that lead to a world and one step further, in order.
    fn path(&self, mut world: u32, last: u32) -> Vec<u32> {
        let mut path = vec![last];
        while world != 0 {
            let Origin { parent, transition } = self.origins[world as usize];
            assert!(parent < world, "a world is found after the one before it");
            path.push(transition);
            world = parent;
        }
        path.reverse();
        path
    }
}

/// Takes note of a world; false where it was seen before.
#[inline]
fn new(seen: &mut Table<()>, print: u128, states_max: usize) -> Result<bool, Stop> {
    let print = nonzero(print);
    if seen.len() < states_max.min(u32::MAX as usize) {
        return Ok(seen.insert(print, ()));
    }
    if seen.get(print).is_some() { Ok(false) } else { Err(Stop::States) }
}

/// 0 means a free slot in a [`Table`].
#[inline]
fn nonzero(print: u128) -> u128 {
    print.max(1)
}
