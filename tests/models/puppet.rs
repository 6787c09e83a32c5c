//! A node that does exactly what it is told: a request's number names a program, whose lines become its effects, in
//! order. So a test can say which effects there are, and look at when each of them takes place.

use super::commit::{Commit, CommitFact};
use splitbrain::engine::play::{Script, play};
use splitbrain::engine::record::What;
use splitbrain::engine::schedule::parse;
use splitbrain::engine::summary::Ending;
use splitbrain::engine::world::Outcome as Played;
use splitbrain::node::{Context, Nanos, Node, NodeId, Outcome, Presupposes, Record, RequestId, Stable, Unbacked};

/// One line of a program. Messages go to the next node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// Writes a note; what stands behind it waits.
    Write(u64),
    /// Writes a note that nothing waits for.
    WriteLazy(u64),
    /// Sends a message that says nothing of the disk.
    Call,
    /// Sends a message that is honest where this note is the last one on disk.
    Last(u64),
    /// Tells the fact that the decision is to commit.
    Decide,
    /// Sends a message that presupposes it.
    Announce,
    /// Sends a message that presupposes the other decision, which the note [`ABORT`] is.
    AnnounceAbort,
    /// Counts, in memory only.
    Count,
    /// Answers with the count.
    AnswerCount,
    /// Answers with the last note, as the node reads it.
    AnswerNote,
    /// Sets the timer `Next`, at which the first program runs.
    SetTimer,
    /// Takes it back.
    CancelTimer,
    /// Sends a message at which its receiver panics.
    Poison,
    /// Panics here.
    Panic,
}

/// The note that is a fact: the decision to abort.
pub const ABORT: u64 = 100;

/// The note at which [`Node::fact_of`] panics, and the one at which [`Node::backed`] does.
pub const CURSED_FACT: u64 = 666;
/// See [`CURSED_FACT`].
pub const CURSED_CLAIM: u64 = 667;

/// What a puppet has noted, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notes(pub Vec<u64>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Noted(u64);

impl Stable for Notes {
    type Record = Noted;
    fn apply(&mut self, Noted(note): Noted) {
        self.0.push(note);
    }
}

impl Notes {
    fn last(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    Call,
    Last(u64),
    Announcement(CommitFact),
    Poison,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    Next,
}

/// All it keeps in memory is a count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Puppet {
    count: u64,
}

impl Node for Puppet {
    type Family = Commit;
    /// The programs, named by requests from 1.
    type Config = Vec<Vec<Do>>;
    type Stable = Notes;
    type Message = Message;
    type Timer = Timer;
    type View = String;

    fn start(_: &mut Context<Self>) -> Self {
        Puppet { count: 0 }
    }
    fn on_message(&mut self, from: NodeId, message: Message, cx: &mut Context<Self>) {
        match message {
            Message::Call | Message::Last(_) | Message::Announcement(_) => {}
            Message::Poison => panic!("{} was poisoned by {from}", cx.id()),
        }
    }
    fn on_timer(&mut self, timer: Timer, cx: &mut Context<Self>) {
        match timer {
            Timer::Next => self.perform(0, None, cx),
        }
    }
    fn on_request(&mut self, request: RequestId, program: u64, cx: &mut Context<Self>) {
        self.perform(program as usize - 1, Some(request), cx);
    }
    fn view(&self, notes: &Notes) -> String {
        format!("count {}, note {}", self.count, notes.last())
    }
    fn facts_of(Noted(note): &Record<Self>, tell: &mut impl FnMut(CommitFact)) {
        assert_ne!(*note, CURSED_FACT, "the record is no fact that anybody knows");
        if *note == ABORT {
            tell(CommitFact::Decided { commit: false });
        }
    }
    fn backed(message: &Message, _: NodeId, _: NodeId, durable: &Notes) -> Result<Presupposes<CommitFact>, Unbacked> {
        match message {
            Message::Last(note) => {
                assert_ne!(*note, CURSED_CLAIM, "the message is none that anybody knows");
                if durable.last() == *note { Ok(Presupposes::Nothing) } else { Err("its last note on disk is another") }
            }
            Message::Announcement(fact) => Ok(Presupposes::OfAnyone(*fact)),
            Message::Call | Message::Poison => Ok(Presupposes::Nothing),
        }
    }
}

impl Puppet {
    fn perform(&mut self, program: usize, request: Option<RequestId>, cx: &mut Context<Self>) {
        let next = NodeId::new((cx.id().index() as u32 + 1) % cx.nodes());
        let asked = || request.expect("only a request is answered");
        for line in &cx.config()[program] {
            match line {
                Do::Write(note) => cx.write(Noted(*note)),
                Do::WriteLazy(note) => cx.write_lazy(Noted(*note)),
                Do::Call => cx.send(next, Message::Call),
                Do::Last(note) => cx.send(next, Message::Last(*note)),
                Do::Decide => cx.fact(CommitFact::Decided { commit: true }),
                Do::Announce => cx.send(next, Message::Announcement(CommitFact::Decided { commit: true })),
                Do::AnnounceAbort => cx.send(next, Message::Announcement(CommitFact::Decided { commit: false })),
                Do::Count => self.count += 1,
                Do::AnswerCount => cx.reply(asked(), Outcome::Done(self.count)),
                Do::AnswerNote => cx.reply(asked(), Outcome::Done(cx.stable().last())),
                Do::SetTimer => cx.set_timer(Timer::Next, Nanos::from_millis(1)),
                Do::CancelTimer => cx.cancel_timer(Timer::Next),
                Do::Poison => cx.send(next, Message::Poison),
                Do::Panic => panic!("{} was told to panic", cx.id()),
            }
        }
    }
}

/// When a record is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// As it is written.
    Immediate,
    /// When a `sync` line says so.
    Synced,
}

/// Plays a schedule on two puppets that know these programs. Their answers are readings, and need not grow.
pub fn perform(disk: Disk, programs: &[&[Do]], schedule: &[&str], except: &[&str]) -> Played<Puppet> {
    let script = Script {
        nodes: 2,
        immediate: disk == Disk::Immediate,
        lines: schedule.iter().map(|line| parse::<Commit>(line, 2).expect(line)).collect(),
        except: except.iter().chain(&["growing-answers"]).map(|name| (*name).to_owned()).collect(),
        watched: Vec::new(),
        record: true,
    };
    play(&script, programs.iter().map(|program| program.to_vec()).collect())
}

/// What happened at the first node, line by line, and how the run ended where it did not simply end.
pub fn seen(played: &Played<Puppet>) -> Vec<String> {
    let lines = &played.recording.as_ref().expect("a record was asked for").lines;
    let here = lines.iter().filter(|line| line.node == Some(NodeId::new(0)));
    let mut seen: Vec<String> = here.filter_map(|line| shown(&line.what)).collect();
    match &played.summary.ending {
        Ending::Completed | Ending::Violated(_) => {}
        Ending::Stalled(why) => seen.push(format!("stalled: {why:?}")),
        Ending::Undecided(why) | Ending::Unplayable(why) => seen.push(format!("unplayable: {why}")),
    }
    seen
}

fn shown(what: &What) -> Option<String> {
    Some(match what {
        What::Fired { timer } => format!("fired {timer}"),
        What::Requested { op, .. } => format!("asked for {op}"),
        What::Synced { upto, .. } => format!("synced {upto}"),
        What::Crashed { loss, .. } => format!("crashed, lost {}", loss.unsynced),
        What::Wrote { record, barrier: true } => format!("wrote {record}"),
        What::Wrote { record, barrier: false } => format!("wrote {record} lazily"),
        What::Sent { text, .. } => format!("sent {text}"),
        What::Replied { outcome, .. } => format!("answered {outcome}"),
        What::Fact { fact } => format!("fact {fact}"),
        What::Violated { invariant, evidence } => format!("{invariant}: {evidence}"),
        What::Rotted { record } => format!("record {record} rotted"),
        What::FoundRot { record, recovered } => format!("found record {record} rotten, recovered: {recovered}"),
        What::Started
        | What::ClockPut { .. }
        | What::Fault { .. }
        | What::Delivered { .. }
        | What::Spared
        | What::Doomed { .. }
        | What::Links { .. }
        | What::Chose { .. }
        | What::Changed { .. }
        | What::Undelivered { .. }
        | What::Client { .. } => return None,
    })
}
