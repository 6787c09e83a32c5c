//! `trace`: what happens in a run, one line an event.

use crate::cli::args::{TraceArgs, TraceFormat};
use crate::cli::main::doing;
use crate::cli::output::{Failure, print};
use crate::cli::run::{as_schedule, no_seed_for_a_schedule, open};
use crate::consistency::format::{Format, write_edn};
use crate::registry::Entry;
use crate::report::{run::command, trace};
use crate::scenario::Seed;

pub(in crate::cli) fn run(entries: &[Entry], args: &TraceArgs) -> Result<u8, Failure> {
    let (_, scenario, ready) = open(entries, &args.scenario)?;
    no_seed_for_a_schedule(&scenario, args.seed.is_some())?;
    let Seed(seed) = args.seed.or(scenario.file.seed).unwrap_or(Seed(0));
    doing(command("trace", &scenario, seed));
    let finished = ready.run(seed, true);
    match args.format {
        TraceFormat::Text => {
            print(&trace::text(finished.recording.as_ref().expect("the run was recorded")))?;
            for reason in &finished.verdict.reasons {
                print(&format!("{}: {reason}\n", finished.verdict.kind))?;
            }
        }
        TraceFormat::Jepsen => {
            let events = Format::JsonLines.events(&finished.history.join("\n"));
            let events = events.map_err(|bad| Failure::Internal(format!("our own history cannot be read: {bad}")))?;
            print(&write_edn(&events))?;
        }
        TraceFormat::Schedule => print(&as_schedule(&scenario, seed, &finished))?,
    }
    Ok(finished.verdict.kind.exit_code())
}
