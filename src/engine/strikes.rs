//! Planned faults as they take place and end, and the credit for what they changed.

use crate::engine::ailments::{Ailment, Trouble};
use crate::engine::clocks::Wrong;
use crate::engine::event::{Blow, Event};
use crate::engine::fault::{ClockChange, Fault};
use crate::engine::network::Cut;
use crate::engine::plan::{Action, DiskTrouble, Links, Planned, Whom, Window};
use crate::engine::world::World;
use crate::node::{Nanos, Node, NodeId, Span, below};
use crate::spec::judged::Judged;

impl<N: Node<Family: Judged>> World<'_, N> {
    /// A planned fault takes place, or waits for a leader.
    #[cold]
    pub fn strike(&mut self, planned: usize) {
        let Planned { fault, length, action, teller, .. } = self.plan[planned].clone();
        let nodes = match self.resolve(&action, teller) {
            Some(nodes) => nodes,
            None => {
                self.faults[fault].deferred += 1;
                return self.wire.awaiting_leader.push(planned);
            }
        };
        self.faults[fault].applied += 1;
        if length == Window::Forever {
            nodes.iter().for_each(|node| self.gone[node.index()] = true);
        }
        self.note_strike(fault, &action, &nodes, true);
        if self.setup.blocks == Some(fault) {
            self.clients.blockade = Some(self.faults[fault].applied);
        }
        match action {
            Action::Crash { inside, again, remains, .. } => {
                for node in nodes {
                    self.strike_down(node, Blow { by: planned, length, inside, again, remains });
                }
                return;
            }
            Action::Pause(_) => self.afflict(planned, &nodes, Trouble::Paused),
            Action::Slow(_) => self.afflict(planned, &nodes, Trouble::Slow(self.spans(fault))),
            Action::Cut(links) => self.cut(planned, links, &nodes),
            Action::Hold(links) => self.hold(planned, links, &nodes),
            Action::Degrade(links) => self.degrade(planned, links, &nodes),
            Action::Disk(_, trouble) => self.trouble_disks(planned, &nodes, trouble),
            Action::Clock(_, by) => self.put_clocks(planned, &nodes, by),
        }
        if let Window::For(length) = length {
            self.wire.queue.push(self.cluster.now + length, Event::End { planned });
        }
    }

    /// The nodes that an occurrence hits; none while it has to wait for a leader.
    fn resolve(&self, action: &Action, teller: Option<NodeId>) -> Option<Vec<NodeId>> {
        let whom = match action {
            Action::Crash { whom, .. }
            | Action::Pause(whom)
            | Action::Slow(whom)
            | Action::Disk(whom, _)
            | Action::Clock(whom, _)
            | Action::Cut(Links::Of { whom, .. })
            | Action::Hold(Links::Of { whom, .. })
            | Action::Degrade(Some(Links::Of { whom, .. })) => whom,
            Action::Cut(_) | Action::Hold(_) | Action::Degrade(_) => return Some(Vec::new()),
        };
        match whom {
            Whom::Nodes(nodes) => Some(nodes.clone()),
            Whom::Leader => self.wire.leader().map(|leader| vec![leader]),
            Whom::Teller => Some(teller.into_iter().collect()),
            Whom::Follower(order) => {
                let leader = self.wire.leader()?;
                Some(order.iter().copied().find(|node| *node != leader).into_iter().collect())
            }
        }
    }

    fn strike_down(&mut self, node: NodeId, blow: Blow) {
        // Who is down, or in for a crash already, is hit no second time.
        if !self.cluster.is_up(node) || self.wire.blows[node.index()].is_some() {
            return;
        }
        self.wire.blows[node.index()] = Some(blow);
        match blow.inside {
            Some(doom) => self.cluster.doom(node, doom, blow.remains),
            None => {
                self.cluster.crash(node, blow.remains, &mut self.wire);
            }
        }
    }

    /// A node that has crashed starts again, and is in for another crash where its blow says so.
    pub fn restart(&mut self, node: NodeId, blow: Option<Blow>) {
        if self.setup.blocks.is_some_and(|fault| matches!(self.setup.faults[fault], Fault::Crash(_))) {
            self.clients.blockade = None;
        }
        if self.cluster.is_up(node) || self.cluster.slots[node.index()].halted {
            return;
        }
        if let Some(Blow { again: Some(doom), remains, .. }) = blow {
            self.wire.blows[node.index()] = blow.map(|blow| Blow { again: None, ..blow });
            self.cluster.doom(node, doom, remains);
        }
        self.start(node);
    }

    /// A node starts, and may find its disk rotten.
    pub fn start(&mut self, node: NodeId) {
        let rotten = self.cluster.slots[node.index()].disk.find_rot().is_some();
        self.cluster.start(node, &mut self.wire);
        if rotten {
            self.wire.felt.append(&mut self.rotten[node.index()]);
        }
    }

    /// A node has crashed: a pause dies with its process, and what had waited for it is lost.
    pub fn fell(&mut self, node: NodeId) {
        self.wire.ailments.wake(node);
        self.awake(node);
    }

    /// Nodes suffer something that is no step of theirs.
    fn afflict(&mut self, by: usize, nodes: &[NodeId], trouble: Trouble) {
        for node in nodes {
            self.wire.ailments.add(by, *node, trouble);
        }
    }

    /// The length that the fault's kind has beside its own: of a step, of a sync.
    fn spans(&self, fault: usize) -> Span {
        match &self.setup.faults[fault] {
            Fault::Slow(slow) => slow.takes,
            Fault::DiskSlow(disk) => disk.sync,
            Fault::Crash(_)
            | Fault::Pause(_)
            | Fault::Partition(_)
            | Fault::Hold(_)
            | Fault::Degrade(_)
            | Fault::DiskStall(_)
            | Fault::DiskFull(_)
            | Fault::DiskLie(_)
            | Fault::DiskCorrupt(_)
            | Fault::Clock(_) => unreachable!("asked only of faults that say how long something takes"),
        }
    }

    fn trouble_disks(&mut self, by: usize, nodes: &[NodeId], trouble: DiskTrouble) {
        let fault = self.plan[by].fault;
        for node in nodes {
            match trouble {
                DiskTrouble::Stall => self.wire.ailments.add(by, *node, Trouble::Stalled),
                DiskTrouble::Slow => self.wire.ailments.add(by, *node, Trouble::SlowSync(self.spans(fault))),
                DiskTrouble::Full => self.wire.ailments.add(by, *node, Trouble::Full),
                DiskTrouble::Lie if self.may_lose(fault, *node) => {
                    self.wire.ailments.add(by, *node, Trouble::Lies);
                    self.cluster.slots[node.index()].disk.lies = true;
                }
                DiskTrouble::Corrupt(word) if self.may_lose(fault, *node) => {
                    let records = self.cluster.slots[node.index()].disk.records();
                    if records > 0 {
                        self.cluster.rot(*node, below(word, records) + 1);
                        self.rotten[node.index()].push(by);
                    }
                }
                DiskTrouble::Lie | DiskTrouble::Corrupt(_) => {}
            }
        }
    }

    /// Whether one more node may lose what it had synced: not more of them than the budget allows.
    fn may_lose(&mut self, fault: usize, node: NodeId) -> bool {
        let hit = self.losers.iter().filter(|hit| **hit).count() as u32;
        let allowed = self.losers[node.index()] || hit < self.setup.disk_budget;
        if allowed {
            self.losers[node.index()] = true;
        } else {
            self.faults[fault].withheld += 1;
            self.cluster.note_fault(Some(node), || "the budget of damaged disks is spent: nothing happens".to_owned());
        }
        allowed
    }

    fn put_clocks(&mut self, by: usize, nodes: &[NodeId], amount: i64) {
        let Fault::Clock(clock) = &self.setup.faults[self.plan[by].fault] else { return };
        for node in nodes {
            let (trouble, at_once): (Trouble, fn(&mut Wrong, Nanos, i64)) = match &clock.change {
                ClockChange::Offset(_) => (Trouble::Offset(amount), Wrong::shift),
                ClockChange::Jump(_) => (Trouble::Jumped, Wrong::shift),
                ClockChange::Drift(_) => (Trouble::Drifts(amount), Wrong::drift),
                ClockChange::Freeze => (Trouble::Frozen, |wrong, now, _| wrong.freeze(now, true)),
                ClockChange::Strobe(_) => (Trouble::Strobes { by: amount, off: true }, Wrong::shift),
            };
            self.wire.ailments.add(by, *node, trouble);
            self.touch_clock(*node, by, |wrong, now| at_once(wrong, now, amount));
        }
        if let ClockChange::Strobe(strobe) = &clock.change {
            self.wire.queue.push(self.cluster.now + strobe.period, Event::Strobe { planned: by });
        }
    }

    /// A clock that jumps to and fro does so once more.
    pub fn strobe(&mut self, by: usize) {
        let Fault::Clock(clock) = &self.setup.faults[self.plan[by].fault] else { return };
        let ClockChange::Strobe(strobe) = &clock.change else { return };
        let mut goes_on = false;
        for node in NodeId::all(self.setup.nodes) {
            if let Some(amount) = self.wire.ailments.turn(by, node) {
                goes_on = true;
                self.touch_clock(node, by, |wrong, now| wrong.shift(now, amount));
            }
        }
        if goes_on {
            self.wire.queue.push(self.cluster.now + strobe.period, Event::Strobe { planned: by });
        }
    }

    fn touch_clock(&mut self, node: NodeId, by: usize, touch: impl FnOnce(&mut Wrong, Nanos)) {
        let now = self.cluster.now;
        touch(&mut self.wire.clocks[node.index()], now);
        self.cluster.clock_put(node, self.wire.clocks[node.index()].clock);
        if self.wire.retime(node, now) {
            self.wire.felt.push(by);
        }
    }

    /// The links that an occurrence is about, one way each.
    fn sides(&self, links: Links, nodes: &[NodeId]) -> Vec<(Vec<NodeId>, Vec<NodeId>)> {
        match links {
            Links::Between(groups) => {
                let others = |place| {
                    let others = groups.iter().enumerate().filter(move |(other, _)| *other != place);
                    others.flat_map(|(_, group)| group.iter().copied()).collect::<Vec<_>>()
                };
                groups.iter().enumerate().map(|(place, group)| (group.clone(), others(place))).collect()
            }
            Links::OneWay(links) => links,
            Links::Of { inbound, outbound, .. } => self.around(nodes, inbound, outbound),
            Links::Swizzled(windows) => {
                let each = windows.iter().flat_map(|(node, ..)| self.around(&[*node], true, true));
                each.collect()
            }
        }
    }

    /// The links between some nodes and the others.
    fn around(&self, nodes: &[NodeId], inbound: bool, outbound: bool) -> Vec<(Vec<NodeId>, Vec<NodeId>)> {
        let others: Vec<NodeId> = NodeId::all(self.setup.nodes).filter(|other| !nodes.contains(other)).collect();
        let mut sides = Vec::new();
        if inbound {
            sides.push((others.clone(), nodes.to_vec()));
        }
        if outbound {
            sides.push((nodes.to_vec(), others));
        }
        sides
    }

    fn cut(&mut self, by: usize, links: Links, nodes: &[NodeId]) {
        if let Links::Swizzled(windows) = &links {
            return self.swizzle(by, windows);
        }
        for (from, to) in self.sides(links, nodes) {
            self.cluster.links(false, &from, &to);
            self.wire.network.cut(Cut { by, from, to, felt: false });
        }
    }

    fn hold(&mut self, by: usize, links: Links, nodes: &[NodeId]) {
        if let Links::Swizzled(windows) = &links {
            return self.swizzle(by, windows);
        }
        for (from, to) in self.sides(links, nodes) {
            self.wire.holds.hold(Cut { by, from, to, felt: false });
        }
    }

    fn degrade(&mut self, by: usize, links: Option<Links>, nodes: &[NodeId]) {
        let sides = links.map(|links| self.sides(links, nodes));
        self.wire.network.change(by, self.plan[by].fault, sides);
    }

    fn swizzle(&mut self, planned: usize, windows: &[(NodeId, Nanos, Nanos)]) {
        for (node, gone, back) in windows {
            let now = self.cluster.now;
            self.wire.queue.push(now + *gone, Event::Swizzle { planned, node: *node, gone: true });
            self.wire.queue.push(now + *back, Event::Swizzle { planned, node: *node, gone: false });
        }
    }

    /// One of the nodes of a swizzle goes, or comes back.
    pub fn swizzled(&mut self, by: usize, node: NodeId, gone: bool) {
        let cuts = matches!(self.plan[by].action, Action::Cut(_));
        for (from, to) in self.around(&[node], true, true) {
            match (cuts, gone) {
                (true, true) => {
                    self.cluster.links(false, &from, &to);
                    self.wire.network.cut(Cut { by, from, to, felt: false });
                }
                (true, false) => {
                    let healed = self.wire.network.heal_links(by, &from, &to);
                    self.healed(healed);
                }
                (false, true) => self.wire.holds.hold(Cut { by, from, to, felt: false }),
                (false, false) => {
                    let released = self.wire.holds.release(by, |link| link.from == from && link.to == to);
                    self.wire.redeliver(self.cluster.now, released);
                }
            }
        }
    }

    /// An occurrence is over.
    pub fn end(&mut self, planned: usize) {
        let Planned { fault, action, .. } = self.plan[planned].clone();
        if self.setup.blocks == Some(fault) {
            self.clients.blockade = None;
        }
        let healed = self.wire.network.heal(planned);
        self.healed(healed);
        let released = self.wire.holds.release(planned, |_| true);
        self.wire.redeliver(self.cluster.now, released);
        self.wire.network.unchange(planned);
        let ended = self.wire.ailments.end(planned, |_| true);
        let nodes: Vec<NodeId> = ended.iter().map(|ailment| ailment.node).collect();
        self.note_strike(fault, &action, &nodes, false);
        self.cured(ended);
    }

    /// Nodes suffer no more from what ailed them.
    pub fn cured(&mut self, ended: Vec<Ailment>) {
        for Ailment { by, node, trouble } in ended {
            match trouble {
                Trouble::Paused | Trouble::Slow(_) => self.awake(node),
                Trouble::Stalled | Trouble::Full => self.wire.sync_again(node, self.cluster.now),
                Trouble::SlowSync(_) | Trouble::Jumped => {}
                Trouble::Lies => {
                    let lies = self.wire.ailments.lies(node).is_some();
                    self.cluster.slots[node.index()].disk.lies = lies;
                }
                Trouble::Offset(amount) | Trouble::Strobes { by: amount, off: true } => {
                    self.touch_clock(node, by, |wrong, now| wrong.shift(now, -amount));
                }
                Trouble::Strobes { off: false, .. } => {}
                Trouble::Drifts(ppm) => self.touch_clock(node, by, |wrong, now| wrong.drift(now, -ppm)),
                Trouble::Frozen => self.touch_clock(node, by, |wrong, now| wrong.freeze(now, false)),
            }
        }
    }

    pub fn healed(&mut self, cuts: Vec<Cut>) {
        for cut in cuts {
            self.cluster.links(true, &cut.from, &cut.to);
        }
    }

    /// While recording: what is no step and would not be seen.
    fn note_strike(&mut self, fault: usize, action: &Action, nodes: &[NodeId], begins: bool) {
        let silent = matches!(action, Action::Crash { .. } | Action::Cut(_) | Action::Clock(..))
            || matches!(action, Action::Disk(_, DiskTrouble::Corrupt(_)));
        if self.cluster.recording.is_none() || silent {
            return;
        }
        let kind = self.setup.faults[fault].headline();
        let what = if begins { "begins" } else { "ends" };
        match nodes {
            [node] => self.cluster.note_fault(Some(*node), || format!("{kind} {what}")),
            _ => self.cluster.note_fault(None, || format!("{kind} {what}")),
        }
    }

    /// Faults react to facts that were told in this step, and are credited with what they changed in it: each
    /// occurrence counts once, whatever it changed.
    #[cold]
    pub fn react(&mut self) {
        for (fault, teller) in std::mem::take(&mut self.wire.tripped) {
            let (now, declared) = (self.cluster.now, &self.setup.faults[fault]);
            if self.is_settling() {
                continue;
            }
            if let Some(planned) = self.draws.reacting(fault, declared, now, teller) {
                self.faults[fault].scheduled += 1;
                self.wire.queue.push(planned.at, Event::Fault { planned: self.plan.len() });
                self.plan.push(planned);
            }
        }
        self.wire.felt.append(&mut self.wire.network.effective);
        for planned in self.wire.felt.drain(..) {
            let effective = &mut self.plan[planned].effective;
            if !*effective {
                *effective = true;
                self.faults[self.plan[planned].fault].effective += 1;
            }
        }
    }
}
