//! Writes a path as a schedule: the lines that make a run take the same steps.

use crate::engine::record::{MessageName, kind_of};
use crate::engine::schedule::{Happening, Line, timer_name};
use crate::node::{NodeId, Op};
use crate::search::explore::memory::Memory;
use crate::search::explore::plan::{Explorable, Messages, Search};
use crate::search::explore::step::{Event, Item};
use std::collections::BTreeMap;

/// The messages sent along a path: by link and kind how many, and by item the names of its copies.
#[derive(Default)]
struct Sent {
    counts: BTreeMap<(NodeId, NodeId, String), u64>,
    copies: BTreeMap<u32, Vec<MessageName>>,
}

/// The lines of a schedule that takes the transitions of a path. What the nodes chose as they were started stands
/// first, in the order of the nodes.
pub(super) fn schedule<N: Explorable>(search: &Search<N>, memory: &Memory<N>, path: &[u32]) -> Vec<String> {
    let (mut lines, mut sent) = (Vec::new(), Sent::default());
    for transition in path.iter().map(|number| memory.transition(*number)) {
        let node = transition.node;
        lines.extend(transition.answers.iter().map(|answer| Happening::Choose(node, *answer)));
        lines.extend(match transition.event {
            Event::Boot => None,
            Event::Restart => Some(Happening::Restart(node)),
            Event::Crash => Some(Happening::Crash(node, 0)),
            Event::Fire(timer) => Some(Happening::Fire(node, timer_name(&format!("{timer:?}")))),
            Event::Receive(item) => Some(arrival(item, memory, sent.copy(item, search.messages))),
        });
        for item in memory.sent(transition) {
            sent.take(*item, memory);
        }
    }
    lines.into_iter().map(|what| Line { at: None, what }.to_string()).collect()
}

fn arrival<N: Explorable>(item: u32, memory: &Memory<N>, name: Option<MessageName>) -> Happening<Op<N>> {
    match memory.items.value(item) {
        Item::Message { from, to, .. } => {
            Happening::Deliver(*from, *to, name.expect("a message that arrives has been sent"))
        }
        Item::Request { to, request, op } => Happening::Request(*to, *request, op.clone()),
    }
}

impl Sent {
    fn take<N: Explorable>(&mut self, item: u32, memory: &Memory<N>) {
        let Item::Message { from, to, message } = memory.items.value(item) else { return };
        let kind = kind_of(&format!("{message:?}")).to_owned();
        let count = self.counts.entry((*from, *to, kind.clone())).or_default();
        *count += 1;
        self.copies.entry(item).or_default().push(MessageName { kind, number: *count });
    }

    /// Which copy of a message is delivered: of a set the latest, of a bag the first that is left.
    fn copy(&mut self, item: u32, messages: Messages) -> Option<MessageName> {
        let copies = self.copies.get_mut(&item)?;
        match messages {
            Messages::Set => copies.last().cloned(),
            Messages::Bag => Some(copies.remove(0)),
        }
    }
}
