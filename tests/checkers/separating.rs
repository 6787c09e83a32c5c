//! Small histories by name, good and bad, of which everybody can see what they are.

use splitbrain::consistency::format::{Format, read};
use splitbrain::consistency::linearizable::search::Found;
use splitbrain::consistency::linearizable::translate::{Model, translate};
use splitbrain::consistency::linearizable::turns::{Limits, Verdict, judge};

/// Whether a history of events `process type f value` (and `key` behind `@`) is linearizable.
fn linearizable(model: Model, events: &[&str]) -> bool {
    let line = |event: &&str| {
        let words: Vec<&str> = event.splitn(4, ' ').collect();
        let [process, kind, f, value] = words[..] else { panic!("{event}") };
        format!("{{:process {process}, :type :{kind}, :f :{f}, :value {value}}}\n")
    };
    let text: String = events.iter().map(line).collect();
    let history = read(&text, Some(Format::Edn)).unwrap_or_else(|bad| panic!("{bad}"));
    let parts = translate(&history, model).unwrap_or_else(|bad| panic!("{bad}"));
    match judge(&parts, Limits::PATIENT).verdict {
        Verdict::Holds => true,
        Verdict::Violated(_) => false,
        Verdict::Undecided(keys) => panic!("undecided: {keys:?}"),
    }
}

const W1: [&str; 2] = ["0 invoke write 1", "0 ok write 1"];

#[test]
fn a_read_that_overlaps_a_write_may_see_it() {
    let events = [W1[0], "1 invoke read nil", "1 ok read 1", "2 invoke read nil", W1[1], "2 ok read 1"];
    assert!(linearizable(Model::Register, &events));
}

#[test]
fn a_stale_read_is_not_linearizable() {
    assert!(!linearizable(Model::Register, &[W1[0], W1[1], "1 invoke read nil", "1 ok read nil"]));
}

#[test]
fn a_new_value_and_then_the_old_one_is_not_linearizable() {
    let events = [W1[0], "1 invoke read nil", "1 ok read 1", "2 invoke read nil", "2 ok read nil", W1[1]];
    assert!(!linearizable(Model::Register, &events));
}

/// Each key by itself is fine: it is the two together that are not sequential, and so not linearizable.
#[test]
fn a_store_buffer_is_told_by_real_time_alone() {
    let events = [
        "0 invoke write [:x 1]",
        "1 invoke write [:y 1]",
        "0 ok write [:x 1]",
        "1 ok write [:y 1]",
        "0 invoke read [:y nil]",
        "1 invoke read [:x nil]",
        "0 ok read [:y nil]",
        "1 ok read [:x nil]",
    ];
    assert!(!linearizable(Model::Register, &events));
}

#[test]
fn a_write_of_unknown_outcome_may_take_effect_late_or_never() {
    let before = [W1[0], "0 info write 1", "2 invoke read nil", "2 ok read nil", "1 invoke read nil", "1 ok read 1"];
    assert!(linearizable(Model::Register, &before));
    let back = [&before[..], &["2 invoke read nil", "2 ok read nil"]].concat();
    assert!(!linearizable(Model::Register, &back));
}

#[test]
fn a_swap_of_unknown_outcome_may_not_have_happened() {
    let swaps = |seen: &'static str| {
        let events = [
            "3 invoke write 0",
            "3 ok write 0",
            "0 invoke cas [0 1]",
            "0 info cas [0 1]",
            "1 invoke cas [0 2]",
            "1 ok cas [0 2]",
            "2 invoke read nil",
            seen,
        ];
        linearizable(Model::Register, &events)
    };
    assert!(!swaps("2 ok read 1"));
    assert!(swaps("2 ok read 2"));
}

#[test]
fn a_lock_is_not_granted_twice_unless_it_expired() {
    let granted = ["0 invoke acquire nil", "0 ok acquire 1"];
    let again = ["1 invoke acquire nil", "1 ok acquire 2"];
    let expired = ["9 invoke expire 1", "9 ok expire 1"];
    assert!(!linearizable(Model::Lock, &[granted, again].concat()));
    assert!(linearizable(Model::Lock, &[granted, expired, again].concat()));
    // Tokens grow.
    let smaller = ["1 invoke acquire nil", "1 ok acquire 1"];
    assert!(!linearizable(Model::Lock, &[granted, expired, smaller].concat()));
    // The holder gives it back; another one cannot.
    let back = |who: u32| [format!("{who} invoke release 1"), format!("{who} ok release 1")];
    let with = |who| {
        let back = back(who);
        let back: Vec<&str> = back.iter().map(String::as_str).collect();
        linearizable(Model::Lock, &[&granted[..], &back, &again].concat())
    };
    assert!(with(0) && !with(1));
}

#[test]
fn a_queue_gives_what_came_first() {
    let enqueue = |v: u32| [format!("0 invoke enqueue {v}"), format!("0 ok enqueue {v}")];
    let dequeue = |v: u32| ["1 invoke dequeue nil".to_owned(), format!("1 ok dequeue {v}")];
    let events = |parts: &[[String; 2]]| {
        let events: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
        linearizable(Model::Queue, &events)
    };
    assert!(events(&[enqueue(1), enqueue(2), dequeue(1), dequeue(2)]));
    assert!(!events(&[enqueue(1), enqueue(2), dequeue(2)]));
    assert!(!events(&[enqueue(1), dequeue(1), dequeue(1)]));
}

/// Ten writes of unknown outcome are concurrent with everything behind them: without a memory of what was tried, or
/// with one of which write stands where, this takes more than 10! steps.
#[test]
fn ten_writes_of_unknown_outcome_stay_cheap() {
    for seen in [&[3, 7, 1, 9, 2, 10, 5][..], &[3, 7, 3][..]] {
        let mut text = String::new();
        for v in 1..=10 {
            text += &format!("{{:process {v}, :type :invoke, :f :write, :value {v}}}\n");
        }
        for v in seen {
            text += "{:process 0, :type :invoke, :f :read, :value nil}\n";
            text += &format!("{{:process 0, :type :ok, :f :read, :value {v}}}\n");
        }
        let history = read(&text, None).unwrap();
        let parts = translate(&history, Model::Register).unwrap();
        let mut search = parts[0].search();
        let found = search.run(10_000);
        assert_eq!(found, if seen.len() == 7 { Found::Order } else { Found::NoOrder });
        assert!(search.steps < 5_000, "{} steps", search.steps);
    }
}

/// A key that no budget decides does not hide that another one is illegal.
#[test]
fn a_hard_key_does_not_hide_an_illegal_one() {
    let mut text = String::new();
    let mut process = 0;
    let mut line = |kind: &str, f: &str, key: &str, value: String, process: u32| {
        text += &format!("{{:process {process}, :type :{kind}, :f :{f}, :key {key}, :value {value}}}\n");
    };
    // Enqueued by nobody knows whom: each dequeue may have taken what any of them left.
    for v in 0..40 {
        process += 1;
        line("invoke", "enqueue", "\"a\"", format!("{v}"), process);
    }
    for v in 0..40 {
        process += 1;
        line("invoke", "dequeue", "\"a\"", "nil".to_owned(), process);
        line("ok", "dequeue", "\"a\"", format!("{}", (v * 7) % 40), process);
    }
    line("invoke", "dequeue", "\"a\"", "nil".to_owned(), process + 1);
    line("ok", "dequeue", "\"a\"", "99".to_owned(), process + 1);
    line("invoke", "dequeue", "\"b\"", "nil".to_owned(), process + 2);
    line("ok", "dequeue", "\"b\"", "5".to_owned(), process + 2);
    let parts = translate(&read(&text, None).unwrap(), Model::Queue).unwrap();
    let limits = Limits { steps: 300_000, size: 300_000 };
    let verdict = judge(&parts, limits).verdict;
    let Verdict::Violated(evidence) = verdict else { panic!("{verdict:?}") };
    assert_eq!(evidence.key.as_deref(), Some("b"));
    // Alone it is undecided, within its bounds.
    let alone = judge(&parts[..1], limits);
    assert_eq!(alone.verdict, Verdict::Undecided(vec!["a".to_owned()]));
    assert!(alone.steps <= limits.steps + 1000, "{} steps", alone.steps);
}

/// In a long history on one key the operations to blame are found in the time that anyone waits, though most of it has
/// to be let go, and every write that is let go could be anywhere.
#[test]
fn few_operations_are_to_blame_in_a_long_history() {
    const MANY: usize = 3000;
    let mut text = String::new();
    for v in 0..MANY {
        // One read is stale.
        let seen = if v == MANY - 10 { v - 3 } else { v };
        for (process, f, asked, told) in [(0, "write", v.to_string(), v), (1, "read", "nil".to_owned(), seen)] {
            text += &format!("{{:process {process}, :type :invoke, :f :{f}, :value {asked}}}\n");
            text += &format!("{{:process {process}, :type :ok, :f :{f}, :value {told}}}\n");
        }
    }
    let history = read(&text, None).unwrap();
    let judged = judge(&translate(&history, Model::Register).unwrap(), Limits::PATIENT);
    let Verdict::Violated(evidence) = judged.verdict else { panic!("{:?}", judged.verdict) };
    let stale = 2 * (MANY - 10) + 1;
    assert!(evidence.shortest && evidence.last as usize == stale, "{evidence:?}");
    assert!((2..=4).contains(&evidence.conflicting.len()), "{evidence:?}");
    assert!(evidence.conflicting.iter().all(|place| stale - *place as usize <= 7), "{evidence:?}");
    assert!(judged.steps < 200_000, "{} steps", judged.steps);
}

/// What waits in a queue costs nothing while it waits.
#[test]
fn a_long_queue_is_judged_in_memory_that_grows_with_its_operations() {
    const MANY: u32 = 20_000;
    let mut text = String::new();
    let event = |process: u32, kind: &str, f: &str, v: &str| {
        format!("{{:process {process}, :type :{kind}, :f :{f}, :value {v}}}\n")
    };
    for (process, f) in [(0, "enqueue"), (1, "dequeue")] {
        for v in 0..MANY {
            let v = v.to_string();
            text +=
                &(event(process, "invoke", f, if process == 0 { &v } else { "nil" }) + &event(process, "ok", f, &v));
        }
    }
    let parts = translate(&read(&text, None).unwrap(), Model::Queue).unwrap();
    let mut search = parts[0].search();
    assert_eq!(search.run(u64::MAX), Found::Order);
    assert!(search.size() <= 5 * MANY as usize + 2, "{}", search.size());
}
