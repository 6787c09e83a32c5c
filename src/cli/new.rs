//! `new`: a scenario to begin with.

use crate::cli::args::NewArgs;
use crate::cli::output::{Failure, print, write_file};
use crate::registry::Entry;
use crate::report::run::program;
use crate::spec::names::unknown;

pub(in crate::cli) fn run(entries: &[Entry], args: &NewArgs) -> Result<u8, Failure> {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
    let entry = entries
        .iter()
        .find(|entry| entry.name == args.protocol)
        .ok_or_else(|| Failure::Bad(unknown("protocol", &args.protocol, &names)))?;
    let text = scenario(entry);
    let Some(path) = &args.out else {
        print(&text)?;
        return Ok(0);
    };
    if path.exists() {
        return Err(Failure::Bad(format!("{} is there already: it is not written over", path.display())));
    }
    write_file(path, &text)?;
    print(&format!("written to {0}\n\n{1} run {0}\n", path.display(), program()))?;
    Ok(0)
}

/// A small cluster under light loss, with crashes now and then.
fn scenario(entry: &Entry) -> String {
    let mix: Vec<String> = entry.family.operations.iter().map(|name| format!("\"{name}\": 1")).collect();
    let reached =
        entry.family.facts.first().map_or(String::new(), |fact| format!(", \"reaches\": [\"{}\"]", fact.name));
    format!(
        r#"{{
  "about": "Three nodes of {name} lose a message now and then, and one of them crashes every few seconds",
  "protocol": "{name}",
  "nodes": 3,
  "config": {{}},
  "network": {{ "latency": {{ "uniform": ["1ms", "10ms"] }}, "loss": 0.01 }},
  "disk": {{ "sync": "1ms" }},
  "faults": [
    {{ "crash": {{ "every": ["1s", "3s"], "target": "random", "for": ["100ms", "1s"] }} }}
  ],
  "workload": {{ "clients": 4, "operations": 500, "keys": 4, "mix": {{ {mix} }} }},
  "run": {{ "for": "10s" }},
  "expect": {{ "holds": ["all"]{reached} }}
}}
"#,
        name = entry.name,
        mix = mix.join(", "),
    )
}
