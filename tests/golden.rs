//! Golden traces: `golden/<protocol>/<behaviour>.txt` holds a title, a schedule and the trace it must give;
//! `golden/faults/<kind>.txt` a scenario that runs in time, its trace, and what came of its faults.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` writes the traces anew. Read the difference line by line before you
//! commit it: a trace that moved says that the protocol does something else now.

#[path = "common/golden.rs"]
mod common;

use common::Golden;
use splitbrain::scenario::VerdictKind;

#[test]
fn golden_files_give_their_traces() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let files = Golden::files();
    assert!(files.len() >= 40, "only {} golden files", files.len());
    for path in files {
        let golden = Golden::read(&path);
        let played = std::panic::catch_unwind(|| golden.run(&[]));
        let finished = played.unwrap_or_else(|_| panic!("{} cannot be played", path.display()));
        let verdict = &finished.verdict;
        assert_eq!(verdict.kind, VerdictKind::Pass, "{}: {:?}", path.display(), verdict.reasons);
        let trace = Golden::text(&finished);
        if update {
            golden.update(&trace);
        } else if trace != golden.trace {
            let lines = trace.lines().zip(golden.trace.lines()).enumerate();
            let first = lines
                .filter(|(_, (now, before))| now != before)
                .map(|(n, (now, before))| format!("line {} of the trace\n  was: {before}\n  is:  {now}", n + 1));
            let what = first.take(1).collect::<String>();
            panic!("{}: {}\n{what}\n(UPDATE_GOLDEN=1 writes it anew)", path.display(), golden.title);
        }
    }
}
