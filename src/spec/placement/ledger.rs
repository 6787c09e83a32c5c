//! Which check reads which fact.

use crate::node::{NodeId, Outcome, RequestId};
use crate::spec::judged::{Findings, Ledger, Observed};
use crate::spec::placement::answers::Answers;
use crate::spec::placement::balance::balanced;
use crate::spec::placement::facts::place;
use crate::spec::placement::oracle::{Oracle, Traits};
use crate::spec::placement::views::Views;
use crate::spec::placement::{Answer, Op, Placement, PlacementFact, Rules, Said, Standing, Status};
use crate::spec::store::Key;
use std::collections::{BTreeMap, BTreeSet};

/// Of a survey the oracle looks at one key in so many. The other checks look at each.
const SAMPLE: usize = 64;

/// All that the invariants of the family remember.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlacementLedger {
    views: Views,
    rules: Option<Rules>,
    traits: Vec<Traits>,
    /// Made as the first answer is judged: by then every node has said what it is.
    oracle: Option<Oracle>,
    answers: Answers,
    /// What is open, for answers to be held against.
    asked: BTreeMap<RequestId, Op>,
}

impl Ledger<Placement> for PlacementLedger {
    fn new(nodes: u32) -> Self {
        PlacementLedger {
            views: Views::new(nodes),
            rules: None,
            traits: vec![Traits { weight: 1, zone: 0 }; nodes as usize],
            oracle: None,
            answers: Answers::default(),
            asked: BTreeMap::new(),
        }
    }

    fn observe(&mut self, seen: &Observed<Placement>, findings: &mut Findings) {
        match *seen {
            Observed::Fact(node, fact) => self.fact(node, *fact, findings),
            Observed::Asked(request, op) => {
                self.asked.insert(request, *op);
                self.views.asked(op);
            }
            Observed::Answered(node, request, outcome) => {
                let Some(op) = self.asked.get(&request).copied() else { return };
                match outcome {
                    Outcome::Done(answer) => self.answered(node, op, answer, findings),
                    Outcome::Refused(_) | Outcome::Unknown | Outcome::Redirect(_) => self.refused(node, op, findings),
                }
            }
            Observed::Crashed(_) | Observed::Restarted(_) => {}
            Observed::Lost(node) => self.views.lost(node),
            Observed::Holds(
                node,
                PlacementFact::Ordered { about, standing } | PlacementFact::Noted { about, standing },
            ) => self.views.holds(node, *about, *standing),
            Observed::Holds(_, PlacementFact::Configured { .. } | PlacementFact::Suspected { .. }) => {}
        }
    }

    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        self.views.at_rest(core)
    }
}

impl PlacementLedger {
    fn fact(&mut self, node: NodeId, fact: PlacementFact, findings: &mut Findings) {
        match fact {
            PlacementFact::Configured { rules, member, weight, zone } => {
                let traits = Traits { weight, zone };
                if self.rules != Some(rules) || self.traits[node.index()] != traits {
                    (self.rules, self.oracle) = (Some(rules), None);
                    self.traits[node.index()] = traits;
                }
                self.views.begins(node, member, rules.evicts);
            }
            PlacementFact::Ordered { about, standing } => {
                findings.check(place::ORDERED_CHANGES, self.views.ordered(node, about, standing));
                self.grows(node, about, standing, findings);
            }
            PlacementFact::Noted { about, standing } => {
                findings.check(place::ORDERED_CHANGES, self.views.heard(node, about, standing));
                self.grows(node, about, standing, findings);
            }
            // It may be lost in a crash that the order survives: no check can count on it.
            PlacementFact::Suspected { .. } => {}
        }
    }

    fn grows(&mut self, node: NodeId, about: NodeId, standing: Standing, findings: &mut Findings) {
        findings.check(place::VIEWS_GROW, self.views.grows(node, about, standing));
    }

    /// A lookup that is not answered: there must be nobody to look up.
    fn refused(&self, node: NodeId, op: Op, findings: &mut Findings) {
        let (Op::Lookup(_) | Op::Survey) = op else { return };
        let view = self.views.of(node);
        let found = || format!("{node} found nobody for `{op}`, though its view {view} has members");
        findings.check(place::TOTAL, if self.views.has_members(view) { Err(found()) } else { Ok(()) });
    }

    fn answered(&mut self, node: NodeId, op: Op, answer: &Answer, findings: &mut Findings) {
        findings.check(place::OWN_VIEW, self.own_view(node, op, answer));
        let members = self.views.members(&answer.view);
        let Some(rules) = self.rules else { return };
        if self.oracle.is_none() {
            self.oracle = Some(Oracle::new(rules, self.traits.clone()));
        }
        match (op, &answer.said) {
            (Op::Lookup(key), Said::Replicas(replicas)) => {
                findings.check(place::TOTAL, found(node, replicas, &members));
                if !replicas.is_empty() && !members.is_empty() {
                    self.lookup(members, key.0, replicas, findings);
                }
            }
            (Op::Survey, Said::Owners { owners, .. }) => {
                findings.check(place::TOTAL, all_found(node, owners, &members));
                let all: Option<Vec<NodeId>> = owners.iter().copied().collect();
                if let Some(owners) = all.filter(|all| !all.is_empty() && !members.is_empty()) {
                    self.survey(members, &owners, findings);
                }
            }
            (Op::Join(_) | Op::Leave(_), Said::Changed) => {}
            (Op::Lookup(_) | Op::Survey | Op::Join(_) | Op::Leave(_), said) => {
                findings.check(place::OWN_VIEW, Err(format!("{node} answered `{op}` by {said:?}")));
            }
        }
    }

    /// The view that an answer names is the one that the node has on disk.
    fn own_view(&self, node: NodeId, op: Op, answer: &Answer) -> Result<(), String> {
        let view = self.views.of(node);
        if *view != answer.view {
            return Err(format!("{node} answered `{op}` from {}, but its disk has {view}", answer.view));
        }
        let evicted = |about| view.standing(about).is_some_and(|standing| standing.status == Status::Evicted);
        let member = |about| self.views.members(view).contains(&about);
        let so = match op {
            Op::Lookup(_) | Op::Survey => true,
            Op::Join(about) => member(about),
            // Who is out because it was silent would come back by itself.
            Op::Leave(about) => !member(about) && !evicted(about),
        };
        if so {
            return Ok(());
        }
        Err(format!("{node} answered `{op}` as done in {view}, which does not have it so"))
    }

    fn lookup(&mut self, members: Vec<NodeId>, key: u32, replicas: &[NodeId], findings: &mut Findings) {
        let PlacementLedger { oracle: Some(oracle), answers, .. } = self else { return };
        let distinct = distinct(oracle, &members, key, replicas);
        let right = oracle.replicas(&members, key);
        // A wrong owner, or one named twice, is one finding and not two.
        let like = distinct.is_ok() && replicas[0] == right[0];
        findings.check(place::DISTINCT_REPLICAS, distinct);
        findings.check(place::ONE_OWNER, same_owner(key, replicas[0], right[0], &members));
        if like {
            let list = || format!("{} is said to be kept by {replicas:?}, but {right:?} should keep it", Key(key));
            findings.check(place::PREFERENCE_LIST, if replicas == right { Ok(()) } else { Err(list()) });
        }
        let place = answers.place(members);
        findings.check(place::ORDER_INDEPENDENT, answers.same_list(place, key, replicas));
        for moved in answers.monotone(oracle.rules(), place, key, replicas[0]) {
            findings.check(place::MONOTONE, moved);
        }
    }

    fn survey(&mut self, members: Vec<NodeId>, owners: &[NodeId], findings: &mut Findings) {
        let PlacementLedger { oracle: Some(oracle), answers, .. } = self else { return };
        let even = balanced(oracle, &members, owners);
        for (key, owner) in (0..).zip(owners).step_by(SAMPLE) {
            let right = oracle.owner(&members, key);
            findings.check(place::ONE_OWNER, same_owner(key, *owner, right, &members));
        }
        let place = answers.place(members);
        findings.check(place::ORDER_INDEPENDENT, answers.same_survey(place, owners));
        for (key, owner) in (0..).zip(owners) {
            for moved in answers.monotone(oracle.rules(), place, key, *owner) {
                findings.check(place::MONOTONE, moved);
            }
        }
        findings.check(place::BALANCED, even);
    }
}

fn found(node: NodeId, owners: &[NodeId], members: &[NodeId]) -> Result<(), String> {
    match (owners.is_empty(), members.is_empty()) {
        (true, false) => Err(format!("{node} names nobody, though there are members: {members:?}")),
        (false, true) => Err(format!("{node} names {owners:?}, though there is no member")),
        (true, true) | (false, false) => Ok(()),
    }
}

/// Of a survey: each key has an owner, or there are no members.
fn all_found(node: NodeId, owners: &[Option<NodeId>], members: &[NodeId]) -> Result<(), String> {
    let named: Vec<NodeId> = owners.iter().flatten().copied().collect();
    found(node, &named, members)?;
    match (0..).zip(owners).find(|(_, owner)| owner.is_none() && !members.is_empty()) {
        Some((key, _)) => Err(format!("{node} names nobody for {}, though there are members: {members:?}", Key(key))),
        None => Ok(()),
    }
}

fn same_owner(key: u32, said: NodeId, right: NodeId, members: &[NodeId]) -> Result<(), String> {
    if said == right {
        return Ok(());
    }
    Err(format!("{} is said to be owned by {said}, but of {members:?} {right} owns it", Key(key)))
}

/// The nodes that keep a key are distinct members, as many as there should be, in as many zones as there are.
fn distinct(oracle: &Oracle, members: &[NodeId], key: u32, replicas: &[NodeId]) -> Result<(), String> {
    let zones = |nodes: &[NodeId]| nodes.iter().map(|node| oracle.of(*node).zone).collect::<BTreeSet<_>>().len();
    let different = replicas.iter().collect::<BTreeSet<_>>().len();
    let due = members.len().min(oracle.rules().replicas as usize);
    if let Some(stranger) = replicas.iter().find(|node| !members.contains(node)) {
        return Err(format!("{} is said to be kept by {replicas:?}, of whom {stranger} is no member", Key(key)));
    }
    if different != replicas.len() || different != due {
        return Err(format!("{} is said to be kept by {replicas:?}, and {due} nodes should keep it", Key(key)));
    }
    let (met, due) = (zones(replicas), zones(members).min(due));
    if met == due { Ok(()) } else { Err(format!("{replicas:?} keep {} in {met} zones, and should in {due}", Key(key))) }
}
