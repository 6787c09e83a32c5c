//! Multi-Paxos beyond its scenarios: exhaustive search of three nodes, and the shortest ways to its planted mistakes.
//!
//! What is out of reach of a few seconds, and has a schedule written by hand in `golden/multi-paxos/`: what takes three
//! terms and a request (`first-report-taken`, `stale-acceptances-counted`: millions of worlds), and changes of the
//! members that must be carried through (`change-at-once`, `new-members-not-asked`). Two slots of one leader are
//! 4,061,228 worlds, all of them safe: too many for a test.

use splitbrain::engine::play::{Script, play};
use splitbrain::engine::schedule::parse;
use splitbrain::engine::summary::Ending;
use splitbrain::node::{ClientId, NodeId, Protocol, RequestId};
use splitbrain::parts::membership::Membership;
use splitbrain::protocols::multi_paxos::{Bug, Config, Disk, MultiPaxos, Reads};
use splitbrain::search::explore::{Ended, Report, Search, Violation, explore};
use splitbrain::spec::replicated_log::ReplicatedLog;
use splitbrain::spec::store::{Element, Key, Op};

const K: Key = Key(0);

/// A node is asked, by a client of its own.
fn ask(node: u32, client: u32, op: Op) -> (NodeId, RequestId, Op) {
    (NodeId::new(node - 1), RequestId { client: ClientId::new(client - 1), sequence: 1 }, op)
}

/// A node is asked to write what no other does.
fn put(node: u32, client: u32) -> (NodeId, RequestId, Op) {
    ask(node, client, Op::Put(K, Element(u64::from(client))))
}

fn with(bugs: &[Bug]) -> Config {
    Config { bugs: bugs.to_vec(), ..Config::default() }
}

fn search(config: Config, requests: Vec<(NodeId, RequestId, Op)>) -> Search<MultiPaxos> {
    Search { requests, limit: |_, disk| within(disk, 2, 1), ..Search::new(3, config) }
}

/// n1 owns t1, n2 owns t2 and n3 owns t3: so many terms are followed, and so many slots.
fn within(disk: &Disk, terms: u64, slots: u64) -> bool {
    disk.promised.0 <= terms && disk.last_index().0 <= slots
}

fn whole(report: &Report) -> (usize, u32) {
    assert_eq!(report.violation, None);
    assert_eq!(report.ended, Ended::Exhausted);
    (report.distinct, report.depth)
}

/// What is found is played through the engine, which must come to the same violation.
fn violation(search: &Search<MultiPaxos>) -> Violation {
    let report = explore(search);
    assert_eq!(report.ended, Ended::Violation, "{} worlds", report.distinct);
    let found = report.violation.expect("a search that ends with a violation reports it");
    let lines = found.schedule.iter().map(|line| parse::<ReplicatedLog>(line, search.nodes).expect(line));
    let script = Script {
        nodes: search.nodes,
        immediate: true,
        lines: lines.collect(),
        except: search.except.clone(),
        watched: Vec::new(),
        record: false,
    };
    match play::<MultiPaxos>(&script, search.config.clone()).summary.ending {
        Ending::Violated(played) => assert_eq!(played.invariant, found.invariant),
        other => panic!("the schedule {:#?} ends with {other:?}", found.schedule),
    }
    found
}

/// Nobody asks for anything, and one node crashes: every way in which two candidates can meet, with every loss,
/// repetition and reordering.
#[test]
fn two_candidates_are_safe_in_every_interleaving() {
    let report = explore(&Search { crashes: 1, ..search(with(&[]), vec![]) });
    assert_eq!(whole(&report), (10_564, 17));
}

/// The second of two leaders has something to propose, in the one slot.
#[test]
fn two_leaders_of_one_slot_survive_a_crash() {
    let report = explore(&Search { crashes: 1, ..search(with(&[]), vec![put(2, 2)]) });
    assert_eq!(whole(&report), (515_913, 26));
}

/// The shortest ways to mistakes that two terms and one slot suffice for.
#[test]
fn bugs_of_two_terms_are_found_by_a_shortest_path() {
    let snapshots = |bug| Config { snapshot_every: Some(1), ..with(&[bug]) };
    let quorum = |bug| Config { reads: Reads::Quorum, ..with(&[bug]) };
    let writes = || vec![put(1, 1), put(2, 2)];
    let all = [
        ("leader-completeness", search(with(&[Bug::NothingProposedAgain]), writes())),
        ("leader-completeness", search(snapshots(Bug::CompactedTakenForEmpty), writes())),
        ("replies-match-model", search(quorum(Bug::ReadsLocally), vec![ask(1, 1, Op::Get(K)), put(2, 2)])),
        ("log-matching", Search { crashes: 1, ..search(with(&[Bug::TermUsedAgain]), vec![put(1, 1), put(1, 2)]) }),
    ];
    let lengths = all.map(|(invariant, search)| {
        let found = violation(&search);
        assert_eq!(found.invariant, invariant, "{}", found.evidence);
        found.schedule.len()
    });
    assert_eq!(lengths, [9, 10, 10, 7]);
}

/// Slot 2 overtakes slot 1, and the next leader hears of it alone.
#[test]
fn a_skipped_gap_takes_two_slots() {
    let within = |_: &MultiPaxos, disk: &Disk| within(disk, 2, 2);
    let search = Search { limit: within, ..search(with(&[Bug::GapsSkipped]), vec![put(1, 1), put(1, 2)]) };
    let found = violation(&search);
    assert_eq!((found.invariant.as_str(), found.schedule.len()), ("commit-within-log", 9));
}

/// n1 and n2 decide at first, and n3 wants to alone.
fn changing(bugs: &[Bug], alpha: u32) -> Config {
    let (voters, sets) = (vec![NodeId::new(0), NodeId::new(1)], vec![vec![NodeId::new(2)]]);
    let membership = Some(Membership { every: Config::default().election_timeout, sets, single: false });
    Config { voters: Some(voters), membership, alpha: Some(alpha), ..with(bugs) }
}

/// Elected, it is asked twice.
#[test]
fn a_leader_that_ignores_the_window_is_found_at_once() {
    let within = |_: &MultiPaxos, disk: &Disk| within(disk, 1, 4);
    let requests = vec![put(1, 1), put(1, 2)];
    let found = violation(&Search { limit: within, ..search(changing(&[Bug::WindowIgnored], 1), requests) });
    assert_eq!((found.invariant.as_str(), found.schedule.len()), ("settled-configuration", 5));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |config: Config| MultiPaxos::check_config(&config, 3).expect_err("it makes no sense");
    assert_eq!(refused(Config { alpha: Some(0), ..Config::default() }).0, "alpha");
    assert_eq!(refused(Config { reads: Reads::Quorum, ..changing(&[], 2) }).0, "reads");
    let alone = Config { voters: Some(vec![NodeId::new(0)]), ..Config::default() };
    assert_eq!(refused(Config { reads: Reads::Lease, ..alone }).0, "reads");
    let (key, why) = refused(Config { voters: Some(vec![NodeId::new(3)]), ..Config::default() });
    assert_eq!((key, why.as_str()), ("voters", "there is no n4: nodes are n1 to n3"));
    assert_eq!(MultiPaxos::check_config(&changing(&[], 2), 3), Ok(()));
}
