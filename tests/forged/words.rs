//! The facts of the replicated log, short enough to be read as a story.

use super::forger::{Act, Move, n, request, step};
use splitbrain::node::RequestId;
use splitbrain::spec::replicated_log::{Command, Entry, Index, LogFact, ReplicatedLog, Term};
use splitbrain::spec::store::{Element, Key, Op};

pub type LogAct = Act<ReplicatedLog>;
pub type LogMove = Move<ReplicatedLog>;

/// An entry of `term` that nobody asked for.
pub fn noop(term: u64) -> Entry {
    Entry { term: Term(term), command: Command::Noop }
}

/// An entry of `term` that a client asked for.
pub fn entry(term: u64, request: RequestId, op: Op) -> Entry {
    Entry { term: Term(term), command: Command::Apply(request, op) }
}

/// `put k1 …`
pub fn put(element: u64) -> Op {
    Op::Put(Key(0), Element(element))
}

/// `get k1`
pub fn get() -> Op {
    Op::Get(Key(0))
}

/// `append k1 …`
pub fn add(element: u64) -> Op {
    Op::Append(Key(0), Element(element))
}

/// The entry by which the first client puts its first element.
pub fn asked(term: u64) -> Entry {
    entry(term, request(1, 1), put(5))
}

pub fn elected(term: u64) -> LogAct {
    Act::Tell(LogFact::Elected { term: Term(term) })
}

pub fn adopts(term: u64) -> LogAct {
    Act::Write(LogFact::TermAdopted { term: Term(term) })
}

pub fn votes(term: u64, candidate: u32) -> LogAct {
    Act::Write(LogFact::Voted { term: Term(term), candidate: n(candidate) })
}

pub fn appends(index: u64, entry: Entry) -> LogAct {
    Act::Write(LogFact::Appended { index: Index(index), entry })
}

pub fn appends_lazily(index: u64, entry: Entry) -> LogAct {
    Act::WriteLazily(LogFact::Appended { index: Index(index), entry })
}

pub fn cuts(last: u64) -> LogAct {
    Act::Write(LogFact::Truncated { last: Index(last) })
}

/// In `term`, takes the log for committed up to `index`, where an entry of `entry_term` stands.
pub fn commits(index: u64, entry_term: u64, term: u64) -> LogAct {
    Act::Tell(LogFact::Committed { index: Index(index), entry_term: Term(entry_term), term: Term(term) })
}

pub fn applies(index: u64, state: u64) -> LogAct {
    Act::Tell(LogFact::Applied { index: Index(index), state })
}

/// A candidate of `term` wins by the votes of `voters`, who have entered the term with it.
pub fn election(term: u64, candidate: u32, voters: &[u32]) -> Vec<LogMove> {
    let mut moves = vec![step(candidate, [adopts(term), votes(term, candidate)])];
    moves.extend(voters.iter().map(|voter| step(*voter, [adopts(term), votes(term, candidate)])));
    moves.push(step(candidate, [elected(term)]));
    moves
}

/// Nodes write the entries behind `index`.
pub fn replicate(nodes: &[u32], index: u64, entries: &[Entry]) -> Vec<LogMove> {
    let all = || entries.iter().zip(index + 1..).map(|(entry, index)| appends(index, *entry));
    nodes.iter().map(|node| step(*node, all())).collect()
}
