//! Long histories of stores that keep lists.

use splitbrain::consistency::transactions::{Builder, Ending, History, Seen, Span, Step};

/// How many transactions a list lives, and how many lists live at a time.
const LIFE: u32 = 200;
const LISTS: u32 = 8;

/// Transactions that happen one after the other while `clients` overlap. Every so many of them read what was there one
/// append earlier; none for 0.
pub fn history(count: u32, clients: u32, stale_every: u32) -> History {
    let mut builder = Builder::default();
    let mut lists: Vec<Vec<String>> = vec![Vec::new(); LISTS as usize];
    for id in 0..count {
        if id % LIFE == 0 {
            lists.iter_mut().for_each(Vec::clear);
        }
        let key = |place: u32| format!("k{}", id / LIFE * LISTS + place);
        let mixed = id.wrapping_mul(2_654_435_761) >> 8;
        let (first, second) = (mixed % LISTS, mixed / LISTS % LISTS);
        lists[first as usize].push(id.to_string());
        let mut seen = lists[second as usize].clone();
        if stale_every > 0 && id % stale_every == stale_every / 2 && first != second {
            seen.pop();
        }
        let steps = [Step::Append(key(first), id.to_string()), Step::Read(key(second), Seen::List(seen))];
        let begin = 2 * id;
        let end = Some(begin + 1 + 2 * (mixed % clients));
        let lines = (begin + 1, Some(begin + 2));
        let span = Span { begin, end, begin_line: lines.0, end_line: lines.1 };
        builder.add(u64::from(id % clients), span, Ending::Committed, &steps).expect("every key is a list");
    }
    builder.finish()
}

/// Transactions that read one list, always empty, and append to it or to another.
pub fn forgetful(count: u32) -> History {
    let mut builder = Builder::default();
    for id in 0..count {
        let key = if id % 2 == 0 { "x" } else { "y" };
        let steps = [
            Step::Read("x".to_owned(), Seen::Nil),
            Step::Read("y".to_owned(), Seen::Nil),
            Step::Append(key.to_owned(), id.to_string()),
        ];
        let span = Span { begin: id, end: Some(id + count), begin_line: id + 1, end_line: None };
        builder.add(u64::from(id), span, Ending::Committed, &steps).expect("every key is a list");
    }
    builder.finish()
}
