//! Paxos beyond its scenarios: exhaustive search of small clusters, and the duel that does not end.

use splitbrain::engine::play::{Script, play};
use splitbrain::engine::schedule::parse;
use splitbrain::engine::summary::{Ending, Summary};
use splitbrain::node::{ClientId, NodeId, RequestId};
use splitbrain::protocols::paxos::{Apart, Bug, Config, Disk, Paxos, Roles};
use splitbrain::search::explore::{Ended, Report, Search, Violation, explore};
use splitbrain::spec::consensus::{Consensus, Decree, Op, Value};

const D: Decree = Decree(0);

fn apart(proposers: u32, acceptors: u32) -> Config {
    let roles = Roles::Apart(Apart { proposers, acceptors, learners: 0 });
    Config { roles, catch_up: None, backoff: None, ..Config::default() }
}

/// Each of the first nodes is asked to propose a value of its own, and no ballot beyond the first round of each is
/// followed: so there are as many ballots as proposers.
fn duel(proposers: u32, acceptors: u32, bugs: &[Bug]) -> Search<Paxos> {
    let ask = |node: u32| {
        let request = RequestId { client: ClientId::new(node), sequence: 1 };
        (NodeId::new(node), request, Op::Propose(D, Value(u64::from(node) + 1)))
    };
    Search {
        requests: (0..proposers).map(ask).collect(),
        limit: |_, disk| disk.highest_round() <= 1,
        ..Search::new(proposers + acceptors, Config { bugs: bugs.to_vec(), ..apart(proposers, acceptors) })
    }
}

fn except(search: Search<Paxos>, names: &[&str]) -> Search<Paxos> {
    Search { except: names.iter().map(|name| (*name).to_owned()).collect(), ..search }
}

fn script(nodes: u32, lines: &[String], except: &[String]) -> Script<Op> {
    let lines = lines.iter().map(|line| parse::<Consensus>(line, nodes).expect(line)).collect();
    Script { nodes, immediate: true, lines, except: except.to_vec(), watched: Vec::new(), record: false }
}

/// What is found is played through the engine, which must come to the same violation.
fn violation(search: &Search<Paxos>) -> Violation {
    let report = explore(search);
    assert_eq!(report.ended, Ended::Violation);
    let found = report.violation.expect("a search that ends with a violation reports it");
    let script = script(search.nodes, &found.schedule, &search.except);
    match play::<Paxos>(&script, search.config.clone()).summary.ending {
        Ending::Violated(played) => assert_eq!(played.invariant, found.invariant),
        other => panic!("the schedule {:#?} ends with {other:?}", found.schedule),
    }
    found
}

fn whole(report: &Report) -> (usize, u32) {
    assert_eq!(report.violation, None);
    assert_eq!(report.ended, Ended::Exhausted);
    (report.distinct, report.depth)
}

/// The same, as far as acceptors and proposers go: what learners count is left out.
fn votes_only(search: Search<Paxos>) -> Search<Paxos> {
    let limit =
        |node: &Paxos, disk: &Disk| disk.highest_round() <= 1 && !node.counts_votes() && disk.learnt(D).is_none();
    Search { limit, ..search }
}

/// Two acceptors, two ballots, two values, learning included: every interleaving, with every loss, repetition and
/// reordering.
#[test]
fn two_acceptors_are_safe_in_every_interleaving() {
    let report = explore(&duel(2, 2, &[]));
    assert_eq!(whole(&report), (45_380, 26));
    let idle: Vec<_> = report.checked.iter().filter(|(_, times)| *times == 0).collect();
    assert!(idle.is_empty(), "never asked: {idle:?}");
}

/// Three acceptors, of which two are a quorum: every way in which two ballots can meet.
#[test]
fn three_acceptors_are_safe_in_every_interleaving_of_two_ballots() {
    assert_eq!(whole(&explore(&votes_only(duel(2, 3, &[])))), (1_206_329, 29));
}

/// The bugs that two ballots suffice for, and the length of the shortest way to each.
#[test]
fn bugs_of_two_ballots_are_found_by_a_shortest_path() {
    let all = [
        (Bug::ThirdIsQuorum, "votes-safe", &["learned-is-chosen"][..]),
        (Bug::PromiseIgnored, "promise-monotone", &[]),
        (Bug::OwnValueKept, "votes-safe", &[]),
        (Bug::BallotWithoutNode, "one-value-per-ballot", &[]),
        (Bug::BallotsMixed, "learned-is-chosen", &[]),
        (Bug::PromiseNotPersisted, "durable-before-send", &[]),
        (Bug::VoteNotPersisted, "durable-before-send", &[]),
        (Bug::VotePromisesNothing, "promise-monotone", &[]),
        (Bug::PromisedBallotReported, "durable-before-send", &[]),
    ];
    let lengths = all.map(|(bug, invariant, names)| {
        let found = violation(&except(duel(2, 3, &[bug]), names));
        assert_eq!(found.invariant, invariant, "{bug:?}: {}", found.evidence);
        found.schedule.len()
    });
    assert_eq!(lengths, [4, 8, 12, 10, 14, 2, 6, 6, 9]);
}

/// Two ballots look exhaustive, and are not: of these mistakes they show nothing. It takes a third ballot, as in the
/// golden scripts of the same names.
#[test]
fn two_ballots_are_not_enough_for_three_bugs() {
    let all = [
        (Bug::LowestVoteTaken, &[][..]),
        (Bug::VotePromisesNothing, &["promise-monotone"]),
        (Bug::PromisedBallotReported, &["durable-before-send"]),
    ];
    for (bug, names) in all {
        let report = explore(&except(votes_only(duel(2, 3, &[bug])), names));
        assert_eq!((report.violation, report.ended), (None, Ended::Exhausted), "{bug:?} shows with two ballots");
    }
}

/// n1 and n2 propose, n3 and n4 are the acceptors they need; each prepares between the other's two phases.
fn duelling(ballots: usize) -> Vec<String> {
    let mut lines = vec!["request n1 c1#1 propose d1 10".to_owned(), "request n2 c2#1 propose d1 20".to_owned()];
    let mut say = |line: String| lines.push(line);
    for acceptor in ["n3", "n4"] {
        say(format!("deliver n1->{acceptor} Prepare#1"));
        say(format!("deliver {acceptor}->n1 Promise#1"));
    }
    for ballot in 0..ballots {
        let (this, other) = if ballot % 2 == 0 { ("n1", "n2") } else { ("n2", "n1") };
        let (mine, others) = (ballot / 2 + 1, ballot.div_ceil(2) + 1);
        for acceptor in ["n3", "n4"] {
            say(format!("deliver {other}->{acceptor} Prepare#{others}"));
            say(format!("deliver {this}->{acceptor} Accept#{mine}"));
        }
        // Preempted, it begins the next ballot at once.
        say(format!("deliver n3->{this} Nack#{mine}"));
        for acceptor in ["n3", "n4"] {
            say(format!("deliver {acceptor}->{other} Promise#{others}"));
        }
    }
    lines
}

fn times(summary: &Summary, fact: &str) -> u64 {
    summary.reached.iter().find(|(name, _)| *name == fact).map_or(0, |(_, times)| *times)
}

#[test]
fn a_duel_of_a_thousand_ballots_chooses_nothing() {
    let summary = play::<Paxos>(&script(5, &duelling(1000), &[]), apart(2, 3)).summary;
    assert_eq!(summary.ending, Ending::Completed);
    assert_eq!((times(&summary, "Began"), times(&summary, "Issued")), (1002, 1001));
    assert_eq!((times(&summary, "Accepted"), times(&summary, "Learned"), summary.clients.done), (0, 0, 0));
}

/// One Prepare fewer, and the duel is over: what kept it going was the schedule, not a value that could not be chosen.
#[test]
fn a_duel_ends_when_one_proposer_pauses() {
    let mut lines = duelling(1000);
    lines.extend(["n3", "n4"].map(|acceptor| format!("deliver n1->{acceptor} Accept#501")));
    lines.extend(["n3", "n4"].map(|acceptor| format!("deliver {acceptor}->n1 Accepted#1")));
    let summary = play::<Paxos>(&script(5, &lines, &[]), apart(2, 3)).summary;
    assert_eq!(summary.ending, Ending::Completed);
    assert_eq!((times(&summary, "Accepted"), times(&summary, "Learned"), summary.clients.done), (2, 1, 1));
}

/// A preempted proposer that backs off begins nothing until its timer fires: the same schedule cannot go on.
#[test]
fn a_proposer_that_backs_off_does_not_preempt_at_once() {
    let config = Config { backoff: Config::default().backoff, ..apart(2, 3) };
    let summary = play::<Paxos>(&script(5, &duelling(2), &[]), config).summary;
    assert!(matches!(&summary.ending, Ending::Unplayable(why) if why.contains("Prepare#2")), "{:?}", summary.ending);
}
