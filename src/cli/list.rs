//! `list`: what there is.

use crate::cli::args::{ListArgs, Listed};
use crate::cli::output::{Failure, print};
use crate::engine::fault::{Fault, Shape, Target};
use crate::engine::judge::GENERIC;
use crate::experiment::ExperimentFile;
use crate::registry::{Entry, FamilyInfo};
use crate::scenario::{Scenario, Strict, plans};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(in crate::cli) fn run(entries: &[Entry], args: &ListArgs) -> Result<u8, Failure> {
    let listed = match args.what {
        Some(what) => vec![what],
        None => vec![Listed::Protocols, Listed::Faults, Listed::Plans, Listed::Facts, Listed::Invariants, Listed::Bugs],
    };
    for (place, what) in listed.iter().enumerate() {
        let lines = match what {
            Listed::Protocols => protocols(entries),
            Listed::Faults => faults(),
            Listed::Plans => all_plans(),
            Listed::Facts => facts(entries),
            Listed::Invariants => invariants(entries),
            Listed::Bugs => bugs(entries),
            Listed::Scenarios => scenarios()?,
        };
        let gap = if place > 0 { "\n" } else { "" };
        print(&format!("{gap}{}\n", lines.join("\n")))?;
    }
    Ok(0)
}

fn families(entries: &[Entry]) -> BTreeMap<&'static str, FamilyInfo> {
    entries.iter().map(|entry| (entry.family.name, entry.family)).collect()
}

fn protocols(entries: &[Entry]) -> Vec<String> {
    let mut lines = vec!["PROTOCOLS, by family".to_owned()];
    for (name, family) in families(entries) {
        lines.push(format!("{name}: {}", family.about));
        for entry in entries.iter().filter(|entry| entry.family.name == name) {
            lines.push(format!("  {:<12} {}", entry.name, entry.about));
            lines.push(format!("  {:<12} {}", "", entry.source));
        }
    }
    lines
}

fn faults() -> Vec<String> {
    let mut lines = vec!["FAULTS that a scenario can declare, and their own keys".to_owned()];
    for (word, about, keys) in Fault::KINDS {
        let first = about.trim().split_inclusive(". ").next().unwrap_or_default().trim();
        lines.push(format!("  {word:<17} {first}"));
        lines.push(format!("  {:<17} {}", "", keys.join(", ")));
    }
    lines.push("KEYS of all of them".to_owned());
    let keys = [
        ("at", "once, at this time"),
        ("every", "again and again, after such a time each"),
        ("when", "once, as a fact is seen, the k-th time: `Elected x2`"),
        ("whenever", "each time a fact is seen; with `x3`, each third time"),
        ("after", "so long after the fact"),
        ("chance", "how likely each occurrence is"),
        ("seeds", "in which share of the seeds there is such a fault at all"),
        ("for", "how long, or `forever`: then it does not heal; without it, until the faults end"),
        ("name", "by which expectations refer to it"),
    ];
    lines.extend(keys.map(|(key, about)| format!("  {key:<17} {about}")));
    lines.push("TARGETS of faults of nodes, beside n1, n2, …".to_owned());
    lines.extend(Target::words().map(|(word, about)| format!("  {word:<17} {about}")));
    lines.push("SHAPES of faults of links".to_owned());
    lines.extend(Shape::words().iter().map(|(word, about)| format!("  {word:<17} {about}")));
    lines
}

fn all_plans() -> Vec<String> {
    let mut lines = vec!["PLANS: ready-made faults to the protocol's measure (\"plan\": \"default\")".to_owned()];
    for plan in plans() {
        lines.push(format!("  {:<20} {}", plan.name, plan.about));
        lines.push(format!("  {:<20} {}", "", plan.source));
    }
    lines
}

fn facts(entries: &[Entry]) -> Vec<String> {
    let mut lines = vec!["FACTS, by family".to_owned()];
    for (name, family) in families(entries) {
        lines.push(format!("{name}:"));
        lines.extend(family.facts.iter().map(|fact| format!("  {}{{{}}}", fact.name, fact.fields.join(", "))));
    }
    lines
}

fn invariants(entries: &[Entry]) -> Vec<String> {
    let mut lines = vec!["INVARIANTS, by family".to_owned()];
    let own = families(entries).into_iter().map(|(name, family)| (name, family.checks().collect::<Vec<_>>()));
    for (name, invariants) in own.chain([("every family", GENERIC.iter().collect())]) {
        lines.push(format!("{name}:"));
        for invariant in invariants {
            lines.push(format!("  {:<26} {}", invariant.name, invariant.meaning));
            lines.push(format!("  {:<26} {}", "", invariant.source));
        }
    }
    lines
}

fn bugs(entries: &[Entry]) -> Vec<String> {
    let mut lines = vec!["PLANTED BUGS, by protocol (config.bugs)".to_owned()];
    for entry in entries.iter().filter(|entry| !entry.bugs.is_empty()) {
        lines.push(format!("{}:", entry.name));
        for bug in entry.bugs {
            lines.push(format!("  {:<20} {}", bug.name, bug.about));
            lines.push(format!("  {:<20} caught by {}; {}", "", bug.caught_by, bug.source));
        }
    }
    lines
}

fn scenarios() -> Result<Vec<String>, Failure> {
    let root = Path::new("scenarios");
    let mut files = Vec::new();
    collect(root, &mut files).map_err(|error| Failure::Bad(format!("./scenarios cannot be read: {error}")))?;
    files.sort();
    let (experiments, files): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|file| file.parent().is_some_and(|folder| folder.ends_with("charts")));
    let mut lines = vec!["SCENARIOS".to_owned()];
    for file in files {
        let about = match Scenario::read(&file, &[]) {
            Ok(scenario) => scenario.file.about,
            Err(error) => format!("(cannot be read: {})", error.problems[0].message),
        };
        lines.push(format!("  {:<60} {about}", file.display()));
    }
    if !experiments.is_empty() {
        lines.push("EXPERIMENTS, for `chart`".to_owned());
    }
    for file in experiments {
        let question = match Strict::<ExperimentFile>::read(&file) {
            Ok(experiment) => experiment.file.question,
            Err(error) => format!("(cannot be read: {})", error.problems[0].message),
        };
        lines.push(format!("  {:<60} {question}", file.display()));
    }
    Ok(lines)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
