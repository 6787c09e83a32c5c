//! Patterns of facts that somebody waits for: how often each was seen.

use crate::engine::fault::Fault;
use crate::spec::judged::Judged;
use crate::spec::pattern::Pattern;

/// Patterns by the kind of fact, so that a fact that nobody waits for costs one look.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Watches {
    /// By kind: the places of its patterns.
    by_kind: Vec<Vec<usize>>,
    patterns: Vec<Pattern>,
    seen: Vec<u64>,
}

impl Watches {
    /// Nothing has been seen. Patterns of facts that the family does not have are never seen.
    pub fn new<F: Judged>(patterns: Vec<Pattern>) -> Self {
        let mut by_kind = vec![Vec::new(); F::FACTS.len()];
        for (place, pattern) in patterns.iter().enumerate() {
            if let Some(kind) = pattern.kind::<F>() {
                by_kind[kind].push(place);
            }
        }
        Watches { by_kind, seen: vec![0; patterns.len()], patterns }
    }

    /// A fact was told. Says of each pattern that it matches, by place, the how-many-eth it is.
    #[inline(always)]
    pub fn see<F: Judged>(&mut self, fact: &F::Fact, mut matches: impl FnMut(usize, u64)) {
        if self.patterns.is_empty() {
            return;
        }
        for place in &self.by_kind[F::fact_kind(fact)] {
            if self.patterns[*place].fields_match::<F>(fact) {
                self.seen[*place] += 1;
                matches(*place, self.seen[*place]);
            }
        }
    }

    /// How often each pattern was seen.
    pub fn seen(&self) -> &[u64] {
        &self.seen
    }
}

/// The facts that faults react to.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Triggers {
    pub watches: Watches,
    /// By the place of the pattern.
    pub due: Vec<Due>,
}

/// When a fault reacts to its fact.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Due {
    /// By its place in the scenario.
    fault: usize,
    /// The how-many-eth time is meant.
    times: u64,
    /// Whether each such many times again.
    again: bool,
}

impl Due {
    /// The fault, where it reacts to its fact being seen for the how-many-eth time.
    #[inline]
    pub fn on(&self, seen: u64) -> Option<usize> {
        let reacts = if self.again { seen.is_multiple_of(self.times) } else { seen == self.times };
        reacts.then_some(self.fault)
    }
}

impl Triggers {
    /// Those of the faults that react to facts.
    pub fn new<F: Judged>(faults: &[Fault]) -> Self {
        let reacting = faults.iter().enumerate().filter_map(|(fault, declared)| {
            let (pattern, again) = declared.timing().reacts_to()?;
            Some((pattern.clone(), Due { fault, times: pattern.times, again }))
        });
        let (patterns, due) = reacting.unzip();
        Triggers { watches: Watches::new::<F>(patterns), due }
    }
}
