//! Membership changes: ordered at one node, noted by the others (DeCandia et al. 2007, 4.8.1).

use crate::node::{Context, NodeId, Outcome, RequestId};
use crate::protocols::hash_ring::{Change, HashRing};
use crate::spec::placement::{Answer, Said, Standing, Status, View};

impl HashRing {
    /// "An administrator uses a command line tool or a browser to connect to a Dynamo node and issue a membership
    /// change to join a node to a ring or remove a node from a ring." Who asks for what is so already is told that it
    /// is done.
    pub(super) fn on_change(&mut self, request: RequestId, about: NodeId, status: Status, cx: &mut Context<Self>) {
        if about.index() >= cx.nodes() as usize {
            return cx.reply(request, Outcome::Refused("there is no such node"));
        }
        let member = self.has(about, cx);
        if member && status == Status::Left && self.members(cx).nth(1).is_none() {
            return cx.reply(request, Outcome::Refused("the last member cannot leave"));
        }
        // Who is out because it was silent would come back by itself.
        let evicted = self.view.standing(about).is_some_and(|standing| standing.status == Status::Evicted);
        let so_already = if status == Status::In { member } else { !member && !evicted };
        if !so_already {
            self.order(about, status, cx);
        }
        cx.reply(request, Outcome::Done(Answer { view: self.view.clone(), said: Said::Changed }));
    }

    /// Orders the next change of a node. It is on disk before anybody hears of it.
    pub(super) fn order(&mut self, about: NodeId, status: Status, cx: &mut Context<Self>) {
        let standing = Standing { incarnation: self.view.next_incarnation(about), status };
        cx.write(Change::Order { about, standing });
        self.adopt(about, standing, cx);
    }

    /// Notes what another view knows and this one does not.
    pub(super) fn hear(&mut self, view: &View, cx: &mut Context<Self>) {
        for (about, standing) in &view.0 {
            if self.view.standing(*about).is_none_or(|known| known < *standing) {
                cx.write(Change::Note { about: *about, standing: *standing });
                self.adopt(*about, *standing, cx);
            }
        }
        self.come_back(cx);
    }

    /// Who was taken for dead and hears so is back, by an incarnation that overrides the other: as a member that is
    /// suspected refutes it (Das, Gupta & Motivala 2002, 4.2).
    pub(super) fn come_back(&mut self, cx: &mut Context<Self>) {
        let me = cx.id();
        if self.view.standing(me).is_some_and(|standing| standing.status == Status::Evicted) {
            self.order(me, Status::In, cx);
        }
    }

    /// The view grows, and with it the placement and the watch over members.
    fn adopt(&mut self, about: NodeId, standing: Standing, cx: &mut Context<Self>) {
        let before = self.has(about, cx);
        self.view.0.insert(about, standing);
        match (before, self.has(about, cx)) {
            (false, true) => {
                self.place(about, cx);
                self.watch(about, cx);
            }
            (true, false) => {
                self.displace(about);
                self.unwatch(about, cx);
            }
            (true, true) | (false, false) => {}
        }
    }

    /// Whether the node is a member, as far as this one knows.
    pub(super) fn has(&self, node: NodeId, cx: &Context<Self>) -> bool {
        self.view.has(node, cx.config().begins_with(node))
    }

    /// The members, as far as this node knows.
    pub(super) fn members<'n>(&'n self, cx: &'n Context<Self>) -> impl Iterator<Item = NodeId> + 'n {
        NodeId::all(cx.nodes()).filter(|node| self.has(*node, cx))
    }
}
