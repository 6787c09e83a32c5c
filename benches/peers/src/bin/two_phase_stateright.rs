//! Two-phase commit as in the TLA+ module TwoPhase (tlaplus/Examples), on stateright 0.31, one thread, breadth first:
//! the model whose states `cargo bench --bench explore` counts with splitbrain's search.
//!
//! `two_phase_stateright MANAGERS 0` prints how many distinct states there are, and in how many seconds they were found.

use stateright::{Checker, Model, Property};
use std::collections::BTreeSet;
use std::time::Instant;

struct TwoPhase {
    managers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Manager {
    Init,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Resource {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Message {
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    resources: Vec<Resource>,
    manager: Manager,
    prepared: Vec<bool>,
    messages: BTreeSet<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    ReceivesPrepared(usize),
    DecidesCommit,
    DecidesAbort,
    Prepares(usize),
    ChoosesAbort(usize),
    ReceivesCommit(usize),
    ReceivesAbort(usize),
}

impl Model for TwoPhase {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            resources: vec![Resource::Working; self.managers],
            manager: Manager::Init,
            prepared: vec![false; self.managers],
            messages: BTreeSet::new(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let undecided = state.manager == Manager::Init;
        if undecided && state.prepared.iter().all(|prepared| *prepared) {
            actions.push(Action::DecidesCommit);
        }
        if undecided {
            actions.push(Action::DecidesAbort);
        }
        for place in 0..self.managers {
            if undecided && state.messages.contains(&Message::Prepared(place)) {
                actions.push(Action::ReceivesPrepared(place));
            }
            if state.resources[place] == Resource::Working {
                actions.push(Action::Prepares(place));
                actions.push(Action::ChoosesAbort(place));
            }
            if state.messages.contains(&Message::Commit) {
                actions.push(Action::ReceivesCommit(place));
            }
            if state.messages.contains(&Message::Abort) {
                actions.push(Action::ReceivesAbort(place));
            }
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::ReceivesPrepared(place) => state.prepared[place] = true,
            Action::DecidesCommit => {
                state.manager = Manager::Committed;
                state.messages.insert(Message::Commit);
            }
            Action::DecidesAbort => {
                state.manager = Manager::Aborted;
                state.messages.insert(Message::Abort);
            }
            Action::Prepares(place) => {
                state.resources[place] = Resource::Prepared;
                state.messages.insert(Message::Prepared(place));
            }
            Action::ChoosesAbort(place) | Action::ReceivesAbort(place) => state.resources[place] = Resource::Aborted,
            Action::ReceivesCommit(place) => state.resources[place] = Resource::Committed,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("consistent", |_, state: &State| {
            let has = |wanted| state.resources.contains(&wanted);
            !(has(Resource::Committed) && has(Resource::Aborted))
        })]
    }
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [managers, _] = numbers[..] else { panic!("two_phase_stateright MANAGERS 0") };
    let begin = Instant::now();
    let checker = TwoPhase { managers }.checker().threads(1).spawn_bfs().join();
    let took = begin.elapsed().as_secs_f64();
    checker.assert_properties();
    println!("{} {took}", checker.unique_state_count());
}
