//! The run is a pure function of (scenario, seed, version), and the digest sees all of it.

mod common;

use common::{load, scenario_files};
use splitbrain::engine::record::{Recording, What};
use splitbrain::engine::schedule;
use splitbrain::node::{
    Context, Delays, Fact, Nanos, Node, NodeId, Outcome, PlantedBug, Presupposes, Protocol, Record, RequestId, Stable,
    Unbacked,
};
use splitbrain::registry::{built_in, find};
use splitbrain::scenario::{Scenario, Simulation};
use splitbrain::spec::echo::{Echo, EchoFact};
use std::collections::BTreeMap;
use std::path::Path;

const SEEDS: [u64; 2] = [42, 0xDEAD_BEEF];

/// `tests/digests.txt`: scenario, seed, digest. `UPDATE_DIGESTS=1` writes it anew; a commit that does says why.
#[test]
fn digests_are_as_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/digests.txt");
    let entries = built_in();
    let mut table = String::from("# scenario, seed, digest: see tests/determinism.rs\n");
    for file in scenario_files() {
        let (scenario, ready) = load(&entries, &file);
        for seed in SEEDS {
            table += &format!("{} {seed} {}\n", scenario.id, ready.run(seed, false).summary.digest);
        }
    }
    if std::env::var_os("UPDATE_DIGESTS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap();
    for (now, before) in table.lines().zip(recorded.lines()) {
        assert_eq!(now, before, "a digest moved (UPDATE_DIGESTS=1 writes them anew)");
    }
    assert_eq!(table.lines().count(), recorded.lines().count(), "scenarios were added or removed");
}

#[test]
fn a_run_is_the_same_twice_and_recorded_or_not() {
    let entries = built_in();
    for file in scenario_files() {
        let (scenario, ready) = load(&entries, &file);
        let (first, second, recorded) = (ready.run(7, false), ready.run(7, false), ready.run(7, true));
        assert_eq!(first.summary.digest, second.summary.digest, "{}", scenario.id);
        assert_eq!(first.summary.digest, recorded.summary.digest, "{}: recording changes the run", scenario.id);
        assert_eq!(format!("{:?}", first.summary), format!("{:?}", second.summary), "{}", scenario.id);
        let other = ready.run(8, false);
        assert_ne!(first.summary.digest, other.summary.digest, "{}: the seed changes nothing", scenario.id);
    }
}

/// A recorded run, played as a schedule, is the same run: faults, crashes inside steps, syncs and all.
#[test]
fn a_recorded_run_can_be_played() {
    let entries = built_in();
    for file in scenario_files() {
        let (scenario, ready) = load(&entries, &file);
        for seed in 1..4 {
            let finished = ready.run(seed, true);
            let mut played = scenario.clone();
            let lines = schedule::of_recording(&finished.recording.unwrap(), scenario.file.nodes);
            played.file = ready.scenario().file.clone().played(lines);
            let played = find(&entries, &played).unwrap().load(played.clone()).unwrap().run(0, false);
            assert_eq!(finished.summary.digest, played.summary.digest, "{} seed {seed}", scenario.id);
        }
    }
}

/// How long each message on a directed link took, by its place on the link; none for one that did not arrive.
fn latencies(recording: &Recording, from: NodeId, to: NodeId) -> Vec<Option<Nanos>> {
    let mut sent = BTreeMap::new();
    let mut order = Vec::new();
    let mut took = BTreeMap::new();
    for line in &recording.lines {
        match &line.what {
            What::Sent { to: receiver, name, .. } if line.node == Some(from) && *receiver == to => {
                sent.insert(name.clone(), line.time);
                order.push(name.clone());
            }
            What::Delivered { from: sender, name, .. } if line.node == Some(to) && *sender == from => {
                // The first copy, where there are two.
                took.entry(name.clone()).or_insert(line.time - sent[name]);
            }
            _ => {}
        }
    }
    order.iter().map(|name| took.get(name).copied()).collect()
}

/// Another node, another fault, another client: the messages of a link meet the fates that they met.
#[test]
fn streams_do_not_shift_each_other() {
    let entries = built_in();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/raft/happy-path.json");
    let of = |changes: &[&str]| {
        let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
        let scenario = Scenario::read(&path, &changes).unwrap();
        let ready = find(&entries, &scenario).unwrap().load(scenario.clone()).unwrap();
        let mut links = Vec::new();
        for seed in 0..6 {
            let recording = ready.run(seed, true).recording.unwrap();
            for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
                links.push(latencies(&recording, NodeId::new(from), NodeId::new(to)));
            }
        }
        links
    };
    let plain = of(&[]);
    let fault = r#"faults=[{"crash":{"at":"4s","target":"n2","for":"1s"}}]"#;
    let changes = [
        &["nodes=5"][..],
        &["workload.clients=7"],
        &[fault],
        &["network.loss=0.1"],
        &["network.corruption=0.1"],
        &[r#"network.replay={"chance":0.2,"after":"100ms"}"#],
        &["disk.sync=3ms"],
        &["plan=rejoin-storm"],
    ];
    for changes in changes {
        let mut compared = 0;
        for (plain, changed) in plain.iter().zip(of(changes)) {
            for (plain, changed) in plain.iter().zip(&changed) {
                if let (Some(plain), Some(changed)) = (plain, changed) {
                    assert_eq!(plain, changed, "{changes:?}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 100, "{changes:?}: only {compared} messages to compare");
    }
}

/// What each client asked for, in order: the kind of each operation and its key. (An element is numbered as it is
/// drawn, by whichever client comes first, and what compare-and-set expects is what was seen.)
fn asked(recording: &Recording) -> BTreeMap<String, Vec<String>> {
    let mut asked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in &recording.lines {
        if let What::Client { text } = &line.what
            && let Some((client, rest)) = text.split_once(" begins ")
            && let Some((_, op)) = rest.split_once(": ")
        {
            asked.entry(client.to_owned()).or_default().push(op.split(' ').take(2).collect::<Vec<_>>().join(" "));
        }
    }
    asked
}

/// One body, two protocols of a family: each client asks for the same from its first operation to its last, however
/// often it must ask, and the k-th message of a link meets the same fate, lost or late by the same, whatever it says.
#[test]
fn two_protocols_run_one_body_under_the_same_fates() {
    let entries = built_in();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/raft/happy-path.json");
    let runs = |protocol: &str, seed| {
        let changes = [format!("protocol={protocol}"), "network.loss=0.1".to_owned(), "config.batch=8".to_owned()];
        let scenario = Scenario::read(&path, &changes).unwrap();
        let finished = find(&entries, &scenario).unwrap().load(scenario.clone()).unwrap().run(seed, true);
        assert!(finished.shows_no_violation(), "{protocol} seed {seed}: {:?}", finished.verdict);
        finished
    };
    let (mut compared, mut lost, mut wanted, mut retries) = (0, 0, 0, 0);
    for seed in 0..6 {
        let (raft, paxos) = (runs("raft", seed), runs("multi-paxos", seed));
        retries += raft.summary.clients.retries.min(paxos.summary.clients.retries);
        let (raft, paxos) = (raft.recording.unwrap(), paxos.recording.unwrap());
        let (of_raft, of_paxos) = (asked(&raft), asked(&paxos));
        assert_eq!(of_raft.len(), 4, "each of four clients begins with something");
        assert!(of_raft.keys().eq(of_paxos.keys()));
        // How many operations a client gets done before all are spent depends on how soon it is served.
        for (client, (one, other)) in of_raft.keys().zip(of_raft.values().zip(of_paxos.values())) {
            let both = one.len().min(other.len());
            assert_eq!(one[..both], other[..both], "{client}, seed {seed}");
            wanted += both;
        }
        for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            let (from, to) = (NodeId::new(from), NodeId::new(to));
            // The last messages of a run may still be on their way.
            let both = latencies(&raft, from, to).into_iter().zip(latencies(&paxos, from, to));
            for (k, (one, other)) in both.take(40).enumerate() {
                assert_eq!(one, other, "message {} from {from} to {to}, seed {seed}", k + 1);
                compared += 1;
                lost += u32::from(one.is_none());
            }
        }
    }
    assert!(compared > 500 && lost > 20, "only {compared} messages to compare, {lost} of them lost");
    assert!(wanted > 200 && retries > 20, "only {wanted} operations to compare, {retries} retries");
}

/// A node that writes, tells, sends and answers what its configuration says.
#[derive(Clone)]
struct Parrot;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct Words {
    record: u64,
    fact: u64,
    message: Vec<u8>,
    reply: u64,
    /// How often it chooses, to no purpose, before it speaks.
    draws: u64,
}

impl Default for Words {
    fn default() -> Self {
        Words { record: 1, fact: 1, message: vec![0; 64], reply: 1, draws: 0 }
    }
}

#[derive(Clone, Default)]
struct Book(u64);
impl Stable for Book {
    type Record = u64;
    fn apply(&mut self, record: u64) {
        self.0 = record;
    }
}

#[derive(serde::Serialize)]
struct Silent;
impl std::fmt::Display for Silent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("silent")
    }
}

impl Node for Parrot {
    type Family = Echo;
    type Config = Words;
    type Stable = Book;
    type Message = Vec<u8>;
    type Timer = ();
    type View = Silent;

    fn start(_: &mut Context<Self>) -> Self {
        Parrot
    }
    fn on_message(&mut self, _: NodeId, _: Vec<u8>, _: &mut Context<Self>) {}
    fn on_timer(&mut self, (): (), _: &mut Context<Self>) {}
    fn on_request(&mut self, request: RequestId, word: u64, cx: &mut Context<Self>) {
        for _ in 0..cx.config().draws {
            cx.choose(6);
        }
        cx.write(cx.config().record);
        cx.fact(EchoFact::Asked { request, word: cx.config().fact });
        cx.broadcast(cx.config().message.clone());
        let word = if cx.config().reply == 1 { word } else { cx.config().reply };
        cx.reply(request, Outcome::Done(word));
    }
    fn view(&self, _: &Book) -> Silent {
        Silent
    }
    fn facts_of(_: &Record<Self>, _: &mut impl FnMut(Fact<Self>)) {}
    fn backed(_: &Vec<u8>, _: NodeId, _: NodeId, _: &Book) -> Result<Presupposes<EchoFact>, Unbacked> {
        Ok(Presupposes::Nothing)
    }
}

impl Protocol for Parrot {
    const ABOUT: &'static str = "says what it is told to";
    const SOURCE: &'static str = "this test";
    const BUGS: &'static [PlantedBug] = &[];
    fn check_config(_: &Words, _: u32) -> Result<(), (&'static str, String)> {
        Ok(())
    }
    fn pace(_: &Words) -> Nanos {
        Nanos::from_millis(100)
    }
    fn liveness_bound(_: &Words, _: u32, _: &Delays) -> Nanos {
        Nanos::from_secs(10)
    }
}

/// A node that draws more often than before meets the same network.
#[test]
fn a_draw_more_shifts_no_other_stream() {
    let text = r#"{ "about": "a parrot", "protocol": "parrot", "nodes": 2, "network": { "loss": 0.2 },
        "workload": { "clients": 1, "operations": 200 }, "run": { "for": "10s" },
        "expect": { "except": ["faithful-echo"] } }"#;
    let of = |draws| {
        let simulation = Simulation::<Parrot>::from_text(text).unwrap().record();
        let run = simulation.with_config(Words { draws, ..Words::default() }).run();
        let recording = run.recording.unwrap();
        let chosen = recording.lines.iter().filter(|line| matches!(line.what, What::Chose { .. })).count();
        (chosen, latencies(&recording, NodeId::new(0), NodeId::new(1)))
    };
    let ((none, plain), (many, drawn)) = (of(0), of(7));
    assert!(none == 0 && many >= 7 * 50, "{none} and {many} choices");
    assert!(plain.len() > 20 && plain == drawn, "{} messages", plain.len());
}

/// One byte of a payload, one record, one fact, one answer: each changes the digest. So it sees them all.
#[test]
fn any_change_of_content_changes_the_digest() {
    let scenario = |network: &str| {
        let text = format!(
            r#"{{ "about": "a parrot", "protocol": "parrot", "nodes": 2, "network": {network},
                  "workload": {{ "clients": 1, "operations": 1 }}, "run": {{ "for": "1s" }},
                  "expect": {{ "except": ["faithful-echo"] }} }}"#
        );
        Simulation::<Parrot>::from_text(&text).unwrap()
    };
    // Even a message that is lost counts, for it was sent.
    for network in [r#"{ "latency": { "constant": "1ms" } }"#, r#"{ "latency": { "constant": "1ms" }, "loss": 0.2 }"#] {
        let digest = |words: Words| scenario(network).with_config(words).run().summary.digest;
        let plain = digest(Words::default());
        assert_eq!(plain, digest(Words::default()));
        let mut bytes = vec![0; 64];
        bytes[63] = 1;
        for (what, words) in [
            ("a byte of a message", Words { message: bytes, ..Words::default() }),
            ("a record", Words { record: 2, ..Words::default() }),
            ("a fact", Words { fact: 2, ..Words::default() }),
            ("an answer", Words { reply: 2, ..Words::default() }),
        ] {
            assert_ne!(plain, digest(words), "{what} was changed, and the digest was not");
        }
    }
}
