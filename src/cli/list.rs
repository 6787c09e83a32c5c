//! `list`: what there is.

use crate::cli::args::{ListArgs, Listed};
use crate::cli::output::{Failure, print};
use crate::engine::judge::GENERIC;
use crate::registry::{Entry, FamilyInfo};
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(in crate::cli) fn run(entries: &[Entry], args: &ListArgs) -> Result<u8, Failure> {
    let listed = match args.what {
        Some(what) => vec![what],
        None => vec![Listed::Protocols, Listed::Faults, Listed::Facts, Listed::Invariants, Listed::Bugs],
    };
    for (place, what) in listed.iter().enumerate() {
        let lines = match what {
            Listed::Protocols => protocols(entries),
            Listed::Faults => faults(),
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
            lines.push(format!("  {:<10} {}", entry.name, entry.about));
            lines.push(format!("  {:<10} {}", "", entry.source));
        }
    }
    lines
}

fn faults() -> Vec<String> {
    let rows = [
        ("crash", "a node loses all but what is on its disk: at, every, target, for, inside"),
        ("partition", "links are cut: at, every, shape, for"),
        ("  shapes", "majority-minority, split, minority-third, bridge, majorities-ring, chained, quorum-loss,"),
        ("", "isolate, one-way-in, one-way-out, groups"),
        ("  targets", "leader, random, n1, n2, …"),
        ("  inside", "after-writes, after-sends, after-effects: a number, or an interval to draw it from"),
    ];
    let lines = rows.iter().map(|(name, about)| format!("  {name:<10} {about}"));
    std::iter::once("FAULTS".to_owned()).chain(lines).collect()
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
    let own = families(entries).into_iter().map(|(name, family)| (name, family.invariants));
    for (name, invariants) in own.chain([("every family", GENERIC)]) {
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
    let mut lines = vec!["SCENARIOS".to_owned()];
    for file in files {
        let about = match Scenario::read(&file, &[]) {
            Ok(scenario) => scenario.file.about,
            Err(error) => format!("(cannot be read: {})", error.message),
        };
        lines.push(format!("  {:<60} {about}", file.display()));
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
