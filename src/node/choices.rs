//! The only randomness a node has: drawn in a seeded run, enumerated in exhaustive search, given in a schedule.

use crate::node::Stream;
use std::collections::VecDeque;

/// Where the answers of [`Context::choose`](crate::node::Context::choose) come from.
#[derive(Clone, Debug)]
pub enum Choices {
    /// Drawn from the node's own stream.
    Seeded(Stream),
    /// Given ahead, in order; 0 once they run out. `asked` keeps the bound of every question, so that exhaustive
    /// search can count through all answers like an odometer.
    Scripted {
        /// Answers still to give.
        script: VecDeque<u64>,
        /// The bounds asked for so far.
        asked: Vec<u64>,
    },
}

impl Choices {
    /// Answers from a list.
    pub fn scripted(answers: impl IntoIterator<Item = u64>) -> Self {
        Choices::Scripted { script: answers.into_iter().collect(), asked: Vec::new() }
    }

    /// A number below `bound`.
    ///
    /// # Panics
    /// When `bound` is 0, or a scripted answer is not below it.
    #[inline(always)]
    pub fn choose(&mut self, bound: u64) -> u64 {
        match self {
            Choices::Seeded(stream) => stream.below(bound),
            Choices::Scripted { script, asked } => scripted_answer(script, asked, bound),
        }
    }
}

#[cold]
fn scripted_answer(script: &mut VecDeque<u64>, asked: &mut Vec<u64>, bound: u64) -> u64 {
    assert!(bound > 0, "a choice among nothing");
    asked.push(bound);
    let answer = script.pop_front().unwrap_or(0);
    assert!(answer < bound, "the schedule chose {answer}, but only 0..{bound} can be chosen");
    answer
}
