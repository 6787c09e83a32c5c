//! A node made of nodes: two Raft groups on the same servers, each held to the invariants by itself.

use crate::models::sharded::{Crossed, Disk, Of, OneScope, Right, Sharded, Wrapping};
use crate::violation;
use splitbrain::engine::play::{Script, play};
use splitbrain::engine::record::{Recording, What};
use splitbrain::engine::schedule::{of_recording, parse};
use splitbrain::engine::summary::Ending;
use splitbrain::engine::world::Outcome;
use splitbrain::node::Outcome as Answer;
use splitbrain::node::{
    Choices, ClientId, Context, Effect, Hosts, Nanos, Node, NodeId, RequestId, Stable, Surroundings,
};
use splitbrain::protocols::raft::{Bug, Change, Config, Message, Raft, Timer};
use splitbrain::scenario::Simulation;
use splitbrain::spec::history::Stage;
use splitbrain::spec::replicated_log::{Index, LogFact, Term};
use splitbrain::spec::store::Reply;

/// Crashes, between steps and inside them, partitions, loss and duplicates, over six seconds.
fn scenario(sync: &str) -> String {
    r#"{
      "about": "Two Raft groups on three servers, under crashes and partitions",
      "protocol": "sharded",
      "nodes": 3,
      "network": { "latency": { "uniform": ["1ms", "10ms"] }, "loss": 0.01, "duplication": 0.01 },
      "disk": { "sync": "SYNC" },
      "faults": [
        { "crash": { "every": ["300ms", "900ms"], "target": "random", "for": ["50ms", "400ms"] } },
        { "crash": { "every": ["300ms", "900ms"], "target": "random", "for": ["50ms", "400ms"],
                     "inside": { "after-effects": [1, 12] } } },
        { "partition": { "every": ["500ms", "2s"], "shape": "majority-minority", "for": ["100ms", "600ms"] } }
      ],
      "workload": { "clients": 3, "operations": 120, "keys": 3 },
      "run": { "for": "6s" }
    }"#
    .replace("SYNC", sync)
}

fn lines(recording: Option<&Recording>) -> impl Iterator<Item = (Option<NodeId>, &What)> {
    recording.expect("a record was asked for").lines.iter().map(|line| (line.node, &line.what))
}

/// The facts of a run as text, with the nodes they left.
fn facts(recording: Option<&Recording>) -> Vec<(NodeId, &str)> {
    let told = lines(recording).filter_map(|(node, what)| match what {
        What::Fact { fact } => Some((node.expect("a fact leaves a node"), fact.as_str())),
        _ => None,
    });
    told.collect()
}

fn all_seeds_complete(sync: &str) {
    let simulation = Simulation::<Sharded>::from_text(&scenario(sync)).expect("a scenario");
    let mut lost = 0;
    for seed in 0..50 {
        let run = simulation.run_from(seed, true);
        assert_eq!(run.summary.ending, Ending::Completed, "seed {seed}");
        lost += run.summary.records_lost.unsynced;
        assert!(run.summary.faults.iter().all(|fault| fault.effective > 0), "seed {seed}: {:?}", run.summary.faults);
        for scope in 0..2 {
            let seen = facts(run.recording.as_ref());
            for kind in ["Elected", "TermAdopted", "Voted", "Appended", "Committed", "Applied"] {
                let start = format!("g{}:{kind}", scope + 1);
                assert!(seen.iter().any(|(_, fact)| fact.starts_with(&start)), "seed {seed}: no {start}");
            }
            let done = |stage: &Stage<_>| matches!(stage, Stage::Ok(_));
            assert!(run.history.iter().any(|event| event.op.scope == scope && done(&event.stage)), "seed {seed}");
        }
        assert_eq!(run.summary.digest, simulation.run_from(seed, false).summary.digest, "seed {seed}");
    }
    assert_eq!(lost > 0, sync != "0s", "{lost} records were lost");
}

#[test]
fn two_groups_complete_under_faults_on_an_immediate_disk() {
    all_seeds_complete("0s");
}

#[test]
fn two_groups_complete_under_faults_on_a_disk_that_takes_its_time() {
    all_seeds_complete("3ms");
}

/// A part's messages, timers and records have names in a schedule, and syncs and crashes inside a step their places.
#[test]
fn a_recorded_run_of_parts_can_be_played_again() {
    for (seed, sync) in [(1, "0s"), (2, "3ms"), (3, "3ms")] {
        let simulation = Simulation::<Sharded>::from_text(&scenario(sync)).expect("a scenario");
        let run = simulation.run_from(seed, true);
        let lines = of_recording(run.recording.as_ref().expect("a record"), 3);
        let played = steps::<Right>(sync == "0s", &lines, Config::default(), &[]);
        assert_eq!(played.summary.ending, Ending::Completed, "seed {seed}");
        assert_eq!(played.summary.digest, run.summary.digest, "seed {seed}");
    }
}

/// Plays a schedule on three servers.
fn steps<W: Wrapping>(
    immediate: bool,
    lines: &[impl AsRef<str>],
    config: Config,
    except: &[&str],
) -> Outcome<Sharded<W>> {
    let parsed = lines.iter().map(|line| parse::<<Sharded as Node>::Family>(line.as_ref(), 3));
    let script = Script {
        nodes: 3,
        immediate,
        lines: parsed.collect::<Result<_, _>>().expect("a schedule"),
        except: except.iter().map(|name| (*name).to_owned()).collect(),
        watched: Vec::new(),
        record: true,
    };
    play(&script, config)
}

/// The first node becomes the leader of the first group, and the second node that of the second, in the same term.
const TWO_LEADERS: [&str; 6] = [
    "fire n1 g1_election",
    "deliver n1->n3 g1_RequestVote#1",
    "deliver n3->n1 g1_Vote#1",
    "fire n2 g2_election",
    "deliver n2->n3 g2_RequestVote#1",
    "deliver n3->n2 g2_Vote#1",
];

#[test]
fn each_group_has_a_leader_of_its_own_in_one_term() {
    let run = steps::<Right>(true, &TWO_LEADERS, Config::default(), &[]);
    assert_eq!(run.summary.ending, Ending::Completed);
    let elected = facts(run.recording.as_ref()).into_iter().filter(|(_, fact)| fact.contains("Elected"));
    assert_eq!(
        elected.collect::<Vec<_>>(),
        [(NodeId::new(0), "g1:Elected { term: t1 }"), (NodeId::new(1), "g2:Elected { term: t1 }"),]
    );
    let views = lines(run.recording.as_ref()).filter_map(|(_, what)| match what {
        What::Changed { after, .. } => Some(after.as_str()),
        _ => None,
    });
    assert_eq!(views.last(), Some("g1 follower t0; g2 leader t1"));
}

/// It is the scope that keeps them apart: without it they are two leaders of one term.
#[test]
fn a_host_that_forgets_the_scope_is_accused() {
    let except = ["one-vote-per-term", "term-monotone"];
    let run = steps::<OneScope>(true, &TWO_LEADERS, Config::default(), &except);
    assert_eq!(violation(&run), Some(("election-safety", "in g1: two leaders in t1: n1 and n2")));
}

/// The part reads what the host's storage holds for it, but a message is held against what the records come to.
#[test]
fn a_host_that_mixes_up_storage_is_accused_as_it_sends() {
    let run = steps::<Crossed>(true, &TWO_LEADERS[..1], Config::default(), &[]);
    let (invariant, evidence) = violation(&run).expect("an accusation");
    assert_eq!(invariant, "durable-before-send");
    let expected = "n1 sends g1_RequestVote { term: t1, last_index: i0, last_term: t0 } to n2, \
                    but its term is not the one on its disk";
    assert_eq!(evidence, expected);
}

/// The third node votes for the first, forgets it, and votes for the second, in the second group alone.
#[test]
fn a_bug_in_a_part_is_found() {
    let config = || Config { bugs: vec![Bug::VoteNotPersisted], ..Config::default() };
    let schedule = [
        "fire n1 g2_election",
        "deliver n1->n3 g2_RequestVote#1",
        "deliver n3->n1 g2_Vote#1",
        "crash n3",
        "restart n3",
        "fire n2 g2_election",
        "deliver n2->n3 g2_RequestVote#1",
        "deliver n3->n2 g2_Vote#1",
    ];
    let run = steps::<Right>(true, &schedule, config(), &[]);
    let expected = "n3 sends g2_Vote { term: t1, granted: true } to n1, but the vote is not on its disk";
    assert_eq!(violation(&run), Some(("durable-before-send", expected)));
    let run = steps::<Right>(true, &schedule, config(), &["durable-before-send"]);
    assert_eq!(violation(&run), Some(("election-safety", "in g2: two leaders in t1: n1 and n2")));
    let correct = steps::<Right>(true, &schedule, Config::default(), &[]);
    assert_eq!(violation(&correct), None);
    // By seed, it is found as soon as anybody votes.
    let simulation = Simulation::<Sharded>::from_text(&scenario("3ms")).expect("a scenario").with_config(config());
    for seed in 0..5 {
        let Ending::Violated(found) = simulation.run_from(seed, false).summary.ending else { panic!("seed {seed}") };
        assert_eq!(found.invariant, "durable-before-send", "seed {seed}");
    }
}

/// What was committed before all servers crashed is read after they have started again, from either group.
#[test]
fn both_parts_find_their_own_logs_after_a_restart() {
    let replicate = |group: u32, leader: u32, follower: u32, k: u32| {
        [
            format!("deliver n{leader}->n{follower} g{group}_AppendEntries#{k}"),
            format!("deliver n{follower}->n{leader} g{group}_AppendResponse#{k}"),
        ]
    };
    let mut schedule: Vec<String> = TWO_LEADERS.iter().map(|line| (*line).to_owned()).collect();
    let say = |schedule: &mut Vec<String>, lines: &[&str]| schedule.extend(lines.iter().map(|l| (*l).to_owned()));
    schedule.extend([replicate(1, 1, 3, 1), replicate(2, 2, 3, 1)].concat());
    say(&mut schedule, &["request n1 c1#1 g1 put k1 5", "request n2 c2#1 g2 put k1 6"]);
    schedule.extend([replicate(1, 1, 3, 2), replicate(2, 2, 3, 2)].concat());
    say(&mut schedule, &["crash n1", "crash n2", "crash n3", "restart n1", "restart n2", "restart n3"]);
    say(&mut schedule, &["fire n3 g1_election", "deliver n3->n1 g1_RequestVote#1", "deliver n1->n3 g1_Vote#1"]);
    say(&mut schedule, &["fire n3 g2_election", "deliver n3->n2 g2_RequestVote#1", "deliver n2->n3 g2_Vote#1"]);
    schedule.extend([replicate(1, 3, 1, 1), replicate(2, 3, 2, 1)].concat());
    say(&mut schedule, &["request n3 c1#2 g1 get k1", "request n3 c2#2 g2 get k1"]);
    schedule.extend([replicate(1, 3, 1, 2), replicate(2, 3, 2, 2)].concat());
    let run = steps::<Right>(true, &schedule, Config::default(), &[]);
    assert_eq!(run.summary.ending, Ending::Completed);
    let done = run.history.iter().filter_map(|event| match &event.stage {
        Stage::Ok(reply) => Some(format!("{} {}: {reply}", event.request, event.op)),
        Stage::Invoke | Stage::Fail | Stage::Info => None,
    });
    let expected = [
        "c1#1 g1 put k1 5: g1 written",
        "c2#1 g2 put k1 6: g2 written",
        "c1#2 g1 get k1: g1 [5]",
        "c2#2 g2 get k1: g2 [6]",
    ];
    assert_eq!(done.collect::<Vec<_>>(), expected);
}

/// Lends a context to a part of a host outside of any engine.
struct Bench {
    disk: Disk,
    choices: Choices,
    effects: Vec<Effect<Sharded>>,
    config: Config,
}

impl Bench {
    fn step<T>(&mut self, step: impl FnOnce(&mut Context<Sharded>) -> T) -> T {
        step(&mut Context::new(Surroundings {
            now_read: &std::cell::Cell::new(false),
            id: NodeId::new(0),
            nodes: 3,
            now: Nanos::ZERO,
            config: &self.config,
            stable: &mut self.disk,
            choices: &mut self.choices,
            effects: &mut self.effects,
            note_choices: true,
            behind: None,
        }))
    }
}

/// The node reads its part's storage, a restart folds the host's records: they must come to the same.
#[test]
fn the_hosts_records_fold_to_the_parts_storage() {
    let (disk, choices, effects) = (Disk::default(), Choices::scripted([]), Vec::new());
    let mut bench = Bench { disk, choices, effects, config: Config::default() };
    let mut parts = bench.step(|cx| [0, 1].map(|group| cx.lend(group, Raft::start).0));
    for group in [1, 0, 1] {
        let part = &mut parts[group as usize];
        bench.step(|cx| cx.lend(group, |cx| part.on_timer(Timer::Election, cx)));
    }
    assert_eq!(bench.disk.groups.each_ref().map(|disk| disk.term.0), [1, 2]);
    let mut folded = Disk::default();
    for effect in bench.effects {
        if let Effect::Write { record, barrier } = effect {
            assert!(barrier, "{record:?} was lent as a lazy write");
            folded.apply(record);
        }
    }
    assert_eq!(folded, bench.disk);
}

/// A part's lazy write stays lazy, its choice is the host's, its timers and messages carry the key, and its answers
/// come back in order.
#[test]
fn what_a_part_asks_for_comes_out_wrapped_and_in_order() {
    let (disk, choices, effects) = (Disk::default(), Choices::scripted([4]), Vec::new());
    let mut bench = Bench { disk, choices, effects, config: Config::default() };
    let request = |sequence| RequestId { client: ClientId::new(0), sequence };
    let (chosen, answers) = bench.step(|cx| {
        cx.lend::<Raft, _>(1, |cx| {
            cx.write_lazy(Change::Term(Term(3)));
            cx.reply(request(1), Answer::Done(Reply::Written));
            cx.send(NodeId::new(2), Message::Vote { term: cx.stable().term, granted: false });
            let chosen = cx.choose(5);
            cx.fact(LogFact::Truncated { last: Index(0) });
            cx.set_timer(Timer::Heartbeat, cx.config().heartbeat);
            cx.cancel_timer(Timer::Election);
            cx.reply(request(2), Answer::Redirect(NodeId::new(1)));
            chosen
        })
    });
    assert_eq!(chosen, 4);
    assert_eq!(answers, [(request(1), Answer::Done(Reply::Written)), (request(2), Answer::Redirect(NodeId::new(1)))]);
    let shown = bench.effects.iter().map(|effect| match effect {
        Effect::Write { record, barrier } => format!("write {record:?} {barrier}"),
        Effect::Send { to, message } => format!("send {to} {message:?}"),
        Effect::Fact(fact) => format!("fact {fact:?}"),
        Effect::SetTimer { timer, after } => format!("set {timer:?} {}", after.max),
        Effect::CancelTimer { timer } => format!("cancel {timer:?}"),
        Effect::Chose { answer } => format!("chose {answer}"),
        Effect::Reply { .. } => unreachable!("a part's answers are the host's to give"),
    });
    let expected = [
        "write g2_Term(t3) false",
        "send n3 g2_Vote { term: t3, granted: false }",
        "chose 4",
        "fact g2:Truncated { last: i0 }",
        "set g2_Heartbeat 50ms",
        "cancel g2_Election",
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    assert_eq!(
        <Sharded as Hosts<Raft>>::record(1, Change::Term(Term(3))),
        Of { group: 1, inner: Change::Term(Term(3)) }
    );
}
