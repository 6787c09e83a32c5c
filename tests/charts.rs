//! Experiments: every file is read, charts are the same bytes twice, and what a chart states is so. The numbers are
//! measured by runs and the laws computed from places alone: a wrong law must fail here.

use splitbrain::experiment::{
    Experiment, ExperimentFile, Finding, Kept, Law, Measured, Promise, Sample, drawn, judge, measure,
};
use splitbrain::registry::built_in;
use splitbrain::report::chart::{Files, of_measured, of_run};
use splitbrain::scenario::{SeedRange, Strict};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/charts/{name}.json"))
}

/// An experiment with fewer seeds, and changed by `change`.
fn experiment(name: &str, seeds: &str, change: impl FnOnce(&mut ExperimentFile)) -> Experiment {
    let mut strict: Strict<ExperimentFile> = Strict::read(&path(name)).unwrap_or_else(|error| panic!("{error}"));
    change(&mut strict.file);
    let seeds: SeedRange = seeds.parse().unwrap();
    Experiment::of(&built_in(), strict, Some(seeds)).unwrap_or_else(|error| panic!("{error}"))
}

fn measured(experiment: &Experiment) -> Measured {
    measure(experiment, &mut Kept::nowhere(), 2, &AtomicBool::new(false), |_, _| ()).expect("it is measured")
}

fn findings(experiment: &Experiment) -> Vec<Finding> {
    judge(experiment, &drawn(experiment, &measured(experiment)))
}

fn files(experiment: &Experiment) -> Files {
    let measured = measured(experiment);
    of_measured(experiment, &measured, &drawn(experiment, &measured)).expect("it is drawn")
}

#[test]
fn every_experiment_is_in_order() {
    let mut count = 0;
    for entry in std::fs::read_dir(path("x").parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let found = Experiment::read(&built_in(), &path, None);
        let experiment = found.unwrap_or_else(|error| panic!("{error}"));
        assert!(experiment.file.question.ends_with('?'), "{}: a title asks a question", experiment.id);
        assert!(experiment.file.about.len() > 60 && experiment.file.source.len() > 15, "{}", experiment.id);
        assert!(!experiment.points.is_empty(), "{}", experiment.id);
        count += 1;
    }
    assert_eq!(count, 16, "an experiment is missing, or new: tell its statement in a test");
}

#[test]
fn the_schema_accepts_every_experiment_and_refuses_what_is_refused() {
    let protocols: Vec<_> = built_in().iter().map(|entry| (entry.name, (entry.config_schema)())).collect();
    let schema = splitbrain::experiment::schema(splitbrain::scenario::schema::of_scenarios(&protocols));
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    for entry in std::fs::read_dir(path("x").parent().unwrap()).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", value["question"]);
        for key in ["metric", "scenario", "seeds"] {
            let mut less = value.clone();
            less.as_object_mut().unwrap().remove(key);
            assert!(!validator.is_valid(&less), "{}: {key} is not missed", value["question"]);
        }
        let mut odd = value.clone();
        odd["scenario"]["netwrok"] = serde_json::json!({});
        assert!(!validator.is_valid(&odd), "the scenario in it is not looked at");
    }
}

#[test]
fn a_chart_is_the_same_bytes_twice() {
    let one = experiment("tolerated-crashes", "0..2", |_| ());
    let (first, second) = (files(&one), files(&one));
    assert!(first == second, "the bytes differ");
    assert!(first.png.starts_with(b"\x89PNG") && first.svg.contains("How many crashed nodes"));
    assert!(first.csv.starts_with("kind,name,x,y,samples,value,low,high\nmeasured,Raft,1,"), "{}", first.csv);
    let other = files(&experiment("tolerated-crashes", "0..2", |file| file.question = "How many then?".to_owned()));
    assert!(other.svg != first.svg && other.png != first.png, "another title draws the same");
    assert_eq!(other.csv, first.csv);
}

#[test]
fn a_timeline_shows_what_is_at_fault_and_who_leads() {
    let one = experiment("leader-crash-timeline", "42..43", |_| ());
    let files = of_run(&one, &one.points[0].ready.measure(42, true)).unwrap();
    let rows = |kind: &str| files.csv.lines().filter(|line| line.starts_with(kind)).count();
    assert_eq!((rows("interval"), rows("fault"), rows("elected")), (100, 2, 3), "{}", files.csv);
    assert!(files.svg.contains("elected") && files.svg.contains("simulated time"));
}

#[test]
fn the_cliff_is_at_the_majority_and_a_wrong_law_fails() {
    let kept = |findings: &[Finding]| findings.iter().map(|finding| finding.kept).collect::<Vec<_>>();
    let right = findings(&experiment("tolerated-crashes", "0..3", |_| ()));
    assert_eq!(kept(&right), [true; 4], "{right:?}");
    let wrong = experiment("tolerated-crashes", "0..3", |file| file.laws[0].law = Law::Third {});
    let wrong = findings(&wrong);
    assert_eq!(kept(&wrong), [false, true, true, true], "{wrong:?}");
}

#[test]
fn the_binomial_law_lies_within_the_intervals_and_another_does_not() {
    let right = findings(&experiment("availability", "0..150", |_| ()));
    assert!(right.iter().all(|finding| finding.kept), "{right:?}");
    let wrong = experiment("availability", "0..150", |file| file.laws[0].law = Law::TwoThirdsUp {});
    assert!(!findings(&wrong)[0].kept, "the law of two thirds lies within all intervals");
}

/// Of coins: exactly one shows heads, or any; the toy needs the one and Paxos the other.
#[test]
fn a_leader_by_coin_toss_is_as_rare_as_the_law_says() {
    let few = |file: &mut ExperimentFile| {
        let nodes = file.x.as_mut().expect("it has an axis");
        nodes.points.retain(|point| [2.0, 3.0, 6.0].contains(&point.at));
    };
    let kept = |one: &Experiment| findings(one).iter().map(|finding| finding.kept).collect::<Vec<_>>();
    assert_eq!(kept(&experiment("coin-toss-leaders", "0..60", few)), [true, true]);
    assert_eq!(kept(&experiment("coin-toss-decisions", "0..60", few)), [true, true]);
    let wrong = experiment("coin-toss-leaders", "0..60", |file| {
        few(file);
        file.laws[0].law = Law::AnyHead {};
        file.laws[1].law = Law::OneHead {};
    });
    assert_eq!(kept(&wrong), [false, false]);
}

#[test]
fn a_claim_that_holds_is_not_refuted() {
    let one = experiment("accept-quorum", "0..20", |file| {
        file.laws[0].holds = Promise::Refuted;
        file.laws[1].holds = Promise::Falls;
    });
    let kept: Vec<bool> = findings(&one).iter().map(|finding| finding.kept).collect();
    assert_eq!(kept, [false, false, true], "the majority is said to be wrong, and a third to be right");
}

#[test]
fn an_interrupted_experiment_goes_on_where_it_was() {
    let one = experiment("tolerated-crashes", "0..2", |_| ());
    let file = std::env::temp_dir().join(format!("splitbrain-resume-{}", std::process::id()));
    let mut kept = Kept::in_file(&file);
    // What was kept is taken as it is: samples that no run gives show that it was.
    let odd = vec![Sample::Share(7, 9); 2];
    kept.keep(&one, &one.points[0], &odd).unwrap();
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + "[\"cut off in the mid").unwrap();
    let mut kept = Kept::in_file(&file);
    let found = measure(&one, &mut kept, 1, &AtomicBool::new(false), |_, _| ()).unwrap();
    assert_eq!(found.samples[0], odd);
    assert_eq!(found.samples[1..], measured(&one).samples[1..]);
    // Other seeds are another experiment.
    let other = experiment("tolerated-crashes", "0..1", |_| ());
    assert!(Kept::in_file(&file).get(&other, &other.points[0]).is_none());
    kept.done();
    assert!(!file.exists());
}

#[test]
fn an_interrupt_ends_a_measurement() {
    let one = experiment("tolerated-crashes", "0..2", |_| ());
    let found = measure(&one, &mut Kept::nowhere(), 1, &AtomicBool::new(true), |_, _| ());
    assert_eq!(found, Err(splitbrain::experiment::Unmeasured::Interrupted));
}

/// Every mistake is told with its place.
#[test]
fn what_is_wrong_with_an_experiment_is_said() {
    let text = std::fs::read_to_string(path("tolerated-crashes")).unwrap();
    let cases: &[(&str, &str, &str, &str)] = &[
        (r#""metric""#, r#""metrik""#, "metrik", "unknown key `metrik`"),
        (r#""tolerated": {"#, r#""tolerates": {"#, "metric", "unknown name `tolerates`"),
        (r#""set": { "nodes": 1 }"#, r#""set": { "nods": 1 }"#, "scenario.nods", "unknown key `nods`"),
        (r#""protocol": "raft", "nodes": 3"#, r#""protocol": "rafd", "nodes": 3"#, "scenario", "did you mean"),
        (r#""chart": "step""#, r#""chart": "cumulative""#, "x", "has no x axis"),
        (r#""crashes": "1s","#, r#""crashes": "1s", "path": "nodes","#, "y", "exactly one of"),
        (r#""seeds": "0..10""#, r#""seeds": "10..0""#, "seeds", "holds no seed"),
        (r#"[0, 1, 2, 3, 4, 5]"#, r#"[0, 1, "two"]"#, "y.values[2]", "expected a whole number"),
        (r#""minority": {}"#, r#""minorty": {}"#, "law", "unknown name `minorty`"),
        (r#"["Raft", "Multi"#, r#"["Raff", "Multi"#, "laws[0].series[0]", "did you mean `Raft`?"),
    ];
    for (from, to, key, message) in cases {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from} stands in the file");
        let strict = Strict::<ExperimentFile>::parse(&changed, "it.json");
        let error = match strict.and_then(|strict| Experiment::of(&built_in(), strict, None)) {
            Ok(_) => panic!("{to} is accepted"),
            Err(error) => error,
        };
        let said = error.to_string();
        assert!(said.contains(key) && said.contains(message), "{to}: {said}");
        assert!(error.problems.iter().all(|problem| problem.at.is_some()), "{to}: no place: {said}");
    }
}

/// The largest share by which a measured number lies off the law, over all of them.
fn farthest(experiment: &Experiment, law: impl Fn(f64) -> f64) -> f64 {
    let numbers = drawn(experiment, &measured(experiment));
    let off = |number: &splitbrain::experiment::Drawn| {
        let (x, found) = (experiment.xs[number.x].0, number.estimate.expect("something is measured").value);
        (found / law(x) - 1.0).abs()
    };
    assert!(!numbers.is_empty());
    numbers.iter().map(off).fold(0.0, f64::max)
}

fn only(file: &mut ExperimentFile, series: &str) {
    file.series.retain(|each| each.name == series);
    file.laws.retain(|law| law.series.iter().any(|name| name == series));
    file.laws.iter_mut().for_each(|law| law.series.retain(|name| name == series));
    assert!(file.series.len() == 1 && !file.laws.is_empty());
}

/// The law as the textbook has it, computed here: n members with v points each, k keys.
#[test]
fn load_on_a_ring_is_as_uneven_as_its_points() {
    let ring = |change: fn(&mut ExperimentFile)| {
        experiment("load-imbalance", "0..40", |file| {
            only(file, "ring");
            change(file);
        })
    };
    let one = ring(|_| ());
    let law = |points: f64| (9.0 / (10.0 * points + 1.0) + 9.0 / 4000.0).sqrt();
    assert!(farthest(&one, law) < 0.15, "{}", farthest(&one, law));
    assert!(farthest(&one, |points| law(2.0 * points)) > 0.3, "a ring of twice the points is as uneven");
    assert!(findings(&one)[0].kept);
    let wrong = ring(|file| file.laws[0].law = Law::EvenDeviation { members: 10, keys: 4000 });
    assert!(!findings(&wrong)[0].kept, "a ring is as even as rendezvous");
}

#[test]
fn placements_without_points_are_even_and_the_ring_of_tutorials_is_not() {
    for (series, right) in [("rendezvous", true), ("jump", true), ("modulo", true), ("ring of tutorials", false)] {
        let one = experiment("load-imbalance", "0..15", |file| only(file, series));
        let even = (9.0f64 / 4000.0).sqrt();
        assert_eq!(farthest(&one, |_| even) < 0.2, right, "{series}");
        assert!(findings(&one)[0].kept, "{series}");
    }
    let toy = experiment("load-imbalance", "0..5", |file| only(file, "ring of tutorials"));
    assert!(farthest(&toy, |_| 3.0) < 1e-9, "it leaves keys to more than one node");
}

#[test]
fn a_newcomer_takes_its_share_and_modulo_moves_the_rest_too() {
    for series in ["ring", "rendezvous", "jump"] {
        let one = experiment("keys-moved", "0..30", |file| only(file, series));
        assert!(farthest(&one, |_| 1.0 / 11.0) < 0.4, "{series}: {}", farthest(&one, |_| 1.0 / 11.0));
        assert!(findings(&one)[0].kept, "{series}: {:?}", findings(&one));
        let wrong = experiment("keys-moved", "0..5", |file| {
            only(file, series);
            file.laws[0].law = Law::Rehashed { members: 10 };
        });
        assert!(!findings(&wrong)[0].kept, "{series} moves ten of eleven");
    }
    let modulo = experiment("keys-moved", "0..10", |file| only(file, "modulo"));
    assert!(farthest(&modulo, |_| 10.0 / 11.0) < 0.03 && findings(&modulo)[0].kept);
}

/// Of fewer nodes, for the time it takes: then a good part of the clients asks an owner, which reads its own copy
/// first, and so reads of one copy are left out.
#[test]
fn reads_miss_writes_as_often_as_copies_drawn_at_random() {
    let small = |file: &mut ExperimentFile| {
        file.scenario.insert("nodes".to_owned(), 30.into());
        file.x.as_mut().expect("it has an axis").values = vec![2.into(), 3.into()];
    };
    let right = findings(&experiment("stale-reads", "0..20", small));
    assert!(right.len() == 4 && right.iter().all(|finding| finding.kept), "{right:?}");
    // With the law of another W nothing agrees.
    let wrong = experiment("stale-reads", "0..20", |file| {
        small(file);
        for line in &mut file.laws {
            let Law::MissedByReads { writes, .. } = &mut line.law else { panic!("another law") };
            *writes = if *writes == 1 { 2 } else { *writes - 1 };
        }
    });
    assert!(findings(&wrong).iter().all(|finding| !finding.kept), "{:?}", findings(&wrong));
}

/// What is drawn by a seed is drawn anew by the next, and the same by the same.
#[test]
fn each_seed_draws_nodes_of_its_own() {
    let one = experiment("load-imbalance", "0..3", |file| only(file, "ring"));
    let members = |seed| {
        let ready = one.with_drawn(&one.points[0], seed).unwrap().expect("nodes are drawn");
        ready.config()["members"].as_array().unwrap().clone()
    };
    assert_eq!(members(1).len(), 10);
    assert_eq!(members(1), members(1));
    assert_ne!(members(1), members(2));
    let mut many: Strict<ExperimentFile> = Strict::read(&path("load-imbalance")).unwrap();
    many.file.series[0].draw.as_mut().unwrap().nodes = 1001;
    let error = Experiment::of(&built_in(), many, None).err().expect("there are 1000").to_string();
    assert!(error.contains("1001 of 1000 nodes"), "{error}");
}
