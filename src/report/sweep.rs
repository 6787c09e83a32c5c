//! The text about a sweep.

use crate::engine::summary::FaultCount;
use crate::registry::Entry;
use crate::report::run::{command, command_on, fault_row};
use crate::report::table::{columns, count, number};
use crate::scenario::{Scenario, VerdictKind};
use crate::search::sweep::{Group, Operations, SweepReport};

/// The lines about a sweep: how many seeds, what failed, each failure with its shortest seed and its command.
pub fn text(entry: &Entry, scenario: &Scenario, report: &SweepReport) -> String {
    let nodes = count(u64::from(scenario.file.nodes), "node");
    let mut lines = vec![
        format!("{}: {}", scenario.id, scenario.file.about),
        String::new(),
        format!("protocol   {}, {nodes}, judged as {}", entry.name, entry.family.name),
        format!("seeds      {} ({}): {} as expected", report.seeds, number(report.count), number(report.passed)),
    ];
    if let (Some(found), Some(name)) = (report.found, &scenario.file.expect.violates) {
        lines.push(format!("           {} of them violate {name}, as this scenario expects of some", number(found)));
    }
    let Operations { begun, done } = report.operations;
    lines.push(format!(
        "ran        {}, {} of which {} done",
        count(report.steps, "step"),
        count(begun, "operation"),
        number(done)
    ));
    let fault = |fault: &FaultCount| {
        let mut row = fault_row(fault);
        if fault.absent > 0 {
            row.push(format!("not in {}", count(fault.absent, "seed")));
        }
        row
    };
    for (place, line) in columns(&report.faults.iter().map(fault).collect::<Vec<_>>()).iter().enumerate() {
        lines.push(format!("{:<10} {line}", if place == 0 { "faults" } else { "" }));
    }
    for (place, (reach, seeds)) in report.reached.iter().enumerate() {
        let name = if place == 0 { "reached" } else { "" };
        lines.push(format!("{name:<10} {reach} in {} of {} seeds", number(*seeds), number(report.count)));
    }
    lines.push(format!("digest     {} over all seeds", report.digest));
    lines.push(String::new());
    lines.push(format!("verdict    {}", report.verdict));
    for reason in &report.reasons {
        lines.push(format!("           {reason}"));
    }
    for group in &report.failures {
        lines.push(String::new());
        lines.extend(failure(scenario, group));
    }
    if !report.failures.is_empty() {
        lines.push(String::new());
    }
    lines.push(format!("repeat     {}", repeat(scenario, report)));
    lines.join("\n") + "\n"
}

/// The command that repeats a sweep: from the seeds that were run, which are fewer after an interrupt.
fn repeat(scenario: &Scenario, report: &SweepReport) -> String {
    let seeds = if scenario.file.schedule.is_none() { format!(" --seeds {}", report.seeds) } else { String::new() };
    command_on("sweep", scenario, &seeds)
}

fn failure(scenario: &Scenario, group: &Group) -> Vec<String> {
    let more = group.count > group.seeds.len() as u64;
    let named = group.seeds.join(", ") + if more { ", …" } else { "" };
    let seed = group.shortest.parse().unwrap_or(0);
    let kind = if group.kind == VerdictKind::Stalled { String::new() } else { format!("{} ", group.kind) };
    let mut lines = vec![format!("{kind}{}: {} (seeds {named})", group.cause, count(group.count, "seed"))];
    if !group.evidence.is_empty() {
        lines.push(format!("  seen     {}", group.evidence));
    }
    lines.push(format!("  shortest {}, in {}", command("run", scenario, seed), count(group.shortest_steps, "step")));
    lines.push(format!("  trace    {}", command("trace", scenario, seed)));
    lines
}
