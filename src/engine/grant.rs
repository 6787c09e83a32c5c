//! What clients want of the world: to ask now or later, to begin, to be woken when no answer comes.

use crate::engine::alarms::Rings;
use crate::engine::clients::Wish;
use crate::engine::event::Event;
use crate::engine::queue::Key;
use crate::engine::world::World;
use crate::node::{ClientId, Node};
use crate::spec::judged::Judged;

impl<N: Node<Family: Judged>> World<'_, N> {
    /// Does what a client wants.
    pub fn grant(&mut self, id: ClientId, wish: Wish) {
        for text in self.clients.said.iter_mut().flat_map(std::mem::take).collect::<Vec<_>>() {
            self.note(|| text);
        }
        match wish {
            Wish::Rest => {}
            Wish::BeginAt(at) => {
                self.wire.queue.push(at, Event::Begin { client: id });
            }
            Wish::AskAt(at) => {
                if let Some((request, _, attempt)) = self.clients.attempt(id) {
                    self.wire.queue.push(at, Event::Wake { request, attempt });
                }
            }
            Wish::Ask(node) => {
                let now = self.cluster.now;
                let Some((request, op, attempt)) = self.clients.attempt(id) else { return };
                if !self.wire.ask(now, node, request, op) {
                    self.note(|| format!("attempt {attempt} of {request} is lost on its way to {node}"));
                }
                let (at, sequence) = (now + self.clients.timeout(), self.wire.queue.next_sequence());
                if self.clients.alarms[id.index()].set(request, attempt, at, sequence) {
                    self.wire.queue.push_as(at, sequence, Event::Alarm { client: id });
                }
            }
        }
    }

    /// A client's alarm goes off, unless it was set again.
    pub fn ring(&mut self, client: ClientId, key: Key) {
        match self.clients.alarms[client.index()].due(key.time(), key.sequence()) {
            Rings::Later(at, sequence) => {
                self.wire.queue.push_as(at, sequence, Event::Alarm { client });
            }
            Rings::For(request, attempt) => {
                let wish = self.clients.timed_out(request, attempt, key.time());
                self.grant(client, wish);
            }
        }
    }
}
