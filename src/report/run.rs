//! The text about one run.

use crate::engine::summary::{Ending, FaultCount, Summary};
use crate::node::Nanos;
use crate::registry::Entry;
use crate::report::table::{columns, count, number};
use crate::report::trace::seconds;
use crate::scenario::{Finished, Scenario, Verdict, VerdictKind};
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::PathBuf;

/// A command that does what was done, or something akin: `splitbrain run FILE --seed 7 --set k=v`.
pub fn command(verb: &str, scenario: &Scenario, seed: u64) -> String {
    let seed = if scenario.file.schedule.is_none() { format!(" --seed {seed}") } else { String::new() };
    command_on(verb, scenario, &seed)
}

/// A command on a scenario with its overrides, and what stands between.
pub(in crate::report) fn command_on(verb: &str, scenario: &Scenario, options: &str) -> String {
    let mut text = format!("{} {verb} {}{options}", program(), quoted(&scenario.origin));
    for change in &scenario.overrides {
        let _ = write!(text, " --set {}", quoted(change));
    }
    text
}

/// What the program is called: a crate of one's own has all commands under its own name.
pub fn program() -> String {
    let path = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    path.file_stem().and_then(OsStr::to_str).map_or_else(|| "splitbrain".to_owned(), quoted)
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The lines about a run: what ran, what was checked and how often, what the clients saw, the digest, the verdict.
///
/// `seeds` are the first and the last of those to run, where they were several: this is the one at which it ended.
pub fn text(entry: &Entry, scenario: &Scenario, seed: u64, finished: &Finished, seeds: Option<(u64, u64)>) -> String {
    let summary = &finished.summary;
    let mut lines = head(entry, scenario, summary);
    if let Some((first, last)) = seeds {
        let of_all = u128::from(last) - u128::from(first) + 1;
        lines.push(format!(
            "seeds      {} of {of_all} were run, from {first} on; seed {seed} is shown",
            seed - first + 1
        ));
    }
    section(&mut lines, "faults", faults(summary));
    section(&mut lines, "clients", clients(summary));
    section(&mut lines, "leaders", leaders(summary));
    section(&mut lines, "in doubt", doubts(summary));
    section(&mut lines, "reached", reached(scenario, summary));
    section(&mut lines, "checked", checked(summary));
    lines.push(format!("digest     {}", summary.digest));
    lines.push(String::new());
    lines.extend(verdict(&finished.verdict, summary));
    if finished.verdict.kind != VerdictKind::Pass {
        lines.push(format!("trace      {}", command("trace", scenario, seed)));
    }
    lines.push(format!("repeat     {}", command("run", scenario, seed)));
    lines.join("\n") + "\n"
}

fn section(lines: &mut Vec<String>, name: &str, content: Vec<String>) {
    for (place, line) in content.into_iter().enumerate() {
        let name = if place == 0 { name } else { "" };
        lines.push(format!("{name:<10} {line}"));
    }
}

fn head(entry: &Entry, scenario: &Scenario, summary: &Summary) -> Vec<String> {
    let file = &scenario.file;
    let nodes = count(u64::from(file.nodes), "node");
    let mut lines = vec![
        format!("{}: {}", scenario.id, file.about),
        String::new(),
        format!("protocol   {}, {nodes}, judged as {}", entry.name, entry.family.name),
    ];
    let traffic = &summary.traffic;
    let fate = [
        (traffic.lost, "lost"),
        (traffic.cut, "cut off"),
        (traffic.corrupted, "corrupted"),
        (traffic.overflowed, "dropped from full queues"),
        (traffic.duplicated, "duplicated"),
        (traffic.straggled, "held back"),
        (traffic.replayed, "replayed"),
        (traffic.at_down_node, "to a node that was down"),
    ];
    let fate: Vec<String> =
        fate.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    let fate = if fate.is_empty() { String::new() } else { format!(" ({})", fate.join(", ")) };
    let with = if file.faults.is_empty() { "" } else { " with faults" };
    let length = match (&file.schedule, summary.settled, &summary.ending) {
        (Some(lines), ..) => format!("a schedule of {}", count(lines.len() as u64, "line")),
        (None, Some((took, _)), _) => format!("{}{with}, then settled within {}", file.run.length, took.rounded()),
        (None, None, Ending::Stalled(_)) => {
            let waited = summary.time.saturating_sub(file.run.length).rounded();
            format!("{}{with}, then not settled after {waited}", file.run.length)
        }
        (None, None, _) => format!("{} until it ended", summary.time.rounded()),
    };
    let steps = count(summary.steps, "step");
    lines.push(format!("ran        {length}: {steps}, {}{fate}", count(traffic.sent, "message")));
    let lost = summary.records_lost;
    if lost.unsynced > 0 {
        let torn = if lost.torn > 0 { format!(", {} of them torn", number(lost.torn)) } else { String::new() };
        let unsynced = count(lost.unsynced, "record");
        lines.push(format!("           {unsynced} lost in crashes before they were synced{torn}"));
    }
    if lost.claimed > 0 {
        let claimed = count(lost.claimed, "record");
        lines.push(format!("           {claimed} lost in crashes though the disk had said that they were synced"));
    }
    if !summary.outside.is_empty() {
        lines.push(format!("           not healed in the end: {}", summary.outside.join(", ")));
    }
    lines
}

fn faults(summary: &Summary) -> Vec<String> {
    let row = |fault: &FaultCount| {
        let mut row = fault_row(fault);
        if fault.absent > 0 {
            row.push("not in this seed".to_owned());
        }
        row
    };
    columns(&summary.faults.iter().map(row).collect::<Vec<_>>())
}

/// A declared fault and what came of it, in one run or in many.
pub(in crate::report) fn fault_row(fault: &FaultCount) -> Vec<String> {
    let mut row = vec![
        fault.fault.clone(),
        format!("{} scheduled", number(fault.scheduled)),
        format!("{} applied", number(fault.applied)),
        format!("{} effective", number(fault.effective)),
    ];
    if fault.deferred > 0 {
        row.push(format!("{} had to wait for a leader", number(fault.deferred)));
    }
    if fault.withheld > 0 {
        row.push(format!("{} spared a disk, the budget being spent", number(fault.withheld)));
    }
    row
}

fn clients(summary: &Summary) -> Vec<String> {
    let clients = &summary.clients;
    if clients.begun == 0 {
        return vec![];
    }
    let mut lines = vec![format!(
        "{}: {} done, {} refused, {} unknown; {}, {}",
        count(clients.begun, "operation"),
        number(clients.done),
        number(clients.refused),
        number(clients.unknown),
        if clients.retries == 1 { "1 retry".to_owned() } else { format!("{} retries", number(clients.retries)) },
        count(clients.redirects, "redirect"),
    )];
    let at = |percent| clients.percentile(percent).map_or_else(|| "-".to_owned(), Nanos::rounded);
    if clients.done > 0 && summary.settled.is_some() {
        let (p50, p90, p99, max) = (at(50), at(90), at(99), at(100));
        lines.push(format!("latency p50 {p50}, p90 {p90}, p99 {p99}, max {max} of simulated time"));
    }
    let (gap, since) = clients.longest_gap;
    if gap > Nanos::ZERO {
        lines.push(format!("longest time without progress {}, from {} on", gap.rounded(), since.rounded()));
    }
    lines
}

fn leaders(summary: &Summary) -> Vec<String> {
    let (Some((long, from)), Some(bumps)) = (summary.leaderless, summary.term_bumps) else { return vec![] };
    let times = count(bumps, "time");
    let from = from.rounded();
    vec![format!(
        "longest time without one {}, from {from} on; terms rose {times} after the first election",
        long.rounded()
    )]
}

fn doubts(summary: &Summary) -> Vec<String> {
    let Some(doubts) = &summary.doubts else { return vec![] };
    let time = |time: Option<Nanos>| time.map_or_else(|| "-".to_owned(), Nanos::rounded);
    let (min, median, max) = (time(doubts.shortest()), time(doubts.median()), time(doubts.longest()));
    let times = count(doubts.times.len() as u64, "time");
    let lasting =
        if doubts.lasting > 0 { format!("; {} still at the end", number(doubts.lasting)) } else { String::new() };
    vec![format!("{times}: min {min}, median {median}, max {max}{lasting}")]
}

fn reached(scenario: &Scenario, summary: &Summary) -> Vec<String> {
    let facts: Vec<String> = summary.reached.iter().map(|(name, times)| format!("{name} {}", number(*times))).collect();
    let expect = &scenario.file.expect;
    let least = std::iter::repeat_n("at least", expect.reaches.len());
    let limits = least.chain(std::iter::repeat_n("at most", expect.at_most.len()));
    let wanted = expect.watched().into_iter().zip(&summary.watched).zip(limits).map(|((pattern, seen), limit)| {
        format!("{} {} ({limit} {} wanted)", pattern.one(), number(*seen), number(pattern.times))
    });
    wrapped(&facts).into_iter().chain(wrapped(&wanted.collect::<Vec<_>>())).collect()
}

fn checked(summary: &Summary) -> Vec<String> {
    let checks: Vec<String> =
        summary.checked.iter().map(|(name, times)| format!("{name} {}", number(*times))).collect();
    wrapped(&checks)
}

/// Items in lines of a readable length.
fn wrapped(items: &[String]) -> Vec<String> {
    const WIDTH: usize = 100;
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.len() + 2 + item.len() <= WIDTH => {
                line.push_str(", ");
                line.push_str(item);
            }
            Some(_) | None => lines.push(item.clone()),
        }
    }
    lines
}

fn verdict(verdict: &Verdict, summary: &Summary) -> Vec<String> {
    let mut lines = vec![format!("verdict    {}", verdict.kind)];
    let violated = match &summary.ending {
        Ending::Violated(violation) => format!("{} was violated", violation.invariant),
        Ending::Completed | Ending::Stalled(_) | Ending::Undecided(_) | Ending::Unplayable(_) => String::new(),
    };
    // The line below says as much, and what was seen.
    for reason in verdict.reasons.iter().filter(|reason| **reason != violated) {
        lines.push(format!("           {reason}"));
    }
    if let Ending::Violated(violation) = &summary.ending {
        lines.push(format!("           {}: {}", violation.invariant, violation.evidence));
        let at = violation.node.map_or(String::new(), |node| format!(", at {node}"));
        let time = seconds(violation.time);
        lines.push(format!("           in step {}, at {time}s{at}", number(violation.step)));
    }
    lines
}
