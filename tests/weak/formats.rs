//! Histories of files and of runs, judged by all models.

use splitbrain::consistency::format::{Format, read};
use splitbrain::consistency::weak::{Bound, Budget, Judgement, Model, Verdict, registers, strongest_of, survey};
use splitbrain::node::Nanos;
use splitbrain::protocols::raft::Raft;
use splitbrain::report::consistency::{json, kind_of_all, lines, table};
use splitbrain::scenario::{Simulation, VerdictKind};
use splitbrain::spec::history::json_line;

fn judged(text: &str, format: Format, known: &[Judgement]) -> (Vec<Judgement>, String) {
    let history = read(text, Some(format)).unwrap();
    let history = registers(&history);
    let judged = survey(history.as_ref().map_err(String::as_str), known, &Budget::default());
    let table = table(&judged).join("\n");
    (judged, table)
}

const CAUSALITY_BROKEN: &str = r#"
{:process 0, :type :invoke, :f :write, :key :x, :value 1, :time 0}
{:process 0, :type :ok, :f :write, :key :x, :value 1, :time 10}
{:process 1, :type :invoke, :f :read, :key :x, :value nil, :time 20}
{:process 1, :type :ok, :f :read, :key :x, :value 1, :time 30}
{:process 1, :type :invoke, :f :write, :key :y, :value 1, :time 40}
{:process 1, :type :ok, :f :write, :key :y, :value 1, :time 50}
{:process 2, :type :invoke, :f :read, :key :y, :value nil, :time 60}
{:process 2, :type :ok, :f :read, :key :y, :value 1, :time 70}
{:process 2, :type :invoke, :f :read, :key :x, :value nil, :time 80}
{:process 2, :type :ok, :f :read, :key :x, :value nil, :time 90}
"#;

#[test]
fn a_file_of_edn_gets_a_table() {
    let (judged, table) = judged(CAUSALITY_BROKEN, Format::Edn, &[]);
    let staleness = [Bound::Time(Nanos(70)), Bound::Versions(1)].map(Model::BoundedStaleness);
    assert_eq!(strongest_of(&judged), [Model::Pram, staleness[0], staleness[1]], "{table}");
    assert!(table.contains("\ncausal                  violated   WriteCOInitRead, lines 2, 4, 6, 8, 10\n"), "{table}");
    assert!(table.ends_with("\nstrongest: pram, bounded-staleness=70ns, bounded-staleness=1"), "{table}");
    assert_eq!(kind_of_all(&judged), VerdictKind::Pass);
    let causal = judged.iter().find(|judgement| judgement.model == Model::Causal).unwrap();
    let told = lines(causal.model, &causal.verdict);
    assert_eq!(told[..2], ["causal: violated: WriteCOInitRead", "  process 0 wrote 1 to x (line 2)"]);
    assert_eq!(json(causal)["lines"], serde_json::json!([2, 4, 6, 8, 10]));
}

/// What reads and writes at once is judged by none of these models, but may follow from linearizability.
#[test]
fn a_history_with_compare_and_set_is_undecided_until_more_is_known() {
    let log = "INFO  jepsen.util - 0\t:invoke\t:write\t1\nINFO  jepsen.util - 0\t:ok\t:write\t1\n\
               INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]\nINFO  jepsen.util - 1\t:ok\t:cas\t[1 2]\n";
    let (alone, table) = judged(log, Format::JepsenLog, &[]);
    assert!(alone.iter().all(|judgement| matches!(judgement.verdict, Verdict::Undecided(_))), "{table}");
    assert!(table.contains("`cas` on line 3 is neither a read nor a write"), "{table}");
    assert!(table.contains("strongest: none"), "{table}");
    assert_eq!(kind_of_all(&alone), VerdictKind::Undecided);
    let known = [Judgement { model: Model::Linearizable, verdict: Verdict::Holds, follows_from: None }];
    let (helped, table) = judged(log, Format::JepsenLog, &known);
    assert!(helped.iter().all(|judgement| judgement.verdict == Verdict::Holds), "{table}");
    assert!(table.contains("causal               holds      since linearizable does"), "{table}");
}

/// A string and a keyword are two keys, though people call them by one name.
#[test]
fn keys_of_one_name_are_not_taken_for_one() {
    let text = "{:process 0, :type :invoke, :f :write, :key :x, :value 1}\n\
                {:process 0, :type :ok, :f :write, :key :x, :value 1}\n\
                {:process 0, :type :invoke, :f :read, :key \"x\", :value nil}\n\
                {:process 0, :type :ok, :f :read, :key \"x\", :value nil}\n";
    let (_, table) = judged(text, Format::Edn, &[]);
    assert!(table.contains("two keys are called x, one of them on line 3"), "{table}");
    assert!(!table.contains("violated"), "{table}");
}

/// What clients of Raft saw while its leaders crashed has every model: it is linearizable.
#[test]
fn a_run_of_raft_has_every_model() {
    let text = r#"{
            "about": "Leaders crash while clients read and write",
            "protocol": "raft",
            "nodes": 3,
            "network": { "latency": { "uniform": ["1ms", "10ms"] }, "loss": 0.01 },
            "faults": [ { "crash": { "every": ["1s", "2s"], "target": "leader", "for": "500ms" } } ],
            "workload": { "clients": 5, "operations": 1000, "keys": 4, "mix": { "put": 1, "get": 1 } },
            "run": { "for": "10s" }
        }"#;
    for seed in 0..3 {
        let run = Simulation::<Raft>::from_text(text).unwrap().seed(seed).run();
        assert_eq!(run.verdict.kind, VerdictKind::Pass, "{:?}", run.verdict.reasons);
        let lines: Vec<String> =
            run.history.iter().map(json_line::<<Raft as splitbrain::node::Node>::Family>).collect();
        let (judged, table) = judged(&lines.join("\n"), Format::JsonLines, &[]);
        for judgement in &judged {
            let is_vacuous =
                matches!((judgement.model, &judgement.verdict), (Model::Eventual(_), Verdict::Undecided(_)));
            assert!(judgement.verdict == Verdict::Holds || is_vacuous, "seed {seed}: {table}");
        }
    }
}
