//! What clients saw of a run, held against what its family promises them: once, at the end.

use crate::consistency::regular::regular;
use crate::consistency::stores::{Broken, OnStore, linearizable};
use crate::engine::judge::Violation;
use crate::engine::summary::{Ending, Summary};
use crate::spec::history::History;
use crate::spec::judged::{Judged, Promise};

/// Judges the history of a run, unless the scenario leaves that out. A run that ended by another violation keeps that
/// one, and so does one that asked for what cannot happen.
pub(in crate::scenario) fn judge<F: Judged>(
    summary: &mut Summary,
    history: &History<F>,
    except: &[String],
    may_stall: bool,
) {
    for promise in F::PROMISE.iter().chain(F::BEYOND) {
        judge_one::<F>(*promise, summary, history, except, may_stall);
    }
}

fn judge_one<F: Judged>(
    promise: Promise,
    summary: &mut Summary,
    history: &History<F>,
    except: &[String],
    may_stall: bool,
) {
    let invariant = promise.invariant();
    let left_out = except.iter().any(|name| name == invariant.name);
    if left_out || matches!(summary.ending, Ending::Violated(_) | Ending::Unplayable(_)) {
        return;
    }
    let Some(events) = F::on_a_store(history) else { return };
    let (checked, verdict) = match promise {
        Promise::Linearizable => {
            let OnStore { keys, verdict, .. } = linearizable(events);
            (keys, verdict)
        }
        Promise::Regular => {
            let judged = regular(events);
            (judged.reads, judged.verdict())
        }
    };
    summary.checked.push((invariant.name, checked));
    match verdict {
        Ok(()) => {}
        Err(Broken::Violated(evidence, last)) => {
            let time = events[last].time;
            let name = invariant.name;
            summary.ending =
                Ending::Violated(Violation { invariant: name, evidence, step: summary.steps, time, node: None });
        }
        // A stall that nobody expects is worse.
        Err(Broken::Undecided(_)) if matches!(summary.ending, Ending::Stalled(_)) && !may_stall => {}
        Err(Broken::Undecided(why)) => summary.ending = Ending::Undecided(why),
    }
}
