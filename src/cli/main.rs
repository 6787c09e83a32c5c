//! From arguments to an exit code.

use crate::cli::args::{Cli, Command, Described};
use crate::cli::output::{Failure, print, print_error};
use crate::cli::{chart, check, explain, explore, list, new, run, sweep, trace, validate};
use crate::engine::panics::quiet_panics;
use crate::experiment;
use crate::registry::{Entry, built_in};
use crate::scenario::schema;
use clap::{CommandFactory, Parser};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static STOPS_BY_ITSELF: AtomicBool = AtomicBool::new(false);
static DOING: Mutex<Option<String>> = Mutex::new(None);

/// Whether the user wants to stop. From here on the first interrupt only says so: the command looks, and ends itself.
pub(in crate::cli) fn interrupted() -> &'static AtomicBool {
    STOPS_BY_ITSELF.store(true, Ordering::Relaxed);
    &INTERRUPTED
}

/// Keeps in mind what is being run: should we fail, the user is told how to repeat it.
pub(in crate::cli) fn doing(command: String) {
    *DOING.lock().expect("nobody panics who holds this") = Some(command);
}

/// The command line: every command, for the protocols that ship with splitbrain and for `own`.
///
/// A protocol of one's own takes the place of a shipped one of the same name.
pub fn main(own: &[Entry]) -> ExitCode {
    let mut entries = built_in();
    entries.retain(|entry| own.iter().all(|mine| mine.name != entry.name));
    entries.extend(own.iter().cloned());
    let cli = Cli::parse();
    quiet_panics();
    // A command that reports what it has finished ends by itself; a second interrupt ends even that at once.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) || !STOPS_BY_ITSELF.load(Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    match catch_unwind(AssertUnwindSafe(|| dispatch(&entries, &cli))) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(Failure::ReaderGone)) => ExitCode::SUCCESS,
        Ok(Err(Failure::Scenario(error))) => {
            print_error(&error);
            ExitCode::from(2)
        }
        Ok(Err(failure)) => {
            eprintln!("error: {failure}");
            ExitCode::from(if matches!(failure, Failure::Internal(_)) { 70 } else { 2 })
        }
        Err(_) => {
            eprintln!("error: splitbrain itself failed; please report it, with the command and the lines above");
            if let Some(command) = DOING.lock().ok().and_then(|mut doing| doing.take()) {
                eprintln!("repeat: {command}");
            }
            ExitCode::from(70)
        }
    }
}

fn dispatch(entries: &[Entry], cli: &Cli) -> Result<u8, Failure> {
    match &cli.command {
        Command::Run(args) => run::run(entries, args, cli.quiet),
        Command::Sweep(args) => sweep::run(entries, args, cli.quiet),
        Command::Chart(args) => chart::run(entries, args, cli.quiet),
        Command::Trace(args) => trace::run(entries, args),
        Command::Check(args) => check::run(args),
        Command::Explore(args) => explore::run(entries, args),
        Command::Validate(args) => validate::run(entries, args),
        Command::New(args) => new::run(entries, args),
        Command::List(args) => list::run(entries, args),
        Command::Explain(args) => explain::run(entries, args),
        Command::Schema(args) => {
            let protocols: Vec<_> = entries.iter().map(|entry| (entry.name, (entry.config_schema)())).collect();
            let scenarios = schema::of_scenarios(&protocols);
            let schema = match args.of {
                Described::Scenarios => scenarios,
                Described::Experiments => experiment::schema(scenarios),
            };
            print(&format!("{schema:#}\n"))?;
            Ok(0)
        }
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "splitbrain", &mut std::io::stdout());
            Ok(0)
        }
    }
}
