//! Sites' votes that acceptors keep, where no single coordinator does: each site's vote on a transaction is an instance
//! of consensus (Gray & Lamport 2006, section 4), and is held to the rules of one. A vote is prepared or aborted; what
//! may be chosen, and what votes are safe, is judged as of any other decree.

use crate::node::NodeId;
use crate::spec::atomic_commit::facts::place;
use crate::spec::atomic_commit::{Decision, Site, Txn};
use crate::spec::consensus::{Ballot, Progress, Rules, Value, Vote};
use crate::spec::judged::Findings;
use std::collections::{BTreeMap, BTreeSet};

/// What acceptors have promised and accepted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Votes {
    nodes: u32,
    /// Whoever coordinates: they keep the votes.
    acceptors: BTreeSet<NodeId>,
    /// By transaction: what each acceptor has promised, for all sites at once.
    promised: BTreeMap<(Txn, NodeId), Ballot>,
    instances: BTreeMap<(Txn, Site), Progress>,
}

/// A vote as consensus sees it.
fn value(vote: Decision) -> Value {
    Value(u64::from(vote == Decision::Commit))
}

/// Evidence about an instance.
fn of(site: Site, txn: Txn, why: &str) -> String {
    format!("{site}'s vote on {txn} (1: prepared, 0: aborted): {why}")
}

impl Votes {
    pub fn new(nodes: u32) -> Self {
        Votes { nodes, acceptors: BTreeSet::new(), promised: BTreeMap::new(), instances: BTreeMap::new() }
    }

    /// The node keeps votes.
    pub fn configured(&mut self, node: NodeId) {
        self.acceptors.insert(node);
    }

    fn instance(&mut self, site: Site, txn: Txn) -> &mut Progress {
        let Votes { nodes, promised, instances, .. } = self;
        instances.entry((txn, site)).or_insert_with(|| {
            let mut instance = Progress::new(*nodes as usize);
            let before = promised.range((txn, NodeId::new(0))..).take_while(|((other, _), _)| *other == txn);
            for ((_, node), ballot) in before {
                // A first promise breaks none.
                let _ = instance.promised(*node, *ballot);
            }
            instance
        })
    }

    /// An acceptor promises to take part in no lower ballot on a transaction: for each site's vote alike.
    pub fn promised(&mut self, node: NodeId, txn: Txn, ballot: Ballot, findings: &mut Findings) {
        for ((_, site), instance) in self.instances.range_mut((txn, Site(0))..=(txn, Site(u32::MAX))) {
            findings.check(place::BALLOT_FENCE, instance.promised(node, ballot).map_err(|why| of(*site, txn, &why)));
        }
        let before = self.promised.entry((txn, node)).or_default();
        let grows = if *before < ballot {
            Ok(())
        } else {
            Err(format!("{node} promised {ballot} on {txn}, but had promised {before}"))
        };
        findings.check(place::BALLOT_FENCE, grows);
        *before = (*before).max(ballot);
    }

    /// An acceptor accepts a site's vote. `prepared` says whether the site has prepared, durably.
    pub fn accepted(
        &mut self,
        node: NodeId,
        (txn, site): (Txn, Site),
        (ballot, decision): (Ballot, Decision),
        prepared: bool,
        findings: &mut Findings,
    ) {
        if decision == Decision::Commit {
            let durable = if prepared {
                Ok(())
            } else {
                Err(format!("{node} accepted that {site} has prepared {txn}, and it has not"))
            };
            findings.check(place::VOTE_DURABLE, durable);
        }
        let rules = Rules::majorities(self.nodes, &self.acceptors);
        let vote = Vote { ballot, value: value(decision) };
        let instance = self.instance(site, txn);
        let told = |result: Result<(), String>| result.map_err(|why| of(site, txn, &why));
        findings.check(place::BALLOT_FENCE, told(instance.keeps_promise(node, vote)));
        if let Some(before) = instance.voted_before(node, vote) {
            findings.check(place::VOTES_SAFE, told(before));
            return;
        }
        findings.check(place::VOTES_SAFE, told(instance.one_value(node, vote)));
        if instance.is_first(ballot) {
            findings.check(place::VOTES_SAFE, told(instance.safe_at(node, vote, &rules)));
        }
        findings.check(place::VOTES_SAFE, told(instance.voted(node, vote, &rules)));
    }

    /// Whoever decides a commit knows that for each site it is chosen that it has prepared. Where a single coordinator
    /// decides there is nothing to choose.
    pub fn chosen(&mut self, node: NodeId, txn: Txn, sites: &[Site], findings: &mut Findings) {
        if self.acceptors.len() < 2 && self.instances.is_empty() {
            return;
        }
        let rules = Rules::majorities(self.nodes, &self.acceptors);
        for site in sites {
            let chosen = self.instance(*site, txn).is_chosen(node, value(Decision::Commit), &rules);
            findings.check(place::DECISION_CHOSEN, chosen.map_err(|why| of(*site, txn, &why)));
        }
    }
}
