//! One forged run per invariant: exactly one thing is wrong, and the run names exactly that invariant.
//!
//! A checker that never failed is unproven. Each case is played through the engine by a node that writes, tells and
//! answers what it is told to, so the facts pass the real judge. Played again without its invariant, a case must hold:
//! nothing else is wrong with it.

#[path = "forged/atomic_commit.rs"]
mod atomic_commit;
#[path = "forged/beyond.rs"]
mod beyond;
#[path = "forged/consensus.rs"]
mod consensus;
#[path = "forged/forger.rs"]
mod forger;
#[path = "forged/legal.rs"]
mod legal;
#[path = "forged/naive.rs"]
mod naive;
#[path = "forged/placement.rs"]
mod placement;
#[path = "forged/slots.rs"]
mod slots;
#[path = "forged/store.rs"]
mod store;
#[path = "forged/votes.rs"]
mod votes;
#[path = "forged/words.rs"]
mod words;

use forger::{Act, Move, done, line, request, stage, step, violated};
use splitbrain::engine::judge::GENERIC;
use splitbrain::node::Family;
use splitbrain::spec::echo::{Echo, EchoFact};
use splitbrain::spec::judged::{Invariant, Judged};
use splitbrain::spec::replicated_log::{Entry, LogFact, ReplicatedLog, Term};
use splitbrain::spec::store::{Element, Reply};
use std::collections::BTreeSet;
use words::{
    LogMove, adopts, appends, applies, asked, commits, cuts, elected, election, entry, get, noop, replicate, votes,
};

/// A run in which one thing is wrong.
struct Case<F: Family> {
    invariant: &'static str,
    /// What the evidence mentions.
    says: &'static [&'static str],
    moves: Vec<Move<F>>,
}

impl<F: Family> Case<F> {
    fn new(invariant: &'static str, says: &'static [&'static str], moves: Vec<Move<F>>) -> Self {
        Case { invariant, says, moves }
    }
}

/// Plays each case of `cases`; says which invariants they cover.
fn judged<F: Judged>(cases: fn() -> Vec<Case<F>>) -> BTreeSet<&'static str> {
    for (number, case) in cases().into_iter().enumerate() {
        let summary = stage(3, true, case.moves, &[]);
        let Some((invariant, evidence)) = violated(&summary) else { panic!("{} was not violated", case.invariant) };
        assert_eq!(invariant, case.invariant, "{evidence}");
        for word in case.says {
            assert!(evidence.contains(word), "{invariant}: `{evidence}` does not mention `{word}`");
        }
        if invariant == "no-panic" {
            // A panic counts even where the check is left out: there is no going on.
            continue;
        }
        let again = cases().into_iter().nth(number).expect("the same case").moves;
        assert_eq!(violated(&stage(3, true, again, &[invariant])), None, "more than {invariant} is wrong");
    }
    cases().iter().map(|case| case.invariant).collect()
}

fn names(table: &[Invariant]) -> BTreeSet<&'static str> {
    table.iter().map(|invariant| invariant.name).collect()
}

#[test]
fn every_invariant_of_the_replicated_log_is_violated_by_its_own_forgery() {
    let covered = judged(|| {
        let all = [elections(), logs(), completeness(), commitment(), application(), beyond::cases(), slots::members()];
        all.into_iter().flatten().collect()
    });
    assert_eq!(covered, names(ReplicatedLog::INVARIANTS));
}

#[test]
fn every_invariant_of_echo_is_violated_by_its_own_forgery() {
    assert_eq!(judged(echoes), names(Echo::INVARIANTS));
}

#[test]
fn every_generic_invariant_is_violated_by_its_own_forgery() {
    assert_eq!(judged(generic), names(GENERIC));
}

fn elections() -> Vec<Case<ReplicatedLog>> {
    vec![
        Case::new(
            "election-safety",
            &["t1", "n1", "n2"],
            vec![step(1, [adopts(1), votes(1, 1), elected(1)]), step(2, [adopts(1), votes(1, 2), elected(1)])],
        ),
        Case::new(
            "one-vote-per-term",
            &["n3", "n1", "n2", "t4"],
            vec![step(3, [adopts(4), votes(4, 1)]), line("crash n3"), line("restart n3"), step(3, [votes(4, 2)])],
        ),
        // A vote in a term that the voter has left behind: its vote of that term is spent.
        Case::new("one-vote-per-term", &["n2", "n1", "t3", "t5"], vec![step(2, [adopts(5), votes(3, 1)])]),
        Case::new("term-monotone", &["n2", "t3", "t2"], vec![step(2, [adopts(3), adopts(2)])]),
        Case::new("term-monotone", &["n2", "t3"], vec![step(2, [adopts(3), adopts(3)])]),
        Case::new("term-monotone", &["n1", "t7", "t6"], vec![step(1, [votes(7, 3), adopts(6)])]),
    ]
}

fn logs() -> Vec<Case<ReplicatedLog>> {
    let leads = || election(2, 1, &[2]);
    vec![
        Case::new(
            "leader-append-only",
            &["n1", "t2", "i1"],
            [leads(), vec![step(1, [appends(1, noop(2)), appends(2, asked(2)), cuts(1)])]]
                .into_iter()
                .flatten()
                .collect(),
        ),
        // Written over: the same as cut and appended.
        Case::new(
            "leader-append-only",
            &["n1", "t5"],
            [vec![step(1, [appends(1, noop(1))])], election(5, 1, &[2]), vec![step(1, [appends(1, asked(5))])]]
                .into_iter()
                .flatten()
                .collect(),
        ),
        Case::new(
            "log-matching",
            &["n2", "i1", "t1", "noop"],
            vec![step(1, [appends(1, noop(1))]), step(2, [appends(1, asked(1))])],
        ),
        Case::new(
            "log-matching",
            &["n2", "i2", "t2", "before it differ"],
            vec![
                step(1, [appends(1, noop(1)), appends(2, asked(2))]),
                step(2, [appends(1, noop(2)), appends(2, asked(2))]),
            ],
        ),
        // Written over without a cut: what stands behind belongs to another log.
        Case::new(
            "log-matching",
            &["n3", "i1", "i2", "kept"],
            vec![step(3, [appends(1, noop(1)), appends(2, noop(3)), appends(1, noop(2))])],
        ),
        Case::new(
            "log-terms-monotone",
            &["n2", "i2", "t1", "t2"],
            vec![step(2, [appends(1, noop(2)), appends(2, noop(1))])],
        ),
        Case::new(
            "log-terms-monotone",
            &["n2", "i3", "i1", "gap"],
            vec![step(2, [appends(1, noop(1)), appends(3, noop(1))])],
        ),
        Case::new("log-terms-monotone", &["n1", "i0", "gap"], vec![step(1, [appends(0, noop(1))])]),
    ]
}

/// An entry of t1 is on the disks of n1 and n2, and n1 takes it for committed.
fn committed() -> Vec<LogMove> {
    let mut moves = election(1, 1, &[2]);
    moves.extend(replicate(&[1, 2], 0, &[asked(1)]));
    moves.push(step(1, [commits(1, 1, 1)]));
    moves
}

fn after_committed(more: impl IntoIterator<Item = LogMove>) -> Vec<LogMove> {
    committed().into_iter().chain(more).collect()
}

fn completeness() -> Vec<Case<ReplicatedLog>> {
    let mut late = election(1, 1, &[2]);
    late.extend([step(2, [adopts(2)]), step(3, [adopts(2), votes(2, 3), elected(2)])]);
    late.extend(replicate(&[1, 2], 0, &[asked(1)]));
    late.push(step(1, [commits(1, 1, 1)]));
    vec![
        Case::new("leader-completeness", &["n3", "t2", "i1", "t1", "ends at i0"], after_committed(election(2, 3, &[]))),
        Case::new(
            "leader-completeness",
            &["n3", "t4", "i1", "t1", "holds an entry of t3"],
            after_committed([step(3, [appends(1, noop(3)), elected(4)])]),
        ),
        // The leader of t2 is at work when the leader of t1 counts acknowledgements that were given too late.
        Case::new("leader-completeness", &["n3", "t2", "i1", "t1"], late),
        // First heard of in t3, but committed in t1 already.
        Case::new(
            "leader-completeness",
            &["n3", "t2", "i1", "committed in t1"],
            vec![
                step(1, [appends(1, noop(1))]),
                step(2, [appends(1, noop(1)), commits(1, 1, 3)]),
                step(1, [commits(1, 1, 1)]),
                step(3, [elected(2)]),
            ],
        ),
    ]
}

fn commitment() -> Vec<Case<ReplicatedLog>> {
    vec![
        Case::new(
            "state-machine-safety",
            &["n3", "n1", "i1", "t1", "t2"],
            after_committed([step(3, [appends(1, noop(2)), commits(1, 2, 2)])]),
        ),
        // The claim goes further than what was known; the claimant's own log differs below it.
        Case::new(
            "state-machine-safety",
            &["n3", "n1", "i1"],
            after_committed([
                step(2, [cuts(0), appends(1, noop(2)), appends(2, noop(2))]),
                step(3, [appends(1, noop(2)), appends(2, noop(2)), commits(2, 2, 2)]),
            ]),
        ),
        Case::new(
            "committed-is-durable",
            &["n1", "i1", "t1", "1 of 3"],
            vec![step(1, [appends(1, noop(1)), commits(1, 1, 1)])],
        ),
        Case::new(
            "commit-monotone",
            &["n1", "i2", "i1"],
            after_committed([
                step(2, [appends(2, noop(1))]),
                step(1, [appends(2, noop(1)), commits(2, 1, 1), commits(1, 1, 1)]),
            ]),
        ),
        Case::new("commit-within-log", &["n3", "i1", "i0"], after_committed([step(3, [commits(1, 1, 1)])])),
        Case::new(
            "commit-within-log",
            &["n3", "i1", "t1", "t2"],
            after_committed([step(3, [appends(1, noop(2)), commits(1, 1, 1)])]),
        ),
        // A leader may lack only what it appended itself.
        Case::new(
            "commit-within-log",
            &["n3", "i2", "i1"],
            after_committed([
                step(2, [appends(2, noop(1))]),
                step(3, [appends(1, asked(1)), elected(2)]),
                step(1, [appends(2, noop(1))]),
                step(3, [commits(2, 1, 2)]),
            ]),
        ),
        Case::new(
            "committed-never-truncated",
            &["n2", "i1", "i0"],
            after_committed([step(2, [commits(1, 1, 1)]), line("crash n2"), line("restart n2"), step(2, [cuts(0)])]),
        ),
        // Written over: the same as cut and appended.
        Case::new(
            "committed-never-truncated",
            &["n2", "i1", "i0"],
            after_committed([step(2, [commits(1, 1, 1), appends(1, noop(2))])]),
        ),
    ]
}

fn application() -> Vec<Case<ReplicatedLog>> {
    let read = || entry(1, request(1, 2), get());
    let answered = |element, sequence| {
        let reply = Reply::Value(vec![Element(element)]);
        let mut moves = committed();
        moves.extend(replicate(&[1, 2], 1, &[read()]));
        moves.push(step(1, [commits(2, 1, 1), done(request(1, sequence), reply)]));
        moves
    };
    vec![
        Case::new(
            "equal-state",
            &["n1", "n2", "i1"],
            after_committed([step(1, [applies(1, 77)]), step(2, [commits(1, 1, 1), applies(1, 78)])]),
        ),
        Case::new("equal-state", &["n1", "i18446744073709551615"], vec![step(1, [applies(u64::MAX, 77)])]),
        Case::new("replies-match-model", &["n1", "c1#2", "[6]", "[5]"], answered(6, 2)),
        // An answer to what nobody committed, and one of another request's kind.
        Case::new("replies-match-model", &["n1", "c1#3", "not in the committed log"], answered(5, 3)),
        Case::new("replies-match-model", &["n1", "c1#1", "written", "[5]"], answered(5, 1)),
        // Executed twice: appended once more under the same request.
        Case::new(
            "replies-match-model",
            &["n1", "c2#1", "[5, 6, 6]"],
            after_committed(
                [
                    replicate(&[1], 1, &twice()),
                    replicate(&[2], 1, &twice()),
                    vec![step(
                        1,
                        [commits(4, 1, 1), done(request(2, 1), Reply::Value([5, 6, 6].map(Element).to_vec()))],
                    )],
                ]
                .into_iter()
                .flatten(),
            ),
        ),
    ]
}

/// An element is added, the same request again, and all is read.
fn twice() -> [Entry; 3] {
    let adds = entry(1, request(1, 2), words::add(6));
    [adds, adds, entry(1, request(2, 1), get())]
}

fn echoes() -> Vec<Case<Echo>> {
    let hears = |word| vec![step(1, [Act::Tell(EchoFact::Asked { request: request(1, 1), word: 7 })]), word];
    vec![
        Case::new("faithful-echo", &["n2", "c1#1", "8", "7"], hears(step(2, [done(request(1, 1), 8)]))),
        Case::new("faithful-echo", &["n2", "c2#1", "no node was asked"], hears(step(2, [done(request(2, 1), 7)]))),
    ]
}

fn generic() -> Vec<Case<ReplicatedLog>> {
    let of_term = |term| Some(LogFact::Elected { term: Term(term) });
    vec![
        // The record stands behind the message.
        Case::new(
            "durable-before-send",
            &["n1", "n2", "not on disk"],
            vec![step(1, [adopts(1), Act::Send(1, None), Act::Send(2, None), votes(1, 1)])],
        ),
        Case::new(
            "unannounced",
            &["n2", "Elected", "t2"],
            vec![step(1, [elected(1), Act::Send(0, of_term(1))]), step(2, [Act::Send(0, of_term(2))])],
        ),
        Case::new("no-panic", &["n3", "was told to"], vec![step(3, [Act::Panic])]),
    ]
}

/// Nonsense far out is a finding, not a memory that never ends.
#[test]
fn an_index_may_be_anything() {
    let nonsense =
        || vec![step(1, [appends(1, noop(1)), commits(u64::MAX, 1, 1), cuts(u64::MAX), applies(u64::MAX, 1)])];
    assert_eq!(violated(&stage(3, true, nonsense(), &[])).expect("nonsense").0, "commit-within-log");
    let except = ["commit-within-log", "committed-is-durable", "equal-state"];
    assert_eq!(violated(&stage(3, true, nonsense(), &except)), None);
}

/// The stage itself: an honest story of all words breaks nothing, and every invariant was asked.
#[test]
fn an_honest_story_asks_every_invariant() {
    let mut moves = committed();
    moves.extend([
        step(1, [applies(1, 9), done(request(1, 1), Reply::Written), Act::Send(3, None)]),
        step(2, [appends(2, noop(1)), cuts(1), commits(1, 1, 1), applies(1, 9)]),
        step(1, [Act::Send(0, Some(LogFact::Elected { term: Term(1) }))]),
        step(1, [beyond::compacts(1, 1, 9), appends(2, noop(1)), appends(3, beyond::members(1, &[1, 2, 3], &[]))]),
    ]);
    let summary = stage(3, true, moves, &[]);
    assert_eq!(violated(&summary), None);
    // Where slots do not stand by themselves, a log says by itself who decides.
    let idle = summary.checked.iter().filter(|(name, times)| *times == 0 && *name != "settled-configuration");
    assert_eq!(idle.collect::<Vec<_>>(), Vec::<&(&str, u64)>::new(), "never asked");
}
