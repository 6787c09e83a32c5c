//! Who owns what, as clients were told: for each set of members, what all answers from it say together.

use crate::node::NodeId;
use crate::spec::history::{Event, Stage};
use crate::spec::placement::{Answer, Op, Said, View};
use std::collections::BTreeMap;

/// What clients were told of the owners by one set of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// How many nodes have changed since the beginning, as far as the view knows.
    pub changed: usize,
    /// The nodes that are no members, in the order of their ids.
    pub outside: Vec<NodeId>,
    /// Who owns each key that was asked for; none where nobody does.
    pub owners: BTreeMap<u32, Option<NodeId>>,
}

/// The censuses of a history, in the order in which their views were first answered from. A view that no survey was
/// answered from is left out: nobody was told who its members are.
pub fn censuses(history: &[Event<Op, Answer>]) -> Vec<Census> {
    let mut places: BTreeMap<&View, usize> = BTreeMap::new();
    let mut found: Vec<(Census, bool)> = Vec::new();
    for event in history {
        let Stage::Ok(answer) = &event.stage else { continue };
        let place = *places.entry(&answer.view).or_insert(found.len());
        if place == found.len() {
            let (changed, outside, owners) = (answer.view.0.len(), Vec::new(), BTreeMap::new());
            found.push((Census { changed, outside, owners }, false));
        }
        let (Census { outside, owners, .. }, surveyed) = &mut found[place];
        match (&event.op, &answer.said) {
            (Op::Lookup(key), Said::Replicas(replicas)) => drop(owners.insert(key.0, replicas.first().copied())),
            (_, Said::Owners { owners: all, outside: strangers }) => {
                (*outside, *surveyed) = (strangers.clone(), true);
                owners.extend((0..).zip(all.iter().copied()));
            }
            (_, Said::Replicas(_) | Said::Changed) => {}
        }
    }
    found.into_iter().filter(|(_, surveyed)| *surveyed).map(|(census, _)| census).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{ClientId, Nanos, RequestId};
    use crate::spec::placement::{Standing, Status};
    use crate::spec::store::Key;

    fn told(op: Op, view: &View, said: Said) -> Event<Op, Answer> {
        let request = RequestId { client: ClientId::new(0), sequence: 1 };
        let stage = Stage::Ok(Answer { view: view.clone(), said });
        Event { time: Nanos::ZERO, process: 1, request, op, stage }
    }

    #[test]
    fn answers_from_one_view_belong_together() {
        let n = NodeId::new;
        let (first, mut second) = (View::default(), View::default());
        second.0.insert(n(2), Standing { incarnation: 1, status: Status::In });
        let lookup = |key, view, owners| told(Op::Lookup(Key(key)), view, Said::Replicas(owners));
        let history = [
            lookup(7, &first, vec![n(1), n(0)]),
            told(Op::Survey, &first, Said::Owners { owners: vec![Some(n(0)), None], outside: vec![n(2)] }),
            told(Op::Join(n(2)), &second, Said::Changed),
            lookup(0, &second, Vec::new()),
        ];
        let found = censuses(&history);
        let owners = BTreeMap::from([(0, Some(n(0))), (1, None), (7, Some(n(1)))]);
        assert_eq!(found, [Census { changed: 0, outside: vec![n(2)], owners }], "the second view was never surveyed");
    }
}
