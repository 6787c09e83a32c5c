//! One step of one node: runs the handler and carries out its effects, in order.

use crate::engine::panics::{catch_panic, panic_text};
use crate::engine::record::kind_of;
use crate::node::{
    Choices, Context, Effect, Fact, Nanos, NodeId, Op, Outcome, Presupposes, Reply, RequestId, Stable, Surroundings,
};
use crate::search::explore::intern::Interner;
use crate::search::explore::plan::{Explorable, Search};
use std::cell::Cell;
use std::fmt::Debug;

/// One node between two steps. The disk is immediate, so the image that the node reads is also the durable one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Local<N: Explorable> {
    pub id: NodeId,
    /// `None`: the node is down.
    pub node: Option<N>,
    pub stable: N::Stable,
    /// The timers that are set, ascending.
    pub timers: Vec<N::Timer>,
}

/// What is in flight.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Item<N: Explorable> {
    Message { from: NodeId, to: NodeId, message: N::Message },
    Request { to: NodeId, request: RequestId, op: Op<N> },
}

/// What happens to a node.
#[derive(Clone, Copy)]
pub(super) enum Event<T> {
    /// The first start, before any schedule.
    Boot,
    Restart,
    Crash,
    Fire(T),
    /// The item of this number arrives.
    Receive(u32),
}

/// What a step tells the invariants.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Told<N: Explorable> {
    Fact(Fact<N>),
    Asked(RequestId, Op<N>),
    Answered(RequestId, Outcome<Reply<N>>),
    /// A message of this kind left, which is honest only where the fact has been told.
    Presupposed(String, Presupposes<Fact<N>>),
    /// A message left which says more than the disk holds.
    Unbacked {
        to: NodeId,
        message: String,
        why: &'static str,
    },
    Crashed,
    Restarted,
    Panicked(String),
}

/// What became of a step.
pub(super) struct Stepped<N: Explorable> {
    pub local: Local<N>,
    /// In the order sent.
    pub sent: Vec<Item<N>>,
    /// In the order in which it left the node.
    pub told: Vec<Told<N>>,
}

/// Carries out one event. A panic, in the handler or in what derives facts from its records and messages, is a
/// finding; it takes the node down.
pub(super) fn step<N: Explorable>(
    search: &Search<N>,
    items: &Interner<Item<N>>,
    before: &Local<N>,
    event: Event<N::Timer>,
    choices: &mut Choices,
) -> Stepped<N> {
    // What a panic leaves half done is thrown away, but for the choices, which are only counted.
    catch_panic(|| carry_out(search, items, before, event, choices)).unwrap_or_else(|payload| {
        let told = vec![Told::Panicked(panic_text(payload.as_ref()).to_owned()), Told::Crashed];
        Stepped { local: down(before), sent: Vec::new(), told }
    })
}

/// What a crash leaves of a node.
fn down<N: Explorable>(before: &Local<N>) -> Local<N> {
    Local { id: before.id, node: None, stable: before.stable.clone(), timers: Vec::new() }
}

fn carry_out<N: Explorable>(
    search: &Search<N>,
    items: &Interner<Item<N>>,
    before: &Local<N>,
    event: Event<N::Timer>,
    choices: &mut Choices,
) -> Stepped<N> {
    if let Event::Crash = event {
        return Stepped { local: down(before), sent: Vec::new(), told: vec![Told::Crashed] };
    }
    let mut stepped = Stepped { local: before.clone(), sent: Vec::new(), told: Vec::new() };
    if let Event::Restart = event {
        stepped.told.push(Told::Restarted);
    }
    if let Event::Receive(item) = event
        && let Item::Request { request, op, .. } = items.value(item)
    {
        stepped.told.push(Told::Asked(*request, op.clone()));
    }
    // The handler reads and writes this image; the one in `stepped` follows record by record, as a disk does.
    let mut stable = before.stable.clone();
    let mut effects = Vec::new();
    let now_read = Cell::new(false);
    let mut cx = context(search, before.id, &now_read, &mut stable, choices, &mut effects);
    handle(&mut stepped.local, items, event, &mut cx);
    let mut lazy = effects.iter().any(|effect| matches!(effect, Effect::Write { barrier: false, .. }));
    effects.drain(..).for_each(|effect| stepped.take(effect));
    // The disk is immediate: what was written lazily is durable now, and its node hears of it.
    while N::HEARS_SYNCS && std::mem::take(&mut lazy) {
        let durable = stepped.local.stable.clone();
        let Some(node) = &mut stepped.local.node else { break };
        node.on_synced(&durable, &mut context(search, before.id, &now_read, &mut stable, choices, &mut effects));
        lazy = effects.iter().any(|effect| matches!(effect, Effect::Write { barrier: false, .. }));
        effects.drain(..).for_each(|effect| stepped.take(effect));
    }
    assert!(
        stepped.local.stable == stable,
        "{}'s records, applied one by one, give another stable image than the one it reads",
        before.id
    );
    stepped
}

/// What a handler reaches the world through here: it is always the beginning of time.
fn context<'a, N: Explorable>(
    search: &'a Search<N>,
    id: NodeId,
    now_read: &'a Cell<bool>,
    stable: &'a mut N::Stable,
    choices: &'a mut Choices,
    effects: &'a mut Vec<Effect<N>>,
) -> Context<'a, N> {
    Context::new(Surroundings {
        now_read,
        id,
        nodes: search.nodes,
        now: Nanos::ZERO,
        config: &search.config,
        stable,
        choices,
        effects,
        note_choices: false,
        behind: None,
    })
}

/// Runs the handler.
fn handle<N: Explorable>(local: &mut Local<N>, items: &Interner<Item<N>>, event: Event<N::Timer>, cx: &mut Context<N>) {
    const UP: &str = "only a node that is up has timers and receives";
    match event {
        Event::Boot | Event::Restart => {
            assert!(local.node.is_none(), "{} starts, but is up", local.id);
            local.node = Some(N::start(cx));
        }
        Event::Fire(timer) => {
            local.timers.retain(|set| *set != timer);
            local.node.as_mut().expect(UP).on_timer(timer, cx);
        }
        Event::Receive(item) => {
            let node = local.node.as_mut().expect(UP);
            match items.value(item).clone() {
                Item::Message { from, message, .. } => node.on_message(from, message, cx),
                Item::Request { request, op, .. } => node.on_request(request, op, cx),
            }
        }
        Event::Crash => unreachable!("a crash runs no handler"),
    }
}

impl<N: Explorable> Stepped<N> {
    /// Carries out one effect. All before it are done: the stable image is the one on disk as it leaves.
    fn take(&mut self, effect: Effect<N>) {
        let from = self.local.id;
        let local = &mut self.local;
        match effect {
            Effect::Write { record, .. } => {
                let told = &mut self.told;
                N::facts_of(&record, &mut |fact| told.push(Told::Fact(fact)));
                local.stable.apply(record);
            }
            Effect::Send { to, message } => {
                match N::backed(&message, from, to, &local.stable) {
                    Ok(Presupposes::Nothing) => {}
                    Ok(presupposed) => self.told.push(Told::Presupposed(kind(&message), presupposed)),
                    Err(why) => self.told.push(Told::Unbacked { to, message: format!("{message:?}"), why }),
                }
                self.sent.push(Item::Message { from, to, message });
            }
            Effect::Reply { request, outcome } => self.told.push(Told::Answered(request, outcome)),
            Effect::Fact(fact) => self.told.push(Told::Fact(fact)),
            Effect::SetTimer { timer, .. } => {
                if let Err(place) = local.timers.binary_search(&timer) {
                    local.timers.insert(place, timer);
                }
            }
            Effect::CancelTimer { timer } => local.timers.retain(|set| *set != timer),
            Effect::Chose { .. } => {}
        }
    }
}

/// The kind of a message: its variant's name.
fn kind(message: &impl Debug) -> String {
    kind_of(&format!("{message:?}")).to_owned()
}
