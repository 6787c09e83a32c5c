//! Plays a schedule: nothing happens but what its lines say.

use crate::engine::clocks::Clock;
use crate::engine::cluster::{Cluster, Wire};
use crate::engine::disk::Loss;
use crate::engine::network::Traffic;
use crate::engine::panics::{catch_panic, own_panic, panic_text};
use crate::engine::plan::Remains;
use crate::engine::record::{MessageName, Sent, kind_of};
use crate::engine::schedule::{Happening, Line, timer_name};
use crate::engine::summary::{ClientCount, Ending, Summary};
use crate::engine::watch::Watches;
use crate::engine::world::Outcome as RunOutcome;
use crate::node::{Choices, Fact, Nanos, Node, NodeId, Op, Outcome, Reply, RequestId, Span};
use crate::spec::history::{Event, History, Stage};
use crate::spec::judged::Judged;
use crate::spec::pattern::Pattern;
use std::collections::{BTreeMap, BTreeSet};

/// Everything a scheduled run depends on, but for the node's own configuration.
#[derive(Clone, Debug)]
pub struct Script<O> {
    /// How many nodes.
    pub nodes: u32,
    /// Whether a record is durable as it is written; else `sync` lines make it so.
    pub immediate: bool,
    /// What happens.
    pub lines: Vec<Line<O>>,
    /// Invariants that do not count.
    pub except: Vec<String>,
    /// Patterns of facts that are counted.
    pub watched: Vec<Pattern>,
    /// Whether to keep a record.
    pub record: bool,
}

type MessageKey = (NodeId, NodeId, MessageName);

/// Keeps what leaves until a line asks for it.
struct Desk<N: Node> {
    /// Every message sent, with its number on its link; none where a line has dropped it.
    mail: BTreeMap<MessageKey, Option<(u64, N::Message)>>,
    /// How many messages each link has carried, and how many of each kind.
    carried: BTreeMap<(NodeId, NodeId), u64>,
    kinds: BTreeMap<(NodeId, NodeId, String), u64>,
    timers: Vec<BTreeMap<String, N::Timer>>,
    clocks: Vec<Clock>,
    cuts: Vec<(Vec<NodeId>, Vec<NodeId>)>,
    traffic: Traffic,
    clients: ClientCount,
    asked: BTreeMap<RequestId, (Nanos, Op<N>)>,
    done: BTreeSet<RequestId>,
    history: History<N::Family>,
}

impl<N: Node<Family: Judged>> Wire<N> for Desk<N> {
    fn send(&mut self, _: Nanos, from: NodeId, to: NodeId, message: N::Message) -> (Sent, u64) {
        self.traffic.sent += 1;
        let carried = self.carried.entry((from, to)).or_default();
        *carried += 1;
        let kind = kind_of(&format!("{message:?}")).to_owned();
        let count = self.kinds.entry((from, to, kind.clone())).or_default();
        *count += 1;
        self.mail.insert((from, to, MessageName { kind, number: *count }), Some((*carried, message)));
        (Sent::OnItsWay, *carried)
    }

    fn reply(&mut self, now: Nanos, _: NodeId, request: RequestId, outcome: Outcome<Reply<N>>) {
        // Only an answer that is one ends an operation; whoever was refused may ask again.
        let Outcome::Done(reply) = outcome else { return };
        let Some((begun, op)) = self.asked.get(&request).cloned() else { return };
        if self.done.insert(request) {
            let process = request.client.index() as u32;
            self.history.push(Event { time: now, process, request, op, stage: Stage::Ok(reply) });
            self.clients.done += 1;
            self.clients.latencies.push(now - begun);
        }
    }

    fn fact(&mut self, _: Nanos, _: NodeId, _: &Fact<N>) {}

    fn misled(&mut self, _: NodeId) {}

    fn set_timer(&mut self, _: Nanos, node: NodeId, timer: N::Timer, _: Span) {
        self.timers[node.index()].insert(timer_name(&format!("{timer:?}")), timer);
    }

    fn cancel_timer(&mut self, node: NodeId, timer: N::Timer) {
        self.timers[node.index()].remove(&timer_name(&format!("{timer:?}")));
    }

    fn crashed(&mut self, _: Nanos, node: NodeId, _: u32, _: Loss) {
        self.timers[node.index()].clear();
    }

    fn start_sync(&mut self, _: Nanos, _: NodeId, _: u64, _: u32) {}

    fn clock(&self, node: NodeId) -> Clock {
        self.clocks[node.index()]
    }
}

/// Plays a schedule on a cluster of `N`. A pure function of its arguments.
///
/// # Panics
/// When the engine itself is at fault; a panic in a node is a finding, not a panic.
pub fn play<N: Node<Family: Judged>>(script: &Script<Op<N>>, config: N::Config) -> RunOutcome<N> {
    let choices = (0..script.nodes).map(|_| Choices::scripted([])).collect();
    let mut cluster: Cluster<N> = Cluster::new(config, choices, script.immediate, &script.except, script.record);
    cluster.slots.iter_mut().for_each(|slot| slot.disk.keep_platter());
    cluster.judge.watches = Watches::new::<N::Family>(script.watched.clone());
    let mut desk = Desk {
        mail: BTreeMap::new(),
        carried: BTreeMap::new(),
        kinds: BTreeMap::new(),
        timers: vec![BTreeMap::new(); script.nodes as usize],
        clocks: vec![Clock::TRUE; script.nodes as usize],
        cuts: Vec::new(),
        traffic: Traffic::default(),
        clients: ClientCount::default(),
        asked: BTreeMap::new(),
        done: BTreeSet::new(),
        history: Vec::new(),
    };
    let played = catch_panic(|| play_all(script, &mut cluster, &mut desk));
    let unplayable = match (played, cluster.in_handler) {
        (Ok(played), _) => played.err(),
        (Err(panic), None) => own_panic(panic),
        (Err(panic), Some(node)) => {
            cluster.panicked(node, panic_text(panic.as_ref()));
            None
        }
    };
    let ending = match (&cluster.judge.violation, unplayable) {
        (Some(violation), _) => Ending::Violated(violation.clone()),
        (None, Some(why)) => Ending::Unplayable(why),
        (None, None) => Ending::Completed,
    };
    finish(ending, cluster, desk)
}

fn finish<N: Node<Family: Judged>>(ending: Ending, mut cluster: Cluster<N>, mut desk: Desk<N>) -> RunOutcome<N> {
    cluster.record_ending(&ending);
    desk.clients.latencies.sort_unstable();
    desk.clients.unknown = desk.clients.begun - desk.clients.done;
    let summary = Summary {
        ending,
        digest: cluster.judge.digest.to_string(),
        steps: cluster.steps,
        time: cluster.now,
        settled: None,
        outside: Vec::new(),
        watched: cluster.judge.watches.seen().to_vec(),
        blocked: None,
        leaderless: None,
        leaderless_spells: Vec::new(),
        term_bumps: None,
        leader_changes: None,
        doubts: None,
        traffic: desk.traffic,
        records_lost: cluster.records_lost,
        faults: Vec::new(),
        clients: desk.clients,
        reached: cluster.judge.reached(),
        checked: cluster.judge.checked(),
    };
    RunOutcome { summary, history: desk.history, recording: cluster.recording }
}

fn play_all<N: Node<Family: Judged>>(
    script: &Script<Op<N>>,
    cluster: &mut Cluster<N>,
    desk: &mut Desk<N>,
) -> Result<(), String> {
    // Choices that stand before everything else are for the nodes' start.
    let ahead = script.lines.iter().take_while(|line| matches!(line.what, Happening::Choose(..))).count();
    for (place, line) in script.lines.iter().take(ahead).enumerate() {
        play_line(line, cluster, desk).map_err(|why| at_line(place, line, &why))?;
    }
    for id in NodeId::all(script.nodes) {
        cluster.start(id, desk);
    }
    for (place, line) in script.lines.iter().enumerate().skip(ahead) {
        if cluster.judge.violation.is_some() {
            return Ok(());
        }
        play_line(line, cluster, desk).map_err(|why| at_line(place, line, &why))?;
    }
    Ok(())
}

fn at_line<O: std::fmt::Display>(place: usize, line: &Line<O>, why: &str) -> String {
    format!("line {} of the schedule, `{line}`: {why}", place + 1)
}

fn play_line<N: Node<Family: Judged>>(
    line: &Line<Op<N>>,
    cluster: &mut Cluster<N>,
    desk: &mut Desk<N>,
) -> Result<(), String> {
    if let Some(at) = line.at {
        if at < cluster.now {
            return Err(format!("the clock stands at {} already", cluster.now));
        }
        cluster.now = at;
    }
    match &line.what {
        Happening::Fire(node, timer) => fire(*node, timer, cluster, desk)?,
        Happening::Deliver(from, to, name) => deliver(*from, *to, name, cluster, desk)?,
        Happening::Drop(from, to, name) => {
            sent(desk, *from, *to, name)?;
            desk.mail.insert((*from, *to, name.clone()), None);
            desk.traffic.lost += 1;
        }
        Happening::Request(node, request, op) => {
            up(cluster, *node)?;
            request_arrives(cluster.now, *request, op, desk)?;
            cluster.request(*node, *request, op.clone(), desk);
        }
        Happening::Sync(node, upto, lie) => sync(*node, *upto, *lie, cluster, desk)?,
        Happening::Crash(node, kept) => {
            up(cluster, *node)?;
            cluster.crash(*node, Remains::Exactly(*kept), desk);
        }
        Happening::Doom(node, doom, kept) => {
            // Who is down may be in for a crash as it starts again.
            cluster.doom(*node, *doom, Remains::Exactly(*kept));
        }
        Happening::Rot(node, record) => rot(*node, *record, cluster)?,
        Happening::Clock(node, reads, ppm) => {
            let clock = Clock::put(cluster.now, *reads, *ppm);
            desk.clocks[node.index()] = clock;
            cluster.clock_put(*node, clock);
        }
        Happening::Spare(node) => cluster.spare(*node),
        Happening::Restart(node) => {
            if cluster.is_up(*node) {
                return Err(format!("{node} is up"));
            }
            if cluster.slots[node.index()].halted {
                return Err(format!("{node} has found its disk damaged, and stays down"));
            }
            cluster.start(*node, desk);
        }
        Happening::Cut(from, to) => {
            cluster.links(false, from, to);
            desk.cuts.push((from.clone(), to.clone()));
        }
        Happening::Heal(from, to) => {
            let cut = desk.cuts.iter().position(|cut| cut.0 == *from && cut.1 == *to);
            desk.cuts.remove(cut.ok_or("these links were not cut together")?);
            cluster.links(true, from, to);
        }
        Happening::Choose(node, answer) => {
            if let Choices::Scripted { script, .. } = cluster.choices(*node) {
                script.push_back(*answer);
            }
        }
    }
    Ok(())
}

fn sync<N: Node<Family: Judged>>(
    node: NodeId,
    upto: Option<u64>,
    lie: bool,
    cluster: &mut Cluster<N>,
    desk: &mut Desk<N>,
) -> Result<(), String> {
    up(cluster, node)?;
    let under_way = cluster.syncing(node).ok_or("no sync is under way")?;
    let upto = upto.unwrap_or(under_way);
    if upto != under_way {
        return Err(format!("the sync under way reaches up to record {under_way}"));
    }
    cluster.slots[node.index()].disk.lies = lie;
    cluster.sync(node, upto, desk);
    Ok(())
}

fn rot<N: Node<Family: Judged>>(node: NodeId, record: u64, cluster: &mut Cluster<N>) -> Result<(), String> {
    let records = cluster.slots[node.index()].disk.records();
    if record > records {
        return Err(format!("the disk of {node} holds {records} records"));
    }
    cluster.rot(node, record);
    Ok(())
}

fn fire<N: Node<Family: Judged>>(
    node: NodeId,
    timer: &str,
    cluster: &mut Cluster<N>,
    desk: &mut Desk<N>,
) -> Result<(), String> {
    up(cluster, node)?;
    let timers = &mut desk.timers[node.index()];
    let Some(found) = timers.remove(timer) else {
        let set = timers.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(format!("{node} has not set it; set are: {set}"));
    };
    cluster.fire(node, found, desk);
    Ok(())
}

fn deliver<N: Node<Family: Judged>>(
    from: NodeId,
    to: NodeId,
    name: &MessageName,
    cluster: &mut Cluster<N>,
    desk: &mut Desk<N>,
) -> Result<(), String> {
    up(cluster, to)?;
    if desk.cuts.iter().any(|(cut, off)| cut.contains(&from) && off.contains(&to)) {
        return Err("the link is cut".to_owned());
    }
    let (number, message) = sent(desk, from, to, name)?;
    desk.traffic.delivered += 1;
    cluster.deliver(to, from, number, message, desk);
    Ok(())
}

fn up<N: Node<Family: Judged>>(cluster: &Cluster<N>, node: NodeId) -> Result<(), String> {
    if cluster.is_up(node) { Ok(()) } else { Err(format!("{node} is down")) }
}

fn sent<N: Node>(desk: &Desk<N>, from: NodeId, to: NodeId, name: &MessageName) -> Result<(u64, N::Message), String> {
    match desk.mail.get(&(from, to, name.clone())) {
        Some(Some(sent)) => Ok(sent.clone()),
        Some(None) => Err("it was dropped".to_owned()),
        None => {
            let on_link = desk.kinds.iter().filter(|((f, t, _), _)| *f == from && *t == to);
            let so_far: Vec<String> = on_link.map(|((_, _, kind), count)| format!("{count} {kind}")).collect();
            let so_far = if so_far.is_empty() { "nothing".to_owned() } else { so_far.join(", ") };
            Err(format!("it was not sent; {from} has sent {to} so far: {so_far}"))
        }
    }
}

fn request_arrives<N: Node<Family: Judged>>(
    now: Nanos,
    request: RequestId,
    op: &Op<N>,
    desk: &mut Desk<N>,
) -> Result<(), String> {
    if let Some((_, before)) = desk.asked.get(&request) {
        if before != op {
            return Err(format!("{request} asked for `{before}` before; a retry asks for the same"));
        }
        desk.clients.retries += 1;
        return Ok(());
    }
    desk.asked.insert(request, (now, op.clone()));
    let process = request.client.index() as u32;
    desk.history.push(Event { time: now, process, request, op: op.clone(), stage: Stage::Invoke });
    desk.clients.begun += 1;
    Ok(())
}
