//! All objects of a history, searched in turns: each is given a number of steps, and those that are not decided four
//! times as many in the next turn. One hard key cannot hide an illegal one, and memory has a bound.

use crate::consistency::linearizable::evidence::{Evidence, blame};
use crate::consistency::linearizable::part::{Part, Thing};
use crate::consistency::linearizable::search::{Found, Search};

/// How much a judgement may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many steps the searches may take, over all objects.
    pub steps: u64,
    /// How many configurations and states may be kept in mind at a time. One takes at most 50 bytes.
    pub size: usize,
}

impl Limits {
    /// For a history that someone waits for: less than a minute, less than 600 MB.
    pub const PATIENT: Limits = Limits { steps: 200_000_000, size: 12_000_000 };
    /// For the end of each of many runs.
    pub const BRIEF: Limits = Limits { steps: 1_000_000, size: 1_000_000 };
}

/// What the judgement is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Each object's operations can be put in order.
    Holds,
    /// Those of one object cannot.
    Violated(Box<Evidence>),
    /// Of these many objects nobody knows: they need more steps or memory than there are.
    Undecided(Vec<String>),
}

/// A judgement and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What it is.
    pub verdict: Verdict,
    /// How many steps that took.
    pub steps: u64,
}

const FIRST_TURN: u64 = 1000;
const GROWTH: u64 = 4;

/// Judges all objects of a history.
pub fn judge(parts: &[Part], limits: Limits) -> Judged {
    let mut open: Vec<(usize, Option<Search<Thing>>)> = (0..parts.len()).map(|place| (place, None)).collect();
    let mut given_up: Vec<usize> = Vec::new();
    let (mut steps, mut turn) = (0, FIRST_TURN);
    while !open.is_empty() {
        let mut still_open = Vec::new();
        let mut size: usize = open.iter().flat_map(|(_, search)| search).map(Search::size).sum();
        for (place, search) in open {
            let mut search = search.unwrap_or_else(|| parts[place].search());
            let (size_before, steps_before) = (search.size(), search.steps);
            // Each step may need one more configuration and one more state.
            let room = limits.size.saturating_sub(size) as u64 / 2;
            let found = search.run(turn.min(limits.steps.saturating_sub(steps)).min(room));
            steps += search.steps - steps_before;
            match found {
                Found::Order => size = size.saturating_sub(size_before),
                Found::NoOrder => {
                    let (evidence, more) = blame(&parts[place]);
                    return Judged { verdict: Verdict::Violated(Box::new(evidence)), steps: steps + more };
                }
                Found::Unknown if steps >= limits.steps || search.steps - steps_before < turn => {
                    size = size.saturating_sub(size_before);
                    given_up.push(place);
                }
                Found::Unknown => {
                    size = size + search.size() - size_before;
                    still_open.push((place, Some(search)));
                }
            }
        }
        open = still_open;
        turn *= GROWTH;
    }
    given_up.sort_unstable();
    let key = |place: usize| parts[place].key.clone().unwrap_or_else(|| "the object".to_owned());
    let verdict = match given_up.is_empty() {
        true => Verdict::Holds,
        false => Verdict::Undecided(given_up.into_iter().map(key).collect()),
    };
    Judged { verdict, steps }
}
