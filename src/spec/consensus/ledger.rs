//! Which check reads which fact.

use crate::node::{NodeId, Outcome, RequestId};
use crate::spec::consensus::decree::Progress;
use crate::spec::consensus::facts::place;
use crate::spec::consensus::{Consensus, ConsensusFact, Decided, Decree, Op, Vote};
use crate::spec::judged::{Findings, Ledger, Observed};
use std::collections::{BTreeMap, BTreeSet};

/// Who plays which role, and how large quorums are: as nodes say at their start; until then every node is everything
/// and quorums are majorities.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    /// How many promises make a ballot.
    pub phase1: u32,
    /// How many votes choose.
    pub phase2: u32,
    /// By node: whether it promises and votes.
    acceptors: Vec<bool>,
    /// By node: whether it learns.
    learners: Vec<bool>,
}

impl Rules {
    /// Of these acceptors among so many nodes any majority is a quorum. Nobody is said to learn.
    pub fn majorities(nodes: u32, acceptors: &BTreeSet<NodeId>) -> Self {
        let (quorum, learners) = (acceptors.len() as u32 / 2 + 1, vec![false; nodes as usize]);
        let acceptors = NodeId::all(nodes).map(|node| acceptors.contains(&node)).collect();
        Rules { phase1: quorum, phase2: quorum, acceptors, learners }
    }

    /// Whether the node at this place promises and votes.
    pub fn is_acceptor(&self, place: usize) -> bool {
        self.acceptors[place]
    }
}

/// All that the invariants of the family remember.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsensusLedger {
    rules: Rules,
    decrees: BTreeMap<Decree, Progress>,
    /// What was asked, for answers to be held against.
    asked: BTreeMap<RequestId, Decree>,
}

impl Ledger<Consensus> for ConsensusLedger {
    fn new(nodes: u32) -> Self {
        let (majority, everyone) = (nodes / 2 + 1, vec![true; nodes as usize]);
        let rules = Rules { phase1: majority, phase2: majority, acceptors: everyone.clone(), learners: everyone };
        ConsensusLedger { rules, decrees: BTreeMap::new(), asked: BTreeMap::new() }
    }

    fn observe(&mut self, seen: &Observed<Consensus>, findings: &mut Findings) {
        match *seen {
            Observed::Fact(node, fact) => self.fact(node, *fact, findings),
            Observed::Answered(node, request, Outcome::Done(decided)) => {
                findings.check(place::INTEGRITY, self.answered(node, request, *decided));
            }
            Observed::Answered(_, _, Outcome::Refused(_) | Outcome::Unknown | Outcome::Redirect(_)) => {}
            // What is asked the nodes tell, with the decree.
            Observed::Asked(..) | Observed::Crashed(_) | Observed::Restarted(_) => {}
            // Promises and votes were real when they were told: a node that forgets them and acts against them is
            // caught. What it had learnt it may learn again.
            Observed::Lost(node) => self.decrees.values_mut().for_each(|progress| progress.lost(node)),
            Observed::Holds(node, ConsensusFact::Learned { decree, value }) => self.of(*decree).holds(node, *value),
            Observed::Holds(
                _,
                ConsensusFact::Configured { .. }
                | ConsensusFact::Asked { .. }
                | ConsensusFact::Began { .. }
                | ConsensusFact::Promised { .. }
                | ConsensusFact::Issued { .. }
                | ConsensusFact::Accepted { .. },
            ) => {}
        }
    }

    /// What one node of the core has learnt all its learners have. (What only others know may have to be proposed
    /// again before it is learnt, and nobody asks for it.)
    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        let within = || NodeId::all(core.len() as u32).filter(|node| core[node.index()]);
        for (decree, progress) in &self.decrees {
            let Some(knows) = within().find(|node| progress.known_to(*node).is_some()) else { continue };
            let lags = |node: &NodeId| self.rules.learners[node.index()] && progress.known_to(*node).is_none();
            if let Some(node) = within().find(lags) {
                return Err(format!("{node} has not learnt {decree}, which {knows} has"));
            }
        }
        Ok(())
    }
}

impl ConsensusLedger {
    fn of(&mut self, decree: Decree) -> &mut Progress {
        let nodes = self.rules.acceptors.len();
        self.decrees.entry(decree).or_insert_with(|| Progress::new(nodes))
    }

    fn fact(&mut self, node: NodeId, fact: ConsensusFact, findings: &mut Findings) {
        match fact {
            ConsensusFact::Configured { acceptor, learner, phase1, phase2 } => {
                (self.rules.phase1, self.rules.phase2) = (phase1, phase2);
                (self.rules.acceptors[node.index()], self.rules.learners[node.index()]) = (acceptor, learner);
            }
            ConsensusFact::Asked { request, op } => {
                self.asked.insert(request, op.decree());
                if let Op::Propose(decree, value) = op {
                    self.of(decree).proposed(value);
                }
            }
            // That a ballot begins says nothing yet: whether it is its proposer's own shows in phase 2.
            ConsensusFact::Began { .. } => {}
            ConsensusFact::Promised { decree, ballot } => {
                findings.check(place::PROMISE_MONOTONE, self.of(decree).promised(node, ballot));
            }
            ConsensusFact::Issued { decree, ballot, value } => {
                let progress = self.of(decree);
                findings.check(place::VALIDITY, progress.valid(node, value));
                findings.check(place::ONE_VALUE_PER_BALLOT, progress.one_value(node, Vote { ballot, value }));
            }
            ConsensusFact::Accepted { decree, ballot, value } => {
                self.accepted(node, decree, Vote { ballot, value }, findings);
            }
            ConsensusFact::Learned { decree, value } => {
                let rules = self.rules.clone();
                let progress = self.of(decree);
                findings.check(place::VALIDITY, progress.valid(node, value));
                findings.check(place::LEARNED_IS_CHOSEN, progress.is_chosen(node, value, &rules));
                findings.check(place::INTEGRITY, progress.learnt(node, value));
                findings.check(place::AGREEMENT, progress.agrees(node, value));
            }
        }
    }

    fn accepted(&mut self, node: NodeId, decree: Decree, vote: Vote, findings: &mut Findings) {
        self.of(decree);
        let ConsensusLedger { rules, decrees, .. } = self;
        let progress = decrees.get_mut(&decree).expect("made just now");
        findings.check(place::PROMISE_MONOTONE, progress.keeps_promise(node, vote));
        if let Some(before) = progress.voted_before(node, vote) {
            // Said once more, or a second vote in one ballot: that counts for nothing else.
            findings.check(place::ONE_VOTE_PER_BALLOT, before);
            return;
        }
        findings.check(place::ONE_VOTE_PER_BALLOT, Ok(()));
        findings.check(place::ONE_VALUE_PER_BALLOT, progress.one_value(node, vote));
        if progress.is_first(vote.ballot) {
            findings.check(place::VOTES_SAFE, progress.safe_at(node, vote, rules));
        }
        findings.check(place::AGREEMENT, progress.voted(node, vote, rules));
    }

    /// A client is told what the node has learnt of the decree that it asked about.
    fn answered(&self, node: NodeId, request: RequestId, told: Decided) -> Result<(), String> {
        let Decided { decree, value } = told;
        match self.asked.get(&request) {
            Some(asked) if *asked != decree => {
                return Err(format!("{node} answered `{told}` to {request}, which had asked about {asked}"));
            }
            None => return Err(format!("{node} answered `{told}` to {request}, which no node was asked")),
            Some(_) => {}
        }
        match self.decrees.get(&decree).and_then(|progress| progress.known_to(node)) {
            Some(learnt) if learnt == value => Ok(()),
            Some(learnt) => Err(format!("{node} answered `{told}` to {request}, but has learnt {learnt}")),
            None => Err(format!("{node} answered `{told}` to {request}, but has learnt nothing of {decree}")),
        }
    }
}
