//! The smallest family that can be violated: resource managers commit or abort, and no two may disagree.

use serde::Serialize;
use splitbrain::node::{ClientId, Family, Outcome, Stream};
use splitbrain::spec::judged::{FactShape, Findings, Generator, Invariant, Judged, Leadership, Ledger, Observed, fact};

/// Atomic commit without anything around it. The toys use it too, for its numbers as operations and replies.
pub struct Commit;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum CommitFact {
    /// The transaction manager has decided; presupposed by the message that says so.
    Decided { commit: bool },
    /// A resource manager has committed.
    Committed,
    /// A resource manager has aborted.
    Aborted,
}

impl Family for Commit {
    type Op = u64;
    type Reply = u64;
    type Fact = CommitFact;
}

const CONSISTENT: usize = 0;
const GROWING: usize = 1;

impl Judged for Commit {
    const NAME: &'static str = "commit";
    const ABOUT: &'static str = "all resource managers commit, or all abort";
    const INVARIANTS: &'static [Invariant] = &[
        Invariant {
            name: "consistent",
            meaning: "no resource manager has committed while another has aborted",
            source: "TCommit.tla, TCConsistent",
        },
        Invariant {
            name: "growing-answers",
            meaning: "every answer is greater than those before it",
            source: "the toys of these tests",
        },
    ];
    const FACTS: &'static [FactShape] = &[fact("Decided", &[]), fact("Committed", &[]), fact("Aborted", &[])];
    const OPERATIONS: &'static [&'static str] = &[];
    const HAS_LEADERS: bool = false;
    type Ledger = CommitLedger;
    type Generator = Nothing;

    fn fact_kind(fact: &CommitFact) -> usize {
        match fact {
            CommitFact::Decided { .. } => 0,
            CommitFact::Committed => 1,
            CommitFact::Aborted => 2,
        }
    }
    fn presupposable(fact: &CommitFact) -> bool {
        match fact {
            CommitFact::Decided { .. } => true,
            CommitFact::Committed | CommitFact::Aborted => false,
        }
    }
    fn leads(_: &CommitFact) -> Option<Leadership> {
        None
    }
    fn reads_only(_: &u64) -> bool {
        false
    }
    fn parse_op(text: &str) -> Result<u64, String> {
        text.parse().map_err(|_| format!("`{text}` is no number"))
    }
}

/// What resource managers have done, and the greatest answer so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CommitLedger {
    committed: bool,
    aborted: bool,
    answered: u64,
}

impl Ledger<Commit> for CommitLedger {
    fn new(_nodes: u32) -> Self {
        CommitLedger::default()
    }

    fn observe(&mut self, seen: &Observed<Commit>, findings: &mut Findings) {
        match seen {
            Observed::Fact(node, fact) => {
                match fact {
                    CommitFact::Decided { .. } => return,
                    CommitFact::Committed => self.committed = true,
                    CommitFact::Aborted => self.aborted = true,
                }
                let both = self.committed && self.aborted;
                let against = || format!("{node} has {fact:?}, and another node has done the opposite");
                findings.check(CONSISTENT, if both { Err(against()) } else { Ok(()) });
            }
            Observed::Answered(node, request, Outcome::Done(answer)) => {
                let before = self.answered;
                let wrong = || format!("{node} answered {answer} to {request} after {before} had been answered");
                findings.check(GROWING, if *answer > before { Ok(()) } else { Err(wrong()) });
                self.answered = *answer;
            }
            Observed::Asked(..)
            | Observed::Answered(..)
            | Observed::Crashed(_)
            | Observed::Restarted(_)
            | Observed::Lost(_)
            | Observed::Holds(..) => {}
        }
    }
}

/// These models are never loaded with work.
pub struct Nothing;
impl Generator<Commit> for Nothing {
    fn new(_keys: u32) -> Self {
        Nothing
    }
    fn draw(&mut self, _kind: usize, _client: ClientId, _draws: &mut Stream) -> u64 {
        unreachable!("no operation can be drawn")
    }
    fn learn(&mut self, _op: &u64, _reply: Option<&u64>) {}
}
