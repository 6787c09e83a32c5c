//! The recorded histories, judged: ours beside the search as Lowe published it and Porcupine has it
//! (`tests/checkers/plain.rs`), in turns in one process. Reading the files is not counted, and neither is the search
//! for evidence in ours, since the other one gives none.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock, outside of every run")]

#[path = "../../tests/checkers/plain.rs"]
mod plain;

use splitbrain::consistency::format::read;
use splitbrain::consistency::linearizable::part::Part;
use splitbrain::consistency::linearizable::search::Found;
use splitbrain::consistency::linearizable::translate::{Model, translate};
use std::time::{Duration, Instant};

const ROUNDS: usize = 9;

fn ours(part: &Part) -> (bool, u64) {
    let mut search = part.search();
    let found = search.run(u64::MAX);
    (found == Found::Order, search.steps)
}

fn theirs(part: &Part) -> (bool, u64) {
    let (found, steps) = plain::search(part, u64::MAX);
    (found.expect("there was no limit"), steps)
}

/// How long all histories take, and in how many steps; each key of a history until one is illegal.
fn round(histories: &[(Vec<Part>, bool)], search: fn(&Part) -> (bool, u64)) -> (Duration, u64) {
    let begun = Instant::now();
    let mut steps = 0;
    for (parts, expected) in histories {
        let legal = parts.iter().all(|part| {
            let (legal, taken) = search(part);
            steps += taken;
            legal
        });
        assert_eq!(legal, *expected);
    }
    (begun.elapsed(), steps)
}

fn main() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories");
    let table = std::fs::read_to_string(format!("{root}/expected.tsv")).expect("the table is there");
    let history = |row: &str| {
        let cells: Vec<&str> = row.split('\t').collect();
        let text = std::fs::read_to_string(format!("{root}/{}", cells[0])).expect("the history is there");
        let history = read(&text, None).expect("it can be read");
        let model = Model::of(&history).expect("it is of a register or a store");
        (translate(&history, model).expect("it fits"), cells[2] == "true")
    };
    let histories: Vec<(Vec<Part>, bool)> = table.lines().skip(1).map(history).collect();
    let mut rounds: Vec<(Duration, Duration)> = Vec::new();
    let (mut own_steps, mut plain_steps) = (0, 0);
    for _ in 0..ROUNDS {
        let ((own, steps), (plain, more)) = (round(&histories, ours), round(&histories, theirs));
        (own_steps, plain_steps) = (steps, more);
        rounds.push((own, plain));
    }
    rounds.sort_by_key(|(own, plain)| own.as_nanos() * 1_000_000 / plain.as_nanos());
    let (own, plain) = rounds[ROUNDS / 2];
    println!("{} recorded histories, median of {ROUNDS} rounds", histories.len());
    println!("ours   {:>9.3} ms  {own_steps:>9} steps", own.as_secs_f64() * 1e3);
    println!("plain  {:>9.3} ms  {plain_steps:>9} steps", plain.as_secs_f64() * 1e3);
    println!("ratio  {:>9.4}", own.as_secs_f64() / plain.as_secs_f64());
}
