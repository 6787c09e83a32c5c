//! The text about an exhaustive search.

use crate::report::table::{count, number};
use crate::scenario::{Expect, Scenario};
use crate::search::explore::{Ended, Exploration};

/// The lines about a search: how much there was, why it ended, and the shortest way to a violation as a schedule.
pub fn text(scenario: &Scenario, exploration: &Exploration) -> String {
    let report = &exploration.report;
    let ended = match report.ended {
        Ended::Exhausted => "every state within the horizon was looked at",
        Ended::Depth => "the depth that was asked for was reached",
        Ended::States => "there are more states than were asked for: what lies beyond is undecided",
        Ended::Choices => "a step could choose in too many ways: what was left out is undecided",
        Ended::Violation => "a violation was found, by a shortest way",
    };
    let mut lines = vec![
        format!("{}: {}", scenario.id, scenario.file.about),
        String::new(),
        "searched   every interleaving of the cluster; the scenario's faults, workload and times are left out"
            .to_owned(),
        format!("horizon    {} ({} beyond it)", exploration.horizon, count(report.beyond as u64, "state")),
        format!(
            "found      {}, {} generated, depth {}, {} of nodes, {} handler runs",
            count(report.distinct as u64, "distinct state"),
            number(report.generated),
            report.depth,
            count(report.local_states as u64, "state"),
            number(report.runs),
        ),
        format!(
            "reached    {}",
            if report.reached.is_empty() { "no fact".to_owned() } else { report.reached.join(", ") }
        ),
        format!("ended      {ended}"),
    ];
    if let Some(violation) = &report.violation {
        lines.push(String::new());
        lines.push(format!("violated   {}: {}", violation.invariant, violation.evidence));
        lines.push("schedule".to_owned());
        lines.extend(violation.schedule.iter().map(|line| format!("  {line}")));
    }
    lines.join("\n") + "\n"
}

/// A scenario that plays the violation that was found.
pub fn counterexample(scenario: &Scenario, exploration: &Exploration) -> Option<serde_json::Value> {
    let violation = exploration.report.violation.as_ref()?;
    let Expect { holds, except, .. } = &scenario.file.expect;
    let mut expect = serde_json::json!({ "violates": violation.invariant });
    if *holds != Expect::default().holds {
        expect["holds"] = serde_json::json!(holds);
    }
    if !except.is_empty() {
        expect["except"] = serde_json::json!(except);
    }
    Some(serde_json::json!({
        "about": format!("A shortest way to violate {}, found by searching {}", violation.invariant, scenario.id),
        "protocol": scenario.file.protocol,
        "nodes": scenario.file.nodes,
        "config": scenario.file.config,
        "schedule": violation.schedule,
        "expect": expect,
    }))
}
