//! What clients saw of a run, held against what its family promises them: once, at the end.

use crate::consistency::committed::strict_serializable;
use crate::consistency::regular::regular;
use crate::consistency::stores::{Broken, linearizable};
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
    let Some((checked, verdict)) = judged::<F>(promise, history) else { return };
    summary.checked.push((invariant.name, checked));
    match verdict {
        Ok(()) => {}
        Err(Broken::Violated(evidence, last)) => {
            let time = history[last].time;
            let name = invariant.name;
            summary.ending =
                Ending::Violated(Violation { invariant: name, evidence, step: summary.steps, time, node: None });
        }
        // A stall that nobody expects is worse.
        Err(Broken::Undecided(_)) if matches!(summary.ending, Ending::Stalled(_)) && !may_stall => {}
        Err(Broken::Undecided(why)) => summary.ending = Ending::Undecided(why),
    }
}

/// How much was judged, and what came of it; none where the history is not of the kind that the promise is about.
fn judged<F: Judged>(promise: Promise, history: &History<F>) -> Option<(u64, Result<(), Broken>)> {
    match promise {
        Promise::Linearizable => {
            let judged = linearizable(F::on_a_store(history)?);
            Some((judged.keys, judged.verdict))
        }
        Promise::Regular => {
            let judged = regular(F::on_a_store(history)?);
            Some((judged.reads, judged.verdict()))
        }
        Promise::StrictSerializable => {
            let judged = strict_serializable(F::as_transactions(history)?);
            Some((judged.transactions, judged.verdict))
        }
    }
}
