//! What came of a search.

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// Every reachable world within the limit has been looked at.
    Exhausted,
    /// Worlds deeper than the bound were not looked at.
    Depth,
    /// There are more distinct worlds than the bound.
    States,
    /// A handler's choices could fall in more ways than the search goes through in one step
    /// ([`Report::ALTERNATIVES_MAX`]); the rest of them was left out.
    Choices,
    /// An invariant was violated, and the search stopped there.
    Violation,
}

/// A violated invariant, and how to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: String,
    /// What was seen, where, and against what.
    pub evidence: String,
    /// A shortest way there, as the lines of a schedule. All nodes have been started, in order, before the first.
    pub schedule: Vec<String>,
}

/// What came of a search. A pure function of the [`Search`](super::Search): nothing in it depends on the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Distinct worlds, those beyond the limit included.
    pub distinct: usize,
    /// Worlds reached, counted every time.
    pub generated: u64,
    /// Handlers executed: each (local state, event) once for every way its choices can fall.
    pub runs: u64,
    /// The depth of the deepest world found. The first world is at depth 1.
    pub depth: u32,
    /// Distinct local states, over all nodes.
    pub local_states: usize,
    /// Why the search ended.
    pub ended: Ended,
    /// Distinct worlds beyond the limit, which were judged but not followed.
    pub beyond: usize,
    /// The facts that were told somewhere, by name and in the family's order: an invariant over facts that are never
    /// told holds, but says nothing.
    pub reached: Vec<&'static str>,
    /// The family's invariants that were in force, and how often each was checked: once for each distinct (memory of
    /// the invariants, what a step told).
    pub checked: Vec<(&'static str, u64)>,
    /// The first violation, by a shortest path.
    pub violation: Option<Violation>,
}

impl Report {
    /// How many ways the choices of one step may fall.
    pub const ALTERNATIVES_MAX: usize = 1 << 16;

    /// Whether every reachable world within the limit was looked at.
    pub fn complete(&self) -> bool {
        self.ended == Ended::Exhausted
    }
}
