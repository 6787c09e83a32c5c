//! Snapshots, configurations and reads outside the log: forgeries, and stories that accuse nobody.

use super::Case;
use super::forger::{Act, Move, done, line, n, request, stage, step, violated};
use super::words::{LogAct, LogMove, appends, applies, asked, commits, election, noop, replicate};
use splitbrain::spec::replicated_log::{Command, Configuration, Entry, Index, LogFact, NodeSet, ReplicatedLog, Term};
use splitbrain::spec::store::{Element, Reply};

fn set(nodes: &[u32]) -> NodeSet {
    nodes.iter().map(|node| n(*node)).collect()
}

/// An entry by which these are the voters; those of the second set, where there are any, join them.
pub fn members(term: u64, voters: &[u32], joining: &[u32]) -> Entry {
    let configuration = Configuration { voters: set(voters), joining: set(joining), learners: NodeSet::default() };
    Entry { term: Term(term), command: Command::Configure(configuration) }
}

pub fn compacts(index: u64, entry_term: u64, state: u64) -> LogAct {
    Act::Write(LogFact::Compacted { index: Index(index), entry_term: Term(entry_term), state })
}

fn installs(index: u64, entry_term: u64, state: u64, kept: bool) -> LogAct {
    Act::Write(LogFact::Installed { index: Index(index), entry_term: Term(entry_term), state, kept })
}

/// The first entry, of t1, is committed on n1 and n2, and n1 has applied it: its state is 77.
fn committed() -> Vec<LogMove> {
    let mut moves = election(1, 1, &[2]);
    moves.extend(replicate(&[1, 2], 0, &[asked(1)]));
    moves.push(step(1, [commits(1, 1, 1), applies(1, 77)]));
    moves
}

fn after_committed(more: impl IntoIterator<Item = LogMove>) -> Vec<LogMove> {
    committed().into_iter().chain(more).collect()
}

fn read(value: &[u64]) -> Reply {
    Reply::Value(value.iter().copied().map(Element).collect())
}

/// n1 has answered that the first client's put is done; then a second client reads.
fn answered_then_asked() -> Vec<LogMove> {
    after_committed([step(1, [done(request(1, 1), Reply::Written)]), line("request n2 c2#1 get k1")])
}

pub fn cases() -> Vec<Case<ReplicatedLog>> {
    let stale = [step(2, [done(request(2, 1), read(&[]))])];
    vec![
        Case::new(
            "snapshot-is-committed",
            &["n1", "i1", "i0"],
            vec![step(1, [appends(1, noop(1)), compacts(1, 1, 77)])],
        ),
        Case::new(
            "snapshot-is-committed",
            &["n3", "i1", "t2", "t1"],
            after_committed([step(3, [installs(1, 2, 77, false)])]),
        ),
        Case::new("equal-state", &["n1", "n3", "i1"], after_committed([step(3, [installs(1, 1, 78, false)])])),
        // n3 keeps its entry of t2 behind a snapshot with which its first entry does not agree.
        Case::new(
            "log-matching",
            &["n3", "i1", "t2", "t1"],
            after_committed([step(3, [appends(1, noop(2)), appends(2, noop(2)), installs(1, 1, 77, true)])]),
        ),
        // A snapshot that was overtaken takes away what n2 has committed.
        Case::new(
            "committed-never-truncated",
            &["n2", "i2", "i1"],
            after_committed([
                step(1, [appends(2, noop(1))]),
                step(2, [appends(2, noop(1)), commits(2, 1, 1), installs(1, 1, 77, false)]),
            ]),
        ),
        Case::new(
            "one-change-at-a-time",
            &["n1", "{n1,n2}", "{n1,n2,n3}", "i1", "i2"],
            vec![step(1, [appends(1, members(1, &[1, 2, 3], &[])), appends(2, members(1, &[1, 2], &[]))])],
        ),
        // Half of either set meets every majority of it; one of three and one of two of the others do not.
        Case::new(
            "committed-is-durable",
            &["n1", "i1", "{n1,n2,n3}"],
            vec![step(1, [appends(1, members(1, &[1, 2, 3], &[1, 2, 3])), commits(1, 1, 1)])],
        ),
        Case::new(
            "replies-match-model",
            &["n2", "c2#1", "k1", "i1"],
            answered_then_asked().into_iter().chain(stale).collect(),
        ),
        Case::new("replies-match-model", &["n1", "c3#1"], after_committed([step(1, [done(request(3, 1), read(&[]))])])),
        // What one read has seen, a later one must not miss.
        Case::new(
            "replies-match-model",
            &["n2", "c3#1", "k1"],
            after_committed([
                line("request n1 c2#1 get k1"),
                step(1, [done(request(2, 1), read(&[5]))]),
                line("request n2 c3#1 get k1"),
                step(2, [done(request(3, 1), read(&[]))]),
            ]),
        ),
    ]
}

fn holds(moves: Vec<LogMove>) {
    assert_eq!(violated(&stage::<ReplicatedLog>(3, true, moves, &[])), None);
}

#[test]
fn a_log_goes_on_behind_a_snapshot() {
    holds(after_committed([
        step(1, [compacts(1, 1, 77)]),
        step(3, [installs(1, 1, 77, false), commits(1, 1, 1), applies(1, 77)]),
        step(1, [appends(2, noop(1))]),
        step(3, [appends(2, noop(1))]),
        step(1, [commits(2, 1, 1), applies(2, 77)]),
        // The same snapshot once more changes nothing, and what is behind it is kept.
        step(3, [installs(1, 1, 77, true), commits(2, 1, 1), applies(2, 77)]),
    ]));
}

#[test]
fn an_entry_that_was_never_committed_may_give_way_to_a_snapshot() {
    holds(after_committed([step(3, [appends(1, noop(2)), appends(2, noop(2)), installs(1, 1, 77, false)])]));
}

#[test]
fn the_next_change_may_follow_the_one_that_is_committed() {
    let joint = members(1, &[1, 2, 3], &[1, 2]);
    let after = members(1, &[1, 2], &[]);
    holds(
        election(1, 1, &[2])
            .into_iter()
            .chain(replicate(&[1, 2], 0, &[joint]))
            .chain([step(1, [commits(1, 1, 1)])])
            .chain(replicate(&[1, 2], 1, &[after]))
            .chain([step(1, [commits(2, 1, 1)])])
            .collect(),
    );
}

#[test]
fn a_read_that_is_asked_before_an_answer_may_miss_it_or_see_it() {
    for value in [&[][..], &[5]] {
        let moves: Vec<Move<ReplicatedLog>> = vec![
            line("request n1 c2#1 get k1"),
            step(1, [done(request(1, 1), Reply::Written), done(request(2, 1), read(value))]),
        ];
        holds(after_committed(moves));
    }
}

#[test]
fn a_client_that_has_gone_on_hears_nothing() {
    holds(
        answered_then_asked()
            .into_iter()
            .chain([
                line("request n2 c2#2 get k1"),
                step(2, [done(request(2, 1), read(&[]))]),
                step(2, [done(request(2, 2), read(&[5]))]),
            ])
            .collect(),
    );
}
