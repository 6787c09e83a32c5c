//! Many seeds of one scenario, in parallel, with the same bytes whatever the number of workers.

use crate::engine::summary::{Ending, FaultCount};
use crate::node::Digest;
use crate::scenario::{Expect, Runnable, VerdictKind};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// One seed's run, as a sweep keeps it.
#[derive(Clone, Debug)]
struct SeedResult {
    seed: u64,
    kind: VerdictKind,
    /// What went wrong, so that seeds can be grouped by it: an invariant's name, `stalled`, what was not reached.
    cause: String,
    evidence: String,
    steps: u64,
    digest: String,
    faults: Vec<FaultCount>,
    done: u64,
    begun: u64,
    watched: Vec<u64>,
    /// The expectation that was not met.
    unmet: Option<&'static str>,
}

/// Seeds that failed in the same way.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// How they ended.
    pub kind: VerdictKind,
    /// What they have in common: an invariant's name, `stalled`, what was not reached.
    pub cause: String,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub seeds: Vec<String>,
    /// The one with the fewest steps.
    pub shortest: String,
    /// Its steps.
    pub shortest_steps: u64,
    /// What was seen there.
    pub evidence: String,
}

/// How many operations there were.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Operations {
    /// Begun.
    pub begun: u64,
    /// Done.
    pub done: u64,
}

/// What a sweep found.
#[derive(Clone, Debug, Serialize)]
pub struct SweepReport {
    /// The seeds that were run: the longest prefix of what was asked for.
    pub seeds: String,
    /// How many.
    pub count: u64,
    /// How many were as expected.
    pub passed: u64,
    /// How many showed the violation that the scenario expects; none where it expects none.
    pub found: Option<u64>,
    /// The failures, the shortest first.
    pub failures: Vec<Group>,
    /// Steps over all seeds.
    pub steps: u64,
    /// Operations over all seeds.
    pub operations: Operations,
    /// Each declared fault over all seeds.
    pub faults: Vec<FaultCount>,
    /// Each fact that must be reached, and in how many seeds it was.
    pub reached: BTreeMap<String, u64>,
    /// A digest over the digests of all seeds.
    pub digest: String,
    /// The verdict on the whole.
    pub verdict: VerdictKind,
    /// Why, where it is no pass.
    pub reasons: Vec<String>,
}

/// How many seeds of a failure are named.
const SEEDS_NAMED: usize = 5;
/// Seeds are run in chunks, so that memory does not grow with the sweep.
const CHUNK: u64 = 256;

/// Runs `seeds` on `jobs` workers. `progress` is told after each chunk how many are done; `interrupted` ends the sweep.
///
/// # Errors
/// When the workers cannot be started.
pub fn sweep(
    ready: &dyn Runnable,
    expect: &Expect,
    seeds: Range<u64>,
    jobs: usize,
    interrupted: &AtomicBool,
    mut progress: impl FnMut(u64),
) -> Result<SweepReport, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(|error| error.to_string())?;
    let mut total = Total::new(expect);
    let mut start = seeds.start;
    while start < seeds.end && !interrupted.load(Ordering::Relaxed) {
        let end = start.saturating_add(CHUNK).min(seeds.end);
        // Collected in the order of the seeds, whoever ran them; none from where the sweep was interrupted on.
        let run = |seed| (!interrupted.load(Ordering::Relaxed)).then(|| one(ready, seed));
        let results: Vec<Option<SeedResult>> = pool.install(|| (start..end).into_par_iter().map(run).collect());
        let finished = results.into_iter().map_while(|result| result);
        start += finished.map(|result| total.add(result, expect)).count() as u64;
        progress(start - seeds.start);
    }
    Ok(total.report(seeds.start..start, expect))
}

/// Names the seed whose run failed through our own fault, as the panic passes by.
struct Named(u64);
impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this happened with seed {}", self.0);
        }
    }
}

fn one(ready: &dyn Runnable, seed: u64) -> SeedResult {
    let _named = Named(seed);
    let finished = ready.run(seed, false);
    let summary = finished.summary;
    let (cause, evidence) = match (&finished.verdict.kind, &summary.ending) {
        (_, Ending::Violated(violation)) => (violation.invariant.to_owned(), violation.evidence.clone()),
        (VerdictKind::Stalled, _) => ("stalled".to_owned(), finished.verdict.reasons.join("; ")),
        (VerdictKind::Unmet, _) => {
            (finished.verdict.unmet.unwrap_or("expectation").to_owned(), finished.verdict.reasons.join("; "))
        }
        (_, _) => (finished.verdict.reasons.join("; "), String::new()),
    };
    SeedResult {
        seed,
        kind: finished.verdict.kind,
        cause,
        evidence,
        steps: summary.steps,
        digest: summary.digest,
        faults: summary.faults,
        done: summary.clients.done,
        begun: summary.clients.begun,
        watched: summary.watched,
        unmet: finished.verdict.unmet,
    }
}

/// What has been found so far.
struct Total {
    count: u64,
    passed: u64,
    found: u64,
    steps: u64,
    operations: Operations,
    faults: Vec<FaultCount>,
    reached: Vec<u64>,
    groups: BTreeMap<(u8, String), Group>,
    digest: Digest,
}

impl Total {
    fn new(expect: &Expect) -> Self {
        Total {
            count: 0,
            passed: 0,
            found: 0,
            steps: 0,
            operations: Operations::default(),
            faults: Vec::new(),
            reached: vec![0; expect.reaches.len()],
            groups: BTreeMap::new(),
            digest: Digest::default(),
        }
    }

    fn add(&mut self, result: SeedResult, expect: &Expect) {
        self.count += 1;
        self.steps += result.steps;
        self.operations.begun += result.begun;
        self.operations.done += result.done;
        self.digest.write(result.digest.as_bytes());
        self.faults.resize(result.faults.len(), FaultCount::default());
        for (sum, fault) in self.faults.iter_mut().zip(&result.faults) {
            sum.fault.clone_from(&fault.fault);
            sum.scheduled += fault.scheduled;
            sum.applied += fault.applied;
            sum.effective += fault.effective;
            sum.deferred += fault.deferred;
            sum.withheld += fault.withheld;
            sum.absent += fault.absent;
        }
        for ((count, reach), seen) in self.reached.iter_mut().zip(&expect.reaches).zip(&result.watched) {
            *count += u64::from(*seen >= reach.times);
        }
        let expected_violation = expect.violates.is_some() && result.kind == VerdictKind::Pass;
        self.found += u64::from(expected_violation);
        // A bug need not show in every seed, nor a rare fact: over many seeds, only what never happened counts.
        match result.kind {
            VerdictKind::Pass | VerdictKind::Vacuous => self.passed += 1,
            VerdictKind::Unmet if result.unmet == Some("violates") => self.passed += 1,
            VerdictKind::Unmet
            | VerdictKind::Violated
            | VerdictKind::Stalled
            | VerdictKind::Undecided
            | VerdictKind::Unplayable => self.failed(result),
        }
    }

    fn failed(&mut self, result: SeedResult) {
        let group = self.groups.entry((result.kind.badness(), result.cause.clone())).or_insert_with(|| Group {
            kind: result.kind,
            cause: result.cause.clone(),
            count: 0,
            seeds: Vec::new(),
            shortest: String::new(),
            shortest_steps: u64::MAX,
            evidence: String::new(),
        });
        group.count += 1;
        if group.seeds.len() < SEEDS_NAMED {
            group.seeds.push(result.seed.to_string());
        }
        if result.steps < group.shortest_steps {
            group.shortest = result.seed.to_string();
            group.shortest_steps = result.steps;
            group.evidence = result.evidence;
        }
    }

    fn report(self, seeds: Range<u64>, expect: &Expect) -> SweepReport {
        let mut failures: Vec<Group> = self.groups.into_values().collect();
        failures.sort_by(|a, b| (a.shortest_steps, &a.cause).cmp(&(b.shortest_steps, &b.cause)));
        let mut verdict = VerdictKind::Pass;
        let mut reasons = Vec::new();
        let mut worsen = |kind: VerdictKind, reason: String| {
            if kind.badness() > verdict.badness() {
                verdict = kind;
            }
            reasons.push(reason);
        };
        for group in &failures {
            worsen(group.kind, format!("{}: {} of {} seeds", group.cause, group.count, self.count));
        }
        if let (Some(expected), 0) = (&expect.violates, self.found) {
            worsen(VerdictKind::Unmet, format!("a violation of {expected} was expected, and none was found"));
        }
        if self.count == 0 {
            worsen(VerdictKind::Vacuous, "no seed was run".to_owned());
        }
        for (reach, count) in expect.reaches.iter().zip(&self.reached) {
            if *count == 0 {
                worsen(VerdictKind::Vacuous, format!("`{reach}` was not reached in any seed"));
            }
        }
        for fault in &self.faults {
            if fault.effective == 0 {
                worsen(VerdictKind::Vacuous, format!("the fault `{}` had no effect in any seed", fault.fault));
            }
        }
        let reached = expect.reaches.iter().map(ToString::to_string).zip(self.reached).collect();
        SweepReport {
            seeds: format!("{}..{}", seeds.start, seeds.end),
            count: self.count,
            passed: self.passed,
            found: expect.violates.is_some().then_some(self.found),
            failures,
            steps: self.steps,
            operations: self.operations,
            faults: self.faults,
            reached,
            digest: self.digest.to_string(),
            verdict,
            reasons,
        }
    }
}
