//! The schedule: an explicit list of what happens next, in place of time and chance. One format for golden tests,
//! counterexamples of exhaustive search, shrunk runs and what-if.
//!
//! | line | what happens |
//! |---|---|
//! | `fire n1 election` | a timer that is set runs out |
//! | `deliver n1->n3 RequestVote#1` | a message arrives; `#k` counts from 1 per link and kind; again: a duplicate |
//! | `drop n2->n1 Vote#1` | a message is lost, and cannot be delivered any more |
//! | `request n1 c1#1 put k1 5` | a client's request arrives |
//! | `sync n2`, `sync n2 4` | the sync under way completes (up to record 4), where syncs take time |
//! | `sync n2 4 lie` | the disk only says so: a crash takes what it claims, unless an honest sync comes first |
//! | `crash n3` | between two steps |
//! | `crash n3 after-write 1` | inside a later step: after so many `-write`s, `-send`s or `-effect`s from here on |
//! | `crash n3 keeping 2` | the first so many unsynced records reached the disk all the same; also after `after-…` |
//! | `rot n3 5` | a synced record, by its number from the beginning, cannot be read at the next start |
//! | `clock n2 1500ms 200ppm` | the node's clock reads this now, and runs so much too fast |
//! | `spare n3` | takes such a crash back |
//! | `restart n3` | from what is on its disk |
//! | `cut n1,n2->n3`, `heal n1,n2->n3` | nothing can be delivered on these links meanwhile |
//! | `choose n2 4` | what the node chooses in the next step that asks |
//!
//! Any line may begin with a time, `@150ms `, to which the clock is put; it never goes back. All nodes have started
//! before the first line.

use crate::engine::doom::Doom;
use crate::engine::record::{MessageName, Recording, What};
use crate::node::{Nanos, NodeId, RequestId};
use crate::spec::judged::Judged;
use std::fmt;

/// One line of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<O> {
    /// What the clock is put to.
    pub at: Option<Nanos>,
    /// What happens.
    pub what: Happening<O>,
}

/// What a line makes happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening<O> {
    /// A timer runs out; its name is compared as [`timer_name`] gives it.
    Fire(NodeId, String),
    /// A message arrives.
    Deliver(NodeId, NodeId, MessageName),
    /// A message is lost.
    Drop(NodeId, NodeId, MessageName),
    /// A client's request arrives.
    Request(NodeId, RequestId, O),
    /// A sync completes: up to which record, and whether the disk only says so.
    Sync(NodeId, Option<u64>, bool),
    /// A node crashes now, and so many of its unsynced records reach the disk all the same.
    Crash(NodeId, u64),
    /// A node will crash inside a step, and so many of its unsynced records reach the disk all the same.
    Doom(NodeId, Doom, u64),
    /// A synced record rots.
    Rot(NodeId, u64),
    /// A clock is put: what it reads, and by how many parts per million it runs too fast.
    Clock(NodeId, Nanos, i64),
    /// A node is spared.
    Spare(NodeId),
    /// A node starts again.
    Restart(NodeId),
    /// Links are cut.
    Cut(Vec<NodeId>, Vec<NodeId>),
    /// Links are healed.
    Heal(Vec<NodeId>, Vec<NodeId>),
    /// A choice is given ahead.
    Choose(NodeId, u64),
}

/// A timer's name in a schedule: its debug text in small letters, without spaces.
pub fn timer_name(debug: &str) -> String {
    debug.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn names(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(",")
}

impl<O: fmt::Display> fmt::Display for Line<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "@{at} ")?;
        }
        match &self.what {
            Happening::Fire(node, timer) => write!(f, "fire {node} {timer}"),
            Happening::Deliver(from, to, name) => write!(f, "deliver {from}->{to} {}#{}", name.kind, name.number),
            Happening::Drop(from, to, name) => write!(f, "drop {from}->{to} {}#{}", name.kind, name.number),
            Happening::Request(node, request, op) => write!(f, "request {node} {request} {op}"),
            Happening::Sync(node, None, _) => write!(f, "sync {node}"),
            Happening::Sync(node, Some(upto), false) => write!(f, "sync {node} {upto}"),
            Happening::Sync(node, Some(upto), true) => write!(f, "sync {node} {upto} lie"),
            Happening::Crash(node, 0) => write!(f, "crash {node}"),
            Happening::Crash(node, kept) => write!(f, "crash {node} keeping {kept}"),
            Happening::Doom(node, doom, 0) => write!(f, "crash {node} after-{doom}"),
            Happening::Doom(node, doom, kept) => write!(f, "crash {node} after-{doom} keeping {kept}"),
            Happening::Rot(node, record) => write!(f, "rot {node} {record}"),
            Happening::Clock(node, reads, ppm) => write!(f, "clock {node} {reads} {ppm}ppm"),
            Happening::Spare(node) => write!(f, "spare {node}"),
            Happening::Restart(node) => write!(f, "restart {node}"),
            Happening::Cut(from, to) => write!(f, "cut {}->{}", names(from), names(to)),
            Happening::Heal(from, to) => write!(f, "heal {}->{}", names(from), names(to)),
            Happening::Choose(node, answer) => write!(f, "choose {node} {answer}"),
        }
    }
}

/// Reads one line of a schedule for a cluster of `nodes`.
///
/// # Errors
/// A sentence that says what was found and what is allowed.
pub fn parse<F: Judged>(text: &str, nodes: u32) -> Result<Line<F::Op>, String> {
    let text = text.trim();
    let (at, rest) = match text.strip_prefix('@') {
        None => (None, text),
        Some(timed) => {
            let (at, rest) = timed.split_once(' ').ok_or_else(|| format!("nothing happens in `{text}`"))?;
            (Some(at.parse()?), rest.trim_start())
        }
    };
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let words: Vec<&str> = rest.split_whitespace().collect();
    let node = |word: &str| in_cluster(word.parse()?, nodes);
    let what = match (verb, words.as_slice()) {
        ("fire", [id, ..]) if words.len() > 1 => Happening::Fire(node(id)?, timer_name(&words[1..].concat())),
        ("deliver", [link, name]) => {
            let (from, to, name) = message(link, name, nodes)?;
            Happening::Deliver(from, to, name)
        }
        ("drop", [link, name]) => {
            let (from, to, name) = message(link, name, nodes)?;
            Happening::Drop(from, to, name)
        }
        ("request", [id, request, ..]) if words.len() > 2 => {
            Happening::Request(node(id)?, request.parse()?, F::parse_op(&words[2..].join(" "))?)
        }
        ("sync", [id]) => Happening::Sync(node(id)?, None, false),
        ("sync", [id, upto]) => Happening::Sync(node(id)?, Some(number(upto, "record")?), false),
        ("sync", [id, upto, "lie"]) => Happening::Sync(node(id)?, Some(number(upto, "record")?), true),
        ("crash", [id]) => Happening::Crash(node(id)?, 0),
        ("crash", [id, "keeping", kept]) => Happening::Crash(node(id)?, number(kept, "count")?),
        ("crash", [id, after, count]) => Happening::Doom(node(id)?, doom(after, count)?, 0),
        ("crash", [id, after, count, "keeping", kept]) => {
            Happening::Doom(node(id)?, doom(after, count)?, number(kept, "count")?)
        }
        ("rot", [id, record]) => Happening::Rot(node(id)?, from_one(record, "record")?),
        ("clock", [id, reads, ppm]) => Happening::Clock(node(id)?, reads.parse()?, parts_per_million(ppm)?),
        ("spare", [id]) => Happening::Spare(node(id)?),
        ("restart", [id]) => Happening::Restart(node(id)?),
        ("cut", [sides]) => {
            let (from, to) = both_sides(sides, nodes)?;
            Happening::Cut(from, to)
        }
        ("heal", [sides]) => {
            let (from, to) = both_sides(sides, nodes)?;
            Happening::Heal(from, to)
        }
        ("choose", [id, answer]) => Happening::Choose(node(id)?, number(answer, "choice")?),
        _ => return Err(unreadable(text)),
    };
    Ok(Line { at, what })
}

fn unreadable(text: &str) -> String {
    format!(
        "`{text}` is no line of a schedule: expected `fire n1 election`, `deliver n1->n3 RequestVote#1`, \
         `drop n2->n1 Vote#1`, `request n1 c1#1 …`, `sync n2`, `sync n2 4 lie`, `crash n3`, \
         `crash n3 after-write 1`, `crash n3 keeping 2`, `spare n3`, `restart n3`, `rot n3 5`, \
         `clock n2 1500ms 200ppm`, `cut n1->n2,n3`, `heal n1->n2,n3` or `choose n2 4`"
    )
}

fn in_cluster(node: NodeId, nodes: u32) -> Result<NodeId, String> {
    if node.index() < nodes as usize { Ok(node) } else { Err(format!("there is no {node}: nodes are n1 to n{nodes}")) }
}

fn number(word: &str, what: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("`{word}` is no {what}: expected a whole number"))
}

fn from_one(word: &str, what: &str) -> Result<u64, String> {
    match number(word, what)? {
        0 => Err(format!("there is no {what} 0: they are counted from 1")),
        number => Ok(number),
    }
}

fn parts_per_million(word: &str) -> Result<i64, String> {
    let number = word.strip_suffix("ppm").and_then(|number| number.parse().ok());
    number.ok_or_else(|| format!("`{word}` is no drift: expected parts per million, such as `200ppm`"))
}

fn doom(after: &str, count: &str) -> Result<Doom, String> {
    let number: u32 = count.parse().unwrap_or(0);
    if number == 0 {
        return Err(format!("`{count}` is no count: expected a whole number from 1"));
    }
    match after {
        "after-write" => Ok(Doom::Writes(number)),
        "after-send" => Ok(Doom::Sends(number)),
        "after-effect" => Ok(Doom::Effects(number)),
        other => {
            Err(format!("`{other}` is no place in a step: expected `after-write`, `after-send` or `after-effect`"))
        }
    }
}

fn both_sides(text: &str, nodes: u32) -> Result<(Vec<NodeId>, Vec<NodeId>), String> {
    let wrong = || format!("`{text}` names no links: expected `n1,n2->n3`");
    let (from, to) = text.split_once("->").ok_or_else(wrong)?;
    let side =
        |names: &str| names.split(',').map(|name| in_cluster(name.parse()?, nodes)).collect::<Result<Vec<_>, _>>();
    Ok((side(from)?, side(to)?))
}

fn message(link: &str, name: &str, nodes: u32) -> Result<(NodeId, NodeId, MessageName), String> {
    let (from, to) = both_sides(link, nodes)?;
    let ([from], [to]) = (from.as_slice(), to.as_slice()) else {
        return Err(format!("`{link}` is no link: expected `n1->n3`"));
    };
    let wrong = || format!("`{name}` names no message: expected its kind and number, such as `Vote#1`");
    let (kind, count) = name.split_once('#').ok_or_else(wrong)?;
    let number: u64 = count.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?;
    Ok((*from, *to, MessageName { kind: kind.to_owned(), number }))
}

/// The schedule of a recorded run: played, it is the same run, with the same digest.
pub fn of_recording(recording: &Recording, nodes: u32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut started = 0;
    let mut clock = Nanos::ZERO;
    for (place, line) in recording.lines.iter().enumerate() {
        let Some(mut what) = happening(line.node, &line.what) else { continue };
        if let Happening::Doom(node, _, kept) = &mut what {
            *kept = kept_by_the_next_crash(*node, &recording.lines[place + 1..]);
        }
        // What the node chose in the step is given before the step.
        let mut later = recording.lines[place + 1..].iter().take_while(|l| happening(l.node, &l.what).is_none());
        let chosen = later.by_ref().filter_map(|l| match (&l.what, l.node) {
            (What::Chose { answer }, Some(node)) => Some(Happening::<String>::Choose(node, *answer)),
            _ => None,
        });
        lines.extend(chosen.map(|what| Line { at: None, what }.to_string()));
        if matches!(what, Happening::Restart(_)) && started < nodes {
            // All nodes have started before the first line.
            started += 1;
            continue;
        }
        let at = (line.time != clock).then_some(line.time);
        clock = line.time;
        lines.push(Line { at, what }.to_string());
    }
    lines
}

/// How many unsynced records a node that is doomed will keep: drawn as it crashes, and recorded then.
fn kept_by_the_next_crash(node: NodeId, lines: &[crate::engine::record::Line]) -> u64 {
    let kept = lines.iter().filter(|line| line.node == Some(node)).find_map(|line| match line.what {
        What::Crashed { kept, doomed: true, .. } => Some(kept),
        What::Spared => Some(0),
        _ => None,
    });
    kept.unwrap_or(0)
}

/// The line that makes a recorded step happen; none for what follows from one.
fn happening(node: Option<NodeId>, what: &What) -> Option<Happening<String>> {
    let here = || node.expect("a node takes the step");
    Some(match what {
        What::Started => Happening::Restart(here()),
        What::Delivered { from, name, .. } => Happening::Deliver(*from, here(), name.clone()),
        What::Fired { timer } => Happening::Fire(here(), timer_name(timer)),
        What::Requested { request, op } => Happening::Request(here(), *request, op.clone()),
        What::Synced { upto, lie } => Happening::Sync(here(), Some(*upto), *lie),
        What::Crashed { doomed: false, kept, .. } => Happening::Crash(here(), *kept),
        What::Rotted { record } => Happening::Rot(here(), *record),
        What::ClockPut { reads, ppm } => Happening::Clock(here(), *reads, *ppm),
        What::Spared => Happening::Spare(here()),
        What::Doomed { doom } => Happening::Doom(here(), *doom, 0),
        What::Links { healed: false, from, to } => Happening::Cut(from.clone(), to.clone()),
        What::Links { healed: true, from, to } => Happening::Heal(from.clone(), to.clone()),
        What::Crashed { doomed: true, .. }
        | What::Wrote { .. }
        | What::Sent { .. }
        | What::Replied { .. }
        | What::Fact { .. }
        | What::Chose { .. }
        | What::Changed { .. }
        | What::FoundRot { .. }
        | What::Fault { .. }
        | What::Undelivered { .. }
        | What::Client { .. }
        | What::Violated { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::replicated_log::ReplicatedLog;

    #[test]
    fn a_line_is_read_as_it_is_written() {
        for text in [
            "fire n1 election",
            "deliver n1->n3 RequestVote#1",
            "@150ms drop n2->n1 Vote#12",
            "request n1 c1#1 put k1 5",
            "sync n2",
            "sync n2 4",
            "crash n3",
            "crash n3 after-write 1",
            "crash n3 after-send 2",
            "crash n3 after-effect 3",
            "crash n3 keeping 2",
            "crash n3 after-send 2 keeping 1",
            "sync n2 4 lie",
            "rot n3 5",
            "clock n2 1500ms -200ppm",
            "spare n3",
            "restart n3",
            "cut n1,n2->n3",
            "heal n1->n2,n3",
            "choose n2 4",
        ] {
            assert_eq!(parse::<ReplicatedLog>(text, 3).map(|line| line.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_bad_line_says_what_is_allowed() {
        for (text, says) in [
            ("", "is no line of a schedule"),
            ("explode n1", "is no line of a schedule"),
            ("fire n1", "is no line of a schedule"),
            ("fire n9 election", "there is no n9: nodes are n1 to n3"),
            ("deliver n1 Vote#1", "names no links"),
            ("deliver n1,n2->n3 Vote#1", "is no link"),
            ("deliver n1->n2 Vote", "names no message"),
            ("deliver n1->n2 Vote#0", "names no message"),
            ("request n1 c1#1 steal k1", "is no operation"),
            ("request n1 x put k1 5", "is no request"),
            ("crash n1 after-lunch 1", "is no place in a step"),
            ("crash n1 after-write 0", "is no count"),
            ("rot n1 0", "there is no record 0"),
            ("clock n1 1s fast", "is no drift"),
            ("choose n1 many", "is no choice"),
            ("@1h fire n1 election", "is no duration"),
            ("@1s", "nothing happens"),
        ] {
            let error = parse::<ReplicatedLog>(text, 3).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
