//! What a correct protocol may do, however odd it looks. Nothing here may be accused.

use super::forger::{Act, done, line, n, request, stage, step, unknown, violated};
use super::words::{
    LogMove, add, adopts, appends, appends_lazily, applies, asked, commits, cuts, elected, election, entry, get, noop,
    put, replicate, votes,
};
use splitbrain::node::Outcome;
use splitbrain::spec::replicated_log::ReplicatedLog;
use splitbrain::spec::store::{Element, Reply};

fn holds_on(nodes: u32, immediate: bool, story: impl IntoIterator<Item = Vec<LogMove>>) {
    let moves = story.into_iter().flatten().collect();
    assert_eq!(violated(&stage::<ReplicatedLog>(nodes, immediate, moves, &[])), None);
}

fn holds(nodes: u32, story: impl IntoIterator<Item = Vec<LogMove>>) {
    holds_on(nodes, true, story);
}

fn lines(schedule: &'static [&'static str]) -> Vec<LogMove> {
    schedule.iter().map(|each| line(each)).collect()
}

const N1: &[&str] = &["crash n1", "restart n1"];
const N2: &[&str] = &["crash n2", "restart n2"];
const N3: &[&str] = &["crash n3", "restart n3"];

/// n1 leads t1 and appends. n2 stands in t2 and n3 votes for it, but the vote is delayed. n1 leads t3 by n3's vote,
/// appends, replicates both to n3 and commits.
fn delayed_vote() -> Vec<Vec<LogMove>> {
    vec![
        election(1, 1, &[2]),
        vec![step(1, [appends(1, noop(1))])],
        vec![step(2, [adopts(2), votes(2, 2)]), step(3, [adopts(2), votes(2, 2)])],
        election(3, 1, &[3]),
        replicate(&[3], 0, &[noop(1), noop(3)]),
        vec![step(1, [appends(2, noop(3)), commits(2, 3, 3)])],
    ]
}

/// Judged against the entry's own term, leader completeness would accuse n2 here (notes, appendix A).
#[test]
fn a_delayed_vote_makes_a_stale_leader_without_the_committed_entry() {
    let mut story = delayed_vote();
    story.push(vec![step(2, [elected(2), appends(1, noop(2))])]);
    // Then it hears of t3.
    story.push(vec![step(2, [adopts(3), cuts(0), appends(1, noop(1)), appends(2, noop(3)), commits(2, 3, 3)])]);
    holds(3, story);
}

/// As above, with five nodes; n4 holds the entry of t1 and has never heard of t3, so the stale leader of t2 makes it
/// cut off what n1, n3 and n5 have committed. n4 did not take it for committed itself.
#[test]
fn a_stale_leader_cuts_what_others_have_committed() {
    holds(
        5,
        [
            election(1, 1, &[2, 3]),
            replicate(&[1, 4], 0, &[noop(1)]),
            vec![
                step(2, [adopts(2), votes(2, 2)]),
                step(5, [adopts(2), votes(2, 2)]),
                step(3, [adopts(2), votes(2, 2)]),
            ],
            election(3, 1, &[3, 5]),
            replicate(&[3, 5], 0, &[noop(1), noop(3)]),
            vec![step(1, [appends(2, noop(3)), commits(2, 3, 3)]), step(3, [commits(2, 3, 3)])],
            // The vote of n3 arrives.
            vec![step(2, [elected(2), appends(1, noop(2))])],
            vec![step(4, [adopts(2), cuts(0), appends(1, noop(2))])],
            // The leader of t3 reaches both.
            vec![step(4, [adopts(3), cuts(0), appends(1, noop(1)), appends(2, noop(3)), commits(2, 3, 3)])],
            vec![step(2, [adopts(3), cuts(0), appends(1, noop(1)), appends(2, noop(3)), commits(2, 3, 3)])],
        ],
    );
}

/// A claim of an earlier term, while the leader of a later one is at work and has the entry.
#[test]
fn an_old_leader_counts_its_majority_late() {
    holds(
        3,
        [
            election(1, 1, &[2]),
            replicate(&[1, 2], 0, &[asked(1)]),
            // n1 has not seen the acknowledgement of n2 yet.
            election(2, 2, &[3]),
            vec![step(2, [appends(2, noop(2))]), step(1, [commits(1, 1, 1)])],
            replicate(&[3], 0, &[asked(1), noop(2)]),
            vec![step(2, [commits(2, 2, 2)]), step(1, [adopts(2), appends(2, noop(2)), commits(2, 2, 2)])],
        ],
    );
}

/// Thesis, section 10.2.1: the leader writes in parallel with the followers, and does not count itself.
#[test]
fn a_leader_commits_before_its_own_append_is_durable() {
    holds_on(
        3,
        false,
        [
            vec![step(1, [adopts(1), votes(1, 1)])],
            lines(&["sync n1"]),
            vec![step(1, [elected(1), appends_lazily(1, noop(1)), appends_lazily(2, asked(1))])],
            replicate(&[2, 3], 0, &[noop(1), asked(1)]),
            lines(&["sync n2", "sync n3"]),
            vec![step(1, [commits(2, 1, 1), applies(1, 5), applies(2, 6), done(request(1, 1), Reply::Written)])],
            // What it had committed, it loses: nothing is left to cut, whatever its author writes to be sure.
            lines(N1),
            vec![step(1, [cuts(0)])],
            lines(&["sync n1"]),
            vec![step(2, [adopts(2), votes(2, 2)]), step(3, [adopts(2), votes(2, 2)])],
            lines(&["sync n2", "sync n3"]),
            vec![step(2, [elected(2), commits(2, 1, 2), applies(1, 5), applies(2, 6)])],
            vec![step(1, [adopts(2), appends(1, noop(1)), appends(2, asked(1)), commits(2, 1, 2)])],
            lines(&["sync n1"]),
        ],
    );
}

#[test]
fn a_restarted_node_commits_and_applies_from_the_beginning() {
    holds(
        3,
        [
            election(1, 1, &[2]),
            replicate(&[1, 2], 0, &[noop(1), asked(1)]),
            vec![step(1, [commits(2, 1, 1), applies(1, 5), applies(2, 6)])],
            vec![step(2, [commits(1, 1, 1), applies(1, 5), commits(2, 1, 1), applies(2, 6)])],
            lines(N2),
            vec![step(2, [commits(1, 1, 1), applies(1, 5)])],
            lines(N1),
            vec![step(2, [commits(2, 1, 1), applies(2, 6)]), step(1, [commits(1, 1, 1), applies(1, 5)])],
        ],
    );
}

#[test]
fn a_follower_cuts_conflicting_entries_that_are_not_committed() {
    holds(
        3,
        [
            election(1, 1, &[2]),
            replicate(&[1, 2], 0, &[noop(1)]),
            vec![step(1, [commits(1, 1, 1)]), step(2, [commits(1, 1, 1)])],
            // Two entries that reach nobody else; then n1 hears of another leader.
            vec![step(1, [appends(2, asked(1)), appends(3, noop(1))])],
            election(2, 2, &[3]),
            replicate(&[3], 0, &[noop(1), noop(2)]),
            vec![step(2, [appends(2, noop(2)), commits(2, 2, 2)])],
            vec![step(1, [adopts(2), cuts(1), appends(2, noop(2)), commits(2, 2, 2)])],
        ],
    );
}

/// A follower that writes again what it holds, as a duplicate arrives, changes nothing. Nor does a cut behind the end.
#[test]
fn what_is_held_is_written_again() {
    holds(
        3,
        [
            election(1, 1, &[2]),
            replicate(&[1, 2], 0, &[noop(1), asked(1), noop(1)]),
            vec![step(1, [commits(3, 1, 1)]), step(2, [commits(3, 1, 1)])],
            vec![step(2, [cuts(3), appends(1, noop(1)), appends(2, asked(1)), cuts(7)])],
            vec![step(1, [appends(3, noop(1))])],
        ],
    );
}

#[test]
fn a_vote_is_given_again_to_the_same_candidate() {
    holds(
        3,
        [
            vec![step(3, [adopts(4), votes(4, 2), votes(4, 2)])],
            lines(N3),
            vec![step(3, [votes(4, 2), adopts(5), votes(5, 1)])],
        ],
    );
}

/// A crash falls between the new term and the vote: the vote of the term is still to be given, to whomever.
#[test]
fn a_term_is_entered_without_a_vote() {
    holds(
        3,
        [
            vec![line("crash n2 after-write 1"), step(2, [adopts(4), votes(4, 2)]), line("restart n2")],
            vec![step(2, [votes(4, 3), adopts(5)])],
            election(6, 2, &[1]),
        ],
    );
}

/// Some libraries write term and vote as one record, which is a vote; others the vote first.
#[test]
fn a_vote_says_that_the_term_was_entered() {
    holds(
        3,
        [
            vec![step(1, [votes(1, 1)]), step(2, [votes(1, 1)]), step(1, [elected(1), appends(1, noop(1))])],
            // n1 led t1; it votes in t2, and so leads no more, and the leader of t2 makes it cut its log.
            vec![step(2, [votes(2, 2)]), step(1, [votes(2, 2)]), step(2, [elected(2), appends(1, noop(2))])],
            vec![step(1, [cuts(0), appends(1, noop(2))]), step(2, [commits(1, 2, 2)])],
            vec![step(3, [votes(2, 2), adopts(2)])],
        ],
    );
}

#[test]
fn an_answer_is_repeated_from_the_session_table() {
    let log = [asked(1), asked(1), entry(1, request(1, 2), add(6)), asked(1), entry(1, request(2, 1), get())];
    let value = || Reply::Value([5, 6].map(Element).to_vec());
    holds(
        3,
        [
            election(1, 1, &[2]),
            // The first request stands in the log three times, the last time behind the next one of its session.
            replicate(&[1, 2], 0, &log),
            vec![step(1, [commits(1, 1, 1), done(request(1, 1), Reply::Written), done(request(1, 1), Reply::Written)])],
            vec![step(1, [commits(5, 1, 1), done(request(1, 2), Reply::Written), done(request(2, 1), value())])],
            election(2, 2, &[3]),
            vec![step(2, [commits(5, 1, 2), done(request(1, 2), Reply::Written), done(request(2, 1), value())])],
        ],
    );
}

#[test]
fn what_is_not_done_may_be_said_of_any_request() {
    holds(
        3,
        [
            election(1, 1, &[2]),
            replicate(&[1, 2], 0, &[asked(1), entry(1, request(1, 3), put(6))]),
            vec![step(1, [commits(2, 1, 1), unknown(request(1, 1)), unknown(request(1, 2)), unknown(request(9, 1))])],
            vec![step(3, [Act::Answer(request(1, 3), Outcome::Refused("no leader is known"))])],
            vec![step(3, [Act::Answer(request(1, 3), Outcome::Redirect(n(1)))])],
        ],
    );
}

/// A fact that a crash keeps from leaving is told by another node later.
#[test]
fn a_crash_falls_between_what_happened_and_what_is_told() {
    holds(
        3,
        [
            election(1, 1, &[2]),
            replicate(&[1, 2], 0, &[asked(1)]),
            vec![line("crash n1 after-effect 1"), step(1, [appends(2, noop(1)), commits(1, 1, 1)]), line("restart n1")],
            vec![step(2, [commits(1, 1, 1), applies(1, 4)])],
            election(2, 1, &[3]),
            vec![step(1, [commits(1, 1, 2)])],
        ],
    );
}

#[test]
fn clusters_of_one_two_and_four_commit() {
    holds(1, [election(1, 1, &[]), vec![step(1, [appends(1, asked(1)), commits(1, 1, 1), applies(1, 3)])]]);
    holds(
        2,
        [
            election(1, 1, &[2]),
            replicate(&[1, 2], 0, &[asked(1)]),
            vec![step(1, [commits(1, 1, 1)])],
            lines(N1),
            election(2, 2, &[1]),
            vec![step(2, [appends(2, noop(2))]), step(1, [appends(2, noop(2))]), step(2, [commits(2, 2, 2)])],
        ],
    );
    holds(
        4,
        [
            election(1, 1, &[2, 3]),
            replicate(&[1, 2, 3], 0, &[asked(1)]),
            vec![step(1, [commits(1, 1, 1)])],
            election(2, 3, &[2, 4]),
            vec![step(3, [appends(2, noop(2))])],
            replicate(&[4], 0, &[asked(1), noop(2)]),
            replicate(&[2], 1, &[noop(2)]),
            vec![step(3, [commits(2, 2, 2)])],
        ],
    );
}
