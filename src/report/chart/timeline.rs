//! One run over simulated time: how many operations are done, how long they take, what is at fault, who leads.

use crate::engine::record::{Recording, What};
use crate::experiment::Experiment;
use crate::node::{Nanos, NodeId};
use crate::report::chart::picture::{Colour, Entry, LAW, Layer, Look, Mark, PALETTE, Panel, Picture, Ruler, Stroke};
use crate::report::chart::scale::{linear, short};
use crate::scenario::Finished;
use std::collections::BTreeMap;

/// So many intervals of time are counted by themselves.
const INTERVALS: u64 = 100;
const FAULTS: Colour = PALETTE[1];
const DONE: Colour = PALETTE[0];
const TOOK: Colour = PALETTE[2];

/// What stands on the axis of time: windows of faults, and elections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    /// From when to when something was at fault, in the order of their beginnings.
    pub faults: Vec<(Nanos, Nanos)>,
    /// Who was elected when.
    pub elected: Vec<(Nanos, NodeId)>,
}

/// One interval of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// When it ends.
    pub end: Nanos,
    /// Operations done in it.
    pub done: u64,
    /// How long the one in the middle of them took.
    pub median: Option<Nanos>,
}

/// The operations of a run by intervals of time.
pub fn intervals(run: &Finished, length: Nanos) -> Vec<Interval> {
    let width = (length.0 / INTERVALS).max(1);
    let mut took: Vec<Vec<Nanos>> = vec![Vec::new(); INTERVALS as usize];
    for operation in &run.operations {
        if let Some(done) = operation.done
            && let Some(mine) = took.get_mut((done.0 / width) as usize)
        {
            mine.push(done.saturating_sub(operation.begun));
        }
    }
    let interval = |(place, mut took): (usize, Vec<Nanos>)| {
        took.sort_unstable();
        let end = Nanos(width * (place as u64 + 1));
        Interval { end, done: took.len() as u64, median: took.get(took.len() / 2).copied() }
    };
    took.into_iter().enumerate().map(interval).collect()
}

/// What a record says about faults and leaders, up to `length`.
pub fn events(recording: &Recording, length: Nanos) -> Events {
    let mut events = Events::default();
    let mut open: BTreeMap<String, Nanos> = BTreeMap::new();
    for line in recording.lines.iter().take_while(|line| line.time < length) {
        let mut ends = |key: String, events: &mut Events| {
            if let Some(begun) = open.remove(&key) {
                events.faults.push((begun, line.time));
            }
        };
        match (&line.what, line.node) {
            (What::Started, Some(node)) => ends(node.to_string(), &mut events),
            (What::Crashed { .. }, Some(node)) => {
                open.entry(node.to_string()).or_insert(line.time);
            }
            (What::Links { healed: true, from, to }, _) => ends(format!("{from:?} {to:?}"), &mut events),
            (What::Links { healed: false, from, to }, _) => {
                open.entry(format!("{from:?} {to:?}")).or_insert(line.time);
            }
            (What::Fault { text }, node) => {
                let who = node.map_or_else(String::new, |node| node.to_string());
                if let Some(kind) = text.strip_suffix(" begins") {
                    open.entry(format!("{kind} {who}")).or_insert(line.time);
                } else if let Some(kind) = text.strip_suffix(" ends") {
                    ends(format!("{kind} {who}"), &mut events);
                }
            }
            (What::Fact { fact }, Some(node)) if fact.starts_with("Elected") => {
                events.elected.push((line.time, node));
            }
            _ => {}
        }
    }
    events.faults.extend(open.into_values().map(|begun| (begun, length)));
    events.faults.sort_unstable();
    events.faults.dedup();
    events
}

/// The picture.
pub fn timeline(experiment: &Experiment, run: &Finished, length: Nanos, caption: Vec<String>) -> Picture {
    let seconds = |time: Nanos| time.0 as f64 / 1e9;
    let counted = intervals(run, length);
    let events = run.recording.as_ref().map(|recording| events(recording, length)).unwrap_or_default();
    let per_second = |interval: &Interval| interval.done as f64 * INTERVALS as f64 / seconds(length);
    let most = counted.iter().map(per_second).fold(0.0, f64::max);
    let took = |interval: &Interval| interval.median.map(|median| median.0 as f64 / 1e6);
    let longest = counted.iter().filter_map(took).fold(0.0, f64::max);
    let width = seconds(length) / INTERVALS as f64;
    let middle = |interval: &Interval| seconds(interval.end) - width / 2.0;

    // Room above the line for the names of leaders.
    let throughput = linear("operations / s".to_owned(), most * 1.25, short);
    let latency = linear("median latency [ms]".to_owned(), longest, short);
    let shade = |ruler: &Ruler| {
        let fields = events
            .faults
            .iter()
            .map(|(from, to)| Layer::Field((seconds(*from), ruler.low), (seconds(*to), ruler.high), FAULTS, 16));
        fields.collect::<Vec<_>>()
    };
    let mut upper = shade(&throughput);
    upper.push(Layer::Line(counted.iter().map(|i| (middle(i), per_second(i))).collect(), DONE, Stroke::Solid));
    for (at, node) in &events.elected {
        let at = seconds(*at);
        upper.push(Layer::Line(vec![(at, throughput.low), (at, throughput.high)], LAW, Stroke::Dotted));
        let room = seconds(length) * 0.03;
        let beside = if at + room > seconds(length) { at - room } else { at + room };
        upper.push(Layer::Label((beside, throughput.high * 0.93), node.to_string(), LAW));
    }
    let mut lower = shade(&latency);
    let places = counted.iter().filter_map(|interval| Some((middle(interval), took(interval)?)));
    lower.push(Layer::Marks(places.collect(), TOOK, Mark::Diamond));

    let mut x = linear("simulated time [s]".to_owned(), seconds(length), short);
    x.high = seconds(length);
    let line =
        |name: &str, colour, stroke, mark| Entry { name: name.to_owned(), colour, sample: Look::Line(stroke, mark) };
    let legend = vec![
        line("operations done", DONE, Stroke::Solid, None),
        line("latency", TOOK, Stroke::Solid, Some(Mark::Diamond)),
        Entry { name: "a fault".to_owned(), colour: FAULTS, sample: Look::Field(16) },
        line("elected", LAW, Stroke::Dotted, None),
    ];
    let panels = vec![Panel { y: throughput, layers: upper }, Panel { y: latency, layers: lower }];
    Picture { title: experiment.file.question.clone(), x, panels, legend, caption }
}
